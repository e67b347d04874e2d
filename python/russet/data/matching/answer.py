"""Responses: the identifiers that answer a query (PS3.4 C.4.1.1.3.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from russet import codec
from russet.data.dataset import EXPLICIT, Dataset, own_syntax
from russet.data.edit import reads_anywhere, vr_of
from russet.data.matching.key import Key, Level
from russet.data.matching.source import Source, element_of, mapped, reader
from russet.data.matching.zone import Zone, moved
from russet.data.sequence import Sequence
from russet.data.tag import Tag
from russet.errors import DecodeError, EncodeError

if TYPE_CHECKING:
    from russet.data.element import Element

__all__ = ["CHARSET", "TIMEZONE", "Answer", "Terms"]

CHARSET: Final = Tag(0x0008_0005)
"""Specific Character Set."""
TIMEZONE: Final = Tag(0x0008_0201)
"""Timezone Offset From UTC."""

_IMPLICIT: Final = "1.2.840.10008.1.2"
_UTF8: Final = "ISO_IR 192"
_DEFAULT: Final = ("", "ISO_IR 6")
_ITEM: Final = b"\xfe\xff\x00\xe0"
_LONGEST: Final = 0xFFFE
_SHORT_HEADER: Final = 8
_DEEPEST: Final = 16
_ITEMS: Final = (list, Sequence, tuple)

Parts = list[bytes | memoryview]


class Terms(NamedTuple):
    """How one response is written."""

    charset: str
    """The value of Specific Character Set."""
    zone: Zone = None
    """The time zone of the source."""
    to: Zone = None
    """The one that dates and times are brought to; None for none."""


class _Step(NamedTuple):
    """An element of a response."""

    tag: Tag
    key: Key | None
    """None for an element that is always the same."""
    vr: str
    """Of a key whose bytes can be copied; else empty."""
    head: bytes
    """Tag and VR."""
    width: int
    """Bytes of the length."""
    empty: bytes
    """The element without a value, or the one that is always the same."""


class Answer:
    """Writes responses.

    Attributes:
        syntax: The transfer syntax they are written in.
    """

    def __init__(self, level: Level, fixed: Mapping[Tag, bytes], *, explicit: bool) -> None:
        """Answer the keys of a level.

        Args:
            level: The keys.
            fixed: Elements that every response has, encoded, by tag.
            explicit: Whether Explicit VR is written.
        """
        self.syntax: Final = EXPLICIT if explicit else _IMPLICIT
        self._explicit = explicit
        self._steps: dict[Level, list[_Step]] = {}
        self._prepare(level, fixed)
        self._top = level

    def encode(self, source: Source, values: Mapping[int, Any], zone: Zone, to: Zone) -> bytes:
        """The response for a source that matches.

        Args:
            source: What matches.
            values: By tag, in place of those of the source.
            zone: The time zone of the source.
            to: The one that the identifier names.
        """
        charset = _charset(source)
        terms = Terms(charset, zone, None if zone in (None, to) else to)
        try:
            return self._encoded(source, values, terms)
        except EncodeError:
            # Text that was set, or comes from a database, and is not in the character set.
            return self._encoded(source, values, terms._replace(charset=_UTF8))

    def _encoded(self, source: Source, values: Mapping[int, Any], terms: Terms) -> bytes:
        parts = self._body(self._top, source, values, terms)
        if terms.charset not in _DEFAULT:
            parts.insert(0, self._element(CHARSET, "CS", _named(source, terms.charset)))
        return b"".join(parts)

    def _prepare(self, level: Level, fixed: Mapping[Tag, bytes]) -> None:
        """Lay out the elements of a level, and of the items in it."""
        same = {tag: self._element(tag, "LO", owner) for tag, owner in level.owners.items()}
        same.update(fixed)
        steps = [_Step(tag, None, "", b"", 0, data) for tag, data in same.items()]
        for key in level.keys:
            if key.level is not None:
                self._prepare(key.level, {})
            if key.tag in same:
                continue
            empty = self._element(key.tag, key.vr, b"")
            width = 2 if self._explicit and len(empty) == _SHORT_HEADER else 4
            # A time zone without a value is no time zone.
            shown = b"" if key.tag == TIMEZONE else empty
            vr = key.vr if key.is_plain else ""
            steps.append(_Step(key.tag, key, vr, empty[:-width], width, shown))
        self._steps[level] = sorted(steps)

    def _body(self, level: Level, source: Source, values: Mapping[int, Any], terms: Terms) -> Parts:
        """The elements of a response or item."""
        if terms.to is not None:
            values = {**moved(level.keys, reader(source), terms.zone, terms.to), **values}
        index = _copied_from(source, terms)
        parts: Parts = []
        for tag, key, vr, head, width, empty in self._steps[level]:
            if index is not None and vr and tag not in values:
                row = index.find(tag)
                if row < 0:
                    parts.append(empty)
                    continue
                raw = index.raw(row)
                length = len(raw)
                if index.vr(row) == vr and not length & 1 and length <= _LONGEST:
                    parts += (head, length.to_bytes(width, "little"), raw)
                    continue
            parts.append(empty if key is None else self._one(key, source, values, terms) or empty)
        return parts

    def _one(self, key: Key, source: Source, values: Mapping[int, Any], terms: Terms) -> bytes:
        """The element of a key; nothing when there is none."""
        if key.tag in values:
            return self._written(key, values[key.tag], terms)
        if not isinstance(source, Dataset):
            return self._written(key, mapped(source, key), terms)
        element = element_of(source, key)
        try:
            return b"" if element is None else self._read(key, element, terms)
        except DecodeError:
            # It is there, and cannot be read: to whoever asks, it has no value.
            return b""

    def _read(self, key: Key, element: Element, terms: Terms) -> bytes:
        """An element of a data set."""
        index, row = element.index, element.row
        if index.vr(row) == key.vr and key.is_plain and index.little:
            data = index.raw(row)
            if reads_anywhere(key.vr, data):
                return codec.encode_element(key.tag, key.vr, data, self._explicit)
        if element.vr != "SQ":
            return self._copy(key, element, terms)
        return self._items(key, list(element.items()), terms, element)

    def _written(self, key: Key, value: Any, terms: Terms) -> bytes:
        """The element of a value as Python has it."""
        if value is None:
            return b""
        if key.vr == "SQ":
            return self._items(key, list(value), terms) if isinstance(value, _ITEMS) else b""
        data = codec.encode_value(key.vr, value, charset=terms.charset, check=False)
        return self._element(key.tag, key.vr, data)

    def _copy(self, key: Key, element: Element, terms: Terms) -> bytes:
        """An element that was read or set, in the encoding and character set of the response."""
        index, vr = element.index, element.vr
        data: bytes | memoryview = index.raw(element.row)
        if element.is_text:
            if not reads_anywhere(vr, data) and index.charset != terms.charset:
                data = codec.encode_value(vr, element.texts, charset=terms.charset, check=False)
        elif vr != key.vr and not self._explicit:
            data = _as_vr(key.vr, element)
        elif not element.is_little_endian:
            data = codec.encode_value(vr, _swappable(element))
        return self._element(key.tag, vr, data)

    def _items(
        self, key: Key, found: list[Source], terms: Terms, whole: Element | None = None
    ) -> bytes:
        """A sequence: of the items that match, what was asked for (PS3.4 C.2.2.2.6)."""
        level = key.level
        if level is None:
            if whole is not None and _is_as_read(whole, terms):
                return self._recoded(whole)
            return self._anew(key, found, terms)
        body: Parts = []
        for item in found:
            if level.is_universal or level.matches(item, terms.zone):
                data = b"".join(self._body(level, item, {}, terms))
                body += (_ITEM, len(data).to_bytes(4, "little"), data)
        return self._element(key.tag, "SQ", b"".join(body))

    def _recoded(self, element: Element) -> bytes:
        index, row = element.index, element.row
        alone = codec.read_dataset(codec.element_span(index, row, row + 1), own_syntax(index))
        return codec.recode(alone, self.syntax)

    def _anew(self, key: Key, found: list[Source], terms: Terms) -> bytes:
        """A whole sequence in which something was set, or is in another character set."""
        made = Dataset()
        if terms.charset:
            made[CHARSET] = terms.charset.split("\\")
        items = list(map(_dataset, found))
        made[key.tag] = [_moved(item, terms) for item in items] if terms.to else items
        index = codec.read_dataset(made.encode(self.syntax), self.syntax)
        row = index.find(key.tag)
        return bytes(codec.element_span(index, row, row + 1))

    def _element(self, tag: Tag, vr: str, value: bytes | memoryview) -> bytes:
        return codec.encode_element(tag, vr, value, self._explicit)


def _copied_from(source: Source, terms: Terms) -> codec.DatasetIndex | None:
    """Where bytes can be copied from: what was read, in the character set of the response."""
    if not isinstance(source, Dataset) or source.edits:
        return None
    index = source.index
    return index if index.little and index.charset == terms.charset else None


def _dataset(item: Source) -> Dataset:
    """An item, of a mapping made anew."""
    if isinstance(item, Dataset):
        return item
    made = Dataset()
    for name in item:
        tag = Tag.of(name)
        key = Key(tag, vr_of(made, tag))
        value = mapped(item, key)
        made[tag] = list(map(_dataset, value or ())) if key.vr == "SQ" else value
    return made


def _moved(item: Dataset, terms: Terms, depth: int = 0) -> Dataset:
    """An item with its dates and times in the time zone of the response."""
    made = item.copy()
    keys = [Key(element.tag, element.vr) for element in item]
    for tag, text in moved(keys, reader(item), terms.zone, terms.to).items():
        made[tag] = text
    for element in item if depth < _DEEPEST else ():
        if element.vr == "SQ":
            made[element.tag] = [_moved(one, terms, depth + 1) for one in element.items()]
    return made


def _named(source: Source, charset: str) -> bytes:
    """The value of Specific Character Set: one that nobody knows as it is written."""
    if not isinstance(source, Dataset) or not codec.unknown_charset_terms(charset):
        return charset.encode()
    element = element_of(source, Key(CHARSET, "CS"))
    return b"" if element is None else bytes(element.raw)


def _is_as_read(element: Element, terms: Terms) -> bool:
    return element.index.charset == terms.charset and not element.is_edited and not terms.to


def _charset(source: Source) -> str:
    """The character set of a source: what is set in it, else the one it was read with."""
    if not isinstance(source, Dataset):
        named = source.get("SpecificCharacterSet") or ""
        return codec.charset_named(named if isinstance(named, str) else "\\".join(named))
    if CHARSET not in source.edits:
        return source.index.charset
    element = source.edits[CHARSET]
    return codec.charset_named("\\".join(element.texts)) if element is not None else ""


def _swappable(element: Element) -> Any:
    try:
        return element.array
    except TypeError:
        return element.value


def _as_vr(vr: str, element: Element) -> bytes:
    """The value of an element in another VR, which Implicit VR cannot tell; empty if it is none."""
    try:
        return codec.encode_value(vr, element.value)
    except (DecodeError, EncodeError):
        return b""
