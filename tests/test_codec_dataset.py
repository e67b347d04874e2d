"""Data sets through the binding: bytes one can read beside PS3.5 7, and what becomes of them."""

import mmap
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from russet import codec
from russet.errors import DecodeError

IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
BIG = "1.2.840.10008.1.2.2"

CHARSET = 0x00080005
SEQUENCE = 0x00081140
NAME = 0x00100010
ROWS = 0x00280010
PIXELS = 0x7FE00010

ITEM = b"\xfe\xff\x00\xe0"
ITEM_END = b"\xfe\xff\x0d\xe0\0\0\0\0"
SEQUENCE_END = b"\xfe\xff\xdd\xe0\0\0\0\0"
UNDEFINED = b"\xff\xff\xff\xff"

NESTED = (
    b"\x08\x00\x05\x00CS\x0a\x00ISO_IR 192"
    b"\x08\x00\x40\x11SQ\0\0"
    + UNDEFINED
    + ITEM
    + UNDEFINED
    + b"\x10\x00\x10\x00PN\x06\x00M\xc3\xbcll "
    b""
    + ITEM_END
    + ITEM
    + b"\x12\0\0\0"
    + b"\x08\x00\x05\x00CS\x00\x00"
    + b"\x28\x00\x10\x00US\x02\x00\x00\x02"
    b"" + SEQUENCE_END + b"\x10\x00\x10\x00PN\x06\x00M\xc3\xbcll "
    b"\xe0\x7f\x10\x00OB\0\0"
    + UNDEFINED
    + ITEM
    + b"\0\0\0\0"
    + ITEM
    + b"\x04\0\0\0\xff\xd8\xff\xd9"
    + SEQUENCE_END
)


def test_an_index_says_where_everything_is() -> None:
    data = b"\x08\x00\x60\x00CS\x02\x00OT\xe0\x7f\x10\x00OW\0\0\x04\0\0\0\x01\x02\x03\x04"
    index = codec.read_dataset(b"1234" + data, EXPLICIT, offset=4)
    assert len(index) == 2
    assert index.tags() == [0x00080060, PIXELS]
    assert [index.find(tag) for tag in (0x00080060, PIXELS, NAME)] == [0, 1, -1]
    rows = [
        (index.tag(row), index.vr(row), index.header(row), index.offset(row), index.length(row))
        for row in range(2)
    ]
    assert rows == [(0x00080060, "CS", 4, 12, 2), (PIXELS, "OW", 14, 26, 4)]
    assert not index.undefined(0)
    assert index.depth == 0
    assert (index.explicit, index.little, index.warnings) == (True, True, [])
    with pytest.raises(IndexError):
        index.tag(2)


def test_sequences_open_when_asked_and_pixels_are_fragments() -> None:
    index = codec.read_dataset(NESTED, EXPLICIT)
    assert [hex(tag) for tag in index.tags()] == ["0x80005", "0x81140", "0x100010", "0x7fe00010"]
    assert index.warnings == []
    first, second = index.items(1)
    assert (first.tags(), second.tags(), first.depth) == ([NAME], [CHARSET, ROWS], 1)
    assert second.value(1) == 512
    assert index.undefined(1)
    assert bytes(index.raw(1)).startswith(ITEM)
    (_, empty), (offset, length) = codec.fragments(index, 3)
    assert (empty, NESTED[offset : offset + length]) == (0, b"\xff\xd8\xff\xd9")
    assert codec.fragments(index, 0) == []
    with pytest.raises(DecodeError, match=r"not a sequence at offset .* in \(0008,0005\)"):
        index.items(0)


def test_items_inherit_the_character_set() -> None:
    index = codec.read_dataset(NESTED, EXPLICIT)
    assert index.value(2) == "Müll"
    assert index.items(1)[0].value(0) == "Müll"


@pytest.mark.parametrize(
    ("syntax", "header"),
    [
        (EXPLICIT, b"\x28\x00\x10\x00US\x02\x00\x00\x02"),
        (IMPLICIT, b"\x28\x00\x10\x00\x02\x00\x00\x00\x00\x02"),
        (BIG, b"\x00\x28\x00\x10US\x00\x02\x02\x00"),
    ],
)
def test_values_come_out_the_same_in_every_encoding(syntax: str, header: bytes) -> None:
    index = codec.read_dataset(header, syntax)
    assert (index.tags(), index.vr(0), index.value(0)) == ([ROWS], "US", 512)
    assert (index.explicit, index.little) == (syntax != IMPLICIT, syntax != BIG)


