"""The bytes that benches work on: real small files, and messages of stated sizes."""

from pathlib import Path
from typing import Final

import pytest

from tests.support.places import CORPUS, absent

_NATIVE: Final = CORPUS / "native" / "explicit"


@pytest.fixture(scope="session")
def ct_128() -> Path:
    """A CT slice of 128 x 128, 39 KB, about 260 elements."""
    return _present(_NATIVE / "pydicom__CT_small.dcm")


@pytest.fixture(scope="session")
def mr_64() -> Path:
    """An MR slice of 64 x 64, 10 KB, about 120 elements."""
    return _present(_NATIVE / "pydicom__MR_small.dcm")


@pytest.fixture(scope="session")
def sr_7k() -> Path:
    """A structured report of 7 KB, nested five sequences deep, without pixels."""
    return _present(CORPUS / "sr" / "pydicom__test-SR.dcm")


def _present(path: Path) -> Path:
    return path if path.is_file() else absent(f"the corpus file {path}")
