"""Index and files brought together: after a crash, a restore, or somebody's tidying up."""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final, NamedTuple

from russet.errors import RussetError
from russet.storage.index.digest import digest_of
from russet.storage.index.readers import Readers
from russet.storage.index.record import Record, read_record
from russet.storage.index.rows import Rows
from russet.storage.index.writer import Change, Ticket

__all__ = ["Reconciliation", "State", "files_below", "reconcile"]

_ROWS: Final = (
    "SELECT path, size, modified FROM instance UNION ALL SELECT path, size, modified FROM copy"
    " ORDER BY path"
)
_UNDER_WAY: Final = 1024

Submit = Callable[[Change], Ticket]
"""Asks the writer for a change."""


class Reconciliation(NamedTuple):
    """What was found, by path relative to the data folder.

    Attributes:
        files: How many files there are.
        added: Files that had no row, and now have one.
        changed: Files that are not what their row said; the row was renewed.
        removed: Rows whose file is gone; they are gone too.
        unreadable: Files that are no instance, and why; they have no row.
    """

    files: int
    added: list[str]
    changed: list[str]
    removed: list[str]
    unreadable: list[tuple[str, str]]

    def __str__(self) -> str:
        """Say it in a sentence, for the log."""
        return (
            f"{self.files} files: {len(self.added)} new to the index, {len(self.changed)} renewed,"
            f" {len(self.removed)} gone, {len(self.unreadable)} unreadable"
        )


def reconcile(
    root: str,
    files: Iterable[tuple[str, "State"]],
    readers: Readers,
    submit: Submit,
    *,
    digest: bool = False,
) -> Reconciliation:
    """Compare files with the rows, both in the order of their paths.

    Neither is held in memory as a whole. Only what differs in size or time is read.

    Args:
        root: The data folder.
        files: Those in it, as `files_below` gives them.
        readers: To see the rows.
        submit: To change them.
        digest: Whether to compute digests, for which files are read as a whole.

    Raises:
        StorageError: When the disk refuses, or the database is damaged.
    """
    found = Reconciliation(0, [], [], [], [])
    count = 0
    work = _Work(root, submit, found, digest=digest)
    with readers.take() as connection:
        rows = iter(connection.execute(_ROWS))
        for path, is_row, is_file in _side_by_side(rows, files):
            count += is_file is not None
            if is_file is None:
                work.remove(path)
            elif is_row != is_file:
                work.add(path, is_new=is_row is None)
    work.end()
    return found._replace(files=count)


class _Work:
    """Changes that are under way; not more than the writer can take at a time."""

    def __init__(self, root: str, submit: Submit, found: Reconciliation, *, digest: bool) -> None:
        self._root = root
        self._submit = submit
        self._found = found
        self._digest = digest
        self._tickets: list[Ticket] = []

    def add(self, path: str, *, is_new: bool) -> None:
        """Read a file and have it added."""
        try:
            record = self._record(path)
        except OSError as error:
            self._found.unreadable.append((path, error.strerror or str(error)))
        except (RussetError, ValueError) as error:
            self._found.unreadable.append((path, str(error)))
        else:
            if is_new:
                self._found.added.append(path)
                self._change(partial(Rows.add, record=record))
            else:
                self._found.changed.append(path)
                self._replace_by_others(partial(Rows.renew, record=record))
            return
        if not is_new:
            self.remove(path)

    def remove(self, path: str) -> None:
        """Have a row removed."""
        self._found.removed.append(path)
        self._replace_by_others(partial(Rows.remove, path=path))

    def _replace_by_others(self, change: Change) -> None:
        """Let other files of the instance take the place of the one that a change takes out."""
        for other in self._submit(change).wait():
            with contextlib.suppress(RussetError, OSError):
                self._change(partial(Rows.add, record=self._record(other)))

    def end(self) -> None:
        """Wait until all is committed."""
        for ticket in self._tickets:
            ticket.wait()
        self._tickets.clear()

    def _change(self, change: Change) -> None:
        self._tickets.append(self._submit(change))
        if len(self._tickets) >= _UNDER_WAY:
            self.end()

    def _record(self, path: str) -> Record:
        path.encode()  # A name that is no text has no place in the database: ValueError.
        record = read_record(self._root, path)
        if not self._digest:
            return record
        digest = digest_of(os.path.join(self._root, path))
        return record._replace(file=record.file._replace(digest=digest))


State = tuple[int, int]
"""The size of a file, and when it was modified, in nanoseconds."""


def _side_by_side(
    rows: Iterable[tuple[str, int, int]], files: Iterable[tuple[str, State]]
) -> Iterator[tuple[str, State | None, State | None]]:
    """Each path of two sorted streams, with what each has of it."""
    left, right = iter(rows), iter(files)
    row, file = next(left, None), next(right, None)
    while row is not None or file is not None:
        if file is None or (row is not None and row[0] < file[0]):
            assert row is not None
            yield row[0], row[1:], None
            row = next(left, None)
        elif row is None or file[0] < row[0]:
            yield file[0], None, file[1]
            file = next(right, None)
        else:
            yield row[0], row[1:], file[1]
            row, file = next(left, None), next(right, None)


def files_below(root: str, folder: str) -> Iterator[tuple[str, State]]:
    """The files below a folder in the order of their whole paths; links are not followed.

    Args:
        root: What paths are relative to.
        folder: The folder, by its path from there.

    Raises:
        OSError: A folder cannot be read.
    """
    try:
        with os.scandir(os.path.join(root, folder)) as listing:
            entries = [
                (f"{e.name}/" if e.is_dir(follow_symlinks=False) else e.name, e) for e in listing
            ]
    except FileNotFoundError:
        return
    for name, entry in sorted(entries, key=lambda pair: pair[0]):
        if name.endswith("/"):
            yield from files_below(root, f"{folder}/{name[:-1]}")
        elif entry.is_file(follow_symlinks=False):
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            yield f"{folder}/{name}", (status.st_size, status.st_mtime_ns)
