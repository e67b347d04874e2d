"""The messages of PS3.7 9.3 and 10.3 as one table, and what is checked and built from it.

A request is checked before anything else looks at it: after `fault` has returned 0, the elements
that its message must have are there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from re import compile as pattern
from typing import Any, Final, Literal

from russet.codec import Command

__all__ = [
    "CANCEL",
    "EVENT_REPORT",
    "MESSAGES",
    "NO_DATA_SET",
    "RESPONSE",
    "WITH_DATA_SET",
    "Message",
    "cancel",
    "fault",
    "is_final",
    "is_uid",
    "message_name",
    "response",
]

# Element usage of every message (PS3.7 9.3, 10.3): M mandatory, U and C optional, = equal to the
# request's, - absent.  0000, 0100 and 0800 belong to all of them.
_TABLE: Final = """
message             field 0110 0120 0900 0002 0003 1000 1001 0600 0700 1002 1008 data
C-STORE-RQ          0001  M    -    -    M    -    M    -    -    M    -    -    M
C-STORE-RSP         8001  U    M    M    =    -    =    -    -    -    -    -    -
C-GET-RQ            0010  M    -    -    M    -    -    -    -    M    -    -    M
C-GET-RSP           8010  U    M    M    =    -    -    -    -    -    -    -    U
C-FIND-RQ           0020  M    -    -    M    -    -    -    -    M    -    -    M
C-FIND-RSP          8020  U    M    M    =    -    -    -    -    -    -    -    C
C-MOVE-RQ           0021  M    -    -    M    -    -    -    M    M    -    -    M
C-MOVE-RSP          8021  U    M    M    =    -    -    -    -    -    -    -    U
C-ECHO-RQ           0030  M    -    -    M    -    -    -    -    -    -    -    -
C-ECHO-RSP          8030  U    M    M    =    -    -    -    -    -    -    -    -
C-CANCEL-RQ         0FFF  -    M    -    -    -    -    -    -    -    -    -    -
N-EVENT-REPORT-RQ   0100  M    -    -    M    -    M    -    -    -    M    -    U
N-EVENT-REPORT-RSP  8100  U    M    M    =    -    =    -    -    -    C    -    C
N-GET-RQ            0110  M    -    -    -    M    -    M    -    -    -    -    -
N-GET-RSP           8110  U    M    M    U    -    U    -    -    -    -    -    C
N-SET-RQ            0120  M    -    -    -    M    -    M    -    -    -    -    M
N-SET-RSP           8120  U    M    M    U    -    U    -    -    -    -    -    U
N-ACTION-RQ         0130  M    -    -    -    M    -    M    -    -    -    M    U
N-ACTION-RSP        8130  U    M    M    U    -    U    -    -    -    -    C    C
N-CREATE-RQ         0140  M    -    -    M    -    U    -    -    -    -    -    U
N-CREATE-RSP        8140  U    M    M    =    -    C    -    -    -    -    -    U
N-DELETE-RQ         0150  M    -    -    -    M    -    M    -    -    -    -    -
N-DELETE-RSP        8150  U    M    M    U    -    U    -    -    -    -    -    -
"""

_KEYWORDS: Final = {
    "0110": "message_id",
    "0120": "message_id_being_responded_to",
    "0900": "status",
    "0002": "affected_sop_class_uid",
    "0003": "requested_sop_class_uid",
    "1000": "affected_sop_instance_uid",
    "1001": "requested_sop_instance_uid",
    "0600": "move_destination",
    "0700": "priority",
    "1002": "event_type_id",
    "1008": "action_type_id",
}

RESPONSE: Final = 0x8000
"""The bit of (0000,0100) that makes a response of a request's field (PS3.7 E.1)."""
CANCEL: Final = 0x0FFF
"""The field of C-CANCEL-RQ, the one request without a response."""
EVENT_REPORT: Final = 0x0100
"""The field of N-EVENT-REPORT-RQ, the one request that an SCP sends."""
NO_DATA_SET: Final = 0x0101
"""The Command Data Set Type that announces nothing; every other value announces a data set."""
WITH_DATA_SET: Final = 0x0001
"""The Command Data Set Type that russet sends with a data set."""

_UNRECOGNISED_OPERATION: Final = 0x0211
_MISTYPED_ARGUMENT: Final = 0x0212
_COMMENT_LENGTH: Final = 64  # characters of (0000,0902), VR LO
_CUT: Final = "..."

_UID: Final = pattern(r"(?=.{1,64}\Z)[0-9]+(?:\.[0-9]+)*\Z")
_NOT_IN_LO: Final = pattern(r"[^ -\[\]-~]")


