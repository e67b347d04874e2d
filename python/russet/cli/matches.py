"""What a query finds, as commands show it: a table on a terminal, lines elsewhere, or JSON."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from rich.console import Console

    from russet.data import Dataset

__all__ = ["DEFAULT_KEYS", "Shown", "columns_of"]

_NATIVE: Final = "1.2.840.10008.1.2.1"
_STUDY_FIND: Final = "1.2.840.10008.5.1.4.1.2.2.1"
_AT_ONCE: Final = 200
"""Matches that a table is laid out by; what comes later has to fit."""
_GAP: Final = 2
"""Spaces between two columns, as rich pads them on both sides."""
_NARROW: Final = 10
"""Characters that a column is not narrower than for the sake of others."""

DEFAULT_KEYS: Final = {
    "PATIENT": "PatientName PatientID PatientBirthDate PatientSex NumberOfPatientRelatedStudies",
    "STUDY": (
        "PatientName PatientID StudyDate ModalitiesInStudy StudyDescription "
        "NumberOfStudyRelatedSeries NumberOfStudyRelatedInstances AccessionNumber StudyInstanceUID"
    ),
    "SERIES": (
        "Modality SeriesNumber SeriesDescription NumberOfSeriesRelatedInstances SeriesInstanceUID"
    ),
    "IMAGE": "InstanceNumber SOPClassUID SOPInstanceUID",
    "worklist": (
        "PatientName PatientID AccessionNumber "
        "ScheduledProcedureStepSequence.ScheduledProcedureStepStartDate "
        "ScheduledProcedureStepSequence.ScheduledProcedureStepStartTime "
        "ScheduledProcedureStepSequence.Modality "
        "ScheduledProcedureStepSequence.ScheduledStationAETitle "
        "ScheduledProcedureStepSequence.ScheduledProcedureStepDescription "
        "ScheduledProcedureStepSequence.ScheduledProcedureStepID "
        "RequestedProcedureID StudyInstanceUID"
    ),
}
"""What is asked for when nobody says what to ask for."""

_NO_COLUMNS: Final = ("QueryRetrieveLevel", "SpecificCharacterSet")

_HEADINGS: Final = {
    "AccessionNumber": "Accession",
    "ModalitiesInStudy": "Mod",
    "NumberOfPatientRelatedStudies": "Studies",
    "NumberOfSeriesRelatedInstances": "Instances",
    "NumberOfStudyRelatedInstances": "Instances",
    "NumberOfStudyRelatedSeries": "Series",
    "ScheduledProcedureStepDescription": "Step",
    "ScheduledProcedureStepID": "Step ID",
    "ScheduledProcedureStepStartDate": "Date",
    "ScheduledProcedureStepStartTime": "Time",
    "ScheduledStationAETitle": "Station",
    "SeriesDescription": "Description",
    "SeriesNumber": "No",
    "StudyDate": "Date",
    "StudyDescription": "Description",
}


def columns_of(identifier: Dataset, keys: Sequence[str] = ()) -> list[str]:
    """The paths of the keys of an identifier: those of the command line first, as they are there.

    What else is asked for follows as it is usual, then by tag.
    """
    paths = [path for path, element in _leaves(identifier) if element not in _NO_COLUMNS]
    usual = DEFAULT_KEYS.get(str(identifier.get("QueryRetrieveLevel", "worklist")), "").split()
    order = [*dict.fromkeys((*map(_plain, keys), *usual, *paths))]
    return sorted(paths, key=order.index)


def _plain(key: str) -> str:
    """The path of a key as `columns_of` writes it."""
    from russet import codec
    from russet.data.path import parse

    steps = parse(key.partition("=")[0])
    return ".".join(codec.keyword_of(step.tag) or str(step.tag) for step in steps)


def _leaves(dataset: Dataset, around: str = "") -> Iterator[tuple[str, str]]:
    for element in dataset:
        name = element.keyword or str(element.tag)
        if element.vr == "SQ" and len(element.items()):
            yield from _leaves(element.items()[0], f"{around}{name}.")
        else:
            yield around + name, name


class Shown:
    """Shows matches as they come.

    Attributes:
        count: How many there were.
    """

    def __init__(self, paths: Sequence[str], *, as_json: bool, extract: Path | None) -> None:
        """Show the elements at `paths`; with `extract` also write each match as a file there."""
        self.count = 0
        self._paths = paths
        self._as_json = as_json
        self._extract = extract

    def show(self, matches: Iterable[Dataset]) -> None:
        """Show every match, the first ones as soon as a table can be laid out."""
        if self._as_json:
            for match in self._counted(matches):
                click.echo(match.to_json())
        elif sys.stdout.isatty():
            self._table(self._counted(matches))
        else:
            for match in self._counted(matches):
                if self.count == 1:
                    click.echo("\t".join(self._paths))
                click.echo("\t".join(self._cells(match)))

    def _counted(self, matches: Iterable[Dataset]) -> Iterator[Dataset]:
        for match in matches:
            self.count += 1
            if self._extract is not None:
                path = self._extract / f"rsp{self.count:04}.dcm"
                path.write_bytes(_file_of(match))
            yield match

    def _cells(self, match: Dataset) -> list[str]:
        return [_cell(match, path) for path in self._paths]

    def _table(self, matches: Iterator[Dataset]) -> None:
        from rich.console import Console

        console = Console()
        rows: list[list[str]] = []
        for match in matches:
            rows.append(self._cells(match))
            if len(rows) == _AT_ONCE:
                self._lay_out(console, rows)
                rows = []
        if rows:
            self._lay_out(console, rows)

    def _lay_out(self, console: Console, rows: list[list[str]]) -> None:
        """Print rows as a table, or where that is too wide line by line: a UID stays whole."""
        from rich.table import Table
        from rich.text import Text

        columns = list(zip(*rows, strict=True))
        names = [path.rpartition(".")[2] for path in self._paths]
        widths = _widths(names, columns, console.width)
        if widths is None:
            self._list(rows)
            return
        table = Table(box=None, pad_edge=False)
        for name, width in zip(names, widths, strict=True):
            # With a width of its own, rich makes no column narrower, nor cuts at the edge.
            table.add_column(_HEADINGS.get(name, name), overflow="fold", width=width)
        for row in rows:
            table.add_row(*map(Text, row))
        console.print(table)

    def _list(self, rows: list[list[str]]) -> None:
        """Print each row as lines, an attribute each."""
        names = [path.rpartition(".")[2] for path in self._paths]
        longest = max(map(len, names))
        for row in rows:
            for name, cell in zip(names, row, strict=True):
                click.echo(f"{name:<{longest}}  {cell}".rstrip())
            click.echo()


def _widths(names: Sequence[str], columns: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """How many characters wide each column is; None where they do not fit into `room`.

    UIDs stay whole. What others leave goes to the narrowest of the rest first, which then is whole.
    """
    from rich.cells import cell_len

    wanted = [
        max(map(cell_len, (_HEADINGS.get(name, name), *cells)))
        for name, cells in zip(names, columns, strict=True)
    ]
    widths = [
        width if name.endswith("UID") else min(width, _NARROW)
        for name, width in zip(names, wanted, strict=True)
    ]
    left = room - sum(widths) - _GAP * len(widths)
    if left < 0:
        return None
    for place in sorted(range(len(widths)), key=wanted.__getitem__):
        more = min(left, wanted[place] - widths[place])
        widths[place] += more
        left -= more
    return widths


def _file_of(match: Dataset) -> bytes:
    """A match as a file; it is no instance, so its file meta information names none of ours."""
    from russet import codec
    from russet.data import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION

    uid = match.get("SOPInstanceUID") or f"2.25.{uuid.uuid4().int}"
    sop_class = match.get("SOPClassUID") or _STUDY_FIND
    head = codec.encode_file_head(
        str(sop_class), str(uid), _NATIVE, IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION
    )
    return head + bytes(match.encode(_NATIVE))


def _cell(match: Dataset, path: str) -> str:
    """A value as a cell; nothing where there is none, and never what moves a cursor."""
    from russet.data.path import resolve
    from russet.data.text import escape

    try:
        element = resolve(match, path)
    except (KeyError, IndexError, ValueError):
        return ""
    value = element.value
    values = value if isinstance(value, list) else [value]
    return escape("\\".join("" if each is None else str(each) for each in values))
