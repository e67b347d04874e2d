"""Receivers under one neutral sender: russet, DCMTK storescp and pynetdicom, each at its best.

The sender encodes every message before its clock starts; the data folders are in memory (tmpfs);
the receivers take turns within each round; what they stored is compared byte for byte with what
was sent. A plain socket-to-file copy of the same bytes is the floor that no receiver gets below.

Usage: receive.py [--rounds N] [--update PAGE]
"""

import argparse
import json
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benches import report
from benches.series import RESULTS, TITLES, dcmtk, memory, need_tools, series, tool
from tests.support import part10
from tests.support.processes import RUSSET, Listener, free_port, run

__all__ = ["main"]

_STOCK_FILES: Final = 300
_WARM_UP: Final = 2  # rounds that do not count: the kernel finds its memory, caches fill
_FLOOR: Final = "floor (no protocol)"


@dataclass(frozen=True)
class Receiver:
    """How to start a receiver: its command for a port (0: it chooses and says so) and a folder."""

    name: str
    aet: str
    command: Callable[[int, Path], list[str]]
    announce: str = ""

    def start(self, folder: Path) -> Listener:
        """Run it, its files below `folder`."""
        data = folder / "data"
        data.mkdir()
        port = None if self.announce else free_port()
        return Listener(self.command(port or 0, data), folder / "log", port, self.announce)


def _receivers() -> list[Receiver]:
    storescp = dcmtk("storescp")
    peer = str(Path(__file__).with_name("pynetdicom_receiver.py"))
    ours = [RUSSET, "serve", "--bind", "127.0.0.1", "--durability", "none", "--quiet"]
    return [
        Receiver(
            "russet",
            "RUSSET",
            lambda port, data: [*ours, "--no-index", "--port", str(port), "--data", str(data)],
            r" on \S*:(\d+)",
        ),
        Receiver(
            "russet with index",
            "RUSSET",
            lambda port, data: [*ours, "--port", str(port), "--data", str(data)],
            r" on \S*:(\d+)",
        ),
        Receiver(
            "DCMTK storescp +B",
            "STORESCP",
            lambda port, data: [
                *(storescp, "-q", "-aet", "STORESCP", "-od", str(data)),
                *("--max-pdu", "131072", "+B", str(port)),
            ],
        ),
        Receiver(
            "pynetdicom raw",
            "PYNETDICOM",
            lambda port, data: [sys.executable, peer, str(port), str(data)],
        ),
    ]


def _floor(files: Path) -> dict[str, Any]:
    folder = memory()
    try:
        return tool("limit.py", str(files), "--dir", str(folder))
    finally:
        shutil.rmtree(folder)


def _blast(receiver: Receiver, files: Path, sent: dict[str, part10.Part10]) -> dict[str, Any]:
    """One run of the neutral sender; the folder is fresh, what is in it at the end is checked."""
    folder = memory()
    try:
        with receiver.start(folder) as listener:
            target = ("127.0.0.1", str(listener.port), receiver.aet, str(files))
            figures = tool("blast.py", *target, "--json")
        assert not figures["bad"], figures
        assert not figures["refused"], figures
        _compare(folder / "data", sent)
        return figures
    finally:
        shutil.rmtree(folder)


def _compare(folder: Path, sent: dict[str, part10.Part10]) -> None:
    stored = part10.stored(folder)
    assert stored.keys() == sent.keys(), f"{len(stored)} of {len(sent)} files arrived"
    for uid, file in stored.items():
        assert file.dataset == sent[uid].dataset, f"{file.path} differs from {sent[uid].path}"
        assert file.transfer_syntax == sent[uid].transfer_syntax


def _stock(receiver: Receiver, found: Path) -> float:
    """Seconds for small files from a storescu that nobody tuned, its start included."""
    storescu = dcmtk("storescu")
    files = sorted(path for path in found.rglob("*") if path.is_file())[:_STOCK_FILES]
    folder = memory()
    try:
        with receiver.start(folder) as listener:
            command = (storescu, "-R", "-aec", receiver.aet, "127.0.0.1", str(listener.port))
            began = time.perf_counter()
            ended = run(*command, *files, timeout=300, nodelay=False)
            seconds = time.perf_counter() - began
        assert ended.returncode == 0, ended.stdout
        assert len(part10.stored(folder / "data")) == len(files)
        return seconds
    finally:
        shutil.rmtree(folder)


def _measure(kind: str, rounds: int) -> dict[str, Any]:
    files = series(kind)
    sent = part10.stored(files)
    receivers = _receivers()
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in (r.name for r in receivers)}
    runs[_FLOOR] = []
    for number in range(1 - _WARM_UP, rounds + 1):
        first = number % len(receivers)  # nobody always runs in the wake of the same neighbour
        turns = receivers[first:] + receivers[:first]
        found = {receiver.name: _blast(receiver, files, sent) for receiver in turns}
        found[_FLOOR] = _floor(files)
        if number > 0:
            for name, figures in found.items():
                runs[name].append(figures)
        rates = "  ".join(f"{name} {found[name]['mb_s']}" for name in runs)
        print(
            f"   {kind} {'warm-up' if number < 1 else f'round {number}'}  MB/s: {rates}", flush=True
        )
    return {
        "title": TITLES[kind],
        "files": len(sent),
        "megabytes": runs["russet"][0]["mb"],
        "receivers": {name: _summary(figures, runs["russet"]) for name, figures in runs.items()},
    }


def _summary(figures: list[dict[str, Any]], ours: list[dict[str, Any]]) -> dict[str, float]:
    """Medians over the rounds; the ratio is the median of the ratios within each round."""
    median = {
        key: statistics.median(run[key] for run in figures)
        for key in ("mb_s", "files_s", "p50_ms", "p99_ms")
        if key in figures[0]
    }
    ratios = [our["mb_s"] / run["mb_s"] for our, run in zip(ours, figures, strict=True)]
    return median | {
        "lowest_mb_s": min(run["mb_s"] for run in figures),
        "highest_mb_s": max(run["mb_s"] for run in figures),
        "russet_to_this": statistics.median(ratios),
    }


def main() -> None:
    """Measure, print the tables, keep them as JSON, and write the page when asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7, help="measured rounds, after the warm-up")
    parser.add_argument("--update", type=Path, metavar="PAGE", help="write the tables here")
    options = parser.parse_args()
    need_tools()
    RESULTS.mkdir(parents=True, exist_ok=True)
    measured = {
        "machine": report.machine(),
        "rounds": options.rounds,
        "series": {kind: _measure(kind, options.rounds) for kind in TITLES},
        "stock_storescu": {
            "files": _STOCK_FILES,
            "seconds": {r.name: round(_stock(r, series("mr")), 2) for r in _receivers()},
        },
    }
    path = RESULTS / "receive.json"
    path.write_text(json.dumps(measured, indent=1) + "\n")
    print("\n" + "\n".join(report.receivers(measured)))
    if options.update:
        options.update.write_text(report.page(measured, RESULTS))
        print(f"wrote {options.update}")


if __name__ == "__main__":
    main()
