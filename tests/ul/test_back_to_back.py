"""Two connections joined by nothing but bytes, and one fed in pieces of any size."""

from collections.abc import Iterable
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from russet.codec import (
    AssociateRj,
    Command,
    CommandReceived,
    DataReceived,
    encode_message,
    encode_pdvs,
)
from russet.ul import (
    AbortIndication,
    AssociateConfirmed,
    AssociateIndication,
    Connection,
    RejectedIndication,
    ReleaseConfirmed,
    ReleaseIndication,
    Role,
    State,
)
from tests.support.upper_layer import (
    ABORT,
    ECHO,
    NOW,
    PDUS,
    RELEASE_RQ,
    RQ,
    Told,
    accept,
    associate,
    at,
    drain,
)

PIECES: Final = (1, 7, 1 << 20)


class Link:
    """A requestor and an acceptor, and the wire between them."""

    def __init__(self, piece: int = 1 << 20) -> None:
        self.requestor = Connection(Role.REQUESTOR, NOW)
        self.acceptor = Connection(Role.ACCEPTOR, NOW)
        self._piece = piece
        associate(self.requestor)
        self.requestor.connected(NOW)

    def carry(self, sender: Connection, receiver: Connection) -> list[type]:
        """Bring over what `sender` has queued, and what the receiver is told."""
        data = sender.data_to_send()
        told: list[Told] = []
        for start in range(0, len(data), self._piece):
            told += drain(receiver, data[start : start + self._piece])
        if sender.should_close:
            told += drain(receiver, b"")
        return [type(each) for each in told]

    def to_acceptor(self) -> list[type]:
        return self.carry(self.requestor, self.acceptor)

    def to_requestor(self) -> list[type]:
        return self.carry(self.acceptor, self.requestor)

    def states(self) -> tuple[State, State]:
        return self.requestor.state, self.acceptor.state


def established(piece: int = 1 << 20) -> Link:
    link = Link(piece)
    assert link.to_acceptor() == [AssociateIndication]
    accept(link.acceptor)
    assert link.to_requestor() == [AssociateConfirmed]
    assert link.states() == (State.STA6, State.STA6)
    return link


@pytest.mark.parametrize("piece", PIECES)
def test_an_association_from_request_to_release(piece: int) -> None:
    link = established(piece)
    link.requestor.send_pdata(ECHO, NOW)
    assert link.to_acceptor() == [CommandReceived]
    link.acceptor.send_pdata(ECHO + ECHO, NOW)
    assert link.to_requestor() == [CommandReceived] * 2
    link.requestor.release(NOW)
    assert link.to_acceptor() == [ReleaseIndication]
    assert link.acceptor.may_confirm_release
    link.acceptor.send_pdata(ECHO, NOW)  # A last answer: AR-7, received by AR-6.
    link.acceptor.confirm_release(NOW)
    assert link.to_requestor() == [CommandReceived, ReleaseConfirmed]
    assert link.requestor.should_close
    assert not link.acceptor.should_close
    assert link.to_acceptor() == []
    assert link.acceptor.should_close
    assert link.states() == (State.STA1, State.STA1)


@pytest.mark.parametrize("piece", PIECES)
def test_the_acceptor_may_release_too(piece: int) -> None:
    link = established(piece)
    link.acceptor.release(NOW)
    assert link.to_requestor() == [ReleaseIndication]
    link.requestor.confirm_release(NOW)
    assert link.to_acceptor() == [ReleaseConfirmed]
    assert link.to_requestor() == []
    assert link.states() == (State.STA1, State.STA1)


@pytest.mark.parametrize("piece", PIECES)
def test_both_may_release_at_once(piece: int) -> None:
    link = established(piece)
    link.requestor.release(NOW)
    link.acceptor.release(NOW)
    requested = link.acceptor.data_to_send()
    assert link.to_acceptor() == [ReleaseIndication]
    assert [type(each) for each in drain(link.requestor, requested)] == [ReleaseIndication]
    assert link.states() == (State.STA9, State.STA10)
    # The requestor of the association answers first.
    assert (link.requestor.may_confirm_release, link.acceptor.may_confirm_release) == (True, False)
    link.requestor.confirm_release(NOW)
    assert link.to_acceptor() == [ReleaseConfirmed]
    assert link.states() == (State.STA11, State.STA12)
    assert link.acceptor.may_confirm_release
    link.acceptor.confirm_release(NOW)
    assert link.to_requestor() == [ReleaseConfirmed]
    assert link.to_acceptor() == []
    assert link.states() == (State.STA1, State.STA1)


