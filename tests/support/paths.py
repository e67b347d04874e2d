"""Data sets taken apart: every element by its path, such as `(0040,A730)[0](0040,A010)`."""

from collections.abc import Iterator
from typing import Any

from russet.data import Dataset
from tests.support.beside_pydicom import plain

__all__ = ["changed", "read_by_path", "written_by_path"]


def written_by_path(dataset: Dataset) -> dict[str, Any]:
    """What stands in the bytes: VR and value; of sequences how they and their items end."""
    return dict(_written(dataset, ""))


def read_by_path(dataset: Any) -> dict[str, Any]:
    """What pydicom reads: VR and value; of sequences the count of items."""
    return dict(_read(dataset, ""))


def changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """The paths whose elements are not the same, are gone or are new."""
    return {path for path in before | after if before.get(path) != after.get(path)}


def _written(dataset: Dataset, path: str) -> Iterator[tuple[str, Any]]:
    for element in dataset:
        here = f"{path}{element.tag}"
        if element.vr != "SQ":
            yield here, (element.written_vr, element.is_undefined_length, bytes(element.raw))
            continue
        yield here, (element.written_vr, element.is_undefined_length, len(element.value))
        for at, item in enumerate(element.value):
            yield from _written(item, f"{here}[{at}]")


def _read(dataset: Any, path: str) -> Iterator[tuple[str, Any]]:
    for tag in dataset.keys():  # noqa: SIM118 (pydicom iterates over elements)
        here = f"{path}({tag.group:04X},{tag.element:04X})"
        try:
            element = dataset[tag]
        except Exception as error:  # noqa: BLE001 (whatever pydicom says of a value)
            yield here, repr(error)
            continue
        if element.VR != "SQ":
            yield here, (str(element.VR), plain(element.value))
            continue
        yield here, ("SQ", len(element.value))
        for at, item in enumerate(element.value):
            yield from _read(item, f"{here}[{at}]")
