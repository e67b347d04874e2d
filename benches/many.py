"""Very many associations at once: what each can do, and what an idle one costs the server.

All are opened first. Each then does C-ECHO, C-STORE and C-FIND while all the others do, and stays
open. Memory is that of the server process beyond what it had before, processor time that of a few
seconds in which nobody says anything.

Usage: many.py
"""

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benches.neutral import FIND, VERIFICATION, Peer, echo_rq, element, find_rq, store_rq
from benches.series import memory
from tests.support.processes import Listener

__all__ = ["LIMITS", "measure"]

LIMITS: Final = {"asyncio": (1000, 64), "threads": (500, 256)}
"""By body: how many associations, and how many KB each may cost."""

_MR: Final = b"1.2.840.10008.5.1.4.1.1.4"
_QUIET: Final = 3.0
_RESTED: Final = 7.0
_STUDY: Final = b"1.2.3"
_IDENTIFIER: Final = b"".join((
    element(0x0008, 0x0052, b"STUDY", b" "),
    element(0x0010, 0x0010, b"DOE*"),
    element(0x0020, 0x000D, b""),
))  # fmt: skip
_INSTANCE: Final = b"".join((
    element(0x0008, 0x0016, _MR), element(0x0008, 0x0018, b"1.2.3.4.5"),
    element(0x0010, 0x0010, b"DOE^JANE"), element(0x0020, 0x000D, _STUDY),
    element(0x0020, 0x000E, b"1.2.3.4"), element(0x7FE0, 0x0010, bytes(8192)),
))  # fmt: skip


def _figures(listener: Listener, number: int) -> dict[str, float]:
    """What the server says of itself; `number` counts the times that it was asked."""
    os.kill(listener.pid, signal.SIGUSR1)
    said = listener.wait_for(r"(?s)" + r"(?:.*?(\{[^}]*\}))" * number)
    found: dict[str, float] = json.loads(said[number])
    return found


def _associate(port: int) -> Peer:
    return Peer.associate(port, "RUSSET", VERIFICATION, _MR, FIND)


def _work(peers: list[Peer]) -> None:
    """One operation of each kind on every association, all of them out at once."""
    for number, (context, command, data, expected) in enumerate(
        (
            (1, echo_rq(1), b"", [0]),
            (3, store_rq(2, _MR, b"1.2.3.4.5"), _INSTANCE, [0]),
            (5, find_rq(3), _IDENTIFIER, [0xFF00, 0]),
        )
    ):
        for peer in peers:
            peer.send(context, command, data)
        for peer in peers:
            assert peer.statuses() == expected, f"operation {number + 1} failed"


def _measure(body: str, count: int) -> dict[str, Any]:
    folder = memory()
    server = [sys.executable, str(Path(__file__).with_name("serving.py")), "everything", body]
    with Listener([*server, str(folder)], folder / "log", None, r"listening on :(\d+)") as listener:
        for _ in range(3):  # What is made once is no cost of an association.
            first = [_associate(listener.port) for _ in range(8)]
            _work(first)
            for peer in first:
                peer.release()
        before = _figures(listener, 1)
        began = time.perf_counter()
        peers = [_associate(listener.port) for _ in range(count)]
        opened = time.perf_counter()
        _work(peers)
        done = time.perf_counter()
        time.sleep(_RESTED)  # Threads that rested are gone, the rest is what idling costs.
        idle = _figures(listener, 2)
        time.sleep(_QUIET)
        after = _figures(listener, 3)
        for peer in peers:
            peer.release()
    return {
        "associations": count,
        "open_s": opened - began,
        "work_s": done - opened,
        "kb_each": (after["rss"] - before["rss"]) / count / 1024,
        "limit_kb": LIMITS[body][1],
        "idle_cpu_percent": (after["cpu"] - idle["cpu"]) / _QUIET * 100,
    }


def measure() -> dict[str, Any]:
    """Measure both bodies."""
    found = {}
    for body, (count, _) in LIMITS.items():
        found[body] = _measure(body, count)
        print(f"   {body}: {found[body]}", flush=True)
    return found


if __name__ == "__main__":
    measure()
