"""Responses on their way out on an event loop: ready at once, they leave together."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from russet.errors import LocalProtocolError, RussetError

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from russet.association.agreement import AcceptedContext
    from russet.association.association import Association
    from russet.association.effects import Answer
    from russet.codec import Command

__all__ = ["Outbox"]

_TOGETHER: Final = 64
_SMALL: Final = 4096
_MOMENT: Final = 1e-3


class Outbox:
    """What waits to be sent: never long, and nothing in it for longer than a moment.

    Attributes:
        gone: Whether the association ended before something could be sent.
    """

    def __init__(self, flush: Callable[[], Awaitable[None]], clock: Callable[[], float]) -> None:
        """Have `flush` send what is in it, on the loop that runs now."""
        self.gone = False
        self._messages: deque[tuple[AcceptedContext, Command, Buffer | None]] = deque()
        self._flush = flush
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._flushing: set[asyncio.Task[None]] = set()
        self._held = False
        self._closed = False
        self._since = 0.0

    def __len__(self) -> int:
        """Count what waits."""
        return len(self._messages)

    @property
    def is_due(self) -> bool:
        """Whether the first of what is held has waited long enough, as the loop has no time."""
        return self._clock() - self._since >= _MOMENT

    def put(self, context: AcceptedContext, answer: Answer) -> None:
        """Queue a response; `flush` is next."""
        self._messages.append((context, answer.command, answer.data))

    def hold(self, context: AcceptedContext, answer: Answer) -> bool:
        """Queue a response that another one follows, on any thread; False if it is not for that."""
        data = answer.data
        small = data is None or len(memoryview(data)) <= _SMALL
        if self.gone or not (answer.more and small and len(self._messages) < _TOGETHER):
            return False
        self._messages.append((context, answer.command, data))
        if not self._held:
            self._held, self._since = True, self._clock()
            self._loop.call_soon_threadsafe(self._loop.call_later, _MOMENT, self._let_go)
        return True

    def drain(self, association: Association, now: float) -> None:
        """Give everything to the association, unless that ended meanwhile."""
        while self._messages:
            context, command, data = self._messages.popleft()
            try:
                association.send(context, command, data, now=now)
            except LocalProtocolError:
                self.gone = True

    def close(self) -> None:
        """Begin to send nothing more by itself: the association is over."""
        self._closed = True
        for task in self._flushing:
            task.cancel()

    def _let_go(self) -> None:
        self._held = False  # First: whoever finds it set has queued before, and that goes now.
        if self._closed or not self._messages:
            return
        task = self._loop.create_task(self._send())
        self._flushing.add(task)
        task.add_done_callback(self._flushing.discard)

    async def _send(self) -> None:
        try:
            await self._flush()
        except RussetError:
            self.gone = True  # Whoever answers next is told.
            self._messages.clear()
