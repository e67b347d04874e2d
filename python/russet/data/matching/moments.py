"""Dates, times and ranges of them as conditions (PS3.4 C.2.2.2.1 and C.2.2.2.5)."""

from __future__ import annotations

import datetime
import re
from functools import lru_cache
from typing import Any, Final

from russet.data.matching.condition import Test
from russet.data.moment import MOMENTS, Date, DateTime, Time
from russet.data.range import Range

__all__ = ["in_range", "is_range", "moment", "range_of"]

_DAY: Final = re.compile("[0-9]{4}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
_TIME: Final = re.compile(
    r"(?:[01][0-9]|2[0-3])(?:[0-5][0-9](?:[0-5][0-9](?:\.[0-9]{1,6})?)?)?",
)
_LONGEST: Final = 64
_LAST_TIME: Final = "235959.999999"


def range_of(vr: str, text: str) -> Range[Any]:
    """The range that a key means; a single moment is all that it may mean.

    Args:
        vr: DA, DT or TM.
        text: The value of the key.

    Raises:
        ValueError: Neither a range nor a moment.
    """
    return Range.parse(text, MOMENTS[vr])


def is_range(found: Range[Any]) -> bool:
    """Whether it was written with a hyphen, and not as a single moment."""
    return found.start is not found.end


def moment(vr: str, text: str) -> Date | Time | DateTime | None:
    """The moment that is written in `text`; None when it is none."""
    return _moment(vr, text) if len(text) <= _LONGEST else None


@lru_cache(maxsize=4096)
def _moment(vr: str, text: str) -> Date | Time | DateTime | None:
    try:
        return MOMENTS[vr].parse(text)
    except ValueError:
        return None


def in_range(vr: str, found: Range[Any]) -> Test:
    """The test whether a date or time, or any of what it may mean, is in a range.

    Args:
        vr: DA or TM.
        found: The range.
    """
    return _dates(found) if vr == "DA" else _times(found)


def _dates(found: Range[Date]) -> Test:
    """Whole days as they should be written are in the order of their digits."""
    low = "00000000" if found.start is None else f"{found.start.earliest():%Y%m%d}".zfill(8)
    high = "99999999" if found.end is None else f"{found.end.latest():%Y%m%d}".zfill(8)
    is_day = _DAY.fullmatch

    def matches(text: str) -> bool:
        if is_day(text):
            return low <= text <= high
        known = moment("DA", text)
        return isinstance(known, Date) and found.contains(known)

    return matches


def _times(found: Range[Time]) -> Test:
    """Times are in the order of their digits too, if the end is filled up."""
    low = "00" if found.start is None else _digits(found.start.earliest())
    high = _LAST_TIME if found.end is None else _digits(found.end.latest())
    is_time = _TIME.fullmatch

    def matches(text: str) -> bool:
        if is_time(text):
            return text <= high and (text >= low or low.startswith(text))
        known = moment("TM", text)
        return isinstance(known, Time) and found.contains(known)

    return matches


def _digits(time: datetime.time) -> str:
    return f"{time:%H%M%S}.{time.microsecond:06}"
