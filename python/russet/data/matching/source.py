"""What is matched: data sets, and mappings of keyword to value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from russet.data.dataset import Dataset
from russet.data.sequence import Sequence
from russet.errors import DecodeError

if TYPE_CHECKING:
    from russet.data.element import Element
    from russet.data.matching.key import Key

__all__ = ["UNREADABLE", "Read", "Source", "element_of", "mapped", "reader"]

Source = Dataset | Mapping[str, Any]
"""A data set; or values by keyword, as a row of a database or of `russet.scan` has them."""

Read = Callable[["Key"], Any]
"""The value of a key: one as itself, several as a list, items as a list; None or "" for none."""

UNREADABLE: Final = object()
"""The value of an element whose bytes are no such value: it equals nothing."""

_PADDING: Final = " \0"
_FREE: Final = frozenset(("AE", "CS", "DS", "IS", "LO", "SH"))
_ONE_VALUE: Final = frozenset(("LT", "ST", "UR", "UT"))


def reader(source: Source) -> Read:
    """What reads the values of `source`."""
    if not isinstance(source, Dataset):
        return _mapped(source)
    if source.edits:
        return _edited(source)
    find, value = source.index.find, source.index.value

    def read(key: Key) -> Any:
        if not key.is_plain:
            return _value(element_of(source, key))
        row = find(key.tag)
        if row < 0:
            return None
        try:
            return value(row)
        except DecodeError:
            return UNREADABLE

    return read


def element_of(source: Dataset, key: Key) -> Element | None:
    """The element that a key means; of a private one, wherever its block is (PS3.5 7.8.1)."""
    if not key.creator:
        edits, tag = source.edits, key.tag
        if tag in edits:
            return edits[tag]
        row = source.index.find(tag)
        return None if row < 0 else source.row(row)
    try:
        block = source.private_block(key.tag.group, key.creator)
    except KeyError:
        return None
    tag = block.tag(key.tag.element & 0xFF)
    private: Element | None = source.get(tag)
    return private


def _edited(source: Dataset) -> Read:
    edits, index = source.edits, source.index

    def read(key: Key) -> Any:
        if not key.is_plain:
            return _value(element_of(source, key))
        tag = key.tag
        try:
            if tag in edits:
                new = edits[tag]
                return None if new is None else new.index.value(new.row)
            row = index.find(tag)
            return None if row < 0 else index.value(row)
        except DecodeError:
            return UNREADABLE

    return read


def _value(element: Element | None) -> Any:
    if element is None:
        return None
    try:
        return list(element.items()) if element.vr == "SQ" else element.value
    except DecodeError:
        return UNREADABLE


def _mapped(source: Mapping[str, Any]) -> Read:
    def read(key: Key) -> Any:
        return mapped(source, key)

    return read


def mapped(source: Mapping[str, Any], key: Key) -> Any:
    """The value of a key in a mapping, as `Read` gives it."""
    value = source.get(key.keyword)
    if not isinstance(value, str):
        return list(value) if isinstance(value, (tuple, Sequence)) else value
    if key.vr in _ONE_VALUE:
        return value.rstrip(_PADDING)
    values = [_unpadded(one, key.vr) for one in value.split("\\")]
    return values if len(values) > 1 else values[0]


def _unpadded(text: str, vr: str) -> str:
    """Without the spaces that do not count (PS3.5 6.2)."""
    return text.strip(_PADDING) if vr in _FREE else text.rstrip(_PADDING)
