"""What a server does with a connection: the association brain, the services, and a report."""

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from russet.association.association import Association
from russet.association.caller import Caller
from russet.association.negotiation import Limits
from russet.association.provider import Provider, Service
from russet.errors import AbortedError
from russet.net.channel import Channel
from russet.net.conversation import Conversation
from russet.net.following import Following
from russet.net.loop_thread import LoopThread
from russet.net.report import AssociationReport
from russet.net.seats import Seat, Seats
from russet.net.workers import Workers

if TYPE_CHECKING:
    from russet.association.policy import Policy
    from russet.net.stream import ByteStream
    from russet.net.timeouts import Timeouts

__all__ = ["Acceptor"]


class Acceptor:
    """Accepts associations by a policy and performs what they ask for.

    Attributes:
        active: How many associations are established.
        draining: Set when the end has begun: finish what is under way, accept nothing.
        closed: Set at the end: what is still under way associates with nobody any more.
        idle: Seconds that an association may be without a message.
        timeouts: How long each phase may take.
        workers: The threads for work that takes its time.
        following: What is done apart from requests, after them.
        loop: Where handlers that are coroutines run.
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
        self.closed = False
        self.idle = timeouts.idle
        self.timeouts = timeouts
        # One for each request, and one that sends what it answers.
        threads = policy.max_associations * (policy.widest_window + 1)
        self.workers = Workers("russet-work", threads)
        self.following = Following(timeouts.clock)
        self.loop = LoopThread()
        self._services = tuple(services)
        self._seats = Seats(policy, lambda: self.draining)
        self._limits = Limits(artim=timeouts.artim, max_length=max_pdu)
        self._on_association = on_association
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._conversations: dict[Conversation, ByteStream] = {}

    def perform(self, stream: "ByteStream", received: bytes) -> None:
        """See one connection through, from the bytes that came first to its close."""
        report = AssociationReport(stream.peer)
        began = self.timeouts.clock()
        caller = _caller(stream)
        seat = Seat(self._seats, caller)
        association = Association.acceptor(
            lambda: self._seats.policy,
            began,
            self._limits,
            seat.take,
            caller,
        )
        channel = Channel(
            association, stream, self.timeouts, lambda: self.draining, self.workers.run
        )
        conversation = Conversation(self, channel, Provider(self._services, BaseException), report)
        conversation.on_rejected = seat.leave
        self._conversations[conversation] = stream
        try:
            conversation.run(received)
        finally:
            del self._conversations[conversation]
            conversation.close()
            seat.leave()
            report.seconds = self.timeouts.clock() - began
            if self._on_association:
                self._on_association(report)

    def admit(self, policy: "Policy") -> None:
        """Accept by another policy from now on; associations that are there stay as they are."""
        self._seats.policy = policy

    def drain(self) -> None:
        """Begin the end: operations under way go on, associations without one are aborted."""
        self.draining = True
        for conversation, stream in list(self._conversations.items()):
            if not conversation.is_busy:
                stream.interrupt()

    def close(self, until: float) -> None:
        """Let go of what is kept between associations, after the last of them.

        Args:
            until: What follows requests may be done until then.
        """
        self.following.close(until)
        self.closed = True
        self._stopping.set()
        self.workers.close()
        self.loop.close()

    def pause(self, seconds: float) -> None:
        """Let time pass.

        Raises:
            AbortedError: When the server stops.
        """
        if self._stopping.wait(seconds):
            raise AbortedError("the server stops")

    def count(self, change: int) -> None:
        """Count an association in or out."""
        with self._lock:
            self.active += change
            # One association alone may have a processor to itself.
            for stream in list(self._conversations.values()):
                stream.eager = self.active == 1


def _caller(stream: "ByteStream") -> Caller:
    """What the transport knows of a peer."""
    certificate = getattr(stream, "certificate", None)
    encrypted = getattr(stream, "encrypted", False)
    return Caller(stream.peer, certificate=certificate, encrypted=encrypted)
