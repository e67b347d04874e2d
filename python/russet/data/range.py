"""Ranges of dates, times and date times (PS3.4 C.2.2.2.5).

Range.parse("20261101-", Date).contains(Date.parse("20261105"))
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Generic, TypeVar

from russet.data.moment import Date, DateTime, Time

__all__ = ["Range"]

Moment = TypeVar("Moment", Date, Time, DateTime)


@dataclass(frozen=True, slots=True)
class Range(Generic[Moment]):
    """From one moment to another, both included (PS3.4 C.2.2.2.5).

    Attributes:
        start: None when it has none.
        end: None when it has none.
    """

    start: Moment | None
    end: Moment | None

    def __post_init__(self) -> None:
        """Refuse a range with no moment in it."""
        if self.start is None and self.end is None:
            raise ValueError("a range needs a start or an end")
        if self.start is not None and self.end is not None and not _in_order(self.start, self.end):
            raise ValueError(f"a range cannot end at {self.end}, before its start {self.start}")

    @classmethod
    def parse(cls, text: str, kind: type[Moment]) -> Range[Moment]:
        """Read `A-B`, `-B` or `A-`; a single `A` is all that it may mean.

        The hyphen of an offset west of UTC is told from that of a range by trying: the first that
        leaves moments in order is that of the range. So `20260101-0500` is one moment, although
        the standard has none with a hyphen (PS3.4 C.2.2.2.1), and `1000-1100` a century.

        Args:
            text: The range.
            kind: What it is a range of: `Date`, `Time` or `DateTime`.

        Raises:
            ValueError: Neither a range nor a moment.
        """
        why = None
        for hyphen in re.finditer("-", text):
            sides = text[: hyphen.start()], text[hyphen.end() :]
            try:
                start, end = (kind.parse(side) if side.strip() else None for side in sides)
                return Range(start, end)
            except ValueError as error:
                why = error
        try:
            single = kind.parse(text)
        except ValueError as error:
            raise ValueError(f"{text!r} is no range: {why or error}") from None
        return Range(single, single)

    def contains(self, moment: Moment) -> bool:
        """Whether `moment`, or any of what it may mean, is in the range.

        A date time without an offset is taken to be where the one is that it is compared with.
        """
        return (self.start is None or _in_order(self.start, moment)) and (
            self.end is None or _in_order(moment, self.end)
        )

    def __str__(self) -> str:
        if self.start == self.end:
            return str(self.start)
        return f"{self.start or ''}-{self.end or ''}"


def _in_order(one: Date | Time | DateTime, other: Date | Time | DateTime) -> bool:
    """Whether anything that `one` may mean comes before or with anything `other` may."""
    first, last = one.earliest(), other.latest()
    if isinstance(first, datetime.datetime) and isinstance(last, datetime.datetime):
        first = first.replace(tzinfo=first.tzinfo or last.tzinfo)
        last = last.replace(tzinfo=last.tzinfo or first.tzinfo)
    return bool(first <= last)  # type: ignore[operator]  # both are of one kind
