"""The view of a data set: by keyword, by tag, one element after another."""

import struct

import pytest

from russet.data import Dataset, Element, PersonName, Tag, Uid, read_dataset
from russet.data.tag import Key
from russet.errors import DecodeError
from tests.support.encoding import EXPLICIT, IMPLICIT, explicit, implicit, item, undefined

NAME = explicit(0x00100010, "PN", b"CITIZEN^Jan ")
SEQUENCE = explicit(0x00081140, "SQ", item(explicit(0x00081155, "UI", b"1.2.3\0")) + item())


def dataset(*elements: bytes, syntax: str = EXPLICIT) -> Dataset:
    return read_dataset(b"".join(elements), syntax)


@pytest.mark.parametrize(
    "key", ["PatientName", 0x00100010, (0x0010, 0x0010), "(0010,0010)", "00100010"]
)
def test_an_element_is_found_by_whatever_names_it(key: Key) -> None:
    ds = dataset(SEQUENCE, NAME)
    assert key in ds
    assert ds[key].value == "CITIZEN^Jan"
    assert ds[key] is ds[0x00100010]
    assert ds.PatientName == "CITIZEN^Jan"


def test_an_element_tells_what_it_is() -> None:
    ds = dataset(SEQUENCE, NAME)
    element = ds[0x0010, 0x0010]
    assert (element.tag, element.vr, element.keyword) == (0x00100010, "PN", "PatientName")
    assert (element.name, element.length, element.vm) == ("Patient's Name", 12, 1)
    assert element.offset == len(SEQUENCE) + 8
    assert bytes(element.raw) == b"CITIZEN^Jan "
    assert repr(element) == "<Element (0010,0010) PN PatientName, 12 bytes>"


def test_what_is_not_there_is_said_to_be_missing() -> None:
    ds = dataset(NAME)
    with pytest.raises(AttributeError, match=r"^no PatientID \(0010,0020\) in this data set$"):
        _ = ds.PatientID
    with pytest.raises(KeyError, match=r"no PatientID \(0010,0020\) in this data set"):
        _ = ds["PatientID"]
    assert "PatientID" not in ds
    assert "nonsense" not in ds
    assert not hasattr(ds, "pixel_array")


def test_a_wrong_keyword_is_answered_with_the_nearest_one() -> None:
    with pytest.raises(AttributeError, match=r"no keyword of DICOM; did you mean PatientName\?"):
        _ = dataset(NAME).PatientNames  # type: ignore[attr-defined]


def test_get_gives_values_by_keyword_and_elements_by_tag() -> None:
    ds = dataset(NAME)
    assert ds.get("PatientName") == "CITIZEN^Jan"
    assert isinstance(ds.get(0x00100010), Element)
    assert ds.get("PatientID") is None
    assert ds.get((0x10, 0x20), 7) == 7


def test_iteration_gives_elements_in_the_order_of_the_file() -> None:
    ds = dataset(NAME, SEQUENCE)
    assert [element.tag for element in ds] == [0x00100010, 0x00081140] == ds.tags()
    assert len(ds) == 2
    assert not dataset()


@pytest.mark.parametrize(
    ("tag", "vr", "raw", "value"),
    [
        (0x00080008, "CS", b"ORIGINAL\\PRIMARY ", ["ORIGINAL", "PRIMARY"]),
        (0x00080008, "CS", b"", ""),
        (0x00080018, "UI", b"1.2.3\0", Uid("1.2.3")),
        (0x00104000, "LT", b" a\\b ", " a\\b"),
        (0x00200013, "IS", b" 7", 7),
        (0x00200013, "IS", b"", None),
        (0x00280030, "DS", b"0.5\\1e1 ", [0.5, 10.0]),
        (0x00280010, "US", b"\x00\x02", 512),
        (0x00280010, "US", b"", None),
        (0x00280106, "SS", b"\xfe\xff\x02\x00", [-2, 2]),
        (0x00189073, "FD", struct.pack("<d", 1.5), 1.5),
        (0x00280009, "AT", b"\x18\x00\x63\x10", Tag(0x00181063)),
        (0x7FE00010, "OW", b"\x01\x02", b"\x01\x02"),
        (0x00091001, "UN", b"ab", b"ab"),
    ],
)
def test_a_value_has_the_type_of_its_vr(tag: int, vr: str, raw: bytes, value: object) -> None:
    found = dataset(explicit(tag, vr, raw))[tag].value
    assert found == value
    assert isinstance(found, memoryview if isinstance(value, bytes) else type(value))


