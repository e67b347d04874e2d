"""What a modality makes of a worklist item, and of what it performed (PS3.4 F.7.2)."""

import pytest

from russet.data import Dataset
from russet.services.procedure_step import (
    Code,
    complete,
    discontinue,
    in_progress,
    performed_series,
)
from tests.support.instances import CT
from tests.support.worklist import BEGAN, ENDED, scheduled


def test_a_step_has_what_the_worklist_said() -> None:
    step = in_progress(scheduled(), BEGAN, "CT1", PerformedProcedureStepID="P1")
    assert (step.PatientName, step.PatientID, step.Modality) == ("Müller^Änne", "4711", "CT")
    assert (step.PerformedProcedureStepID, step.StudyID) == ("P1", "R1")
    assert (step.PerformedStationAETitle, step.PerformedStationName) == ("CT1", "CT1")
    assert (step.PerformedProcedureStepStartDate, step.PerformedProcedureStepStartTime) == (
        "20261128",
        "093001",
    )
    assert step.PerformedProcedureStepStatus == "IN PROGRESS"
    (own,) = step.ScheduledStepAttributesSequence
    assert (own.StudyInstanceUID, own.AccessionNumber) == ("1.2.3", "A1")
    assert (own.ScheduledProcedureStepID, own.RequestedProcedureID) == ("S1", "R1")
    assert own.ScheduledProtocolCodeSequence[0].CodeMeaning == "Thorax"
    assert step.encode("1.2.840.10008.1.2")


def test_what_nobody_knows_is_there_and_empty() -> None:
    item = Dataset(StudyInstanceUID="1.2.3")
    step = in_progress(item, BEGAN, "CT1", Modality="CT")
    (own,) = step.ScheduledStepAttributesSequence
    assert (own.AccessionNumber, own.RequestedProcedureID) == ("", "")
    assert step.PatientName == ""
    assert len(step.ReferencedPatientSequence) == len(step.PerformedSeriesSequence) == 0
    assert step.PerformedProcedureStepID == "20261128093001"


@pytest.mark.parametrize(
    ("item", "lacks"),
    [
        (Dataset(StudyInstanceUID="1.2.3"), "Modality"),
        (Dataset(ScheduledProcedureStepSequence=[Dataset(Modality="CT")]), "StudyInstanceUID"),
    ],
)
def test_what_a_step_cannot_be_without_is_asked_for(item: Dataset, lacks: str) -> None:
    with pytest.raises(ValueError, match=f"no {lacks}"):
        in_progress(item, BEGAN, "CT1")


def test_a_completed_step_lists_its_series() -> None:
    series = performed_series(
        "1.2.9", "Thorax", [(CT, "1.2.9.1")], [("1.2.3.4", "1.2.9.2")], RetrieveAETitle="PACS"
    )
    end = complete([series], ENDED, CommentsOnThePerformedProcedureStep="well done")
    assert (end.PerformedProcedureStepStatus, end.PerformedProcedureStepEndTime) == (
        "COMPLETED",
        "094500",
    )
    assert end.CommentsOnThePerformedProcedureStep == "well done"
    (listed,) = end.PerformedSeriesSequence
    assert (listed.ProtocolName, listed.RetrieveAETitle) == ("Thorax", "PACS")
    assert listed.ReferencedImageSequence[0].ReferencedSOPInstanceUID == "1.2.9.1"
    (other,) = listed.ReferencedNonImageCompositeSOPInstanceSequence
    assert (other.ReferencedSOPClassUID, listed.OperatorsName) == ("1.2.3.4", "")


def test_a_step_that_was_given_up_may_say_why() -> None:
    end = discontinue(ENDED, Code("110501", "DCM", "Equipment failure"))
    assert end.PerformedProcedureStepStatus == "DISCONTINUED"
    (why,) = end.PerformedProcedureStepDiscontinuationReasonCodeSequence
    assert (why.CodeValue, why.CodingSchemeDesignator) == ("110501", "DCM")
    assert "PerformedProcedureStepDiscontinuationReasonCodeSequence" not in discontinue(ENDED)
