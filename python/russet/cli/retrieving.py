"""How commands retrieve: progress on a terminal, a summary, an honest exit code."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

from russet.cli.ending import report
from russet.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from russet.data import Dataset
    from russet.net.outcome import Address
    from russet.services.retrieve import Progress

__all__ = ["follow", "tell_hint"]

_SHOWN: Final = 10
_CANCELLED: Final = 0xFE00


def follow(
    responses: Iterable[Progress], address: Address, *, quiet: bool, as_json: bool, what: str
) -> tuple[Progress | None, int]:
    """Follow a C-MOVE or C-GET to its end, and say what came of it.

    Args:
        responses: What the peer says.
        address: Who says it.
        quiet: Whether to say nothing but failures.
        as_json: Whether to print one JSON object on stdout.
        what: What is done, as "moved".

    Returns:
        The last response, None without any, and the exit code.
    """
    began = time.perf_counter()
    last = None
    try:
        with _bar(shown=not quiet and not as_json) as advance:
            for last in responses:
                advance(last)
    except KeyboardInterrupt:
        _interrupted(
            last or _nothing(), address, time.perf_counter() - began, what, as_json=as_json
        )
        raise
    seconds = time.perf_counter() - began
    if last is None:
        return None, ExitCode.ABORTED
    if as_json:
        report(_report(last, address, seconds))
    _tell(last, address)
    if not quiet:
        if last.ok and last.completed == 0 and not last.warning:
            click.echo("nothing matches", err=True)
        _summarise(last, seconds, what)
    return last, _exit_code(last, _done(last))


def tell_hint(identifier: Dataset, name: str) -> None:
    """Say which unique keys a retrieval lacks (PS3.4 C.4.2.1.4.1), and what does without.

    Args:
        identifier: The keys, with their level.
        name: The information model.
    """
    from russet.dimse.models import named

    model = named(name)
    level = str(identifier.get("QueryRetrieveLevel", ""))
    names = [each.name for each in model.levels]
    needed = model.levels[: names.index(level) + 1] if level in names else ()
    lacking = [each.unique_key for each in needed if not identifier.get(each.unique_key)]
    if not lacking:
        return
    other = ""
    if identifier.get("SOPInstanceUID"):
        other = "; an instance by its UID alone is had by --model composite"
    elif name != "patient" and identifier.get("PatientID"):
        other = "; all of a patient is had by --model patient"
    click.echo(f"a retrieval at level {level} has to name {' and '.join(lacking)}{other}", err=True)


def _nothing() -> Progress:
    """How far it is before the first response."""
    from russet.dimse.status import Status
    from russet.services.retrieve import Progress

    return Progress(Status(0xFF00))


def _done(last: Progress) -> int:
    return (last.completed or 0) + (last.warning or 0)


def _tell(last: Progress, address: Address) -> None:
    """Say what failed."""
    for uid in last.failed_uids[:_SHOWN]:
        why = f": {last.reasons[uid]}" if uid in last.reasons else ""
        click.echo(f"failed: {uid}{why}", err=True)
    if (more := len(last.failed_uids) - _SHOWN) > 0:
        click.echo(f"... and {more} more", err=True)
    if not last.ok:
        click.echo(_failure(last, address), err=True)


def _failure(last: Progress, address: Address) -> str:
    said = f": {last.comment}" if last.comment else ""
    return f"{address} answered {last.status}{said}"


def _summarise(last: Progress, seconds: float, what: str) -> None:
    done = _done(last)
    rate = f"  {done / seconds:.0f}/s" if done else ""
    click.echo(f"{seconds:.1f} s{rate}      {what} {done}  failed {last.failed or 0}", err=True)


def _interrupted(
    last: Progress, address: Address, seconds: float, what: str, *, as_json: bool
) -> None:
    """Say how far it was."""
    if as_json:
        report({**_report(last, address, seconds), "ok": False, "error": "interrupted"})
    _summarise(last, seconds, what)


def _exit_code(last: Progress, done: int) -> int:
    if last.ok:
        return ExitCode.OK
    if last.status == _CANCELLED or done:
        return ExitCode.SOME_FAILED
    return ExitCode.FAILURE_STATUS


def _report(last: Progress, address: Address, seconds: float) -> dict[str, object]:
    return {
        "peer": str(address),
        "ok": last.ok,
        "status": f"{int(last.status):04X}",
        "meaning": last.status.meaning,
        "comment": last.comment,
        # Left out of a response that refuses all of it (PS3.7 9.1.4.1): then there were none.
        "completed": last.completed or 0,
        "failed": last.failed or 0,
        "warning": last.warning or 0,
        "failed_uids": list(last.failed_uids),
        "reasons": dict(last.reasons),
        "seconds": round(seconds, 3),
        **({} if last.ok else {"error": _failure(last, address)}),
    }


@contextmanager
def _bar(*, shown: bool) -> Iterator[Callable[[Progress], None]]:
    """A bar on a terminal, nothing in a pipe."""
    if not shown or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (MofNCompleteColumn(), BarColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("retrieve", total=None)

        def advance(progress: Progress) -> None:
            done = sum(
                count or 0 for count in (progress.completed, progress.failed, progress.warning)
            )
            total = None if progress.remaining is None else done + progress.remaining
            bar.update(task, completed=done, total=total)

        yield advance
