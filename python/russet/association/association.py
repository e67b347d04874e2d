"""One association in either role: events in, messages out, and no I/O (PS3.8 7, PS3.7 D).

The transport fills `space()` and says so with `filled`, takes events with `next_event` until there
are none, writes `data_to_send()`, wakes for `next_timer()`, and closes when `should_close`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

from russet import ul
from russet.association.agreement import AcceptedContext, Agreement
from russet.association.caller import Caller
from russet.association.establishment import Admission, Establishment, rejected
from russet.association.events import (
    Aborted,
    Established,
    Event,
    Operation,
    Peer,
    Released,
    Request,
    Response,
)
from russet.association.negotiation import Limits, Proposal
from russet.association.policy import Policy
from russet.association.sender import Sender
from russet.codec import Command, CommandReceived, DataReceived
from russet.dimse.commands import RESPONSE, cancel, message_name
from russet.dimse.exchange import Exchange
from russet.errors import ProtocolError

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["Association", "Begun"]

_RESPONSE_DATA: Final = 1 << 24
"""Bytes of the longest data set of a response: identifiers, attribute lists, no pixel data."""


class Begun(NamedTuple):
    """A request on its way: its Message ID, and the blocks to write, in order and all of them."""

    message_id: int
    blocks: Iterator[bytes]


class Association:
    """The brain of one association; make one with `acceptor` or `requestor`.

    Attributes:
        peer: Who is at the other end, from `Established` on.
        exchange: Our requests that are out.
        window: How many requests the peer may have out (PS3.7 D.3.3.3); 0 is unlimited.
        space: Gives the writable memory to receive into; never empty.
        filled: Takes how many bytes `space` received, 0 when the transport closed, and the time.
        receive_data: Takes bytes of any length that something else received, and the time.
        data_to_send: Gives everything that is queued for the peer, and forgets it.
        queued: The same in pieces, for who only wants to know whether there is anything.
        next_timer: Gives the time to call `handle_timer` at, on the caller's clock, or None.
        pass_data: Has the data set just announced handed on as it arrives, not collected first;
            its parts are then views that hold only until the next `space()`.
    """

    def __init__(self, connection: ul.Connection, max_length: int) -> None:
        """Start without a peer; `acceptor` and `requestor` say who speaks first."""
        self.peer: Peer | None = None
        self.exchange = Exchange()
        self.window = 1
        self.space = connection.space
        self.filled = connection.filled
        self.receive_data = connection.receive_data
        self.data_to_send = connection.data_to_send
        self.queued = connection.queued
        self.next_timer = connection.next_timer
        self.pass_data = connection.pass_data
        self._connection = connection
        self._agreement = Agreement()
        self._establishment = Establishment(connection, max_length)
        self._sender = Sender(connection)
        self._incoming: tuple[Response, bytearray] | None = None

    @classmethod
    def acceptor(
        cls,
        policy: Policy | Callable[[], Policy],
        now: float,
        limits: Limits | None = None,
        admit: Admission | None = None,
        caller: Caller | None = None,
    ) -> Self:
        """Start the side that was connected to; ARTIM runs from `now`.

        Args:
            policy: Whom and what to accept; a function is asked once there is a request, which may
                be long after the connection.
            now: Seconds on the caller's monotonic clock.
            limits: What this side bounds; the defaults of `Limits` without.
            admit: Stands in for `policy.rejection`, to count associations and disk space in.
            caller: What the transport knows of the peer.
        """
        limits = limits or Limits()
        association = cls(_connection(ul.Role.ACCEPTOR, limits, now), limits.max_length)
        current = policy if callable(policy) else lambda: policy
        association._establishment.expect(current, admit, caller)
        return association

    @classmethod
    def requestor(cls, proposal: Proposal, now: float, limits: Limits | None = None) -> Self:
        """Start the side that connects; the request leaves once `connected` is called.

        Raises:
            ValueError: If a title of the proposal is no AE title.
        """
        limits = limits or Limits()
        association = cls(_connection(ul.Role.REQUESTOR, limits, now), limits.max_length)
        association._establishment.propose(proposal, now)
        return association

    @property
    def agreement(self) -> Agreement:
        """What both sides agreed on."""
        return self._agreement

    @property
    def accepted(self) -> dict[int, AcceptedContext]:
        """The contexts that both sides agreed on, by id."""
        return self._agreement.accepted

    # --- the verbs of the connection, passed through; the frequent ones are in __init__ ---

    def connected(self, now: float) -> None:
        """Tell the requestor that the transport is there: the request may go."""
        self._connection.connected(now)

    def handle_timer(self, now: float) -> None:
        """Let time-outs that are due take effect."""
        self._connection.handle_timer(now)

    @property
    def should_close(self) -> bool:
        """Whether the transport is to be closed, once everything is written."""
        return self._connection.should_close

    def release(self, now: float) -> None:
        """Ask for the end in good order, once no request is out (PS3.8 7.2); `Released` follows."""
        self._connection.release(now)

    def abort(self, now: float) -> None:
        """End at once (PS3.8 7.3), if there is anything to end: whatever is on its way is lost."""
        if self._connection.may_abort:
            self._connection.abort(now)

    # --- events ---

    def next_event(self, now: float) -> Event | None:
        """Take the next event; None when more bytes are needed first.

        What the association answers by itself (negotiation, release, stray responses) it has
        queued in `data_to_send` by the time the event is given.
        """
        while (event := self._connection.next_event(now)) is not None:
            if self._incoming is None and type(event) is DataReceived:
                return event
            told = _TELL[type(event)](self, event, now)
            if told is not None:
                return told
        return None

    def _command(self, event: CommandReceived, now: float) -> Event | None:
        context = self.accepted.get(event.context_id)
        if context is None:
            return self._break_off(f"message on context {event.context_id}, not agreed on", now)
        command = event.command
        if not command.command_field & RESPONSE:
            return Request(context, command)
        try:
            self.exchange.match(event.context_id, command)
        except ProtocolError as error:
            return self._break_off(str(error), now)
        if not command.has_data:
            return Response(context, command)
        self._incoming = (Response(context, command), bytearray())
        return None

    def _data(self, event: DataReceived, now: float) -> Event | None:
        assert self._incoming is not None
        response, data = self._incoming
        if event.last and not data:
            self._incoming = None
            context, command, _ = response
            return Response(context, command, b"".join(event.parts))
        for part in event.parts:
            data += part
        if len(data) > _RESPONSE_DATA:
            name = message_name(response.command.command_field)
            return self._break_off(f"{name} with a data set of more than {_RESPONSE_DATA} B", now)
        if not event.last:
            return None
        self._incoming = None
        return response._replace(data=bytes(data))

    def verified(self, now: float) -> Event:
        """Go on when the identity of a `Claimed` was verified, or was not; the next event."""
        return self._established(self._establishment.verified(now))

    def _requested(self, event: ul.AssociateIndication, now: float) -> Event | None:
        return self._established(self._establishment.requested(event, now))

    def _confirmed(self, event: ul.AssociateConfirmed, now: float) -> Event | None:
        return self._established(self._establishment.confirmed(event, now))

    def _established(self, event: Event) -> Event:
        """Take over what came of the establishment."""
        self.peer = peer = self._establishment.peer
        if isinstance(event, Established):
            assert peer is not None
            self._agreement = self._establishment.agreement
            self.exchange.window = self._agreement.window.invoked
            self.window = self._agreement.window.performed
            self._sender.limit(peer.max_length)
        return event

    def _rejected(self, event: ul.RejectedIndication, _now: float) -> Event | None:
        return rejected(event.rj)

    def _asked_to_release(self, _event: ul.ReleaseIndication, now: float) -> Event | None:
        # In a collision the acceptor waits for the answer to its own request first (PS3.8 9.2).
        if self._connection.state == ul.State.STA10:
            return None
        collided = self._connection.state == ul.State.STA9
        self._connection.confirm_release(now)
        return None if collided else Released()

    def _release_confirmed(self, _event: ul.ReleaseConfirmed, now: float) -> Event | None:
        if self._connection.state == ul.State.STA12:
            self._connection.confirm_release(now)
        return Released()

    def _aborted(self, event: ul.AbortIndication, _now: float) -> Event | None:
        return Aborted(event.source, event.reason, event.message, by_peer=event.by_peer)

    def _break_off(self, message: str, now: float) -> Aborted:
        """Abort as the user (PS3.8 7.3): the two sides no longer agree on what is going on."""
        self._connection.abort(now)
        self._incoming = None
        return Aborted(0, 0, message)

    # --- sending ---

    def context_for(
        self, abstract_syntax: str, transfer_syntax: str | None = None
    ) -> AcceptedContext:
        """Find the context to send on: with exactly this transfer syntax, or with any for None.

        Raises:
            NoContextError: If there is none; it says what the peer accepted instead.
        """
        return self._agreement.context_for(abstract_syntax, transfer_syntax)

    def begin(self, operation: Operation[Any], now: float) -> Begun:
        """Take a Message ID for an operation and encode its request.

        Raises:
            EncodeError: If its data set cannot be sent.
            NoContextError: If no accepted context carries it.
            WindowFullError: If the window is full: receive responses first.
        """
        context = self._agreement.context_of(operation)
        message_id = self.exchange.open(context.context_id, operation.command_field)
        try:
            command, data = operation.request(message_id, context.transfer_syntax)
            return Begun(message_id, self.encode_message(context, command, data, now=now))
        except BaseException:
            self.exchange.close(message_id)
            raise

    def cancel(self, message_id: int, now: float) -> None:
        """Ask the peer to end a request of ours early (PS3.7 9.3); its final response follows."""
        context_id = self.exchange[message_id].context_id
        self._sender.queue(context_id, cancel(message_id), None, now)

    def send(
        self,
        context: AcceptedContext,
        command: Command,
        data: Buffer | None = None,
        *,
        now: float,
    ) -> None:
        """Queue a small message, such as a response, for `data_to_send`.

        While the blocks of a longer one are being taken it waits for their end: the fragments of
        two messages are never mixed (PS3.8 E).
        """
        self._sender.queue(context.context_id, command, data, now)

    def encode_message(
        self,
        context: AcceptedContext,
        command: Command,
        data: Buffer | None = None,
        *,
        now: float,
    ) -> Iterator[bytes]:
        """Encode a message of any length as blocks of about 1 MiB for the transport to write.

        What was queued before comes first, with a small block in one. Once the first is taken, take
        all: a message left half sent can only end in `abort`.

        Raises:
            RuntimeError: If another message is half sent, or the association is not established.
        """
        return self._sender.stream(context.context_id, command, data, now)


def _connection(role: ul.Role, limits: Limits, now: float) -> ul.Connection:
    return ul.Connection(
        role,
        now,
        artim=limits.artim,
        max_length=limits.max_length,
        data_in_memory=limits.data_in_memory,
    )


_TELL: Final[dict[type, Callable[[Association, Any, float], Event | None]]] = {
    CommandReceived: Association._command,  # noqa: SLF001
    DataReceived: Association._data,  # noqa: SLF001
    ul.AssociateIndication: Association._requested,  # noqa: SLF001
    ul.AssociateConfirmed: Association._confirmed,  # noqa: SLF001
    ul.RejectedIndication: Association._rejected,  # noqa: SLF001
    ul.ReleaseIndication: Association._asked_to_release,  # noqa: SLF001
    ul.ReleaseConfirmed: Association._release_confirmed,  # noqa: SLF001
    ul.AbortIndication: Association._aborted,  # noqa: SLF001
}
