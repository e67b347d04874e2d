"""The connection with bytes one can read: whole, byte by byte, and with more behind them."""

from collections.abc import Callable
from typing import Final, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from russet.codec import AssociateRj, CommandReceived, DataReceived
from russet.errors import LocalProtocolError
from russet.ul import (
    AbortIndication,
    AssociateConfirmed,
    AssociateIndication,
    Connection,
    Event,
    RejectedIndication,
    ReleaseConfirmed,
    ReleaseIndication,
    Role,
    State,
)
from tests.support.upper_layer import (
    ABORT,
    AC,
    ARTIM,
    ECHO,
    NOW,
    PDUS,
    RELEASE_RP,
    RELEASE_RQ,
    RJ,
    RQ,
    UNKNOWN,
    Told,
    accept,
    associate,
    at,
    drain,
    provider_abort,
)
from tests.ul.test_table import expected

Deliver = Callable[[Connection, bytes], list[Told]]

UNKNOWN_PDU, UNEXPECTED_PDU, INVALID_PARAMETER = map(provider_abort, (1, 2, 6))
NO_COMMON_VERSION: Final = bytes.fromhex("03 00 00 00 00 04  00 01 02 02")


def whole(connection: Connection, data: bytes) -> list[Told]:
    return drain(connection, data)


def byte_by_byte(connection: Connection, data: bytes) -> list[Told]:
    return [told for byte in data for told in drain(connection, bytes([byte]))]


def with_a_tail(connection: Connection, data: bytes) -> list[Told]:
    return drain(connection, data + b"\x05\x00\x00")


def in_place(connection: Connection, data: bytes) -> list[Told]:
    space = connection.space()
    space[: len(data)] = data
    connection.filled(len(data), NOW)
    return drain(connection)


deliveries = pytest.mark.parametrize("deliver", [whole, byte_by_byte, with_a_tail, in_place])


class Case(NamedTuple):
    """What comes in a state, and what it leads to."""

    state: State
    received: bytes
    told: list[type]
    sent: bytes
    following: State


CASES: Final = {
    "request": Case(State.STA2, RQ, [AssociateIndication], b"", State.STA3),
    "request without version 1": Case(
        State.STA2,
        RQ[:7] + b"\x02" + RQ[8:],
        [RejectedIndication],
        NO_COMMON_VERSION,
        State.STA13,
    ),
    "acceptance": Case(State.STA5, AC, [AssociateConfirmed], b"", State.STA6),
    "rejection": Case(State.STA5, RJ, [RejectedIndication], b"", State.STA1),
    "data": Case(State.STA6, ECHO + ECHO, [CommandReceived] * 2, b"", State.STA6),
    "data after our release": Case(State.STA7, ECHO, [CommandReceived], b"", State.STA7),
    "data before the request": Case(State.STA2, ECHO, [AbortIndication], ABORT, State.STA13),
    "data before the answer": Case(
        State.STA3, ECHO, [AbortIndication], UNEXPECTED_PDU, State.STA13
    ),
    "data after their release": Case(
        State.STA6,
        ECHO + RELEASE_RQ + ECHO,
        [CommandReceived, ReleaseIndication, AbortIndication],
        UNEXPECTED_PDU,
        State.STA13,
    ),
    "second request": Case(State.STA6, RQ, [AbortIndication], UNEXPECTED_PDU, State.STA13),
    "second request at once": Case(
        State.STA2,
        RQ + RQ,
        [AssociateIndication, AbortIndication],
        UNEXPECTED_PDU,
        State.STA13,
    ),
    "release": Case(State.STA6, RELEASE_RQ, [ReleaseIndication], b"", State.STA8),
    "release confirmed": Case(State.STA7, RELEASE_RP, [ReleaseConfirmed], b"", State.STA1),
    "bytes after the release": Case(
        State.STA7, RELEASE_RP + ECHO + RQ + UNKNOWN, [ReleaseConfirmed], b"", State.STA1
    ),
    "bytes after the rejection": Case(
        State.STA5, RJ + b"GET / HTTP/1.1\r\n", [RejectedIndication], b"", State.STA1
    ),
    "bytes after the abort": Case(State.STA6, ABORT + ECHO, [AbortIndication], b"", State.STA1),
    "abort of three bytes": Case(
        State.STA6, bytes.fromhex("07 00 00 00 00 03 00 00 00"), [AbortIndication], b"", State.STA1
    ),
    "release of five bytes": Case(
        State.STA6,
        bytes.fromhex("05 00 00 00 00 05  00 00 00 00 00"),
        [AbortIndication],
        INVALID_PARAMETER,
        State.STA13,
    ),
    "P-DATA-TF above our maximum": Case(
        State.STA6,
        bytes.fromhex("04 00 7F FF FF FF"),
        [AbortIndication],
        INVALID_PARAMETER,
        State.STA13,
    ),
    "refused context": Case(
        State.STA6,
        ECHO[:10] + b"\x03" + ECHO[11:],
        [AbortIndication],
        INVALID_PARAMETER,
        State.STA13,
    ),
    "data set before any command": Case(
        State.STA6,
        bytes.fromhex("04 00 00 00 00 08  00 00 00 04 01 02 00 00"),
        [AbortIndication],
        ABORT,
        State.STA13,
    ),
    "unknown type first": Case(State.STA2, UNKNOWN, [AbortIndication], ABORT, State.STA13),
    "unknown type": Case(State.STA6, UNKNOWN, [AbortIndication], UNKNOWN_PDU, State.STA13),
    "unknown types, then sense": Case(
        State.STA6, UNKNOWN + UNKNOWN + RELEASE_RQ, [AbortIndication], UNKNOWN_PDU, State.STA13
    ),
    "another protocol": Case(
        State.STA2, b"GET / HTTP/1.1\r\n\r\n", [AbortIndication], ABORT, State.STA13
    ),
    "late PDUs": Case(State.STA13, AC + RJ + ECHO + RELEASE_RQ + RELEASE_RP, [], b"", State.STA13),
    "late request": Case(State.STA13, ECHO + RQ, [], UNEXPECTED_PDU, State.STA13),
    "late nonsense": Case(State.STA13, UNKNOWN, [], UNKNOWN_PDU, State.STA13),
    "late abort": Case(State.STA13, ECHO + ABORT, [], b"", State.STA1),
}


