"""One upper layer connection (PS3.8 9): bytes in, indications out, primitives in, bytes out.

The transport fills `space()` and says so with `filled`; the user takes events with `next_event`
until there are none, writes `data_to_send()`, wakes for `next_timer()`, and closes the transport
when `should_close` says so. No socket, no clock, no thread.
"""

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import Final

from russet import codec
from russet.codec import (
    Abort,
    AssociateAc,
    AssociateRj,
    AssociateRq,
    CommandReceived,
    DataReceived,
    DataUnexpected,
    ReleaseRp,
    ReleaseRq,
)
from russet.errors import ProtocolError
from russet.ul.machine import Machine
from russet.ul.table import Effect, Event, State

__all__ = [
    "AbortIndication",
    "AssociateConfirmed",
    "AssociateIndication",
    "Connection",
    "Indication",
    "RejectedIndication",
    "ReleaseConfirmed",
    "ReleaseIndication",
    "Role",
]

_ACCEPTANCE: Final = 0
_PROVIDER: Final = 2
_UNEXPECTED_PDU: Final = 2
_SCRATCH: Final = 4096
_CARRIES_DATA: Final = frozenset({State.STA6, State.STA7})

_EVENTS: Final = {
    AssociateRq: Event.ASSOCIATE_RQ,
    AssociateAc: Event.ASSOCIATE_AC,
    AssociateRj: Event.ASSOCIATE_RJ,
    ReleaseRq: Event.RELEASE_RQ,
    ReleaseRp: Event.RELEASE_RP,
    Abort: Event.ABORT,
    DataUnexpected: Event.P_DATA_TF,
}


class Role(Enum):
    """Which side of the association this is."""

    REQUESTOR = "requestor"
    ACCEPTOR = "acceptor"


@dataclass(frozen=True, slots=True)
class AssociateIndication:
    """The peer asks for an association: `accept` or `reject` it."""

    rq: AssociateRq


@dataclass(frozen=True, slots=True)
class AssociateConfirmed:
    """The peer accepted the association."""

    ac: AssociateAc


@dataclass(frozen=True, slots=True)
class RejectedIndication:
    """The peer rejected the association."""

    rj: AssociateRj


@dataclass(frozen=True, slots=True)
class ReleaseIndication:
    """The peer asks for the release: `confirm_release` it."""


@dataclass(frozen=True, slots=True)
class ReleaseConfirmed:
    """The peer confirmed our release."""


@dataclass(frozen=True, slots=True)
class AbortIndication:
    """The association is over (A-ABORT, A-P-ABORT).

    Attributes:
        source: Of the A-ABORT, 0 user, 2 provider; None when the connection just closed.
        reason: Of the A-ABORT (PS3.8 Table 9-26).
        message: What happened, as a sentence.
        by_peer: Whether the peer ended it, and not we because of what it did.
    """

    source: int | None
    reason: int
    message: str
    by_peer: bool


Indication = (
    AssociateIndication
    | AssociateConfirmed
    | RejectedIndication
    | ReleaseIndication
    | ReleaseConfirmed
    | AbortIndication
)
_Pdu = AssociateRq | AssociateAc | AssociateRj | ReleaseRq | ReleaseRp | Abort


