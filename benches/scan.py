"""Eight values out of each of 20 000 small files: russet beside dicomsdl and pydicom.

The files are in memory (tmpfs), the readers take turns within each round, and what they found is
compared value by value. russet is given the folder, which it has to list; the others, and russet
once more, a list of paths, which one more thread of russet takes from Python. dicomsdl (pip install
dicomsdl) and pydicom read no further than the last tag either.

Usage: scan.py [--rounds N] [--files N]
"""

import argparse
import importlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pydicom

import russet
from benches import report
from tests.support.places import MAKE_SERIES, ROOT

__all__ = ["main"]

_RESULTS: Final = ROOT / "benches" / "results"
_TAGS: Final = (
    "PatientID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SOPInstanceUID",
    "Modality",
    "StudyDate",
    "InstanceNumber",
    "Rows",
)
_LAST: Final = 0x00280010
_SLOW: Final = 2000  # files for a reader in Python: its time for each does not depend on how many

Row = tuple[str | int, ...]
Found = Callable[[], Iterable[Row]]
Reader = Callable[[Sequence[str]], Found]


def _russet(threads: int, *, rows: bool = False) -> Reader:
    def read(paths: Sequence[str]) -> Found:
        table = russet.scan(paths, _TAGS, threads=threads)
        assert not table.failures

        def found() -> Iterable[Row]:
            return zip(*map(table.column, _TAGS), strict=True)

        if not rows:
            return found
        made = list(found())
        return lambda: made

    return read


def _folder(read: Reader) -> Reader:
    """Given the folder of the files, and so to list it itself."""
    return lambda paths: read([str(Path(paths[0]).parent)])


def _dicomsdl() -> Reader:
    sdl = importlib.import_module("dicomsdl")

    def one(path: str) -> Row:
        dataset = sdl.open(path, _LAST)
        return tuple(getattr(dataset, tag) for tag in _TAGS)

    return lambda paths: _given([one(path) for path in paths])


def _pydicom() -> Reader:
    tags: list[Any] = list(_TAGS)

    def one(path: str) -> Row:
        dataset = pydicom.dcmread(path, specific_tags=tags, stop_before_pixels=True)
        values = (getattr(dataset, tag) for tag in _TAGS)
        return tuple(int(value) if isinstance(value, int) else str(value) for value in values)

    return lambda paths: _given([one(path) for path in paths[:_SLOW]])


def _given(rows: list[Row]) -> Found:
    return lambda: rows


def _readers() -> dict[str, Reader]:
    readers = {
        "russet, 1 thread": _folder(_russet(1)),
        "russet, 2 threads": _folder(_russet(2)),
        "russet, 1 thread, Python rows": _folder(_russet(1, rows=True)),
        "russet, 1 thread, list of paths": _russet(1),
        "russet, 2 threads, list of paths": _russet(2),
        "pydicom": _pydicom(),
    }
    if importlib.util.find_spec("dicomsdl") is not None:
        readers["dicomsdl"] = _dicomsdl()
    return readers


def _made(folder: Path, files: int) -> list[str]:
    """The paths of small MR slices, in order."""
    arguments = ("--kind", "mr", "--rows", "64", "--cols", "64", "--count", str(files))
    command = [sys.executable, str(MAKE_SERIES), *arguments, "--out", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return sorted(str(path) for path in folder.iterdir())


def _timed(read: Reader, paths: Sequence[str]) -> tuple[dict[str, float], list[Row]]:
    cpu, began = time.process_time(), time.perf_counter()
    found = read(paths)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    rows = list(found())
    return {"us": seconds / len(rows) * 1e6, "cpu_us": cpu / len(rows) * 1e6}, rows


def _measured(paths: Sequence[str], rounds: int) -> dict[str, list[dict[str, float]]]:
    readers = _readers()
    known = list(_pydicom()(paths)())
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in readers}
    for number in range(rounds + 1):
        for name, read in readers.items():
            figures, rows = _timed(read, paths)
            assert rows[: len(known)] == known[: len(rows)], f"{name} found other values"
            known = max(known, rows, key=len)
            if number > 0:  # the first round warms up
                runs[name].append(figures)
    return runs


def main() -> None:
    """Measure, print the table, and keep the figures as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7, help="measured rounds, after the warm-up")
    parser.add_argument("--files", type=int, default=20_000)
    options = parser.parse_args()
    if not MAKE_SERIES.exists():
        sys.exit(f"{MAKE_SERIES} is missing: it makes the files")
    shared = Path("/dev/shm")  # noqa: S108 (tmpfs is what is wanted)
    folder = Path(tempfile.mkdtemp(prefix="russet-", dir=shared if shared.is_dir() else None))
    try:
        paths = _made(folder / "mr", options.files)
        runs = _measured(paths, options.rounds)
        octets = sum(Path(path).stat().st_size for path in paths)
    finally:
        shutil.rmtree(folder)
    _RESULTS.mkdir(parents=True, exist_ok=True)
    measured = {
        "machine": report.machine(),
        "files": options.files,
        "octets": octets,
        "values": len(_TAGS),
        "runs": runs,
    }
    (_RESULTS / "scan.json").write_text(json.dumps(measured, indent=1) + "\n")
    print("\n".join(report.scan(measured)))


if __name__ == "__main__":
    main()
