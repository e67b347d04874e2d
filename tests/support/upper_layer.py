"""PDUs as bytes to read beside PS3.8 9.3, and connections in any state of Table 9-10."""

from collections.abc import Callable, Iterable
from typing import Final

from russet.codec import (
    AssociateAc,
    AssociateRq,
    CommandReceived,
    ContextAc,
    ContextRq,
    DataReceived,
    UserInformation,
)
from russet.ul import Connection, Indication, Role, State

__all__ = [
    "ABORT",
    "AC",
    "ARTIM",
    "ECHO",
    "NOW",
    "PDUS",
    "RELEASE_RP",
    "RELEASE_RQ",
    "RJ",
    "RQ",
    "UNKNOWN",
    "Told",
    "accept",
    "associate",
    "at",
    "drain",
    "provider_abort",
]

Told = Indication | CommandReceived | DataReceived

NOW: Final = 1000.0
ARTIM: Final = 20.0

_TITLES: Final = (
    "52 55 53 53 45 54 20 20 20 20 20 20 20 20 20 20"  # called "RUSSET"
    "50 45 45 52 20 20 20 20 20 20 20 20 20 20 20 20"  # calling "PEER"
) + "00" * 32
_APPLICATION_CONTEXT: Final = "10 00 00 15" + b"1.2.840.10008.3.1.1.1".hex()
_IMPLICIT: Final = "40 00 00 11" + b"1.2.840.10008.1.2".hex()
_USER: Final = (
    "50 00 00 11"
    "51 00 00 04 00 00 40 00"  # maximum length 16384
    "52 00 00 05"
) + b"1.2.3".hex()

RQ: Final = bytes.fromhex(
    "01 00 00 00 00 A4  00 01  00 00"
    + _TITLES
    + _APPLICATION_CONTEXT
    + ("20 00 00 2E  01 00 00 00" + "30 00 00 11" + b"1.2.840.10008.1.1".hex() + _IMPLICIT)
    + _USER
)
AC: Final = bytes.fromhex(
    "02 00 00 00 00 8F  00 01  00 00"
    + _TITLES
    + _APPLICATION_CONTEXT
    + ("21 00 00 19  01 00 00 00" + _IMPLICIT)
    + _USER
)
RJ: Final = bytes.fromhex("03 00 00 00 00 04  00 01 01 03")
ECHO: Final = bytes.fromhex(
    "04 00 00 00 00 4A  00 00 00 46  01 03"  # context 1, last fragment of a command set
    "00 00 00 00 04 00 00 00  38 00 00 00"
    "00 00 02 00 12 00 00 00" + b"1.2.840.10008.1.1\0".hex() + ""
    "00 00 00 01 02 00 00 00  30 00"  # C-ECHO-RQ
    "00 00 10 01 02 00 00 00  07 00"
    "00 00 00 08 02 00 00 00  01 01"  # no data set
)
RELEASE_RQ: Final = bytes.fromhex("05 00 00 00 00 04  00 00 00 00")
RELEASE_RP: Final = bytes.fromhex("06 00 00 00 00 04  00 00 00 00")
ABORT: Final = bytes.fromhex("07 00 00 00 00 04  00 00 00 00")
UNKNOWN: Final = bytes.fromhex("08 00 00 00 00 04  00 00 00 00")
PDUS: Final = (RQ, AC, RJ, ECHO, RELEASE_RQ, RELEASE_RP, ABORT, UNKNOWN)


def provider_abort(reason: int) -> bytes:
    """A-ABORT of the service-provider (PS3.8 9.3.8)."""
    return bytes.fromhex("07 00 00 00 00 04  00 00 02") + bytes([reason])


def associate(connection: Connection) -> None:
    """Ask for an association on context 1, verification."""
    contexts = [ContextRq(1, "1.2.840.10008.1.1", ["1.2.840.10008.1.2"])]
    user = UserInformation(max_length=16384, implementation_class_uid="1.2.3")
    connection.associate(AssociateRq(b"RUSSET", b"PEER", contexts, user), NOW)


def accept(connection: Connection) -> None:
    """Accept context 1."""
    contexts = [ContextAc(1, 0, "1.2.840.10008.1.2")]
    user = UserInformation(max_length=16384, implementation_class_uid="1.2.3")
    connection.accept(AssociateAc(b"RUSSET", b"PEER", contexts, user), NOW)


def drain(connection: Connection, data: bytes | None = None) -> list[Told]:
    """Take `data`, if there are any, and give all the events."""
    if data is not None:
        connection.receive_data(data, NOW)
    told = []
    while (event := connection.next_event(NOW)) is not None:
        told.append(event)
    return told


def at(state: State, role: Role | None = None) -> Connection:
    """Walk a new connection to a state, as the role that can be there, or as `role`."""
    role = role or _ROLES.get(state, Role.ACCEPTOR)
    connection = Connection(role, NOW, artim=ARTIM)
    if role is Role.REQUESTOR:
        _ask(connection, state)
    elif state is not State.STA2:
        drain(connection, RQ)
        if state is not State.STA3:
            accept(connection)
    for step in _WALKS.get(state, ()):
        step(connection)
    drain(connection)
    connection.data_to_send()
    assert connection.state is state
    return connection


_Step = Callable[[Connection], object]


def _release(connection: Connection) -> None:
    connection.release(NOW)


def _confirm_release(connection: Connection) -> None:
    connection.confirm_release(NOW)


def _asked_to_release(connection: Connection) -> None:
    drain(connection, RELEASE_RQ)


def _release_confirmed(connection: Connection) -> None:
    drain(connection, RELEASE_RP)


def _ask(connection: Connection, state: State) -> None:
    if state is State.STA1:
        return
    associate(connection)
    if state is not State.STA4:
        connection.connected(NOW)
        if state is not State.STA5:
            drain(connection, AC)


_ROLES: Final = dict.fromkeys(
    (State.STA1, State.STA4, State.STA5, State.STA9, State.STA11), Role.REQUESTOR
)
_COLLISION: Final = (_release, _asked_to_release)
# From Sta6 on.
_WALKS: Final[dict[State, Iterable[_Step]]] = {
    State.STA7: (_release,),
    State.STA8: (_asked_to_release,),
    State.STA9: _COLLISION,
    State.STA10: _COLLISION,
    State.STA11: (*_COLLISION, _confirm_release),
    State.STA12: (*_COLLISION, _release_confirmed),
    State.STA13: (_asked_to_release, _confirm_release),
}
