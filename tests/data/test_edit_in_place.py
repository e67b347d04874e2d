"""What is changed in its place, in items and in lists of values, is an edit like any other."""

import copy
import io
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from russet.data import Dataset, PersonName, Tag, Uid, dcmread, read_dataset
from russet.errors import EncodeError
from tests.support.encoding import EXPLICIT, IMPLICIT, explicit, implicit, item, part10_file

TYPE = explicit(0x00080008, "CS", b"ORIGINAL\\PRIMARY\\AXIAL ")
REFERENCE = explicit(0x00081155, "UI", b"1.2.3\0")
SERIES = explicit(0x00081115, "SQ", item(explicit(0x00081199, "SQ", item(REFERENCE))))
PATH = "ReferencedSeriesSequence[0].ReferencedSOPSequence[0].ReferencedSOPInstanceUID"
OTHER = "ReferencedSeriesSequence[0].ReferencedSOPSequence[0].ReferencedSOPClassUID"
DEEPEST = 128


def written(dataset: Dataset) -> Dataset:
    return read_dataset(bytes(dataset.encode()), EXPLICIT)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda v: v.append("X"), ["ORIGINAL", "PRIMARY", "AXIAL", "X"]),
        (lambda v: v.__setitem__(0, "DERIVED"), ["DERIVED", "PRIMARY", "AXIAL"]),
        (lambda v: v.__setitem__(slice(1, 3), ["A"]), ["ORIGINAL", "A"]),
        (lambda v: v.insert(1, "X"), ["ORIGINAL", "X", "PRIMARY", "AXIAL"]),
        (lambda v: v.extend(["X", "Y"]), ["ORIGINAL", "PRIMARY", "AXIAL", "X", "Y"]),
        (lambda v: v.__iadd__(["X"]), ["ORIGINAL", "PRIMARY", "AXIAL", "X"]),
        (lambda v: v.__imul__(2), ["ORIGINAL", "PRIMARY", "AXIAL"] * 2),
        (lambda v: v.__delitem__(0), ["PRIMARY", "AXIAL"]),
        (lambda v: v.pop(), ["ORIGINAL", "PRIMARY"]),
        (lambda v: v.remove("PRIMARY"), ["ORIGINAL", "AXIAL"]),
        (lambda v: v.sort(), ["AXIAL", "ORIGINAL", "PRIMARY"]),
        (lambda v: v.reverse(), ["AXIAL", "PRIMARY", "ORIGINAL"]),
        (lambda v: v.clear(), ""),
    ],
)
def test_a_list_of_values_is_changed_in_its_place(
    change: Callable[[Any], object], expected: Any
) -> None:
    found: Any = read_dataset(TYPE + REFERENCE, EXPLICIT)
    change(found.ImageType)
    assert found.is_edited
    assert list(found.ImageType) == list(expected)
    again = written(found)
    assert again.ImageType == expected
    assert again.ReferencedSOPInstanceUID == "1.2.3"


def test_a_list_in_an_element_that_was_set_is_changed_too() -> None:
    found: Any = read_dataset(TYPE, EXPLICIT)
    found.ImageType = ["A", "B"]
    found.ImageType.append("C")
    found["ImageType"].value[0] = "Z"
    assert written(found).ImageType == ["Z", "B", "C"]


def test_a_change_is_seen_in_every_form() -> None:
    found: Any = read_dataset(TYPE, EXPLICIT)
    found.ImageType[0] = "DERIVED"
    element = found["ImageType"]
    assert bytes(element.raw) == b"DERIVED\\PRIMARY\\AXIAL "
    assert element.texts == ["DERIVED", "PRIMARY", "AXIAL"]
    assert found.to_json_dict()["00080008"]["Value"] == ["DERIVED", "PRIMARY", "AXIAL"]
    assert "DERIVED" in str(found)
    assert found.to_dict()["ImageType"] == ["DERIVED", "PRIMARY", "AXIAL"]


def test_a_list_of_which_one_value_or_none_is_left_equals_what_is_read_back() -> None:
    found: Any = read_dataset(TYPE, EXPLICIT)
    for left in (["ORIGINAL"], []):
        found.ImageType[:] = left
        again = pickle.loads(pickle.dumps(found))  # noqa: S301
        assert found == written(found) == found.copy() == again
        assert found != read_dataset(TYPE, EXPLICIT)


def test_what_cannot_be_taken_out_of_a_list_is_no_edit() -> None:
    found: Any = read_dataset(TYPE, EXPLICIT)
    with pytest.raises(IndexError):
        found.ImageType.pop(3)
    assert not found.is_edited


def test_what_a_list_takes_is_as_it_is_read_back() -> None:
    made: Any = Dataset(
        OtherPatientNames=["A^B", "C^D"],
        FrameIncrementPointer=[0x00181063, 0x00181065],
        RelatedGeneralSOPClassUID=["1.2", "1.3"],
        PixelSpacing=["1.50", "2"],
        ReferencedFrameNumber=[1, 2],
    )
    made.OtherPatientNames.append("E^F")
    made.FrameIncrementPointer.append(0x00181064)
    made.RelatedGeneralSOPClassUID.append("1.4")
    made.PixelSpacing[0] = "0.50"
    made.ReferencedFrameNumber.append("3")
    assert isinstance(made.OtherPatientNames[2], PersonName)
    assert isinstance(made.FrameIncrementPointer[2], Tag)
    assert isinstance(made.RelatedGeneralSOPClassUID[2], Uid)
    assert made.PixelSpacing == [0.5, 2.0]
    assert made.ReferencedFrameNumber == [1, 2, 3]
    assert written(made) == made


