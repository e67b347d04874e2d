"""The associations that a server has room for: each has its seat from when it is admitted."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from russet.association.caller import Caller
from russet.association.policy import Policy, Rejection
from russet.codec import AssociateRq

__all__ = ["Seat", "Seats"]


class Seats:
    """All that there are: looked for and taken in one step, so that two at once take two."""

    def __init__(self, policy: Policy, congested: Callable[[], bool]) -> None:
        """Admit by `policy`, and nobody while there is none at all: `congested`."""
        self._policy = policy
        self._congested = congested
        self._lock = threading.Lock()
        self._taken: Counter[str | None] = Counter()
        self._count = 0

    def take(self, rq: AssociateRq, caller: Caller) -> Rejection | Caller:
        """Take a seat: the row to refuse with, or the caller and how many others it has."""
        congested = self._congested()
        with self._lock:
            caller = replace(caller, active=self._taken.get(caller.address, 0))
            rejection = self._policy.rejection(rq, self._count, congested=congested, caller=caller)
            if rejection is None:
                self._taken[caller.address] += 1
                self._count += 1
        return rejection or caller

    def leave(self, caller: Caller) -> None:
        """Give a seat back."""
        with self._lock:
            self._count -= 1
            self._taken[caller.address] -= 1
            if not self._taken[caller.address]:
                del self._taken[caller.address]


class Seat:
    """That of one association, if it gets one."""

    def __init__(self, seats: Seats, caller: Caller) -> None:
        """Be none yet of `seats`, for `caller`."""
        self._seats = seats
        self._caller = caller
        self._taken = False

    def take(self, rq: AssociateRq) -> Rejection | Caller:
        """Be the admission of an association (see `Association.acceptor`)."""
        found = self._seats.take(rq, self._caller)
        self._taken = isinstance(found, Caller)
        return found

    def leave(self) -> None:
        """Give it back; without effect when there is none."""
        if self._taken:
            self._taken = False
            self._seats.leave(self._caller)
