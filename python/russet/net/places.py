"""The associations that a server has room for: each takes its place when it is admitted."""

import threading
from collections import Counter
from dataclasses import replace

from russet.association.association import Association
from russet.association.policy import Policy, Rejection
from russet.codec import AssociateRq

__all__ = ["Places"]


class Places:
    """Admits associations, and counts each from then on: two at once are not one too many."""

    def __init__(self, policy: Policy) -> None:
        """Admit by `policy`."""
        self._policy = policy
        self._lock = threading.Lock()
        self._taken: dict[Association, str | None] = {}
        self._of: Counter[str | None] = Counter()

    def take(
        self, association: Association, rq: AssociateRq, *, congested: bool
    ) -> Rejection | None:
        """Admit an association, which has its place until `leave`; else say how to refuse it.

        Args:
            association: It then knows how many others its peer has.
            rq: Its request.
            congested: Whether there is room for nobody.
        """
        caller = association.caller
        address = caller.address
        with self._lock:
            caller = replace(caller, active=self._of[address])
            rejection = self._policy.rejection(
                rq, len(self._taken), congested=congested, caller=caller
            )
            if rejection is None:
                self._taken[association] = address
                self._of[address] += 1
        association.caller = caller
        return rejection

    def leave(self, association: Association) -> None:
        """Give the place of an association back, if it has one."""
        with self._lock:
            if association not in self._taken:
                return
            address = self._taken.pop(association)
            self._of[address] -= 1
            if not self._of[address]:
                del self._of[address]
