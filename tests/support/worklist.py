"""A worklist item, and what a modality makes of it."""

from datetime import datetime
from typing import Any, Final

from russet.data import Dataset
from russet.services import procedure_step

__all__ = ["BEGAN", "ENDED", "SERIES", "STEP", "ended", "scheduled", "started"]

STEP: Final = "1.2.826.0.1.3680043.8.498.7"
BEGAN: Final = datetime(2026, 11, 28, 9, 30, 1)  # noqa: DTZ001 (DICOM's times are of the place)
ENDED: Final = datetime(2026, 11, 28, 9, 45)  # noqa: DTZ001
SERIES: Final = procedure_step.performed_series(
    "1.2.9", "Thorax", [("1.2.840.10008.5.1.4.1.1.2", "1.2.9.1")]
)


def scheduled() -> Dataset:
    """What a worklist says of one step."""
    code = procedure_step.Code("P5-09051", "SRT", "Thorax")
    return Dataset(
        SpecificCharacterSet="ISO_IR 100",
        PatientName="Müller^Änne",
        PatientID="4711",
        PatientBirthDate="19700101",
        PatientSex="F",
        StudyInstanceUID="1.2.3",
        AccessionNumber="A1",
        RequestedProcedureID="R1",
        RequestedProcedureDescription="CT Thorax",
        RequestedProcedureCodeSequence=[code.item()],
        ScheduledProcedureStepSequence=[
            Dataset(
                Modality="CT",
                ScheduledProcedureStepID="S1",
                ScheduledProcedureStepDescription="Thorax nativ",
                ScheduledStationName="CT1",
                ScheduledProtocolCodeSequence=[code.item()],
            )
        ],
    )


def started(**changes: Any) -> Dataset:
    """What the step is created with; a change of "gone" leaves an attribute out."""
    return _changed(procedure_step.in_progress(scheduled(), BEGAN, "CT1"), changes)


def ended(**changes: Any) -> Dataset:
    """What completes it, with one series."""
    return _changed(procedure_step.complete([SERIES], ENDED), changes)


def _changed(dataset: Dataset, changes: dict[str, Any]) -> Dataset:
    for keyword, value in changes.items():
        if value == "gone":
            del dataset[keyword]
        else:
            dataset[keyword] = value
    return dataset