def test_a_value_that_the_vr_cannot_hold_leaves_the_list_as_it_was() -> None:
    found: Any = read_dataset(TYPE, EXPLICIT)
    for change in (
        lambda: found.ImageType.append("lower"),
        lambda: found.ImageType.extend(["A", "B\\C"]),
    ):
        with pytest.raises(EncodeError):
            change()
    assert not found.is_edited
    assert len(found.ImageType) == 3


def test_a_list_of_a_copy_is_its_own() -> None:
    found: Any = read_dataset(TYPE, EXPLICIT)
    found.ImageType = ["A", "B"]
    other = found.copy()
    other.ImageType.append("C")
    assert found.ImageType == ["A", "B"]
    assert type(copy.deepcopy(other.ImageType)) is list
    assert pickle.loads(pickle.dumps(other)).ImageType == ["A", "B", "C"]  # noqa: S301


def test_a_list_in_big_endian_is_written_in_big_endian() -> None:
    data = b"\x00\x28\x00\x34IS\x00\x041\\2 \x00\x20\x91\x57UL\x00\x08\0\0\0\1\0\0\0\2"
    found: Any = read_dataset(data, "1.2.840.10008.1.2.2")
    found.DimensionIndexValues.append(258)
    assert bytes(found.encode()).endswith(b"UL\x00\x0c\0\0\0\1\0\0\0\2\0\0\1\2")


def test_an_element_deep_inside_is_set_by_its_path() -> None:
    found: Any = read_dataset(SERIES, EXPLICIT)
    found[PATH] = "1.2.9"
    found[OTHER] = "1.2.8"
    assert found.is_edited
    assert found[PATH].value == "1.2.9"
    assert written(found)[PATH].value == "1.2.9"
    assert written(found)[OTHER].value == "1.2.8"


def test_an_element_deep_inside_is_deleted_by_its_path() -> None:
    found: Any = read_dataset(SERIES, EXPLICIT)
    del found[PATH]
    assert PATH not in found
    assert PATH not in written(found)


def test_an_element_deep_inside_is_added_by_its_path() -> None:
    found: Any = read_dataset(SERIES, EXPLICIT)
    found.add(OTHER, "UI", "1.2.7")
    assert written(found)[OTHER].value == "1.2.7"


def test_an_edit_after_a_walk_is_not_lost() -> None:
    found: Any = read_dataset(explicit(0x00081115, "SQ", item(TYPE)), EXPLICIT)
    for _path, element in found.walk():
        if element.tag == 0x00080008:
            element.value.append("X")
    assert written(found).ReferencedSeriesSequence[0].ImageType[-1] == "X"


def test_items_that_were_asked_of_the_element_are_the_items_of_the_data_set() -> None:
    found: Any = read_dataset(SERIES, EXPLICIT)
    found["ReferencedSeriesSequence"].items()[0].Modality = "CT"
    assert found.ReferencedSeriesSequence[0].Modality == "CT"
    assert written(found).ReferencedSeriesSequence[0].Modality == "CT"


def test_items_of_a_un_are_edited_in_their_place() -> None:
    inside = implicit(0x00100020, b"7 ")
    found: Any = read_dataset(explicit(0x00091001, "UN", item(inside)), EXPLICIT)
    found[0x00091001].items()[0].PatientID = "8"
    assert bytes(found.encode()) == explicit(0x00091001, "UN", item(implicit(0x00100020, b"8 ")))


def test_edits_are_written_however_deep_they_are() -> None:
    data = implicit(0x00100020, b"7 ")
    for _ in range(DEEPEST):
        data = implicit(0x00081115, item(data))
    found: Any = read_dataset(data, IMPLICIT)
    path = "ReferencedSeriesSequence[0]." * DEEPEST + "PatientID"
    found[path] = "8"
    again = read_dataset(bytes(found.encode()), IMPLICIT)
    assert again[path].value == "8"
    assert found.copy()[path].value == "8"


def test_the_transfer_syntax_that_is_put_into_the_file_meta_is_written() -> None:
    instance = explicit(0x00080016, "UI", b"1.2\0") + explicit(0x00080018, "UI", b"1.3\0")
    found: Any = dcmread(part10_file(instance + TYPE))
    found.file_meta.TransferSyntaxUID = IMPLICIT
    target = io.BytesIO()
    found.save_as(target)
    again = dcmread(target.getvalue(), strict=True)
    assert again.transfer_syntax == IMPLICIT
    assert again.ImageType == ["ORIGINAL", "PRIMARY", "AXIAL"]
    assert not again.index.explicit


def test_a_transfer_syntax_that_nobody_knows_is_refused() -> None:
    found: Any = dcmread(part10_file(TYPE))
    found.file_meta.TransferSyntaxUID = "1.2.3.4"
    with pytest.raises(EncodeError, match="nobody knows"):
        found.save_as(io.BytesIO())
