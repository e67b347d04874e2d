"""Where things are, and what it means when they are not there."""

import os
from pathlib import Path
from typing import Final, NoReturn

import pytest

__all__ = ["BENCH_TOOLS", "CI", "CORPUS", "MAKE_SERIES", "ROOT", "absent"]

ROOT: Final = Path(__file__).resolve().parents[2]
SHARED: Final = ROOT.parent / "shared"
CORPUS: Final = SHARED / "corpus" / "dev"
MAKE_SERIES: Final = SHARED / "corpus" / "make_series.py"
BENCH_TOOLS: Final = SHARED / "bench"
CI: Final = bool(os.environ.get("CI"))


def absent(what: str) -> NoReturn:
    """Skip the test because `what` is not on this machine; in CI that is a failure."""
    if CI:
        pytest.fail(f"{what} is missing, and CI must have it")
    pytest.skip(f"{what} is missing")
