"""Values and elements as bytes."""

import datetime as dt
import math
from array import array
from decimal import Decimal
from typing import Any

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.valuerep import format_number_as_ds

from russet import codec
from russet.errors import EncodeError
from tests.support.encoding import explicit, implicit


class Scalar:
    """What the numbers of NumPy have in common with its arrays."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def tolist(self) -> Any:
        return self.value


@pytest.mark.parametrize(
    ("vr", "value", "expected"),
    [
        ("US", 1, b"\x01\x00"),
        ("SS", [-1, 2], b"\xff\xff\x02\x00"),
        ("FL", 1.5, b"\x00\x00\xc0\x3f"),
        ("FD", 10**30, b"\xea\x8c\xa09Y>)F"),
        ("AT", [0x00181063, 0x7FE00010], b"\x18\x00\x63\x10\xe0\x7f\x10\x00"),
        ("LO", ["a", "b"], b"a\\b "),
        ("UI", "1.2.3", b"1.2.3\x00"),
        ("OB", b"abc", b"abc\x00"),
        ("OW", array("H", [1, 2]), b"\x01\x00\x02\x00"),
        ("US", array("q", [1, 2]), b"\x01\x00\x02\x00"),
        ("US", memoryview(b"\x01\x00"), b"\x01\x00"),
        ("FL", array("f", [1.5]), b"\x00\x00\xc0\x3f"),
        ("IS", [1, 2.0, None], b"1\\2\\"),
        ("DS", [0.1 + 0.2, 3, Decimal("1.50"), 10**20], b"0.3\\3\\1.50\\1e20 "),
        ("DA", dt.date(987, 1, 2), b"09870102"),
        ("TM", dt.time(1, 2, 3, 4), b"010203.000004 "),
        ("DT", dt.date(2020, 1, 2), b"20200102"),
        ("PN", pydicom.valuerep.PersonName("A^B"), b"A^B "),
        ("US", None, b""),
        ("LO", [], b""),
        ("US", Scalar(3), b"\x03\x00"),
        ("DS", Scalar([1.5, 2.5]), b"1.5\\2.5 "),
    ],
)
def test_a_value_of_python_is_written_by_its_vr(vr: str, value: Any, expected: bytes) -> None:
    assert codec.encode_value(vr, value) == expected


def test_a_datetime_keeps_its_offset_from_utc() -> None:
    zone = dt.timezone(-dt.timedelta(hours=5, minutes=30))
    moment = dt.datetime(2020, 1, 2, 3, 4, 5, 600, tzinfo=zone)
    assert codec.encode_value("DT", moment) == b"20200102030405.000600-0530"


def test_numbers_are_written_in_the_byte_order_asked_for() -> None:
    assert codec.encode_value("US", [1], little=False) == b"\x00\x01"
    assert codec.encode_value("OW", array("H", [1]), little=False) == b"\x00\x01"
    assert codec.encode_value("OW", b"\x00\x01", little=False) == b"\x00\x01"
    every_second = memoryview(array("H", [1, 2, 3]))[::2]
    assert codec.encode_value("OW", every_second) == b"\x01\x00\x03\x00"


@pytest.mark.parametrize(
    ("vr", "value", "sentence"),
    [
        ("US", 65536, "US takes 0 to 65535, not 65536"),
        ("US", 1.5, 'US takes integers, not "1.5"'),
        ("US", b"abc", "US takes numbers of 2 bytes, which 3 bytes are not"),
        ("IS", 2**31, "IS takes -2147483648 to 2147483647, not 2147483648"),
        ("DS", math.nan, "DS takes finite numbers only, no infinity and no NaN"),
        ("SH", "x" * 20, "SH takes at most 16 characters, this has 20"),
        ("DA", "2020-01-02", 'DA takes YYYYMMDD, not "2020-01-02"'),
        ("ST", ["a", "b"], "ST takes one value, not 2"),
        ("LO", ["a\\b", "c"], "LO takes no backslash in a value: it separates values"),
        ("OW", array("I", [1]), "OW takes integers of 2 bytes, not items of 4 bytes (I)"),
        ("CS", "M*", "CS takes upper-case letters, digits, spaces and underscores"),
        ("LO", "é", "'é' (U+00E9) is not in ISO_IR 6"),
        ("XX", 1, "a VR the standard does not have"),
    ],
)
def test_what_a_vr_does_not_allow_is_refused_in_a_sentence(
    vr: str, value: Any, sentence: str
) -> None:
    with pytest.raises(EncodeError) as caught:
        codec.encode_value(vr, value)
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(
    ("vr", "value"), [("US", "1"), ("LO", 5), ("DA", dt.time(1)), ("SQ", []), ("US", [None])]
)
def test_an_object_that_is_no_such_value_is_a_type_error(vr: str, value: Any) -> None:
    with pytest.raises(TypeError, match=f"{vr} "):
        codec.encode_value(vr, value)


def test_queries_may_say_more_and_nothing_needs_to_be_checked() -> None:
    assert codec.encode_value("CS", "M*", query=True) == b"M*"
    assert codec.encode_value("DA", "20200101-", query=True) == b"20200101- "
    assert codec.encode_value("SH", "x" * 20, check=False) == b"x" * 20
    assert codec.encode_value("LO", "é", charset="ISO_IR 192") == b"\xc3\xa9"


@given(number=st.floats(allow_nan=False, allow_infinity=False))
def test_decimal_strings_are_as_near_as_those_of_pydicom(number: float) -> None:
    ours = codec.encode_value("DS", number).decode()
    assert len(ours) <= 16
    theirs = float(format_number_as_ds(number))
    assert abs(float(ours) - number) <= abs(theirs - number)


def test_an_element_is_header_and_value() -> None:
    assert codec.encode_element(0x00100010, "PN", b"A^B") == explicit(0x00100010, "PN", b"A^B ")
    assert codec.encode_element(0x00100010, "PN", b"A^B", False) == implicit(0x00100010, b"A^B ")
    long = bytes(65536)
    assert codec.encode_element(0x00280010, "US", long) == explicit(0x00280010, "UN", long)