@dataclass(frozen=True, slots=True)
class Message:
    """One row of PS3.7 9.3 or 10.3.

    Attributes:
        name: As the standard writes it, such as "C-STORE-RQ".
        field: Its Command Field, (0000,0100).
        mandatory: The attributes of `Command` that must be there.
        data: "M" a data set must follow, "-" none may, "U" either.
        values: Reads the mandatory attributes of a command at once.
    """

    name: str
    field: int
    mandatory: tuple[str, ...]
    data: Literal["M", "U", "-"]
    values: Callable[[Command], tuple[Any, ...]]

    @property
    def service(self) -> str:
        """The DIMSE service it belongs to, such as "C-STORE"."""
        return self.name.rpartition("-")[0]

    def accepts(self, command: Command) -> bool:
        """Say whether a command has the elements of this row, and a data set only where it may."""
        if self.data != "U" and command.has_data != (self.data == "M"):
            return False
        values = self.values(command)
        return None not in values and "" not in values


def _messages() -> dict[int, Message]:
    header, *lines = filter(None, _TABLE.splitlines())
    columns = header.split()[2:-1]
    found = {}
    for line in lines:
        name, number, *usages, data = line.split()
        named = zip(columns, usages, strict=True)
        mandatory = tuple(_KEYWORDS[column] for column, usage in named if usage == "M")
        announced: Literal["M", "U", "-"] = "M" if data == "M" else "-" if data == "-" else "U"
        values = attrgetter("command_field", *mandatory)
        found[int(number, 16)] = Message(name, int(number, 16), mandatory, announced, values)
    return found


MESSAGES: Final = _messages()
"""Every message of PS3.7 by its Command Field."""


def message_name(command_field: int) -> str:
    """Return the name of a Command Field, for a log or an error: known or not."""
    known = MESSAGES.get(command_field)
    return known.name if known else f"message {command_field:04X}H"


def fault(command: Command) -> int:
    """Check a received command against its row (PS3.7 9.3, 10.3).

    Returns:
        0 when all is well, 0211H for an operation that the standard does not know, 0212H when a
        mandatory element is missing or empty or a data set follows against its row.
    """
    message = MESSAGES.get(command.command_field)
    if message is None:
        return _UNRECOGNISED_OPERATION
    return 0 if message.accepts(command) else _MISTYPED_ARGUMENT


def is_uid(text: str | None) -> bool:
    """Say whether a text is a UID: 1 to 64 digits and dots, digits around every dot (PS3.5 9.1).

    Components with leading zeros occur in real data and harm nobody, so they pass.
    """
    return text is not None and _UID.match(text) is not None


def response(
    request: Command, status: int, comment: str = "", *, has_data: bool = False, **related: Any
) -> Command:
    """Build the response to a request (PS3.7 9.3, 10.3), with its UIDs where they are valid.

    Args:
        request: What is answered; a missing Message ID is answered as 0.
        status: The status, 0 to FFFFH.
        comment: The Error Comment; cut after a word to 64 characters of the default repertoire.
        has_data: Whether a data set follows.
        **related: Further elements of `Command`, such as those that go with the status.
    """
    class_uid = request.affected_sop_class_uid or request.requested_sop_class_uid
    instance_uid = request.affected_sop_instance_uid or request.requested_sop_instance_uid
    if comment:
        related["error_comment"] = _fitting(_NOT_IN_LO.sub("?", comment).strip()) or None
    related.setdefault("affected_sop_instance_uid", instance_uid if is_uid(instance_uid) else None)
    return Command(
        request.command_field | RESPONSE,
        message_id_being_responded_to=request.message_id or 0,
        affected_sop_class_uid=class_uid if is_uid(class_uid) else None,
        command_data_set_type=WITH_DATA_SET if has_data else NO_DATA_SET,
        status=int(status),
        **related,
    )


def _fitting(comment: str) -> str:
    """Leave out what (0000,0902) has no room for, and show that something is."""
    if len(comment) <= _COMMENT_LENGTH:
        return comment
    room = _COMMENT_LENGTH - len(_CUT)
    words = comment[: room + 1].rsplit(" ", 1)[0].rstrip(" ,:;(") or comment
    return words[:room] + _CUT


_PENDING: Final = (0xFF00, 0xFF01)


def is_final(response: Command) -> bool:
    """Say whether a response is the last one: every status but pending (PS3.7 C.4)."""
    return response.status not in _PENDING


def cancel(message_id: int) -> Command:
    """Build the C-CANCEL-RQ of an outstanding request (PS3.7 9.3.2.3, 9.3.3.3, 9.3.4.3)."""
    return Command(CANCEL, message_id_being_responded_to=message_id)
