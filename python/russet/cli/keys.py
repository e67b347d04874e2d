"""Keys of a query on the command line: `Keyword=value`, `Sequence.Keyword=value`, or a keyword."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from russet.errors import EncodeError, RussetError, UnreadableError

if TYPE_CHECKING:
    from russet.data import Dataset

__all__ = ["LEVELS", "key_options", "level_of", "model_options", "put", "query"]

_F = TypeVar("_F", bound=Callable[..., object])
_NUMBERS: Final[dict[str, Callable[[str], float]]] = {
    **dict.fromkeys(("US", "UL", "UV", "SS", "SL", "SV"), int),
    **dict.fromkeys(("FL", "FD"), float),
}
_FRAMES: Final = ("SimpleFrameList", "CalculatedFrameList", "TimeRange")  # PS3.4 Y.3.2
LEVELS: Final = ("patient", "study", "series", "image")
"""The query/retrieve levels (PS3.4 C.3), as people write them."""


def query(keys: Iterable[str], file: str | None = None) -> Dataset:
    """Make an identifier of keys.

    Args:
        keys: Each `path=value`, or a path alone to ask for the attribute. Several values have
            backslashes between them.
        file: A file whose data set the keys are added to, as findscu takes one: DICOM, or DICOM
            JSON called `*.json`.

    Raises:
        click.UsageError: One of them is none.
        UnreadableError: The file is neither.
    """
    from russet.data import Dataset

    dataset = Dataset() if file is None else _read(file)
    for key in keys:
        path, _, value = key.partition("=")
        try:
            put(dataset, path, value)
        except (ValueError, EncodeError, KeyError, IndexError) as error:
            raise click.UsageError(f"{key!r} is no key: {error}") from None
    return dataset


def _read(file: str) -> Dataset:
    from russet.data import Dataset, dcmread

    if not file.lower().endswith(".json"):
        return dcmread(file).copy()
    try:
        return Dataset.from_json(Path(file).read_bytes())
    except OSError as error:
        raise UnreadableError(f"cannot read {file}: {error.strerror}") from None
    except (RussetError, ValueError) as error:
        raise UnreadableError(f"{file} is no DICOM JSON: {error}") from None


def put(dataset: Dataset, path: str, value: str) -> None:
    """Set an element, making the sequences on the way to it, each with one item.

    Raises:
        ValueError: For a path that is none, or a value that is no number where one is due.
        EncodeError: For a value that its VR cannot hold.
    """
    from russet import codec
    from russet.data import Dataset
    from russet.data.path import parse

    *before, last = parse(path)
    for step in before:
        if step.item not in (None, 0):
            raise ValueError("a sequence of a query has one item")
        if step.tag not in dataset or not len(dataset[step.tag].items()):
            dataset[step.tag] = [Dataset()]
        dataset = dataset[step.tag].items()[0]
    entry = codec.dictionary_entry(last.tag)
    vr = "" if entry is None else entry.vr
    if vr == "SQ" and not value:
        dataset[last.tag] = [Dataset()]
        return
    values = [_NUMBERS[vr](each) if vr in _NUMBERS else each for each in value.split("\\")]
    dataset[last.tag] = (values if len(values) > 1 else values[0]) if value else ""


def level_of(identifier: Dataset, options: dict[str, Any]) -> str | None:
    """Give the level to retrieve at, None for that of the keys.

    An instance and its frames have one unique key: without a list of frames the instance is meant.
    """
    level: str | None = options["level"]
    if level is None and options["model"] == "composite":
        told = any(keyword in identifier for keyword in ("QueryRetrieveLevel", *_FRAMES))
        return None if told else "image"
    return level


def key_options(command: _F) -> _F:
    """Add `-k`, in DCMTK's spelling, beside keys as plain arguments."""
    return click.option(
        "-k",
        "--key",
        "keys",
        multiple=True,
        metavar="KEY=VALUE",
        help="A key, as without -k; KEY alone asks for the attribute.",
    )(command)


def model_options(command: _F) -> _F:
    """Add the information model and the level, also as -P, -S and -O of DCMTK."""
    options = [
        click.option(
            "--model",
            default="study",
            show_default=True,
            metavar="NAME",
            help="Information model: study, patient, patient-study, composite ...",
        ),
        click.option("-P", "model", flag_value="patient", hidden=True),
        click.option("-S", "model", flag_value="study", hidden=True),
        click.option("-W", "model", flag_value="worklist", hidden=True),
        click.option("-O", "model", flag_value="patient-study", hidden=True),
        click.option(
            "--level",
            type=click.Choice(LEVELS, case_sensitive=False),
            help="Query/Retrieve Level.  [default: the lowest whose UID is a key]",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command