@pytest.mark.parametrize("piece", PIECES)
def test_a_rejection_ends_both(piece: int) -> None:
    link = Link(piece)
    link.to_acceptor()
    link.acceptor.reject(AssociateRj(2, 3, 1), NOW)
    assert link.acceptor.state is State.STA13
    assert link.to_requestor() == [RejectedIndication]
    assert link.to_acceptor() == []
    assert link.states() == (State.STA1, State.STA1)


@pytest.mark.parametrize("by_requestor", [True, False])
@pytest.mark.parametrize("piece", PIECES)
def test_an_abort_ends_both(piece: int, by_requestor: bool) -> None:
    link = established(piece)
    aborting, other = link.requestor, link.acceptor
    if not by_requestor:
        aborting, other = other, aborting
    assert aborting.may_abort
    aborting.abort(NOW)
    assert not aborting.may_abort
    assert link.carry(aborting, other) == [AbortIndication]
    assert link.carry(other, aborting) == []
    assert link.states() == (State.STA1, State.STA1)


def test_aborts_that_cross_end_both() -> None:
    link = established()
    link.requestor.abort(NOW)
    link.acceptor.abort(NOW)
    crossing = link.acceptor.data_to_send()
    assert link.to_acceptor() == []
    assert drain(link.requestor, crossing) == []
    assert link.states() == (State.STA1, State.STA1)


STORE: Final = Command(
    0x0001,
    affected_sop_class_uid="1.2.840.10008.1.1",
    affected_sop_instance_uid="1.2.3",
    message_id=3,
    priority=0,
    command_data_set_type=1,
)


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    data = draw(st.binary(max_size=150)) * 2  # of even length
    max_length = draw(st.sampled_from([8, 20, 128, 16384]))
    head = encode_message(1, STORE, max_length)
    return head + encode_pdvs(1, data, command=False, last=True, max_length=max_length)


def exchanges() -> st.SearchStrategy[bytes]:
    """What a peer may send after its request: mostly sense, now and then something else."""
    junk = st.sampled_from(PDUS) | st.binary(max_size=12)
    sense = messages() | st.just(ECHO)
    parts = st.lists(st.one_of(sense, sense, sense, junk), max_size=6)
    ends = st.sampled_from([b"", RELEASE_RQ, ABORT, RELEASE_RQ + ECHO])
    return st.builds(lambda middle, end: RQ + b"".join(middle) + end, parts, ends)


def pieces(stream: bytes, cuts: Iterable[int]) -> Iterable[bytes]:
    start = 0
    for cut in cuts:
        yield stream[start : start + cut]
        start += cut
    yield stream[start:]


def heard(acceptor: Connection, parts: Iterable[bytes]) -> tuple[list[object], bytes, State]:
    """Everything that an acceptor which says yes to all is told, sends, and comes to."""
    told: list[object] = []
    for part in filter(None, parts):
        acceptor.receive_data(part, NOW)
        while (event := acceptor.next_event(NOW)) is not None:
            if isinstance(event, AssociateIndication):
                accept(acceptor)
            elif isinstance(event, ReleaseIndication):
                acceptor.confirm_release(NOW)
            told.append(plain(event))
    return told, acceptor.data_to_send(), acceptor.state


def plain(event: Told) -> object:
    if isinstance(event, CommandReceived):
        return event.context_id, event.command
    if isinstance(event, DataReceived):
        return event.context_id, b"".join(event.parts), event.last
    return event


@given(stream=exchanges(), cuts=st.lists(st.integers(1, 64), max_size=200))
def test_any_split_of_the_stream_gives_the_same_events(stream: bytes, cuts: list[int]) -> None:
    whole = heard(at(State.STA2), [stream])
    assert heard(at(State.STA2), pieces(stream, cuts)) == whole
    assert whole[0]
