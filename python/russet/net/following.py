"""What follows requests, apart from them: on a few threads of its own, which others go without."""

import heapq
import logging
import threading
from collections.abc import Callable
from typing import Any, Final

from russet.association.effects import Effect, Effects
from russet.errors import NetworkError
from russet.net.drive import drive

__all__ = ["Followed", "Following"]

_LOG: Final = logging.getLogger("russet.scp")
_THREADS: Final = 16
_MOST: Final = 4096
_IDLE: Final = 5.0


class Followed:
    """What follows one request.

    Attributes:
        whose: Who asked, for the log.
    """

    def __init__(
        self,
        whose: str,
        effects: Effects,
        do: Callable[[Effect], Any],
        close: Callable[..., None],
    ) -> None:
        """Take `effects`, each done by `do`; `close` hears at the end whether it `failed`."""
        self.whose = whose
        self._effects = effects
        self._do = do
        self._close = close

    def go_on(self) -> float | None:
        """Go on to the next pause, and give its seconds; None at the end. Never raises."""
        try:
            pause = drive(self._effects, self._do, to_pause=True)
        except NetworkError as error:
            self.give_up(str(error))
        except BaseException:  # noqa: BLE001 (SystemExit of a handler, too: only this ends)
            _LOG.exception("what was to follow a request of %s failed", self.whose)
            self._end(failed=True)
        else:
            if pause is not None:
                return pause.seconds
            self._end(failed=False)
        return None

    def give_up(self, why: str) -> None:
        """Do no more of it, and tell the log. Never raises."""
        _LOG.warning("what was to follow a request of %s failed: %s", self.whose, why)
        self._end(failed=True)

    def _end(self, *, failed: bool) -> None:
        try:
            self._effects.close()
            self._close(failed=failed)
        except Exception:  # noqa: BLE001 (the thread has others to do)
            _LOG.exception("what followed a request of %s did not end well", self.whose)


class Following:
    """Does what follows requests, in turn; while one of them pauses its thread is for others."""

    def __init__(
        self, clock: Callable[[], float], threads: int = _THREADS, most: int = _MOST
    ) -> None:
        """Begin without a thread.

        Args:
            clock: Tells the time of pauses.
            threads: How many there may be.
            most: How many may wait; what comes then is not done.
        """
        self._clock = clock
        self._limit = threads
        self._most = most
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int, Followed]] = []  # a heap, by when it is due
        self._number = 0
        self._threads = 0
        self._idle = 0
        self._running: set[Followed] = set()
        self._until: float | None = None

    def add(self, followed: Followed) -> None:
        """Do this as soon as a thread is free; what cannot be done is told to the log."""
        with self._changed:
            if self._until is not None:
                why = "the server stops"
            elif len(self._waiting) >= self._most:
                why = f"{self._most} others wait already"
            else:
                why = self._put(followed, self._clock())
        if why:
            followed.give_up(why)

    def close(self, until: float) -> None:
        """End: what can be done until then is done, and the rest is told to the log."""
        with self._changed:
            self._until = until
            given_up = self._take_out(lambda due: due > until)
            self._changed.notify_all()
            while self._waiting or self._running:
                left = until - self._clock()
                if left <= 0 or not self._changed.wait(left):
                    break
            given_up += self._take_out(lambda _: True)
            late = list(self._running)
        for followed in given_up:
            followed.give_up("the server stops")
        for followed in late:
            _LOG.warning("what followed a request of %s did not end in time", followed.whose)

    def _put(self, followed: Followed, due: float) -> str:
        """Have something done when it is due; why that cannot be."""
        self._number += 1
        heapq.heappush(self._waiting, (due, self._number, followed))
        why = self._call_for_a_thread()
        if not why or self._threads:
            return ""
        self._waiting.clear()
        return why

    def _call_for_a_thread(self) -> str:
        """Have somebody look at what waits; why nobody can."""
        if self._idle:
            self._changed.notify()
        elif self._threads < self._limit:
            name = f"russet-later-{self._number}"
            try:
                threading.Thread(target=self._work, name=name, daemon=True).start()
            except RuntimeError as error:
                return str(error)
            self._threads += 1
        return ""

    def _take_out(self, condition: Callable[[float], bool]) -> list[Followed]:
        """Take out what waits, by when it is due."""
        found = [each for each in self._waiting if condition(each[0])]
        self._waiting = [each for each in self._waiting if not condition(each[0])]
        heapq.heapify(self._waiting)
        return [followed for _, _, followed in found]

    def _work(self) -> None:
        """On a thread: do one thing after the other."""
        while (followed := self._next()) is not None:
            pause = followed.go_on()
            if pause is not None:
                if self._wait(followed, self._clock() + pause):
                    continue
                followed.give_up("the server stops")
            with self._changed:
                self._running.discard(followed)
                self._changed.notify_all()

    def _wait(self, followed: Followed, due: float) -> bool:
        """Have something go on when its pause is over; whether it will."""
        with self._changed:
            if self._until is not None and due > self._until:
                return False
            self._running.discard(followed)  # Now: another thread may run it a moment later.
            return not self._put(followed, due)

    def _next(self) -> Followed | None:
        """Wait for something that is due; None when there is nothing for long."""
        with self._changed:
            woken = True
            while self._waiting or (woken and self._until is None):
                now = self._clock()
                if self._waiting and self._waiting[0][0] <= now:
                    followed = heapq.heappop(self._waiting)[2]
                    self._running.add(followed)
                    if self._waiting:
                        self._call_for_a_thread()
                    return followed
                self._idle += 1
                woken = self._changed.wait(self._waiting[0][0] - now if self._waiting else _IDLE)
                self._idle -= 1
            self._threads -= 1
            return None
