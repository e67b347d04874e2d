"""Dates with their times, and time zones, as conditions (PS3.4 C.2.2.2.5)."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

from russet import codec
from russet.data.matching.moments import in_range, moment
from russet.data.moment import Date, DateTime, Time, timezone_of
from russet.data.range import Range
from russet.data.tag import Tag

if TYPE_CHECKING:
    from russet.data.matching.key import Key
    from russet.data.matching.source import Read

__all__ = ["Instant", "Pair", "Zone", "moved", "partner_of", "zone_in"]

Zone = datetime.tzinfo | None
"""An offset from UTC; None when it is not known."""

_PYTHON: Final = (
    (datetime.datetime, "DT"),
    (datetime.date, "DA"),
    (datetime.time, "TM"),
)

Span = tuple[datetime.datetime, datetime.datetime]


def zone_in(text: Any) -> Zone:
    """The offset of a value of Timezone Offset From UTC (0008,0201); None when it is none."""
    try:
        return timezone_of(text) if isinstance(text, str) and text else None
    except ValueError:
        return None


def partner_of(tag: Tag) -> Tag | None:
    """The time that goes with a date, or the date with a time: StudyTime for StudyDate."""
    keyword = tag.keyword
    for own, other in (("Date", "Time"), ("Time", "Date")):
        stem = keyword.removesuffix(own)
        found = None if stem == keyword else codec.tag_of(stem + other)
        entry = None if found is None else codec.dictionary_entry(found)
        if found is not None and entry is not None and entry.vr in ("DA", "TM"):
            return Tag(found)
    return None


@dataclass(slots=True)
class Instant:
    """A condition on a DT.

    Attributes:
        key: The attribute.
        wanted: The range.
        zone: Of the key, where it is written without an offset.
        unknown: Whether an attribute without a value matches.
    """

    key: Key
    wanted: Range[DateTime]
    zone: Zone
    unknown: bool

    def holds(self, read: Read, zone: Zone) -> bool:
        """Whether what is read matches; `zone` is that of what is read."""
        texts = _texts(read(self.key))
        return any(self._contains(text, zone) for text in texts) if texts else self.unknown

    def _contains(self, text: str, zone: Zone) -> bool:
        known = moment("DT", text)
        if not isinstance(known, DateTime):
            return False
        start, end = self.wanted.start, self.wanted.end
        first, last = _placed(known.earliest(), zone), _placed(known.latest(), zone)
        return (start is None or _ordered(_placed(start.earliest(), self.zone), last)) and (
            end is None or _ordered(first, _placed(end.latest(), self.zone))
        )


@dataclass(slots=True)
class Pair:
    """A condition on a date together with its time.

    Attributes:
        date: The date.
        time: The time.
        days: The range of dates that is asked for, if any.
        times: The range of times that is asked for, if any.
        is_combined: Whether both are one range, from a moment to a moment.
        zone: That of the key, to which what is read is brought; None for neither.
        unknown: Whether an attribute without a value matches.
    """

    date: Key
    time: Key
    days: Range[Date] | None
    times: Range[Time] | None
    is_combined: bool
    zone: Zone
    unknown: bool

    def holds(self, read: Read, zone: Zone) -> bool:
        """Whether what is read matches; `zone` is that of what is read."""
        moments = zip_longest(_texts(read(self.date)), _texts(read(self.time)))
        found = [self._contains(day, time, zone) for day, time in moments]
        return any(found) if found else self.unknown

    def _contains(self, day: str | None, time: str | None, zone: Zone) -> bool:
        if day is None or time is None:
            return self._contains_one(day, time)
        span = _span(day, time)
        if span is None:
            return False
        first, last = (_moved(when, zone, self.zone) for when in span)
        if self.is_combined:
            return self._overlaps(first, last)
        if self.days is not None and not _meets(self.days, first.date(), last.date()):
            return False
        crosses = first.date() != last.date()
        return crosses or self.times is None or _meets(self.times, first.time(), last.time())

    def _contains_one(self, day: str | None, time: str | None) -> bool:
        """Without the other one there is nothing to be combined, and no zone to be left."""
        for vr, text, wanted in (("DA", day, self.days), ("TM", time, self.times)):
            if wanted is not None and not (
                self.unknown if text is None else in_range(vr, wanted)(text)
            ):
                return False
        return True

    def _overlaps(self, first: datetime.datetime, last: datetime.datetime) -> bool:
        assert self.days is not None
        assert self.times is not None
        start, end = self.days.start, self.days.end
        from_time = self.times.start.earliest() if self.times.start else datetime.time.min
        to_time = self.times.end.latest() if self.times.end else datetime.time.max
        return (
            start is None or datetime.datetime.combine(start.earliest(), from_time) <= last
        ) and (end is None or first <= datetime.datetime.combine(end.latest(), to_time))


def moved(keys: Iterable[Key], read: Read, zone: Zone, to: Zone) -> dict[int, str]:
    """Dates and times of a source in another zone, by tag, as precise as they are written.

    Those of several values, and those without partner, stay as they are. A DT without offset gets
    that of its zone.

    Args:
        keys: What is to be written.
        read: Reads the source.
        zone: Of the source.
        to: The other one.
    """
    found: dict[int, str] = {}
    for key in keys:
        texts = _texts(read(key)) if key.vr in ("DA", "DT", "TM") else []
        if len(texts) != 1:
            continue
        (text,) = texts
        new = _offset(text, zone) if key.vr == "DT" else _shifted(key, text, read, (zone, to))
        if new is not None:
            found[key.tag] = new
    return found


def _offset(text: str, zone: Zone) -> str | None:
    known = moment("DT", text)
    if not isinstance(known, DateTime) or known.offset or not isinstance(zone, datetime.timezone):
        return None
    return str(replace(known, offset=zone))


def _shifted(key: Key, text: str, read: Read, zones: tuple[Zone, Zone]) -> str | None:
    """One of a date and its time."""
    partner = partner_of(key.tag)
    is_date = key.vr == "DA"
    if partner is None:
        return None
    others = _texts(read(type(key)(partner, "TM" if is_date else "DA")))
    if len(others) != 1:
        return None
    day, time = (text, others[0]) if is_date else (others[0], text)
    span = _span(day, time)
    if span is None:
        return None
    when = _moved(span[0], *zones)
    if is_date:
        return f"{when:%Y%m%d}".zfill(8)
    whole, point, fraction = time.strip().replace(":", "").partition(".")
    return f"{when:%H%M%S}"[: max(len(whole), 4)] + point + fraction


def _texts(value: Any) -> list[str]:
    """The values of a date or time as text, also where a mapping has Python's types."""
    values = value if isinstance(value, list) else [value]
    written = [_written(one) for one in values if one is not None]
    return [text for text in written if text]


