"""What benches stand on: series of files made once, folders in memory, the tools beside them."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from tests.support.places import BENCH_TOOLS, MAKE_SERIES, ROOT
from tests.support.processes import RUSSET, run

__all__ = ["RESULTS", "TITLES", "dcmtk", "memory", "need_tools", "series", "tool"]

RESULTS: Final = ROOT / "benches" / "results"
"""Where benches leave their figures, and what takes long to make."""

TITLES: Final = {"ct": "200 CT, 512 x 512 x 16 bit", "mr": "1000 MR, 64 x 64 x 16 bit"}
"""The series, and what they are."""

_SERIES: Final = {
    "ct": ("--kind", "ct", "--count", "200"),
    "mr": ("--kind", "mr", "--count", "1000", "--rows", "64", "--cols", "64"),
}


def need_tools() -> None:
    """End with a sentence when the neutral sender is not there."""
    for needed in (BENCH_TOOLS, MAKE_SERIES):
        if not needed.exists():
            sys.exit(f"{needed} is missing: it holds the neutral sender and the series")


def dcmtk(name: str) -> str:
    """The path of a tool of DCMTK's, not of the one of pynetdicom's that has the same name."""
    scripts = str(Path(RUSSET).parent)
    path = os.pathsep.join(folder for folder in os.get_exec_path() if folder != scripts)
    return shutil.which(name, path=path) or sys.exit(f"{name} is missing: make peers installs it")


def series(kind: str) -> Path:
    """The files of a series, made once: the same arguments give the same bytes."""
    folder = RESULTS / "series" / kind
    if not folder.is_dir():
        making = folder.with_suffix(".part")
        shutil.rmtree(making, ignore_errors=True)
        command = [sys.executable, str(MAKE_SERIES), *_SERIES[kind], "--out", str(making)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        making.rename(folder)
    return folder


def memory() -> Path:
    """A fresh folder that is no disk."""
    shared = Path("/dev/shm")  # noqa: S108 (tmpfs is what is wanted)
    return Path(tempfile.mkdtemp(prefix="russet-", dir=shared if shared.is_dir() else None))


def tool(name: str, *arguments: str) -> dict[str, Any]:
    """Run one of the neutral tools; the figures that it prints."""
    ended = run(sys.executable, BENCH_TOOLS / name, *arguments, timeout=600)
    assert ended.returncode == 0, ended.stdout
    figures: dict[str, Any] = json.loads(ended.stdout)
    return figures