class Connection:
    """The protocol's side of one transport connection, in either role."""

    def __init__(
        self,
        role: Role,
        now: float = 0.0,
        *,
        artim: float = 30.0,
        max_length: int = 1 << 20,
        data_in_memory: int = 1 << 20,
    ) -> None:
        """Begin: an acceptor awaits the request with ARTIM running, a requestor `associate`.

        Args:
            role: Which side this is.
            now: The present time, on the caller's monotonic clock.
            artim: Seconds of the ARTIM timer (PS3.8 9.1.4).
            max_length: Bytes of the longest P-DATA-TF that we offer to take (PS3.8 D.1).
            data_in_memory: Bytes of a data set that are collected before they are handed on.
        """
        self._machine = Machine(requestor=role is Role.REQUESTOR, artim=artim)
        self._stream = codec.Stream(data_length=max_length, data_in_memory=data_in_memory)
        self._indications: deque[Indication] = deque()
        self._out: list[bytes] = []
        self._rq: AssociateRq | None = None
        self._error: ProtocolError | None = None
        self._begun = role is Role.ACCEPTOR
        if self._begun:
            self._machine.step(Event.TRANSPORT_INDICATION, now)

    @property
    def state(self) -> State:
        """Where the association stands."""
        return self._machine.state

    @property
    def should_close(self) -> bool:
        """Whether to close the transport once everything queued is sent."""
        return self._begun and self._machine.state is State.STA1

    # The transport's side.

    def space(self) -> memoryview:
        """Writable memory for the next bytes of the peer; earlier views lose their meaning."""
        if self._error is not None:
            return memoryview(bytearray(_SCRATCH))  # What follows nonsense is read and dropped.
        return self._stream.space()

    def filled(self, count: int, now: float) -> None:
        """Say that `count` bytes of `space()` were filled; 0 when the transport closed."""
        if count == 0:
            if self._machine.state is not State.STA1:
                self._step(Event.TRANSPORT_CLOSED, None, now)
        elif self._error is None:
            self._stream.filled(count)

    def receive_data(self, data: bytes, now: float) -> None:
        """Take `data` from a transport that cannot fill `space()` itself; b"" for its close.

        Only as much as the space holds is taken at a time, so this is for what is short.
        """
        if not data:
            self.filled(0, now)
        rest = memoryview(data)
        while rest:
            space = self.space()
            count = min(len(space), len(rest))
            space[:count] = rest[:count]
            self.filled(count, now)
            rest = rest[count:]

    def data_to_send(self) -> bytes:
        """Everything queued for the peer; the queue is empty afterwards."""
        data = b"".join(self._out)
        self._out.clear()
        return data

    def next_timer(self) -> float | None:
        """When to call `handle_timer`, on the caller's clock; None for never."""
        return self._machine.deadline

    def handle_timer(self, now: float) -> None:
        """Let ARTIM expire if its time has come."""
        deadline = self._machine.deadline
        if deadline is not None and now >= deadline:
            self._step(Event.ARTIM_EXPIRED, None, now)

    # The user's side.

    def next_event(self, now: float) -> Indication | CommandReceived | DataReceived | None:
        """What happened next; None when more bytes are needed for anything to happen."""
        while not self._indications and self._error is None:
            try:
                found = self._stream.next_event()
            except ProtocolError as error:
                self._fail(error, now)
                break
            if found is None:
                return None
            # P-DATA of Sta6 and Sta7 (DT-2, AR-6): in every other state the stream refuses them.
            if isinstance(found, (CommandReceived, DataReceived)):
                return found
            self._step(_EVENTS[type(found)], found, now)
        return self._indications.popleft() if self._indications else None

    def pass_data(self) -> None:
        """Hand on the data set of the present message as it arrives, uncollected."""
        self._stream.pass_data()

    def associate(self, rq: AssociateRq, now: float) -> None:
        """A-ASSOCIATE request: send `rq` once the transport is `connected`."""
        self._begun = True
        self._rq = rq
        self._step(Event.ASSOCIATE_REQUEST, None, now)

    def connected(self, now: float) -> None:
        """Say that the transport of a requestor is connected."""
        self._step(Event.TRANSPORT_CONFIRM, self._rq, now)

    def accept(self, ac: AssociateAc, now: float) -> None:
        """A-ASSOCIATE response, accepting."""
        self._step(Event.LOCAL_ACCEPT, ac, now)
        self._enable(ac)

    def reject(self, rj: AssociateRj, now: float) -> None:
        """A-ASSOCIATE response, rejecting."""
        self._step(Event.LOCAL_REJECT, rj, now)

    def release(self, now: float) -> None:
        """A-RELEASE request."""
        self._step(Event.RELEASE_REQUEST, ReleaseRq(), now)

    def confirm_release(self, now: float) -> None:
        """A-RELEASE response; there is no other answer than yes."""
        self._step(Event.RELEASE_RESPONSE, ReleaseRp(), now)

    def abort(self, now: float, source: int = 0, reason: int = 0) -> None:
        """A-ABORT request; with source 2 as the provider, for a request that breaks the rules."""
        if source != _PROVIDER:
            self._step(Event.ABORT_REQUEST, None, now)
            return
        self._machine.step(Event.INVALID_PDU, now)
        self._out.append(Abort(source, reason).encode())

    def send_pdata(self, encoded: bytes, now: float) -> None:
        """P-DATA request: queue whole, encoded P-DATA-TF PDUs."""
        self.check_may_send(now)
        self._out.append(encoded)

    def check_may_send(self, now: float) -> None:
        """Make sure that P-DATA may be sent in the present state.

        Raises:
            LocalProtocolError: When it may not.
        """
        self._machine.step(Event.P_DATA_REQUEST, now)

    def _enable(self, ac: AssociateAc) -> None:
        accepted = [each.context_id for each in ac.contexts if each.result == _ACCEPTANCE]
        self._stream.enable_data(accepted)

    def _fail(self, error: ProtocolError, now: float) -> None:
        """The peer broke the rules: an invalid PDU (Evt19), or DIMSE out of order (our abort)."""
        self._error = error
        by_user = error.source != _PROVIDER
        if by_user and self._machine.state in _CARRIES_DATA:
            self._step(Event.ABORT_REQUEST, None, now)
            self._indications.append(AbortIndication(error.source, 0, str(error), by_peer=False))
        else:
            self._step(Event.INVALID_PDU, error, now)

    def _step(self, event: Event, about: object, now: float) -> None:
        """Take one event of the table and do what its action says."""
        before = self._machine.state
        for effect in self._machine.step(event, now):
            if effect is Effect.SEND:
                assert isinstance(about, _Pdu)
                self._out.append(about.encode())
            elif effect is Effect.SEND_USER_ABORT:
                self._out.append(Abort(0, 0).encode())
            elif effect is Effect.SEND_PROVIDER_ABORT:
                self._out.append(Abort(_PROVIDER, _reason(about)).encode())
            elif effect is Effect.INDICATE_ABORT:
                self._indications.append(_abort(event, about, before))
            elif effect is Effect.INDICATE:
                self._indications.append(_indication(about))
        if isinstance(about, AssociateAc) and event is Event.ASSOCIATE_AC:
            self._enable(about)
        if before in _CARRIES_DATA and self._machine.state not in _CARRIES_DATA:
            self._stream.disable_data()


