"""What an archive does at its start, while instances arrive: it compares index and files."""

import logging
import sqlite3
import threading
from collections.abc import Callable
from typing import Any, Final

from russet.apps.archive.steps import StepFiles
from russet.errors import RussetError, StorageError
from russet.storage.index import Index, Reconciliation

__all__ = ["StartUp"]

_LOG: Final = logging.getLogger("russet.index")
_PATIENCE: Final = 15.0  # seconds; who asks waits for 30, as a rule
_ENDING: Final = 5.0


class StartUp:
    """Reconciles on a thread, and has those wait who need the outcome."""

    def __init__(self, steps: StepFiles, index: Index | None) -> None:
        """Be ready to `begin`.

        Args:
            steps: To learn what was performed.
            index: To reconcile.
        """
        self._steps = steps
        self._index = index
        self._lock = threading.Lock()
        self._after: list[Callable[[Reconciliation | None], Any]] = []
        self._closing = False
        self._ended = threading.Event()
        self._healed: Reconciliation | None = None
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="russet-start", daemon=True)

    def then(self, action: Callable[[Reconciliation | None], Any]) -> None:
        """Have something done with what was healed once the index is whole, or at once if it is."""
        with self._lock:
            if not self._ended.is_set():
                self._after.append(action)
                return
        if self._error is None:
            action(self._healed)

    def begin(self) -> None:
        """Start."""
        self._thread.start()

    def close(self) -> None:
        """Stop, and wait a little for the end."""
        self._closing = True
        if self._index is not None:
            self._index.stop()
        self._thread.join(_ENDING)

    def is_whole(self) -> bool:
        """Wait a little for the index to be whole; whether it is."""
        return self._ended.wait(_PATIENCE) and self._error is None

    def wait(self, timeout: float | None) -> Reconciliation | None:
        """Wait for the index to be whole, and give what was healed.

        Raises:
            StorageError: When it did not become whole: the disk refused, or time is up.
        """
        if not self._ended.wait(timeout):
            raise StorageError("index and files are still being compared")
        if self._error is not None:
            raise StorageError(f"index and files were not compared: {self._error}")
        return self._healed

    def _run(self) -> None:
        try:
            self._steps.load()
            if self._index is not None:
                self._healed = self._index.reconcile()
        except (RussetError, OSError, sqlite3.Error) as error:
            self._error = error
            if not self._closing:
                _LOG.error("index and files cannot be compared, and queries are refused: %s", error)
        with self._lock:
            self._ended.set()
        for action in self._after if self._error is None else ():
            action(self._healed)
