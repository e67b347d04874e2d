"""`russet scan`: a few values of many files, as a table."""

import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from russet.cli.exit_codes import ExitCode, hang_up, named
from russet.cli.numbers import Number
from russet.cli.table_file import FORMS, TableFile, csv_text, json_text, opened

if TYPE_CHECKING:
    from russet.data.scan import Progress, Table

__all__ = ["scan"]

_SHOWN: Final = 20
_WIDEST: Final = 24
_NOT_DICOM: Final = "not DICOM"
_INVENTORY: Final = (
    "PatientID",
    "StudyDate",
    "Modality",
    "StudyDescription",
    "SeriesDescription",
    "SOPClassUID",
    "TransferSyntaxUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SOPInstanceUID",
    "SeriesNumber",
    "InstanceNumber",
    "Rows",
    "Columns",
)


@dataclass
class _Tally:
    """What became of the files."""

    named: frozenset[str]
    files: int = 0
    skipped: int = 0
    octets: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)

    def add(self, table: "Table") -> None:
        """Count some files. What is not DICOM fails only where it was named."""
        self.files += len(table)
        for path, error in table.failures:
            if error.startswith(_NOT_DICOM) and path not in self.named:
                self.skipped += 1
            else:
                self.failures.append((path, error))

    def watched(self, progress: "Progress") -> "Progress":
        """`progress`, and the bytes read are counted here."""

        def advance(done: int, total: int | None, octets: int) -> None:
            self.octets = octets
            progress(done, total, octets)

        return advance

    def exit_code(self, *, before: int) -> ExitCode:
        """Some failed is 2; when all did, or nothing was there, it is the input."""
        read = self.files - self.skipped - len(self.failures)
        if not read and (self.failures or not before):
            return ExitCode.INPUT
        return ExitCode.SOME_FAILED if self.failures else ExitCode.OK


@click.command(
    epilog="""\b
Examples:
  russet scan ./ct -o meta.parquet
  russet scan ./ct more/1.dcm -o meta.csv --resume
  russet scan . --tags 'PatientID,(0018,0050),RequestAttributesSequence[0].ScheduledProcedureStepID'
  russet scan ./ct --json | jq .Modality

\b
What is written is usable whenever the command ends. A Parquet file appears when it is complete;
until then its rows are in OUT.part, an Arrow stream, which --resume goes on with."""
)
@click.argument("paths", nargs=-1, required=True, metavar="DIR|FILE...")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="*.csv, *.ndjson, *.parquet.")
@click.option(
    "--tags", metavar="LIST", help="Columns: keywords, tags, Sequence[0].Keyword; commas."
)
@click.option("--threads", type=Number(1), help="Files read at a time [one per processor].")
@click.option("--resume", is_flag=True, help="Append to the output; skip the paths that it has.")
@click.option("--overwrite", is_flag=True, help="Begin an output anew that is there.")
@click.option(
    "--failures", type=click.Path(path_type=Path), help="Write path, tab, error of each failure."
)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but failures.")
@click.option("--json", "as_json", is_flag=True, help="NDJSON; with -o, the summary as JSON.")
def scan(
    paths: tuple[str, ...],
    output: Path | None,
    tags: str | None,
    threads: int | None,
    failures: Path | None,
    *,
    resume: bool,
    overwrite: bool,
    quiet: bool,
    as_json: bool,
) -> int:
    """Make a table of many files: a row for each, with its path, a few values, and what is wrong.

    Folders are searched, without hidden entries. What is not DICOM in them has a row that says so,
    and is no failure; a file that you name must be. Only headers are read. Without -o the table is
    shown on a terminal, and is CSV in a pipe.
    """
    from russet.codec import path_text
    from russet.data.scan import tables

    _check_output(output, resume=resume, overwrite=overwrite)
    columns = _columns(tags)
    tally = _Tally(frozenset(map(path_text, paths)))
    began = time.perf_counter()
    try:
        _check(failures)
        file = (
            None if output is None else opened(output, columns, resume=resume, overwrite=overwrite)
        )
        before = set() if file is None else file.done
        write = _printer(as_json=as_json) if file is None else file.write
        with _progress(shown=not quiet and (output is not None or _piped())) as progress:
            for table in tables(
                *(paths, columns[1:-1]),
                threads=threads,
                progress=tally.watched(progress),
                skip=before,
            ):
                if len(table):
                    write(table)
                    tally.add(table)
        _finish(file, failures, tally)
    except BrokenPipeError:
        raise
    except OSError as error:
        hang_up()  # What is still held for a full disk would fail again at the very end.
        click.echo(f"russet: {named(error, output)}", err=True)
        return ExitCode.OUTPUT
    _summary(tally, time.perf_counter() - began, quiet=quiet)
    if as_json and output is not None:
        _report(output, tally)
    return tally.exit_code(before=len(before))


