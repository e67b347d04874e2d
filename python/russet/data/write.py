"""Data sets as bytes: what was read is copied in spans, what was edited is encoded anew."""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from russet import codec
from russet.data.dataset import EXPLICIT, Dataset, Given, own_syntax
from russet.data.edit import reads_anywhere
from russet.data.element import Element
from russet.data.uid import Uid
from russet.errors import EncodeError

if TYPE_CHECKING:
    from russet.data.read import Buffer

__all__ = ["DEFLATED", "as_edited", "encode", "known_charset", "pixel_syntax", "target_syntax"]

_IMPLICIT: Final = "1.2.840.10008.1.2"
_CHARSET: Final = 0x0008_0005
_ITEM: Final = (0xFFFE, 0xE000)
_ITEM_END: Final = (0xFFFE, 0xE00D)
_SEQUENCE_END: Final = (0xFFFE, 0xE0DD)
_TRANSFER_SYNTAX_UID: Final = 0x0002_0010
_PIXEL_DATA: Final = 0x7FE0_0010
# PS3.5 A.5, and the JPIP ones.
DEFLATED: Final = frozenset(f"1.2.840.10008.1.2.{end}" for end in ("1.99", "4.95", "4.205"))
_SHORT_HEADER: Final = 8
_UNDEFINED: Final = 0xFFFF_FFFF
_ENCODED: Final = "encapsulated pixel data, which would have to be decoded first"
_UNENCODED: Final = "native pixel data, which would have to be encoded first"
_UNNAMED: Final = (
    "encapsulated pixel data, which {} does not have: say the transfer_syntax they are in"
)

Parts = list["Buffer"]


def encode(
    dataset: Dataset,
    transfer_syntax: str | None = None,
    *,
    lengths: str = "as-written",
    group_lengths: str = "keep",
) -> bytes | memoryview:
    """The bytes of a data set, without preamble and meta (PS3.5 7 and 10).

    Args:
        dataset: What to encode.
        transfer_syntax: The UID; None for the one it was read in, else Explicit VR Little Endian.
        lengths: Of sequences and items: "as-written", "defined" or "undefined" (PS3.5 7.5).
        group_lengths: "keep", "remove" or "add" them (PS3.5 7.2).

    Raises:
        EncodeError: Text beyond its character set; pixel data that would have to be decoded.
        DecodeError: A data set that has to be written anew, and cannot be read.
    """
    as_written = (lengths, group_lengths) == ("as-written", "keep")
    if as_written and _is_given(dataset, transfer_syntax):
        return _as_read(dataset)
    plain = own_syntax(dataset.index)
    own = dataset.transfer_syntax or plain
    target = transfer_syntax or own
    _check_pixels(dataset, target)
    if target == own and as_written and not dataset.is_edited and dataset.index.is_complete:
        return _as_read(dataset)
    data = as_edited(dataset)
    if as_written and (target == plain or (target == own and own not in DEFLATED)):
        return data
    index = codec.read_dataset(data, plain)
    return codec.recode(
        index,
        target,
        from_syntax_uid=target if _is_new(dataset) else pixel_syntax(dataset),
        lengths=lengths,
        group_lengths=group_lengths,
    )


def as_edited(dataset: Dataset, around: str | None = None) -> bytes:
    """The bytes of a data set in the encoding of its elements, whatever its pixel data are.

    Args:
        dataset: What to encode.
        around: The character set where it names none; None for the one it was read with.

    Raises:
        EncodeError: Text beyond its character set; sequences nested too deep.
        DecodeError: A sequence that has to be written anew, and cannot be read.
    """
    try:
        return b"".join(_parts(dataset, _around(dataset) if around is None else around))
    except RecursionError:
        raise EncodeError("sequences are nested too deep to be written") from None


def known_charset(index: codec.DatasetIndex) -> str:
    """The character set in force, to fall back on; empty when nobody knows it."""
    return "" if codec.unknown_charset_terms(index.charset) else index.charset


def _check_pixels(dataset: Dataset, target: str) -> None:
    """Refuse to write pixel data as what they are not (PS3.5 A.4)."""
    pixels = dataset.get(_PIXEL_DATA)
    is_new = _is_new(dataset)
    if pixels is None or (not is_new and target == pixel_syntax(dataset)):
        return
    if not pixels.is_undefined_length:
        if codec.is_encapsulated(target):
            raise EncodeError(_UNENCODED)
    elif not is_new:
        raise EncodeError(_ENCODED)
    elif codec.is_encapsulated(target) is False:
        raise EncodeError(_UNNAMED.format(Uid(target).name))


def _is_new(dataset: Dataset) -> bool:
    """Whether only whoever writes pixel data can tell the transfer syntax that they are in."""
    return dataset.origin is None or _PIXEL_DATA in dataset.edits


def _around(dataset: Dataset) -> str:
    """The character set in force where the data set names none: the one it was read with."""
    names = dataset.index.find(_CHARSET) >= 0
    return "" if names else dataset.index.charset


def pixel_syntax(dataset: Dataset) -> str:
    """The transfer syntax of the pixel data, and of all else where that is as it should be.

    Encapsulated ones are in the one that the file declares, also where the elements are in Implicit
    VR, in which there can be none (PS3.5 A.4).
    """
    own = dataset.transfer_syntax or own_syntax(dataset.index)
    pixels = dataset.get(_PIXEL_DATA)
    if own != _IMPLICIT or pixels is None or not pixels.is_undefined_length:
        return own
    meta = dataset.file_meta
    return str(meta.get("TransferSyntaxUID") or own) if meta else own


def target_syntax(dataset: Dataset) -> str:
    """The transfer syntax of a new file: what was put into its meta, else that of its pixels."""
    meta, origin = dataset.file_meta, dataset.origin
    if meta is not None:
        as_read = isinstance(origin, codec.FileIndex) and meta.index is origin.meta
        said = meta.get("TransferSyntaxUID")
        if said and (not as_read or _TRANSFER_SYNTAX_UID in meta.edits):
            return str(said)
    return pixel_syntax(dataset) if origin else EXPLICIT


def _is_given(dataset: Dataset, target: str | None) -> bool:
    """Whether it goes out as it came in, which one look tells: so do responses to queries."""
    origin = dataset.origin
    return (
        isinstance(origin, Given)
        and target in (None, origin.transfer_syntax)
        and dataset.file_meta is None
        and dataset.index.is_complete
        and not dataset.is_edited
    )


def _as_read(dataset: Dataset) -> bytes | memoryview:
    origin = dataset.origin
    if isinstance(origin, Given):
        return memoryview(origin.data)
    if origin is None:
        span: memoryview = codec.element_span(dataset.index, 0, len(dataset.index))
        return span
    return memoryview(origin.raw())[origin.dataset_offset :]


def _parts(dataset: Dataset, around: str) -> Parts:
    """The bytes of a data set in its own encoding; `around` is the character set around it."""
    level = _Level(dataset, around)
    tags = {*dataset.index.tags(), *dataset.edits}
    groups = {tag >> 16 for tag in tags if tag & 0xFFFF == 0}
    pieces = level.pieces(groups)
    if not groups:
        return [data for _tag, data in pieces]
    return _with_group_lengths(level, groups, list(pieces))


def _with_group_lengths(level: _Level, groups: set[int], pieces: list[tuple[int, Buffer]]) -> Parts:
    """Group lengths that are there are kept true (PS3.5 7.2)."""
    lengths = dict.fromkeys(groups, 0)
    for tag, data in pieces:
        if tag >> 16 in groups and tag & 0xFFFF:
            lengths[tag >> 16] += len(data)
    return [
        data if tag & 0xFFFF else level.header(tag, "UL", 4) + level.number(lengths[tag >> 16])
        for tag, data in pieces
    ]