def _written(value: Any) -> str:
    for kind, vr in _PYTHON:
        if isinstance(value, kind):
            return codec.encode_value(vr, value).decode().strip()
    return str(value).strip()


def _span(day: str, time: str) -> Span | None:
    known, clock = moment("DA", day), moment("TM", time)
    if not isinstance(known, Date) or not isinstance(clock, Time):
        return None
    combine = datetime.datetime.combine
    return combine(known.earliest(), clock.earliest()), combine(known.latest(), clock.latest())


def _moved(when: datetime.datetime, zone: Zone, to: Zone) -> datetime.datetime:
    if zone is None or to is None:
        return when
    try:
        return when.replace(tzinfo=zone).astimezone(to).replace(tzinfo=None)
    except OverflowError:
        return when


def _meets(wanted: Range[Any], first: Any, last: Any) -> bool:
    start, end = wanted.start, wanted.end
    return (start is None or start.earliest() <= last) and (end is None or first <= end.latest())


def _placed(when: datetime.datetime, zone: Zone) -> datetime.datetime:
    return when.replace(tzinfo=zone) if when.tzinfo is None else when


def _ordered(one: datetime.datetime, other: datetime.datetime) -> bool:
    """Where only one has an offset, the other is taken to be in the same place."""
    return one.replace(tzinfo=one.tzinfo or other.tzinfo) <= other.replace(
        tzinfo=other.tzinfo or one.tzinfo
    )
