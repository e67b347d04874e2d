"""DICOM JSON written and read beside pydicom, from the same bytes and text."""

import io
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from russet.data import Dataset, dcmread

_NAMES = pytest.mark.parametrize("name", ["ct_128", "sr_7k"])


def _russet_write(data: bytes) -> str:
    return dcmread(data).to_json()


def _pydicom_write(data: bytes) -> str:
    return pydicom.dcmread(io.BytesIO(data)).to_json()


def _russet_read(text: str) -> Any:
    return Dataset.from_json(text)


def _pydicom_read(text: str) -> Any:
    return pydicom.Dataset.from_json(text)


@_NAMES
@pytest.mark.parametrize("write", [_russet_write, _pydicom_write])
def test_write_json(
    benchmark: BenchmarkFixture,
    request: pytest.FixtureRequest,
    write: Callable[[bytes], str],
    name: str,
) -> None:
    benchmark.group = f"read {name} and write it as JSON"
    logging.getLogger("pydicom").setLevel(logging.ERROR)
    path: Path = request.getfixturevalue(name)
    data = path.read_bytes()
    written = json.loads(benchmark(write, data))
    expected = json.loads(_pydicom_write(data))
    assert written["00080018"] == expected["00080018"]
    assert len(written) == len(expected)


@_NAMES
@pytest.mark.parametrize("read", [_russet_read, _pydicom_read])
def test_read_json(
    benchmark: BenchmarkFixture,
    request: pytest.FixtureRequest,
    read: Callable[[str], Any],
    name: str,
) -> None:
    benchmark.group = f"make a data set of the JSON of {name}"
    path: Path = request.getfixturevalue(name)
    text = _pydicom_write(path.read_bytes())
    assert len(benchmark(read, text)) == len(json.loads(text))
