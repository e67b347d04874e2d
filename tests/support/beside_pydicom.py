"""What russet and pydicom make of the same bytes, side by side."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pydicom

from russet.data import Dataset, Element
from russet.errors import DecodeError

__all__ = ["different", "plain", "quiet", "read_by_pydicom"]


@contextmanager
def quiet() -> Iterator[None]:
    """Pydicom warns of what is odd in a file; here only what it reads matters."""
    logging.disable(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    logging.disable(logging.NOTSET)


def read_by_pydicom(source: Path | Any) -> Any:
    """What pydicom reads, whatever the file is."""
    with quiet():
        return pydicom.dcmread(source, force=True)


def different(ours: Dataset, theirs: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """The elements at every depth that differ: their path, and what either makes of them."""
    tags = sorted(map(int, theirs.keys()))
    if sorted(ours.tags()) != tags:
        yield path, sorted(ours.tags()), tags
    for element in ours:
        if element.tag in theirs:
            yield from _in_one(element, theirs[element.tag], f"{path}{element.tag}")


def plain(value: Any) -> Any:
    """A value without the class and the kind of emptiness that either gives it."""
    if isinstance(value, list | tuple | pydicom.multival.MultiValue):
        return [plain(one) for one in value] or None
    if isinstance(value, bytes | memoryview):
        return bytes(value) or None
    if isinstance(value, str | pydicom.valuerep.PersonName):
        return str(value) or None
    if isinstance(value, float):
        return float(value).hex()
    return value


def _in_one(ours: Element, theirs: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    if ours.vr != theirs.VR:
        yield path, ours.vr, theirs.VR
    elif ours.vr != "SQ":
        mine, other = _read(ours), plain(theirs.value)
        if mine != other:
            yield path, mine, other
    elif len(ours.value) != len(theirs.value):
        yield path, len(ours.value), len(theirs.value)
    else:
        for at, (item, other) in enumerate(zip(ours.value, theirs.value, strict=True)):
            yield from different(item, other, f"{path}[{at}]")


def _read(element: Element) -> Any:
    try:
        return plain(element.value)
    except DecodeError as error:
        return error
