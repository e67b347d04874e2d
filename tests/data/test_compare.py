"""Elements at any depth: walked over, looked for, compared."""

import struct

import pytest

from russet.data import Dataset, dcmread, read_dataset
from russet.data.compare import Kind, compare, find, walk
from tests.support.encoding import (
    EXPLICIT,
    IMPLICIT,
    explicit,
    implicit,
    item,
    part10_file,
    undefined,
)

BIG_ENDIAN = "1.2.840.10008.1.2.2"
MODALITY = explicit(0x00080060, "CS", b"CT")
NAME = explicit(0x00100010, "PN", b"A ")


def data(*elements: bytes, syntax: str = EXPLICIT) -> Dataset:
    return read_dataset(b"".join(elements), syntax)


def told(ours: Dataset, theirs: Dataset, **options: object) -> list[tuple[str, str]]:
    return [(found.path, found.kind) for found in compare(ours, theirs, **options)]  # type: ignore[arg-type]


def nested(*elements: bytes) -> bytes:
    return undefined(0x00081140, "SQ", *map(item, elements))


def test_every_element_is_met_with_its_path() -> None:
    deep = nested(explicit(0x00081115, "SQ", item(MODALITY)), NAME)
    assert [path for path, _element in walk(data(deep, NAME))] == [
        "ReferencedImageSequence",
        "ReferencedImageSequence[0].ReferencedSeriesSequence",
        "ReferencedImageSequence[0].ReferencedSeriesSequence[0].Modality",
        "ReferencedImageSequence[1].PatientName",
        "PatientName",
    ]


def test_elements_are_found_by_tag_keyword_vr_or_function() -> None:
    ds = data(nested(NAME, MODALITY), NAME)
    paths = ["ReferencedImageSequence[0].PatientName", "PatientName"]
    for what in (0x00100010, "PatientName", "(0010,0010)", "PN", lambda e: e.value == "A"):
        assert [path for path, _element in find(ds, what)] == paths
    with pytest.raises(ValueError, match="did you mean PatientName"):
        find(ds, "PatientNam")


def test_what_differs_is_named_with_both_elements() -> None:
    ours = data(MODALITY, NAME, explicit(0x00280010, "US", b"\1\0"))
    theirs = data(
        explicit(0x00080060, "CS", b"MR"), explicit(0x00280010, "SS", b"\1\0"), NAME[:4] + NAME[4:]
    )
    found = list(compare(ours, theirs))
    assert [(d.path, d.kind) for d in found] == [("Modality", Kind.VALUE), ("Rows", Kind.VR)]
    assert (found[0].ours and found[0].ours.value) == "CT"
    assert (found[0].theirs and found[0].theirs.value) == "MR"
    assert told(ours, data(MODALITY)) == [("PatientName", "removed"), ("Rows", "removed")]
    assert told(data(MODALITY), ours) == [("PatientName", "added"), ("Rows", "added")]


def test_items_are_entered_and_counted() -> None:
    other = explicit(0x00080060, "CS", b"MR")
    assert told(data(nested(MODALITY, NAME)), data(nested(other))) == [
        ("ReferencedImageSequence", "items"),
        ("ReferencedImageSequence[0].Modality", "value"),
    ]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (explicit(0x00100010, "PN", b"A "), explicit(0x00100010, "PN", b"A")),
        (explicit(0x00080018, "UI", b"1.2\0"), explicit(0x00080018, "UI", b"1.2 ")),
        (explicit(0x00280030, "DS", b"0.50\\1"), explicit(0x00280030, "DS", b"5e-1\\1.0")),
        (explicit(0x00280030, "DS", b"x "), explicit(0x00280030, "DS", b"x")),
        (explicit(0x00080050, "SH", b""), explicit(0x00080050, "SH", b"  ")),
        (nested(MODALITY), explicit(0x00081140, "SQ", item(MODALITY))),
        (explicit(0x00080000, "UL", b"\1\0\0\0") + NAME, NAME),
        (NAME + explicit(0xFFFCFFFC, "OB", b"\0\0"), NAME),
        (explicit(0x00100010, "UN", b"A "), NAME),
        (explicit(0x00081140, "UN", implicit(0xFFFEE000, b"")), nested(b"")),
    ],
)
def test_how_a_value_is_written_does_not_count(ours: bytes, theirs: bytes) -> None:
    assert told(data(ours), data(theirs)) == []
    assert told(data(theirs), data(ours)) == []


