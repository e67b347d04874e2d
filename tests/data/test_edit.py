"""Data sets edited: what is set, what is refused, and what the rest of them is afterwards."""

import copy
import io
import pickle
from typing import Any

import pytest

import russet
from russet.data import Dataset, NoElementError, Tag, Uid, dcmread, read_dataset
from russet.errors import EncodeError
from tests.support.encoding import (
    EXPLICIT,
    IMPLICIT,
    explicit,
    explicit_big,
    implicit,
    item,
    part10_file,
    undefined,
)

BIG_ENDIAN = "1.2.840.10008.1.2.2"
NAME = explicit(0x00100010, "PN", b"CITIZEN^Jan ")
REFERENCE = explicit(0x00081155, "UI", b"1.2.3\0")


def encoded(dataset: Dataset) -> bytes:
    return bytes(dataset.encode())


def test_a_value_is_set_by_keyword() -> None:
    found = read_dataset(NAME, EXPLICIT)
    found.PatientName = "DOE^Jane"
    assert found.PatientName == "DOE^Jane"
    assert found.is_edited
    assert encoded(found) == explicit(0x00100010, "PN", b"DOE^Jane")


@pytest.mark.parametrize("key", [0x00100020, (0x10, 0x20), "(0010,0020)", "PatientID"])
def test_a_value_is_set_by_any_name_of_its_tag(key: Any) -> None:
    found = read_dataset(NAME, EXPLICIT)
    found[key] = "7"
    assert encoded(found) == NAME + explicit(0x00100020, "LO", b"7 ")


def test_new_elements_stand_in_the_order_of_their_tags() -> None:
    found = read_dataset(NAME, EXPLICIT)
    found.PatientID = "7"
    found.Modality = "CT"
    assert found.tags() == [0x00080060, 0x00100010, 0x00100020]
    expected = explicit(0x00080060, "CS", b"CT") + NAME + explicit(0x00100020, "LO", b"7 ")
    assert encoded(found) == expected


def test_add_takes_a_vr_of_ones_own() -> None:
    made = Dataset()
    made.add(0x00091001, "UL", [1, 2])
    assert encoded(made) == explicit(0x00091001, "UL", b"\1\0\0\0\2\0\0\0")


def test_an_element_is_deleted() -> None:
    found = read_dataset(NAME + explicit(0x00100020, "LO", b"7 "), EXPLICIT)
    del found.PatientName
    assert "PatientName" not in found
    assert [element.keyword for element in found] == ["PatientID"]
    assert encoded(found) == explicit(0x00100020, "LO", b"7 ")
    with pytest.raises(AttributeError, match="no PatientName"):
        del found.PatientName
    with pytest.raises(KeyError, match="no PatientName"):
        del found["PatientName"]


def test_what_was_deleted_can_be_set_again() -> None:
    found = read_dataset(NAME, EXPLICIT)
    del found.PatientName
    found.PatientName = "CITIZEN^Jan"
    assert encoded(found) == NAME


def test_an_unknown_keyword_is_refused_with_a_near_one() -> None:
    made = Dataset()
    with pytest.raises(NoElementError, match="did you mean PatientName"):
        made.PatientNam = "DOE"  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="PatientNam"):
        made["PatientNam"] = "DOE"


def test_a_private_element_needs_a_vr() -> None:
    with pytest.raises(ValueError, match="no VR is known"):
        Dataset()[0x00091001] = "x"


@pytest.mark.parametrize("tag", [0xFFFEE000, 0x00010010, 0xFFFF0001])
def test_tags_of_no_data_set_are_refused(tag: int) -> None:
    with pytest.raises(ValueError, match="no element of a data set"):
        Dataset().add(tag, "LO", "x")


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("Modality", "ct"),
        ("Rows", 65536),
        ("Rows", -1),
        ("AccessionNumber", "12345678901234567"),
        ("InstanceNumber", "one"),
        ("InstanceNumber", 1 << 31),
        ("StudyDate", "2026-01-01"),
        ("PatientAge", "40"),
        ("SOPInstanceUID", "1.02"),
        ("SliceThickness", "1,5"),
        ("PatientID", "a\\b\x07"),
    ],
)
def test_a_value_that_its_vr_cannot_hold_is_refused(keyword: str, value: Any) -> None:
    made = Dataset()
    with pytest.raises(EncodeError):
        setattr(made, keyword, value)
    assert not made


def test_nothing_is_an_empty_value() -> None:
    found = read_dataset(NAME, EXPLICIT)
    found.PatientName = None
    found.Rows = None
    assert found.PatientName == ""
    assert found.Rows is None
    assert encoded(found) == explicit(0x00100010, "PN", b"") + explicit(0x00280010, "US", b"")


