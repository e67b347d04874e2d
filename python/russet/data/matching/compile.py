"""Identifiers taken apart into keys and conditions (PS3.4 C.2.2.2)."""

from __future__ import annotations

from typing import Final

from russet import codec
from russet.data.dataset import Dataset
from russet.data.element import Element
from russet.data.matching.answer import CHARSET, TIMEZONE
from russet.data.matching.condition import NUMBERS, TEXTS
from russet.data.matching.dates import Ranges, Terms, add_moments
from russet.data.matching.key import Key, Level
from russet.data.matching.options import Options
from russet.data.matching.values import MOMENTS, condition_of, is_for_empty, moments_of, values_of
from russet.data.matching.zone import Zone, zone_in
from russet.data.tag import Key as Name
from russet.data.tag import Tag
from russet.errors import DecodeError, IdentifierError

__all__ = ["QUERY_LEVEL", "Compiler"]

QUERY_LEVEL: Final = Tag(0x0008_0052)
"""Query/Retrieve Level."""
_VIEW: Final = 0x0008_0053
# They say something of the query or the answer, and are never matched.
_NOT_KEYS: Final = frozenset((CHARSET, QUERY_LEVEL, _VIEW))
_ONLY_ANSWERED: Final = frozenset((0x0008_0054, 0x0008_0056, TIMEZONE))
# The unique keys that are such in every model; a Patient ID is one in Patient Root alone.
_UNIQUE: Final = (0x0020_000D, 0x0020_000E, 0x0008_0018)
_FIRST_GROUP: Final = 0x0008
_PIXELS: Final = 0x7FE0
_DEEPEST: Final = 16

Path = tuple[int, ...]


class Compiler:
    """Takes one identifier apart.

    Attributes:
        warnings: What was ignored, or taken for something else; and where.
        unsupported: The keys that are neither matched nor answered.
        zone: The time zone that the identifier names.
        zone_text: As it is written.
    """

    def __init__(self, identifier: Dataset, options: Options) -> None:
        """Begin with an identifier."""
        self.warnings: list[tuple[str, Tag]] = []
        self.unsupported: list[Tag] = []
        named: Element | None = identifier.get(TIMEZONE)
        self.zone_text = "\\".join(named.texts) if named and named.is_text else ""
        self.zone: Zone = zone_in(self.zone_text)
        if named is not None and named.length and self.zone is None:
            self.warn("the time zone is no offset from UTC: ignored", TIMEZONE)
        self._options = options
        unknown = options.get("universal_unknown")
        self._unknown = QUERY_LEVEL in identifier if unknown is None else unknown
        self._unique = set(map(Tag.of, options.get("unique", _UNIQUE)))
        supported = options.get("supported")
        self._supported = None if supported is None else set(map(_path, supported))
        self._answered = _ONLY_ANSWERED.union(map(Tag.of, options.get("answer", ())))

    def level(self, identifier: Dataset, around: Path = ()) -> Level:
        """The keys of an identifier or item.

        Raises:
            IdentifierError: A key that cannot be what it should be.
        """
        level = Level()
        ranges: Ranges = {}
        # Of a tag that is there twice, the first is meant.
        elements = {element.tag: element for element in reversed(list(identifier))}
        for tag, element in sorted(elements.items()):
            if not self._is_key(tag, element, level):
                continue
            path = (*around, tag)
            key = self._key(identifier, element, path)
            if key is None:
                self.unsupported.append(tag)
                continue
            level.keys.append(key)
            if key.vr == "SQ":
                self._sequence(level, key, element, path)
            elif tag not in _ONLY_ANSWERED:
                self._attribute(level, key, element, ranges)
        self._moments(level, ranges)
        return level

    def warn(self, what: str, tag: Tag) -> None:
        """Keep what was odd."""
        self.warnings.append((what, tag))

    # --- which keys there are ---------------------------------------------------------------

    def _is_key(self, tag: Tag, element: Element, level: Level) -> bool:
        if tag in _NOT_KEYS:
            return False
        if tag.group < _FIRST_GROUP or tag.element == 0:
            self.warn("no key is in a group below 0008, or is a group length: ignored", tag)
            return False
        if tag.is_private_creator:
            level.owners[tag] = bytes(element.raw)
            return False
        return True

    def _key(self, identifier: Dataset, element: Element, path: Path) -> Key | None:
        """None for a key that is not supported."""
        tag, vr = element.tag, self._vr(element)
        if not self._is_supported(path) or tag.group == _PIXELS:
            return None
        if vr not in TEXTS and vr not in NUMBERS and vr != "SQ" and element.length:
            self.warn(f"{vr} cannot be matched: ignored", tag)
            return None
        if not tag.is_private:
            return Key(tag, vr)
        owner = identifier.get(Tag(tag & 0xFFFF_0000 | tag.element >> 8))
        return None if owner is None else Key(tag, vr, str(owner.value))

    def _vr(self, element: Element) -> str:
        """As written, unless the dictionary has another one by which it can be read too."""
        entry = codec.dictionary_entry(element.tag)
        vr = element.vr
        if entry is None or vr in entry.vr.split(" or "):
            return vr
        self.warn(f"the key is {vr}, and should be {entry.vr}", element.tag)
        return entry.vr if entry.vr in TEXTS and vr in TEXTS else vr

    def _is_supported(self, path: Path) -> bool:
        if self._supported is None or path[-1] in self._answered:
            return True
        return any(path[: len(known)] == known[: len(path)] for known in self._supported)

    # --- what they ask ----------------------------------------------------------------------

    def _attribute(self, level: Level, key: Key, element: Element, ranges: Ranges) -> None:
        values = values_of(key, element, self.warn)
        if not values:
            return
        options = self._options
        unknown = self._unknown and key.tag not in self._unique
        is_moment = key.vr in MOMENTS and not is_for_empty(key, values, options)
        if is_moment and (len(values) == 1 or key.vr == "DT"):
            if len(values) > 1:
                raise IdentifierError(f"the key {key.keyword} has several values", key.tag)
            ranges[key.tag] = (key, moments_of(key, values[0]))
            return
        level.add(key, condition_of(key, values, options, unknown=unknown, warn=self.warn))

    def _sequence(self, level: Level, key: Key, element: Element, path: Path) -> None:
        if len(path) > _DEEPEST:
            raise IdentifierError("keys are nested too deep", key.tag)
        try:
            found = element.items()
            if len(found) > 1:
                message = f"a key has one item, {key.keyword} has {len(found)} (PS3.4 C.2.2.2.6)"
                raise IdentifierError(message, key.tag)
            inner = self.level(found[0], path) if found else Level()
        except DecodeError as error:
            message = f"the key {key.keyword} cannot be read: {error}"
            raise IdentifierError(message, key.tag) from None
        # Without keys in it the whole sequence is meant.
        if found and len(found[0]):
            key.level = inner
        if not inner.is_universal:
            level.sequences.append((key, inner, self._unknown))

    def _moments(self, level: Level, ranges: Ranges) -> None:
        zone = self.zone
        add_moments(
            level,
            ranges,
            Terms(
                zone=zone,
                local=zone or self._options.get("timezone"),
                is_combined=self._options.get("combined_datetime", False),
                unknown=self._unknown,
            ),
        )


def _path(name: Name) -> Path:
    """The tags of a key, and of the sequences around it."""
    return tuple(map(Tag.of, name.split("."))) if isinstance(name, str) else (Tag.of(name),)
