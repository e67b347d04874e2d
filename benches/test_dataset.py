"""Index, whole read and value decode beside pydicom, on the same bytes."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from russet import codec
from russet.data import dcmread


def _russet_index(data: bytes) -> int:
    return len(codec.read_file(data))


def _russet_dataset(data: bytes) -> int:
    return len(dcmread(data))


def _pydicom_dataset(data: bytes) -> int:
    return len(pydicom.dcmread(io.BytesIO(data)))


@pytest.mark.parametrize("read", [_russet_index, _russet_dataset, _pydicom_dataset])
@pytest.mark.parametrize("name", ["ct_128", "mr_64"])
def test_read_file(
    benchmark: BenchmarkFixture,
    request: pytest.FixtureRequest,
    read: Callable[[bytes], int],
    name: str,
) -> None:
    benchmark.group = f"read {name}"
    path: Path = request.getfixturevalue(name)
    data = path.read_bytes()
    assert benchmark(read, data) == _pydicom_dataset(data)


def _russet_values(data: bytes) -> dict[int, Any]:
    index = codec.read_file(data)
    return {index.tag(row): index.value(row) for row in range(len(index)) if index.vr(row) != "SQ"}


def _pydicom_values(data: bytes) -> dict[int, Any]:
    return {
        int(element.tag): element.value
        for element in pydicom.dcmread(io.BytesIO(data))
        if element.VR != "SQ"
    }


@pytest.mark.benchmark(group="read ct_128 and decode every top-level value")
@pytest.mark.parametrize("values", [_russet_values, _pydicom_values])
def test_values_ct_128(
    benchmark: BenchmarkFixture, values: Callable[[bytes], dict[int, Any]], ct_128: Path
) -> None:
    data = ct_128.read_bytes()
    found = benchmark(values, data)
    assert found.keys() == _pydicom_values(data).keys()
    assert (found[0x00280010], str(found[0x00080060])) == (128, "CT")
