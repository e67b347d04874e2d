"""Values in the form in which SQL can narrow a search: equal by meaning is equal as text.

A column holds one value, "" when it is empty, and `ODD` when only the matching itself can tell:
several values, one that is none of the VR, or a very long one. So a condition lets "" and `ODD`
pass, always (PS3.4 C.2.2.1.2).
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from russet.data import Date, Time
from russet.data.matching.person import folded

__all__ = ["ODD", "date", "fold", "name_groups", "number", "text", "time"]

ODD: Final = "\\"
"""A value that no text can hold: the delimiter of values itself (PS3.5 6.2)."""

_LONGEST: Final = 256  # characters; what is longer no VR of a column has (PS3.5 Table 6.2-1)
_NOT_COMPARED: Final = re.compile("[ ^]+")


def text(values: Sequence[str]) -> str:
    """A text, without what pads it (PS3.5 6.2)."""
    if len(values) > 1:
        return ODD
    only = values[0].strip(" \0") if values else ""
    if len(only) > _LONGEST:
        return ODD
    return only if only.isascii() else unicodedata.normalize("NFC", only)


def number(values: Sequence[str]) -> str:
    """An integer (VR IS), however many zeros it is written with."""
    only = text(values)
    try:
        return str(int(only)) if only else ""
    except ValueError:
        return ODD


def date(values: Sequence[str]) -> str:
    """A date (VR DA) as eight digits."""
    only = text(values)
    if not only:
        return ""
    try:
        known = Date.parse(only)
    except ValueError:
        return ODD
    return str(known) if known.day is not None else ODD


def time(values: Sequence[str]) -> str:
    """A time (VR TM) as six digits; the fraction does not narrow anything."""
    only = text(values)
    if not only:
        return ""
    try:
        known = Time.parse(only)
    except ValueError:
        return ODD
    return str(known)[:6] if known.second in range(60) else ODD


def fold(name: str) -> str:
    """A name as it is matched, without spaces and carets too: what is between them is enough."""
    return _NOT_COMPARED.sub("", folded(name))


def name_groups(values: Sequence[str]) -> tuple[str | None, str | None, str | None]:
    """A name (VR PN): its alphabetic, ideographic and phonetic groups, folded; None for no group.

    Only the first can be "", which says that there is no name at all.
    """
    if len(values) > 1 or any(len(value) > _LONGEST for value in values):
        return ODD, None, None
    groups = [fold(group) or None for group in (values[0] if values else "").split("=")]
    if len(groups) > 3:
        return ODD, None, None
    if not any(groups):
        return "", None, None
    first, second, third = groups + [None] * (3 - len(groups))
    return first, second, third
