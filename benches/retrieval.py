"""C-MOVE and C-GET from an archive beside a plain send, all between russet processes.

The archive is `russet serve` with its index, filled once. The three take turns within each round;
data folders are in memory (tmpfs) and nothing is synced. The ratio is the median of the ratios
within each round. What arrived is compared with what was sent.

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
_ASKING: Final = "RUSSET"
_WAYS: Final = ("send", "move", "get")


def _serve(data: Path, *more: str) -> tuple[list[str], int]:
    """The command of a server of files, and its port."""
    port = free_port()
    where = ["--bind", "127.0.0.1", "--port", str(port), "--data", str(data)]
    return [RUSSET, "serve", *where, "--durability", "none", "--quiet", *more], port


def _filled(folder: Path, files: Path) -> Path:
    """An archive that holds the files."""
    command, port = _serve(folder / "archive")
    with Listener(command, folder / "filling.log", port):
        ended = run(sys.executable, _HERE / "asking.py", "send", str(port), "--files", files)
        assert ended.returncode == 0, ended.stdout
    return folder / "archive"


def _peers(folder: Path, sink: int) -> str:
    """The file that says who may ask, and where SINK is."""
    path = folder / "peers.toml"
    local = '[local]\ntitles = ["RUSSET"]\n'
    known = f'[[peer]]\ntitle = "SINK"\nhost = "127.0.0.1"\nport = {sink}\n'
    path.write_text(f'{local}\n{known}\n[[peer]]\ntitle = "{_ASKING}"\nnetworks = ["127.0.0.1"]\n')
    return str(path)


def _once(way: str, files: Path, archive: Path, sent: dict[str, part10.Part10]) -> float:
    """Instances per second on one way; the folder that they go to is fresh."""
    folder = memory()
    into = folder / "into"
    into.mkdir()
    receiver, port = _serve(into, "--no-index")
    try:
        with ExitStack() as stack:
            if way != "get":
                stack.enter_context(Listener(receiver, folder / "sink.log", port))
            if way != "send":
                command, port = _serve(archive, "--peers", _peers(folder, port))
                stack.enter_context(Listener(command, folder / "archive.log", port))
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
    return {kind: {"title": title} | _series(kind, rounds) for kind, title in TITLES.items()}


def _series(kind: str, rounds: int) -> dict[str, dict[str, float]]:
    """Each way in turn; medians, and the median of the ratios to a send."""
    files, folder = series(kind), memory()
    sent = part10.stored(files)
    runs: list[dict[str, float]] = []
    try:
        archive = _filled(folder, files)
        for number in range(rounds + 1):
            first = number % len(_WAYS)
            turns = (*_WAYS[first:], *_WAYS[:first])
            rates = {way: _once(way, files, archive, sent) for way in turns}
            shown = "warm-up" if not number else f"round {number}"
            print(f"   {kind} {shown}: {rates}", flush=True)
            runs += [rates] if number else []
    finally:
        shutil.rmtree(folder)
    return {
        way: {
            "per_s": statistics.median(rates[way] for rates in runs),
            "to_send": statistics.median(rates[way] / rates["send"] for rates in runs),
        }
        for way in _WAYS
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