def test_names_and_uids_are_more_than_text() -> None:
    ds = dataset(explicit(0x00100010, "PN", b"A^B\\C "))
    assert ds["PatientName"].value == ["A^B", "C"]
    assert [type(name) for name in ds.PatientName] == [PersonName, PersonName]
    assert ds["PatientName"].vm == 2


def test_numbers_in_text_keep_how_they_were_written() -> None:
    element = dataset(explicit(0x00280030, "DS", b"1.50\\+2"))["PixelSpacing"]
    assert element.value == [1.5, 2.0]
    assert element.texts == ["1.50", "+2"]
    with pytest.raises(TypeError, match="US, which is not text"):
        _ = dataset(explicit(0x00280010, "US", b"\x00\x02"))["Rows"].texts


def test_a_value_that_is_none_says_where_it_is() -> None:
    ds = dataset(explicit(0x00200013, "IS", b"1a"))
    with pytest.raises(DecodeError, match=r"no integer at offset 0x8 in \(0020,0013\)") as caught:
        _ = ds.InstanceNumber
    assert caught.value.tag == 0x00200013
    assert ds["InstanceNumber"].texts == ["1a"]


def test_a_sequence_is_a_list_of_data_sets() -> None:
    items = dataset(SEQUENCE).ReferencedImageSequence
    assert len(items) == 2
    assert items[0].ReferencedSOPInstanceUID == "1.2.3"
    assert items[-1] is items[1]
    assert [len(each) for each in items] == [1, 0]
    assert items[:1] == [items[0]]
    with pytest.raises(IndexError):
        _ = items[2]


def test_items_know_the_character_set_around_them() -> None:
    inner = item(explicit(0x00100010, "PN", "Jürgen".encode() + b" "))
    own = item(explicit(0x00080005, "CS", b"ISO_IR 100"), explicit(0x00100010, "PN", b"J\xfcrgen"))
    ds = dataset(explicit(0x00080005, "CS", b"ISO_IR 192"), explicit(0x00081140, "SQ", inner + own))
    assert [each.PatientName for each in ds.ReferencedImageSequence] == ["Jürgen", "Jürgen"]


def test_un_is_taken_by_what_the_dictionary_knows() -> None:
    inside = item(implicit(0x00081155, b"1.2.3\0"))
    for sequence in (explicit(0x00081140, "UN", inside), undefined(0x00081140, "UN", inside)):
        ds = dataset(sequence, explicit(0x00100010, "UN", b"A^B "))
        assert ds.ReferencedImageSequence[0].ReferencedSOPInstanceUID == "1.2.3"
        assert (ds["PatientName"].vr, ds["PatientName"].written_vr) == ("PN", "UN")
        assert ds.PatientName.family_name == "A"


def test_us_or_ss_follows_pixel_representation() -> None:
    padding = implicit(0x00280120, b"\x30\xf8")
    for representation, value in ((b"\0\0", 63536), (b"\1\0", -2000)):
        ds = dataset(implicit(0x00280103, representation), padding, syntax=IMPLICIT)
        assert ds.PixelPaddingValue == value


def test_entries_and_bits_of_a_lookup_table_are_never_negative() -> None:
    descriptor = explicit(0x00281101, "SS", struct.pack("<HhH", 40000, -5, 16))
    assert dataset(descriptor).RedPaletteColorLookupTableDescriptor == [40000, -5, 16]


def test_equal_data_sets_are_equal_however_they_are_written() -> None:
    same = dataset(implicit(0x00100010, b"CITIZEN^Jan"), syntax=IMPLICIT)
    assert dataset(NAME) == same
    assert dataset(NAME) != dataset(explicit(0x00100010, "PN", b"CITIZEN"))
    assert dataset(NAME) != dataset(NAME, explicit(0x00100020, "LO", b""))
    assert dataset(SEQUENCE) == dataset(
        undefined(0x00081140, "SQ", item(explicit(0x00081155, "UI", b"1.2.3\0")), item())
    )


def test_an_attribute_is_set_by_its_keyword_and_no_other_word() -> None:
    ds = dataset(NAME)
    ds.PatientName = "OTHER"
    assert ds.PatientName == "OTHER"
    with pytest.raises(AttributeError, match="did you mean PatientName"):
        ds.PatientNam = "OTHER"  # type: ignore[attr-defined]


def test_attributes_complete_to_what_is_there() -> None:
    assert {"PatientName", "to_json", "file_meta"} <= set(dir(dataset(NAME)))
    assert "PatientID" not in dir(dataset(NAME))
