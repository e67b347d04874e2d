"""`russet dump`: what is in a file, in the layout people know from dcmdump."""

import os
import re
import sys
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final

import click

from russet.cli.exit_codes import ExitCode, exit_code
from russet.errors import RussetError

if TYPE_CHECKING:
    from russet.data import Dataset, Tag

__all__ = ["dump"]

_CHUNK: Final = 512
_HEAD: Final = len("(0010,0010) PN ")


@click.command(
    epilog="""\b
Examples:
  russet dump image.dcm
  russet dump image.dcm --tags PatientID,Modality,00080060
  russet dump *.dcm --json | jq .
  gunzip -c image.dcm.gz | russet dump -"""
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="DICOM JSON (PS3.18 F), one line per file.")
@click.option(
    "--tags", metavar="LIST", help="Only these top-level elements: keywords or tags, with commas."
)
@click.option("--strict", is_flag=True, help="Refuse whatever deviates from the standard.")
@click.option("--all", "whole", is_flag=True, help="Show long values whole.")
def dump(
    files: tuple[str, ...], tags: str | None, *, as_json: bool, strict: bool, whole: bool
) -> int:
    """Show what is in files, with or without preamble and file meta, in any transfer syntax.

    What is odd but readable is shown, with a warning on stderr. `-` reads standard input.
    """
    wanted = None if tags is None else _tags(tags)
    failures = []
    for name in files:
        if len(files) > 1 and not as_json:
            click.echo(f"# {name}")
        try:
            _print(_lines(_read(name, strict=strict), wanted, as_json=as_json, whole=whole))
        except BrokenPipeError:
            raise
        except (RussetError, OSError) as error:
            failures.append(_tell(name, error))
    if not failures:
        return ExitCode.OK
    return failures[0] if len(failures) == len(files) else ExitCode.SOME_FAILED


def _tags(written: str) -> "list[Tag]":
    from russet.data import Tag

    try:
        # The comma of (0010,0010) does not part two tags.
        words = (word.strip() for word in re.findall(r"\([^)]*\)|[^,(]+", written))
        return [Tag.of(word) for word in words if word]
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _read(name: str, *, strict: bool) -> "Dataset":
    from russet.data import dcmread

    dataset = dcmread(sys.stdin.buffer if name == "-" else name, strict=strict)
    for message, _offset, _tag in dataset.warnings:
        click.echo(f"W: {name}: {message}", err=True)
    return dataset


def _lines(
    dataset: "Dataset", wanted: "list[Tag] | None", *, as_json: bool, whole: bool
) -> Iterator[str]:
    from russet.data.json import text
    from russet.data.text import LONGEST, element_lines, lines

    longest = None if whole else LONGEST
    found = None if wanted is None else [dataset[tag] for tag in wanted if tag in dataset]
    if as_json:
        return iter([text(dataset, tags=wanted)])
    if found is not None:
        return element_lines(found, longest=longest)
    return lines(dataset, longest=longest)


def _print(lines: Iterator[str]) -> None:
    """Print many lines at a time: each print is flushed, and files have thousands of lines."""
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        lines = map(_painted, lines)
    while chunk := list(islice(lines, _CHUNK)):
        click.echo("\n".join(chunk))


def _painted(line: str) -> str:
    if line.startswith(("#", "{")):
        return line
    shown, mark, about = line.rpartition(" # ")
    head = len(shown) - len(shown.lstrip()) + _HEAD
    return click.style(shown[:head], fg="cyan") + shown[head:] + click.style(mark + about, dim=True)


def _tell(name: str, error: Exception) -> ExitCode:
    if isinstance(error, OSError):
        click.echo(f"russet: {name}: {error.strerror or error}", err=True)
        return ExitCode.INPUT
    text = str(error)
    click.echo(f"russet: {text if text.startswith(name) else f'{name}: {text}'}", err=True)
    return exit_code(error)
