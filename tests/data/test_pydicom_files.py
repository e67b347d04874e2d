"""Every file that pydicom ships, beside what pydicom makes of it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pydicom
import pytest

import russet
from russet.data import Dataset, Element
from russet.errors import DecodeError
from tests.support.beside_pydicom import different, quiet, read_by_pydicom
from tests.support.pydicom_files import named, pydicom_files

# Outer spaces of a CS mean nothing.
SPACES: Final = "PS3.5 6.2 Table 6.2-1 CS: pydicom leaves spaces that are not significant"
# Delimiters of empty component groups may be written, and are kept.
GROUPS: Final = "PS3.5 6.2.1.2: pydicom drops the delimiter of an empty component group"

DIFFERENCES: Final[Mapping[str, Mapping[str, str]]] = {
    "693_J2KI.dcm": {"(0008,0008)": SPACES},
    "693_UNCI.dcm": {"(0008,0008)": SPACES},
    "SC_rgb_gdcm2k_uncompressed.dcm": {"(0008,0008)": SPACES},
    "SC_rgb_gdcm_KY.dcm": {"(0008,0008)": SPACES},
    "SC_rgb_jpeg_lossy_gdcm.dcm": {"(0008,0008)": SPACES},
    "badVR.dcm": {
        "(0028,0008)": "PS3.5 6.2 Table 6.2-1 IS: '1A' is no number, and pydicom gives it as text"
    },
    "chrX1.dcm": {"(0010,0010)": GROUPS},
    "chrX2.dcm": {"(0010,0010)": GROUPS},
    "emri_small_jpeg_2k_lossless_too_short.dcm": {
        "": "PS3.5 A.4: the fragments have no end, and pydicom gives up all that is before them"
    },
    "no_meta.dcm": {
        "": "PS3.5 7.1.2: a stray byte stands in front of the first element, and pydicom takes it "
        "for part of a tag"
    },
}
# With them no two data sets can be equal.
WHOLE: Final = [name for name, found in DIFFERENCES.items() if "" in found]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with quiet():
        yield


def each() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("name", pydicom_files())


def test_no_file_is_missed() -> None:
    assert len(pydicom_files()) == 252
    assert DIFFERENCES.keys() <= pydicom_files().keys()


@each()
def test_every_value_is_that_of_pydicom(name: str) -> None:
    ours, theirs = russet.dcmread(named(name)), read_by_pydicom(named(name))
    found = list(different(ours, theirs))
    assert {path for path, _mine, _other in found} == set(DIFFERENCES.get(name, ())), found


@each()
def test_file_meta_are_those_of_pydicom(name: str) -> None:
    ours, theirs = russet.dcmread(named(name)).file_meta, read_by_pydicom(named(name)).file_meta
    assert not list(different(ours, theirs)) if ours else not theirs


@each()
def test_the_bridge_gives_what_pydicom_reads(name: str) -> None:
    found = russet.dcmread(named(name)).to_pydicom()
    assert (found == read_by_pydicom(named(name))) is (name not in WHOLE)


def test_what_stands_before_a_broken_end_is_read() -> None:
    file = named("emri_small_jpeg_2k_lossless_too_short.dcm")
    theirs = pydicom.dcmread(file, stop_before_pixels=True)
    assert list(different(russet.dcmread(file, stop_before_pixels=True), theirs)) == []


@each()
def test_a_dict_has_every_value(name: str) -> None:
    found = russet.dcmread(named(name))
    assert found.to_dict() == as_dict(found)


def as_dict(dataset: Dataset) -> dict[str, Any]:
    """What `to_dict` is to give, made of elements."""
    return {element.keyword or f"{element.tag:08X}": as_value(element) for element in dataset}


def as_value(element: Element) -> Any:
    try:
        value = element.value
    except DecodeError:
        return element.raw
    return list(map(as_dict, value)) if element.vr == "SQ" else value
