"""The table of docs/interop.md, made by the tests that talk to peers: nothing in it is claimed.

A test says with the mark `interop_row` what it shows. `--write-interop` writes the rows of the
tests that ran and passed into the page, and keeps those of tests that were skipped. In CI the page
is not written: it must already have these rows; the versions may be others. Only a run of all
interop tests counts.
"""

import re
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

import pytest

from tests.support.places import CI, ROOT
from tests.support.versions import version

__all__ = ["PAGE", "Line", "Row", "differences", "each", "lines", "page"]

PAGE: Final = ROOT / "docs" / "interop.md"
_HEAD: Final = (
    "| peer | version | direction | service | judged by |",
    "|---|---|---|---|---|",
)
_TABLE: Final = re.compile(r"^\| peer \|.*\n\|[-|]+\|\n(?:\|.*\n)*", re.MULTILINE)


class Row(NamedTuple):
    """What a test shows, the arguments of `interop_row`.

    Attributes:
        peer: The product, then its tool where it has several.
        service: The standard's word: Verification, Storage.
        direction: What the peer does: "peer sends", "peer receives".
        judged: What is looked at.
    """

    peer: str
    service: str
    direction: str
    judged: str


class Line(NamedTuple):
    """A row with the version that it was seen with."""

    row: Row
    version: str


def lines(text: str) -> list[Line]:
    """The lines of the table in a page."""
    found = _TABLE.search(text)
    cells = (line.strip("| ").split(" | ") for line in (found[0] if found else "").splitlines()[2:])
    return [
        Line(Row(peer, service, direction, judged), number.strip())
        for peer, number, direction, service, judged in cells
    ]


def page(text: str, table: Iterable[Line]) -> str:
    """The page with another table."""
    body = [
        f"| {row.peer} | {number} | {row.direction} | {row.service} | {row.judged} |"
        for row, number in sorted(table)
    ]
    written = "\n".join([*_HEAD, *body]) + "\n"
    return _TABLE.sub(lambda _: written, text, count=1)


class _Peer(Protocol):
    @property
    def peer(self) -> str: ...


def each(programs: Sequence[_Peer], service: str, direction: str, judged: str) -> list[Any]:
    """The programs as parameters of a test, with a row for each."""
    return [
        pytest.param(
            program,
            id=program.peer,
            marks=pytest.mark.interop_row(
                peer=program.peer, service=service, direction=direction, judged=judged
            ),
        )
        for program in programs
    ]


def differences(committed: Iterable[Row], seen: Mapping[Row, str]) -> list[str]:
    """How a page and a run disagree; `seen` has the outcome of each row's tests."""
    stated = set(committed)
    missing = [row for row, outcome in seen.items() if outcome == "passed" and row not in stated]
    stale = [row for row in stated if row not in seen]
    return [
        *(f"not in the page: {', '.join(row)}" for row in sorted(missing)),
        *(f"shown by no test: {', '.join(row)}" for row in sorted(stale)),
    ]


@dataclass(eq=False)  # plugins are hashed
class _Run:
    """The rows of this run with the worst outcome of their tests."""

    config: pytest.Config
    outcomes: dict[Row, str]
    verdict: tuple[str, ...] = ()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Note every row that there is."""
        for item in items:
            for row in _rows(item):
                self.outcomes.setdefault(row, "skipped")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Note how a test ended."""
        report = yield
        if report.when == "call" or report.failed:
            for row in _rows(item):
                if self.outcomes.get(row) != "failed":
                    self.outcomes[row] = self._worst(row, report.outcome)
        return report

    def _worst(self, row: Row, outcome: str) -> str:
        return self.outcomes[row] if outcome == "skipped" else outcome

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the page, or in CI compare it."""
        if session.exitstatus or not self._whole():
            return
        text = PAGE.read_text(encoding="utf-8")
        committed = lines(text)
        if not CI:
            PAGE.write_text(page(text, self._table(committed)), encoding="utf-8")
            return
        self.verdict = tuple(differences((line.row for line in committed), self.outcomes))
        if self.verdict:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what is wrong with the page."""
        if self.verdict:
            terminalreporter.section("docs/interop.md")
            for line in (*self.verdict, "run `make interop` and commit the page"):
                terminalreporter.line(line)

    def _table(self, committed: Iterable[Line]) -> list[Line]:
        kept = {line.row: line.version for line in committed}
        passed = {row: version(row.peer) for row, end in self.outcomes.items() if end == "passed"}
        skipped = {
            row: kept[row] for row, end in self.outcomes.items() if end == "skipped" and row in kept
        }
        return [Line(row, number) for row, number in {**skipped, **passed}.items()]

    def _whole(self) -> bool:
        narrowed = self.config.option.keyword or self.config.option.markexpr != "interop"
        return not narrowed and self.config.args_source is pytest.Config.ArgsSource.TESTPATHS


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take `--write-interop`."""
    parser.addoption(
        "--write-interop",
        action="store_true",
        help="write the rows of docs/interop.md; in CI compare them",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Collect rows where the page is asked for."""
    if config.getoption("--write-interop"):
        config.pluginmanager.register(_Run(config, {}), "interop-rows")


def _rows(item: pytest.Item) -> list[Row]:
    return [Row(**mark.kwargs) for mark in item.iter_markers("interop_row")]
