"""The one writer of the index: a thread that commits what many ask for together."""

import logging
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from russet.errors import StorageError
from russet.storage.index.rows import Rows
from russet.storage.index.schema import damaged

__all__ = ["Change", "Ticket", "Writer"]

Change = Callable[[Rows], Any]
"""Something to do with the rows; it is done whole or not at all."""

_LOG: Final = logging.getLogger("russet.index")
# A batch costs as much as 30 rows before the first: while nobody waits, it fills.
_LINGER: Final = 0.2
_FULL: Final = 1024
_MOST_WAITING: Final = 2048


class _Batch:
    """Changes that are committed together."""

    __slots__ = ("changes", "committed", "errors", "results")

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.results: list[Any] = []
        self.errors: dict[int, Exception] = {}
        self.committed = threading.Event()

    def abandon(self) -> None:
        """Tell who waits that nobody will commit it, unless it was."""
        if not self.committed.is_set():
            for place in range(len(self.changes)):
                self.errors.setdefault(place, StorageError("the index is closed"))
            self.committed.set()


class Ticket:
    """A change that was asked for."""

    __slots__ = ("_batch", "_hurry", "_place")

    def __init__(self, batch: _Batch, place: int, hurry: Callable[[], None]) -> None:
        self._batch = batch
        self._place = place
        self._hurry = hurry

    @property
    def is_committed(self) -> bool:
        """Whether it was tried: `wait` returns at once."""
        return self._batch.committed.is_set()

    def wait(self) -> Any:
        """Have it committed without delay, and wait until it is.

        Returns:
            What the change returned.

        Raises:
            StorageError: When the disk refused, or the database is damaged.
        """
        if not self._batch.committed.is_set():
            self._hurry()
            self._batch.committed.wait()
        error = self._batch.errors.get(self._place)
        if error is not None:
            raise error
        return self._batch.results[self._place]


class Writer:
    """Commits changes in batches: at once when somebody waits, else when enough has come together.

    While one batch is being committed the next one fills, so that many associations share the cost
    of a sync. Nobody has to wait; when too much does, `submit` waits for room.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        """Take over the connection to the database at `path`, which is closed at the end."""
        self._connection = connection
        self._path = path
        self._rows = Rows(connection)
        self._lock = threading.Lock()
        self._some = threading.Event()
        self._urgent = threading.Event()
        self._batch = _Batch()
        self._last: _Batch | None = None
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="russet-index", daemon=True)
        self._thread.start()

    def submit(self, change: Change) -> Ticket:
        """Ask for a change.

        Raises:
            StorageError: When the index is closed.
        """
        while True:
            with self._lock:
                if self._closing:
                    raise StorageError("the index is closed")
                batch = self._batch
                place = len(batch.changes)
                if place < _MOST_WAITING:
                    batch.changes.append(change)
                    break
            self._urgent.set()
            batch.committed.wait()
        if place == 0:
            self._some.set()
        elif place == _FULL:
            self._urgent.set()
        return Ticket(batch, place, self._urgent.set)

    def settle(self) -> None:
        """Have all that was asked for so far committed without delay, and wait until it is."""
        with self._lock:
            last = self._batch if self._batch.changes else self._last
        if last is not None and not last.committed.is_set():
            self._urgent.set()
            last.committed.wait()

    def close(self) -> None:
        """Commit what was asked for, and end."""
        with self._lock:
            self._closing = True
        self._urgent.set()
        self._some.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while True:
                self._some.wait()
                if not self._closing:
                    self._urgent.wait(_LINGER)
                with self._lock:
                    batch, self._batch = self._batch, _Batch()
                    self._last = batch if batch.changes else self._last
                    self._some.clear()
                    self._urgent.clear()
                    if self._closing:
                        self._some.set()
                if batch.changes:
                    self._commit(batch)
                elif self._closing:
                    return
        finally:
            self._abandon()
            self._close()

    def _abandon(self) -> None:
        """Whatever ended this thread, from now on nobody is to wait for it."""
        with self._lock:
            self._closing = True
            left = self._batch, self._last
        for batch in left:
            if batch is not None:
                batch.abandon()

    def _close(self) -> None:
        """Close the database, with what it has learnt of its tables for those who search next."""
        try:
            self._connection.execute("PRAGMA analysis_limit = 400")
            self._connection.execute("PRAGMA optimize")
        except sqlite3.Error as error:
            _LOG.warning("the index is closed without being analysed: %s", error)
        self._connection.close()

    def _commit(self, batch: _Batch) -> None:
        count = len(batch.changes)
        try:
            batch.results = self._together(batch.changes)
        except Exception as error:  # noqa: BLE001 (it is raised where it is waited for)
            batch.results = [None] * count
            if _is_locked(error):
                # That took its time to find out, and would for each of them.
                _LOG.warning("%d changes of the index failed: %s", count, error)
                batch.errors = dict.fromkeys(range(count), error)
            else:
                self._one_by_one(batch)
        batch.committed.set()

    def _one_by_one(self, batch: _Batch) -> None:
        """Whichever change it was that failed, the others must not suffer."""
        for place, change in enumerate(batch.changes):
            try:
                batch.results[place : place + 1] = self._together([change])
            except Exception as error:  # noqa: BLE001 (it is raised where it is waited for)
                _LOG.warning("a change of the index failed: %s", error)
                batch.errors[place] = error

    def _together(self, changes: list[Change]) -> list[Any]:
        rows = self._rows
        with damaged(self._path):
            rows.begin()
            try:
                results = [change(rows) for change in changes]
                rows.commit()
            except BaseException:
                rows.rollback()
                raise
        return results


def _is_locked(error: Exception) -> bool:
    """Whether another program keeps us from writing."""
    code: int = getattr(error.__cause__, "sqlite_errorcode", sqlite3.SQLITE_OK)
    return code & 0xFF == sqlite3.SQLITE_BUSY
