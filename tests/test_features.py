"""docs/features.md: every capability that is owed is there, with a test that exists."""

import ast
import re

import pytest

from tests.support.places import ROOT, SHARED, absent

PAGE = (ROOT / "docs" / "features.md").read_text(encoding="utf-8")
ROWS = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if re.match(r"\| \d", line)]
PRINT = {81}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
CORE = re.compile(r"\| ([CSAL](?:/[CSAL])?) \|$")


def numbers(written: str) -> set[int]:
    """The rows that "1-3, 5" names."""
    found: set[int] = set()
    for part in written.split(","):
        first, _, last = part.strip().partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return found


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_what_shows_a_capability_is_a_test(row: list[str]) -> None:
    shown = row[3].strip("`")
    if numbers(row[0]) <= PRINT:
        assert shown == ""
        return
    path, _, name = shown.partition("::")
    tree = ast.parse((ROOT / "tests" / path).read_text(encoding="utf-8"))
    tests = [node.name for node in tree.body if isinstance(node, FUNCTIONS)]
    assert f"test_{name}" in tests, shown


def test_every_capability_of_the_core_and_of_the_services_is_listed() -> None:
    seeds = SHARED / "seeds.md"
    if not seeds.is_file():
        absent(f"the list of what is owed, {seeds}")
    listed = set().union(*(numbers(row[0]) for row in ROWS))
    section = seeds.read_text(encoding="utf-8").split("## 2.")[0]
    owed: set[int] = set()
    for line in section.splitlines():
        found = CORE.search(line)
        if found and set(found[1]) & {"C", "S"}:
            owed |= numbers(line.strip("| ").split(" | ")[0])
    assert owed - listed - PRINT == set()
    assert len(owed) > 60
