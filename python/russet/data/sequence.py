"""The items of a sequence (PS3.5 7.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, MutableSequence
from typing import TYPE_CHECKING, Any, cast, overload

from russet import codec

if TYPE_CHECKING:
    from russet.data.dataset import Dataset

__all__ = ["Sequence"]


class Sequence(MutableSequence["Dataset"]):
    """The items of a sequence: data sets, made when first asked for. They and it can be edited."""

    __slots__ = ("_edited", "_items", "_nest")

    def __init__(
        self,
        items: list[codec.DatasetIndex],
        nest: Callable[[codec.DatasetIndex], Dataset],
    ) -> None:
        """Refer to the indexes of the items; `nest` makes a data set of one."""
        self._items: list[Any] = list(items)
        self._nest = nest
        self._edited = False

    @classmethod
    def of(cls, items: Iterable[Dataset]) -> Sequence:
        """A new sequence of these items."""
        made = cls([], _as_it_is)
        made[:] = items
        return made

    @overload
    def __getitem__(self, at: int) -> Dataset: ...
    @overload
    def __getitem__(self, at: slice) -> list[Dataset]: ...
    def __getitem__(self, at: int | slice) -> Dataset | list[Dataset]:
        rows = range(len(self._items))[at]
        if isinstance(rows, range):
            return [self[row] for row in rows]
        item = self._items[rows]
        if isinstance(item, codec.DatasetIndex):
            item = self._items[rows] = self._nest(item)
        return cast("Dataset", item)

    @overload
    def __setitem__(self, at: int, item: Dataset) -> None: ...
    @overload
    def __setitem__(self, at: slice, item: Iterable[Dataset]) -> None: ...
    def __setitem__(self, at: int | slice, item: Dataset | Iterable[Dataset]) -> None:
        if isinstance(at, slice):
            self._items[at] = list(map(_item, cast("Iterable[Dataset]", item)))
        else:
            self._items[at] = _item(item)
        self._edited = True

    def __delitem__(self, at: int | slice) -> None:
        del self._items[at]
        self._edited = True

    def insert(self, at: int, item: Dataset) -> None:
        """Put an item in front of the one at `at`.

        Raises:
            TypeError: It is no data set.
        """
        self._items.insert(at, _item(item))
        self._edited = True

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (Sequence, list)):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<Sequence of {len(self)}>"

    @property
    def is_changed(self) -> bool:
        """Whether an item was put in or taken out; not whether one was edited itself."""
        return self._edited

    @property
    def made(self) -> list[Dataset]:
        """The items that somebody has asked for."""
        return [item for item in self._items if not isinstance(item, codec.DatasetIndex)]

    @property
    def indexes(self) -> list[codec.DatasetIndex | None]:
        """Where each item is in the bytes; None for one that was made anew or edited."""
        return [
            item if isinstance(item, codec.DatasetIndex) else None if item.is_edited else item.index
            for item in self._items
        ]


def _item(item: object) -> Dataset:
    from russet.data.dataset import Dataset

    if not isinstance(item, Dataset):
        raise TypeError(f"an item of a sequence is a Dataset, not a {type(item).__name__}")
    return item


def _as_it_is(item: Any) -> Dataset:
    return cast("Dataset", item)
