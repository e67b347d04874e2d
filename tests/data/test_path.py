"""Paths of elements as text."""

import pytest

from russet.data import Dataset, read_dataset
from russet.data.path import Step, join, parse, resolve, resolve_item, text
from russet.data.tag import Tag
from tests.support.encoding import EXPLICIT, explicit, item, undefined

SERIES = explicit(0x0020000E, "UI", b"1.2\0")
OTHER = explicit(0x0020000E, "UI", b"3.4\0")
SEQUENCE = "ReferencedSeriesSequence"


@pytest.fixture
def ds() -> Dataset:
    name = explicit(0x00100010, "PN", b"A ")
    sequence = undefined(0x00081115, "SQ", item(SERIES), item(OTHER))
    return read_dataset(sequence + name + explicit(0x00091001, "LO", b"ours"), EXPLICIT)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("PatientName", "A"),
        ("0010,0010", "A"),
        ("(0009,1001)", "ours"),
        (f"{SEQUENCE}[0].SeriesInstanceUID", "1.2"),
        (f"{SEQUENCE}.SeriesInstanceUID", "1.2"),
        (f"{SEQUENCE}[1].SeriesInstanceUID", "3.4"),
        (f"{SEQUENCE}[-1].SeriesInstanceUID", "3.4"),
        ("(0008,1115)[1].(0020,000E)", "3.4"),
        ("00081115[1].0020000e", "3.4"),
        (" 0008,1115 [1] . 0020,000e ", "3.4"),
    ],
)
def test_a_path_leads_to_an_element(ds: Dataset, path: str, value: str) -> None:
    assert resolve(ds, path).value == value


def test_a_path_may_lead_to_an_item(ds: Dataset) -> None:
    assert resolve_item(ds, "0008,1115[1]").SeriesInstanceUID == "3.4"
    assert resolve_item(ds, SEQUENCE).SeriesInstanceUID == "1.2"
    assert resolve(ds, SEQUENCE).vr == "SQ"


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("Modality", "no Modality (0008,0060) in this data set"),
        (f"{SEQUENCE}.Modality", f"no Modality (0008,0060) in {SEQUENCE}"),
        (f"{SEQUENCE}[1].(0009,1001)", f"no element (0009,1001) in {SEQUENCE}[1]"),
        (f"{SEQUENCE}[2].Modality", f"no item 2 in {SEQUENCE}: it has 2 items"),
        (f"{SEQUENCE}[0]", f"{SEQUENCE}[0] is an item, and no element in it"),
        ("PatientName.Modality", "PatientName is PN, and no sequence"),
    ],
)
def test_where_a_path_breaks_is_said(ds: Dataset, path: str, sentence: str) -> None:
    with pytest.raises(KeyError) as caught:
        resolve(ds, path)
    assert caught.value.args == (sentence,)


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("PatientNames", "did you mean PatientName"),
        ("", "neither an element nor an item"),
        ("A..B", "neither a tag nor a keyword"),
        (" [0]", "neither a tag nor a keyword"),
        ("PatientName[x]", "neither an element nor an item"),
        ("PatientName[1", "neither an element nor an item"),
        ("(0009,xx10)", "neither a tag nor a keyword"),
        pytest.param(" " * 100_000 + "]", "neither an element nor an item", id="spaces"),
    ],
)
def test_what_is_no_path_is_refused(path: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse(path)


def test_a_path_is_written_as_it_is_read() -> None:
    steps = (Step(Tag(0x00081115), 0), Step(Tag(0x00091001)))
    assert text(steps) == f"{SEQUENCE}[0].(0009,1001)"
    assert text(steps, keywords=False) == "(0008,1115)[0].(0009,1001)"
    assert parse(text(steps)) == parse(text(steps, keywords=False)) == steps
    assert join(join("", 0x00081115, 0), 0x0020000E) == f"{SEQUENCE}[0].SeriesInstanceUID"
    # The keyword of a repeating group names no one tag.
    assert join("", 0x60000010) == "(6000,0010)"
