"""Reports on storage commitment that survive a restart, and wait for who is to hear (PS3.4 J)."""

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from russet.association.contexts import propose
from russet.association.effects import Destination
from russet.codec import Role
from russet.data.text import escape
from russet.dimse.status import Category
from russet.errors import NoContextError, RussetError, StatusError, StorageError
from russet.net.client import ClientAssociation
from russet.net.outcome import Address
from russet.net.terms import NATIVE, Terms
from russet.services.storage_commitment import (
    STORAGE_COMMITMENT,
    CommitmentRequest,
    Reference,
    outcome_report,
)
from russet.storage.small_files import SmallFiles

__all__ = ["PAUSES", "CommitmentOutbox"]

_LOG: Final = logging.getLogger("russet.scp")
PAUSES: Final = (5.0, 30.0, 120.0, 600.0, 3600.0, 21600.0, 86400.0)
"""Seconds between attempts to report; after as many it is given up."""

_PENDING: Final = ".json"
_GIVEN_UP: Final = ".failed"
_MOST: Final = 10_000
_FAREWELL: Final = 2.0
_RESOURCE_LIMITATION: Final = 0x0213
_DUPLICATE_TRANSACTION: Final = 0x0131

Judge = Callable[[Sequence[Reference]], Mapping[str, int]]
"""Gives a Failure Reason for each instance that is not held (PS3.4 J.3.3)."""


@dataclass(slots=True)
class _Pending:
    """A request that has not been reported on; as a file, in the order of these attributes.

    `due` is when the next attempt is, as `time.time` tells it, so that a restart waits for it too.
    """

    calling: str
    called: str
    transaction: str
    references: list[Reference]
    duplicate: bool = False
    attempts: int = 0
    due: float = 0.0
    name: str = ""

    def encode(self) -> bytes:
        """Write it down."""
        kept = ("calling", "called", "transaction", "references", "duplicate", "attempts", "due")
        return json.dumps({name: getattr(self, name) for name in kept}).encode()

    @classmethod
    def decode(cls, name: str, content: bytes) -> "_Pending":
        """Read it again.

        Raises:
            ValueError: When it is damaged.
        """
        try:
            kept = json.loads(content)
            kept["references"] = [Reference(*each) for each in kept["references"]]
            kept["attempts"] = int(kept["attempts"])
            kept["due"] = float(kept.get("due", 0.0))  # Of an earlier form: due at once.
            return cls(**kept, name=name)
        except (TypeError, KeyError, OverflowError) as error:
            raise ValueError(f"no request for storage commitment: {error}") from error


