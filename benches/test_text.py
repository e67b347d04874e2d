"""Text of a freshly read data set beside pydicom, and what walking and comparing cost."""

import io
from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from russet.data import dcmread
from russet.data.compare import compare, walk


def _russet(data: bytes) -> Callable[[], str]:
    return dcmread(data).__str__


def _pydicom(data: bytes) -> Callable[[], str]:
    return pydicom.dcmread(io.BytesIO(data)).__str__


@pytest.mark.benchmark(group="text of ct_128")
@pytest.mark.parametrize("read", [_russet, _pydicom])
def test_text_ct_128(
    benchmark: BenchmarkFixture, read: Callable[[bytes], Callable[[], str]], ct_128: Path
) -> None:
    data = ct_128.read_bytes()
    shown = benchmark.pedantic(
        lambda text: text(), setup=lambda: ((read(data),), {}), rounds=100, warmup_rounds=5
    )
    assert shown.count("PatientName") + shown.count("Patient's Name") == 1


@pytest.mark.benchmark(group="walk and compare ct_128")
def test_walk_ct_128(benchmark: BenchmarkFixture, ct_128: Path) -> None:
    data = ct_128.read_bytes()
    assert benchmark(lambda: sum(1 for _found in walk(dcmread(data)))) > 250


@pytest.mark.benchmark(group="walk and compare ct_128")
def test_compare_ct_128(benchmark: BenchmarkFixture, ct_128: Path) -> None:
    data = ct_128.read_bytes()
    assert benchmark(lambda: list(compare(dcmread(data), dcmread(data)))) == []
