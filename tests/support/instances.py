"""Small instances as bytes, and the request that would bring them."""

from typing import Final

from russet.codec import Command, encode_message, encode_pdvs
from russet.services.storage import StoreRequest

__all__ = [
    "CT",
    "EXPLICIT",
    "INSTANCE",
    "SERIES",
    "STUDY",
    "data_set",
    "element",
    "message",
    "request",
]

CT: Final = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT: Final = "1.2.840.10008.1.2.1"
INSTANCE: Final = "1.2.3.4"
SERIES: Final = "1.2.3.3"
STUDY: Final = "1.2.3.2"


def element(tag: str, vr: str, value: str | bytes) -> bytes:
    """One element of Explicit VR Little Endian in the 16-bit form; `tag` as "0008 0018"."""
    group, number = (int(half, 16) for half in tag.split())
    raw = value.encode("latin-1") if isinstance(value, str) else value
    raw += (b"\0" if vr == "UI" else b" ") * (len(raw) % 2)
    header = group.to_bytes(2, "little") + number.to_bytes(2, "little") + vr.encode()
    return header + len(raw).to_bytes(2, "little") + raw


def data_set(
    *more: bytes, sop_class: str = CT, instance: str = INSTANCE, study: str = STUDY
) -> bytes:
    """A data set that says which instance it is, then `more` elements."""
    return b"".join(
        (
            element("0008 0016", "UI", sop_class),
            element("0008 0018", "UI", instance),
            element("0020 000D", "UI", study),
            element("0020 000E", "UI", SERIES),
            *more,
        )
    )


def request(
    instance: str = INSTANCE, *, sop_class: str = CT, syntax: str = EXPLICIT
) -> StoreRequest:
    """What is known of an instance before its data arrive."""
    return StoreRequest(sop_class, instance, syntax, "SENDER", "RUSSET", 1, 0)


def message(
    data: bytes, instance: str = INSTANCE, *, context_id: int = 1, message_id: int = 1
) -> bytes:
    """A C-STORE-RQ with its data set, as P-DATA-TF PDUs of up to 16 KiB."""
    command = Command(
        0x0001,
        message_id=message_id,
        affected_sop_class_uid=CT,
        affected_sop_instance_uid=instance,
        priority=0,
        command_data_set_type=1,
    )
    return encode_message(context_id, command, 16384) + encode_pdvs(
        context_id, data, command=False, last=True, max_length=16384
    )
