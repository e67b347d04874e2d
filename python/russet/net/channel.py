"""An association on its byte stream: the loop that moves bytes between the two, for threads."""

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from russet.association import Association, Event
from russet.errors import DeadlineError
from russet.net.timeouts import Timeouts

if TYPE_CHECKING:
    from russet.net.stream import ByteStream

__all__ = ["Channel"]


class Channel:
    """Moves bytes for one association; everything it decides is decided by the association.

    Attributes:
        association: The protocol's side.
        received: Bytes so far.
    """

    def __init__(
        self,
        association: Association,
        stream: "ByteStream",
        timeouts: Timeouts,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Join `association` and `stream`."""
        self.association = association
        self.received = 0
        self._stream = stream
        self._timeouts = timeouts
        self._clock = clock

    def next_event(self, timeout: float) -> Event | None:
        """The next event of the association.

        Args:
            timeout: Seconds to wait without a single byte.

        Returns:
            The event; None when the association is over and the connection closed, or when our
            own side asked for attention.

        Raises:
            DeadlineError: When the peer was silent for `timeout`.
        """
        association = self.association
        silent_until = self._clock() + timeout
        while (event := association.next_event(self._clock())) is None:
            self.flush()
            if association.should_close:
                self.close()
                return None
            now = self._clock()
            timer = association.next_timer()
            until = silent_until if timer is None else min(timer, silent_until)
            count = self._stream.receive_into(association.space(), until - now)
            now = self._clock()
            if count is not None:
                self.received += count
                association.filled(count, now)
                silent_until = now + timeout
            elif timer is not None and now >= timer:
                association.handle_timer(now)
            elif now >= silent_until:
                raise DeadlineError(f"{self._stream.peer} was silent for {timeout:g} s")
            else:
                return None
        return event

    def flush(self) -> None:
        """Send what the association has queued."""
        if data := self.association.data_to_send():
            self._stream.send(data, self._timeouts.response)

    def send(self, blocks: Iterable[bytes]) -> None:
        """Send an encoded message, block by block, after what is queued."""
        self.flush()
        for block in blocks:
            self._stream.send(block, self._timeouts.response)

    def finish(self) -> None:
        """See the association to its end: send what is queued, wait for the close, close."""
        deadline = self._clock() + self._timeouts.artim
        try:
            while not self.association.should_close and self._clock() < deadline:
                if self.next_event(max(0.0, deadline - self._clock())) is None:
                    break
            self.flush()
        finally:
            self.close()

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()
