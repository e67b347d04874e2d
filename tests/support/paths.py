"""Data sets taken apart: every element at every depth by its path: `(0040,A730)[0](0040,A010)`."""

from collections.abc import Iterator
from typing import Any

from russet import codec
from russet.data import Dataset, Element
from russet.errors import DecodeError

__all__ = ["changed", "group_lengths_are_true", "values_by_path", "written_by_path"]


def written_by_path(dataset: Dataset) -> dict[str, Any]:
    """What stands in the bytes: VR and value; of sequences how they and their items end."""
    return dict(_written(dataset, ""))


def values_by_path(dataset: Dataset) -> dict[str, Any]:
    """The values, their bytes where they cannot be read, and of sequences how many items."""
    return dict(_values(dataset, ""))


def changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """The paths whose elements are not the same, are gone or are new."""
    return {path for path in before | after if before.get(path) != after.get(path)}


def group_lengths_are_true(dataset: Dataset) -> bool:
    """Whether each group length is that of the elements of its group (PS3.5 7.2)."""
    tags = dataset.index.tags()
    for row, tag in enumerate(tags):
        if tag & 0xFFFF == 0:
            last = max(at for at, other in enumerate(tags, 1) if other >> 16 == tag >> 16)
            group = codec.element_span(dataset.index, row + 1, last)
            if dataset.row(row).value != len(group):
                return False
    return True


def _written(dataset: Dataset, path: str) -> Iterator[tuple[str, Any]]:
    for element in dataset:
        here = f"{path}{element.tag}"
        if element.vr != "SQ":
            yield here, (element.written_vr, element.is_undefined_length, bytes(element.raw))
            continue
        yield here, (element.written_vr, element.is_undefined_length, len(element.value))
        for at, item in enumerate(element.value):
            yield f"{here}[{at}]", codec.is_undefined_item(item.index)
            yield from _written(item, f"{here}[{at}]")


def _values(dataset: Dataset, path: str) -> Iterator[tuple[str, Any]]:
    for element in dataset:
        here = f"{path}{element.tag}"
        if element.vr != "SQ":
            yield here, _value(element)
            continue
        yield here, len(element.value)
        for at, item in enumerate(element.value):
            yield from _values(item, f"{here}[{at}]")


def _value(element: Element) -> Any:
    try:
        return element.value
    except DecodeError:
        return element.raw
