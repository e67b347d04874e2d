"""What a performed procedure step has to have, and how it may change (PS3.4 F.7.2)."""

from __future__ import annotations

from typing import Final

from russet import codec
from russet.association.attributes import AttributeTable
from russet.association.normalized import NormalizedResult
from russet.data import Dataset, Tag

__all__ = [
    "COMPLETED",
    "DISCONTINUED",
    "IN_PROGRESS",
    "NOTIFICATION",
    "PROCEDURE_STEP",
    "RETRIEVE",
    "Decision",
    "begun",
    "changed",
    "state",
]

PROCEDURE_STEP: Final = "1.2.840.10008.3.1.2.3.3"
"""The Modality Performed Procedure Step SOP class (PS3.4 F.7)."""
RETRIEVE: Final = "1.2.840.10008.3.1.2.3.4"
"""The Modality Performed Procedure Step Retrieve SOP class (PS3.4 F.8)."""
NOTIFICATION: Final = "1.2.840.10008.3.1.2.3.5"
"""The Modality Performed Procedure Step Notification SOP class (PS3.4 F.9)."""

IN_PROGRESS: Final = "IN PROGRESS"
COMPLETED: Final = "COMPLETED"
DISCONTINUED: Final = "DISCONTINUED"
_FINAL: Final = (COMPLETED, DISCONTINUED)
_STATES: Final = (IN_PROGRESS, *_FINAL)

# PS3.4 Table F.7.2-1 without what is optional throughout.  A step that was given up may have ended
# before its first series.
_TABLE: Final = AttributeTable("""
keyword                                          create  set  COMPLETED  DISCONTINUED
ScheduledStepAttributesSequence                  1       -    3          3
>StudyInstanceUID                                1       3    3          3
>ReferencedStudySequence                         2       3    3          3
>AccessionNumber                                 2       3    3          3
>RequestedProcedureID                            2       3    3          3
>RequestedProcedureDescription                   2       3    3          3
>ScheduledProcedureStepID                        2       3    3          3
>ScheduledProcedureStepDescription               2       3    3          3
>ScheduledProtocolCodeSequence                   2       3    3          3
PatientName                                      2       -    3          3
PatientID                                        2       -    3          3
PatientBirthDate                                 2       -    3          3
PatientSex                                       2       -    3          3
ReferencedPatientSequence                        2       -    3          3
PerformedProcedureStepID                         1       -    3          3
PerformedStationAETitle                          1       -    3          3
PerformedStationName                             2       -    3          3
PerformedLocation                                2       -    3          3
PerformedProcedureStepStartDate                  1       -    3          3
PerformedProcedureStepStartTime                  1       -    3          3
PerformedProcedureStepStatus                     1       3    1          1
PerformedProcedureStepDescription                2       3    3          3
PerformedProcedureTypeDescription                2       3    3          3
ProcedureCodeSequence                            2       3    3          3
PerformedProcedureStepEndDate                    2       3    1          1
PerformedProcedureStepEndTime                    2       3    1          1
Modality                                         1       -    3          3
StudyID                                          2       -    3          3
PerformedProtocolCodeSequence                    2       3    3          3
PerformedSeriesSequence                          2       3    1          2
>PerformingPhysicianName                         2       3    2          2
>ProtocolName                                    1       3    1          1
>OperatorsName                                   2       3    2          2
>SeriesInstanceUID                               1       3    1          1
>SeriesDescription                               2       3    2          2
>RetrieveAETitle                                 2       3    2          2
>ReferencedImageSequence                         2       3    2          2
>ReferencedNonImageCompositeSOPInstanceSequence  2       3    2          2
""")

_NO_SUCH_ATTRIBUTE: Final = 0x0105
_INVALID_VALUE: Final = 0x0106
_PROCESSING_FAILURE: Final = 0x0110
_DUPLICATE_INSTANCE: Final = 0x0111
_NO_SUCH_INSTANCE: Final = 0x0112
_MISSING_ATTRIBUTE: Final = 0x0120
_MISSING_VALUE: Final = 0x0121
_NO_LONGER_UPDATED: Final = 0xA710
_UTF8: Final = "ISO_IR 192"

Decision = Dataset | NormalizedResult
"""The step as it is to be kept, or the refusal to answer with."""


def state(step: Dataset) -> str:
    """Give the Performed Procedure Step Status, (0040,0252)."""
    return str(step.get("PerformedProcedureStepStatus") or "")


def begun(before: Dataset | None, attributes: Dataset, *, strict: bool) -> Decision:
    """Check what a step is created with (N-CREATE, PS3.4 F.7.2.1).

    Args:
        before: What is kept under its UID already.
        attributes: Those of the request.
        strict: Whether what may be empty has to be there all the same.
    """
    if before is not None:
        return NormalizedResult(_DUPLICATE_INSTANCE, comment="this step is known already")
    if state(attributes) not in ("", IN_PROGRESS):
        return NormalizedResult(_INVALID_VALUE, comment=f"a step begins as {IN_PROGRESS}")
    lacking = _TABLE.lacking(attributes, "create", strict=strict)
    if lacking.missing:
        return _refusal(_MISSING_ATTRIBUTE, lacking.missing, "is missing")
    if lacking.empty:
        return _refusal(_MISSING_VALUE, lacking.empty, "has no value")
    return attributes


def changed(before: Dataset | None, modifications: Dataset, *, strict: bool) -> Decision:
    """Check how a step is changed, and change it (N-SET, PS3.4 F.7.2.2).

    Args:
        before: The step as it is kept.
        modifications: What is to be different; a sequence stands for the whole one before.
        strict: Whether to refuse attributes that are not allowed, instead of leaving them out.
    """
    if before is None:
        return NormalizedResult(_NO_SUCH_INSTANCE, comment="no such step is known")
    if state(before) in _FINAL:
        comment = "Performed Procedure Step Object may no longer be updated"
        return NormalizedResult(_PROCESSING_FAILURE, comment=comment, error_id=_NO_LONGER_UPDATED)
    refused = _TABLE.not_allowed(modifications, "set")
    if refused and strict:
        return _refusal(_NO_SUCH_ATTRIBUTE, refused, "may not be changed")
    if "PerformedProcedureStepStatus" in modifications and state(modifications) not in _STATES:
        return NormalizedResult(_INVALID_VALUE, comment=f"the states are {', '.join(_STATES)}")
    after = _merged(before, modifications, refused)
    if state(after) in _FINAL:
        lacking = _TABLE.lacking(after, state(after), strict=strict)
        # N-SET knows no 0120H (PS3.7 10.1.3.1.6).
        if tags := [*lacking.missing, *lacking.empty]:
            return _refusal(_MISSING_VALUE, tags, f"has no value in a {state(after)} step")
    return after


def _merged(before: Dataset, modifications: Dataset, without: list[int]) -> Dataset:
    after = before.copy()
    for element in modifications:
        if element.tag not in without:
            after[element.tag] = element
    character_sets = {each.get("SpecificCharacterSet") or "" for each in (before, modifications)}
    if len(character_sets) > 1:
        # Neither of the two need have a place for every character of the other.
        after.SpecificCharacterSet = _UTF8
    return after


def _refusal(status: int, tags: list[int], what: str) -> NormalizedResult:
    first = codec.keyword_of(tags[0]) or str(Tag(tags[0]))
    return NormalizedResult(status, comment=f"{first} {what}", attributes=tags)
