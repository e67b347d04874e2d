"""One upper layer connection (PS3.8 9): bytes in, indications out, primitives in, bytes out.

The transport fills `space()` and says so with `filled`; the user takes events with `next_event`
until there are none, writes `data_to_send()`, wakes for `next_timer()`, and closes the transport
when `should_close` says so. No socket, no clock, no thread.
"""

import logging
from collections import deque
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
from russet.ul.indications import (
    AbortIndication,
    AssociateConfirmed,
    AssociateIndication,
    Indication,
    RejectedIndication,
    ReleaseConfirmed,
    ReleaseIndication,
    aborted_by_peer,
)
from russet.ul.machine import AbortSource, Indicate, Machine, Primitive, Role, Send, SendAbort
from russet.ul.table import MEANWHILE, TABLE_9_10, Action, Event, State

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
    "State",
]

_LOG: Final = logging.getLogger("russet.ul")

_Pdu = AssociateRq | AssociateAc | AssociateRj | ReleaseRq | ReleaseRp | Abort
_Cause = _Pdu | DataUnexpected | ProtocolError | None
"""What an event is about: the PDU, or the rule that it broke."""

_EVENTS: Final = {
    AssociateRq: Event.ASSOCIATE_RQ,
    AssociateAc: Event.ASSOCIATE_AC,
    AssociateRj: Event.ASSOCIATE_RJ,
    ReleaseRq: Event.RELEASE_RQ,
    ReleaseRp: Event.RELEASE_RP,
    Abort: Event.ABORT,
    DataUnexpected: Event.P_DATA_TF,
}

_VERSION_1: Final = 1
_ACCEPTANCE: Final = 0
_USER: Final = AbortSource.USER.value
_PROVIDER: Final = AbortSource.PROVIDER.value
_UNEXPECTED_PDU: Final = 2
_NO_COMMON_VERSION: Final = AssociateRj(result=1, source=2, reason=2)
_SCRATCH: Final = 4096
# Where P-DATA-TF only goes to the user (DT-2, AR-6) the stream delivers what it carries, and the
# machine, which would change nothing, is not asked; in every other state it is.
_TAKES_DATA: Final = frozenset(
    state
    for (state, event), action in TABLE_9_10.items()
    if event is Event.P_DATA_TF and action in {Action.DT_2, Action.AR_6}
)
# Likewise where a P-DATA request only sends (DT-1, AR-7).
_SENDS_DATA: Final = frozenset(
    state for state, event in TABLE_9_10 if event is Event.P_DATA_REQUEST
)


