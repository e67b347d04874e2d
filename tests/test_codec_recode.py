"""Data sets in other transfer syntaxes, beside what russet and pydicom read before and after."""

import io
import logging
import warnings
import zlib
from collections.abc import Iterator
from typing import Any, Final

import pydicom
import pytest

from russet import codec
from russet.errors import DecodeError, EncodeError
from tests.support.corpus import CorpusFile, files
from tests.support.encoding import EXPLICIT, IMPLICIT, explicit, implicit, part10_file, undefined
from tests.support.opened import file_of

BIG_ENDIAN: Final = "1.2.840.10008.1.2.2"
DEFLATED: Final = "1.2.840.10008.1.2.1.99"
NATIVE: Final = (IMPLICIT, EXPLICIT, BIG_ENDIAN, DEFLATED)

DEFLATING: Final = (DEFLATED, "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205")

# Files that are not written as they were, because they do not conform.
ODD_LENGTHS: Final = {
    "native/explicit/highdicom__dx_image.dcm",
    "structure/pydicom__nested_priv_SQ.dcm",
}
LENGTHS_THAT_LIE: Final = {
    "charset/pydicom__chrJapMulti.dcm",
    "charset/pydicom__chrKoreanMulti.dcm",
    "dicomdir/pydicom/DICOMDIR-nooffset",
}
ENCAPSULATED_IN_OW: Final = {
    "compressed/htj2k/htj2k__CT2_JPH",
    "compressed/htj2k/htj2k__MR4_JPH",
    "compressed/htj2k/htj2k__NM1_JPH",
    "compressed/jpeg-lossless/pylibjpeg-data__JPEGLosslessP14SV1_1s_1f_u_16_16.dcm",
    "compressed/jpeg-ls/pydicom__MR_small_jpeg_ls_lossless.dcm",
    "compressed/jpeg2000/pydicom__MR_small_jp2klossless.dcm",
    "compressed/jpeg2000/pylibjpeg-data__MAROTECH_CT_JP2Lossy.dcm",
    "compressed/rle/dicom2nifti__generic_compressed_rle_001_IM-0001-0001-0001.dcm",
    "compressed/rle/pydicom__SC_rgb_rle_16bit.dcm",
    "enhanced/pydicom-data__emri_small_jpeg_2k_lossless.dcm",
    "enhanced/pydicom-data__emri_small_jpeg_ls_lossless.dcm",
    "rt/pydicom__rtdose_rle.dcm",
    "rt/pylibjpeg-data__rtdose_rle_1frame.dcm",
    "structure/pydicom-data__explicit_VR-UN.dcm",
}
# What is in a UN is in little endian; pydicom takes the byte order of the data set around it.
MISREAD: Final = ("structure/pydicom__UN_sequence.dcm", BIG_ENDIAN)
CHANGED: Final = ODD_LENGTHS | LENGTHS_THAT_LIE | ENCAPSULATED_IN_OW


@pytest.fixture
def quiet() -> Iterator[None]:
    """Pydicom warns of what is odd in a file; here only what it reads matters."""
    logging.disable(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    logging.disable(logging.NOTSET)


def test_the_options_of_recoding_are_words() -> None:
    dataset = undefined(0x00081140, "SQ")
    index = codec.read_dataset(dataset, EXPLICIT)
    assert codec.recode(index, EXPLICIT) == dataset
    assert codec.recode(index, EXPLICIT, lengths="defined") == explicit(0x00081140, "SQ", b"")
    added = codec.recode(index, IMPLICIT, lengths="defined", group_lengths="add")
    assert added == implicit(0x00080000, b"\x08\0\0\0") + implicit(0x00081140, b"")
    with pytest.raises(ValueError, match="as-written, defined, undefined"):
        codec.recode(index, EXPLICIT, lengths="short")
    with pytest.raises(EncodeError, match="transfer syntax that nobody knows"):
        codec.recode(index, "1.2.3")


def test_pixels_that_would_have_to_be_decoded_are_refused() -> None:
    pixels = undefined(0x7FE00010, "OB", implicit(0xFFFEE000, b""), implicit(0xFFFEE000, b"ab"))
    index = codec.read_dataset(pixels, "1.2.840.10008.1.2.5")
    with pytest.raises(EncodeError, match="would have to be decoded"):
        codec.recode(index, EXPLICIT)
    syntax = "1.2.840.10008.1.2.5"
    assert codec.recode(index, syntax, from_syntax_uid=syntax) == pixels


ordinary = pytest.mark.parametrize(
    "file",
    [file for file in files() if file.kind != "broken" and file.readable],
    ids=lambda file: file.name,
)


@pytest.mark.corpus
@ordinary
def test_what_conforms_is_written_byte_for_byte(file: CorpusFile) -> None:
    data = file.path.read_bytes()
    opened = file_of(data)
    syntax = opened.transfer_syntax
    written = codec.recode(opened.dataset, syntax, from_syntax_uid=syntax, group_lengths="keep")
    if syntax in DEFLATING:
        # No two deflaters give the same bytes.
        written = zlib.decompress(written, -zlib.MAX_WBITS)
        body = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data[opened.dataset_offset :])
    else:
        body = data[opened.dataset_offset :]
    assert (written == body) == (file.name not in CHANGED)


