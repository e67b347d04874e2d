"""The tables of the network benches, and their place on the page of measured figures."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

__all__ = ["sections", "update"]

_BEGIN: Final = "## Network"
_METHOD: Final = """\
Everything over loopback, a neutral side wherever there can be one (its messages are encoded before
the clock starts), all taking turns within each round; medians, and ratios within each round."""


def sections(measured: dict[str, Any]) -> Iterator[str]:
    """The whole part, from its heading on."""
    about = measured["machine"]
    yield _BEGIN
    yield ""
    yield _METHOD
    yield ""
    yield (
        f"{measured['rounds']} rounds on {about['cores']} cores, {about['system']}, "
        f"Python {about['python']}."
    )
    for table in (_window, _queries, _many, _retrieval, _echoes, _starts):
        yield ""
        yield from table(measured)


def _head(title: str, *columns: str) -> Iterator[str]:
    yield title
    yield ""
    yield f"| {' | '.join(columns)} |"
    yield f"|---|{'---:|' * (len(columns) - 1)}"


def _window(measured: dict[str, Any]) -> Iterator[str]:
    yield from _head(
        "C-STORE on one association, where the receiver takes 5 ms for each instance; instances/s:",
        *("russet", "window of 1", "window of 8", "times"),
    )
    for name, row in measured["window"].items():
        yield f"| {name} | {row['window_1']:.0f} | {row['window_8']:.0f} | {row['times']:.1f} |"


def _queries(measured: dict[str, Any]) -> Iterator[str]:
    found = measured["queries"]
    yield from _head(
        f"C-FIND with {found['matches']} matches (dcmqrscp, whose index holds no more: 4000):",
        *("server, asked by a neutral client", "responses/s", "russet to this"),
    )
    for name, row in found["servers"].items():
        yield f"| {name} | {row['per_s']:.0f} | {row['russet_to_this']:.2f} |"
    yield ""
    yield "| client, answered by a neutral server | responses/s | russet to this |"
    yield "|---|---:|---:|"
    for name, row in found["clients"].items():
        yield f"| {name} | {row['per_s']:.0f} | {row['russet_to_this']:.2f} |"


def _many(measured: dict[str, Any]) -> Iterator[str]:
    yield from _head(
        "Associations open at once, each with an echo, a store and a find behind it, then idle:",
        *("server", "associations", "opened in s", "all three done in s"),
        *("KB each", "at most", "idle, % of a core"),
    )
    for name, row in measured["many"].items():
        yield (
            f"| {name} | {row['associations']} | {row['open_s']:.1f} | {row['work_s']:.1f} "
            f"| {row['kb_each']:.0f} | {row['limit_kb']} | {row['idle_cpu_percent']:.1f} |"
        )


def _retrieval(measured: dict[str, Any]) -> Iterator[str]:
    yield from _head(
        "From an archive of russet's, between russet processes, nothing synced; instances/s:",
        *("series", "send", "C-MOVE", "to send", "C-GET", "to send"),
    )
    for row in measured["retrieval"].values():
        move, get = row["move"], row["get"]
        yield (
            f"| {row['title']} | {row['send']['per_s']:.0f} | {move['per_s']:.0f} "
            f"| {move['to_send']:.2f} | {get['per_s']:.0f} | {get['to_send']:.2f} |"
        )


def _echoes(measured: dict[str, Any]) -> Iterator[str]:
    yield from _head(
        "C-ECHO on one association, asked by the neutral client:",
        *("server", "us each", "times russet's"),
    )
    for name, row in measured["echoes"].items():
        yield f"| {name} | {row['us']:.0f} | {row['times']:.2f} |"


def _starts(measured: dict[str, Any]) -> Iterator[str]:
    yield from _head(
        "Commands, from start to end, with `--help`; milliseconds:",
        *("command", "median", "fastest", "processor time"),
    )
    for name, row in measured["starts"].items():
        yield (f"| russet {name} | {row['ms']:.0f} | {row['best_ms']:.0f} | {row['cpu_ms']:.0f} |")


def update(page: Path, lines: list[str]) -> None:
    """Put the part in its place: the other sections stay as they are."""
    text = page.read_text()
    begin = text.find(_BEGIN)
    if begin < 0:
        page.write_text(f"{text.rstrip()}\n\n" + "\n".join(lines) + "\n")
        return
    end = text.find("\n## ", begin)
    rest = "" if end < 0 else text[end:]
    page.write_text(text[:begin] + "\n".join(lines) + "\n" + rest)
