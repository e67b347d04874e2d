"""Frames are told apart by the tables and fragments of pixel data (PS3.5 A.4), or not at all."""

import struct
from typing import Final

import pytest

from russet.data import Dataset, dcmread
from russet.errors import DecodeError
from tests.support.encoding import explicit, item, part10_file, undefined

JPEG: Final = "1.2.840.10008.1.2.4.50"
ONE: Final = b"ab"
TWO: Final = b"cdef"
PADDED: Final = b"cde\0"


def encapsulated(count: int, *items: bytes, tables: bytes = b"") -> Dataset:
    frames = explicit(0x00280008, "IS", f"{count} ".encode())
    pixels = undefined(0x7FE00010, "OB", *map(item, items))
    return dcmread(part10_file(frames + tables + pixels, JPEG))


def table(*offsets: int) -> bytes:
    return struct.pack(f"<{len(offsets)}I", *offsets)


def extended(offsets: list[int], lengths: list[int]) -> bytes:
    return b"".join(
        explicit(tag, "OV", struct.pack(f"<{len(numbers)}Q", *numbers))
        for tag, numbers in ((0x7FE00001, offsets), (0x7FE00002, lengths))
    )


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (encapsulated(2, b"", ONE, TWO), [ONE, TWO]),
        (encapsulated(1, b"", ONE, TWO), [ONE + TWO]),
        (encapsulated(2, table(0, 10), ONE, TWO), [ONE, TWO]),
        (encapsulated(1, table(0), ONE, TWO), [ONE + TWO]),
        (encapsulated(2, b"", ONE, PADDED, tables=extended([0, 10], [2, 3])), [ONE, TWO[:3]]),
        (encapsulated(2, b"", ONE, TWO, tables=extended([], [])), [ONE, TWO]),
    ],
)
def test_frames_are_where_tables_and_fragments_say(found: Dataset, expected: list[bytes]) -> None:
    assert [bytes(frame) for frame in found.frames()] == expected


@pytest.mark.parametrize(
    "found",
    [
        encapsulated(2, table(0, 0), ONE, TWO),
        encapsulated(2, table(10, 0), ONE, TWO),
        encapsulated(1, table(10), ONE, TWO),
        encapsulated(2, table(0, 4), ONE, TWO),
        encapsulated(1, b""),
        encapsulated(1),
        encapsulated(2, b"", ONE, TWO, tables=extended([0, 0], [2, 3])),
        encapsulated(1, tables=extended([0], [2])),
    ],
)
def test_no_frame_is_made_of_nothing_and_no_fragment_is_left_out(found: Dataset) -> None:
    with pytest.raises(DecodeError, match="cannot tell frames apart"):
        found.frames()


@pytest.mark.parametrize(
    ("found", "has", "says"),
    [
        (encapsulated(1, table(0, 10), ONE, TWO), 2, 1),
        (encapsulated(2, table(0), ONE, TWO), 1, 2),
        (encapsulated(2, b"", ONE, tables=extended([0], [2])), 1, 2),
        (encapsulated(1, b"", ONE, PADDED, tables=extended([0, 10], [2, 3])), 2, 1),
    ],
)
def test_a_table_has_an_offset_for_each_of_number_of_frames(
    found: Dataset, has: int, says: int
) -> None:
    with pytest.raises(DecodeError, match=f"{has} in the offset table, {says} by NumberOfFrames"):
        found.frames()


def test_without_number_of_frames_there_is_one() -> None:
    pixels = undefined(0x7FE00010, "OB", item(table(0, 10)), item(ONE), item(TWO))
    with pytest.raises(DecodeError, match="2 in the offset table, 1 by NumberOfFrames"):
        dcmread(part10_file(pixels, JPEG)).frames()
