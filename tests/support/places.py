"""Where things are, and what it means when they are not there."""

import os
import shutil
import sysconfig
from pathlib import Path
from typing import Final, NoReturn

import pytest

__all__ = [
    "BENCH_TOOLS",
    "CI",
    "CORPUS",
    "MAKE_SERIES",
    "ROOT",
    "SHARED",
    "absent",
    "need",
    "where",
]

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


def where(program: str) -> str | None:
    """The path of `program`, which is not one of this environment's scripts."""
    # pynetdicom installs scripts with the names of DCMTK's tools: they are never meant. Debian
    # keeps some servers where only root looks.
    ours = sysconfig.get_path("scripts")
    folders = [folder for folder in os.get_exec_path() if folder != ours]
    return shutil.which(program, path=os.pathsep.join([*folders, "/usr/sbin"]))


def need(program: str, what: str = "") -> str:
    """The path of `program`; without it the test is skipped, in CI it fails."""
    return where(program) or absent(what or program)
