"""`russet dump`: what is in a file, in the layout people know from dcmdump."""

import json
import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import click

from russet.cli.exit_codes import ExitCode, exit_code, hang_up
from russet.errors import RussetError

if TYPE_CHECKING:
    from russet.data import Dataset, Tag

__all__ = ["dump"]

# A tag in dump's own notation, with its comma, or anything between commas.
_WORD: Final = re.compile(r"\(?[0-9A-Fa-f]{4},[0-9A-Fa-f]{4}\)?|[^,]+")


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
    failures = []
    for name in files:
        if len(files) > 1 and not as_json:
            click.echo(f"# {name}")
        try:
            dataset = _read(name, strict=strict)
            for line in _lines(dataset, tags, as_json=as_json, whole=whole):
                click.echo(line)
        except BrokenPipeError:
            hang_up()
            return ExitCode.OK
        except (RussetError, OSError) as error:
            failures.append(_tell(name, error))
    if not failures:
        return ExitCode.OK
    return failures[0] if len(failures) == len(files) else ExitCode.SOME_FAILED


def _read(name: str, *, strict: bool) -> "Dataset":
    from russet.data import dcmread

    dataset = dcmread(sys.stdin.buffer if name == "-" else name, strict=strict)
    for message, offset, _ in dataset.warnings:
        click.echo(f"W: {name}: {message} (offset {offset:#x})", err=True)
    return dataset


def _lines(dataset: "Dataset", tags: str | None, *, as_json: bool, whole: bool) -> Iterator[str]:
    from russet.data.text import LONGEST, element_lines, lines

    longest = None if whole else LONGEST
    if tags is not None:
        wanted = _wanted(tags)
        if as_json:
            keys = {f"{tag:08X}" for tag in wanted}
            model = dataset.to_json_dict()
            yield json.dumps({key: model[key] for key in model if key in keys})
            return
        found = [dataset[tag] for tag in wanted if tag in dataset]
        yield from element_lines(found, longest=longest)
    elif as_json:
        yield dataset.to_json()
    else:
        yield from lines(dataset, longest=longest)


def _wanted(tags: str) -> list["Tag"]:
    """The tags of a list such as `PatientID,00080060,(0010,0010)`.

    Raises:
        click.UsageError: For what is neither keyword nor tag.
    """
    from russet.data import Tag

    try:
        return [Tag.of(word.strip()) for word in _WORD.findall(tags)]
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _tell(name: str, error: Exception) -> ExitCode:
    if isinstance(error, OSError):
        click.echo(f"russet: {name}: {error.strerror or error}", err=True)
        return ExitCode.INPUT
    text = str(error)
    click.echo(f"russet: {text if text.startswith(name) else f'{name}: {text}'}", err=True)
    return exit_code(error)
