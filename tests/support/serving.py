"""A server on threads or on an event loop, for clients that are on threads."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import russet

__all__ = ["BODIES", "serving"]

BODIES: Final = ("threads", "asyncio")
_PATIENCE: Final = 10.0


@contextmanager
def serving(body: str, **how: Any) -> Iterator[int]:
    """Serve as `russet.serve` or `russet.aio.serve` does; gives the port."""
    if body == "threads":
        with russet.serve(0, **how) as receiver:
            yield receiver.port
        return
    with _Loop(how) as port:
        yield port


class _Loop:
    """An event loop with a server, on a thread."""

    def __init__(self, how: dict[str, Any]) -> None:
        self._how = how
        self._port = 0
        self._listening = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> int:
        self._thread.start()
        assert self._listening.wait(_PATIENCE)
        return self._port

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_PATIENCE)
        assert not self._thread.is_alive()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        async with russet.aio.serve(0, **self._how) as receiver:
            self._port = receiver.port
            self._listening.set()
            await self._stop.wait()
