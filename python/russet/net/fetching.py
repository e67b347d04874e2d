"""A C-GET of everything, over as many associations as that takes (PS3.4 C.4.3).

What comes needs a presentation context for its SOP class and transfer syntax, which we have to
propose before we know of either. So the first association asks for what is usual. When instances
stay out, the peer is asked by C-FIND what they are, and the same is asked for again on further
associations, which propose what was not proposed yet: what is here already has no context there.
A peer that gives up at the first instance without a context is asked for one instance at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain
from os import PathLike
from typing import Final

from russet.association.agreement import Agreement
from russet.association.contexts import MAXIMUM
from russet.association.extended import FindOptions, extended
from russet.association.policy import is_storage
from russet.association.retrieval import Offer, all_offers, lay_out, offers_of, plan_retrieval
from russet.codec import uid_entry
from russet.data import Dataset
from russet.dimse.models import model_of
from russet.dimse.status import Category, Status
from russet.errors import NetworkError
from russet.net.arrivals import Arrivals
from russet.net.inquiry import Inquiry, asked_in, naming
from russet.net.tally import Tally
from russet.net.terms import Terms
from russet.services.retrieve import Progress, Retrieve
from russet.services.storage import StorageService, StoreFunction
from russet.services.verification import VERIFICATION

__all__ = ["Fetch"]

_FURTHER: Final = 12
"""Associations after the first: room for 1500 contexts, some 30 SOP classes however compressed."""
_BLIND: Final = 6
"""As many when the peer does not say what there is."""
_IN_VAIN: Final = 3
"""Of these, how many one after the other may bring nothing before we leave it at that."""
_IMAGE: Final = "IMAGE"
_FRAME: Final = "FRAME"
_SUCCESS: Final = 0x0000
_PENDING: Final = 0xFF00
_SOME_FAILED: Final = 0xB000
_UNABLE: Final = 0xC000


class Fetch:
    """What a C-GET does next, for either body of a client. No I/O.

    Attributes:
        terms: Those of the association for it.
    """

    def __init__(
        self, operation: Retrieve, into: str | PathLike[str] | StoreFunction, named: Terms
    ) -> None:
        """Be ready to fetch.

        Args:
            operation: The C-GET.
            into: A folder, or a function that takes each `Instance`.
            named: Terms whose storage contexts are asked for first.

        Raises:
            StorageError: When there can be no such folder, or it takes no files of ours.
        """
        self._operation = operation
        self._tally = tally = Tally()
        self._arrivals = Arrivals(into, operation)
        self._arrivals.came, self._arrivals.refused = tally.came, tally.refused
        model = model_of(operation.abstract_syntax)
        of_frames = operation.identifier.get("QueryRetrieveLevel") == _FRAME
        self._model = None if of_frames else asked_in(model)
        self._has_images = model is not None and any(each.name == _IMAGE for each in model.levels)
        self._offered: set[tuple[str, tuple[str, ...]]] = set()
        self._accepted: set[str] = set()
        self._first: Progress | None = None
        self._inquiry: Inquiry | None = None
        self._further: Iterator[Offer] | None = None
        self._passes = 0
        self._in_vain = 0
        self._came_before = -1
        self._gave_up = ""
        usual = plan_retrieval(self._services()).contexts[len(self._services()) :]
        wanted = [
            (context.abstract_syntax, context.transfer_syntaxes)
            for context in (*named.contexts, *usual)
            if is_storage(context.abstract_syntax)
        ]
        self.terms = self._terms(self._fresh(iter(wanted)))

    @property
    def is_first(self) -> bool:
        """Whether nothing has come of it yet: what fails now has failed."""
        return self._first is None

    @property
    def listed(self) -> Collection[str]:
        """The instances that the peer says it failed to send, and that never came."""
        listed = () if self._first is None else self._first.failed_uids
        return [uid for uid in listed if uid not in self._arrivals.came]

    @property
    def missing(self) -> Collection[str]:
        """The instances that never came, as far as they are known."""
        return [uid for uid in self._wanted() if uid not in self._arrivals.came]

    @property
    def taken(self) -> int:
        """How many instances are here."""
        return sum(uid not in self._arrivals.refused for uid in self._arrivals.came)

    @property
    def unwritten(self) -> str:
        """Why our own disk refused all that failed; empty where something else did, or nothing."""
        ours = self._arrivals.unwritten
        if not ours or self._left() or ours.keys() != self._arrivals.refused.keys():
            return ""
        return next(iter(ours.values()))

    def fits(self, terms: Terms) -> bool:
        """Say whether an association with these terms is the one to use."""
        return terms.contexts is self.terms.contexts

    def operations(self, agreement: Agreement) -> Iterator[Retrieve]:
        """Give what to perform on an association, one after the other."""
        accepted = {each.abstract_syntax for each in agreement.accepted.values() if each.scp}
        self._accepted |= accepted
        if self.is_first:
            yield self._operation
        elif self._stopped():
            for uid in self.missing:
                if self._told()[uid] in accepted:
                    yield self._begin(self._of_one(uid))
        elif accepted:
            yield self._begin(None)

    def take(self, progress: Progress) -> Iterator[Progress]:
        """Take a response to the C-GET, and give what to tell of it."""
        if not progress.status.is_pending:
            for uid in progress.failed_uids:
                self._arrivals.fail(uid)
        if self._first is not None:
            yield self._so_far(self._first)
        elif progress.status.is_pending:
            yield progress
        else:
            self._first = progress
            self._tally.begin()
            self._tally.want(self._wanted())

    @property
    def is_unclear(self) -> bool:
        """Whether instances stay out of which the peer can be asked, once, what they are."""
        return self._model is not None and self._inquiry is None and self._left() > 0

    def inquiry(self, agreement: Agreement) -> Inquiry | None:
        """Give what to ask the peer; None where nothing is unclear."""
        if self._model is None or not self.is_unclear:
            return None
        self._inquiry = Inquiry(self._model, self._operation.identifier, agreement)
        return self._inquiry

    def further(self) -> bool:
        """Be ready for a further association, if one can bring more; `terms` are its."""
        self._tally.want(self._wanted())
        if not self._left() or self._gave_up or self._is_enough():
            return False
        if self._further is None:
            self._further = self._unoffered()
        if offers := self._fresh(self._further):
            self._passes += 1
            self._arrivals.renew()
            self.terms = self._terms(offers)
        return bool(offers)

    def _is_enough(self) -> bool:
        """Say whether as much was tried as is bearable for the peer."""
        came = len(self._arrivals.came)
        self._in_vain = self._in_vain + 1 if came == self._came_before else 0
        self._came_before = came
        if self._told():
            return self._passes == _FURTHER
        return self._passes == _BLIND or self._in_vain == _IN_VAIN

    def give_up(self, error: NetworkError) -> None:
        """A further association broke, or there was none: what is here is here."""
        self._gave_up = str(error)

    def close(self) -> None:
        """Let go of what taking instances needs; nothing more comes."""
        self._arrivals.close()

    def end(self) -> Iterator[Progress]:
        """Give the last `Progress`, of everything together."""
        if (first := self._first) is None:
            return
        last = self._so_far(first) if self._passes else first
        failed = (*self.missing, *self._arrivals.refused)
        status = first.status
        if self._passes and not last.failed:
            status = Status(_SOME_FAILED if last.warning else _SUCCESS, "C-GET")
        elif self._passes and (last.completed or last.warning):
            status = Status(_SOME_FAILED, "C-GET")
        yield first._replace(
            status=status,
            completed=last.completed,
            failed=last.failed,
            failed_uids=failed,
            comment=first.comment if last.failed or not self._passes else None,
            reasons={uid: self._reason(uid) for uid in failed},
        )

    def _services(self) -> list[str]:
        find = None if self._model is None else self._model.find
        return [VERIFICATION, self._operation.abstract_syntax, *([find] if find else [])]

    def _begin(self, identifier: Dataset | None) -> Retrieve:
        self._arrivals.operation = self._operation.again(identifier)
        return self._arrivals.operation

    def _of_one(self, uid: str) -> Dataset:
        keys = {} if self._inquiry is None else self._inquiry.keys[uid]
        return naming(_IMAGE, keys)

    def _fresh(self, offers: Iterator[Offer]) -> list[Offer]:
        """Take what was not offered yet, as much as one association has room for."""
        room = MAXIMUM - len(self._services())
        found: list[Offer] = []
        for uid, syntaxes in offers:
            if (uid, tuple(syntaxes)) not in self._offered:
                self._offered.add((uid, tuple(syntaxes)))
                found.append((uid, syntaxes))
            if len(found) == room:
                break
        return found

    def _terms(self, offers: Sequence[Offer]) -> Terms:
        plan = lay_out(self._services(), offers)
        options = [extended(uid, FindOptions(relational=True)) for uid in self._services()[2:]]
        services = [StorageService(self._arrivals)]
        return Terms(plan.contexts, plan.roles, options, services=services)

    def _unoffered(self) -> Iterator[Offer]:
        """Give what may be needed: for what the peer told of, else for whatever there is."""
        told, missing = self._told(), self.missing
        if self._stopped():
            self._offered.clear()  # What it did not get to may need what is usual.
        wanted = missing or told
        known = offers_of(
            [*dict.fromkeys(told[uid] for uid in wanted if uid in told)],
            [] if self._inquiry is None else [*self._inquiry.syntaxes],
        )
        if wanted and all(uid in told for uid in wanted):
            return known
        came = dict.fromkeys(self._arrivals.came.values())
        return chain(known, offers_of([*came]), all_offers())

    def _told(self) -> Mapping[str, str]:
        return {} if self._inquiry is None else self._inquiry.classes

    def _wanted(self) -> Collection[str]:
        """Give the instances that further associations are for, as far as they are known."""
        if self._first is None or self._stopped():
            return self._told().keys()
        return self._first.failed_uids

    def _stopped(self) -> bool:
        """Say whether the peer gave up before it had come to every instance."""
        first = self._first
        return first is not None and self._has_images and len(self._told()) > sum(_counts(first))

    def _left(self) -> int:
        """Count what never came, as far as the peer tells: not each one lists what failed."""
        first = self._first
        if first is None or first.status.category is Category.CANCEL:
            return 0
        if self._stopped():
            return len(self._tally.missing)
        if self._inquiry is not None and not self._told() and first.status >= _UNABLE:
            return 0  # It gave up, and does not say on what.
        completed, failed, warning = _counts(first)
        refused = max(0, len(self._tally.first) - completed - warning)
        later = len(self._arrivals.came) - len(self._tally.first)
        return max(len(self._tally.missing), failed - refused - later)

    def _so_far(self, first: Progress) -> Progress:
        """Count what came since as completed, where the first association had failed."""
        completed, failed, _ = _counts(first)
        later, refused = len(self._tally.later), len(self._arrivals.refused)
        stopped = self._stopped()
        return first._replace(
            status=Status(_PENDING, "C-GET"),
            remaining=self._left(),
            completed=completed + later,
            failed=self._left() + refused if stopped else max(0, failed - later),
            failed_uids=(),
        )

    def _reason(self, uid: str) -> str:
        """Say why an instance is not here."""
        if uid in self._arrivals.refused:
            return self._arrivals.refused[uid]
        sop_class = self._told().get(uid)
        if self._gave_up:
            return self._gave_up
        name = (entry.name if (entry := uid_entry(sop_class or "")) else "") or sop_class
        if sop_class is not None and sop_class not in self._accepted:
            return f"the peer accepted no presentation context for {name}"
        why = f"it did not send it in any transfer syntax that it accepted for {name}"
        if sop_class is None:
            offered = len(self._offered)
            why = f"it did not send it in {offered} presentation contexts, nor say what it is"
        if self._first is not None and self._first.comment:  # It knows, and we guess.
            return f"the peer comments {self._first.comment!r}; {why}"
        return f"the peer{why.removeprefix('it')}"


def _counts(progress: Progress) -> tuple[int, int, int]:
    return progress.completed or 0, progress.failed or 0, progress.warning or 0
