"""The DICOM JSON Model (PS3.18 F.2)."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Iterable
from typing import Any, Final

from russet.data.element import Element
from russet.data.name import PersonName
from russet.data.tag import Tag
from russet.errors import DecodeError, EncodeError

__all__ = ["model", "text"]

_UNITS: Final = {"OD": 8, "OF": 4, "OL": 4, "OV": 8, "OW": 2}
_BINARY: Final = frozenset(("OB", "UN", *_UNITS))
_NAME_GROUPS: Final = ("Alphabetic", "Ideographic", "Phonetic")


def model(elements: Iterable[Element]) -> dict[str, Any]:
    """The model of some elements, such as those of a data set, as Python objects.

    Group lengths are not in it, nor is the file meta of a data set.

    Raises:
        DecodeError: A value that cannot be read.
    """
    found: dict[str, Any] = {}
    # A list to work off and no recursion: how deep a file nests is not ours to say.
    todo = [(elements, found)]
    while todo:
        source, target = todo.pop()
        for element in source:
            if element.tag.element == 0:
                continue
            entry = target[f"{element.tag:08X}"] = {"vr": element.vr}
            if element.vr == "SQ":
                pairs = [(item, dict[str, Any]()) for item in element.items()]
                todo += pairs
                entry |= {"Value": [made for _item, made in pairs]} if pairs else {}
            elif element.length:
                entry |= _content(element)
    return found


def text(elements: Iterable[Element], *, indent: int | None = None) -> str:
    """The model of some elements, such as those of a data set, as JSON.

    Args:
        elements: What to encode.
        indent: Spaces for each level; None for one line.

    Raises:
        DecodeError: A value that cannot be read.
        EncodeError: Sequences nested deeper than JSON can be written.
    """
    try:
        return json.dumps(model(elements), ensure_ascii=False, allow_nan=False, indent=indent)
    except RecursionError:
        raise EncodeError("sequences are nested too deep for JSON") from None


def _content(element: Element) -> dict[str, Any]:
    if element.vr in _BINARY:
        return {"InlineBinary": base64.b64encode(_little(element)).decode("ascii")}
    value = _number_or_text(element) if element.vr in ("DS", "IS") else element.value
    convert = _CONVERTERS.get(element.vr)
    values = value if isinstance(value, list) else [value]
    if values in ([""], [None]):
        return {}
    # Empty among several: null (PS3.18 F.2.5).
    return {"Value": [None if v in ("", None) else convert(v) if convert else v for v in values]}


def _number_or_text(element: Element) -> Any:
    """The numbers of IS and DS; as text what is none (PS3.18 F.2.3 allows both)."""
    try:
        return element.value
    except DecodeError:
        return element.texts


def _little(element: Element) -> bytes:
    """The bytes in little endian, as PS3.18 F.2.7 asks."""
    raw = bytes(element.raw)
    unit = _UNITS.get(element.vr, 1)
    if element.is_little_endian or unit == 1:
        return raw
    whole = len(raw) // unit * unit
    swapped = bytearray(raw)
    for at in range(unit):
        swapped[at:whole:unit] = raw[unit - 1 - at : whole : unit]
    return bytes(swapped)


def _name(value: PersonName) -> dict[str, str]:
    return {name: group for name, group in zip(_NAME_GROUPS, value.groups, strict=True) if group}


def _float(value: float) -> float | str:
    # JSON has no such numbers; a string is what receivers take.
    return value if math.isfinite(value) else _NOT_FINITE.get(value, "NaN")


def _tag(value: Tag) -> str:
    return f"{value:08X}"


_NOT_FINITE: Final = {math.inf: "Infinity", -math.inf: "-Infinity"}
_CONVERTERS: Final[dict[str, Callable[[Any], Any]]] = {
    "AT": _tag,
    "FD": _float,
    "FL": _float,
    "PN": _name,
}
