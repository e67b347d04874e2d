"""Conditions on the value of an attribute, by VR (PS3.4 C.2.2.2)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from russet import codec
from russet.data.matching.source import UNREADABLE

__all__ = ["NUMBERS", "TEXTS", "WILD", "Condition", "Test", "has_wild_card", "pattern", "plain"]

Test = Callable[[Any], object]
"""Says of one value, true or false, whether it matches."""

WILD: Final = frozenset(("AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"))
"""The VRs with wild cards (PS3.4 C.2.2.2.4)."""
TEXTS: Final = WILD | {"AS", "DA", "DT", "TM", "UI"}
"""The VRs whose values are compared as text."""
NUMBERS: Final = frozenset(
    ("AT", "DS", "FD", "FL", "IS", "SL", "SS", "SV", "UL", "US", "UV"),
)
"""The VRs whose values are compared as numbers."""

_ONLY_TEXT: Final = {str}


@dataclass(slots=True)
class Condition:
    """What the value of an attribute must be.

    Attributes:
        tests: Of several, each must be met by some value (PS3.4 C.2.2.2.8).
        unknown: Whether an attribute without a value matches.
        vr: Of the key.
        test: What says as much of a single text; None where there is no such test.
    """

    tests: tuple[Test, ...]
    unknown: bool
    vr: str
    test: Test | None = field(init=False)

    def __post_init__(self) -> None:
        """Keep what most values are asked."""
        is_single = self.vr in TEXTS and len(self.tests) == 1
        self.test = self.tests[0] if is_single else None

    def holds(self, value: Any) -> bool:
        """Whether an attribute matches: of several values, one is enough.

        Args:
            value: As `Read` gives it.
        """
        values = value if isinstance(value, list) else [value]
        if self.vr in NUMBERS:
            known = [one for one in map(_number, values) if one is not None]
        elif {*map(type, values)} == _ONLY_TEXT:
            known = list(filter(None, values))
        else:
            known = [one for one in map(self._text, values) if one is not None]
        if not known:
            return self.unknown
        return all(any(map(test, known)) for test in self.tests)

    def _text(self, value: Any) -> str | None:
        if isinstance(value, str):
            return str(value).rstrip(" \0") or None
        if value is None:
            return None
        if value is UNREADABLE or isinstance(value, (bytes, memoryview)):
            return "\0"
        if isinstance(value, (int, float)):
            return str(value)
        return codec.encode_value(self.vr, value).decode("ascii").rstrip()


def _number(value: Any) -> Any:
    if value is None or isinstance(value, (int, float)):
        return value
    if not isinstance(value, (str, Decimal)):
        return UNREADABLE
    try:
        return float(value) if str(value).strip() else None
    except ValueError:
        return UNREADABLE


def has_wild_card(text: str) -> bool:
    """Whether there is a wild card in it (PS3.4 C.2.2.2.4)."""
    return "*" in text or "?" in text


def plain(values: Iterable[Any]) -> Test:
    """The test for one of these values: as they are, or by their characters (PS3.4 C.2.2.2.1)."""
    wanted = frozenset(values)
    if all(not isinstance(value, str) or value.isascii() for value in wanted):
        return wanted.__contains__
    composed = frozenset(_composed(value) for value in wanted)
    return lambda value: _composed(value) in composed


def pattern(text: str) -> Test:
    """The test for a text with wild cards (PS3.4 C.2.2.2.4).

    What is between two `*` is taken where it is found first, and never sought again: no query takes
    longer than one look at a value. Only for a `?` with something on both sides, between two `*`,
    that is a look for each of its characters.
    """
    first, *others = re.split(r"\*+", _composed(text))
    begins = _standing(first)
    if not others:
        length = len(first)
        return _as_written(text, lambda value: len(value) == length and begins(value, 0))
    *inner, last = others
    ends, seeks = _standing(last), [_sought(part) for part in inner]
    start, length = len(first), len(last)

    def matches(value: str) -> bool:
        at, stop = start, len(value) - length
        if at > stop or not begins(value, 0) or not ends(value, stop):
            return False
        for seek in seeks:
            at = seek(value, at, stop)
            if at < 0:
                return False
        return True

    return _as_written(text, matches)


def _as_written(wanted: str, matches: Test) -> Test:
    """The test for values as they are written: by their characters where that matters."""
    if wanted.isascii() and "?" not in wanted:
        return matches
    return lambda value: matches(_composed(value))


def _standing(part: str) -> Callable[[str, int], object]:
    """Whether a part without `*` stands at a place."""
    if "?" in part:
        return _expression(part).match
    return lambda value, at: value.startswith(part, at)


def _sought(part: str) -> Callable[[str, int, int], int]:
    """Where a part without `*` ends first between two places; -1 where it is not there."""
    core = part.strip("?")
    before = len(part) - len(part.lstrip("?")) if core else len(part)
    after = len(part) - before - len(core)
    search = _expression(core).search

    def seek(value: str, at: int, stop: int) -> int:
        first, end = at + before, stop - after
        if first > end:
            return -1
        if "?" not in core:
            found = value.find(core, first, end)
        else:
            place = search(value, first, end)
            found = place.start() if place else -1
        return found if found < 0 else found + len(core) + after

    return seek


def _expression(part: str) -> re.Pattern[str]:
    any_or_this = ("." if letter == "?" else re.escape(letter) for letter in part)
    return re.compile("".join(any_or_this), re.DOTALL)


def _composed(value: Any) -> Any:
    if not isinstance(value, str) or value.isascii():
        return value
    return unicodedata.normalize("NFC", value)
