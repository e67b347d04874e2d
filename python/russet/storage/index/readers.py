"""Connections that only read: one for each search that is going on, kept for the next one."""

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from russet.errors import StorageError
from russet.storage.index.schema import connect, damaged

__all__ = ["Readers"]


class Readers:
    """They see what was committed when their search began, and never hold up the writer."""

    def __init__(self, path: Path, settle: Callable[[], None] | None = None) -> None:
        """Read the database at `path`; before each search, `settle` has what waits committed."""
        self._path = path
        self._settle = settle
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._closed = False

    @contextlib.contextmanager
    def take(self) -> Iterator[sqlite3.Connection]:
        """Borrow a connection.

        Raises:
            StorageError: When the index is closed, or the database cannot be read.
        """
        if self._settle is not None:
            self._settle()
        with self._lock:
            if self._closed:
                raise StorageError("the index is closed")
            connection = self._idle.pop() if self._idle else None
        if connection is None:
            connection = connect(self._path, read_only=True)
        try:
            with damaged(self._path):
                yield connection
        except BaseException:
            connection.close()
            raise
        self._give_back(connection)

    def close(self) -> None:
        """Close what is idle; what is borrowed is closed when it comes back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()
