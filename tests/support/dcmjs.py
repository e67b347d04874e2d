"""dcmjs-dimse in both roles, by two small programs beside the interop tests.

npm need not be at hand: without it these tests are skipped, in CI too.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.support.places import ROOT, need
from tests.support.processes import run

__all__ = ["DCMJS", "Sent", "scp_program", "send"]

DCMJS: Final = ROOT / "tests" / "interop" / "dcmjs"


@dataclass(frozen=True)
class Sent:
    """What scu.js tells: the window agreed on, and the status of each operation."""

    window: list[int]
    statuses: list[int]
    errors: list[str]


def send(port: int, files: Sequence[Path] = (), window: int = 1) -> Sent:
    """C-ECHO, then C-STORE of each file, with up to `window` operations under way."""
    program = (_node(), str(DCMJS / "scu.js"), str(port), str(window))
    ended = run(*program, *files, timeout=25)
    told = [line for line in ended.stdout.splitlines() if line.startswith('{"window"')]
    assert told, ended.stdout
    return Sent(**json.loads(told[-1]))


def scp_program(folder: Path, port: int) -> tuple[str, ...]:
    """The command line of a receiver that keeps every data set as it comes."""
    return (_node(), str(DCMJS / "scp.js"), str(port), str(folder))


def _node() -> str:
    if not (DCMJS / "node_modules").is_dir():
        pytest.skip("dcmjs-dimse is missing: `make peers` installs it where npm is at hand")
    return need("node")
