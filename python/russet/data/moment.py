"""Dates, times and date times, as precise as they are written (PS3.5 6.2).

    Date.parse("202611").latest()                            # datetime.date(2026, 11, 30)
    DateTime.parse("20261105143000.25+0100").earliest()      # a datetime with its time zone

What is not written is not made up: `earliest` and `latest` say what a value may mean.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Final

__all__ = ["MOMENTS", "Date", "DateTime", "Time", "timezone_of"]

_DATE: Final = re.compile(r"([0-9]{4})(?:([0-9]{2})([0-9]{2})?|\.([0-9]{2})\.([0-9]{2}))?")
_TIME: Final = re.compile(
    r"([0-9]{2})(?:([0-9]{2})(?:([0-9]{2})(?:\.([0-9]{1,6}))?)?"
    r"|:([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6}))?)?)?"
)
_DATE_TIME: Final = re.compile(r"([0-9]{4,8})([0-9.]*)([+-][0-9]{4})?")
_OFFSET: Final = re.compile(r"([+-])([0-9]{2})([0-5][0-9])")
_WESTERNMOST: Final = datetime.timedelta(hours=-12)
_EASTERNMOST: Final = datetime.timedelta(hours=14)
_DIGITS: Final = 6
_PADDING: Final = " \0"


@dataclass(frozen=True, slots=True)
class Date:
    """A date (VR DA): a year, perhaps a month, perhaps a day."""

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        """Refuse what no calendar has."""
        if self.day is not None and self.month is None:
            raise ValueError("a day needs a month")
        datetime.date(self.year, _or(self.month, 1), _or(self.day, 1))

    @classmethod
    def parse(cls, text: str) -> Date:
        """Read `YYYYMMDD`, also `YYYY`, `YYYYMM` and the old `YYYY.MM.DD`.

        Raises:
            ValueError: Anything else, or a day that no calendar has.
        """
        found = _DATE.fullmatch(text.strip(_PADDING))
        if found is None:
            raise ValueError(f"{text!r} is no date: dates are written YYYYMMDD")
        year, month, day, old_month, old_day = found.groups()
        try:
            return cls(int(year), _number(month or old_month), _number(day or old_day))
        except ValueError as error:
            raise ValueError(f"{text!r} is no date: {error}") from None

    @classmethod
    def of(cls, date: datetime.date) -> Date:
        """As precise as Python's."""
        return cls(date.year, date.month, date.day)

    def earliest(self) -> datetime.date:
        """The first day that it may mean."""
        return datetime.date(self.year, _or(self.month, 1), _or(self.day, 1))

    def latest(self) -> datetime.date:
        """The last day that it may mean."""
        first = self.earliest()
        if self.day is not None:
            return first
        if self.month in (None, 12):
            return first.replace(month=12, day=31)
        return first.replace(month=first.month + 1) - datetime.timedelta(days=1)

    def __str__(self) -> str:
        return f"{self.year:04}{_two(self.month)}{_two(self.day)}"


@dataclass(frozen=True, slots=True)
class Time:
    """A time (VR TM): an hour, perhaps a minute, a second and a fraction.

    Attributes:
        second: 60 for a leap second, which Python has not: it is taken as the end of second 59.
        fraction: Of a second: the digits as written, up to six; empty when there are none.
    """

    hour: int
    minute: int | None = None
    second: int | None = None
    fraction: str = ""

    def __post_init__(self) -> None:
        """Refuse what no clock shows."""
        if self.minute is None and self.second is not None:
            raise ValueError("a second needs a minute")
        if self.fraction and (self.second is None or not _is_fraction(self.fraction)):
            raise ValueError("a fraction is up to six digits after a second")
        if self.second not in range(61) and self.second is not None:
            raise ValueError("second must be in 0..60")
        datetime.time(self.hour, _or(self.minute, 0))

    @classmethod
    def parse(cls, text: str) -> Time:
        """Read `HH`, `HHMM`, `HHMMSS` or `HHMMSS.FFFFFF`, also the old `HH:MM:SS`.

        Raises:
            ValueError: Anything else, or a time that no clock shows.
        """
        found = _TIME.fullmatch(text.strip(_PADDING))
        if found is None:
            raise ValueError(f"{text!r} is no time: times are written HHMMSS.FFFFFF")
        hour, minute, second, fraction, old_minute, old_second, old_fraction = found.groups()
        try:
            return cls(
                int(hour),
                _number(minute or old_minute),
                _number(second or old_second),
                fraction or old_fraction or "",
            )
        except ValueError as error:
            raise ValueError(f"{text!r} is no time: {error}") from None

    @classmethod
    def of(cls, time: datetime.time) -> Time:
        """As precise as Python's; without its time zone, which TM cannot say."""
        fraction = f"{time.microsecond:06}" if time.microsecond else ""
        return cls(time.hour, time.minute, time.second, fraction)

    def earliest(self) -> datetime.time:
        """The first moment of a day that it may mean."""
        return self._filled(0, "0")

    def latest(self) -> datetime.time:
        """The last moment of a day that it may mean."""
        return self._filled(59, "9")

    def _filled(self, missing: int, digit: str) -> datetime.time:
        second, fraction = _or(self.second, missing), self.fraction
        if second == 60:
            second, fraction = 59, "9" * _DIGITS
        micro = int(fraction.ljust(_DIGITS, digit))
        return datetime.time(self.hour, _or(self.minute, missing), second, micro)

    def __str__(self) -> str:
        fraction = f".{self.fraction}" if self.fraction else ""
        return f"{self.hour:02}{_two(self.minute)}{_two(self.second)}{fraction}"


