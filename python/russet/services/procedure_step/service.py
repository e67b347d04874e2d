"""The side that keeps performed procedure steps (SCP, PS3.4 F.7, F.8)."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Protocol

from russet.association.collecting import Begin, Collecting
from russet.association.effects import Destination, Effect, Effects, Later, Place, settled
from russet.association.events import Peer, Request
from russet.association.normalized import NormalizedRequest, NormalizedResult, answered
from russet.association.provider import Refusal, same_class
from russet.association.reporting import PAUSES, report
from russet.data import Dataset, Uid
from russet.errors import DecodeError
from russet.services.procedure_step.notification import StepEvent, notify
from russet.services.procedure_step.rules import (
    IN_PROGRESS,
    PROCEDURE_STEP,
    RETRIEVE,
    Decision,
    begun,
    changed,
    state,
)

__all__ = ["Observers", "OnChange", "ProcedureStepService", "ProcedureSteps", "StepsInMemory"]

_GET: Final = 0x0110
_SET: Final = 0x0120
_CREATE: Final = 0x0140
_PERFORMED: Final = {PROCEDURE_STEP: (_CREATE, _SET), RETRIEVE: (_GET,)}
_SPECIFIC_CHARACTER_SET: Final = 0x0008_0005
_SOME_NOT_SUPPORTED: Final = 0x0001
_INVALID_VALUE: Final = 0x0106
_PROCESSING_FAILURE: Final = 0x0110
_NO_SUCH_INSTANCE: Final = 0x0112
_CLASS_INSTANCE_CONFLICT: Final = 0x0119
_UNRECOGNISED_OPERATION: Final = 0x0211


class ProcedureSteps(Protocol):
    """Where steps are kept. Its methods may be coroutines, and are called from many threads.

    No two requests change the same step at the same time.
    """

    def find(self, sop_instance_uid: str) -> Any:
        """Give the step of this UID, a `Dataset`; None when there is none."""
        ...

    def put(self, sop_instance_uid: str, step: Dataset) -> Any:
        """Keep a step, new or changed; what it raises is answered with a failure."""
        ...


class StepsInMemory:
    """Steps as long as the program runs."""

    def __init__(self) -> None:
        """Begin with none."""
        self._steps: dict[str, Dataset] = {}

    def find(self, sop_instance_uid: str) -> Dataset | None:
        """Give the step of this UID; None when there is none."""
        return self._steps.get(sop_instance_uid)

    def put(self, sop_instance_uid: str, step: Dataset) -> None:
        """Keep a step, new or changed."""
        self._steps[sop_instance_uid] = step


OnChange = Callable[[NormalizedRequest, Dataset | None, Dataset], Any]
"""Takes the request, the step before (None for a new one) and the step after it."""


@dataclass(frozen=True, slots=True)
class Observers:
    """Who is told of every change (PS3.4 F.9).

    Attributes:
        destinations: Whom to associate with for that.
        pauses: Seconds to wait after each attempt that did not get through.
    """

    destinations: Sequence[Destination] = ()
    pauses: Sequence[float] = field(default=PAUSES)


class ProcedureStepService:
    """Performs N-CREATE and N-SET of performed procedure steps, and N-GET for who retrieves them.

    Attributes:
        sop_classes: What it serves.
        steps: Where the steps are kept.
    """

    command_fields = frozenset({_CREATE, _SET, _GET})
    class_mismatch = _CLASS_INSTANCE_CONFLICT
    covers = same_class
    sop_classes = frozenset(_PERFORMED)

    def __init__(
        self,
        on_change: OnChange | None = None,
        steps: ProcedureSteps | None = None,
        observers: Observers | None = None,
        *,
        strict: bool = True,
    ) -> None:
        """Keep steps, and have a handler see every change.

        Args:
            on_change: Takes the request, the step before (None for a new one) and after it, before
                it is kept: what it raises refuses the change, a `StatusError` with its own status,
                everything else with 0110H. It may be a coroutine.
            steps: Where to keep steps; in memory without.
            observers: Whom to tell of every change.
            strict: Whether to refuse steps that lack what may be empty (type 2), and changes of
                what may not be changed; otherwise these are left out.
        """
        self.steps: ProcedureSteps = StepsInMemory() if steps is None else steps
        self._on_change: OnChange = on_change or _nothing
        self._observers = observers or Observers()
        self._strict = strict
        self._changing: dict[str, NormalizedRequest] = {}

    def serves(self, abstract_syntax: str) -> bool:
        """Serve the two SOP classes."""
        return abstract_syntax in self.sop_classes

    def perform(self, request: Request, peer: Peer) -> Begin:
        """Begin to perform a request."""
        if request.command.command_field not in _PERFORMED[request.context.abstract_syntax]:
            return Refusal(_UNRECOGNISED_OPERATION, "not performed for this SOP class")
        # On a thread whatever the handler is: where steps are kept may block.
        return Collecting(request, peer, self._perform, Place.WORKER, NormalizedRequest)

    def failure(self, error: Exception) -> int:
        """Say 0106H of attributes that cannot be read, 0110H of the rest."""
        return _INVALID_VALUE if isinstance(error, DecodeError) else _PROCESSING_FAILURE

    def _perform(self, asked: Any) -> Effects:
        if asked.command.command_field == _GET:
            result = yield from self._retrieve(asked)
        else:
            result = yield from self._change(asked)
        yield from answered(asked, result)

    def _change(self, asked: NormalizedRequest) -> Generator[Effect, Any, NormalizedResult]:
        """Create or change a step, unless somebody else is about to."""
        uid = asked.sop_instance_uid or Uid.new()
        if self._changing.setdefault(uid, asked) is not asked:
            comment = "this step is being changed by another request"
            return NormalizedResult(_PROCESSING_FAILURE, comment=comment)
        try:
            before = yield from settled(self.steps.find(uid))
            after = self._decide(asked, before)
            if isinstance(after, NormalizedResult):
                return after
            yield from settled(self._on_change(asked, before, after))
            yield from settled(self.steps.put(uid, after))
        finally:
            del self._changing[uid]
        told = self._tell(uid, _event(before, after))
        return NormalizedResult(sop_instance_uid=uid, afterwards=told)

    def _decide(self, asked: NormalizedRequest, before: Dataset | None) -> Decision:
        decide = begun if asked.command.command_field == _CREATE else changed
        return decide(before, asked.dataset, strict=self._strict)

    def _tell(self, uid: str, event: StepEvent) -> Effects:
        for destination in self._observers.destinations:
            made = partial(notify, uid, event)
            yield Later(report(made, destination, self._observers.pauses))

    def _retrieve(self, asked: NormalizedRequest) -> Generator[Effect, Any, NormalizedResult]:
        """Give a step, or those attributes of it that are asked for (PS3.4 F.8.2.1)."""
        step = yield from settled(self.steps.find(asked.sop_instance_uid or ""))
        if step is None:
            return NormalizedResult(_NO_SUCH_INSTANCE, comment="no such step is known")
        if not asked.attributes:
            return NormalizedResult(dataset=step)
        found = Dataset()
        for tag in (_SPECIFIC_CHARACTER_SET, *asked.attributes):
            if tag in step:
                found[tag] = step[tag]
        is_whole = all(tag in step for tag in asked.attributes)
        return NormalizedResult(0 if is_whole else _SOME_NOT_SUPPORTED, dataset=found)


def _event(before: Dataset | None, after: Dataset) -> StepEvent:
    if before is not None and state(after) == IN_PROGRESS:
        return StepEvent.UPDATED
    return StepEvent[state(after).replace(" ", "_")]


def _nothing(*_: object) -> None:
    """Be `on_change` for who does not want to know."""
