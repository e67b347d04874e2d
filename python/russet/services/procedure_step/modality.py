"""The side of the modality: making a performed procedure step and changing it (SCU, PS3.4 F.7)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from russet.association.normalized import Normalized, get, set_attributes
from russet.association.normalized import create as create_instance
from russet.data import Dataset
from russet.services.procedure_step.rules import (
    COMPLETED,
    DISCONTINUED,
    IN_PROGRESS,
    PROCEDURE_STEP,
    RETRIEVE,
)

__all__ = [
    "Code",
    "change",
    "complete",
    "create",
    "discontinue",
    "in_progress",
    "performed_series",
    "retrieve",
]

# Where each attribute is taken from: a row is its keyword in the step, and that in the worklist
# item, or in the one item of its Scheduled Procedure Step Sequence where > is in front.  Those of
# the last rows are as scheduled unless one says otherwise.
_SCHEDULED: Final = """
StudyInstanceUID                   StudyInstanceUID
ReferencedStudySequence            ReferencedStudySequence
AccessionNumber                    AccessionNumber
RequestedProcedureID               RequestedProcedureID
RequestedProcedureDescription      RequestedProcedureDescription
ScheduledProcedureStepID           >ScheduledProcedureStepID
ScheduledProcedureStepDescription  >ScheduledProcedureStepDescription
ScheduledProtocolCodeSequence      >ScheduledProtocolCodeSequence
"""
_PERFORMED: Final = """
PatientName                        PatientName
PatientID                          PatientID
PatientBirthDate                   PatientBirthDate
PatientSex                         PatientSex
ReferencedPatientSequence          ReferencedPatientSequence
StudyID                            RequestedProcedureID
ProcedureCodeSequence              RequestedProcedureCodeSequence
PerformedStationName               >ScheduledStationName
PerformedLocation                  >ScheduledProcedureStepLocation
Modality                           >Modality
PerformedProcedureStepDescription  >ScheduledProcedureStepDescription
PerformedProtocolCodeSequence      >ScheduledProtocolCodeSequence
"""
# What nobody knows yet; type 2 at N-CREATE.
_EMPTY: Final = (
    "PerformedProcedureTypeDescription",
    "PerformedProcedureStepEndDate",
    "PerformedProcedureStepEndTime",
    "PerformedSeriesSequence",
)
_SERIES_EMPTY: Final = (
    "PerformingPhysicianName",
    "OperatorsName",
    "SeriesDescription",
    "RetrieveAETitle",
)


class Code(NamedTuple):
    """A coded concept (PS3.3 8): value, coding scheme and meaning."""

    value: str
    scheme: str
    meaning: str

    def item(self) -> Dataset:
        """The item of a code sequence."""
        return Dataset(
            CodeValue=self.value, CodingSchemeDesignator=self.scheme, CodeMeaning=self.meaning
        )


def create(sop_instance_uid: str, attributes: Dataset) -> Normalized:
    """Make a step (N-CREATE, PS3.4 F.7.2.1) with the attributes of `in_progress`."""
    return create_instance(PROCEDURE_STEP, sop_instance_uid, attributes)


def change(sop_instance_uid: str, modifications: Dataset) -> Normalized:
    """Change a step (N-SET, PS3.4 F.7.2.2), or end it with `complete` or `discontinue`."""
    return set_attributes(PROCEDURE_STEP, sop_instance_uid, modifications)


def retrieve(sop_instance_uid: str, attributes: Sequence[int] = ()) -> Normalized:
    """Ask for a step, or for attributes of it by their tags (N-GET, PS3.4 F.8.2.1)."""
    return get(RETRIEVE, sop_instance_uid, attributes)


def in_progress(
    worklist_item: Dataset, started: datetime, station: str, **attributes: Any
) -> Dataset:
    """Give what a step is created with: all that Table F.7.2-1 asks for at N-CREATE.

    Args:
        worklist_item: What the worklist said (PS3.4 K.6.1.2). For a step that nobody scheduled, a
            data set with the StudyInstanceUID and what is known of the patient.
        started: When it began, in the time of the place.
        station: Our AE title.
        **attributes: Further ones, or others than the item has, by keyword. Without a
            PerformedProcedureStepID it is the moment of the start.

    Raises:
        ValueError: Neither the item nor the attributes have what a step cannot be without.
    """
    scheduled = next(iter(worklist_item.get("ScheduledProcedureStepSequence") or ()), Dataset())
    step = Dataset()
    if "SpecificCharacterSet" in worklist_item:
        step["SpecificCharacterSet"] = worklist_item["SpecificCharacterSet"]
    for keyword in _EMPTY:
        step[keyword] = None
    _take(step, _PERFORMED, worklist_item, scheduled)
    own = Dataset()
    _take(own, _SCHEDULED, worklist_item, scheduled)
    step.ScheduledStepAttributesSequence = [own]
    step.PerformedProcedureStepID = f"{started:%Y%m%d%H%M%S}"
    step.PerformedStationAETitle = station
    step.PerformedProcedureStepStartDate = f"{started:%Y%m%d}"
    step.PerformedProcedureStepStartTime = f"{started:%H%M%S}"
    step.PerformedProcedureStepStatus = IN_PROGRESS
    for keyword, value in attributes.items():
        step[keyword] = value
    for keyword, place in (("StudyInstanceUID", own), ("Modality", step)):
        if not place.get(keyword):
            raise ValueError(f"the worklist item has no {keyword}: a step needs one (PS3.4 F.7.2)")
    return step


def performed_series(
    series_instance_uid: str,
    protocol: str,
    images: Iterable[tuple[str, str]] = (),
    others: Iterable[tuple[str, str]] = (),
    **attributes: Any,
) -> Dataset:
    """Give an item of the Performed Series Sequence, as `complete` takes it.

    Args:
        series_instance_uid: Which series.
        protocol: Its Protocol Name.
        images: The SOP class and SOP instance UID of each image in it.
        others: Those of what is no image: presentation states, reports.
        **attributes: Further ones by keyword, such as RetrieveAETitle.
    """
    series = Dataset(SeriesInstanceUID=series_instance_uid, ProtocolName=protocol)
    for keyword in _SERIES_EMPTY:
        series[keyword] = None
    series.ReferencedImageSequence = [_reference(*each) for each in images]
    series.ReferencedNonImageCompositeSOPInstanceSequence = [_reference(*each) for each in others]
    for keyword, value in attributes.items():
        series[keyword] = value
    return series


def complete(series: Iterable[Dataset], ended: datetime, **attributes: Any) -> Dataset:
    """Give what ends a step that was performed; `performed_series` makes the series."""
    return _ending(COMPLETED, series, ended, attributes)


def discontinue(
    ended: datetime, reason: Code | None = None, series: Iterable[Dataset] = (), **attributes: Any
) -> Dataset:
    """Give what ends a step that was given up; reasons are in PS3.16, CID 9300."""
    modifications = _ending(DISCONTINUED, series, ended, attributes)
    if reason is not None:
        sequence = "PerformedProcedureStepDiscontinuationReasonCodeSequence"
        modifications[sequence] = [reason.item()]
    return modifications


def _ending(
    status: str, series: Iterable[Dataset], ended: datetime, attributes: dict[str, Any]
) -> Dataset:
    return Dataset(
        {
            "PerformedProcedureStepStatus": status,
            "PerformedProcedureStepEndDate": f"{ended:%Y%m%d}",
            "PerformedProcedureStepEndTime": f"{ended:%H%M%S}",
            "PerformedSeriesSequence": list(series),
            **attributes,
        }
    )


def _reference(sop_class_uid: str, sop_instance_uid: str) -> Dataset:
    return Dataset(ReferencedSOPClassUID=sop_class_uid, ReferencedSOPInstanceUID=sop_instance_uid)


def _take(made: Dataset, table: str, item: Dataset, scheduled: Dataset) -> None:
    """Copy the attributes of a table; empty where nobody knows them."""
    for line in filter(None, table.splitlines()):
        keyword, named = line.split()
        source = scheduled if named.startswith(">") else item
        name = named.removeprefix(">")
        made[keyword] = source.get(name) if name in source else None
