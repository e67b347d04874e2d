"""How long an association waits, and whether its peer makes progress: no I/O, a clock given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from russet.association.events import Event, Request
from russet.codec import DataReceived
from russet.errors import DeadlineError

if TYPE_CHECKING:
    from russet.association.association import Association
    from russet.net.timeouts import Timeouts

__all__ = ["Pace"]


class Pace:
    """Keeps the time of one association, for any body that moves its bytes.

    Attributes:
        received: Bytes so far.
        now: The time of the last of them, on the clock of the timers.
    """

    def __init__(
        self,
        association: Association,
        peer: str,
        timeouts: Timeouts,
    ) -> None:
        """Keep the time of `association` with `peer`."""
        self.received = 0
        self.clock = timeouts.clock
        self.now = self.clock()
        self.timeouts = timeouts
        self._association = association
        self._peer = peer
        self._message: int | None = None  # bytes received before it
        self._stretch = (self.now, 0)
        self._timeout = 0.0
        self._until: float | None = None

    def follow(self, event: Event) -> None:
        """Follow a message: while its data set comes, the peer has to make progress."""
        if isinstance(event, Request) and event.command.has_data:
            self._message = self.received
            self._stretch = (self.now, self.received)
        elif isinstance(event, DataReceived) and event.last:
            self._message = None

    @property
    def in_message(self) -> int:
        """Bytes of the data set that is on its way; 0 when none is."""
        return 0 if self._message is None else self.received - self._message

    def end_message(self) -> None:
        """The data set is complete, or nobody waits for it any more."""
        self._message = None

    def expect(self, timeout: float) -> None:
        """Begin to wait for an event, `timeout` seconds from the first `wait` on."""
        self._timeout = timeout
        self._until = None

    def wait(self) -> float:
        """Give the seconds to wait for bytes."""
        now = self.clock()
        if self._until is None:
            self._until = now + self._timeout
        timer = self._association.next_timer()
        return (self._until if timer is None else min(timer, self._until)) - now

    def take(self, count: int | None) -> None:
        """Take what came of waiting: bytes, 0 for the close, None for nothing in time.

        Raises:
            DeadlineError: When the peer was silent or too slow.
        """
        association = self._association
        self.now = now = self.clock()
        if count:
            self.received += count
            association.filled(count, now)
            if self._message is not None:
                self._check_progress(now)
                self._until = now + self._timeout
        elif count == 0:
            association.filled(0, now)
        # Also for a peer that never stops talking: the time is up all the same.
        association.handle_timer(now)
        if count != 0 and self._until is not None and now >= self._until:
            raise DeadlineError(f"{self._peer} sent no whole message for {self._timeout:g} s")

    def _check_progress(self, now: float) -> None:
        """Judge each stretch by itself: what came fast buys nobody the right to trickle."""
        began, before = self._stretch
        seconds = now - began
        if seconds > self.timeouts.stall:
            rate = (self.received - before) / seconds
            if rate < self.timeouts.floor:
                raise DeadlineError(f"{self._peer} sends a data set at {rate:.0f} bytes/s")
            self._stretch = (now, self.received)
