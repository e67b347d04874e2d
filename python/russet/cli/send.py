"""`russet send`: files and folders to a peer, as they are."""

import json
import logging
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from russet.cli.ending import report, said
from russet.cli.exit_codes import ExitCode, exit_code, hang_up
from russet.cli.network import Network, network_options
from russet.cli.plain import plain
from russet.cli.refusals import Refusal, refusal, table
from russet.errors import NetworkError

if TYPE_CHECKING:
    from collections.abc import Callable

    from russet.net.client import Stored
    from russet.storage.source import InstanceSource, Unsendable

__all__ = ["send"]

_LOG: Final = logging.getLogger("russet.scu")
_SHOWN: Final = 20
_NOT_DICOM: Final = "not DICOM"


@dataclass
class _Tally:
    """What became of the files."""

    sent: int = 0
    warned: int = 0
    failed: int = 0
    skipped: "list[Unsendable]" = field(default_factory=list)
    unreadable: "list[Unsendable]" = field(default_factory=list)
    octets: int = 0
    problems: list[tuple[str, str]] = field(default_factory=list)
    codes: set[ExitCode] = field(default_factory=set)
    refusals: Counter[Refusal] = field(default_factory=Counter)

    def add(self, result: "Stored") -> None:
        """Count what became of one file."""
        if result.ok:
            self.sent += 1
            self.octets += result.length
            self.warned += result.warning
            return
        code = ExitCode.FAILURE_STATUS if result.error is None else exit_code(result.error)
        self.fail(str(result.path), result.reason, code)
        if refused := refusal(result.error):
            self.refusals[refused] += 1

    def fail(self, what: str, reason: str, code: ExitCode, count: int = 1) -> None:
        """Count a failure."""
        self.failed += count
        self.problems.append((what, reason))
        self.codes.add(code)

    def exit_code(self, *, files: int) -> ExitCode:
        """Some failed is 2; when all did, and for one reason, it is that reason."""
        if not self.failed:
            return ExitCode.OK if files else ExitCode.INPUT
        if self.sent or len(self.codes) > 1:
            return ExitCode.SOME_FAILED
        return next(iter(self.codes))


@click.command(
    epilog="""\b
Examples:
  russet send localhost 11112 ./ct
  russet send PACS@10.0.0.2:104 image.dcm more/ -aet MYSTATION
  russet send localhost 11112 ./ct --json > report.ndjson"""
)
@click.argument("arguments", nargs=-1, metavar="HOST PORT PATH...")
@network_options
@click.option("+sd", "+r", "folders", is_flag=True, hidden=True)  # storescu's; always so here
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per file.")
def send(
    arguments: tuple[str, ...],
    *,
    as_json: bool,
    folders: bool,  # noqa: ARG001 (accepted for those who come from storescu)
    **options: Any,
) -> int:
    """Send files and folders (C-STORE), each as it is, without decoding it.

    Folders are searched; what is not DICOM in them is skipped, a file that you name must be. The
    peer is HOST PORT, or AET@host:port in one word.
    """
    from russet.net.client import send_batch

    network, rest = Network.of(arguments, options)
    if not rest:
        raise click.UsageError("nothing to send: name files or folders after the peer")
    tally = _Tally()
    files = _sources(rest, tally)
    if as_json:
        _print_unsendable(tally)
    began = time.perf_counter()
    left = len(files)
    try:
        with _progress(len(files), shown=not network.quiet and not as_json) as advance:
            for result in send_batch(files, network.address):
                left -= 1
                tally.add(result)
                advance(result)
                _LOG.info("%s: %s", result.path, "stored" if result.ok else plain(result.reason))
                if as_json:
                    _print(result.as_dict())
    except NetworkError as error:
        tally.fail(f"{left} of {len(files)} files", str(error), exit_code(error), left)
        _print_left(files[len(files) - left :], str(error), as_json=as_json)
    except KeyboardInterrupt:
        _print_left(files[len(files) - left :], "interrupted", as_json=as_json)
        said()
        _summary(tally, time.perf_counter() - began, quiet=False)
        raise
    if not files and not tally.failed:
        _tell_nothing(tally, network, as_json=as_json)
    _summary(tally, time.perf_counter() - began, quiet=network.quiet)
    return tally.exit_code(files=len(files))


def _tell_nothing(tally: _Tally, network: Network, *, as_json: bool) -> None:
    nothing = f"nothing to send: no instance there{_skipped(tally)}"
    click.echo(nothing, err=True)
    if as_json:
        report({"peer": str(network.address), "ok": False, "error": nothing})


def _print_unsendable(tally: _Tally) -> None:
    from russet.net.client import Stored

    for each in tally.unreadable:
        _print(Stored(each.path, reason=each.reason).as_dict())
    for each in tally.skipped:
        _print({**Stored(each.path, reason=each.reason).as_dict(), "skipped": True})


def _print_left(files: "list[InstanceSource]", reason: str, *, as_json: bool) -> None:
    from russet.net.client import Stored

    for file in files if as_json else ():
        _print(Stored(file.path, file.sop_instance_uid, reason=reason).as_dict())


def _skipped(tally: _Tally) -> str:
    """Say what was passed over in folders; -v and --json say why."""
    if not tally.skipped:
        return ""
    not_dicom = all(each.reason.startswith(_NOT_DICOM) for each in tally.skipped)
    return f"  skipped {len(tally.skipped)} {_NOT_DICOM if not_dicom else 'not instances'}"


def _print(report: dict[str, object]) -> None:
    try:
        click.echo(json.dumps(report))
    except BrokenPipeError:
        hang_up()  # The report has no reader any more; the transfer goes on.


def _sources(paths: tuple[str, ...], tally: _Tally) -> list["InstanceSource"]:
    """What there is to send; what is not DICOM in a folder is passed over."""
    from russet.storage.source import InstanceSource, find

    files = []
    for found in find(map(Path, paths)):
        if isinstance(found, InstanceSource):
            files.append(found)
        elif found.named:
            tally.fail(str(found.path), found.reason, ExitCode.INPUT)
            tally.unreadable.append(found)
        else:
            tally.skipped.append(found)
            _LOG.info("%s: skipped: %s", found.path, plain(found.reason))
    return files


def _summary(tally: _Tally, seconds: float, *, quiet: bool) -> None:
    for path, reason in tally.problems[:_SHOWN]:
        click.echo(plain(f"{path}: {reason}"), err=True)
    if (more := len(tally.problems) - _SHOWN) > 0:
        click.echo(f"... and {more} more", err=True)
    if quiet:
        return
    if tally.refusals:
        click.echo("the peer accepted no presentation context for:", err=True)
        for line in table(tally.refusals):
            click.echo(line, err=True)
    rate = (
        f"{tally.octets / seconds / 1e6:.0f} MB/s  {tally.sent / seconds:.0f}/s  "
        if tally.sent
        else ""
    )
    click.echo(
        f"{rate}{seconds:.1f} s      sent {tally.sent}  warned {tally.warned}  "
        f"failed {tally.failed}{_skipped(tally)}",
        err=True,
    )


@contextmanager
def _progress(total: int, *, shown: bool) -> Iterator["Callable[[Stored], None]"]:
    """A bar on a terminal, nothing in a pipe."""
    if not shown or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        MofNCompleteColumn(),
        BarColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("send", total=total, rate="")
        began, octets = time.perf_counter(), 0

        def advance(result: "Stored") -> None:
            nonlocal octets
            octets += result.length
            rate = f"{octets / 1e6:.0f} MB  {octets / 1e6 / (time.perf_counter() - began):.0f} MB/s"
            bar.update(task, advance=1, rate=rate)

        yield advance