def test_a_new_value_has_the_classes_of_a_read_one() -> None:
    made = Dataset(
        PatientName="DOE^Jane", SOPInstanceUID="1.2", FrameIncrementPointer=0x00181063, Rows=2
    )
    assert made.PatientName.family_name == "DOE"
    assert isinstance(made.SOPInstanceUID, Uid)
    assert isinstance(made.FrameIncrementPointer, Tag)
    assert made.Rows == 2


def test_a_data_set_is_made_of_keywords_and_of_a_mapping() -> None:
    made = Dataset({"PatientID": "7", 0x00100010: "DOE"}, Modality="CT")
    assert made.to_dict() == {"Modality": "CT", "PatientName": "DOE", "PatientID": "7"}
    assert made.transfer_syntax is None


def test_each_plane_of_a_repeating_group_is_in_the_dict() -> None:
    made = Dataset()
    for number, tag in enumerate((0x60000010, 0x60020010, 0x601E0010)):
        made.add(tag, "US", number)
    assert made.to_dict() == {"60000010": 0, "60020010": 1, "601E0010": 2}


def test_a_signed_value_is_ss_where_pixels_are_signed() -> None:
    made = Dataset(PixelRepresentation=1)
    made.SmallestImagePixelValue = -1
    assert made["SmallestImagePixelValue"].vr == "SS"


# --- sequences --------------------------------------------------------------------------------


def test_items_are_edited_in_their_place() -> None:
    found = read_dataset(undefined(0x00081140, "SQ", item(REFERENCE)) + NAME, EXPLICIT)
    found.ReferencedImageSequence[0].ReferencedSOPInstanceUID = "1.2.3.4.5"
    assert found.is_edited
    reference = explicit(0x00081155, "UI", b"1.2.3.4.5\0")
    assert encoded(found) == undefined(0x00081140, "SQ", item(reference)) + NAME


def test_items_are_appended_inserted_replaced_and_deleted() -> None:
    found = read_dataset(explicit(0x00081140, "SQ", item(REFERENCE)), EXPLICIT)
    items = found.ReferencedImageSequence
    items.append(Dataset(ReferencedSOPInstanceUID="1.2.4"))
    items.insert(0, Dataset(ReferencedSOPInstanceUID="1.2.2"))
    assert [one.ReferencedSOPInstanceUID for one in items] == ["1.2.2", "1.2.3", "1.2.4"]
    items[2] = Dataset(ReferencedSOPInstanceUID="1.2.5")
    del items[0]
    other = explicit(0x00081155, "UI", b"1.2.5\0")
    assert encoded(found) == explicit(0x00081140, "SQ", item(REFERENCE) + item(other))


def test_only_data_sets_are_items() -> None:
    with pytest.raises(TypeError, match="an item of a sequence is a Dataset, not a dict"):
        Dataset(ReferencedImageSequence=[{}])


def test_an_item_from_another_encoding_is_written_in_this_one() -> None:
    big = read_dataset(explicit_big(0x00280010, "US", b"\1\2"), BIG_ENDIAN)
    little = read_dataset(implicit(0x00280010, b"\3\4"), IMPLICIT)
    made = Dataset(ReferencedImageSequence=[big, little])
    rows = [explicit(0x00280010, "US", value) for value in (b"\2\1", b"\3\4")]
    assert encoded(made) == explicit(0x00081140, "SQ", b"".join(map(item, rows)))
    assert [one.Rows for one in made.ReferencedImageSequence] == [0x0102, 0x0403]


def test_an_item_from_another_character_set_keeps_its_text() -> None:
    latin = read_dataset(
        explicit(0x00080005, "CS", b"ISO_IR 100")
        + explicit(0x00081140, "SQ", item(explicit(0x00100010, "PN", b"M\xfcller"))),
        EXPLICIT,
    )
    made = Dataset(SpecificCharacterSet="ISO_IR 192")
    made.ReferencedImageSequence = [latin.ReferencedImageSequence[0]]
    name = explicit(0x00100010, "PN", "Müller ".encode())
    assert encoded(made).endswith(explicit(0x00081140, "SQ", item(name)))
    assert latin.ReferencedImageSequence[0].PatientName == "Müller"


def test_an_item_with_a_character_set_of_its_own_keeps_its_bytes() -> None:
    inside = explicit(0x00080005, "CS", b"ISO_IR 100") + explicit(0x00100010, "PN", b"M\xfcller")
    found = read_dataset(explicit(0x00081140, "SQ", item(inside)), EXPLICIT)
    found.SpecificCharacterSet = "ISO_IR 192"
    assert encoded(found).endswith(explicit(0x00081140, "SQ", item(inside)))