@deliveries
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_a_peer_sends_leads_where_table_9_10_says(case: Case, deliver: Deliver) -> None:
    connection = at(case.state)
    assert [type(told) for told in deliver(connection, case.received)] == case.told
    assert connection.data_to_send() == case.sent
    assert connection.state is case.following
    assert connection.should_close is (case.following is State.STA1)
    assert (connection.next_timer() is not None) is (case.following is State.STA13)


# What each action sends, and what it tells; DT and AR-6 tell the message itself.
ACTIONS: Final[dict[str, tuple[bytes, list[type]]]] = {
    "AE-3": (b"", [AssociateConfirmed]),
    "AE-4": (b"", [RejectedIndication]),
    "AE-6": (b"", [AssociateIndication]),
    "DT-2": (b"", [CommandReceived]),
    "AR-2": (b"", [ReleaseIndication]),
    "AR-3": (b"", [ReleaseConfirmed]),
    "AR-5": (b"", []),
    "AR-6": (b"", [CommandReceived]),
    "AR-8": (b"", [ReleaseIndication]),
    "AR-10": (b"", [ReleaseConfirmed]),
    "AA-1": (ABORT, [AbortIndication]),
    "AA-2": (b"", []),
    "AA-3": (b"", [AbortIndication]),
    "AA-4": (b"", [AbortIndication]),
    "AA-5": (b"", [AbortIndication]),
    "AA-6": (b"", []),
    "AA-7": (UNEXPECTED_PDU, []),
    "AA-8": (UNEXPECTED_PDU, [AbortIndication]),
}
ARRIVALS: Final = {
    Event.ASSOCIATE_AC: AC,
    Event.ASSOCIATE_RJ: RJ,
    Event.ASSOCIATE_RQ: RQ,
    Event.P_DATA_TF: ECHO,
    Event.RELEASE_RQ: RELEASE_RQ,
    Event.RELEASE_RP: RELEASE_RP,
    Event.ABORT: ABORT,
    Event.TRANSPORT_CLOSED: b"",
    Event.INVALID_PDU: UNKNOWN,
}


NEVER: Final = {
    Role.REQUESTOR: {State.STA1, State.STA2, State.STA3, State.STA10, State.STA12},
    Role.ACCEPTOR: {State.STA1, State.STA4, State.STA5, State.STA9, State.STA11},
}
"""States that a role has no way to, and the one where there is no transport."""


@pytest.mark.parametrize("event", ARRIVALS)
@pytest.mark.parametrize(
    ("role", "state"),
    [(role, state) for role in Role for state in State if state not in NEVER[role]],
)
def test_every_arrival_in_every_state(role: Role, state: State, event: Event) -> None:
    connection = at(state, role)
    wanted = expected(state, event, role)
    if wanted is None:
        with pytest.raises(LocalProtocolError):
            drain(connection, ARRIVALS[event])
        return
    action, following = wanted
    sent, told = ACTIONS[action]
    if event is Event.INVALID_PDU:
        sent = sent.replace(UNEXPECTED_PDU, UNKNOWN_PDU)
    if state is State.STA2 and event is Event.ABORT:
        told = [AbortIndication]  # The standard tells nobody, but the log wants to know.
    assert [type(each) for each in drain(connection, ARRIVALS[event])] == told
    assert connection.data_to_send() == sent
    assert connection.state.label == following


