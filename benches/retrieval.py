"""C-MOVE and C-GET beside a plain send, all between russet processes, files on both sides.

The three take turns within each round; data folders are in memory (tmpfs) and nothing is synced.
The ratio is the median of the ratios within each round. What arrived is compared with what was
sent.

Usage: retrieval.py
"""

import json
import shutil
import statistics
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import pydicom

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benches.series import TITLES, memory, series
from tests.support import part10
from tests.support.processes import RUSSET, Listener, free_port, run

__all__ = ["measure"]

_HERE: Final = Path(__file__).parent
_ROUNDS: Final = 7
_WAYS: Final = ("send", "move", "get")


def _once(way: str, files: Path, sent: dict[str, part10.Part10]) -> float:
    """Instances per second on one way; the folders are fresh."""
    folder = memory()
    into = folder / "into"
    into.mkdir()
    sink = free_port()
    keep = ["--durability", "none", "--quiet", "--no-index", "--data", str(into)]
    receiver = [RUSSET, "serve", "--bind", "127.0.0.1", *keep, "--port", str(sink)]
    serving = [sys.executable, str(_HERE / "serving.py"), "retrieve", "threads", str(files)]
    try:
        with ExitStack() as stack:
            port = sink
            if way != "get":
                stack.enter_context(Listener(receiver, folder / "sink.log", sink))
            if way != "send":
                command = [*serving, "--sink", str(sink)]
                log, announce = folder / "log", r"listening on :(\d+)"
                port = stack.enter_context(Listener(command, log, None, announce)).port
            study = pydicom.dcmread(next(iter(sent.values())).path).StudyInstanceUID
            options = ("--files", files, "--into", into, "--study", study)
            ended = run(sys.executable, _HERE / "asking.py", way, str(port), *options)
            assert ended.returncode == 0, ended.stdout
        figures = json.loads(ended.stdout)
        assert figures["count"] == len(sent), figures
        stored = part10.stored(into)
        assert stored.keys() == sent.keys()
        assert all(file.dataset == sent[uid].dataset for uid, file in stored.items())
        return float(figures["count"] / figures["seconds"])
    finally:
        shutil.rmtree(folder)


def measure(rounds: int = _ROUNDS) -> dict[str, Any]:
    """Measure both series."""
    found: dict[str, Any] = {}
    for kind, title in TITLES.items():
        files = series(kind)
        sent = part10.stored(files)
        runs: list[dict[str, float]] = []
        for number in range(rounds + 1):
            first = number % len(_WAYS)
            turns = (*_WAYS[first:], *_WAYS[:first])
            rates = {way: _once(way, files, sent) for way in turns}
            print(
                f"   {kind} {'warm-up' if not number else f'round {number}'}: {rates}", flush=True
            )
            runs += [rates] if number else []
        found[kind] = {"title": title} | {
            way: {
                "per_s": statistics.median(rates[way] for rates in runs),
                "to_send": statistics.median(rates[way] / rates["send"] for rates in runs),
            }
            for way in _WAYS
        }
    return found


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
