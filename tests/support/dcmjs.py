"""dcmjs-dimse in both roles, by two small programs beside the interop tests.

npm need not be at hand: without it these tests are skipped, in CI too.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.places import ROOT, need
from tests.support.processes import run

__all__ = ["DCMJS", "Told", "ask", "scp_program"]

DCMJS: Final = ROOT / "tests" / "interop" / "dcmjs"


@dataclass(frozen=True)
class Told:
    """What scu.js tells.

    Attributes:
        window: Operations invoked and performed, as agreed on.
        statuses: The final status of each operation, C-ECHO first.
        found: The matches of C-FIND, by keyword.
        got: The SOP Instance UIDs that C-GET brought.
        errors: What went wrong with the association.
    """

    window: list[int]
    statuses: list[int]
    found: list[dict[str, Any]]
    got: list[str]
    errors: list[str]


def ask(port: int, **orders: object) -> Told:
    """Have dcmjs-dimse carry out orders (see scu.js) on one association to `port`."""
    ended = run(_node(), DCMJS / "scu.js", str(port), json.dumps(orders), timeout=25)
    told = [line for line in ended.stdout.splitlines() if line.startswith('{"window"')]
    assert told, ended.stdout
    return Told(**json.loads(told[-1]))


def scp_program(folder: Path, port: int) -> tuple[str, ...]:
    """The command line of a receiver that keeps every data set as it comes."""
    return (_node(), str(DCMJS / "scp.js"), str(port), str(folder))


def _node() -> str:
    if not (DCMJS / "node_modules").is_dir():
        pytest.skip("dcmjs-dimse is missing: `make peers` installs it where npm is at hand")
    return need("node")