@dataclass(frozen=True, slots=True)
class DateTime:
    """A date time (VR DT): a date, perhaps a time of that day, perhaps the offset from UTC.

    Attributes:
        offset: None when it is not written: then the time is local, to be looked up in Timezone
            Offset From UTC (0008,0201), see `timezone_of`.
    """

    date: Date
    time: Time | None = None
    offset: datetime.timezone | None = None

    def __post_init__(self) -> None:
        """Refuse a time of no day."""
        if self.time is not None and self.date.day is None:
            raise ValueError("a time needs a day")
        if self.offset is not None:
            _check(self.offset.utcoffset(None))

    @classmethod
    def parse(cls, text: str) -> DateTime:
        """Read `YYYYMMDDHHMMSS.FFFFFF+ZZXX`; what comes after the year may be left out.

        Raises:
            ValueError: Anything else, or what no calendar or clock shows.
        """
        found = _DATE_TIME.fullmatch(text.strip(_PADDING))
        if found is None:
            raise ValueError(
                f"{text!r} is no date time: they are written YYYYMMDDHHMMSS.FFFFFF+ZZXX"
            )
        date, time, offset = found.groups()
        try:
            return cls(
                Date.parse(date),
                Time.parse(time) if time else None,
                timezone_of(offset) if offset else None,
            )
        except ValueError as error:
            raise ValueError(f"{text!r} is no date time: {error}") from None

    @classmethod
    def of(cls, moment: datetime.datetime) -> DateTime:
        """As precise as Python's.

        Raises:
            ValueError: A time zone that is no whole number of minutes from UTC.
        """
        offset = moment.utcoffset()
        zone = None if offset is None else datetime.timezone(offset)
        return cls(Date.of(moment), Time.of(moment.time()), zone)

    def earliest(self) -> datetime.datetime:
        """The first moment that it may mean."""
        time = self.time.earliest() if self.time else datetime.time.min
        return datetime.datetime.combine(self.date.earliest(), time, self.offset)

    def latest(self) -> datetime.datetime:
        """The last moment that it may mean."""
        time = self.time.latest() if self.time else datetime.time.max
        return datetime.datetime.combine(self.date.latest(), time, self.offset)

    def __str__(self) -> str:
        offset = "" if self.offset is None else _written(self.offset.utcoffset(None))
        return f"{self.date}{'' if self.time is None else self.time}{offset}"


MOMENTS: Final[dict[str, type[Date | Time | DateTime]]] = {"DA": Date, "DT": DateTime, "TM": Time}
"""Which class reads which VR."""


def timezone_of(text: str) -> datetime.timezone:
    """Read an offset from UTC, `+0130`, as DT and Timezone Offset From UTC (0008,0201) write it.

    Raises:
        ValueError: Anything else, more than 12 hours west or 14 hours east, or -0000 (PS3.5 6.2).
    """
    found = _OFFSET.fullmatch(text.strip(_PADDING))
    if found is None or found[0] == "-0000":
        raise ValueError(f"{text!r} is no offset from UTC: offsets are written +HHMM or -HHMM")
    offset = datetime.timedelta(hours=int(found[2]), minutes=int(found[3]))
    return datetime.timezone(_check(-offset if found[1] == "-" else offset))


def _check(offset: datetime.timedelta) -> datetime.timedelta:
    if offset % datetime.timedelta(minutes=1) or not _WESTERNMOST <= offset <= _EASTERNMOST:
        raise ValueError("offsets from UTC are minutes from -1200 to +1400")
    return offset


def _written(offset: datetime.timedelta) -> str:
    minutes = offset // datetime.timedelta(minutes=1)
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}{rest:02}"


def _or(number: int | None, other: int) -> int:
    return other if number is None else number


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


def _two(number: int | None) -> str:
    return "" if number is None else f"{number:02}"


def _is_fraction(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS
