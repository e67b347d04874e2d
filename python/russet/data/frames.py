"""Frames of pixel data by number, as they stand in the bytes: nothing is decoded or copied."""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final, overload

from russet import codec
from russet.errors import DecodeError

if TYPE_CHECKING:
    from russet.data.dataset import Dataset
    from russet.data.element import Element

__all__ = ["Frames", "frames"]

# PS3.3 C.7.6.24 and C.7.6.3: at most one of them is in a data set.
_PIXELS: Final = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_BITS: Final = 8
_END_OF_IMAGE: Final = b"\xff\xd9"
_LONGEST_PADDING: Final = 2

Span = tuple[int, int]


class Frames(Sequence[memoryview]):
    """The frames of a data set: `ds.frames()[5]` is the sixth, as its bytes stand in the file.

    A frame of native pixel data, or one that is in a single fragment, is not copied. Frames in a
    file whose values were left there are read one by one.
    """

    __slots__ = ("_index", "_spans")

    def __init__(self, index: codec.DatasetIndex, spans: Sequence[list[Span]]) -> None:
        """Use `Dataset.frames`."""
        self._index = index
        self._spans = spans

    @overload
    def __getitem__(self, at: int) -> memoryview: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[memoryview]: ...
    def __getitem__(self, at: int | slice) -> memoryview | Sequence[memoryview]:
        if isinstance(at, slice):
            return Frames(self._index, self._spans[at])
        parts = self.fragments(at)
        return parts[0] if len(parts) == 1 else memoryview(b"".join(parts))

    def __len__(self) -> int:
        return len(self._spans)

    def fragments(self, at: int) -> list[memoryview]:
        """The parts of a frame, without a copy: one of native pixel data."""
        return [
            codec.bytes_between(self._index, offset, offset + length)
            for offset, length in self._spans[at]
        ]

    @property
    def spans(self) -> Sequence[list[Span]]:
        """Where the parts of each frame are: offset in the file, and length."""
        return self._spans

    def __repr__(self) -> str:
        return f"<{len(self)} Frames>"


def frames(dataset: Dataset) -> Frames:
    """The frames of the pixel data of a data set (PS3.3 C.7.6.3, PS3.5 A.4).

    Raises:
        KeyError: There are no pixel data.
        DecodeError: Frames that cannot be told apart, that are not whole, or not as many as
            NumberOfFrames says.
    """
    dataset = dataset.as_read()
    element = next((dataset[word] for word in _PIXELS if word in dataset), None)
    if element is None:
        raise KeyError("no pixel data in this data set")
    count = _number(dataset, element, "NumberOfFrames") or 1
    if element.is_undefined_length:
        return Frames(dataset.index, _encapsulated(dataset, element, count))
    return Frames(dataset.index, _native(dataset, element, count))


class _Even(Sequence[list[Span]]):
    """Frames of one length, one after the other: however many, they take no memory."""

    __slots__ = ("_length", "_offsets")

    def __init__(self, offsets: range, length: int) -> None:
        self._offsets = offsets
        self._length = length

    @overload
    def __getitem__(self, at: int) -> list[Span]: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[list[Span]]: ...
    def __getitem__(self, at: int | slice) -> list[Span] | Sequence[list[Span]]:
        if isinstance(at, slice):
            return _Even(self._offsets[at], self._length)
        return [(self._offsets[at], self._length)]

    def __len__(self) -> int:
        return len(self._offsets)


def _number(dataset: Dataset, element: Element, word: str) -> int:
    """A number that says where frames are; 0 where there is none."""
    found = dataset.get(word)
    if found in (None, ""):
        return 0
    if not isinstance(found, int) or found < 0:
        raise _unclear(element, f"{word} is {found!r}")
    return found


def _native(dataset: Dataset, element: Element, count: int) -> Sequence[list[Span]]:
    words = ("Rows", "Columns", "BitsAllocated")
    rows, columns, bits = (_number(dataset, element, word) for word in words)
    total = rows * columns * bits * (_number(dataset, element, "SamplesPerPixel") or 1)
    if dataset.get("PhotometricInterpretation") == "YBR_FULL_422":
        # Two pixels share their colours (PS3.3 C.7.6.3.1.2).
        total = total * 2 // 3
    length, odd = divmod(total, _BITS)
    if odd and count > 1:
        raise _unclear(element, f"frames of {total} bits that start inside bytes")
    length += bool(odd)
    if length * count > element.length or not length:
        expected = f"{count} frames of {length} bytes"
        raise _unclear(element, f"{element.length} bytes of pixel data where {expected} are due")
    return _Even(range(element.offset, element.offset + length * count, length), length)


def _encapsulated(dataset: Dataset, element: Element, count: int) -> list[list[Span]]:
    table, *fragments = element.fragments() or [(0, 0)]
    found = _by_tables(dataset, element, table, fragments)
    if found is not None:
        # There is an offset for each frame (PS3.5 A.4): nobody can tell which of the two is wrong.
        if len(found) != count:
            numbers = f"{len(found)} in the offset table, {count} by NumberOfFrames"
            raise _unclear(element, numbers)
        return found
    if count == len(fragments):
        return [[fragment] for fragment in fragments]
    if count == 1 and fragments:
        return [fragments]
    return _by_markers(dataset, element, fragments, count)


def _by_tables(
    dataset: Dataset, element: Element, table: Span, fragments: list[Span]
) -> list[list[Span]] | None:
    """By the extended offset table or the basic one; None where there is neither."""
    if "ExtendedOffsetTable" in dataset and dataset["ExtendedOffsetTable"].length:
        return _by_extended_table(dataset, element, fragments)
    offset, length = table
    if not length or not fragments:
        return None
    raw = codec.bytes_between(dataset.index, offset, offset + length)
    return _by_offsets(element, fragments, _offsets(element, raw, fragments, "<I"))


def _offsets(element: Element, raw: memoryview, fragments: list[Span], form: str) -> list[int]:
    """The numbers of a table, of which there is at most one for each fragment."""
    unit = struct.calcsize(form)
    if len(raw) % unit or len(raw) // unit > len(fragments):
        text = f"a table of {len(raw)} bytes for {len(fragments)} fragments"
        raise _unclear(element, text)
    return [number for (number,) in struct.iter_unpack(form, raw)]


def _by_offsets(element: Element, fragments: list[Span], offsets: list[int]) -> list[list[Span]]:
    """Offsets count from the first fragment's item tag (PS3.5 A.4)."""
    origin = fragments[0][0]
    starts = [offset - origin for offset, _length in fragments]
    places = [bisect_left(starts, offset) for offset in offsets]
    # Each offset once, the first that of the first fragment: else a frame would have none, or a
    # fragment no frame.
    in_order = sorted(set(offsets).intersection(starts))
    if offsets != in_order or offsets[0] != 0:
        raise _unclear(element, "an offset table that does not point at fragments")
    return [fragments[a:b] for a, b in pairwise([*places, len(fragments)])]


def _by_extended_table(
    dataset: Dataset, element: Element, fragments: list[Span]
) -> list[list[Span]]:
    """One fragment a frame, with its length before padding (PS3.3 C.7.6.3.1.8)."""
    form = "<Q" if element.is_little_endian else ">Q"
    offsets = _offsets(element, dataset["ExtendedOffsetTable"].raw, fragments, form)
    found = _by_offsets(element, fragments, offsets) if fragments else []
    if "ExtendedOffsetTableLengths" not in dataset:
        return found
    raw = dataset["ExtendedOffsetTableLengths"].raw
    lengths = _offsets(element, raw, fragments, form)
    if len(lengths) != len(found) or any(len(parts) != 1 for parts in found):
        raise _unclear(element, "an extended offset table without a length for each frame")
    return [
        [(offset, min(length, known))]
        for [(offset, length)], known in zip(found, lengths, strict=True)
    ]


def _by_markers(
    dataset: Dataset, element: Element, fragments: list[Span], count: int
) -> list[list[Span]]:
    """Without a table, a fragment that ends an image of the JPEG family ends its frame."""
    found: list[list[Span]] = [[]]
    for offset, length in fragments:
        found[-1].append((offset, length))
        tail = max(offset, offset + length - len(_END_OF_IMAGE) - _LONGEST_PADDING)
        if _END_OF_IMAGE in bytes(codec.bytes_between(dataset.index, tail, offset + length)):
            found.append([])
    if not found[-1]:
        found.pop()
    if len(found) != count:
        raise _unclear(element, f"{len(fragments)} fragments and no offset table")
    return found


def _unclear(element: Element, what: str) -> DecodeError:
    message = f"cannot tell frames apart: {what} at offset {element.offset:#x} in {element.tag}"
    return DecodeError(message, "Invalid", element.offset, element.tag)
