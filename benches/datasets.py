"""Files opened, read whole, shown and written: russet beside pydicom and dicomsdl.

Readers take turns within each round; a figure is the median over the rounds of the least of several
runs, a ratio the median of the ratios within each round. What each made is checked before it is
timed. The files are copied into one folder first: how deep they lie costs all readers the same.
dicomsdl is left out where it is not installed.

Usage: datasets.py [--rounds N]
"""

import argparse
import importlib.util
import io
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pydicom
from pydicom.data import get_testdata_file

import russet
from benches import report
from benches.synthetic import enhanced, structure_set
from tests.support.places import ROOT

__all__ = ["main"]

_RESULTS: Final = ROOT / "benches" / "results"
_ORDINARY: Final = (
    "CT_small.dcm",
    "MR_small.dcm",
    "MR_small_implicit.dcm",
    "rtplan.dcm",
    "test-SR.dcm",
    "emri_small.dcm",
    "eCT_Supplemental.dcm",
)
_BUDGET: Final = 0.04  # seconds that one figure of one round may take

Work = Callable[[], object]


def _opened(path: str) -> dict[str, Work]:
    works: dict[str, Work] = {
        "russet": lambda: russet.dcmread(path),
        "pydicom": lambda: pydicom.dcmread(path),
        "read alone": lambda: _read(path),
    }
    assert len(russet.dcmread(path)) == len(pydicom.dcmread(path))
    if importlib.util.find_spec("dicomsdl"):
        import dicomsdl

        works["dicomsdl"] = lambda: dicomsdl.open(path)
    return works


def _read(path: str) -> bytes:
    """The bytes of a file with as few calls of the system as it can be done."""
    descriptor = os.open(path, os.O_RDONLY)
    data = os.read(descriptor, 1 << 21)
    os.close(descriptor)
    return data


def _from_bytes(path: str) -> dict[str, Work]:
    data = Path(path).read_bytes()
    works: dict[str, Work] = {
        "russet": lambda: russet.dcmread(data),
        "pydicom": lambda: pydicom.dcmread(io.BytesIO(data)),
    }
    if importlib.util.find_spec("dicomsdl"):
        import dicomsdl

        works["dicomsdl"] = lambda: dicomsdl.open_memory(data, copy_data=False)
    return works


def _valued(path: str) -> dict[str, Work]:
    def theirs() -> int:
        count = 0
        for element in pydicom.dcmread(path).iterall():
            element.value  # noqa: B018 (decoding it is the work)
            count += 1
        return count

    assert _count(russet.dcmread(path).to_dict()) == theirs()
    return {"russet": lambda: russet.dcmread(path).to_dict(), "pydicom": theirs}


def _count(values: dict[str, Any]) -> int:
    """How many elements there are, those in sequences too."""
    inner = (
        item
        for value in values.values()
        if isinstance(value, list)
        for item in value
        if isinstance(item, dict)
    )
    return len(values) + sum(map(_count, inner))


def _json(path: str) -> dict[str, Work]:
    ours = json.loads(russet.dcmread(path).to_json())
    theirs = json.loads(pydicom.dcmread(path).to_json(suppress_invalid_tags=True))
    # pydicom keeps group lengths, which the standard leaves out (PS3.18 F.2.2).
    assert ours.keys() == {tag for tag in theirs if not tag.endswith("0000")}
    return {
        "russet": lambda: russet.dcmread(path).to_json(),
        "pydicom": lambda: pydicom.dcmread(path).to_json(suppress_invalid_tags=True),
    }


def _text(path: str) -> dict[str, Work]:
    return {
        "russet": lambda: str(russet.dcmread(path)),
        "pydicom": lambda: str(pydicom.dcmread(path)),
    }


def _saved(path: str) -> dict[str, Work]:
    ours, theirs = russet.dcmread(path, defer=False), pydicom.dcmread(path)
    written = io.BytesIO()
    ours.save_as(written)
    assert written.getvalue() == Path(path).read_bytes()
    return {
        "russet": lambda: ours.save_as(io.BytesIO()),
        "pydicom": lambda: theirs.save_as(io.BytesIO()),
    }


def _edited(path: str) -> dict[str, Work]:
    def ours() -> None:
        ds = russet.dcmread(path)
        ds.PatientID = "EDITED"
        ds.save_as(io.BytesIO())

    def theirs() -> None:
        ds = pydicom.dcmread(path)
        ds.PatientID = "EDITED"
        ds.save_as(io.BytesIO())

    return {"russet": ours, "pydicom": theirs}


def _converted(path: str) -> dict[str, Work]:
    assert russet.dcmread(path).to_pydicom() == pydicom.dcmread(path)
    return {
        "russet": lambda: russet.dcmread(path).to_pydicom(),
        "pydicom": lambda: pydicom.dcmread(path),
    }


