"""Threads for work that takes its time, made when needed and ended when idle."""

import logging
import threading
from collections.abc import Callable
from typing import Final

__all__ = ["Workers"]

_LOG: Final = logging.getLogger("russet.scp")
_IDLE: Final = 5.0


class Workers:
    """Runs tasks on threads. The thread that was idle last is used first.

    Attributes:
        limit: How many threads there may be.
    """

    def __init__(self, name: str, limit: int) -> None:
        """Name the threads `name`-1 and so on."""
        self.limit = limit
        self._name = name
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._count = 0
        self._made = 0
        self._closed = False

    def run(self, task: Callable[[], None]) -> bool:
        """Run `task` on a thread; whether there was one."""
        with self._lock:
            if self._idle:
                self._idle.pop().take(task)
                return True
            if self._count >= self.limit:
                return False
            self._count += 1
            self._made += 1
            worker = _Worker(self, f"{self._name}-{self._made}", task)
        try:
            worker.start()
        except RuntimeError as error:
            _LOG.warning("no thread to work on: %s", error)
            self._gone()
            return False
        return True

    def close(self) -> None:
        """Let the threads end: those that rest at once, the others when they are done."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            self._count -= len(idle)
        for worker in idle:
            worker.dismiss()

    def rest(self, worker: "_Worker") -> bool:
        """Take a thread back that has nothing to do; whether it is to wait for more."""
        with self._lock:
            if self._closed:
                self._count -= 1
            else:
                self._idle.append(worker)
            return not self._closed

    def retire(self, worker: "_Worker") -> bool:
        """Let a thread end that was idle for long; not when it was just given something."""
        with self._lock:
            if worker not in self._idle:
                return False
            self._idle.remove(worker)
            self._count -= 1
            return True

    def _gone(self) -> None:
        with self._lock:
            self._count -= 1


class _Worker(threading.Thread):
    def __init__(self, workers: Workers, name: str, task: Callable[[], None]) -> None:
        super().__init__(name=name, daemon=True)
        self._workers = workers
        self._task: Callable[[], None] | None = task
        self._given = threading.Semaphore(0)
        self._dismissed = False

    def take(self, task: Callable[[], None]) -> None:
        """Be given the next task."""
        self._task = task
        self._given.release()

    def dismiss(self) -> None:
        """Be told to end."""
        self._dismissed = True
        self._given.release()

    def run(self) -> None:
        """Work, rest, and end after a long rest."""
        while not self._dismissed:
            task, self._task = self._task, None
            if task is not None:
                try:
                    task()
                except BaseException:  # noqa: BLE001 (SystemExit, too: only this task ends)
                    _LOG.exception("work was lost by a fault of ours")
            del task
            if not self._workers.rest(self):
                return
            while not self._given.acquire(timeout=_IDLE):
                if self._workers.retire(self):
                    return
