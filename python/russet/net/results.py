"""What a verb gives: lazy, heard when nobody iterates it, and over with its association."""

import warnings
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Generic, Self, TypeVar

from russet.errors import AbortedError
from russet.net.outcome import Address

__all__ = ["AsyncResults", "Results"]

_ResultT = TypeVar("_ResultT")
_ResultsT = TypeVar("_ResultsT")


class _Lazy(Generic[_ResultsT]):
    """What is begun by who iterates, and by nobody else."""

    def __init__(
        self, results: _ResultsT, verb: str, address: Address, is_left: Callable[[], bool]
    ) -> None:
        """Give `results` of a `verb` until `is_left` says that the association was."""
        self._results = results
        self._verb = verb
        self._address = address
        self._is_left = is_left
        self._begun = False
        self._done = False

    def __del__(self) -> None:
        """Warn as of a coroutine that nobody awaited."""
        if not self._begun:
            nothing = "asked" if self._verb == "find" else "sent"
            warnings.warn(
                f"what {self._verb}() gave was never iterated: nothing was {nothing}",
                RuntimeWarning,
                stacklevel=2,
                source=self,
            )

    def _begin(self) -> None:
        """Begin, or go on.

        Raises:
            AbortedError: When the association was released, and with it what it was asked.
        """
        self._begun = True
        if not self._done and self._is_left():
            raise AbortedError(f"the association with {self._address} is over: connect again")


class Results(_Lazy[Generator[_ResultT, None, None]], Generic[_ResultT]):
    """Results as they come, for `for`; nothing is sent before the first is asked for."""

    def __iter__(self) -> Self:
        """Be an iterator."""
        return self

    def __next__(self) -> _ResultT:
        """Give the next result.

        Raises:
            AbortedError: When the association was released.
            NetworkError: As the verb says.
        """
        if not self._begun or self._is_left():  # Once for each match: a call less is felt.
            self._begin()
        try:
            return next(self._results)
        except BaseException:
            self._done = True
            raise

    def close(self) -> None:
        """Take no more of them; the peer is told so where the verb knows a C-CANCEL."""
        self._begun = self._done = True
        self._results.close()


class AsyncResults(_Lazy[AsyncGenerator[_ResultT, None]], Generic[_ResultT]):
    """Results as they come, for `async for`; nothing is sent before the first is asked for."""

    def __aiter__(self) -> Self:
        """Be an iterator."""
        return self

    async def __anext__(self) -> _ResultT:
        """Give the next result.

        Raises:
            AbortedError: When the association was released.
            NetworkError: As the verb says.
        """
        self._begin()
        try:
            return await anext(self._results)
        except BaseException:
            self._done = True
            raise

    async def aclose(self) -> None:
        """Take no more of them; the peer is told so where the verb knows a C-CANCEL."""
        self._begun = self._done = True
        await self._results.aclose()