def _check_output(output: Path | None, *, resume: bool, overwrite: bool) -> None:
    if resume and overwrite:
        raise click.UsageError("--resume goes on with the output, --overwrite begins it anew")
    if output is None and (resume or overwrite):
        raise click.UsageError(f"--{'resume' if resume else 'overwrite'} needs the output (-o)")
    if output is not None and output.suffix.lower() not in FORMS:
        raise click.UsageError(f"{output}: the suffix is one of {', '.join(FORMS)}")


def _columns(tags: str | None) -> tuple[str, ...]:
    """The names of the columns that the tags give."""
    from russet.data.scan import tables

    # The comma of (0010,0010) does not part two tags.
    words = _INVENTORY if tags is None else re.findall(r"(?:\([^)]*\)|[^,(])+", tags)
    try:
        return next(tables((), [word.strip() for word in words if word.strip()])).columns
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _check(failures: Path | None) -> None:
    """Find out now whether it can be written: at the end that would cost the whole scan."""
    if failures is not None:
        failures.open("a").close()


def _finish(file: "TableFile | None", failures: Path | None, tally: _Tally) -> None:
    if file is not None:
        file.finish()
    if failures is not None:
        lines = (f"{path}\t{error}\n" for path, error in tally.failures)
        failures.write_text("".join(lines), encoding="utf-8")


def _piped() -> bool:
    return not sys.stdout.isatty()


def _printer(*, as_json: bool) -> Callable[["Table"], None]:
    """Write rows to standard output: for eyes on a terminal, for programs in a pipe."""
    shape: list[int] = []

    def write(table: "Table") -> None:
        header = not shape
        if header:
            shape.extend(_widths(table))
        if as_json:
            text = json_text(table)
        elif _piped():
            text = csv_text(table, header=header)
        else:
            text = _aligned(table, shape, header=header)
        click.echo(text, nl=False)

    return write


def _widths(table: "Table") -> list[int]:
    return [
        min(max(len(name), *(len(_text(value)) for value in table.column(name))), _WIDEST)
        for name in table.columns
    ]


def _aligned(table: "Table", widths: list[int], *, header: bool) -> str:
    lines: list[tuple[object, ...]] = [table.columns] if header else []
    lines += zip(*map(table.column, table.columns), strict=True)
    cut = (map(_cut, map(_text, line), widths) for line in lines)
    return "".join("  ".join(words).rstrip() + "\n" for words in cut)


def _text(value: object) -> str:
    from russet.data.text import escape

    return "" if value is None else escape(str(value))


def _cut(text: str, width: int) -> str:
    """As wide as its column; of UIDs and paths the end tells more than the start."""
    return text.ljust(width) if len(text) <= width else "…" + text[1 - width :]


def _summary(tally: _Tally, seconds: float, *, quiet: bool) -> None:
    for path, error in tally.failures[:_SHOWN]:
        click.echo(f"{path}: {error}", err=True)
    if (more := len(tally.failures) - _SHOWN) > 0:
        click.echo(f"... and {more} more", err=True)
    if quiet:
        return
    skipped = f"  skipped {tally.skipped} not DICOM" if tally.skipped else ""
    click.echo(
        f"{tally.files} files  {tally.octets / 1e6:.0f} MB read  {tally.files / seconds:.0f}/s  "
        f"{seconds:.1f} s      failed {len(tally.failures)}{skipped}",
        err=True,
    )


def _report(output: Path, tally: _Tally) -> None:
    report = {
        "output": str(output),
        "files": tally.files,
        "failed": len(tally.failures),
        "skipped": tally.skipped,
        "octets": tally.octets,
    }
    click.echo(json.dumps(report))


@contextmanager
def _progress(*, shown: bool) -> Iterator["Progress"]:
    """A bar on a terminal, nothing in a pipe."""
    if not shown or not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (MofNCompleteColumn(), BarColumn(), TextColumn("{task.fields[rate]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("scan", total=None, rate="")
        began = time.perf_counter()

        def advance(done: int, total: int | None, octets: int) -> None:
            rate = f"{done / (time.perf_counter() - began):.0f}/s  {octets / 1e6:.0f} MB"
            bar.update(task, completed=done, total=total, rate=rate)

        yield advance
