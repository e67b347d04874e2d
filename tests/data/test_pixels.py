"""Pixel data are written as what they are, fragments or pixels, or not at all."""

import io
from typing import Any, Final

import pytest

from russet.data import Dataset, dcmread, read_dataset
from russet.errors import EncodeError
from tests.support.encoding import EXPLICIT, IMPLICIT, explicit, item, part10_file, undefined

JPEG: Final = "1.2.840.10008.1.2.4.50"
J2K: Final = "1.2.840.10008.1.2.4.90"
BIG_ENDIAN: Final = "1.2.840.10008.1.2.2"
DEFLATED: Final = "1.2.840.10008.1.2.1.99"
NATIVE: Final = (IMPLICIT, EXPLICIT, BIG_ENDIAN, DEFLATED)

INSTANCE: Final = explicit(0x00080016, "UI", b"1.2\0") + explicit(0x00080018, "UI", b"1.3\0")
FRAGMENTS: Final = item() + item(b"\xff\xd8\xff\xd9")
ENCAPSULATED: Final = INSTANCE + undefined(0x7FE00010, "OB", FRAGMENTS)
PIXELS: Final = INSTANCE + explicit(0x7FE00010, "OW", b"\1\2\3\4")


def saved(dataset: Dataset, **options: Any) -> Dataset:
    target = io.BytesIO()
    dataset.save_as(target, **options)
    return dcmread(target.getvalue())


@pytest.mark.parametrize("edited", [False, True])
@pytest.mark.parametrize("syntax", [*NATIVE, J2K])
def test_fragments_are_not_saved_in_another_transfer_syntax(syntax: str, *, edited: bool) -> None:
    found = dcmread(part10_file(ENCAPSULATED, JPEG))
    if edited:
        found.PatientID = "7"
    with pytest.raises(EncodeError, match="decoded first"):
        found.save_as(io.BytesIO(), transfer_syntax=syntax)
    with pytest.raises(EncodeError, match="decoded first"):
        found.encode(syntax)
    assert found.file_meta is not None
    found.file_meta.TransferSyntaxUID = syntax
    with pytest.raises(EncodeError, match="decoded first"):
        found.save_as(io.BytesIO())


def test_fragments_are_saved_in_their_own_transfer_syntax() -> None:
    found = dcmread(part10_file(ENCAPSULATED, JPEG))
    found.PatientID = "7"
    again = saved(found)
    assert again.transfer_syntax == JPEG
    assert again["PixelData"].is_undefined_length
    assert bytes(again["PixelData"].raw) == FRAGMENTS


def test_pixels_are_not_saved_as_compressed_ones() -> None:
    for found in (
        dcmread(part10_file(PIXELS)),
        Dataset(SOPClassUID="1.2", SOPInstanceUID="1.3", BitsAllocated=8, PixelData=b"\1\2"),
    ):
        with pytest.raises(EncodeError, match="encoded first"):
            found.save_as(io.BytesIO(), transfer_syntax=JPEG)


def test_decoded_pixels_are_saved_in_the_transfer_syntax_that_is_named_with_them() -> None:
    found = dcmread(part10_file(ENCAPSULATED, JPEG))
    found.add("PixelData", "OB", b"\1\2\3\4")
    with pytest.raises(EncodeError, match="encoded first"):
        found.save_as(io.BytesIO())
    for syntax in NATIVE:
        again = saved(found, transfer_syntax=syntax)
        assert again.transfer_syntax == syntax
        assert bytes(again.PixelData) == b"\1\2\3\4"
    assert found.file_meta is not None
    found.file_meta.TransferSyntaxUID = EXPLICIT
    assert bytes(saved(found).PixelData) == b"\1\2\3\4"


def test_fragments_that_are_set_need_a_transfer_syntax_that_has_them() -> None:
    made = Dataset(SOPClassUID="1.2", SOPInstanceUID="1.3")
    made["PixelData"] = dcmread(part10_file(ENCAPSULATED, JPEG))["PixelData"]
    with pytest.raises(EncodeError, match="does not have"):
        made.save_as(io.BytesIO())
    with pytest.raises(EncodeError, match="does not have"):
        made.encode()
    again = saved(made, transfer_syntax=JPEG)
    assert bytes(again["PixelData"].raw) == FRAGMENTS
    made.file_meta = Dataset(TransferSyntaxUID=JPEG)
    assert saved(made).transfer_syntax == JPEG


def test_fragments_that_came_as_json_are_fragments() -> None:
    found = dcmread(part10_file(ENCAPSULATED, JPEG))
    again = Dataset.from_json(found.to_json())
    assert again["PixelData"].is_undefined_length
    assert again.to_json() == found.to_json()
    with pytest.raises(EncodeError, match="does not have"):
        again.save_as(io.BytesIO())
    assert bytes(saved(again, transfer_syntax=JPEG)["PixelData"].raw) == FRAGMENTS


def test_pixels_that_came_as_json_are_pixels() -> None:
    again = Dataset.from_json(dcmread(part10_file(PIXELS)).to_json())
    assert again.transfer_syntax == EXPLICIT
    assert bytes(saved(again).PixelData) == b"\1\2\3\4"


def test_a_received_data_set_is_written_as_it_was_received() -> None:
    found = read_dataset(ENCAPSULATED, JPEG)
    assert bytes(found.encode()) == ENCAPSULATED
    with pytest.raises(EncodeError, match="decoded first"):
        found.encode(EXPLICIT)
