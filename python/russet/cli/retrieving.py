"""How commands retrieve: progress on a terminal, a summary, an honest exit code."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import click

from russet.cli.ending import report
from russet.cli.exit_codes import ExitCode
from russet.errors import NetworkError

if TYPE_CHECKING:
    from russet.data import Dataset
    from russet.net.outcome import Address
    from russet.services.retrieve import Progress

__all__ = ["Retrieval", "follow", "tell_hint"]

_SHOWN: Final = 10
_CANCELLED: Final = 0xFE00
_NOTHING: Final = "nothing matches"


@dataclass(frozen=True)
class Retrieval:
    """A C-MOVE or C-GET, and how to tell of it.

    Attributes:
        address: Who is asked.
        quiet: Whether to say nothing but failures.
        as_json: Whether to print one JSON object on stdout.
        what: What is done, as "moved".
        taken: How many instances have come here.
        unwritten: Takes how many failed, and says why our own disk refused them all; empty when it
            did not.
    """

    address: Address
    quiet: bool
    as_json: bool
    what: str
    taken: Callable[[], int] = int
    unwritten: Callable[[int], str] = lambda _: ""


def follow(responses: Iterable[Progress], told: Retrieval) -> tuple[Progress | None, int]:
    """Follow a C-MOVE or C-GET to its end, and say what came of it.

    Args:
        responses: What the peer says.
        told: How to tell of it.

    Returns:
        The last response, None without any, and the exit code.

    Raises:
        NetworkError: When the association broke; what had come by then is told.
    """
    began = time.perf_counter()
    last = None
    try:
        with _bar(shown=not told.quiet and not told.as_json) as advance:
            for last in responses:
                advance(last)
    except KeyboardInterrupt:
        _cut_short(last, told, time.perf_counter() - began, "interrupted")
        raise
    except NetworkError as error:
        if last is not None or told.taken():
            _cut_short(last, told, time.perf_counter() - began, str(error))
        raise
    if last is None:
        return None, ExitCode.ABORTED
    _tell_end(last, told, time.perf_counter() - began)
    return last, _exit_code(last, told)


def _tell_end(last: Progress, told: Retrieval, seconds: float) -> None:
    """Say what came of it."""
    nothing = _is_nothing(last)
    if told.as_json:
        why = _NOTHING if nothing else told.unwritten(last.failed or 0)
        if not last.ok:
            why = why or _failure(last, told)
        report(_outcome(last, told, seconds, why))
    _tell_failed(last, told)
    if nothing:
        click.echo(_NOTHING, err=True)
    if not told.quiet:
        _summarise(last, seconds, told.what)


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


def _is_nothing(last: Progress) -> bool:
    """Say whether it went well, and there was nothing to send."""
    return last.ok and last.completed == 0 and not last.warning and not last.failed


def _tell_failed(last: Progress, told: Retrieval) -> None:
    """Say what failed."""
    for uid in last.failed_uids[:_SHOWN]:
        why = f": {last.reasons[uid]}" if uid in last.reasons else ""
        click.echo(f"failed: {uid}{why}", err=True)
    if (more := len(last.failed_uids) - _SHOWN) > 0:
        click.echo(f"... and {more} more", err=True)
    if why := told.unwritten(last.failed or 0):
        click.echo(f"it was refused here, not by {told.address}: {why}", err=True)
    elif not last.ok:
        click.echo(_failure(last, told), err=True)


def _failure(last: Progress, told: Retrieval) -> str:
    said = f": {last.comment}" if last.comment else ""
    return f"{told.address} answered {last.status}{said}"


def _summarise(last: Progress, seconds: float, what: str) -> None:
    done = _done(last)
    rate = f"  {done / seconds:.0f}/s" if done else ""
    click.echo(f"{seconds:.1f} s{rate}      {what} {done}  failed {last.failed or 0}", err=True)


def _cut_short(last: Progress | None, told: Retrieval, seconds: float, why: str) -> None:
    """Say how far it was."""
    last = last or _nothing()
    last = last._replace(completed=max(last.completed or 0, told.taken()))
    if told.as_json:
        report(_outcome(last, told, seconds, why))
    _summarise(last, seconds, told.what)


def _exit_code(last: Progress, told: Retrieval) -> int:
    if last.ok:
        return ExitCode.INPUT if _is_nothing(last) else ExitCode.OK
    if last.status == _CANCELLED or _done(last):
        return ExitCode.SOME_FAILED
    return ExitCode.OUTPUT if told.unwritten(last.failed or 0) else ExitCode.FAILURE_STATUS


def _outcome(last: Progress, told: Retrieval, seconds: float, why: str) -> dict[str, object]:
    """The object of `--json`; `why` it is no success, if it is none."""
    return {
        "peer": str(told.address),
        "ok": not why,
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
        **({"error": why} if why else {}),
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
