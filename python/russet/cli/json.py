"""`russet json`: files as DICOM JSON, and DICOM JSON as a file."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from russet.cli.exit_codes import ExitCode, hang_up, is_output, named, tell
from russet.cli.numbers import Number
from russet.errors import RussetError

if TYPE_CHECKING:
    from russet.data import Dataset

__all__ = ["json"]

_FAILURES = (RussetError, OSError)
_PIXEL_DATA = 0x7FE0_0010


@click.command(
    "json",
    epilog="""\b
Examples:
  russet json image.dcm
  russet json *.dcm --ndjson -o metadata.ndjson
  russet json image.dcm --bulk 'https://host/bulk/{path}' --indent 2
  russet json --read metadata.json -o new.dcm""",
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--ndjson", is_flag=True, help="One line for each file, instead of an array.")
@click.option("--indent", type=Number(0, 16), help="Spaces for each level.")
@click.option(
    "--bulk",
    metavar="URI",
    help="BulkDataURI of long binary values; {path} {tag} {vr} {offset} {length} are filled in.",
)
@click.option(
    "--bulk-above",
    metavar="N",
    type=Number(0),
    default=1024,
    show_default=True,
    help="With --bulk: how many characters of base64 are inline at most.",
)
@click.option("--read", "reverse", is_flag=True, help="FILE is JSON; make a DICOM file of it.")
@click.option("-o", "--output", default="-", metavar="FILE", help="Where to; else standard output.")
def json(
    files: tuple[str, ...],
    indent: int | None,
    bulk: str | None,
    bulk_above: int,
    output: str,
    *,
    ndjson: bool,
    reverse: bool,
) -> int:
    """Write the DICOM JSON Model (PS3.18 F) of files: an object of one, an array of several.

    `-` is standard input. With --read, make a file in Explicit VR Little Endian of JSON. The model
    does not tell the transfer syntax of compressed pixel data: they come back only where
    (0002,0010) stands in it, as some write it.
    """
    if ndjson and indent is not None:
        raise click.UsageError("--ndjson has one line for each file: no --indent")
    if reverse:
        if len(files) > 1:
            raise click.UsageError("--read takes one FILE")
        return _read(files[0], output)
    options = {"indent": indent, "bulk_data_uri": bulk, "bulk_data_threshold": bulk_above}
    failures: list[ExitCode] = []
    try:
        opened = click.open_file(output, "w", encoding="utf-8")
    except OSError as error:
        return _unwritten(error, output)
    try:
        with opened as target:
            texts = _texts(files, options, failures)
            _write(target, texts, lines=ndjson or len(files) == 1)
    except OSError as error:
        if output == "-":
            raise
        return _unwritten(error, output)
    if not failures:
        return ExitCode.OK
    return failures[0] if len(failures) == len(files) else ExitCode.SOME_FAILED


def _write(target: IO[str], texts: Iterator[str], *, lines: bool) -> None:
    if lines:
        target.writelines(f"{text}\n" for text in texts)
    else:
        target.write("[")
        target.writelines(f"{',' if at else ''}\n{text}" for at, text in enumerate(texts))
        target.write("\n]\n")
    target.flush()


def _texts(
    files: tuple[str, ...], options: dict[str, Any], failures: list[ExitCode]
) -> Iterator[str]:
    from russet.data import dcmread

    for name in files:
        try:
            dataset = dcmread(sys.stdin.buffer if name == "-" else name)
            for message, _offset, _tag in dataset.warnings:
                click.echo(f"W: {name}: {message}", err=True)
            text = dataset.to_json(**options)
        except _FAILURES as error:
            if isinstance(error, OSError) and is_output(error):
                raise
            failures.append(tell(name, error))
        else:
            yield text


def _read(name: str, output: str) -> int:
    from russet.data import Dataset

    def nothing(uri: str) -> None:
        click.echo(f"W: {name}: bulk data are not fetched, left empty: {uri}", err=True)

    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        dataset = Dataset.from_json(data, bulk_data=nothing)
        syntax = _syntax(dataset)
        _drop_meta(dataset)
    except _FAILURES as error:
        return tell(name, error)
    try:
        dataset.save_as(sys.stdout.buffer if output == "-" else output, transfer_syntax=syntax)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        return _unwritten(error, output)
    return ExitCode.OK


def _unwritten(error: OSError, output: str) -> ExitCode:
    if error.filename is None:
        hang_up()
    click.echo(f"russet: {named(error, output)}", err=True)
    return ExitCode.OUTPUT


def _syntax(dataset: "Dataset") -> str | None:
    """The transfer syntax of compressed pixel data, where the model has the file meta too."""
    pixels = dataset.get(_PIXEL_DATA)
    compressed = pixels is not None and pixels.is_undefined_length
    return str(dataset.get("TransferSyntaxUID") or "") or None if compressed else None


def _drop_meta(dataset: "Dataset") -> None:
    """Take out file meta information, which some put into the model: the file gets its own."""
    for tag in dataset.tags():
        if tag.group == 2:
            del dataset[tag]
