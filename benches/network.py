"""Windows, queries, very many associations, retrieval, echoes and starts, one after the other.

Each part is a bench of its own beside this one; together they leave `network.json`, which the page
of benchmarks is made with.

Usage: network.py [--rounds N] [--update PAGE]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benches import many, network_report, queries, report, retrieval, window
from benches.neutral import VERIFICATION, Peer, echo_rq
from benches.series import RESULTS, dcmtk, memory, need_tools
from tests.support.processes import RUSSET, Listener, free_port

__all__ = ["main"]

_ECHOES: Final = 1000
_COMMANDS: Final = ("echo", "find", "serve")
_STARTS: Final = 9


def _echoing(port: int, title: str) -> float:
    """Microseconds of a C-ECHO on one association, the median of many."""
    peer, took = Peer.associate(port, title, VERIFICATION), []
    for number in range(1, _ECHOES + 1):
        request = echo_rq(number)
        began = time.perf_counter()
        peer.send(1, request)
        assert peer.statuses() == [0]
        took.append(time.perf_counter() - began)
    peer.release()
    return statistics.median(took) * 1e6


def _echoes(rounds: int) -> dict[str, dict[str, float]]:
    """One association, one echo after the other, in turns with storescp."""
    folder = memory()
    ports = free_port(), free_port()
    ours = [RUSSET, "serve", "--bind", "127.0.0.1", "--quiet", "--data", str(folder / "data")]
    theirs = [dcmtk("storescp"), "-q", "-aet", "RUSSET", "-od", str(folder), str(ports[1])]
    with (
        Listener([*ours, "--port", str(ports[0])], folder / "ours.log", ports[0]),
        Listener(theirs, folder / "theirs.log", ports[1]),
    ):
        found = [[_echoing(port, "RUSSET") for port in ports] for _ in range(rounds)]
    return {
        "russet": {"us": statistics.median(us for us, _ in found), "times": 1.0},
        "DCMTK storescp": {
            "us": statistics.median(us for _, us in found),
            "times": statistics.median(peer / our for our, peer in found),
        },
    }


def _starts() -> dict[str, dict[str, float]]:
    """Milliseconds from the start of a command to its end, and of processor time."""
    found = {}
    for command in _COMMANDS:
        runs = []
        for _ in range(_STARTS + 1):
            began = time.perf_counter()
            process = subprocess.Popen([RUSSET, command, "--help"], stdout=subprocess.DEVNULL)
            _, status, used = os.wait4(process.pid, 0)
            wall = time.perf_counter() - began
            process.returncode = os.waitstatus_to_exitcode(status)
            assert process.returncode == 0
            runs.append((wall * 1e3, (used.ru_utime + used.ru_stime) * 1e3))
        walls, cpus = zip(*runs[1:], strict=True)
        found[command] = {
            "ms": statistics.median(walls),
            "best_ms": min(walls),
            "cpu_ms": statistics.median(cpus),
        }
    return found


def main() -> None:
    """Measure every part, print the tables, keep the figures, and write the page when asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="measured rounds of each part")
    parser.add_argument("--update", type=Path, metavar="PAGE", help="write the sections here")
    options = parser.parse_args()
    need_tools()
    RESULTS.mkdir(parents=True, exist_ok=True)
    rounds = options.rounds
    parts: dict[str, Callable[[], Any]] = {
        "window": lambda: window.measure(rounds),
        "queries": lambda: queries.measure(rounds),
        "many": many.measure,
        "retrieval": lambda: retrieval.measure(rounds),
        "echoes": lambda: _echoes(rounds),
        "starts": _starts,
    }
    measured: dict[str, Any] = {"machine": report.machine(), "rounds": rounds}
    for name, measure in parts.items():
        print(f"   -- {name}", flush=True)
        measured[name] = measure()
    (RESULTS / "network.json").write_text(json.dumps(measured, indent=1) + "\n")
    lines = list(network_report.sections(measured))
    print("\n" + "\n".join(lines))
    if options.update:
        network_report.update(options.update, lines)
        print(f"wrote {options.update}")


if __name__ == "__main__":
    main()
