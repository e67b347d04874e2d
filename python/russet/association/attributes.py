"""The attributes that a SOP class asks for, as a table of PS3.4, and what a data set lacks of them.

A table has a row for each attribute, `>` in front of those of the items of a sequence, and a column
for each time at which they are asked for::

    keyword                  create  set
    PatientName              2       -
    PerformedSeriesSequence  2       3
    >SeriesInstanceUID       1       3

1 is there with a value, 2 is there, 3 may be there, - is not allowed (PS3.4 5.4).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from russet import codec
from russet.data import Dataset

__all__ = ["AttributeTable", "Lacking"]


@dataclass(slots=True)
class Lacking:
    """What is not as it has to be, as tags in the order of the table.

    Attributes:
        missing: Attributes that are not there.
        empty: Attributes without the value that they have to have.
    """

    missing: list[int] = field(default_factory=list)
    empty: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Row:
    tag: int
    keyword: str
    usage: Mapping[str, str]
    items: list[_Row]


class AttributeTable:
    """The attributes of one SOP class."""

    def __init__(self, text: str) -> None:
        """Read a table."""
        header, *lines = (line.split() for line in text.splitlines() if line.strip())
        self._rows: list[_Row] = []
        levels = [self._rows]
        for name, *usages in lines:
            keyword = name.lstrip(">")
            depth = len(name) - len(keyword)
            tag = codec.tag_of(keyword)
            assert tag is not None, keyword
            row = _Row(tag, keyword, dict(zip(header[1:], usages, strict=True)), [])
            levels[depth].append(row)
            levels[depth + 1 :] = [row.items]

    def lacking(self, dataset: Dataset, column: str, *, strict: bool = True) -> Lacking:
        """Say what a data set lacks.

        Args:
            dataset: The attributes.
            column: Which usage counts.
            strict: Whether what may be empty (type 2) has to be there.
        """
        found = Lacking()
        for tag, is_there in _lacking(self._rows, dataset, column, strict=strict):
            listed = found.empty if is_there else found.missing
            if tag not in listed:
                listed.append(tag)
        return found

    def not_allowed(self, dataset: Dataset, column: str) -> list[int]:
        """Give the tags that are in a data set and are not allowed in it."""
        rows = self._rows
        return [row.tag for row in rows if row.usage[column] == "-" and row.keyword in dataset]


def _lacking(
    rows: Sequence[_Row], dataset: Dataset, column: str, *, strict: bool
) -> Iterator[tuple[int, bool]]:
    """Give the tag of each fault, and whether the attribute is there."""
    for row in rows:
        usage = row.usage[column]
        value = dataset.get(row.keyword)
        is_there = row.keyword in dataset
        is_empty = value is None or (hasattr(value, "__len__") and len(value) == 0)
        if (usage == "1" and is_empty) or (usage == "2" and strict and not is_there):
            yield row.tag, is_there
        elif row.items and isinstance(value, Sequence):
            for item in value:
                yield from _lacking(row.items, item, column, strict=strict)
