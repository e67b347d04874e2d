"""Telling others what became of a performed procedure step (PS3.4 F.9)."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any, Final

from russet.association.collecting import Begin, Collecting
from russet.association.effects import Effects, place_of, settled
from russet.association.events import Peer, Request
from russet.association.normalized import (
    Normalized,
    NormalizedRequest,
    NormalizedResult,
    answered,
    event_report,
)
from russet.association.provider import same_class
from russet.dimse.commands import EVENT_REPORT
from russet.errors import StatusError
from russet.services.procedure_step.rules import NOTIFICATION

__all__ = ["ProcedureStepReports", "StepEvent", "notify"]

_PROCESSING_FAILURE: Final = 0x0110
_NO_SUCH_EVENT: Final = 0x0113
_CLASS_INSTANCE_CONFLICT: Final = 0x0119


class StepEvent(IntEnum):
    """What became of a step, by its Event Type ID (PS3.4 F.9.2.1)."""

    IN_PROGRESS = 1
    COMPLETED = 2
    DISCONTINUED = 3
    UPDATED = 4
    DELETED = 5


def notify(sop_instance_uid: str, event: StepEvent) -> Normalized:
    """Tell of an event (N-EVENT-REPORT, PS3.4 F.9.2.1); it carries nothing else."""
    return event_report(NOTIFICATION, sop_instance_uid, event)


class ProcedureStepReports:
    """Hears of performed procedure steps (SCU of the Notification SOP class, PS3.4 F.9).

    Attributes:
        scu_classes: The SOP class that a policy has to grant the role of SCP for.
    """

    command_fields = frozenset({EVENT_REPORT})
    class_mismatch = _CLASS_INSTANCE_CONFLICT
    covers = same_class
    scu_classes = frozenset({NOTIFICATION})

    def __init__(self, handler: Callable[[str, StepEvent], Any]) -> None:
        """Have `handler` hear of each event.

        Args:
            handler: Takes the SOP Instance UID of a step and a `StepEvent`; `retrieve` asks for
                the rest. It gives a status, or None for Success, and may be a coroutine.
        """
        self._handler = handler

    def serves(self, abstract_syntax: str) -> bool:
        """Serve the one SOP class."""
        return abstract_syntax == NOTIFICATION

    def perform(self, request: Request, peer: Peer) -> Begin:
        """Begin to take a report."""
        return Collecting(request, peer, self._take, place_of(self._handler), NormalizedRequest)

    def failure(self, _error: Exception) -> int:
        """Say 0110H."""
        return _PROCESSING_FAILURE

    def _take(self, asked: Any) -> Effects:
        try:
            event = StepEvent(asked.event_type)
        except ValueError:
            raise StatusError("the event types are 1 to 5", _NO_SUCH_EVENT) from None
        status = yield from settled(self._handler(asked.sop_instance_uid, event))
        yield from answered(asked, NormalizedResult(int(status or 0)))
