"""One association is for one thread at a time: who comes meanwhile is refused, and harms nobody."""

from collections.abc import Callable
from threading import RLock, get_ident
from typing import Final, Self

from russet.errors import TurnError

__all__ = ["Turn"]


_SAID: Final = (
    "another thread uses this association with {}: it is for one thread at a time. Connect once "
    "more for each thread; russet.aio has several requests out at once, and russet.SendQueue takes "
    "what is to be sent from any thread"
)


class Turn:
    """Whose turn it is on an association, and on the further ones to its peer.

    A thread that began something has the turn until it is over, in between its results too; only
    who goes on with that something may do so on another thread.
    """

    def __init__(self, whom: object) -> None:
        """Begin with nobody's; `whom` is for the words of errors."""
        self._whom = whom
        self._lock = RLock()
        self._thread = 0

    def __enter__(self) -> Self:
        """Use the association for a moment, to go on.

        Raises:
            TurnError: When another thread does.
        """
        if not self._lock.acquire(blocking=False):
            raise self.taken()
        return self

    def __exit__(self, *_: object) -> None:
        """Let others use it."""
        self._lock.release()

    def begin(self, is_out: Callable[[], bool]) -> None:
        """Begin something new, with the turn taken.

        Args:
            is_out: Says whether something that was begun is not over.

        Raises:
            TurnError: When that is of another thread.
        """
        thread = get_ident()
        if thread != self._thread and is_out():
            raise self.taken()
        self._thread = thread

    def taken(self) -> TurnError:
        """Give what says that another thread has the turn."""
        return TurnError(_SAID.format(self._whom))

    def go_on(self) -> None:
        """Go on with what was begun, on this thread from now on."""
        self._thread = get_ident()