@pytest.mark.corpus
@ordinary
def test_values_survive_every_syntax(file: CorpusFile) -> None:
    opened = file_of(file.path.read_bytes())
    for syntax in NATIVE:
        written = recoded(opened.dataset, syntax)
        if written is None:
            return
        assert list(changed(opened.dataset, codec.read_dataset(written, syntax))) == []


@pytest.mark.corpus
@pytest.mark.usefixtures("quiet")
@ordinary
def test_pydicom_reads_the_same_values(file: CorpusFile) -> None:
    data = file.path.read_bytes()
    opened = file_of(data)
    if len(data) > 1 << 17 or file.oracle["pydicom_read"] != "ok":
        return
    if opened.transfer_syntax in DEFLATING[1:]:
        return  # which pydicom does not inflate
    expected = pydicom.dcmread(io.BytesIO(data), force=True)
    for syntax in NATIVE:
        written = recoded(opened.dataset, syntax)
        if written is None:
            return
        if (file.name, syntax) == MISREAD:
            continue
        found = pydicom.dcmread(io.BytesIO(part10_file(written, syntax)))
        assert list(unlike(expected, found)) == []


def recoded(index: codec.DatasetIndex, syntax: str) -> bytes | None:
    """The data set in a native syntax; None of one with encapsulated pixel data."""
    if not any(index.undefined(row) and index.value_vr(row) != "SQ" for row in range(len(index))):
        return codec.recode(index, syntax)
    with pytest.raises(EncodeError, match="would have to be decoded"):
        codec.recode(index, syntax)
    return None


def changed(
    before: codec.DatasetIndex, after: codec.DatasetIndex
) -> Iterator[tuple[int, Any, Any]]:
    """The elements whose values differ, those in sequences too; group lengths are not looked at."""
    rows = sorted((tag, row) for row, tag in enumerate(before.tags()) if tag & 0xFFFF)
    tags = after.tags()
    assert [tag for tag, _ in rows] == tags
    for (tag, old), new in zip(rows, range(len(tags)), strict=True):
        vr = before.value_vr(old)
        if vr == "SQ":
            for item, other in zip(before.items(old), after.items(new), strict=True):
                yield from changed(item, other)
            continue
        value, other = decoded(before, old, vr), decoded(after, new, vr)
        if value != other:
            yield tag, value, other


def decoded(index: codec.DatasetIndex, row: int, vr: str) -> Any:
    """The value of a row taken by `vr`, which may not be known any more; else its bytes."""
    raw = bytes(index.raw(row))
    raw += bytes(len(raw) % 2)
    if vr in ("UN", "OB") or index.vr(row) == "OB":
        return raw
    little = index.little or index.vr(row) == "UN"
    if vr in UNITS:
        return raw if little else swapped(raw, UNITS[vr])
    try:
        return repr(codec.decode_value(vr, raw, little, "ISO_IR 100"))
    except DecodeError:
        return raw


UNITS: Final = {"OW": 2, "OF": 4, "OL": 4, "OD": 8, "OV": 8}


def swapped(raw: bytes, unit: int) -> bytes:
    return b"".join(raw[at : at + unit][::-1] for at in range(0, len(raw), unit))


def unlike(expected: Any, found: Any) -> Iterator[tuple[Any, Any]]:
    """The elements that pydicom reads in another way; group lengths are not looked at."""
    tags = [tag for tag in sorted(expected.keys()) if tag & 0xFFFF]
    assert tags == list(found.keys())
    for before, after in ((expected[tag], found[tag]) for tag in tags):
        if before.VR == after.VR == "SQ":
            for item, other in zip(before.value, after.value, strict=True):
                yield from unlike(item, other)
        elif before.VR == after.VR and not before.tag.is_private:
            little = [data.original_encoding[1] for data in (expected, found)]
            if plain(before, little[0]) != plain(after, little[1]):
                yield before, after


def plain(element: Any, little: bool) -> str:
    """A value without padding, and as text, where no number is unlike itself."""
    if not isinstance(element.value, bytes):
        return str(element.value).rstrip(" \0")
    raw = element.value + bytes(len(element.value) % 2)
    return repr(raw if little or element.VR not in UNITS else swapped(raw, UNITS[element.VR]))
