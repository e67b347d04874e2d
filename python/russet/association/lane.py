"""How many requests of one association are performed at a time, and which one is next."""

from __future__ import annotations

from collections import deque
from typing import Final, Generic, TypeVar

__all__ = ["ANY_NUMBER", "Lane"]

ANY_NUMBER: Final = 64
"""As many are performed at once where a window of any number, 0, was agreed on."""

_UNINVITED: Final = 16
"""Requests beyond the window that are taken in: some peers never ask."""

_WorkT = TypeVar("_WorkT")


class Lane(Generic[_WorkT]):
    """The work of one association: as much at once as its window allows (PS3.7 D.3.3.3).

    Attributes:
        window: How many run at once.
        running: How many do.
    """

    def __init__(self, window: int = 1) -> None:
        self.window = window
        self.running = 0
        self._waiting: deque[_WorkT] = deque()

    def __len__(self) -> int:
        """Count what runs and what waits."""
        return self.running + len(self._waiting)

    @property
    def is_full(self) -> bool:
        """Whether to take in no more until something is done.

        Who does not read the next request meanwhile has TCP hold the peer back. But work that asks
        the peer for something is done only when the response to that was read, which comes behind
        whatever the peer sent before: while there is such work, what is too much is refused.
        """
        return len(self._waiting) >= self.window + _UNINVITED

    def admit(self, work: _WorkT) -> bool:
        """Take work in; whether to start it now. If not, `done` gives it when its turn comes."""
        if self.running < self.window:
            self.running += 1
            return True
        self._waiting.append(work)
        return False

    def done(self) -> _WorkT | None:
        """Count one off as done and give the next, which counts as running; None for no more."""
        if self._waiting:
            return self._waiting.popleft()
        self.running -= 1
        return None

    def clear(self) -> list[_WorkT]:
        """Give up what waits, and give it."""
        waiting = list(self._waiting)
        self._waiting.clear()
        return waiting
