"""A client on threads and one on an event loop, used alike: what one can, the other can."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from inspect import isawaitable
from typing import Any, Final

import russet

__all__ = ["BODIES", "Associate"]

Associate = Callable[..., AbstractContextManager[Any]]


class _Awaited:
    """Something of the event loop whose coroutines are awaited at once."""

    def __init__(self, runner: asyncio.Runner, inner: Any) -> None:
        self._runner = runner
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return self._called(found) if callable(found) else found

    def _called(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            result = function(*arguments, **named)
            if isawaitable(result):
                result = self._runner.run(self._awaited(result))
            is_ours = type(result).__module__.startswith("russet.net.aio")
            return _Awaited(self._runner, result) if is_ours else result

        return call

    async def _awaited(self, awaitable: Any) -> Any:
        return await awaitable


@contextmanager
def _on_a_loop(port: int, **how: Any) -> Iterator[Any]:
    with asyncio.Runner() as runner:

        async def associate() -> Any:
            return await russet.aio.connect("127.0.0.1", port, **how)

        association = _Awaited(runner, runner.run(associate()))
        try:
            yield association
        finally:
            association.release()


def _on_threads(port: int, **how: Any) -> AbstractContextManager[Any]:
    return russet.connect("127.0.0.1", port, **how)


BODIES: Final = (_on_threads, _on_a_loop)
"""Each associates with a port of this machine."""
