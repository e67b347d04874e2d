"""Data sets made of the DICOM JSON Model (PS3.18 F.2), and values that are elsewhere."""

import contextlib
import json
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from russet import codec
from russet.data import Dataset, read_dataset
from russet.errors import DecodeError, EncodeError
from tests.support.encoding import EXPLICIT, explicit, item, undefined

PIXELS = explicit(0x7FE00010, "OW", bytes(2000))
NAME = {"00100010": {"vr": "PN", "Value": [{"Alphabetic": "Jürgen"}]}}


def test_json_comes_as_text_bytes_or_objects() -> None:
    text = json.dumps(NAME)
    sources: list[Any] = [text, text.encode(), b"\xef\xbb\xbf" + text.encode(), NAME, f"[{text}]"]
    for source in sources:
        ds = Dataset.from_json(source)
        assert ds.PatientName == "Jürgen"
        assert ds.SpecificCharacterSet == "ISO_IR 192"
        assert ds.transfer_syntax == EXPLICIT
    assert Dataset.from_json("{}").to_json() == "{}"


@pytest.mark.parametrize("encode", [str, str.encode])
def test_one_byte_order_mark_is_passed_over_in_text_and_in_bytes(encode: Any) -> None:
    for text in ("\ufeff" + json.dumps(NAME), "\ufeff [" + json.dumps(NAME) + "]"):
        assert Dataset.from_json(encode(text)).PatientName == "Jürgen"
    with pytest.raises(DecodeError, match="no object for the data set at byte 0"):
        Dataset.from_json(encode("\ufeff\ufeff{}"))


def test_python_writes_numbers_that_json_does_not_have() -> None:
    values = [float("nan"), float("inf"), float("-inf"), 1.5]
    ds = Dataset.from_json({"00189073": {"vr": "FD", "Value": values}})
    assert str(ds.AcquisitionDuration) == str(values)
    assert '["NaN","Infinity","-Infinity",1.5]' in ds.to_json()


