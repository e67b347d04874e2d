"""Every file that pydicom ships, beside what pydicom makes of it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pydicom
import pytest

import russet
from russet.codec import tag_of
from russet.data import Dataset, Element
from russet.errors import DecodeError
from tests.support.beside_pydicom import different, quiet, read_by_pydicom
from tests.support.corpus import CorpusFile, files
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


# Broken files of the corpus that pydicom reads in another way, and why that is no better.
NO_ELEMENT: Final = "PS3.5 7.1: it takes bytes that are no element for one"
UNKNOWN_VR: Final = "PS3.5 6.2: it goes astray at a VR that does not exist"
NO_END: Final = "PS3.5 A.4: the fragments have no end, and it gives up all that is before them"
BROKEN: Final[Mapping[str, str]] = {
    "broken/fuzz/fuzz__TC0363_tag_order_violation.dcm": NO_ELEMENT,
    "broken/fuzz/fuzz__TC0405_latin1_utf8_payload.dcm": NO_ELEMENT,
    "broken/fuzz/fuzz__TC0475_meta_0001_vr_5a5a.dcm": UNKNOWN_VR,
    "broken/made/made__e05_vr_unknown_short.dcm": UNKNOWN_VR,
    "broken/made/made__e07_vr_question.dcm": UNKNOWN_VR,
    "broken/made/made__e09_vr_nul.dcm": UNKNOWN_VR,
    "broken/made/made__e19_us_odd_size.dcm": "PS3.5 6.2 Table 6.2-1 US: it raises at the value",
    "broken/made/made__f15_ts_says_explicit_is_implicit.dcm": "PS3.5 A.1: native pixels are OW",
    "broken/made/made__f17_ts_says_bigendian_is_le.dcm": "PS3.10 7.1: it believes a false syntax",
    "broken/made/made__f27_trailing_garbage.dcm": NO_ELEMENT,
    "broken/made/made__f35_two_files_joined.dcm": NO_ELEMENT,
    "broken/made/made__p01_encaps_no_delim.dcm": NO_END,
    "broken/made/made__s06_stray_item_delim.dcm": "PS3.5 7.5.2: it ends at a stray delimiter",
    "broken/made/made__s08_seq_length_long.dcm": "PS3.5 7.5.1: it believes a length too long",
    "broken/real/pydicom-data__emri_small_jpeg_2k_lossless_too_short.dcm": NO_END,
}


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


@pytest.mark.corpus
@pytest.mark.parametrize(
    "file",
    [file for file in files() if file.kind == "broken" and file.oracle["pydicom_read"] == "ok"],
    ids=lambda file: file.name,
)
def test_the_bridge_gives_what_pydicom_reads_of_broken_files(file: CorpusFile) -> None:
    theirs = read_by_pydicom(file.path)
    try:
        found = russet.dcmread(file.path).to_pydicom()
    except DecodeError:
        assert "[legal]" not in file.notes
        return
    try:
        equal = found == theirs
    except Exception:  # noqa: BLE001 (pydicom raises of values that it cannot read)
        equal = False
    assert equal is (file.name not in BROKEN)


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
    return {keyword(element) or f"{element.tag:08X}": as_value(element) for element in dataset}


def keyword(element: Element) -> str:
    """Its keyword, unless that is of every plane of a repeating group (PS3.5 7.6)."""
    return element.keyword if tag_of(element.keyword) == element.tag else ""


def as_value(element: Element) -> Any:
    try:
        value = element.value
    except DecodeError:
        return element.raw
    return list(map(as_dict, value)) if element.vr == "SQ" else value
