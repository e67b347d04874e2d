"""Which dates and times are matched together (PS3.4 C.2.2.2.5)."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from russet.data.matching.condition import Condition
from russet.data.matching.key import Key, Level
from russet.data.matching.moments import in_range, is_range
from russet.data.matching.zone import Instant, Pair, Zone, partner_of
from russet.data.range import Range
from russet.data.tag import Tag

__all__ = ["Ranges", "Terms", "add_moments"]

# Scheduled Procedure Step Start Date: always combined with its time (PS3.4 K.6.1.2.2).
_STEP_START: Final = 0x0040_0002

Ranges = dict[Tag, tuple[Key, Range[Any]]]
"""The keys of DA, DT and TM at one level."""


class Terms(NamedTuple):
    """How they are matched."""

    zone: Zone
    """To which dates and times are brought; None for none."""
    local: Zone
    """Of a DT without an offset."""
    is_combined: bool
    """Whether two ranges are one."""
    unknown: bool
    """Whether an attribute without a value matches."""


def add_moments(level: Level, ranges: Ranges, terms: Terms) -> None:
    """Add the conditions of these keys to a level."""
    left = dict(ranges)
    for tag, (key, wanted) in ranges.items():
        if tag not in left:
            continue
        pair = None if key.vr == "DT" else _pair(tag, ranges, terms)
        if key.vr == "DT":
            level.moments.append(Instant(key, wanted, terms.local, terms.unknown))
        elif pair is None:
            condition = Condition((in_range(key.vr, wanted),), terms.unknown, key.vr)
            level.add(key, condition)
        else:
            level.moments.append(pair)
            left.pop(pair.date.tag, None)
            left.pop(pair.time.tag, None)


def _pair(tag: Tag, ranges: Ranges, terms: Terms) -> Pair | None:
    """The condition on a date or time together with its partner; None where each is on its own."""
    partner = partner_of(tag)
    if partner is None:
        return None
    own = ranges[tag]
    other = ranges.get(partner)
    is_combined = (terms.is_combined or _STEP_START in (tag, partner)) and (
        is_range(own[1]) and other is not None and is_range(other[1])
    )
    if terms.zone is None and not is_combined:
        return None
    other_key = Key(partner, "TM" if own[0].vr == "DA" else "DA") if other is None else other[0]
    both = (own[0], own[1]), (other_key, None if other is None else other[1])
    (date, days), (time, times) = both if own[0].vr == "DA" else reversed(both)
    return Pair(date, time, days, times, is_combined, terms.zone, terms.unknown)