class CommitmentOutbox:
    """Keeps requests as files until their reports have arrived; one thread for each receiver.

    What is held is asked anew at each attempt, so that a report is true when it is sent.
    """

    def __init__(
        self,
        files: SmallFiles,
        judge: Judge,
        destination: Callable[[str, str], Destination | None],
        pauses: Sequence[float] = PAUSES,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Keep requests in `files`; `start` has those of an earlier run reported.

        Args:
            files: Where.
            judge: Says what is held; it may wait until that is known.
            destination: Takes the title of who asked, and the one it called; gives where to report
                to, None for who hears of it on its own association only.
            pauses: Seconds between attempts.
            clock: Tells the time of day in seconds, also to the next run. Nothing waits longer
                than its pause when it is set back.
        """
        self._files = files
        self._judge = judge
        self._destination = destination
        self._pauses = tuple(pauses)
        self._clock = clock
        self._changed = threading.Condition()
        self._queues: dict[str, list[_Pending]] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._open: dict[tuple[str, str], _Pending] = {}
        self._names: set[str] = set()
        self._count = 0
        self._closing = False

    def start(self) -> int:
        """Take up what an earlier run left; how many that is.

        Raises:
            OSError: The folder cannot be read.
        """
        left = [name for name in self._files.names() if name.endswith(_PENDING)]
        for name in left:
            try:
                pending = _Pending.decode(name, self._files.read(name) or b"")
            except (OSError, ValueError) as error:
                _LOG.warning("a request for storage commitment is left: %s: %s", name, error)
                continue
            self._names.add(name)
            self._open.setdefault((pending.calling, pending.transaction), pending)
            self._begin(pending)
        return len(left)

    def take(self, asked: CommitmentRequest) -> Callable[[], None] | None:
        """Keep a request, if there is somewhere to report to.

        Raises:
            StatusError: When too many wait: 0213H.
            StorageError: When the disk refuses.
        """
        if self._destination(asked.calling, asked.called) is None:
            return None
        made = _Pending(asked.calling, asked.called, asked.transaction_uid, list(asked.references))
        made.due = self._clock()
        with self._changed:
            if len(self._names) >= _MOST:
                raise StatusError("too many reports wait already", _RESOURCE_LIMITATION)
            self._count += 1
            made.name = f"{time.time_ns():020}-{self._count}{_PENDING}"
            self._names.add(made.name)
            first = self._open.setdefault((made.calling, made.transaction), made)
        made.duplicate = first is not made
        try:
            self._files.put(made.name, made.encode())
        except BaseException:
            self._forget(made)
            raise
        return partial(self._begin, made)

    def close(self) -> None:
        """Report no more; what waits is taken up at the next start."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            threads = list(self._threads.values())
        until = time.monotonic() + _FAREWELL
        for thread in threads:
            thread.join(max(until - time.monotonic(), 0.0))

    def _begin(self, pending: _Pending) -> None:
        title = pending.calling
        with self._changed:
            if self._closing:
                return
            self._queues.setdefault(title, []).append(pending)
            self._changed.notify_all()
            if title not in self._threads:
                run = partial(self._run, title)
                thread = threading.Thread(target=run, name="russet-commitment", daemon=True)
                self._threads[title] = thread
                thread.start()

    def _run(self, title: str) -> None:
        """Report what waits for a title, until nothing does."""
        while (pending := self._next(title)) is not None:
            try:
                self._deal_with(pending)
            except Exception:  # noqa: BLE001 (the reports to others go on)
                # Its file is there still: the next start takes it up.
                _LOG.exception("a report on storage commitment for %r failed", title)

    def _deal_with(self, pending: _Pending) -> None:
        pending.attempts += 1
        self._postpone(pending)
        try:
            self._report(pending)
        except RussetError as error:
            if self._closing:
                return
            _LOG.warning(
                "no report on commitment for %r yet: transaction %s, attempt %d of %d: %s",
                pending.calling,
                escape(pending.transaction),
                pending.attempts,
                len(self._pauses) + 1,
                error,
            )
            hopeless = isinstance(error, (NoContextError, StatusError))
            if hopeless or pending.attempts > len(self._pauses):
                self._give_up(pending)
                return
            self._postpone(pending)
            self._begin(pending)
        else:
            self._files.remove(pending.name)
            self._forget(pending)

    def _postpone(self, pending: _Pending) -> None:
        """Have the next attempt wait its time, after a restart too."""
        pending.due = self._clock() + self._pause(pending)
        try:
            self._files.put(pending.name, pending.encode())
        except StorageError as error:  # Here it is known; after a restart it is tried earlier.
            _LOG.warning("cannot note the attempts of a report on commitment: %s", error)

    def _pause(self, pending: _Pending) -> float:
        """Seconds between the attempt that was the last, and the next."""
        made = pending.attempts
        return self._pauses[made - 1] if 0 < made <= len(self._pauses) else 0.0

    def _remaining(self, now: float, pending: _Pending) -> float:
        """Seconds until an attempt is due: its pause at most, though the clock was set back."""
        pause = self._pause(pending)
        if not pending.due - now <= pause:  # Also when it is no number.
            pending.due = now + pause
        return pending.due - now

    def _next(self, title: str) -> _Pending | None:
        """The one that is due next, once it is; None when there is none, or all ends."""
        with self._changed:
            while not self._closing:
                queue = self._queues.get(title)
                if not queue:
                    break
                now = self._clock()
                first = min(queue, key=partial(self._remaining, now))  # Of equals, who came first.
                wait = self._remaining(now, first)
                if wait <= 0:
                    queue.remove(first)
                    return first
                self._changed.wait(wait)
            self._threads.pop(title, None)
            return None

    def _report(self, pending: _Pending) -> None:
        """Send the N-EVENT-REPORT over an association for it (PS3.4 J.3.3.1.1)."""
        to = self._destination(pending.calling, pending.called)
        if to is None:
            raise NoContextError("it is no peer any more")
        failed = self._judged(pending)
        report = outcome_report(pending.transaction, pending.references, failed, to.calling)
        address = Address(to.host, to.port, to.called, to.calling, tls=to.tls)
        roles = [Role(STORAGE_COMMITMENT, scu=False, scp=True)]
        terms = Terms(propose([(STORAGE_COMMITMENT, NATIVE)]), roles)
        with ClientAssociation(address, terms) as association:
            (outcome,) = association.perform(report)
        if outcome.status.category not in (Category.SUCCESS, Category.WARNING):
            raise StatusError(f"it was answered with {outcome.status}", outcome.status)

    def _judged(self, pending: _Pending) -> Mapping[str, int]:
        if not pending.duplicate:
            return self._judge(pending.references)
        uids = (each.sop_instance_uid for each in pending.references)
        return dict.fromkeys(uids, _DUPLICATE_TRANSACTION)

    def _give_up(self, pending: _Pending) -> None:
        name = pending.name.removesuffix(_PENDING) + _GIVEN_UP
        _LOG.error(
            "a report on commitment for %r is given up: transaction %s: %s",
            pending.calling,
            escape(pending.transaction),
            name,
        )
        self._files.put(name, pending.encode())
        self._files.remove(pending.name)
        self._forget(pending)

    def _forget(self, pending: _Pending) -> None:
        with self._changed:
            self._names.discard(pending.name)
            key = (pending.calling, pending.transaction)
            if self._open.get(key) is pending:
                del self._open[key]
