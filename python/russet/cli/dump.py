"""`russet dump`: what is in a file, in the layout people know from dcmdump."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from russet.cli.elements import Found, chosen, columns, everything, objects, out, paths, table
from russet.cli.exit_codes import ExitCode, is_output, tell
from russet.errors import RussetError

if TYPE_CHECKING:
    from russet.data import Dataset

__all__ = ["dump"]


@click.command(
    epilog="""\b
Examples:
  russet dump image.dcm
  russet dump image.dcm --tags PatientID,Modality,00080060
  russet dump report.dcm --tags 'ContentSequence[0].TextValue'
  russet dump --table --tags PatientID,Modality,SeriesDescription *.dcm
  russet dump *.dcm --json | jq .
  russet dump image.dcm --ndjson | jq 'select(.vr == "DS") | .path, .value'
  gunzip -c image.dcm.gz | russet dump -"""
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="DICOM JSON (PS3.18 F), one line per file.")
@click.option(
    "--ndjson",
    is_flag=True,
    help="One line of JSON per element at any depth: path, tag, vr, keyword, and value as in "
    "--json; of sequences `items`, of bytes `length`, and with --all `binary` in base64.",
)
@click.option(
    "--table",
    is_flag=True,
    help="A row per element; of several files with --tags, a row per file. In a pipe, tabs.",
)
@click.option(
    "--tags",
    "+P",
    metavar="LIST",
    multiple=True,
    help="Only these: keywords, tags or paths, with commas.",
)
@click.option("--strict", is_flag=True, help="Refuse whatever deviates from the standard.")
@click.option("--all", "+L", "whole", is_flag=True, help="Show long values whole.")
@click.option("-M", is_flag=True, hidden=True, expose_value=False)  # dcmdump's; always so here
def dump(
    files: tuple[str, ...],
    tags: tuple[str, ...],
    *,
    as_json: bool,
    ndjson: bool,
    table: bool,
    strict: bool,
    whole: bool,
) -> int:
    """Show what is in files, with or without preamble and file meta, in any transfer syntax.

    What is odd but readable is shown, with a warning on stderr. `-` reads standard input. A path
    goes into sequences: `Seq[0].Keyword`, or `Seq.Keyword` for the first item.
    """
    forms = [name for name, on in (("json", as_json), ("ndjson", ndjson), ("table", table)) if on]
    if len(forms) > 1:
        raise click.UsageError(" and ".join(f"--{form}" for form in forms) + " exclude each other")
    form = forms[0] if forms else "text"
    wanted = _wanted(",".join(tags) if tags else None, form)
    show = _Show(form, wanted, several=len(files) > 1, whole=whole)
    failures = []
    for name in files:
        try:
            show.file(name, _read(name, strict=strict))
        except (RussetError, OSError) as error:
            if isinstance(error, OSError) and is_output(error):
                raise
            failures.append(tell(name, error))
    show.end()
    if not failures:
        return ExitCode.OK
    return failures[0] if len(failures) == len(files) else ExitCode.SOME_FAILED


def _wanted(tags: str | None, form: str) -> list[str] | None:
    wanted = None if tags is None else paths(tags)
    if form == "json" and any(set(path) & set(".[") for path in wanted or ()):
        raise click.UsageError("--json takes top-level elements; for paths say --ndjson")
    return wanted


class _Show:
    """How files are shown."""

    def __init__(self, form: str, wanted: list[str] | None, *, several: bool, whole: bool) -> None:
        self.form = form
        self.wanted = wanted
        self.several = several
        self.whole = whole
        self.rows: list[list[str]] = []

    def file(self, name: str, dataset: "Dataset") -> None:
        """Show one file."""
        from russet.data.text import LONGEST

        longest = None if self.whole else LONGEST
        if self.form == "json":
            self._json(dataset)
        elif self.form == "ndjson":
            file = name if self.several else None
            objects(self._found(dataset), file=file, whole=self.whole)
        elif self.form == "table" and self.several and self.wanted is not None:
            self.rows.append(_row(name, dataset, self.wanted, longest))
        else:
            if self.several:
                click.echo(f"# {name}")
            if self.form == "table":
                table(self._found(dataset), longest=longest)
            else:
                self._text(dataset, longest)

    def end(self) -> None:
        """Show what is one table for all files."""
        if self.rows:
            columns(("file", *(self.wanted or ())), self.rows)

    def _found(self, dataset: "Dataset") -> "Iterator[Found]":
        return everything(dataset) if self.wanted is None else chosen(dataset, self.wanted)

    def _text(self, dataset: "Dataset", longest: int | None) -> None:
        from russet.data.text import write, write_elements

        if self.wanted is None:
            write(dataset, out, longest=longest)
        else:
            found = chosen(dataset, self.wanted)
            write_elements((element for _path, element in found), out, longest=longest)

    def _json(self, dataset: "Dataset") -> None:
        from russet.data.json import elements_text, text

        if self.wanted is None:
            click.echo(text(dataset))
        else:
            found = chosen(dataset, self.wanted)
            click.echo(elements_text(element for _path, element in found))


def _row(name: str, dataset: "Dataset", wanted: list[str], longest: int | None) -> list[str]:
    from russet.data.text import shown

    cells = []
    for path in wanted:
        found = chosen(dataset, [path])
        cells.append("\\".join(shown(element, longest=longest) for _path, element in found))
    return [name, *cells]


def _read(name: str, *, strict: bool) -> "Dataset":
    from russet.data import dcmread

    dataset = dcmread(sys.stdin.buffer if name == "-" else name, strict=strict)
    for message, _offset, _tag in dataset.warnings:
        click.echo(f"W: {name}: {message}", err=True)
    return dataset