class _Break(NamedTuple):
    """A place where rows are not just copied on."""

    row: int
    """In front of which row."""
    skipped: int
    """How many rows are left out: 1 or none."""
    tag: int
    """New elements at one place come in the order of their tags."""
    element: Element | None
    """What is written in their place."""


class _Level:
    """A data set or item that is being written."""

    def __init__(self, dataset: Dataset, around: str) -> None:
        self.dataset = dataset
        self.index = dataset.index
        self.charset = _charset(dataset, around)
        # Then text that was read is written in another character set, here and in the items.
        self.changed = self.charset != self.index.charset

    def pieces(self, groups: set[int]) -> Iterator[tuple[int, Buffer]]:
        """The elements, each with its tag; neighbours that stand as they were read as one.

        Args:
            groups: Those that have a group length, whose elements are kept apart from others.
        """
        at, end = 0, len(self.index)
        for row, skipped, tag, element in sorted(self._breaks(groups), key=itemgetter(0, 1, 2)):
            if row > at:
                yield self.index.tag(at), codec.element_span(self.index, at, row)
            if element is not None:
                yield tag, b"".join(self._element(element))
            at = max(at, row + skipped)
        if end > at:
            yield self.index.tag(at), codec.element_span(self.index, at, end)

    def _breaks(self, groups: set[int]) -> Iterator[_Break]:
        tags = self.index.tags()
        # A new element belongs in front of the first row with a greater tag (PS3.5 7.1).
        rising = tags if self.index.is_sorted else list(accumulate(tags, max))
        yield from self._edited(tags, rising)
        yield from self._to_encode(tags)
        if not self.index.is_complete:
            yield from (_Break(row, 0, 0, None) for row in range(len(tags)))
        for group in groups:
            first = bisect_right(rising, (group << 16) - 1)
            for row in (first, first + 1, bisect_right(rising, group << 16 | 0xFFFF)):
                yield _Break(min(row, len(tags)), 0, 0, None)

    def _edited(self, tags: list[int], rising: list[int]) -> Iterator[_Break]:
        """What was set and deleted."""
        edits = self.dataset.edits
        found: dict[int, list[int]] = {tag: [] for tag in edits}
        if edits and not self.index.is_sorted:
            for row, tag in enumerate(tags):
                if tag in edits:
                    found[tag].append(row)
        for tag, element in edits.items():
            rows = found[tag] or self._row(tag)
            if element is not None and not rows:
                yield _Break(bisect_right(rising, tag), 0, tag, element)
            for place, row in enumerate(rows):
                yield _Break(row, 1, tag, None if place else element)

    def _to_encode(self, tags: list[int]) -> Iterator[_Break]:
        """What was read, but is not to be written as it was."""
        rows = self.dataset.edited_rows()
        if self._is_cut_in_front_of_more(tags):
            rows.append(len(tags) - 1)
        if self.changed:
            rows += [row for row in range(len(tags)) if not self._reads_on(row)]
        for row in set(rows):
            if tags[row] not in self.dataset.edits:
                yield _Break(row, 1, tags[row], self.dataset.row(row))

    def _is_cut_in_front_of_more(self, tags: list[int]) -> bool:
        """Whether the last row claims more than there is, and would claim what is now put there."""
        if not any(tag > tags[-1] for tag, new in self.dataset.edits.items() if new and tags):
            return False
        element = self.dataset.row(len(tags) - 1)
        span = bytes(codec.element_span(self.index, len(tags) - 1, len(tags)))
        if element.is_undefined_length:
            return not span.endswith(self._end(_SEQUENCE_END))
        head = span[: len(span) - element.length]
        short = self.index.explicit and len(head) == _SHORT_HEADER and head[4:6].isalpha()
        stated = head[-2:] if short else head[-4:]
        return int.from_bytes(stated, "little" if self.index.little else "big") != element.length

    def _row(self, tag: int) -> list[int]:
        row = self.index.find(tag)
        return [] if row < 0 else [row]

    def _reads_on(self, row: int) -> bool:
        """Whether the bytes of a row mean the same in another character set."""
        vr = self.index.value_vr(row)
        return vr != "SQ" and reads_anywhere(vr, self.index.raw(row))

    def header(self, tag: int, vr: str, length: int) -> bytes:
        """The header of an element."""
        empty = codec.encode_element(tag, vr, b"", self.index.explicit, self.index.little)
        short = self.index.explicit and len(empty) == 8
        return empty[:-2] + self._pack("H", length) if short else empty[:-4] + self.number(length)

    def number(self, number: int) -> bytes:
        """A number of 32 bits."""
        return self._pack("I", number)

    def _end(self, tag: tuple[int, int]) -> bytes:
        """The delimiter of an undefined length."""
        return self._pack("HHI", *tag, 0)

    def _pack(self, form: str, *numbers: int) -> bytes:
        return struct.pack(("<" if self.index.little else ">") + form, *numbers)

    def _element(self, element: Element) -> Parts:
        # Also a UN that is a sequence, if somebody has edited in it.
        if element.vr == "SQ" or (element.is_edited and not element.is_changed):
            return self._sequence(element)
        data: Buffer = element.raw
        if not reads_anywhere(element.vr, data):
            data = self._text(element)
        tag, vr = element.tag, element.written_vr
        if element.is_undefined_length:
            return [self.header(tag, vr, _UNDEFINED), data, self._end(_SEQUENCE_END)]
        return [codec.encode_element(tag, vr, data, self.index.explicit, self.index.little)]

    def _text(self, element: Element) -> bytes:
        try:
            return codec.encode_value(element.vr, element.texts, charset=self.charset, check=False)
        except EncodeError as error:
            name = element.keyword or element.tag
            raise EncodeError(f"{name}: {error}: set SpecificCharacterSet to that") from None

    def _sequence(self, element: Element) -> Parts:
        vr = element.written_vr
        items = element.items()
        # What a UN holds is in Implicit VR Little Endian (PS3.5 6.2.2).
        inner = _IMPLICIT if vr == "UN" else own_syntax(self.index)
        body: Parts = []
        for at, known in enumerate(items.indexes):
            if known and own_syntax(known) == inner and self._reads_same(known):
                body.append(codec.item_span(known))
            else:
                body += self._item(items[at], inner)
        if not element.is_undefined_length:
            return [self.header(element.tag, vr, sum(map(len, body))), *body]
        return [self.header(element.tag, vr, _UNDEFINED), *body, self._end(_SEQUENCE_END)]

    def _reads_same(self, item: codec.DatasetIndex) -> bool:
        """Whether the bytes of an item can be copied, and its text keeps its meaning here."""
        if item.charset != self.charset and item.find(_CHARSET) < 0:
            return False
        return item.depth > 0 and _is_whole(item)

    def _item(self, item: Dataset, inner: str) -> Parts:
        parts = _parts(item, self.charset)
        own = own_syntax(item.index)
        if own != inner:
            parts = [codec.recode(codec.read_dataset(b"".join(parts), own), inner)]
        if not codec.is_undefined_item(item.index):
            return [self._pack("HHI", *_ITEM, sum(map(len, parts))), *parts]
        return [self._pack("HHI", *_ITEM, _UNDEFINED), *parts, self._end(_ITEM_END)]


def _charset(dataset: Dataset, around: str) -> str:
    """The value of Specific Character Set in force after all edits."""
    found = dataset.get(_CHARSET)
    texts = found.texts if found is not None and found.is_text else []
    return codec.charset_named("\\".join(texts)) if any(texts) else around


def _is_whole(item: codec.DatasetIndex) -> bool:
    """Whether an item ends where its length or its delimiter says."""
    span = codec.item_span(item)
    form = "<HHI" if item.little else ">HHI"
    if codec.is_undefined_item(item):
        return struct.unpack(form, span[-8:])[:2] == _ITEM_END
    return bool(struct.unpack(form, span[:8])[2] == len(span) - 8)