def test_what_was_made_can_be_edited_and_written_again() -> None:
    ds = Dataset.from_json(NAME)
    ds.PatientID = "7"
    assert ds.to_json_dict()["00100020"] == {"vr": "LO", "Value": ["7"]}


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        ('{"00100010":', DecodeError, "no object for an element at byte 12 in 00100010"),
        (b"\xff", DecodeError, "JSON that is not UTF-8"),
        ({"00280010": {"vr": "US", "Value": [-1]}}, EncodeError, "US takes 0 to 65535, not -1"),
        ('{"00080005":{"Value":["ISO_IR 100"]},"00100020":{"Value":["山"]}}', EncodeError, "U"),
        ("[" * 100_000, DecodeError, "no object for the data set"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    source: Any, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        Dataset.from_json(source)


def test_an_error_knows_its_element() -> None:
    with pytest.raises(DecodeError) as caught:
        Dataset.from_json('{"00081115": {"Value": [{"00081150": {"vr": 1}}]}}')
    assert (caught.value.tag, caught.value.kind) == (0x00081150, "Invalid")
    assert str(caught.value).endswith(" in 00081115/0/00081150")


def test_bulk_data_are_asked_for_by_their_uri() -> None:
    model = {"7FE00010": {"vr": "OW", "BulkDataURI": "http://host/1"}}
    asked: list[str] = []

    def fetch(uri: str) -> bytes:
        asked.append(uri)
        return b"\1\2"

    assert bytes(Dataset.from_json(model, bulk_data=fetch)["PixelData"].raw) == b"\1\2"
    assert asked == ["http://host/1"]
    assert Dataset.from_json(model, bulk_data=lambda uri: None)["PixelData"].length == 0
    with pytest.warns(UserWarning, match="value of an element, 7FE00010: left empty"):
        assert Dataset.from_json(model)["PixelData"].length == 0


def test_failures_of_who_is_asked_pass_through() -> None:
    def fail(what: object) -> None:
        raise LookupError(str(what))

    with pytest.raises(LookupError, match="here"):
        Dataset.from_json({"00091001": {"vr": "UN", "BulkDataURI": "here"}}, bulk_data=fail)
    with pytest.raises(LookupError, match="LargeValue"):
        read_dataset(PIXELS, EXPLICIT).to_json(bulk_data_uri=fail)


def test_large_values_may_be_named_instead_of_shown() -> None:
    data = undefined(0x00880200, "SQ", item(PIXELS)) + PIXELS
    ds = read_dataset(data, EXPLICIT)
    seen: list[codec.LargeValue] = []

    def name(value: codec.LargeValue) -> str | None:
        seen.append(value)
        return None if "/" in value.path else f"at/{value.offset}"

    model = ds.to_json_dict(bulk_data_uri=name)
    assert model["7FE00010"] == {"vr": "OW", "BulkDataURI": f"at/{len(data) - 2000}"}
    assert len(model["00880200"]["Value"][0]["7FE00010"]["InlineBinary"]) == 2668
    assert [(v.path, v.tag, v.vr, v.length) for v in seen] == [
        ("00880200/0/7FE00010", 0x7FE00010, "OW", 2000),
        ("7FE00010", 0x7FE00010, "OW", 2000),
    ]
    assert "BulkDataURI" in ds.to_json(bulk_data_uri="/b/{path}", bulk_data_threshold=2667)
    assert "BulkDataURI" not in ds.to_json(bulk_data_uri="/b/{path}", bulk_data_threshold=2668)


def test_who_names_large_values_is_asked_before_bytes_are_read_that_it_could_write_to() -> None:
    data = bytearray(explicit(0x00100020, "LO", b"old ") + PIXELS)
    place = data.index(b"old")

    def name(value: codec.LargeValue) -> str:
        data[place : place + 3] = b"new"
        return f"at/{value.offset}"

    model = read_dataset(data, EXPLICIT).to_json_dict(bulk_data_uri=name)
    assert model["00100020"]["Value"] == ["new"]
    assert model["7FE00010"]["BulkDataURI"] == f"at/{len(data) - 2000}"


def texts(alphabet: str) -> st.SearchStrategy[str]:
    """Text without padding that nobody would see again."""
    return st.text(alphabet, min_size=1, max_size=8).map(str.strip).filter(len)


NUMBERS = {
    "US": st.integers(0, 2**16 - 1),
    "SS": st.integers(-(2**15), 2**15 - 1),
    "UL": st.integers(0, 2**32 - 1),
    "SV": st.integers(-(2**63), 2**63 - 1),
    "UV": st.integers(0, 2**64 - 1),
    "IS": st.integers(-(2**31), 2**31 - 1),
    "DS": st.floats(-1e9, 1e9).map(lambda number: round(number, 3)),
    "FD": st.floats(allow_nan=False, allow_infinity=False),
    "FL": st.floats(width=32, allow_nan=False, allow_infinity=False),
    "AT": st.integers(0, 2**32 - 1).map("{:08X}".format),
    "CS": texts("ABC_0"),
    "LO": texts('aü山"/ '),
    "UC": texts("a\t\x7f😀"),
    "PN": st.dictionaries(
        st.sampled_from(["Alphabetic", "Ideographic", "Phonetic"]), texts("a^ü山"), min_size=1
    ),
}


def element(vr: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.lists(NUMBERS[vr], max_size=4).map(
        lambda values: {"vr": vr} | ({"Value": values} if values else {})
    )


TAGS = st.integers(0x0011_1001, 0x0011_10FF).map("{:08X}".format)
LEAVES = st.sampled_from(sorted(NUMBERS)).flatmap(element)
MODELS = st.recursive(
    st.dictionaries(TAGS, LEAVES, max_size=4),
    lambda models: st.dictionaries(
        TAGS,
        st.lists(models, min_size=1, max_size=3).map(lambda items: {"vr": "SQ", "Value": items}),
        max_size=3,
    ),
    max_leaves=8,
)
CHARSET = {"00080005": {"vr": "CS", "Value": ["ISO_IR 192"]}}


@given(model=MODELS)
def test_any_model_comes_back_from_the_data_set_made_of_it(model: dict[str, Any]) -> None:
    model = CHARSET | model
    assert Dataset.from_json(model).to_json_dict() == model
    reversed_keys = json.dumps(model, sort_keys=True)
    assert Dataset.from_json(reversed_keys).to_json_dict() == model


@given(values=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=3))
def test_decimal_strings_keep_what_fits(values: list[float]) -> None:
    ds = Dataset.from_json({"00280030": {"vr": "DS", "Value": values}})
    assert all(len(text) <= 16 for text in ds["PixelSpacing"].texts)
    found = ds.to_json_dict()["00280030"]["Value"]
    assert found == pytest.approx(values, rel=1e-8, abs=0)


@given(data=st.binary(max_size=40).filter(lambda data: len(data) % 2 == 0))
def test_binary_values_come_back(data: bytes) -> None:
    written = read_dataset(explicit(0x00091001, "OB", data), EXPLICIT).to_json()
    assert bytes(Dataset.from_json(written)[0x00091001].raw) == data


@given(
    text=st.text(),
    number=st.integers(),
    junk=st.recursive(
        st.none() | st.booleans() | st.floats() | st.text() | st.integers(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["vr", "Value"]), inner),
        max_leaves=8,
    ),
)
def test_any_objects_are_read_or_refused(text: str, number: int, junk: Any) -> None:
    for source in ({"00280010": junk}, {"00280010": {"vr": text, "Value": [number]}}, text):
        with contextlib.suppress(DecodeError, EncodeError):
            Dataset.from_json(source)


def test_floats_are_little_endian() -> None:
    ds = Dataset.from_json({"00189073": {"vr": "FD", "Value": [0.1]}})
    assert bytes(ds["AcquisitionDuration"].raw) == struct.pack("<d", 0.1)
