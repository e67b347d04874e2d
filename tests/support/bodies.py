"""Both bodies behind the same words: `russet` on threads, and `russet.aio` on a loop in a thread.

What a test says of a peer on a raw socket holds for either.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import pytest

import russet
from russet.net.results import AsyncMatches, AsyncResults
from russet.storage.folder import DataFolder

__all__ = ["Body", "Client", "Served", "body", "descriptors", "nothing_leaks", "until"]

PATIENCE: Final = 20.0
_PAUSE: Final = 0.002
_ResultT = TypeVar("_ResultT")


class Served(Protocol):
    """A receiver of either body."""

    port: int

    @property
    def folder(self) -> DataFolder | None: ...
    @property
    def active(self) -> int: ...

    def admit(self, policy: russet.Policy) -> None: ...
    def close(self) -> None: ...


class Client(Protocol):
    """An association of either body, with the words of `russet.connect`."""

    @property
    def is_over(self) -> bool: ...
    def echo(self) -> Any: ...
    def store(self, what: Any) -> Any: ...
    def find(self, **keys: Any) -> Any: ...
    def move(self, destination: str, **keys: Any) -> Any: ...
    def get(self, into: Any, **keys: Any) -> Any: ...
    def release(self) -> None: ...
    def abort(self) -> None: ...


class Body(Protocol):
    """What serves and connects."""

    name: str

    def serve(self, **how: Any) -> Any:
        """A context manager that gives a `Served`."""

    def connect(self, port: int, **how: Any) -> Any:
        """A context manager that gives a `Client`."""


class Threads:
    name = "threads"

    def serve(self, **how: Any) -> Any:
        return russet.serve(0, **how)

    def connect(self, port: int, **how: Any) -> Any:
        return russet.connect("127.0.0.1", port, **how)


class _Loop:
    """An event loop in a thread, and what went wrong on it that nobody waited for."""

    def __init__(self) -> None:
        self.faults: list[dict[str, Any]] = []
        self.loop = asyncio.new_event_loop()
        self.loop.set_exception_handler(lambda _, context: self.faults.append(context))
        self._thread = threading.Thread(target=self.loop.run_forever, name="loop-of-a-test")
        self._thread.start()

    def call(self, awaitable: Coroutine[Any, Any, _ResultT]) -> _ResultT:
        return asyncio.run_coroutine_threadsafe(awaitable, self.loop).result(PATIENCE)

    def close(self) -> None:
        """End the loop; on it no task may be left, and nothing may have gone wrong."""
        left = self.call(self._others())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(PATIENCE)
        self.loop.close()
        assert not left, left
        assert not self.faults, self.faults

    async def _others(self) -> set[asyncio.Task[Any]]:
        left = asyncio.all_tasks() - {asyncio.current_task()}
        if left:
            _, left = await asyncio.wait(left, timeout=PATIENCE)
        return left


class _AsyncServed:
    def __init__(self, on: _Loop, receiver: russet.aio.AsyncReceiver) -> None:
        self._on = on
        self._receiver = receiver
        self.port = receiver.port
        self.folder = receiver.folder
        self._closed = False

    @property
    def active(self) -> int:
        return self._receiver.active

    def admit(self, policy: russet.Policy) -> None:
        self._receiver.admit(policy)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._on.call(self._receiver.close())


class _AsyncClient:
    def __init__(self, on: _Loop, association: russet.aio.AsyncAssociation) -> None:
        self._on = on
        self._association = association

    @property
    def is_over(self) -> bool:
        return self._association.is_over

    def echo(self) -> Any:
        return self._on.call(self._association.echo())

    def store(self, what: Any) -> Any:
        stored = self._association.store(what)
        return self._on.call(stored) if asyncio.iscoroutine(stored) else self._each(stored)

    def find(self, **keys: Any) -> "_Matches":
        matches = self._association.find(**keys)
        return _Matches(self._each(matches), matches)

    def move(self, destination: str, **keys: Any) -> Iterator[Any]:
        return self._each(self._association.move(destination, **keys))

    def get(self, into: Any, **keys: Any) -> Iterator[Any]:
        return self._each(self._association.get(into, **keys))

    def release(self) -> None:
        self._on.call(self._association.release())

    def abort(self) -> None:
        self._on.call(self._association.abort())

    def leave(self, error: BaseException) -> None:
        self._on.call(self._association.__aexit__(type(error), error, None))

    def _each(self, results: AsyncResults[Any]) -> Generator[Any, None, None]:
        try:
            while True:
                try:
                    yield self._on.call(_next(results))
                except StopAsyncIteration:
                    return
        finally:
            self._on.call(results.aclose())


class _Matches:
    """What `find` gives on threads: an iterator that tells what it is of."""

    def __init__(self, each: Generator[Any, None, None], matches: AsyncMatches) -> None:
        self._matches = matches
        self._each = each
        self.close = each.close

    def __iter__(self) -> Iterator[Any]:
        return self._each

    def __next__(self) -> Any:
        return next(self._each)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._matches, name)


async def _next(results: AsyncResults[_ResultT]) -> _ResultT:
    return await anext(results)


class Asyncio:
    name = "asyncio"

    @contextmanager
    def serve(self, **how: Any) -> Iterator[_AsyncServed]:
        on = _Loop()
        try:
            served = _AsyncServed(on, on.call(_awaited(russet.aio.serve(0, **how))))
            try:
                yield served
            finally:
                served.close()
        finally:
            on.close()

    @contextmanager
    def connect(self, port: int, **how: Any) -> Iterator[_AsyncClient]:
        on = _Loop()
        try:
            client = _AsyncClient(
                on, on.call(_awaited(russet.aio.connect("127.0.0.1", port, **how)))
            )
            try:
                yield client
            except BaseException as error:
                client.leave(error)
                raise
            client.release()
        finally:
            on.close()


async def _awaited(awaitable: Any) -> Any:
    return await awaitable


@pytest.fixture(params=[Threads(), Asyncio()], ids=lambda each: each.name)
def body(request: pytest.FixtureRequest) -> Body:
    found: Body = request.param
    return found


def until(condition: Callable[[], bool], what: Callable[[], object] = lambda: "") -> None:
    """Wait for what comes by itself; when it does not come, fail."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what()
        time.sleep(_PAUSE)


def descriptors() -> set[str]:
    """What this process has open, by what it is: sockets, files, without the loop's own."""
    found = set()
    for each in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # That of the listing itself is gone.
            found.add(f"{each.name} {each.readlink()}")
    return found


def _threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


@pytest.fixture
def nothing_leaks() -> Iterator[None]:
    """Expect the threads and descriptors after a test that there were before it."""
    asyncio.new_event_loop().close()  # What is made once for all loops is no leak.
    before, opened = _threads(), descriptors()
    yield
    until(lambda: _threads() <= before, lambda: _threads() - before)
    until(lambda: descriptors() <= opened, lambda: descriptors() - opened)
