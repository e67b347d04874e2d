"""The items of a sequence (PS3.5 7.5)."""

from __future__ import annotations

import collections.abc
from collections.abc import Callable
from typing import TYPE_CHECKING, overload

from russet import codec

if TYPE_CHECKING:
    from russet.data.dataset import Dataset

__all__ = ["Sequence"]


class Sequence(collections.abc.Sequence["Dataset"]):
    """The items of a sequence: data sets, made when first asked for."""

    __slots__ = ("_items", "_made", "_nest")

    def __init__(
        self,
        items: list[codec.DatasetIndex],
        nest: Callable[[codec.DatasetIndex], Dataset],
    ) -> None:
        """Refer to the indexes of the items; `nest` makes a data set of one."""
        self._items = items
        self._nest = nest
        self._made: dict[int, Dataset] = {}

    @overload
    def __getitem__(self, at: int) -> Dataset: ...
    @overload
    def __getitem__(self, at: slice) -> list[Dataset]: ...
    def __getitem__(self, at: int | slice) -> Dataset | list[Dataset]:
        rows = range(len(self._items))[at]
        if isinstance(rows, range):
            return [self[row] for row in rows]
        made = self._made.get(rows)
        if made is None:
            made = self._made[rows] = self._nest(self._items[rows])
        return made

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (Sequence, list)):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<Sequence of {len(self)}>"