def test_bytes_are_views_and_not_copies() -> None:
    data = bytearray(b"\xe0\x7f\x10\x00OW\0\0\x04\0\0\0\x01\x02\x03\x04")
    index = codec.read_dataset(data, EXPLICIT)
    view = index.raw(0)
    data[12] = 9
    assert bytes(view) == b"\x09\x02\x03\x04"
    assert bytes(index.value(0)) == b"\x09\x02\x03\x04"
    with pytest.raises(BufferError):
        data.extend(b"more")


def test_any_buffer_is_read(tmp_path: Path) -> None:
    data = b"\x08\x00\x60\x00CS\x02\x00OT"
    path = tmp_path / "data"
    path.write_bytes(data)
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        for buffer in (data, bytearray(data), memoryview(data), mapped):
            assert codec.read_dataset(buffer, EXPLICIT).value(0) == "OT"


def test_what_is_odd_is_a_warning_or_in_strict_rules_an_error() -> None:
    odd = b"\x08\x00\x60\x00CS\x03\x00OTX"
    message = "length 0x3 where an even length belongs at offset 0x0 in (0008,0060)"
    assert codec.read_dataset(odd, EXPLICIT).warnings == [(message, 0, 0x00080060)]
    with pytest.raises(DecodeError) as caught:
        codec.read_dataset(odd, EXPLICIT, strict=True)
    assert str(caught.value) == message
    assert (caught.value.kind, caught.value.offset, caught.value.tag) == (
        "BadLength",
        0,
        0x00080060,
    )


def test_warnings_belong_to_the_item_they_are_about() -> None:
    fine = ITEM + b"\x08\0\0\0" + b"\x08\x00\x60\x00CS\x00\x00"
    odd = ITEM + b"\x09\0\0\0" + b"\x08\x00\x60\x00CS\x01\x00O"
    value = fine + odd
    index = codec.read_dataset(
        b"\x08\x00\x40\x11SQ\0\0" + bytes([len(value), 0, 0, 0]) + value, EXPLICIT
    )
    assert [len(item.warnings) for item in index.items(0)] == [0, 1]


def test_fifty_thousand_nested_items_are_refused_at_once() -> None:
    start = b"\x08\x00\x40\x11SQ\0\0" + UNDEFINED + ITEM + UNDEFINED
    with pytest.raises(DecodeError, match="nested sequences 129 above the limit of 128"):
        codec.read_dataset(start * 50_000, EXPLICIT)


def test_a_long_data_set_is_read_without_the_interpreter() -> None:
    item = ITEM + UNDEFINED + b"\x10\x00\x10\x00PN\x02\x00AB" + ITEM_END
    data = b"\x08\x00\x40\x11SQ\0\0" + UNDEFINED + item * 50_000 + SEQUENCE_END
    index = codec.read_dataset(data, EXPLICIT)
    assert len(index.items(0)) == 50_000


def walk(data: bytes, sizes: Callable[[], int], syntax: str = EXPLICIT) -> codec.Walk:
    """Feed a walk in parts."""
    found = codec.Walk(syntax, [CHARSET, NAME, PIXELS])
    at = 0
    while at < len(data):
        size = sizes()
        found.feed(data[at : at + size])
        at += size
    return found


@given(sizes=st.lists(st.integers(1, 40), min_size=1))
def test_a_walk_keeps_what_is_wanted_however_the_bytes_are_cut(sizes: list[int]) -> None:
    turn = iter(sizes * len(NESTED))
    found = walk(NESTED, lambda: next(turn))
    found.finish()
    assert found.values == {CHARSET: b"ISO_IR 192", NAME: b"M\xc3\xbcll "}
    assert found.warnings == []


CLASS, INSTANCE, ROWS = 0x0008_0016, 0x0008_0018, 0x0028_0010
HEAD = b"\x08\x00\x16\x00UI\x04\x001.2\0" + b"\x08\x00\x18\x00UI\x02\x009\0"


def kept(data: bytes, syntax: str, *tags: int) -> tuple[bytes, bool]:
    """What a walk has kept of `tags`, as elements."""
    found = codec.Walk(syntax, codec.Tags([CLASS, INSTANCE, NAME, SEQUENCE, ROWS]))
    found.feed(data)
    found.finish()
    return found.elements(codec.Tags(tags))