def test_an_edited_item_knows_the_character_set_around_it() -> None:
    found = read_dataset(
        explicit(0x00080005, "CS", b"ISO_IR 126")
        + explicit(0x00081140, "SQ", item(explicit(0x00100010, "PN", b"\xc4\xe9"))),
        EXPLICIT,
    )
    inside = found.ReferencedImageSequence[0]
    inside.PatientID = "7"
    assert inside.to_dict() == {"PatientName": "Δι", "PatientID": "7"}
    assert inside.copy().PatientName == "Δι"
    assert str(inside.to_pydicom().PatientName) == "Δι"


def test_what_is_in_an_unknown_character_set_is_edited_around() -> None:
    unknown = explicit(0x00080005, "CS", b"ISO_IR 999")
    text = explicit(0x00081140, "SQ", item(explicit(0x00100010, "PN", b"M\xfcller")))
    found = read_dataset(unknown + text, EXPLICIT)
    inside = found.ReferencedImageSequence[0]
    inside.PatientID = "7"
    assert inside.copy().PatientID == "7"
    assert b"M\xfcller" in encoded(found)


# --- text and character sets ------------------------------------------------------------------


def test_text_is_written_in_the_character_set_that_is_set_with_it() -> None:
    made = Dataset(PatientName="Müller", SpecificCharacterSet="ISO_IR 100")
    assert encoded(made).endswith(explicit(0x00100010, "PN", b"M\xfcller"))
    made.SpecificCharacterSet = "ISO_IR 192"
    assert encoded(made).endswith(explicit(0x00100010, "PN", "Müller ".encode()))


def test_text_without_a_place_in_its_character_set_is_refused_when_it_is_written() -> None:
    made = Dataset(PatientName="Müller")
    with pytest.raises(EncodeError, match="ü"):
        made.encode()


# --- elements of other data sets --------------------------------------------------------------


def test_an_element_is_taken_as_it_is_written() -> None:
    found = read_dataset(explicit(0x00080060, "CS", b"not one "), EXPLICIT)
    made = Dataset()
    made["Modality"] = found["Modality"]
    assert encoded(made) == explicit(0x00080060, "CS", b"not one ")


def test_words_from_another_byte_order_keep_their_numbers() -> None:
    big = read_dataset(explicit_big(0x7FE00010, "OW", b"\1\2\3\4"), BIG_ENDIAN)
    made = Dataset()
    made["PixelData"] = big["PixelData"]
    assert encoded(made) == explicit(0x7FE00010, "OW", b"\2\1\4\3")
    big["PixelData"] = made["PixelData"]
    assert encoded(big) == explicit_big(0x7FE00010, "OW", b"\1\2\3\4")


def test_bytes_are_in_the_byte_order_of_the_data_set() -> None:
    big = read_dataset(explicit_big(0x7FE00010, "OW", b"\1\2\3\4"), BIG_ENDIAN)
    big.PixelData = big.PixelData
    big.Rows = 2
    data = encoded(big)
    assert data == explicit_big(0x00280010, "US", b"\0\2") + explicit_big(
        0x7FE00010, "OW", b"\1\2\3\4"
    )


def test_encapsulated_pixel_data_stay_so() -> None:
    fragments = item(b""), item(b"\xff\xd8\xff\xd9")
    data = undefined(0x7FE00010, "OB", *fragments)
    found = read_dataset(data, "1.2.840.10008.1.2.4.50")
    found.PixelData = bytes(found.PixelData)
    assert encoded(found) == data
    found["PixelData"] = read_dataset(data, "1.2.840.10008.1.2.4.50")["PixelData"]
    assert encoded(found) == data
    assert len(found["PixelData"].fragments()) == 2


def test_pixels_that_begin_like_an_item_are_pixels() -> None:
    native = b"\xfe\xff\x00\xe0" * 4
    assert encoded(Dataset(PixelData=native)) == explicit(0x7FE00010, "OW", native)


# --- copies -----------------------------------------------------------------------------------


def test_a_copy_is_edited_alone() -> None:
    found = read_dataset(explicit(0x00081140, "SQ", item(REFERENCE)) + NAME, EXPLICIT)
    copy = found.copy()
    copy.PatientName = "DOE^Jane"
    copy.ReferencedImageSequence[0].ReferencedSOPInstanceUID = "9"
    assert found.PatientName == "CITIZEN^Jan"
    assert found.ReferencedImageSequence[0].ReferencedSOPInstanceUID == "1.2.3"
    assert not found.is_edited


