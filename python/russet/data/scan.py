"""A few values out of each of many files (PS3.10 7), as a table."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from russet import codec
from russet.data.tag import Key, Tag

__all__ = ["Paths", "Progress", "Table", "scan", "tables"]

Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]
"""A file, a folder, or several of them."""

Progress = Callable[[int, int | None, int], object]
"""Is told how many files are done, how many there are once that is known, and the bytes read."""

Value = str | int | float | None

_STEP: Final = re.compile(r"(?P<sequence>.+)\[(?P<item>\d+)\]", re.DOTALL)
_BYTES: Final = frozenset({"OB", "OD", "OF", "OL", "OV", "OW"})


class Table:
    """One row for each file, in columns: `path`, one for each tag, and `error`.

    Numbers of which the data dictionary (PS3.6 6) has one are integers (IS, SL, SS, SV, UL, US) or
    floats (DS, FD, FL); everything else is text, several values with backslashes between them.
    An element that is absent is None, as is an empty number; empty text is "". `error` is None, or
    says what is wrong with the file, or with a value that is therefore None, and at which byte;
    what was found all the same stays in the row.

    It is an Arrow table too: `pyarrow.table(table)`, `polars.DataFrame(table)` and duckdb take it
    without a copy.
    """

    def __init__(self, columns: codec.ScanTable) -> None:
        self._columns = columns
        self.columns: Final = tuple(columns.columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __repr__(self) -> str:
        return f"<Table of {len(self)} files: {', '.join(self.columns)}>"

    def column(self, name: str) -> list[Value]:
        """The values of one column, in the order of the files.

        Raises:
            KeyError: There is no such column.
        """
        if name not in self.columns:
            raise KeyError(name)
        values: list[Value] = self._columns.column(self.columns.index(name))
        return values

    def rows(self) -> Iterator[dict[str, Value]]:
        """Each row, by the names of the columns."""
        for values in zip(*map(self.column, self.columns), strict=True):
            yield dict(zip(self.columns, values, strict=True))

    @property
    def failures(self) -> list[tuple[str, str]]:
        """Path and error of each file with which something is wrong."""
        pairs = zip(self.column("path"), self.column("error"), strict=True)
        return [(str(path), str(error)) for path, error in pairs if error is not None]

    def __arrow_c_schema__(self) -> object:
        """The columns, for whatever takes Arrow schemas."""
        return self._columns.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The rows, for whatever takes Arrow streams."""
        return self._columns.__arrow_c_stream__(requested_schema)


def scan(
    paths: Paths,
    tags: Iterable[Key],
    *,
    threads: int | None = None,
    progress: Progress | None = None,
    skip: Iterable[str] = (),
) -> Table:
    """Read a few values of many files, as fast as the disk gives their headers.

    What is no DICOM file, or broken, is a row with an error and never an exception. A folder is
    searched with its folders, in the order of names, without hidden entries; links to files are
    followed, links to folders are not. Of a file no more is read than it takes to come to the last
    of the tags: elements that come after a tag above that one are not found. Values of more than
    64 KiB are not given.

    Args:
        paths: A folder, a file, or several of them.
        tags: Keywords or tags, as for `Tag.of`; an element of an item as
            `RequestAttributesSequence[0].ScheduledProcedureStepID`, also through several sequences.
        threads: How many files are read at a time; as many as there are processors if None.
        progress: Is called now and then from here, with files done, files in all (None until that
            is known) and bytes read.
        skip: Paths that are passed over, written as in the column `path`.

    Raises:
        ValueError: What is no tag, has no value that is text or a number, or was named twice.
    """
    run = _started(paths, tags, threads, skip)
    return Table(codec.ScanTable.joined([run.empty(), *_followed(run, progress)]))


def tables(
    paths: Paths,
    tags: Iterable[Key],
    *,
    threads: int | None = None,
    progress: Progress | None = None,
    skip: Iterable[str] = (),
) -> Iterator[Table]:
    """What `scan` gives, as tables of some hundred rows while it is going on.

    The first has no rows, so that the columns are known before anything is read.
    """
    run = _started(paths, tags, threads, skip)
    yield Table(run.empty())
    yield from map(Table, _followed(run, progress))


def _started(
    paths: Paths, tags: Iterable[Key], threads: int | None, skip: Iterable[str]
) -> codec.Scan:
    columns = _columns(tags)
    several = [paths] if isinstance(paths, (str, os.PathLike)) else paths
    threads = _processors() if threads is None else threads
    if threads < 1:
        raise ValueError(f"{threads} threads cannot read anything")
    return codec.Scan(several, list(columns), list(columns.values()), threads, set(skip))


def _followed(run: codec.Scan, progress: Progress | None) -> Iterator[codec.ScanTable]:
    done = 0
    for table in run:
        done += len(table)
        if progress is not None:
            listed, is_all = run.listed
            progress(done, listed if is_all else None, run.octets)
        yield table


def _processors() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_Way = tuple[list[tuple[Tag, int]], Tag]


def _columns(tags: Iterable[Key]) -> dict[str, _Way]:
    """The name of each column, and the way to its values."""
    columns: dict[str, _Way] = {}
    for key in tags:
        *outer, last = key.split(".") if isinstance(key, str) else [key]
        steps = [_sequence(str(step)) for step in outer]
        tag = _of_values(last)
        name = "".join(f"{_name(sequence)}[{item}]." for sequence, item in steps) + _name(tag)
        if name in columns:
            raise ValueError(f"{name} is named twice")
        columns[name] = (steps, tag)
    return columns


def _sequence(step: str) -> tuple[Tag, int]:
    found = _STEP.fullmatch(step)
    if found is None:
        raise ValueError(f"{step!r} does not say which item: write {step}[0] for the first")
    tag = Tag.of(found["sequence"])
    entry = codec.dictionary_entry(tag)
    if entry is not None and entry.vr != "SQ":
        raise ValueError(f"{_name(tag)} is no sequence, but {entry.vr}")
    return tag, int(found["item"])


def _of_values(key: Key) -> Tag:
    tag = Tag.of(key)
    entry = codec.dictionary_entry(tag)
    if entry is not None and entry.vr == "SQ":
        raise ValueError(
            f"{_name(tag)} is a sequence: name an element of an item, as in {_name(tag)}[0].Keyword"
        )
    if entry is not None and _BYTES & set(entry.vr.split(" or ")):
        raise ValueError(f"{_name(tag)} holds bytes ({entry.vr}), which no column takes")
    return tag


def _name(tag: Tag) -> str:
    """The keyword, unless it is that of several tags (PS3.5 7.6)."""
    return tag.keyword if codec.tag_of(tag.keyword) == tag else str(tag)
