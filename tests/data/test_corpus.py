"""Every value of every readable file, beside what pydicom makes of it."""

from collections.abc import Iterator
from typing import Any, Final

import pydicom
import pytest

import russet
from russet.data import Dataset, Element
from russet.errors import DecodeError
from tests.support.corpus import CorpusFile, files

pytestmark = [pytest.mark.corpus, pytest.mark.usefixtures("pydicom_is_quiet")]

# Where pydicom goes another way.
UNEQUAL: Final = {
    "charset/made__charset_10_ISO_IR_203.dcm": "it does not know Latin-9 (PS3.3 C.12.1.1.2)",
    "charset/made__charset_20_ISO_2022_IR_58.dcm": "it leaves escape sequences in the text, which "
    "only switch sets (PS3.5 6.1.2.5)",
    "compressed/jpip/made__ts_4_205_jpip_htj2k_referenced_deflate.dcm": "it does not inflate",
    "compressed/jpip/made__ts_4_95_jpip_referenced_deflate.dcm": "it does not inflate",
}


@pytest.mark.parametrize(
    "file",
    [file for file in files() if file.kind != "broken" and file.oracle["pydicom_read"] == "ok"],
    ids=lambda file: file.name,
)
def test_values_are_those_of_pydicom(file: CorpusFile) -> None:
    ours, theirs = russet.dcmread(file.path), pydicom.dcmread(file.path)
    found = list(different(ours, theirs))
    assert bool(found) == (file.name in UNEQUAL), found


@pytest.mark.parametrize(
    "file", [file for file in files() if file.readable], ids=lambda file: file.name
)
def test_every_value_is_read_or_says_why_not(file: CorpusFile) -> None:
    todo = [russet.dcmread(file.path)]
    while todo:
        for element in todo.pop():
            try:
                value = element.value
            except DecodeError as error:
                assert error.tag == element.tag  # noqa: PT017 (most values have no error)
            else:
                todo.extend(value if element.vr == "SQ" else ())


def different(ours: Dataset, theirs: Any) -> Iterator[tuple[Any, ...]]:
    """The elements that differ, those in sequences too."""
    if sorted(ours.tags()) != sorted(theirs.keys()):
        yield tuple(set(ours.tags()) ^ set(theirs.keys()))
        return
    for element in ours:
        other = theirs[element.tag]
        if (element.vr == "SQ") != (other.VR == "SQ"):
            # pydicom knows private dictionaries.
            assert element.tag.is_private, element
        elif element.vr == "SQ":
            pairs = zip(element.value, other.value, strict=True)
            for item, their_item in pairs:
                yield from different(item, their_item)
        elif element.vr == other.VR:
            yield from (
                (element, mine, plain(other.value))
                for mine in [plain(element.value)]
                if mine != plain(other.value)
            )


def plain(value: Any) -> Any:
    """A value without the class, the padding and the kind of emptiness that either gives it."""
    if isinstance(value, list | tuple | pydicom.multival.MultiValue):
        return [plain(one) for one in value]
    if isinstance(value, bytes | memoryview):
        return bytes(value) or None
    if isinstance(value, str | pydicom.valuerep.PersonName):
        return str(value).strip(" \0").removesuffix("=") or None
    if isinstance(value, float):
        return float(value).hex()
    return value


def test_elements_are_found_again(ct: Dataset) -> None:
    for element in ct:
        assert isinstance(element, Element)
        assert ct[element.tag] is element
        assert element.tag in ct


@pytest.fixture
def ct() -> Dataset:
    return russet.dcmread(pydicom.data.get_testdata_file("CT_small.dcm", download=False))