def test_a_copy_of_what_was_made_anew_is_edited_alone() -> None:
    made = Dataset(ReferencedImageSequence=[Dataset(PatientID="1")])
    copy = made.copy()
    copy.ReferencedImageSequence[0].PatientID = "2"
    copy.ReferencedImageSequence.append(Dataset())
    assert made.ReferencedImageSequence[0].PatientID == "1"
    assert len(made.ReferencedImageSequence) == 1


def test_a_copy_has_the_edits_made_before_it() -> None:
    found = read_dataset(explicit(0x00081140, "SQ", item(REFERENCE)) + NAME, EXPLICIT)
    found.PatientName = "DOE^Jane"
    found.ReferencedImageSequence[0].ReferencedSOPInstanceUID = "9.9"
    copy = found.copy()
    assert copy == found
    assert encoded(copy) == encoded(found)
    found.PatientName = "ROE"
    assert copy.PatientName == "DOE^Jane"


# --- private blocks ---------------------------------------------------------------------------


def test_a_private_block_is_found_by_its_creator() -> None:
    data = (
        explicit(0x00090010, "LO", b"ACME")
        + explicit(0x00090011, "LO", b"OTHER ")
        + explicit(0x00091101, "LO", b"x ")
    )
    found = read_dataset(data, EXPLICIT)
    block = found.private_block(0x0009, "OTHER")
    assert block.number == 0x11
    assert block.get(0x01) == "x"
    assert 0x02 not in block
    block.add(0x02, "US", 7)
    del block[0x01]
    block[0x02] = 8
    assert [(element.tag, element.value) for element in block] == [(0x00091102, 8)]
    assert encoded(found) == data[:26] + explicit(0x00091102, "US", b"\x08\0")


def test_a_new_private_block_takes_the_first_free_place() -> None:
    found = read_dataset(explicit(0x00090010, "LO", b"ACME"), EXPLICIT)
    block = found.private_block(0x0009, "RUSSET", create=True)
    block.add(0xFF, "LO", "x")
    assert block.number == 0x11
    assert found.tags() == [0x00090010, 0x00090011, 0x000911FF]
    assert found.private_block(0x0009, "RUSSET", create=True).number == 0x11


def test_a_block_that_cannot_be_says_why() -> None:
    with pytest.raises(KeyError, match="no block of 'ACME' in group 0009"):
        Dataset().private_block(0x0009, "ACME")
    with pytest.raises(ValueError, match="group 0010 is not private"):
        Dataset().private_block(0x0010, "ACME", create=True)


def test_russet_says_what_it_is_of() -> None:
    assert russet.Dataset is Dataset


def test_a_copy_of_any_kind_is_a_data_set_of_its_own() -> None:
    ds = Dataset(PatientName="山田^太郎", SpecificCharacterSet="ISO_IR 192")
    for made in (copy.copy(ds), copy.deepcopy(ds), pickle.loads(pickle.dumps(ds))):  # noqa: S301
        made.PatientID = "2"
        assert (made.PatientName, "PatientID" in ds) == ("山田^太郎", False)
    item = Dataset(ReferencedStudySequence=[ds]).copy().ReferencedStudySequence[0]
    assert pickle.loads(pickle.dumps(item)) == item  # noqa: S301


def test_a_file_is_pickled_with_its_meta() -> None:
    ds = dcmread(part10_file(explicit(0x00100010, "PN", b"CITIZEN^Jan ")))
    ds.PatientID = "2"
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2.3", "1.2.4"
    made = pickle.loads(pickle.dumps(ds))  # noqa: S301
    assert made == ds
    assert made.file_meta.MediaStorageSOPInstanceUID == "1.2.4"


def test_an_element_says_how_its_value_is_set() -> None:
    ds = Dataset(PatientName="A")
    with pytest.raises(AttributeError, match=r"ds\[0x00100010\] = "):
        ds["PatientName"].value = "B"


def test_a_new_data_set_is_given_its_file_meta() -> None:
    ds = Dataset(SOPClassUID="1.2.3", SOPInstanceUID="1.2.4")
    ds.file_meta = Dataset(SourceApplicationEntityTitle="ME")
    written = io.BytesIO()
    ds.save_as(written)
    meta = dcmread(written.getvalue()).file_meta
    assert meta is not None
    assert (meta.SourceApplicationEntityTitle, meta.MediaStorageSOPClassUID) == ("ME", "1.2.3")
