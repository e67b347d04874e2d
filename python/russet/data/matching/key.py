"""Keys of an identifier, compiled (PS3.4 C.2.2.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from russet.data.dataset import Dataset
from russet.data.matching.condition import Condition, Test
from russet.data.matching.source import Source, reader
from russet.data.tag import Tag
from russet.errors import DecodeError

if TYPE_CHECKING:
    from russet.codec import DatasetIndex
    from russet.data.matching.source import Read
    from russet.data.matching.zone import Instant, Pair, Zone

__all__ = ["Key", "Level", "items"]


@dataclass(slots=True, eq=False)
class Key:
    """A key attribute, as it is found in what is matched and written in a response.

    Attributes:
        tag: The tag.
        vr: By the data dictionary, else as the identifier has it.
        creator: Of a private one the owner of its block; else empty.
        level: Of a sequence the keys in its item; None when there are none.
    """

    tag: Tag
    vr: str
    creator: str = ""
    level: Level | None = None
    keyword: str = field(init=False)
    is_plain: bool = field(init=False)

    def __post_init__(self) -> None:
        """Keep what is asked for with every data set."""
        self.keyword = self.tag.keyword or str(self.tag)
        self.is_plain = self.vr != "SQ" and not self.creator


@dataclass(slots=True, eq=False)
class Level:
    """The keys of an identifier, or of the item of a sequence in it.

    Attributes:
        keys: What is answered, in the order of the tags.
        owners: The private creators of the keys, as bytes, by tag.
        conditions: On single attributes.
        moments: Conditions that depend on the time zone.
        sequences: Those with conditions in their items, and whether none matches too.
    """

    keys: list[Key] = field(default_factory=list)
    owners: dict[Tag, bytes] = field(default_factory=dict)
    conditions: list[tuple[Key, Condition]] = field(default_factory=list)
    moments: list[Instant | Pair] = field(default_factory=list)
    sequences: list[tuple[Key, Level, bool]] = field(default_factory=list)
    # What `conditions` says, as it is quickest to go through.
    _conditions: list[tuple[Tag, Test | None, Condition]] = field(default_factory=list)
    _is_plain: bool = True

    @property
    def is_universal(self) -> bool:
        """Whether everything matches (PS3.4 C.2.2.2.3)."""
        return not (self.conditions or self.moments or self.sequences)

    @property
    def asks_zone(self) -> bool:
        """Whether time zones count."""
        return bool(self.moments) or any(level.asks_zone for _key, level, _ in self.sequences)

    def add(self, key: Key, condition: Condition) -> None:
        """Add a condition on one attribute."""
        self.conditions.append((key, condition))
        self._conditions.append((key.tag, condition.test, condition))
        self._is_plain = self._is_plain and key.is_plain

    def matches(self, source: Source, zone: Zone = None) -> bool:
        """Whether all conditions are met; `zone` is that of the source."""
        if self._is_plain and isinstance(source, Dataset) and not source.edits:
            met = self._meet_index(source.index)
        else:
            met = self._meet(reader(source))
        if not met or not (self.moments or self.sequences):
            return met
        return self._meet_more(reader(source), zone)

    def _meet_index(self, index: DatasetIndex) -> bool:
        """As `_meet`, straight from where most data sets have their values."""
        find, value_of = index.find, index.value
        try:
            for tag, test, condition in self._conditions:
                row = find(tag)
                value = value_of(row) if row >= 0 else None
                # Most attributes are one text.
                if test is not None and value.__class__ is str and value:
                    if not test(value):
                        return False
                elif not condition.holds(value):
                    return False
        except DecodeError:
            # Bytes that are no such value, which equals nothing.
            return False
        return True

    def _meet(self, read: Read) -> bool:
        for key, condition in self.conditions:
            value = read(key)
            test = condition.test
            if test is not None and value.__class__ is str and value:
                if not test(value):
                    return False
            elif not condition.holds(value):
                return False
        return True

    def _meet_more(self, read: Read, zone: Zone) -> bool:
        return all(moment.holds(read, zone) for moment in self.moments) and self._meet_items(
            read, zone
        )

    def _meet_items(self, read: Read, zone: Zone) -> bool:
        for key, level, unknown in self.sequences:
            found = items(read, key)
            matched = any(level.matches(item, zone) for item in found) if found else unknown
            if not matched:
                return False
        return True


def items(read: Read, key: Key) -> list[Source]:
    """The items of a sequence; none for what is no sequence."""
    value = read(key)
    return value if isinstance(value, list) else []
