"""An event loop on a thread of its own: where threads have the coroutines of handlers run."""

import threading
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from russet.errors import AbortedError

if TYPE_CHECKING:
    import asyncio

__all__ = ["LoopThread"]


class LoopThread:
    """Runs coroutines for threads that wait for them. The loop begins with the first of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    def run(self, awaitable: Awaitable[Any]) -> Any:
        """Give what an awaitable comes to.

        Raises:
            AbortedError: When the loop has ended.
            CancelledError: Of `concurrent.futures`, when it ends meanwhile.
            Exception: Whatever the awaitable raises.
        """
        import asyncio  # here: it takes longer to load than all that is needed without it

        async def awaited() -> Any:
            return await awaitable

        with self._lock:
            if self._closed:
                if asyncio.iscoroutine(awaitable):
                    awaitable.close()
                raise AbortedError("nobody waits for this any more")
            future = asyncio.run_coroutine_threadsafe(awaited(), self._running())
        try:
            return future.result()
        except BaseException:
            future.cancel()  # Who waits was interrupted, so that nobody wants it any more.
            raise

    def close(self) -> None:
        """End the loop, and what runs on it: whoever waits for that is told."""
        with self._lock:
            self._closed = True
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._loop = None

    def _running(self) -> "asyncio.AbstractEventLoop":
        if self._loop is None:
            import asyncio

            self._loop = asyncio.new_event_loop()
            threading.Thread(
                target=_run, args=(self._loop,), name="russet-loop", daemon=True
            ).start()
        return self._loop


def _run(loop: "asyncio.AbstractEventLoop") -> None:
    try:
        loop.run_forever()
        loop.run_until_complete(_cancel_the_rest())
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()


async def _cancel_the_rest() -> None:
    import asyncio

    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left)