def _reason(about: object) -> int:
    """The reason of an A-ABORT by the provider (PS3.8 Table 9-26)."""
    return about.reason if isinstance(about, ProtocolError) else _UNEXPECTED_PDU


def _indication(about: object) -> Indication:
    """The primitive that a received PDU is shown to the user as."""
    if isinstance(about, AssociateRq):
        return AssociateIndication(about)
    if isinstance(about, AssociateAc):
        return AssociateConfirmed(about)
    if isinstance(about, AssociateRj):
        return RejectedIndication(about)
    if isinstance(about, ReleaseRq):
        return ReleaseIndication()
    if isinstance(about, ReleaseRp):
        return ReleaseConfirmed()
    assert isinstance(about, Abort)
    who = "the peer's service-provider" if about.source == _PROVIDER else "the peer"
    return AbortIndication(about.source, about.reason, f"{who} aborted", by_peer=True)


def _abort(event: Event, about: object, state: State) -> AbortIndication:
    """The A-P-ABORT indication of AA-4 and AA-8."""
    if event is Event.TRANSPORT_CLOSED:
        return AbortIndication(None, 0, "the peer closed the connection", by_peer=True)
    message = str(about) if isinstance(about, ProtocolError) else f"{event.name} in Sta{state}: {state.meaning}"
    return AbortIndication(_PROVIDER, _reason(about), message, by_peer=False)
