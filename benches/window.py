"""C-STORE with a window of 8 beside a window of 1, where the receiver takes 5 ms for an instance.

In each role one side is neutral: a sender that keeps as many requests out as it was granted, and a
receiver that works on as many at a time as it grants. One association.

Usage: window.py
"""

import json
import shutil
import statistics
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benches.series import memory, series, tool
from tests.support.processes import Listener, run

__all__ = ["measure"]

_HERE: Final = Path(__file__).parent
_ANNOUNCE: Final = r"listening on :(\d+)"
_FILES: Final = 300
_ROUNDS: Final = 3
_WINDOWS: Final = (1, 8)
_SECONDS: Final = "0.005"


def _python(name: str, *words: Any) -> list[str]:
    return [sys.executable, str(_HERE / name), *map(str, words)]


def _blasted(port: int, files: Path, window: int) -> float:
    target = ("127.0.0.1", str(port), "RUSSET", str(files))
    figures = tool("blast.py", *target, "--window", str(window), "--json")
    assert not figures["bad"], figures
    assert figures["files"] == _FILES
    return float(figures["files_s"])


def _stored(body: str, port: int, files: Path, window: int) -> float:
    words = ("store", port, "--files", files, "--window", window, "--body", body)
    ended = run(*_python("asking.py", *words), timeout=120)
    assert ended.returncode == 0, ended.stdout
    figures = json.loads(ended.stdout)
    assert figures["count"] == _FILES
    return float(figures["count"] / figures["seconds"])


def _compare(once: Callable[[int], float], rounds: int) -> dict[str, float]:
    """Both windows in turns: their medians, and the median of the ratios within each round."""
    runs = [{window: once(window) for window in _WINDOWS} for _ in range(rounds)]
    return {
        **{
            f"window_{window}": statistics.median(run[window] for run in runs)
            for window in _WINDOWS
        },
        "times": statistics.median(run[8] / run[1] for run in runs),
    }


def measure(rounds: int = _ROUNDS) -> dict[str, Any]:
    """Measure both roles on both bodies."""
    folder = memory()
    found: dict[str, Any] = {}
    try:
        few = folder / "few"
        few.mkdir()
        for path in sorted(series("mr").iterdir())[:_FILES]:
            shutil.copy(path, few)
        for body in ("threads", "asyncio"):
            slow = _python("serving.py", "slow", body, folder, "--seconds", _SECONDS)
            with Listener(slow, folder / "slow.log", None, _ANNOUNCE) as listener:
                rates = _compare(partial(_blasted, listener.port, few), rounds)
            found[f"receiving, {body}"] = rates
            neutral = _python("neutral.py", "store-server", 0, 8, _SECONDS)
            with Listener(neutral, folder / "neutral.log", None, _ANNOUNCE) as listener:
                rates = _compare(partial(_stored, body, listener.port, few), rounds)
            found[f"sending, {body}"] = rates
            print(f"   {body}: {found}", flush=True)
    finally:
        shutil.rmtree(folder)
    return found


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