def test_transfer_syntax_does_not_count() -> None:
    nan = struct.pack("<d", float("nan"))
    ours = data(
        MODALITY,
        explicit(0x00280010, "US", b"\0\2"),
        explicit(0x00720074, "FD", nan),
        explicit(0x7FE00010, "OW", b"\1\2\3\4"),
    )
    theirs = data(
        implicit(0x00080060, b"CT"),
        implicit(0x00280010, b"\0\2"),
        implicit(0x00720074, nan),
        implicit(0x7FE00010, b"\1\2\3\4"),
        syntax=IMPLICIT,
    )
    big = struct.pack(">HH2sH", 0x0028, 0x0010, b"US", 2) + b"\2\0"
    big += struct.pack(">HH2sxxI", 0x7FE0, 0x0010, b"OW", 4) + b"\2\1\4\3"
    assert told(ours, theirs) == []
    assert told(ours, data(big, syntax=BIG_ENDIAN), only=["Rows", "PixelData"]) == []


def test_the_same_bytes_in_two_character_sets_are_two_values() -> None:
    latin = explicit(0x00080005, "CS", b"ISO_IR 100")
    unicode = explicit(0x00080005, "CS", b"ISO_IR 192")
    name = explicit(0x00100010, "PN", b"J\xc3\xbc ")
    paths = ["SpecificCharacterSet", "PatientName"]
    assert [path for path, _ in told(data(latin, name), data(unicode, name))] == paths
    ours, theirs = data(latin, nested(name)), data(unicode, nested(name))
    assert told(ours, theirs)[-1] == ("ReferencedImageSequence[0].PatientName", "value")
    assert told(data(latin, NAME), data(unicode, NAME)) == [("SpecificCharacterSet", "value")]


def test_fragments_are_compared_without_the_offset_table() -> None:
    def encapsulated(table: bytes, *fragments: bytes) -> Dataset:
        items = (implicit(0xFFFEE000, part) for part in (table, *fragments))
        return data(undefined(0x7FE00010, "OB", *items))

    ours = encapsulated(b"", b"abcd")
    assert told(ours, encapsulated(b"\0\0\0\0", b"ab", b"cd")) == []
    assert told(ours, encapsulated(b"", b"abce")) == [("PixelData", "value")]
    native = data(explicit(0x7FE00010, "OB", b"abcd"))
    assert told(ours, native) == [("PixelData", "value")]


def test_what_is_ignored_does_not_count_and_only_the_rest_is_left() -> None:
    private = explicit(0x00091001, "LO", b"ours")
    ours = data(nested(MODALITY, NAME), private, NAME)
    theirs = data(explicit(0x00100010, "PN", b"B "))
    assert told(ours, theirs, ignore=["PN", "SQ", lambda e: e.tag.is_private]) == []
    assert told(ours, theirs, only=["PatientName"]) == [
        ("ReferencedImageSequence[1].PatientName", "removed"),
        ("PatientName", "value"),
    ]
    assert told(ours, theirs, only=["SQ"]) == [("ReferencedImageSequence", "removed")]


def test_the_file_meta_counts_on_request() -> None:
    ours, theirs = (
        dcmread(part10_file(NAME)),
        dcmread(part10_file(implicit(0x00100010, b"A "), IMPLICIT)),
    )
    assert told(ours, theirs) == []
    assert told(ours, theirs, meta=True) == [("TransferSyntaxUID", "value")]
