"""What a verb gives: lazy, heard when nobody iterates it, and over with its association."""

import warnings
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Generic, Self, TypeVar

from russet.data import Dataset
from russet.errors import AbortedError
from russet.net.outcome import Address
from russet.services.query import Find

__all__ = ["AsyncMatches", "AsyncResults", "Matches", "Results"]

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


class _OfFind:
    """What the responses to a C-FIND say beside the matches."""

    _asked: Find

    @property
    def all_keys_supported(self) -> bool:
        """Whether the peer matched by every key; it says when not (FF01H, PS3.4 C.4.1.1.4).

        It is known with the first match.
        """
        return self._asked.all_keys_supported

    @property
    def unsupported(self) -> tuple[str, ...]:
        """The paths of keys that the peer does not support, as far as its matches show them."""
        return self._asked.unsupported


class Matches(_OfFind, Results[Dataset]):
    """The matches of a C-FIND."""

    def __init__(
        self,
        results: Generator[Dataset, None, None],
        asked: Find,
        address: Address,
        is_left: Callable[[], bool],
    ) -> None:
        """Give the matches of what was `asked`, until `is_left`."""
        super().__init__(results, "find", address, is_left)
        self._asked = asked


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


class AsyncMatches(_OfFind, AsyncResults[Dataset]):
    """The matches of a C-FIND."""

    def __init__(
        self,
        results: AsyncGenerator[Dataset, None],
        asked: Find,
        address: Address,
        is_left: Callable[[], bool],
    ) -> None:
        """Give the matches of what was `asked`, until `is_left`."""
        super().__init__(results, "find", address, is_left)
        self._asked = asked
