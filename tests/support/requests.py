"""One request of each service as bytes, for peers on raw sockets."""

from typing import Final

from russet.codec import (
    AssociateRq,
    Command,
    ContextRq,
    Role,
    UserInformation,
    encode_message,
    encode_pdvs,
)
from russet.dimse.models import MODELS
from tests.support.instances import CT, EXPLICIT, STUDY, data_set, element, message

__all__ = ["REQUESTS", "cancel", "pdus", "query", "rq_for_all"]

_VERIFICATION: Final = "1.2.840.10008.1.1"
_STUDY: Final = MODELS["study"]
_CONTEXTS: Final = {
    CT: 1,
    _VERIFICATION: 3,
    _STUDY.find or "": 5,
    _STUDY.move or "": 7,
    _STUDY.get or "": 9,
}
_FIELDS: Final = {"find": 0x0020, "move": 0x0021, "get": 0x0010}


def rq_for_all(max_length: int = 16384, window: tuple[int, int] | None = (8, 8)) -> bytes:
    """A request for CT storage, verification and the study root, with the SCP role for CT."""
    contexts = [ContextRq(number, uid, [EXPLICIT]) for uid, number in _CONTEXTS.items()]
    roles = [Role(CT, scu=True, scp=True)]
    user = UserInformation(
        max_length=max_length, implementation_class_uid="1.2.3", roles=roles, window=window
    )
    return AssociateRq(b"RUSSET", b"RAW", contexts, user).encode()


def query(service: str, message_id: int = 1) -> bytes:
    """A C-FIND-RQ, C-MOVE-RQ or C-GET-RQ for a study, as P-DATA-TF PDUs."""
    uids = {"find": _STUDY.find, "move": _STUDY.move, "get": _STUDY.get}
    uid = uids[service] or ""
    command = Command(
        _FIELDS[service],
        message_id=message_id,
        affected_sop_class_uid=uid,
        priority=0,
        move_destination="OTHER" if service == "move" else None,
        command_data_set_type=1,
    )
    identifier = element("0008 0052", "CS", "STUDY") + element("0020 000D", "UI", STUDY)
    context_id = _CONTEXTS[uid]
    return encode_message(context_id, command, 16384) + encode_pdvs(
        context_id, identifier, command=False, last=True, max_length=16384
    )


def cancel(message_id: int) -> bytes:
    """A C-CANCEL-RQ (PS3.7 9.3.2.3) for a C-FIND."""
    command = Command(0x0FFF, message_id_being_responded_to=message_id)
    return encode_message(_CONTEXTS[_STUDY.find or ""], command, 16384)


def pdus(wire: bytes) -> list[bytes]:
    """Whole PDUs, one by one."""
    found = []
    while wire:
        size = 6 + int.from_bytes(wire[2:6], "big")
        found.append(wire[:size])
        wire = wire[size:]
    return found


REQUESTS: Final = {
    "store": message(data_set(element("0010 4000", "LT", "x" * 40000))),
    "find": query("find"),
    "move": query("move"),
    "get": query("get"),
}
