"""Threads for handlers that block, on an event loop."""

import asyncio
from collections.abc import Callable

from russet.errors import AbortedError
from russet.net.workers import Workers

__all__ = ["NoThreadError", "Threads"]


class NoThreadError(AbortedError):
    """The system gives us no thread."""


class Threads:
    """So many threads at once: who finds none free waits for one."""

    def __init__(self, name: str, limit: int) -> None:
        """Name the threads `name`-1 and so on."""
        # A thread that is done rests only a moment later, so that there may be some more of them.
        self._workers = Workers(name, 2 * limit)
        self._turns = asyncio.Semaphore(limit)

    async def run(self, task: Callable[[], None]) -> None:
        """Run `task` on a thread, as soon as one is free; once it is done call `free`.

        Raises:
            NoThreadError: When there is none to be had.
        """
        await self._turns.acquire()
        if not self._workers.run(task):
            self._turns.release()
            raise NoThreadError("there is no thread for a handler that blocks")

    def free(self) -> None:
        """On the loop: let the next have a thread."""
        self._turns.release()

    def close(self) -> None:
        """Let the threads end: those that rest at once, the others when they are done."""
        self._workers.close()
