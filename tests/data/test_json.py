"""The DICOM JSON Model (PS3.18 F.2)."""

import json
import struct
from typing import Any

import pytest

from russet.data import read_dataset
from russet.errors import DecodeError
from tests.support.encoding import EXPLICIT, IMPLICIT, explicit, implicit, item, undefined

BIG_ENDIAN = "1.2.840.10008.1.2.2"


def model(*elements: bytes, syntax: str = EXPLICIT) -> Any:
    ds = read_dataset(b"".join(elements), syntax)
    written = json.loads(ds.to_json())
    assert written == ds.to_json_dict()
    return written


@pytest.mark.parametrize(
    ("tag", "vr", "raw", "content"),
    [
        (0x00080008, "CS", b"A\\B ", {"Value": ["A", "B"]}),
        (0x00080008, "CS", b"A\\\\B", {"Value": ["A", None, "B"]}),
        (0x00080008, "CS", b"", {}),
        (0x00080008, "CS", b"  ", {}),
        (0x00200013, "IS", b"7 ", {"Value": [7]}),
        (0x00200013, "IS", b"1a", {"Value": ["1a"]}),
        (0x00280030, "DS", b"0.50\\1 ", {"Value": [0.5, 1.0]}),
        (0x00280010, "US", b"\x00\x02", {"Value": [512]}),
        (0x00280009, "AT", b"\x18\x00\x63\x10", {"Value": ["00181063"]}),
        (0x00189073, "FD", struct.pack("<dd", 1.5, float("inf")), {"Value": [1.5, "Infinity"]}),
        (0x00189073, "FD", struct.pack("<d", float("nan")), {"Value": ["NaN"]}),
        (0x7FE00010, "OW", b"\x01\x02", {"InlineBinary": "AQI="}),
        (0x00091001, "UN", b"ab", {"InlineBinary": "YWI="}),
        (0x00100010, "PN", b"A^B=\xe5 ", {"Value": [{"Alphabetic": "A^B", "Ideographic": "å"}]}),
        (0x00100010, "PN", b"==x ", {"Value": [{"Phonetic": "x"}]}),
    ],
)
def test_an_element_is_an_object(tag: int, vr: str, raw: bytes, content: dict[str, Any]) -> None:
    assert model(explicit(tag, vr, raw)) == {f"{tag:08X}": {"vr": vr} | content}


def test_items_are_objects_in_a_list() -> None:
    inner = explicit(0x00081155, "UI", b"1.2.3\0")
    assert model(undefined(0x00081140, "SQ", item(inner), item())) == {
        "00081140": {"vr": "SQ", "Value": [{"00081155": {"vr": "UI", "Value": ["1.2.3"]}}, {}]}
    }
    assert model(explicit(0x00081140, "SQ", b"")) == {"00081140": {"vr": "SQ"}}


def test_group_lengths_are_left_out() -> None:
    assert model(explicit(0x00080000, "UL", bytes(4))) == {}


def test_words_are_in_little_endian_whatever_the_syntax() -> None:
    big = struct.pack(">HH2sxxI", 0x7FE0, 0x0010, b"OW", 4) + b"\x01\x02\x03\x04"
    assert model(big, syntax=BIG_ENDIAN)["7FE00010"] == {"vr": "OW", "InlineBinary": "AgEEAw=="}


def test_implicit_vr_names_the_vrs_of_the_dictionary() -> None:
    written = model(implicit(0x00100010, b"A "), implicit(0x00091001, b"ab"), syntax=IMPLICIT)
    assert {tag: entry["vr"] for tag, entry in written.items()} == {
        "00100010": "PN",
        "00091001": "UN",
    }


def test_what_cannot_be_read_is_an_error_that_says_where() -> None:
    with pytest.raises(DecodeError, match=r"in \(0028,0010\)"):
        model(explicit(0x00280010, "US", b"\x01\x02\x03"))


def test_deep_nesting_is_no_recursion() -> None:
    nested = b""
    for _ in range(100):
        nested = undefined(0x00081140, "SQ", item(nested))
    ds = read_dataset(nested, EXPLICIT)
    assert str(ds.to_json_dict()).count("00081140") == 100
