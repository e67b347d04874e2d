"""What a server does with a connection: the association brain, the services, and a report."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from russet.association.association import Association
from russet.association.events import Aborted, Established, Rejected, Released, Request
from russet.association.negotiation import Limits
from russet.association.provider import Answer, Provider, Service
from russet.codec import AssociateRq, DataReceived
from russet.data.text import escape
from russet.dimse.status import Category, Status
from russet.errors import AbortedError, DeadlineError, RussetError
from russet.net.channel import Channel
from russet.net.report import AssociationReport

if TYPE_CHECKING:
    from russet.association.policy import Policy, Rejection
    from russet.net.stream import ByteStream
    from russet.net.timeouts import Timeouts

__all__ = ["Acceptor"]

_LOG: Final = logging.getLogger("russet.scp")
_C_STORE_RSP: Final = 0x8001
_SUCCESS: Final = 0x0000
_LOGGED_FAILURES: Final = 10
_FAREWELL: Final = 2.0


class Acceptor:
    """Accepts associations by a policy and performs what they ask for.

    Attributes:
        active: How many associations are established.
        draining: Set when the end has begun: finish what is under way, accept nothing.
        idle: Seconds that an association may be without a message.
    """

    def __init__(
        self,
        services: Iterable[Service],
        policy: "Policy",
        timeouts: "Timeouts",
        max_pdu: int = 1 << 20,
        on_association: Callable[[AssociationReport], None] | None = None,
    ) -> None:
        """Perform `services` for whom `policy` admits; tell `on_association` of each end."""
        self.active = 0
        self.draining = False
        self.idle = timeouts.idle
        self._services = tuple(services)
        self._policy = policy
        self._timeouts = timeouts
        self._limits = Limits(artim=timeouts.artim, max_length=max_pdu)
        self._on_association = on_association
        self._lock = threading.Lock()
        self._conversations: dict[_Conversation, ByteStream] = {}

    def perform(self, stream: "ByteStream", received: bytes) -> None:
        """See one connection through, from the bytes that came first to its close."""
        report = AssociationReport(stream.peer)
        began = time.monotonic()
        association = Association.acceptor(self._policy, began, self._limits, self._admit)
        channel = Channel(association, stream, self._timeouts, lambda: self.draining)
        conversation = _Conversation(self, channel, report)
        self._conversations[conversation] = stream
        try:
            conversation.run(received)
        finally:
            del self._conversations[conversation]
            conversation.close()
            report.seconds = time.monotonic() - began
            if self._on_association:
                self._on_association(report)

    def drain(self) -> None:
        """Begin the end: operations under way go on, associations without one are aborted."""
        self.draining = True
        for conversation, stream in list(self._conversations.items()):
            if not conversation.in_message:
                stream.interrupt()

    def provider(self) -> Provider:
        """A provider of the services for one association."""
        return Provider(self._services)

    def count(self, change: int) -> None:
        """Count an association in or out."""
        with self._lock:
            self.active += change
            # One association alone may have a processor to itself.
            for stream in list(self._conversations.values()):
                stream.eager = self.active == 1

    def _admit(self, rq: AssociateRq) -> "Rejection | None":
        return self._policy.rejection(rq, self.active, congested=self.draining)


class _Conversation:
    """One association being performed.

    Attributes:
        in_message: Whether a data set is on its way.
    """

    def __init__(self, acceptor: Acceptor, channel: Channel, report: AssociationReport) -> None:
        self._acceptor = acceptor
        self._channel = channel
        self._report = report
        self._provider = acceptor.provider()
        self._established = False
        self.in_message = False

    def run(self, received: bytes) -> None:
        """Take events until there are no more."""
        channel, idle = self._channel, self._acceptor.idle
        try:
            channel.feed(received)
            while (event := channel.next_event(idle)) is not None:
                if isinstance(event, (Request, DataReceived)):
                    self._perform(event)
                elif isinstance(event, Established):
                    self._begin(event)
                elif isinstance(event, (Rejected, Released, Aborted)):
                    self._end(event)
                    return
                if self._acceptor.draining and not self.in_message:
                    break
            self._break_off("the server stops")
        except DeadlineError as error:
            self._break_off(str(error))
        except AbortedError as error:
            self._report.outcome = f"aborted: {error}"

    def close(self) -> None:
        """Leave nothing open, whatever happened."""
        self._provider.discard()
        self._report.octets = self._channel.received
        if self._established:
            self._acceptor.count(-1)
        self._channel.close()

    def _begin(self, event: Established) -> None:
        self._established = True
        self._acceptor.count(+1)
        self._report.calling = escape(event.peer.calling)  # It goes to logs and terminals.

    def _perform(self, event: Request | DataReceived) -> None:
        """Have the services act on a part of a request; each answer leaves at once."""
        channel, association = self._channel, self._channel.association
        if isinstance(event, Request) and event.command.has_data:
            self.in_message = True
            channel.begin_message()
        elif isinstance(event, DataReceived) and event.last:
            channel.end_message()
        for answer in self._provider.receive(association, event):
            association.send(answer.context, answer.command, answer.data, now=channel.now)
            channel.flush()
            self._note(answer)
        if isinstance(event, DataReceived) and event.last:
            self.in_message = False

    def _end(self, event: Rejected | Released | Aborted) -> None:
        self._provider.receive(self._channel.association, event)
        if peer := self._channel.association.peer:
            self._report.calling = escape(peer.calling)
        if isinstance(event, Released):
            cut = self.in_message
            self._report.outcome = "released in the middle of an instance" if cut else "released"
        else:
            called = f", called us {escape(peer.called)!r}" if peer else ""
            rejected = isinstance(event, Rejected)
            self._report.outcome = (
                event.message + called if rejected else f"aborted: {event.message}"
            )
            _LOG.warning(
                "%s@%s: %s", self._report.calling or "?", self._report.peer, self._report.outcome
            )
        self.in_message = False
        # Whoever had no association is not worth a thread for as long as ARTIM runs.
        self._channel.finish(None if isinstance(event, Released) else _FAREWELL)

    def _break_off(self, why: str) -> None:
        self._report.outcome = f"aborted by us: {why}"
        if not self._channel.association.should_close:
            _LOG.info("%s@%s: aborted: %s", self._report.calling or "?", self._report.peer, why)
            self._channel.association.abort(time.monotonic())
            self._channel.finish(_FAREWELL)

    def _note(self, answer: Answer) -> None:
        """Count what became of an operation; tell of the failures, the first ones singly."""
        code = answer.command.status or _SUCCESS
        stored = answer.command.command_field == _C_STORE_RSP
        if code == _SUCCESS:
            self._report.instances += stored
            return
        status = Status(code, "C-STORE" if stored else "")
        if status.category is not Category.FAILURE:
            self._report.instances += stored and status.category is Category.WARNING
            return
        self._report.failures[status] += 1
        unexpected = answer.error is not None and not isinstance(answer.error, RussetError)
        if unexpected or self._report.failures.total() <= _LOGGED_FAILURES:
            _LOG.warning(
                "%s@%s: refused %s with %04X: %s",
                self._report.calling,
                self._report.peer,
                answer.command.affected_sop_instance_uid or "a request",
                status,
                answer.error or answer.command.error_comment or status.meaning,
                exc_info=answer.error if unexpected else None,
            )
