"""The machine as it moves: ARTIM on an injected clock, and walks of any length."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from russet.errors import LocalProtocolError
from russet.ul.machine import Close, Machine, Role, SendAbort, StartArtim, StopArtim
from russet.ul.table import Event, State

NOW: Final = 1000.0
ARTIM: Final = 20.0
TIMED: Final = {State.STA2, State.STA13}


def walk(role: Role, *events: Event) -> Machine:
    """A machine after these events, one second apart."""
    machine = Machine(role, ARTIM)
    for second, event in enumerate(events):
        machine.step(event, NOW + second)
    return machine


ESTABLISHED: Final = (Event.TRANSPORT_INDICATION, Event.ASSOCIATE_RQ, Event.LOCAL_ACCEPT)
ASKED: Final = (Event.ASSOCIATE_REQUEST, Event.TRANSPORT_CONFIRM)


@pytest.mark.parametrize(
    ("role", "events", "deadline"),
    [
        (Role.ACCEPTOR, (Event.TRANSPORT_INDICATION,), 20),
        (Role.ACCEPTOR, ESTABLISHED[:2], None),
        (Role.ACCEPTOR, (*ESTABLISHED[:2], Event.LOCAL_REJECT), 22),
        (Role.ACCEPTOR, ESTABLISHED, None),
        (Role.ACCEPTOR, (*ESTABLISHED, Event.RELEASE_RQ, Event.RELEASE_RESPONSE), 24),
        (Role.ACCEPTOR, (*ESTABLISHED, Event.RELEASE_REQUEST), None),
        (Role.ACCEPTOR, (*ESTABLISHED, Event.ABORT_REQUEST), 23),
        (Role.ACCEPTOR, (*ESTABLISHED, Event.INVALID_PDU), 23),
        (Role.ACCEPTOR, (*ESTABLISHED, Event.INVALID_PDU, Event.ASSOCIATE_RQ), 23),
        (Role.ACCEPTOR, (*ESTABLISHED, Event.INVALID_PDU, Event.TRANSPORT_CLOSED), None),
        (Role.ACCEPTOR, (Event.TRANSPORT_INDICATION, Event.RELEASE_RQ), 21),
        (Role.ACCEPTOR, (Event.TRANSPORT_INDICATION, Event.ABORT), None),
        (Role.ACCEPTOR, (Event.TRANSPORT_INDICATION, Event.TRANSPORT_CLOSED), None),
        (Role.REQUESTOR, ASKED, None),
        (Role.REQUESTOR, (*ASKED, Event.ASSOCIATE_RJ), None),
        (Role.REQUESTOR, (*ASKED, Event.ABORT_REQUEST), 22),
    ],
)
def test_artim_runs_from_the_event_that_starts_it(
    role: Role, events: tuple[Event, ...], deadline: float | None
) -> None:
    assert walk(role, *events).deadline == (None if deadline is None else NOW + deadline)


@pytest.mark.parametrize("state", sorted(TIMED))
def test_artim_expires_into_a_close(state: State) -> None:
    machine = walk(Role.ACCEPTOR, Event.TRANSPORT_INDICATION)
    if state is State.STA13:
        machine.step(Event.INVALID_PDU, NOW)
    assert machine.step(Event.ARTIM_EXPIRED, NOW + ARTIM) == (StopArtim(), Close())
    assert (machine.state, machine.deadline) == (State.STA1, None)


def test_only_the_release_collision_knows_the_role() -> None:
    for role, following in ((Role.REQUESTOR, State.STA9), (Role.ACCEPTOR, State.STA10)):
        machine = walk(role, *ESTABLISHED, Event.RELEASE_REQUEST, Event.RELEASE_RQ)
        assert machine.state is following


def test_a_refused_event_changes_nothing() -> None:
    machine = walk(Role.ACCEPTOR, Event.TRANSPORT_INDICATION)
    with pytest.raises(LocalProtocolError, match=r"A-RELEASE request \(Evt11\) .* in Sta2"):
        machine.step(Event.RELEASE_REQUEST, NOW + 5)
    assert (machine.state, machine.deadline) == (State.STA2, NOW + ARTIM)


@given(role=st.sampled_from(Role), events=st.lists(st.sampled_from(Event), max_size=60))
def test_artim_runs_exactly_while_a_pdu_or_the_close_is_awaited(
    role: Role, events: list[Event]
) -> None:
    machine = Machine(role, ARTIM)
    for event in events:
        before, deadline = machine.state, machine.deadline
        if not machine.allows(event):
            with pytest.raises(LocalProtocolError):
                machine.step(event, NOW)
            assert (machine.state, machine.deadline) == (before, deadline)
            continue
        effects = machine.step(event, NOW)
        assert (machine.deadline is not None) == (machine.state in TIMED)
        assert (Close() in effects) <= (machine.state is State.STA1)
        if any(isinstance(each, SendAbort) for each in effects):
            assert machine.state is State.STA13
            assert StartArtim() in effects or before is State.STA13