class Connection:
    """The protocol's side of one transport connection, in either role.

    Attributes:
        queued: What waits for `data_to_send`; whether there is anything, it tells at once.
    """

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
            artim: Seconds of the ARTIM timer (PS3.8 9.2).
            max_length: Bytes of the longest P-DATA-TF that we offer to take (PS3.8 D.1).
            data_in_memory: Bytes of a data set that are collected before they are handed on.
        """
        self._machine = Machine(role, artim)
        self._artim = artim
        self._stream = codec.Stream(data_length=max_length, data_in_memory=data_in_memory)
        self._indications: deque[Indication] = deque()
        self.queued: deque[bytes] = deque()
        self._backlog: deque[memoryview] = deque()
        self._closed_at: float | None = None
        self._rq: AssociateRq | None = None
        self._deaf = False  # What the peer sends after nonsense, or after the end, is dropped.
        self._over = False
        if role is Role.ACCEPTOR:
            self._machine.step(Event.TRANSPORT_INDICATION, now)

    @property
    def state(self) -> State:
        """Where the association stands."""
        return self._machine.state

    @property
    def should_close(self) -> bool:
        """Whether to close the transport once everything queued is sent."""
        return self._over

    @property
    def may_confirm_release(self) -> bool:
        """Whether it is our turn to `confirm_release`."""
        return self._machine.allows(Event.RELEASE_RESPONSE)

    @property
    def may_abort(self) -> bool:
        """Whether there is anything left to `abort`."""
        return self._machine.allows(Event.ABORT_REQUEST)

    # --- the transport's side ---

    def space(self) -> memoryview:
        """Give writable memory for the next bytes of the peer; views in earlier events are void.

        Take all events before: bytes still unread take up its room.
        """
        return memoryview(bytearray(_SCRATCH)) if self._deaf else self._stream.space()

    def filled(self, count: int, now: float) -> None:
        """Take the first `count` bytes of `space()`; 0 says that the peer closed.

        What arrived before the close comes before it: `next_event` tells when it takes effect.
        """
        if count == 0:
            self._closed_at = now
        elif not self._deaf:
            self._stream.filled(count)

    def receive_data(self, data: bytes, now: float) -> None:
        """Take `data` of any length from a transport that cannot fill `space()`; b"" is its close.

        Not to be mixed with `space()` while there are events to take.
        """
        if data:
            self._backlog.append(memoryview(data))
        else:
            self.filled(0, now)

    @property
    def has_data_to_send(self) -> bool:
        """Whether anything is queued for the peer."""
        return bool(self.queued)

    def data_to_send(self) -> bytes:
        """Give everything queued for the peer; the queue is empty afterwards.

        Another thread may add to the queue meanwhile: nothing is lost.
        """
        out = self.queued
        if not out:
            return b""
        if len(out) == 1:
            return out.popleft()
        return b"".join([out.popleft() for _ in range(len(out))])

    def next_timer(self) -> float | None:
        """Tell when to call `handle_timer`, on the caller's clock; None for never."""
        return self._machine.deadline

    def handle_timer(self, now: float) -> None:
        """Let ARTIM expire if its time has come."""
        deadline = self._machine.deadline
        if deadline is not None and now >= deadline:
            self._arrive(Event.ARTIM_EXPIRED, now)

    # --- the user's side ---

    def next_event(self, now: float) -> Indication | CommandReceived | DataReceived | None:
        """Take the next event; None when more bytes are needed for anything to happen."""
        while not self._indications:
            try:
                found = None if self._deaf else self._stream.next_event()
            except ProtocolError as error:
                self._fail(error, now)
                continue
            if isinstance(found, (DataReceived, CommandReceived)):
                return found
            if found is not None:
                self._arrive(_EVENTS[type(found)], now, found)
            elif not self._go_on():
                return None
        return self._indications.popleft()

    def pass_data(self) -> None:
        """Have the data set just announced handed on as it arrives, not collected first."""
        self._stream.pass_data()

    def associate(self, rq: AssociateRq, now: float) -> None:
        """Ask for an association with `rq`, which leaves once the transport is `connected`.

        This and every other primitive of the user raises LocalProtocolError in a state that the
        standard does not have it in (PS3.8 Table 9-10), and changes nothing then.
        """
        self._request(Event.ASSOCIATE_REQUEST, now)
        self._rq = rq

    def connected(self, now: float) -> None:
        """Tell a requestor that the transport is open."""
        self._request(Event.TRANSPORT_CONFIRM, now, self._rq)

    def accept(self, ac: AssociateAc, now: float) -> None:
        """Accept the association; data may come on the contexts whose result is acceptance."""
        self._request(Event.LOCAL_ACCEPT, now, ac)
        self._stream.enable_data(_accepted(ac))

    def reject(self, rj: AssociateRj, now: float) -> None:
        """Reject the association."""
        self._request(Event.LOCAL_REJECT, now, rj)

    def release(self, now: float) -> None:
        """Ask for the release; data may come until it is confirmed, but go no more."""
        self._request(Event.RELEASE_REQUEST, now, ReleaseRq())

    def confirm_release(self, now: float) -> None:
        """Confirm the release that the peer asked for; there is no other answer than yes."""
        self._request(Event.RELEASE_RESPONSE, now, ReleaseRp())

    def abort(self, now: float, source: int = _USER, reason: int = 0) -> None:
        """Abort: as the user, or with source 2 as the provider who found a PDU invalid (Evt19)."""
        event = Event.INVALID_PDU if source == _PROVIDER else Event.ABORT_REQUEST
        self._request(event, now, reason=reason)

    def send_pdata(self, encoded: bytes, now: float) -> None:
        """Queue whole, encoded P-DATA-TF PDUs."""
        if self._machine.state not in _SENDS_DATA:
            self._machine.step(Event.P_DATA_REQUEST, now)
        self.queued.append(encoded)

    # --- between the two ---

    def _request(
        self, event: Event, now: float, pdu: _Pdu | None = None, *, reason: int = 0
    ) -> None:
        """Do what the table says about a primitive of ours: it sends, and tells us nothing."""
        encoded = b"" if pdu is None else pdu.encode()
        before = self._machine.state
        for effect in self._machine.step(event, now):
            if isinstance(effect, Send):
                self.queued.append(encoded)
            elif isinstance(effect, SendAbort):
                self._send_abort(effect.source, reason)
        self._settle(before)

    def _arrive(self, event: Event, now: float, cause: _Cause = None) -> None:
        """Do what the table says about something of the peer, the transport or the timer."""
        before = self._machine.state
        acceptable = not isinstance(cause, AssociateRq) or bool(cause.version & _VERSION_1)
        for effect in self._machine.step(event, now, acceptable=acceptable):
            if isinstance(effect, Indicate):
                is_end = effect.primitive is Primitive.P_ABORT_INDICATION
                told = self._end(event, before, cause) if is_end else _indication(cause)
                self._indications.append(told)
            elif isinstance(effect, SendAbort):
                self._send_abort(effect.source, _reason(cause))
            elif isinstance(effect, Send):
                self.queued.append(_NO_COMMON_VERSION.encode())
                self._indications.append(RejectedIndication(_NO_COMMON_VERSION))
        if before is State.STA2 and not self._indications:
            self._indications.append(self._end(event, before, cause))
        if self._machine.state is State.STA6 and isinstance(cause, AssociateAc):
            self._stream.enable_data(_accepted(cause))
        self._settle(before)

    def _fail(self, error: ProtocolError, now: float) -> None:
        """The stream lost its way: in a PDU (Evt19), or in a message, which the user aborts."""
        self._deaf = True
        if error.source == _USER and self._machine.state in _TAKES_DATA:
            self._request(Event.ABORT_REQUEST, now)
            self._indications.append(AbortIndication(_USER, 0, str(error), by_peer=False))
        else:
            self._arrive(Event.INVALID_PDU, now, error)

    def _go_on(self) -> bool:
        """Bring on what waits behind the bytes that are read: more bytes, or the close."""
        if self._deaf:
            self._backlog.clear()
        if self._backlog:
            data, space = self._backlog.popleft(), self._stream.space()
            count = min(len(data), len(space))
            space[:count] = data[:count]
            self._stream.filled(count)
            if count < len(data):
                self._backlog.appendleft(data[count:])
            return True
        if self._closed_at is not None and self._machine.state is not State.STA1:
            self._arrive(Event.TRANSPORT_CLOSED, self._closed_at)
            return True
        return False

    def _settle(self, before: State) -> None:
        """Let the stream follow the state."""
        after = self._machine.state
        if before in _TAKES_DATA and after not in _TAKES_DATA:
            self._stream.disable_data()
        if after is State.STA1 and before is not State.STA1:
            self._over = self._deaf = True

    def _send_abort(self, source: AbortSource, reason: int) -> None:
        abort = Abort(source.value, reason if source is AbortSource.PROVIDER else 0).encode()
        if abort not in self.queued:  # To a peer that does not read, the same is said once (AA-7).
            self.queued.append(abort)

    def _end(self, event: Event, state: State, cause: _Cause) -> AbortIndication:
        """Say what ended the association without an A-ABORT of the peer, or before it began."""
        where = MEANWHILE[state]
        _LOG.debug("%s in %s: %s", event.meaning, state.label, state.meaning)
        if isinstance(cause, Abort):
            return aborted_by_peer(cause)
        if event is Event.TRANSPORT_CLOSED:
            return AbortIndication(None, 0, f"the connection was closed {where}", by_peer=True)
        if event is Event.ARTIM_EXPIRED:
            message = f"nothing for {self._artim:g} s {where}"
            return AbortIndication(None, 0, message, by_peer=False)
        if isinstance(cause, ProtocolError):
            message = str(cause)
        elif isinstance(cause, DataUnexpected):
            message = f"unexpected {event.meaning} at offset {cause.offset:#x} {where}"
        else:
            message = f"unexpected {event.meaning} before offset {self._stream.position:#x} {where}"
        if state is State.STA2:
            return AbortIndication(_USER, 0, message, by_peer=False)
        return AbortIndication(_PROVIDER, _reason(cause), message, by_peer=False)


def _accepted(ac: AssociateAc) -> list[int]:
    return [each.context_id for each in ac.contexts if each.result == _ACCEPTANCE]


def _reason(cause: _Cause) -> int:
    """The reason of an A-ABORT by the provider (PS3.8 Table 9-26)."""
    return cause.reason if isinstance(cause, ProtocolError) else _UNEXPECTED_PDU


def _indication(pdu: _Cause) -> Indication:
    """Show a received PDU as the primitive that it stands for."""
    match pdu:
        case AssociateRq():
            return AssociateIndication(pdu)
        case AssociateAc():
            return AssociateConfirmed(pdu)
        case AssociateRj():
            return RejectedIndication(pdu)
        case ReleaseRq():
            return ReleaseIndication()
        case ReleaseRp():
            return ReleaseConfirmed()
        case Abort():
            return aborted_by_peer(pdu)
        case _:
            raise TypeError(f"no primitive stands for {pdu!r}")
