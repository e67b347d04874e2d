"""Modality Performed Procedure Step: what a modality did, told as it does it (PS3.4 F)."""

from russet.services.procedure_step.modality import (
    Code,
    change,
    complete,
    create,
    discontinue,
    in_progress,
    performed_series,
    retrieve,
)
from russet.services.procedure_step.notification import ProcedureStepReports, StepEvent, notify
from russet.services.procedure_step.rules import NOTIFICATION, PROCEDURE_STEP, RETRIEVE
from russet.services.procedure_step.service import (
    Observers,
    ProcedureSteps,
    ProcedureStepService,
    StepsInMemory,
)

__all__ = [
    "NOTIFICATION",
    "PROCEDURE_STEP",
    "RETRIEVE",
    "Code",
    "Observers",
    "ProcedureStepReports",
    "ProcedureStepService",
    "ProcedureSteps",
    "StepEvent",
    "StepsInMemory",
    "change",
    "complete",
    "create",
    "discontinue",
    "in_progress",
    "notify",
    "performed_series",
    "retrieve",
]
