"""An association on its byte stream: the loop that moves bytes between the two, for threads."""

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from russet.association.calls import Call, Calls
from russet.codec import Command
from russet.dimse.exchange import WindowFullError
from russet.errors import (
    AbortedError,
    EncodeError,
    LocalProtocolError,
    NetworkError,
    NoContextError,
    RussetError,
)
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

_TOGETHER: Final = 64
_FEW: Final = 4
_SMALL: Final = 4096
_LONG: Final = 1 << 17
_MOMENT: Final = 2e-3


class Channel:
    """Moves bytes for one association; everything it decides is decided by the association.

    One thread takes events. Any may send: what one of them sends leaves whole, and a thread that
    only has something queued never waits for another that is sending, until that is a lot.

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
        elsewhere: "Callable[[Callable[[], None]], bool] | None" = None,
    ) -> None:
        """Join an association and its stream.

        Args:
            association: The protocol's side.
            stream: The bytes.
            timeouts: How long each phase may take.
            stopping: Says whether our own side wants to end.
            elsewhere: Runs something on another thread; whether there was one.
        """
        self.association = association
        self.pace = Pace(association, stream.peer, timeouts)
        self._stream = stream
        self._receive_soon: Callable[[memoryview], int | None] | None
        self._receive_soon = getattr(stream, "receive_soon", None)
        self._stopping = stopping
        self._outbox: deque[_Message] = deque()
        self._writing = threading.Lock()
        self._elsewhere = elsewhere
        self._held = False
        self._broken = False
        self._over = False

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
        if (event := association.next_event(pace.now)) is not None:
            return event
        pace.expect(timeout)
        while event is None:
            count = self._more()
            if count is None:
                self.flush()
                if association.should_close:
                    self.close()
                    return None
                count = self._stream.receive_into(association.space(), pace.wait())
            if count == 0 and self._stopping():
                return None
            pace.take(count)
            event = association.next_event(pace.now)
        return event

    def _more(self) -> int | None:
        """Receive what is there already while answers wait for company; None for nothing.

        They do not wait for the end of a long data set.
        """
        if not self._outbox or self._receive_soon is None or self.pace.in_message > _LONG:
            return None
        self.pace.wait()
        return self._receive_soon(self.association.space())

    def answer(
        self,
        context: "AcceptedContext",
        command: Command,
        data: "Buffer | None",
        *,
        more: bool = False,
    ) -> None:
        """Send a message that is no longer than it has to be, such as a response.

        Args:
            context: What it is sent on.
            command: Its command set.
            data: Its data set, if it has one.
            more: Whether another one follows: then another thread sends it a moment later, with
                all that is there by then, and this one can go on.

        Raises:
            NetworkError: When it could not be sent: the association is over.
        """
        self._outbox.append((context, command, data))
        if not more or self._is_due(data):
            # Of much that waits for another thread, or for the peer, there is to be no more.
            self.flush(wait=more or len(self._outbox) >= _TOGETHER)
        if self._over:
            raise AbortedError(f"the association with {self._stream.peer} is over")

    def queue(self, context: "AcceptedContext", command: Command, data: "Buffer | None") -> None:
        """Have a response leave with the next few, or once there is nothing to receive at once.

        A peer that has several requests out gets several answers at once.

        Raises:
            NetworkError: When it could not be sent: the association is over.
        """
        self._outbox.append((context, command, data))
        if len(self._outbox) >= _FEW:
            self.flush()

    def _is_due(self, data: "Buffer | None") -> bool:
        """Whether what is queued is to be sent here and now."""
        if len(self._outbox) >= _TOGETHER:
            return True
        return (data is not None and len(memoryview(data)) > _SMALL) or not self._hold()

    def _hold(self) -> bool:
        """Leave what is queued to another thread; whether one will send it."""
        if not self._held and self._elsewhere is not None:
            self._held = True
            if not self._elsewhere(self._let_go):
                self._held = False
                return False
        return self._elsewhere is not None

    def _let_go(self) -> None:
        """Send what was held, on another thread, a moment later: there will be more of it then."""
        time.sleep(_MOMENT)
        self._held = False  # First: whoever finds it set has queued before, and that goes now.
        try:
            self.flush()
        except RussetError:
            self._over = True  # Whoever answers next is told.
            self._outbox.clear()

    def flush(self, *, wait: bool = False) -> None:
        """Send what is queued; when another thread is sending, it does that as well.

        Args:
            wait: Whether to wait for that thread, and so for the peer.
        """
        association = self.association
        # Whoever holds the lock looks again after letting go of it, so nothing is left behind.
        while self._outbox or association.queued:
            if not self._writing.acquire(blocking=wait):
                return
            try:
                self._encode_outbox()
                if encoded := association.data_to_send():
                    self._send(encoded)
            finally:
                self._writing.release()

    def _encode_outbox(self) -> None:
        """Have the association encode what is queued, unless it ended meanwhile."""
        while self._outbox:
            context, command, data = self._outbox.popleft()
            try:
                self.association.send(context, command, data, now=self.pace.now)
            except LocalProtocolError:
                self._over = True

    def request(self, calls: Calls, operation: "Operation[Any]") -> Call:
        """Send a request, however long; room in the window there has to be.

        Raises:
            NetworkError: When it could not be sent whole: the association is over.
        """
        try:
            with self._writing:
                self._encode_outbox()  # It leaves with the request, in one write.
                call, blocks = calls.begin(operation, self.pace.clock())
                for block in blocks:
                    self._send(block)
        except LocalProtocolError as error:
            raise AbortedError(f"the association with {self._stream.peer} is over") from error
        except (EncodeError, NoContextError, WindowFullError):
            self.flush()  # Others left to this thread what they queued.
            raise
        self.flush()
        return call

    def _send(self, data: bytes) -> None:
        """Send, and nothing more after it failed: the peer would take that for the rest of it."""
        if self._broken:
            raise AbortedError(f"the connection to {self._stream.peer} broke")
        try:
            self._stream.send(data)
        except NetworkError:
            self._broken = True
            self._stream.interrupt()  # The thread that takes events is not to wait any longer.
            raise

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
        except NetworkError:
            pass  # The peer is gone, or never closed; we do.
        finally:
            self.close()

    def interrupt(self) -> None:
        """End the waiting of the thread that takes events; for our own side, when it stops."""
        self._stream.interrupt()

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()
