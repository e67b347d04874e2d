"""Keys of a query on the command line: `Keyword=value`, `Sequence.Keyword=value`, or a keyword."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from russet.errors import EncodeError, RussetError, UnreadableError

if TYPE_CHECKING:
    from russet.data import Dataset, Tag

__all__ = ["LEVELS", "key_options", "level_of", "model_options", "put", "query"]

_F = TypeVar("_F", bound=Callable[..., object])
_WHOLE: Final = frozenset(("US", "UL", "UV", "SS", "SL", "SV"))
_REAL: Final = frozenset(("FL", "FD"))
_OCTETS: Final = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "UN"))
_FRAMES: Final = ("SimpleFrameList", "CalculatedFrameList", "TimeRange")  # PS3.4 Y.3.2
LEVELS: Final = ("patient", "study", "series", "image")
"""The query/retrieve levels (PS3.4 C.3), as people write them."""


def query(keys: Iterable[str], file: str | None = None) -> Dataset:
    """Make an identifier of keys.

    Args:
        keys: Each `path=value`, or a path alone to ask for the attribute. Several values have
            backslashes between them; of a date, `today` is one.
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
        if not path.strip():
            raise click.UsageError(f"{key!r} is no key: it names no attribute")
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
    from russet.data import Dataset
    from russet.data.path import parse

    *before, last = parse(path)
    for step in before:
        if step.item not in (None, 0):
            raise ValueError("a sequence of a query has one item")
        if step.tag not in dataset or not len(dataset[step.tag].items()):
            dataset[step.tag] = [Dataset()]
        dataset = dataset[step.tag].items()[0]
    vr = _vr_of(dataset, last.tag)
    if vr == "SQ":
        if value:
            raise ValueError(f"it is a sequence, whose items have values: {path}.KEYWORD=VALUE")
        dataset[last.tag] = [Dataset()]
        return
    if value and vr in _OCTETS:
        raise ValueError(f"nothing is found by bytes ({vr}); without a value it is asked for")
    values = [_value(vr, each) for each in value.split("\\")] if value else [""]
    dataset[last.tag] = values if len(values) > 1 else values[0]


def _vr_of(dataset: Dataset, tag: Tag) -> str:
    """The VR of a key: that in a query file, else that of the data dictionary."""
    from russet.data.edit import vr_of

    if tag in dataset:
        return dataset[tag].vr
    try:
        return vr_of(dataset, tag)
    except ValueError:
        raise ValueError(
            f"{tag} is not in the data dictionary, and its VR is not known; "
            "a file that has it can be a --query-file"
        ) from None


def _value(vr: str, text: str) -> str | float:
    """One value of a key, as its VR has it.

    Raises:
        ValueError: When it is none; it says what there may be.
    """
    from russet.data import Tag

    if vr == "DA":
        return "-".join(_today() if each == "today" else each for each in text.split("-"))
    reads: tuple[Callable[[str], float], str] | None = None
    if vr in _WHOLE:
        reads = int, "whole numbers"
    elif vr in _REAL:
        reads = float, "numbers"
    elif vr == "AT":
        reads = Tag.of, "tags and keywords"
    if reads is None:
        return text
    read, what = reads
    try:
        return read(text)
    except ValueError:
        raise ValueError(f"{vr} takes {what}, not {text!r}") from None


def _today() -> str:
    """The date of today here, as a value of VR DA."""
    import datetime

    return datetime.datetime.now().astimezone().strftime("%Y%m%d")


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