PRIMITIVES: Final[dict[Event, Callable[[Connection], object]]] = {
    Event.ASSOCIATE_REQUEST: associate,
    Event.TRANSPORT_CONFIRM: lambda connection: connection.connected(NOW),
    Event.LOCAL_ACCEPT: accept,
    Event.LOCAL_REJECT: lambda connection: connection.reject(AssociateRj(1, 1, 3), NOW),
    Event.P_DATA_REQUEST: lambda connection: connection.send_pdata(ECHO, NOW),
    Event.RELEASE_REQUEST: lambda connection: connection.release(NOW),
    Event.RELEASE_RESPONSE: lambda connection: connection.confirm_release(NOW),
    Event.ABORT_REQUEST: lambda connection: connection.abort(NOW),
}
SENT: Final = {
    "AE-1": b"",
    "AE-2": RQ,
    "AE-7": AC,
    "AE-8": RJ,
    "DT-1": ECHO,
    "AR-1": RELEASE_RQ,
    "AR-4": RELEASE_RP,
    "AR-7": ECHO,
    "AR-9": RELEASE_RP,
    "AA-1": ABORT,
    "AA-2": b"",
}


@given(state=st.sampled_from(State), event=st.sampled_from(sorted(PRIMITIVES)))
def test_a_primitive_of_ours_is_done_or_refused_without_a_trace(state: State, event: Event) -> None:
    connection = at(state)
    timer = connection.next_timer()
    wanted = expected(state, event, connection._machine._role)
    if wanted is None:
        with pytest.raises(LocalProtocolError, match=f"{state.label}: {state.meaning}") as caught:
            PRIMITIVES[event](connection)
        assert (caught.value.state, caught.value.primitive) == (state.label, event.meaning)
        assert (connection.state, connection.next_timer()) == (state, timer)
        assert connection.data_to_send() == b""
        return
    action, following = wanted
    PRIMITIVES[event](connection)
    assert connection.state.label == following
    assert connection.data_to_send() == SENT[action]
    assert drain(connection) == []


@given(state=st.sampled_from(State), pdus=st.lists(st.sampled_from(PDUS), max_size=8))
def test_no_sequence_of_pdus_upsets_a_connection(state: State, pdus: list[bytes]) -> None:
    if state in {State.STA1, State.STA4}:
        return  # There is no transport yet.
    connection = at(state)
    told = drain(connection, b"".join(pdus))
    assert sum(isinstance(each, AbortIndication) for each in told) <= 1
    told = drain(connection, b"")
    assert connection.should_close
    assert connection.state is State.STA1
    assert connection.next_timer() is None


def test_the_provider_aborts_for_a_request_that_breaks_the_rules() -> None:
    connection = at(State.STA3)
    connection.abort(NOW, source=2, reason=6)
    assert connection.data_to_send() == INVALID_PARAMETER
    assert (connection.state, drain(connection)) == (State.STA13, [])


def test_data_end_with_our_abort_also_inside_a_pdu() -> None:
    connection = at(State.STA6)
    assert drain(connection, ECHO[:40]) == []
    connection.abort(NOW)
    assert drain(connection, ECHO[40:] + ECHO + ABORT) == []
    assert connection.data_to_send() == ABORT
    assert connection.should_close


def test_what_arrived_comes_before_the_close() -> None:
    connection = at(State.STA7)
    connection.receive_data(ECHO + RELEASE_RP, NOW)
    connection.filled(0, NOW)
    assert [type(each) for each in drain(connection)] == [CommandReceived, ReleaseConfirmed]
    connection = at(State.STA6)
    connection.receive_data(ECHO, NOW)
    connection.receive_data(b"", NOW)
    command, end = drain(connection)
    assert isinstance(command, CommandReceived)
    assert isinstance(end, AbortIndication)
    assert (end.source, end.by_peer) == (None, True)


def test_a_transport_that_never_opens_ends_the_attempt() -> None:
    connection = at(State.STA4)
    (end,) = drain(connection, b"")
    assert isinstance(end, AbortIndication)
    assert end.message == "the connection was closed before it was open"
    assert connection.should_close


