"""An association on its byte stream: the loop that moves bytes between the two, for threads."""

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from russet.association.calls import Call, Calls
from russet.codec import Command
from russet.errors import AbortedError, DeadlineError
from russet.net.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Buffer

    from russet.association.agreement import AcceptedContext
    from russet.association.association import Association
    from russet.association.events import Event, Operation
    from russet.net.stream import ByteStream
    from russet.net.timeouts import Timeouts

    _Message = tuple[AcceptedContext, Command, Buffer | None]

__all__ = ["Channel"]


class Channel:
    """Moves bytes for one association; everything it decides is decided by the association.

    One thread takes events. Any may send: what one of them sends leaves whole, and a thread that
    only has something queued never waits for another that is sending.

    Attributes:
        association: The protocol's side.
        pace: Its time.
    """

    def __init__(
        self,
        association: "Association",
        stream: "ByteStream",
        timeouts: "Timeouts",
        stopping: "Callable[[], bool]" = bool,
        clock: "Callable[[], float]" = time.monotonic,
    ) -> None:
        """Join `association` and `stream`; `stopping` says whether our own side wants to end."""
        self.association = association
        self.pace = Pace(association, stream.peer, timeouts, clock)
        self._stream = stream
        self._stopping = stopping
        self._outbox: deque[_Message] = deque()
        self._writing = threading.Lock()

    def feed(self, received: bytes) -> None:
        """Take bytes that were received before the association was there."""
        self.pace.received += len(received)
        self.association.receive_data(received, self.pace.now)

    def next_event(self, timeout: float) -> "Event | None":
        """The next event of the association.

        Args:
            timeout: Seconds to wait for it. Inside a data set, which may take its time as long as
                it moves, seconds without a single byte.

        Returns:
            The event; None when the association is over and the connection closed, or when our
            own side wants to end.

        Raises:
            DeadlineError: When the peer was silent or too slow.
        """
        association, pace = self.association, self.pace
        pace.expect(timeout)
        while (event := association.next_event(pace.now)) is None:
            self.flush()
            if association.should_close:
                self.close()
                return None
            count = self._stream.receive_into(association.space(), pace.wait())
            if count == 0 and self._stopping():
                return None
            pace.take(count)
        return event

    def answer(self, context: "AcceptedContext", command: Command, data: "Buffer | None") -> None:
        """Send a message that is no longer than it has to be, such as a response."""
        self._outbox.append((context, command, data))
        self.flush()

    def flush(self) -> None:
        """Send what is queued; when another thread is sending, it does that as well."""
        association = self.association
        # Whoever holds the lock looks again after letting go of it, so nothing is left behind.
        while self._outbox or association.has_data_to_send:
            if not self._writing.acquire(blocking=False):
                return
            try:
                while self._outbox:
                    context, command, data = self._outbox.popleft()
                    association.send(context, command, data, now=self.pace.now)
                if encoded := association.data_to_send():
                    self._stream.send(encoded)
            finally:
                self._writing.release()

    def request(self, calls: Calls, operation: "Operation[Any]") -> Call:
        """Send a request, however long; room in the window there has to be.

        Raises:
            NetworkError: When it could not be sent whole: the association is over.
        """
        with self._writing:
            call, blocks = calls.begin(operation, self.pace.clock())
            for block in blocks:
                self._stream.send(block)
        self.flush()
        return call

    def finish(self, within: float | None = None) -> None:
        """See an association that is over to its close: send what is queued, wait for the peer."""
        self.pace.end_message()
        clock = self.pace.clock
        until = clock() + (self.pace.timeouts.artim if within is None else within)
        try:
            self.flush()
            while (left := until - clock()) > 0 and not self.association.should_close:
                if self.next_event(left) is None:
                    break
        except (AbortedError, DeadlineError):
            pass  # The peer is gone, or never closed; we do.
        finally:
            self.close()

    def interrupt(self) -> None:
        """End the waiting of the thread that takes events; for our own side, when it stops."""
        self._stream.interrupt()

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()
