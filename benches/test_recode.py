"""Whole data sets in another transfer syntax, beside pydicom on the same bytes."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pydicom
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from russet import codec

_IMPLICIT: Final = "1.2.840.10008.1.2"
_EXPLICIT: Final = "1.2.840.10008.1.2.1"


def _russet(data: bytes, syntax: str) -> bytes:
    return codec.recode(codec.read_file(data), syntax)


def _pydicom(data: bytes, syntax: str) -> bytes:
    dataset = pydicom.dcmread(io.BytesIO(data))
    dataset.file_meta.TransferSyntaxUID = syntax
    written = io.BytesIO()
    dataset.save_as(written)
    return written.getvalue()


@pytest.mark.parametrize("recode", [_russet, _pydicom])
@pytest.mark.parametrize("syntax", [_IMPLICIT, _EXPLICIT])
def test_recode_ct_128(
    benchmark: BenchmarkFixture, recode: Callable[[bytes, str], bytes], syntax: str, ct_128: Path
) -> None:
    benchmark.group = f"ct_128 to {syntax}"
    data = ct_128.read_bytes()
    assert _pydicom(data, syntax).endswith(benchmark(recode, data, syntax)[-0x8000:])


@pytest.fixture(scope="module")
def enhanced_1000() -> bytes:
    """A multi-frame of 1000 frames with two functional groups each: 10 000 elements and items."""
    frames = [
        _item(PlanePositionSequence=_point(z), FrameContentSequence=_number(z)) for z in range(1000)
    ]
    dataset = _item(
        SOPClassUID="1.2.840.10008.5.1.4.1.1.2.1", PerFrameFunctionalGroupsSequence=frames
    )
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = _EXPLICIT
    dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2.1"
    dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    written = io.BytesIO()
    dataset.save_as(written, enforce_file_format=True)
    return written.getvalue()


def _point(z: int) -> list[pydicom.Dataset]:
    return [_item(ImagePositionPatient=[0.5, 1.25, float(z)])]


def _number(z: int) -> list[pydicom.Dataset]:
    return [_item(StackID="1", InStackPositionNumber=z + 1, DimensionIndexValues=[1, z + 1])]


def _item(**values: Any) -> pydicom.Dataset:
    item = pydicom.Dataset()
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return item


@pytest.mark.benchmark(group="enhanced_1000 to Implicit VR")
@pytest.mark.parametrize("recode", [_russet, _pydicom])
def test_recode_enhanced_1000(
    benchmark: BenchmarkFixture, recode: Callable[[bytes, str], bytes], enhanced_1000: bytes
) -> None:
    written = benchmark(recode, enhanced_1000, _IMPLICIT)
    assert _pydicom(enhanced_1000, _IMPLICIT).endswith(written[-0x8000:])