@pytest.mark.parametrize(
    ("state", "received", "end"),
    [
        (State.STA6, ABORT, AbortIndication(0, 0, "the peer aborted", by_peer=True)),
        (
            State.STA6,
            provider_abort(2),
            AbortIndication(
                2, 2, "the peer's service-provider aborted: unexpected PDU", by_peer=True
            ),
        ),
        (
            State.STA2,
            RELEASE_RQ,
            AbortIndication(
                0,
                0,
                "unexpected A-RELEASE-RQ before offset 0xa before an association was asked for",
                by_peer=False,
            ),
        ),
        (
            State.STA3,
            ECHO,
            AbortIndication(
                2,
                2,
                "unexpected P-DATA-TF at offset 0xaa"
                " before the request for an association was answered",
                by_peer=False,
            ),
        ),
        (
            State.STA8,
            RELEASE_RQ,
            AbortIndication(
                2,
                2,
                "unexpected A-RELEASE-RQ before offset 0xbe during the release",
                by_peer=False,
            ),
        ),
    ],
)
def test_an_end_says_what_happened(state: State, received: bytes, end: AbortIndication) -> None:
    assert drain(at(state), received) == [end]


def test_nonsense_is_told_with_its_place() -> None:
    (end,) = drain(at(State.STA6), ECHO + UNKNOWN)[1:]
    assert isinstance(end, AbortIndication)
    assert f"{len(RQ + ECHO):#x}" in end.message


def test_artim_closes_a_silent_connection() -> None:
    connection = at(State.STA2)
    assert connection.next_timer() == NOW + ARTIM
    connection.handle_timer(NOW + ARTIM - 0.1)
    assert drain(connection) == []
    connection.handle_timer(NOW + ARTIM)
    (end,) = drain(connection)
    assert end == AbortIndication(
        None,
        0,
        "nothing for 20 s before an association was asked for",
        by_peer=False,
    )
    assert connection.should_close
    assert connection.data_to_send() == b""


def test_artim_closes_on_a_peer_that_does_not() -> None:
    connection = at(State.STA13)
    connection.handle_timer(NOW + ARTIM)
    assert drain(connection, RQ) == []
    assert connection.should_close
    assert connection.next_timer() is None


def test_a_peer_that_does_not_read_is_told_once() -> None:
    connection = at(State.STA13)
    assert drain(connection, RQ * 100) == []
    assert connection.data_to_send() == UNEXPECTED_PDU


def test_a_connection_that_is_over_still_has_space() -> None:
    for connection in (at(State.STA5), at(State.STA6)):
        drain(connection, RJ if connection.state is State.STA5 else UNKNOWN)
        for _ in range(300):
            space = connection.space()
            assert space
            connection.filled(len(space), NOW)
        assert drain(connection) == []


def test_bytes_may_come_faster_than_events_are_taken() -> None:
    connection = at(State.STA6)
    connection.receive_data(ECHO * 5000, NOW)
    connection.receive_data(RELEASE_RQ, NOW)
    told = drain(connection)
    assert [type(each) for each in told] == [CommandReceived] * 5000 + [ReleaseIndication]


def test_bytes_after_the_end_are_dropped_whatever_their_number() -> None:
    connection = at(State.STA6)
    connection.receive_data(ABORT + ECHO * 50_000, NOW)
    assert [type(each) for each in drain(connection)] == [AbortIndication]
    assert drain(connection, ECHO * 50_000) == []


@pytest.mark.parametrize("result", range(5))
def test_data_may_come_on_contexts_that_were_accepted(result: int) -> None:
    connection = at(State.STA5)
    ac = bytearray(AC)
    ac[AC.index(b"\x21\x00\x00\x19") + 6] = result
    _, told = drain(connection, bytes(ac) + ECHO)
    assert isinstance(told, AbortIndication if result else CommandReceived)
    assert connection.data_to_send() == (INVALID_PARAMETER if result else b"")


def test_data_are_passed_on_as_views_of_the_receive_buffer() -> None:
    connection = at(State.STA6)
    store = bytearray(ECHO)
    store[-2:] = b"\x00\x00"  # A data set follows.
    assert [type(each) for each in drain(connection, bytes(store))] == [CommandReceived]
    connection.pass_data()
    (data,) = drain(connection, bytes.fromhex("04 00 00 00 00 08  00 00 00 04 01 02 AB CD"))
    assert isinstance(data, DataReceived)
    assert [bytes(part) for part in data.parts] == [b"\xab\xcd"]
    assert isinstance(data.parts[0], memoryview)


@pytest.mark.parametrize("role", Role)
def test_only_a_requestor_asks(role: Role) -> None:
    connection = Connection(role, NOW)
    if role is Role.ACCEPTOR:
        with pytest.raises(LocalProtocolError):
            associate(connection)
    else:
        associate(connection)
        assert connection.data_to_send() == b""
        connection.connected(NOW)
        assert connection.data_to_send() == RQ
