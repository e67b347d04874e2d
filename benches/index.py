"""The index of an archive: rows written, queries answered, and what it costs a receiver.

Receivers with and without an index take turns under the neutral sender, data folders in memory
(tmpfs), no durability; the ratio is the median of those within each round. Every result is checked.

It leaves `index.json`, which the page of benchmarks is made with.

Usage: index.py [--rows N] [--files N] [--rounds N]
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import russet
from benches import report
from benches.series import RESULTS
from russet.data import Dataset
from russet.storage import DataFolder, Durability, InstanceFiles, InstanceReceiver
from russet.storage.index import Index, IndexedReceiver, Level, Record
from russet.storage.index.record import Entity, File, entity
from tests.support.instances import CT, EXPLICIT
from tests.support.places import BENCH_TOOLS, MAKE_SERIES, ROOT

__all__ = ["main"]

_SERIES_OF_A_STUDY: Final = 4
_INSTANCES_OF_A_SERIES: Final = 25
_KEYS: Final = {
    "PatientName": "",
    "PatientID": "",
    "StudyInstanceUID": "",
    "StudyDate": "",
    "StudyTime": "",
    "AccessionNumber": "",
    "StudyDescription": "",
    "ModalitiesInStudy": "",
    "NumberOfStudyRelatedInstances": None,
}
_QUERIES: Final[dict[str, dict[str, Any]]] = {
    "one patient": {"PatientID": "P7"},
    "names that begin alike": {"PatientName": "CITIZEN7*"},
    "names with it in the middle": {"PatientName": "*ZEN77*"},
    "a day": {"StudyDate": "20260105"},
    "a month": {"StudyDate": "20260101-20260131"},
    "an accession number": {"AccessionNumber": "A77"},
    "a day and a modality": {"StudyDate": "20260105", "ModalitiesInStudy": "MR"},
    "no study at all": {"ModalitiesInStudy": "XA"},
    "all studies": {},
}


def _level(level: Level, **elements: Any) -> Entity:
    return entity(level, bytes(Dataset(**elements).encode()))


def _records(count: int) -> Iterator[Record]:
    studies = count // (_SERIES_OF_A_STUDY * _INSTANCES_OF_A_SERIES)
    for study in range(1, studies + 1):
        patient = study // 2
        above = (
            _level(
                Level.PATIENT,
                PatientID=f"P{patient}",
                PatientName=f"CITIZEN{patient}^JAN",
                PatientBirthDate=f"19{patient % 70 + 10}0101",
            ),
            _level(
                Level.STUDY,
                StudyInstanceUID=f"1.2.{study}",
                StudyDate=f"2026{study % 12 + 1:02}{study % 28 + 1:02}",
                StudyTime="101530",
                AccessionNumber=f"A{study}",
                StudyDescription="HEAD WITHOUT CONTRAST",
            ),
        )
        for series in range(1, _SERIES_OF_A_STUDY + 1):
            uid = f"1.2.{study}.{series}"
            modality = "CT" if series > 1 else "MR"
            last = _level(
                Level.SERIES, SeriesInstanceUID=uid, Modality=modality, SeriesNumber=series
            )
            yield from _instances(*above, last)


def _instances(patient: Entity, study: Entity, series: Entity) -> Iterator[Record]:
    for number in range(1, _INSTANCES_OF_A_SERIES + 1):
        uid = f"{series.uid}.{number}"
        known = _level(Level.IMAGE, SOPClassUID=CT, SOPInstanceUID=uid, InstanceNumber=number)
        path = f"instances/{study.uid}/{series.uid}/{uid}.dcm"
        file = File(path, EXPLICIT, 527000, number, "0" * 64, "SENDER", 1.7e9)
        yield Record(CT, patient, study, series, known, file)


def _memory() -> Path:
    """A fresh folder that is no disk."""
    shared = Path("/dev/shm")  # noqa: S108 (tmpfs is what is wanted)
    return Path(tempfile.mkdtemp(prefix="russet-", dir=shared if shared.is_dir() else None))


def _rows(count: int, rounds: int) -> dict[str, Any]:
    records = list(_records(count))
    folder = _memory()
    try:
        with DataFolder(folder / "data") as data, Index(data, Durability.NONE) as index:
            begun = time.perf_counter()
            for record in records:
                index.add(record)
            index.flush()
            took = time.perf_counter() - begun
            assert index.count() == len(records)
            print(f"   {len(records)} rows written: {len(records) / took:.0f} rows/s", flush=True)
            return {
                "rows": len(records),
                "rows_s": len(records) / took,
                "finds": _finds(index, rounds),
            }
    finally:
        shutil.rmtree(folder)


def _finds(index: Index, rounds: int) -> dict[str, dict[str, float]]:
    """Milliseconds of a C-FIND of level STUDY, until the last response."""
    measured = {}
    for name, keys in _QUERIES.items():
        identifier = Dataset(QueryRetrieveLevel="STUDY", **{**_KEYS, **keys})
        times: list[float] = []
        found: list[Dataset] = []
        for _ in range(2 * rounds + 1):
            begun = time.perf_counter()
            found = list(index.find(identifier))
            times.append((time.perf_counter() - begun) * 1e3)
        assert all(study.NumberOfStudyRelatedInstances == 100 for study in found)
        measured[name] = {"studies": len(found), "ms": statistics.median(times)}
    return measured


# --- receivers ------------------------------------------------------------------------------------


def _serve(kind: str, root: Path) -> None:
    """Receive until the end of standard input; then say how many are in the index."""
    with DataFolder(root) as folder:
        files = InstanceFiles(folder, Durability.NONE)
        index = Index(folder, Durability.NONE) if kind != "files" else None
        handler = (
            InstanceReceiver(files)
            if index is None
            else IndexedReceiver(files, index, digest=kind == "index and digests")
        )
        with russet.serve(0, handlers={"store": handler}) as receiver:
            print(receiver.port, flush=True)
            sys.stdin.read()
        if index is not None:
            index.flush()
            print(index.count())
            index.close()
        files.close()


def _series(count: int) -> Path:
    """Small MR files, made once."""
    folder = ROOT / "benches" / "results" / "series" / f"mr-{count}"
    if not folder.is_dir():
        making = folder.with_suffix(".part")
        shutil.rmtree(making, ignore_errors=True)
        kind = ("--kind", "mr", "--rows", "64", "--cols", "64", "--count", str(count))
        command = [sys.executable, str(MAKE_SERIES), *kind, "--out", str(making)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        making.rename(folder)
    return folder


def _blast(kind: str, series: Path, count: int) -> dict[str, Any]:
    root = _memory()
    command = [sys.executable, __file__, "--serve", kind, str(root)]
    try:
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ
        ) as child:
            assert child.stdout is not None
            port = child.stdout.readline().strip()
            tool = [sys.executable, str(BENCH_TOOLS / "blast.py"), "127.0.0.1", port, "RUSSET"]
            ended = subprocess.run(
                [*tool, str(series), "--json"], check=True, capture_output=True, text=True
            )
            indexed, _ = child.communicate()
        figures: dict[str, Any] = json.loads(ended.stdout)
        assert figures["files"] == count
        assert not figures["bad"], figures
        assert kind == "files" or int(indexed) == count
        return figures
    finally:
        shutil.rmtree(root)


def _receivers(count: int, rounds: int) -> dict[str, Any]:
    series = _series(count)
    kinds = ("files", "index", "index and digests")
    runs: dict[str, list[dict[str, Any]]] = {kind: [] for kind in kinds}
    for number in range(rounds):
        for kind in kinds:
            runs[kind].append(_blast(kind, series, count))
        shown = "  ".join(f"{kind} {runs[kind][-1]['files_s']:.0f}" for kind in kinds)
        print(f"   files/s round {number + 1}: {shown}", flush=True)
    return {
        kind: {
            "files_s": statistics.median(run["files_s"] for run in found),
            "p50_ms": statistics.median(run["p50_ms"] for run in found),
            "of_files": statistics.median(
                run["files_s"] / plain["files_s"]
                for run, plain in zip(found, runs["files"], strict=True)
            ),
        }
        for kind, found in runs.items()
    }


def main() -> None:
    """Measure, print the tables, and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.serve:
        _serve(chosen.serve[0], Path(chosen.serve[1]))
        return
    measured = _rows(chosen.rows, chosen.rounds)
    measured |= {"rounds": chosen.rounds, "files": chosen.files, "receivers": {}}
    if BENCH_TOOLS.is_dir():
        measured["receivers"] = _receivers(chosen.files, chosen.rounds)
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "index.json").write_text(json.dumps(measured, indent=1) + "\n")
    print("\n" + "\n".join(report.index(measured)))


if __name__ == "__main__":
    main()
