"""Every file of pydicom's own and of the corpus as a pydicom data set: by russet, by pydicom.

What they make is compared before it is timed. The two take turns; a figure is the least of several
runs, a ratio is of such figures.

Usage: bridge.py [--rounds N]
"""

import argparse
import json
import logging
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pydicom

import russet
from benches import report
from tests.support.corpus import files
from tests.support.places import CORPUS, ROOT
from tests.support.pydicom_files import pydicom_files

__all__ = ["main"]

_RESULTS: Final = ROOT / "benches" / "results"
_BUDGET: Final = 0.004  # seconds that one side may take in one round


def _paths() -> Iterator[tuple[str, str]]:
    """A name and a path of each file that pydicom reads."""
    yield from ((f"pydicom {name}", str(path)) for name, path in pydicom_files().items())
    yield from (
        (f"corpus {file.name}", str(CORPUS / file.name))
        for file in files()
        if file.oracle["pydicom_read"] == "ok"
    )


def _read(path: str) -> pydicom.FileDataset | None:
    try:
        return pydicom.dcmread(path)
    except Exception:  # noqa: BLE001 (a broken file may raise anything, and is not measured)
        return None


def _same(path: str, theirs: pydicom.FileDataset) -> bool:
    ours = russet.dcmread(path).to_pydicom()
    try:
        return bool(ours == theirs and ours.file_meta == theirs.file_meta)
    except Exception:  # noqa: BLE001 (a value that pydicom cannot decode is like no other)
        return False


def _least(work: Callable[[], object]) -> float:
    """Microseconds of the fastest of the runs that the budget allows."""
    least, until = 1e9, time.perf_counter() + _BUDGET
    while True:
        start = time.perf_counter()
        work()
        now = time.perf_counter()
        least = min(least, now - start)
        if now > until:
            return least * 1e6


def _measured(path: str, rounds: int) -> dict[str, float]:
    ours = theirs = 1e9
    for _ in range(rounds):
        ours = min(ours, _least(lambda: russet.dcmread(path).to_pydicom()))
        theirs = min(theirs, _least(lambda: pydicom.dcmread(path)))
    return {"us": ours, "pydicom_us": theirs, "times": theirs / ours}


def _all(rounds: int) -> dict[str, Any]:
    found: dict[str, dict[str, float]] = {}
    unequal, refused = [], []
    for name, path in _paths():
        theirs = _read(path)
        if theirs is None:
            continue
        try:
            if not _same(path, theirs):
                unequal.append(name)
        except russet.errors.RussetError:
            refused.append(name)
            continue
        found[name] = _measured(path, rounds)
    times = [row["times"] for row in found.values()]
    return {
        "machine": report.machine(),
        "files": len(found),
        "equal": len(found) - len(unequal),
        "unequal": unequal,
        "refused": refused,
        "median": statistics.median(times),
        "least": min(times),
        "slowest": dict(sorted(found.items(), key=lambda row: row[1]["times"])[:12]),
        "below": sum(value < 8 for value in times),
    }


def main() -> None:
    """Measure, keep the figures, print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    measured = _all(options.rounds)
    _RESULTS.mkdir(parents=True, exist_ok=True)
    (_RESULTS / "bridge.json").write_text(json.dumps(measured, indent=1) + "\n")
    print("\n".join(report.bridge(measured)))


if __name__ == "__main__":
    main()
