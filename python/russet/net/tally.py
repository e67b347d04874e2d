"""What a retrieval over several associations has brought, kept so that nothing is counted anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

__all__ = ["Tally"]


class Tally:
    """Which instances came after the first association, and which of those wanted never did.

    It is kept while `came` and `refused` change, on whatever threads they do.

    Attributes:
        came: The SOP class of every instance that has come, by its UID; for `Arrivals`.
        refused: Why some of them were not taken; for `Arrivals`.
        first: Those that came over the first association.
        later: Those that came over another one and were not refused.
        missing: Those that are wanted and have not come.
    """

    def __init__(self) -> None:
        self.came: dict[str, str] = _Noted(self._come, self._gone)
        self.refused: dict[str, str] = _Noted(self._not_taken, self._taken)
        self.first: frozenset[str] = frozenset()
        self.later: set[str] = set()
        self.missing: set[str] = set()
        self._wanted: frozenset[str] = frozenset()
        self._is_first = True

    def begin(self) -> None:
        """Have the first association over: what comes now comes later."""
        self.first = frozenset(self.came)
        self._is_first = False

    def want(self, uids: Iterable[str]) -> None:
        """Say which instances are wanted."""
        self._wanted = frozenset(uids)
        self.missing = {*self._wanted.difference(self.came)}

    def _come(self, uid: str) -> None:
        self.missing.discard(uid)
        if uid not in self.refused:
            self._taken(uid)

    def _gone(self, uid: str) -> None:
        self.later.discard(uid)
        if uid in self._wanted:
            self.missing.add(uid)

    def _taken(self, uid: str) -> None:
        if not self._is_first and uid in self.came and uid not in self.first:
            self.later.add(uid)

    def _not_taken(self, uid: str) -> None:
        self.later.discard(uid)


class _Noted(dict[str, str]):
    """A dict that says which keys come to it and which go, by the methods that are used of it."""

    def __init__(self, come: Callable[[str], None], gone: Callable[[str], None]) -> None:
        super().__init__()
        self._come = come
        self._gone = gone

    def __setitem__(self, key: str, value: str) -> None:
        is_new = key not in self
        super().__setitem__(key, value)
        if is_new:
            self._come(key)

    def setdefault(self, key: str, default: str = "") -> str:
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: str, *default: Any) -> Any:
        is_there = key in self
        value = super().pop(key, *default)
        if is_there:
            self._gone(key)
        return value