def test_a_walk_gives_what_it_kept_as_elements_of_the_tags_that_are_asked_for() -> None:
    rows = b"\x28\x00\x10\x00US\x02\x00\x00\x02"
    assert kept(HEAD + rows, EXPLICIT, INSTANCE, ROWS, NAME) == (HEAD[12:] + rows, True)
    implicit = b"\x08\x00\x18\x00\x02\0\0\x009\0" + b"\x28\x00\x10\x00\x02\0\0\0\x00\x02"
    assert kept(implicit, IMPLICIT, INSTANCE, ROWS) == (HEAD[12:] + rows, True)
    big = b"\x00\x08\x00\x18UI\x00\x029\0" + b"\x00\x28\x00\x10US\x00\x02\x02\x00"
    assert kept(big, BIG, INSTANCE, ROWS) == (HEAD[12:] + rows, True)


def test_elements_that_a_walk_met_out_of_order_or_twice_come_in_order_and_once() -> None:
    again = b"\x08\x00\x18\x00UI\x02\x008\0"
    data = HEAD[12:] + HEAD[:12] + again
    assert kept(data, EXPLICIT, CLASS, INSTANCE) == (HEAD, True)


@pytest.mark.parametrize(
    ("element", "is_kept"),
    [
        (b"\x10\x00\x10\x00PN\x04\x00M\xc3\xbcl", True),
        (b"\x10\x00\x10\x00PN\x04\x00\x1b$BA", True),
        (b"\x10\x00\x10\x00PN\x02\x04" + b"A" * 1026, False),
        (b"\x08\x00\x40\x11SQ\0\0\x08\0\0\0" + ITEM + b"\0\0\0\0", True),
        (b"\x08\x00\x40\x11SQ\0\0" + UNDEFINED + SEQUENCE_END, False),
        (b"\x28\x00\x10\x00US\x04\x00\x00\x02\x00\x02", True),
        (b"\x28\x00\x10\x00IS\x02\x0051", True),
    ],
    ids=["accents", "escapes", "too long", "items", "undefined length", "two numbers", "other VR"],
)
def test_a_walk_says_what_the_kept_bytes_alone_do_not_tell(element: bytes, is_kept: bool) -> None:
    tag = int.from_bytes(element[:2], "little") << 16 | int.from_bytes(element[2:4], "little")
    elements, whole = kept(element, EXPLICIT, tag)
    assert (bool(elements), whole) == (is_kept, False)
    assert kept(element, EXPLICIT, CLASS) == (b"", True)


def test_a_walk_says_what_it_met_and_did_not_keep() -> None:
    found = codec.Walk(EXPLICIT, [CLASS, SEQUENCE, NAME])
    found.feed(HEAD + b"\x08\x00\x40\x11SQ\0\0" + UNDEFINED + SEQUENCE_END)
    assert found.left_out == [SEQUENCE]
    found.feed(b"\x10\x00\x10\x00PN\x02\x04" + b"A" * 1026)
    assert found.left_out == [SEQUENCE, NAME]
    assert found.values == {CLASS: b"1.2\0"}


@pytest.mark.parametrize("end", range(1, len(NESTED)))
def test_a_walk_that_is_cut_short_says_so(end: int) -> None:
    found = walk(NESTED[:end], lambda: 5)
    index = codec.read_dataset(NESTED[:end], EXPLICIT)
    if index.warnings:
        with pytest.raises(DecodeError, match="more bytes needed"):
            found.finish()
    else:
        found.finish()


def test_a_walk_repeats_its_failure() -> None:
    found = codec.Walk(EXPLICIT, [])
    deep = b"\x08\x00\x40\x11SQ\0\0" + UNDEFINED + ITEM + UNDEFINED
    for _ in range(2):
        with pytest.raises(DecodeError, match="nested sequences"):
            found.feed(deep * 129)
    with pytest.raises(DecodeError, match="nested sequences"):
        found.finish()


def test_a_walk_looks_into_sequences_of_defined_length_when_asked() -> None:
    lies = (
        b"\x08\x00\x40\x11SQ\0\0\x10\0\0\0" + ITEM + b"\x08\0\0\0" + b"\x08\x00\x60\x00CS\x70\x00"
    )
    for nested, count in ((False, 0), (True, 1)):
        found = codec.Walk(EXPLICIT, [], nested=nested)
        found.feed(lies)
        found.finish()
        assert len(found.warnings) == count


@given(data=st.binary(max_size=200), syntax=st.sampled_from([IMPLICIT, EXPLICIT, BIG]))
def test_any_bytes_are_read_or_refused(data: bytes, syntax: str) -> None:
    try:
        index = codec.read_dataset(data, syntax)
    except DecodeError as caught:
        offset = caught.offset
        assert 0 <= offset <= len(data)
        return
    for row in range(len(index)):
        assert len(index.raw(row)) == index.length(row)