def _contours(path: str) -> dict[str, Work]:
    def ours() -> int:
        return sum(
            len(contour["ContourData"].array)
            for roi in russet.dcmread(path).ROIContourSequence
            for contour in roi.ContourSequence
        )

    def theirs() -> int:
        return sum(
            len([float(number) for number in contour.ContourData])
            for roi in pydicom.dcmread(path).ROIContourSequence
            for contour in roi.ContourSequence
        )

    assert ours() == theirs()
    return {"russet": ours, "pydicom": theirs}


_TASKS: Final[dict[str, Callable[[str], dict[str, Work]]]] = {
    "open": _opened,
    "open, from bytes": _from_bytes,
    "open, every value a Python object": _valued,
    "open, as DICOM JSON": _json,
    "open, as text": _text,
    "save, nothing edited": _saved,
    "open, edit one element, save": _edited,
    "open, as a pydicom data set": _converted,
}


def _seconds(work: Work) -> float:
    """The least of a few runs, as many as the budget allows."""
    start = time.perf_counter()
    work()
    first = time.perf_counter() - start
    least = first
    for _ in range(min(200, int(_BUDGET / max(first, 1e-6)))):
        start = time.perf_counter()
        work()
        least = min(least, time.perf_counter() - start)
    return least


def _beside(works: dict[str, Work], rounds: int) -> dict[str, Any]:
    taken: dict[str, list[float]] = {who: [] for who in works}
    for _ in range(rounds):
        for who, work in works.items():
            taken[who].append(_seconds(work) * 1e6)
    ours = taken["russet"]
    return {
        who: {
            "us": statistics.median(all_of),
            "ratio": statistics.median(a / b for a, b in zip(all_of, ours, strict=True)),
        }
        for who, all_of in taken.items()
    }


def _alone(path: Path, rounds: int) -> dict[str, float]:
    """Microseconds of russet on a file in memory: opening it, and finding every element in it."""
    data = path.read_bytes()

    def least(work: Work) -> float:
        return statistics.median(_seconds(work) for _ in range(rounds)) * 1e6

    nothing = russet.dcmread(data)
    elements = float(len(nothing.index_arrays().tags))
    held, indexed = _held(path)
    return {
        "open_us": least(lambda: russet.dcmread(data)),
        "index_us": least(nothing.index_arrays),
        "elements": elements,
        "entries": elements + data.count(b"\xfe\xff\x00\xe0"),
        "bytes": float(len(data)),
        "held": held,
        "held_each": held / elements,
        "indexed": indexed,
        "indexed_each": indexed / elements,
    }


_HOLD: Final = """
import os, sys, russet
def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
count = max(50, (50 << 20) // os.stat(sys.argv[1]).st_size)
def grown(make):
    held = [make() for _ in range(count // 10)]
    before = resident()
    held += [make() for _ in range(count)]
    return (resident() - before) / count
def read():
    return russet.dcmread(sys.argv[1], defer=False)
def indexed():
    ds = read()
    return ds, ds.index_arrays()
print(grown(read), grown(indexed))
"""


def _held(path: Path) -> tuple[float, float]:
    """Bytes that an open file holds beyond its own size, of many that are held at once.

    The second figure is with the arrays that say where each of its elements is, held as well.
    """
    command = [sys.executable, "-c", _HOLD, str(path)]
    out = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()
    size = path.stat().st_size
    return float(out[0]) - size, float(out[1]) - size


def _measure(rounds: int, folder: Path) -> dict[str, Any]:
    files = {
        name: shutil.copyfile(str(get_testdata_file(name)), folder / name) for name in _ORDINARY
    }
    large = {
        "enhanced, defined lengths": enhanced(folder, undefined=False),
        "enhanced, undefined lengths": enhanced(folder, undefined=True),
    }
    contours = structure_set(folder)
    tasks = {
        task: {name: _beside(works(str(path)), rounds) for name, path in files.items()}
        for task, works in _TASKS.items()
    }
    for name, path in large.items():
        tasks["open"][name] = _beside(_opened(str(path)), rounds)
        tasks["open, as a pydicom data set"][name] = _beside(_converted(str(path)), rounds)
    tasks["contours as float64"] = {
        "RTSTRUCT, 360 000 numbers": _beside(_contours(str(contours)), rounds)
    }
    alone = {"CT_small.dcm": files["CT_small.dcm"], "test-SR.dcm": files["test-SR.dcm"]}
    alone |= {**large, "RTSTRUCT": contours}
    return {
        "machine": report.machine(),
        "rounds": rounds,
        "tasks": tasks,
        "alone": {name: _alone(path, rounds) for name, path in alone.items()},
    }


def main() -> None:
    """Measure, keep the figures, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        measured = _measure(options.rounds, Path(folder))
    _RESULTS.mkdir(parents=True, exist_ok=True)
    (_RESULTS / "datasets.json").write_text(json.dumps(measured, indent=1))
    print("\n".join(report.datasets(measured)))


if __name__ == "__main__":
    main()
