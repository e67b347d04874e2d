"""Who commits, and who hears of it: the services of both roles (PS3.4 J.3)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from functools import partial
from typing import Any, Final, Protocol
from weakref import ref

from russet.association.collecting import Begin, Collecting
from russet.association.effects import Answer, Effect, Effects, Later, Place, place_of, settled
from russet.association.events import Peer, Request
from russet.association.normalized import (
    NormalizedRequest,
    NormalizedResult,
    answered,
)
from russet.association.provider import same_class
from russet.association.reporting import PAUSES, Destinations, destination_of, report
from russet.data import Dataset
from russet.dimse.commands import EVENT_REPORT, is_uid
from russet.dimse.commands import response as respond
from russet.errors import DecodeError, StatusError
from russet.services.storage_commitment.commitment import (
    INSTANCE,
    STORAGE_COMMITMENT,
    Commitment,
    Reference,
    outcome_report,
)

__all__ = ["CommitmentReports", "CommitmentRequest", "Outbox", "StorageCommitmentService"]

_LOG: Final = logging.getLogger("russet.scp")

_ACTION: Final = 0x0130
_REQUEST: Final = 1
_ALL_COMMITTED: Final = 1
_SOME_FAILED: Final = 2

_PROCESSING_FAILURE: Final = 0x0110
_NO_SUCH_INSTANCE: Final = 0x0112
_NO_SUCH_EVENT: Final = 0x0113
_INVALID_ARGUMENT: Final = 0x0115
_CLASS_INSTANCE_CONFLICT: Final = 0x0119
_NO_SUCH_ACTION: Final = 0x0123
_DUPLICATE_TRANSACTION: Final = 0x0131
_RESOURCE_LIMITATION: Final = 0x0213

_MOST: Final = 1000
"""Requests that may wait to be judged and reported on."""
_HELD: Final = 1 << 18
"""References that they may name together; one of them alone may name more."""


class CommitmentRequest(NormalizedRequest):
    """A request for storage commitment, for a handler.

    Attributes:
        transaction_uid: What names it.
        references: The instances, each once.
    """

    def __init__(self, request: Request, peer: Peer, dataset: Dataset) -> None:
        """Take what the request says.

        Raises:
            StatusError: For what PS3.4 J.3.2.1 does not allow, with the status to answer.
        """
        super().__init__(request, peer, dataset)
        if self.action_type != _REQUEST:
            raise StatusError("the one action type is 1", _NO_SUCH_ACTION)
        if self.sop_instance_uid != INSTANCE:
            raise StatusError(f"the one instance is {INSTANCE}", _NO_SUCH_INSTANCE)
        self.transaction_uid = str(dataset.get("TransactionUID") or "")
        if not is_uid(self.transaction_uid):
            raise StatusError("no Transaction UID (0008,1195)", _INVALID_ARGUMENT)
        self.references = _references(dataset)


def _references(dataset: Dataset) -> Sequence[Reference]:
    found: dict[str, Reference] = {}
    for item in dataset.get("ReferencedSOPSequence") or ():
        named = (item.get("ReferencedSOPClassUID"), item.get("ReferencedSOPInstanceUID"))
        reference = Reference(*(str(uid or "") for uid in named))
        if not all(map(is_uid, reference)):
            raise StatusError("an item of (0008,1199) names no instance", _INVALID_ARGUMENT)
        if reference.sop_instance_uid in found:
            raise StatusError("(0008,1199) names an instance twice", _INVALID_ARGUMENT)
        found[reference.sop_instance_uid] = reference
    if not found:
        raise StatusError("no instances in (0008,1199)", _INVALID_ARGUMENT)
    return tuple(found.values())


Verdict = Collection[str] | Mapping[str, int]


class Outbox(Protocol):
    """Takes requests over, to judge them and report on them itself, whatever happens meanwhile."""

    def take(self, asked: CommitmentRequest) -> Callable[[], None] | None:
        """Keep a request before it is answered.

        Returns:
            What to call once it is answered; None when it is not taken over. What this raises is
            answered with a failure.
        """
        ...


class StorageCommitmentService:
    """Performs storage commitment (SCP): takes requests, asks a handler, reports its verdict.

    Attributes:
        sop_classes: What it serves.
    """

    command_fields = frozenset({_ACTION})
    class_mismatch = _CLASS_INSTANCE_CONFLICT
    covers = same_class
    sop_classes = frozenset({STORAGE_COMMITMENT})

    def __init__(
        self,
        handler: Callable[[CommitmentRequest], Any],
        destinations: Destinations | None = None,
        pauses: Sequence[float] = PAUSES,
        outbox: Outbox | None = None,
    ) -> None:
        """Have `handler` say what is held.

        Args:
            handler: Takes a `CommitmentRequest`, and gives the SOP Instance UIDs that are held, or
                a Failure Reason of PS3.4 J.3.3 for each, with 0 for those that are. What it leaves
                out is reported as 0112H, no such instance. When it raises, all are reported as
                0110H, with a `StatusError` as its status. It may be a coroutine.
            destinations: Where each AE title takes reports. Titles that are not there get them on
                the association that they asked on, while that lasts.
            pauses: Seconds to wait after each attempt to report over a new association.
            outbox: Is asked first, and called on a thread; what it takes over is its own affair.
        """
        self._outbox = outbox
        self._handler = handler
        self._destinations = destinations
        self._pauses = tuple(pauses)
        self._open: dict[tuple[str, str], CommitmentRequest] = {}
        self._settling: set[ref[CommitmentRequest]] = set()

    def serves(self, abstract_syntax: str) -> bool:
        """Serve the one SOP class."""
        return abstract_syntax == STORAGE_COMMITMENT

    def perform(self, request: Request, peer: Peer) -> Begin:
        """Begin to perform an N-ACTION."""
        place = Place.LOOP if self._outbox is None else Place.WORKER
        return Collecting(request, peer, self._accept, place, CommitmentRequest)

    def failure(self, error: Exception) -> int:
        """Say 0115H of a request that cannot be read, 0110H of the rest."""
        return _INVALID_ARGUMENT if isinstance(error, DecodeError) else _PROCESSING_FAILURE

    def _accept(self, asked: Any) -> Effects:
        begin = None if self._outbox is None else self._outbox.take(asked)
        if begin is None:
            self._check_room()
            # What waits counts as well, as long as somebody means to settle it.
            self._settling.add(ref(asked, self._settling.discard))
        try:
            yield Answer(respond(asked.command, 0x0000))
        finally:
            if begin is not None:
                begin()
        if begin is not None:
            return
        # The peer may release at once: what follows does not depend on its association.
        yield Later(self._settle(asked), place_of(self._handler))

    def _check_room(self) -> None:
        """Take no more than can be held: what was taken waits for a handler, and to be reported.

        Raises:
            StatusError: 0213H.
        """
        settling = [asked for each in list(self._settling) if (asked := each()) is not None]
        if len(settling) >= _MOST or sum(len(each.references) for each in settling) >= _HELD:
            raise StatusError("too many requests wait already", _RESOURCE_LIMITATION)

    def _settle(self, asked: CommitmentRequest) -> Effects:
        """Judge a request and report on it; meanwhile its transaction is in use."""
        key = (asked.calling, asked.transaction_uid)
        is_first = self._open.setdefault(key, asked) is asked
        try:
            if is_first:
                failed = yield from self._judge(asked)
            else:
                failed = _all(asked, _DUPLICATE_TRANSACTION)
            destination = yield from destination_of(self._destinations, asked.calling)
            made = partial(outcome_report, asked.transaction_uid, asked.references, failed)
            yield from report(made, destination, self._pauses)
        finally:
            self._settling.discard(ref(asked))
            if is_first:
                del self._open[key]

    def _judge(self, asked: CommitmentRequest) -> Generator[Effect, Any, Mapping[str, int]]:
        """Give a Failure Reason for each instance that is not held."""
        try:
            verdict: Verdict = yield from settled(self._handler(asked))
            reasons = {each.sop_instance_uid: _NO_SUCH_INSTANCE for each in asked.references}
            known = verdict if isinstance(verdict, Mapping) else dict.fromkeys(verdict, 0)
            return {uid: found for uid in reasons if (found := known.get(uid, reasons[uid]))}
        except StatusError as error:
            return _all(asked, error.status)
        except Exception:  # noqa: BLE001 (whatever a handler does, there is a report)
            _LOG.exception("storage commitment for %r failed by its handler", asked.calling)
            return _all(asked, _PROCESSING_FAILURE)


def _all(asked: CommitmentRequest, reason: int) -> Mapping[str, int]:
    return dict.fromkeys((each.sop_instance_uid for each in asked.references), reason)


class CommitmentReports:
    """Takes the reports on our own requests for storage commitment (SCU, PS3.4 J.3.3).

    A client has it among its services for reports on its own association; a server for those of
    an SCP that makes one for them, with the role in which it does. Whoever may connect may say that
    something is committed: only a transaction that one asked for counts.

    Attributes:
        scu_classes: The SOP class that a policy has to grant the role of SCP for.
    """

    command_fields = frozenset({EVENT_REPORT})
    class_mismatch = _CLASS_INSTANCE_CONFLICT
    covers = same_class
    scu_classes = frozenset({STORAGE_COMMITMENT})

    def __init__(self, handler: Callable[[Commitment], Any]) -> None:
        """Have `handler` take each `Commitment`.

        Args:
            handler: Takes a `Commitment` and gives a status, or None for Success. What it raises
                is answered with a failure: a `StatusError` with its own status, the rest with
                0110H. It may be a coroutine.
        """
        self._handler = handler

    def serves(self, abstract_syntax: str) -> bool:
        """Serve the one SOP class."""
        return abstract_syntax == STORAGE_COMMITMENT

    def perform(self, request: Request, peer: Peer) -> Begin:
        """Begin to take a report."""
        return Collecting(request, peer, self._take, place_of(self._handler), NormalizedRequest)

    def failure(self, error: Exception) -> int:
        """Say 0115H of a report that cannot be read, 0110H of the rest."""
        return _INVALID_ARGUMENT if isinstance(error, DecodeError) else _PROCESSING_FAILURE

    def _take(self, asked: Any) -> Effects:
        if asked.event_type not in (_ALL_COMMITTED, _SOME_FAILED):
            raise StatusError("the event types are 1 and 2", _NO_SUCH_EVENT)
        if asked.sop_instance_uid != INSTANCE:
            raise StatusError(f"the one instance is {INSTANCE}", _NO_SUCH_INSTANCE)
        status = yield from settled(self._handler(Commitment.of(asked.dataset)))
        yield from answered(asked, NormalizedResult(int(status or 0)))
