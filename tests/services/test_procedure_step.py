"""Performed procedure steps as the SCP keeps them (PS3.4 F.7 to F.9), without sockets."""

from __future__ import annotations

from typing import Any

import pytest

from russet import codec
from russet.association import Policy, Proposal, Row, Service, propose
from russet.association.effects import Connect, Destination
from russet.association.normalized import Normalized, NormalizedRequest, Outcome, create, get
from russet.association.rights import EVERYTHING
from russet.codec import Role
from russet.data import Dataset
from russet.errors import StatusError
from russet.services.procedure_step import (
    NOTIFICATION,
    PROCEDURE_STEP,
    RETRIEVE,
    Code,
    Observers,
    ProcedureStepReports,
    ProcedureStepService,
    StepEvent,
    StepsInMemory,
    change,
    discontinue,
    notify,
    retrieve,
)
from russet.services.procedure_step import create as create_step
from tests.support.pair import EXPLICIT, IMPLICIT, Pair, established
from tests.support.worklist import ENDED, SERIES, STEP, ended, started

CONTEXTS = propose([(PROCEDURE_STEP, [EXPLICIT]), (RETRIEVE, [IMPLICIT])])
EVERYBODY = [Row("everybody", rights=EVERYTHING)]


def keeping(service: Service) -> Pair:
    policy = Policy(also={PROCEDURE_STEP, RETRIEVE}, rows=EVERYBODY)
    return established(service, proposal=Proposal("RUSSET", "CT1", CONTEXTS), policy=policy)


def begun(**how: Any) -> tuple[Pair, ProcedureStepService]:
    """A service that has a step in progress."""
    service = ProcedureStepService(**how)
    pair = keeping(service)
    assert asked(pair, create_step(STEP, started())).status == 0x0000
    return pair, service


def asked(pair: Pair, operation: Normalized) -> Outcome:
    (outcome,) = pair.perform(operation)
    return outcome


def kept(service: ProcedureStepService) -> Dataset:
    step = service.steps.find(STEP)
    assert isinstance(step, Dataset)
    return step


def keywords(outcome: Outcome) -> list[str | None]:
    return [codec.keyword_of(tag) for tag in outcome.attributes]


# --- N-CREATE ---


def test_a_step_is_kept_as_it_came() -> None:
    _, service = begun()
    step = kept(service)
    assert step == started()
    assert (step.PatientName, step.PerformedProcedureStepStatus) == ("Müller^Änne", "IN PROGRESS")


def test_a_step_without_a_uid_gets_one() -> None:
    service = ProcedureStepService()
    outcome = asked(keeping(service), create(PROCEDURE_STEP, None, started()))
    assert (outcome.status, (outcome.sop_instance_uid or "")[:5]) == (0x0000, "2.25.")
    assert service.steps.find(outcome.sop_instance_uid or "") is not None


@pytest.mark.parametrize(
    ("changes", "status", "attributes"),
    [
        ({"PerformedProcedureStepStatus": "COMPLETED"}, 0x0106, []),
        ({"PerformedProcedureStepStatus": "RUNNING"}, 0x0106, []),
        ({"PerformedProcedureStepStatus": None}, 0x0121, ["PerformedProcedureStepStatus"]),
        ({"PerformedProcedureStepStatus": "gone"}, 0x0120, ["PerformedProcedureStepStatus"]),
        ({"Modality": "gone"}, 0x0120, ["Modality"]),
        ({"Modality": None}, 0x0121, ["Modality"]),
        ({"PerformedStationAETitle": None}, 0x0121, ["PerformedStationAETitle"]),
        ({"PatientName": "gone"}, 0x0120, ["PatientName"]),
        ({"PatientName": None}, 0x0000, []),
        ({"PatientID": "gone", "StudyID": "gone"}, 0x0120, ["PatientID", "StudyID"]),
        ({"PatientID": "gone", "Modality": None}, 0x0120, ["PatientID"]),
        ({"ScheduledStepAttributesSequence": []}, 0x0121, ["ScheduledStepAttributesSequence"]),
        ({"ScheduledStepAttributesSequence": [Dataset()]}, 0x0120, ["StudyInstanceUID"]),
        ({"PerformedSeriesSequence": [Dataset()]}, 0x0120, ["PerformingPhysicianName"]),
        ({"PerformedSeriesSequence": [SERIES]}, 0x0000, []),
        ({"ReferencedPatientSequence": "gone"}, 0x0120, ["ReferencedPatientSequence"]),
    ],
)
def test_a_step_begins_with_what_it_has_to_have(
    changes: dict[str, Any], status: int, attributes: list[str]
) -> None:
    service = ProcedureStepService()
    outcome = asked(keeping(service), create_step(STEP, started(**changes)))
    assert outcome.status == status
    assert keywords(outcome)[: len(attributes)] == attributes
    assert (service.steps.find(STEP) is not None) == (status == 0)


def test_an_empty_request_and_one_that_cannot_be_read() -> None:
    pair = keeping(ProcedureStepService())
    outcome = asked(pair, create(PROCEDURE_STEP, STEP))
    assert outcome.status == 0x0120
    assert "ScheduledStepAttributesSequence is missing" in (outcome.comment or "")

    class Broken(Dataset):
        def encode(self, *_: Any, **__: Any) -> bytes:
            return b"\1\2\3\4\5\6\7\10"

    assert asked(pair, create(PROCEDURE_STEP, STEP, Broken())).status == 0x0106


def test_a_step_is_created_once() -> None:
    pair, service = begun()
    assert asked(pair, create_step(STEP, started(Modality="MR"))).status == 0x0111
    assert kept(service).Modality == "CT"


def test_who_is_lenient_takes_steps_that_lack_what_may_be_empty() -> None:
    service = ProcedureStepService(strict=False)
    pair = keeping(service)
    lacking = started(PatientName="gone", ReferencedPatientSequence="gone")
    assert asked(pair, create_step(STEP, lacking)).status == 0x0000
    update = Dataset(Modality="MR", CommentsOnThePerformedProcedureStep="x")
    assert asked(pair, change(STEP, update)).status == 0x0000
    step = kept(service)
    assert (step.Modality, step.CommentsOnThePerformedProcedureStep) == ("CT", "x")
    assert asked(pair, create_step("1.2", started(Modality="gone"))).status == 0x0120


# --- N-SET ---


def test_a_step_is_changed_and_ended() -> None:
    pair, service = begun()
    update = Dataset(SpecificCharacterSet="ISO_IR 192", PerformedProcedureStepDescription="Łódź")
    assert asked(pair, change(STEP, update)).status == 0x0000
    assert kept(service).PerformedProcedureStepStatus == "IN PROGRESS"
    assert asked(pair, change(STEP, ended())).status == 0x0000
    step = kept(service)
    assert step.PerformedProcedureStepStatus == "COMPLETED"
    assert step.PerformedProcedureStepEndTime == "094500"
    assert step.PerformedSeriesSequence[0].SeriesInstanceUID == "1.2.9"
    # What came in two character sets is readable in one.
    again = asked(pair, retrieve(STEP)).dataset
    assert again is not None
    assert again.PatientName == "Müller^Änne"
    assert again.PerformedProcedureStepDescription == "Łódź"


def test_a_sequence_stands_for_the_whole_one_before() -> None:
    pair, service = begun()
    for uid in ("1.2.10", "1.2.11"):
        series = SERIES.copy()
        series.SeriesInstanceUID = uid
        asked(pair, change(STEP, Dataset(PerformedSeriesSequence=[series])))
    assert [each.SeriesInstanceUID for each in kept(service).PerformedSeriesSequence] == ["1.2.11"]


def without(keyword: str) -> list[Dataset]:
    series = SERIES.copy()
    del series[keyword]
    return [series]


@pytest.mark.parametrize(
    ("modifications", "status", "attributes"),
    [
        (Dataset(PatientName="Other"), 0x0105, ["PatientName"]),
        (Dataset(Modality="MR", PatientID="1"), 0x0105, ["PatientID", "Modality"]),
        (Dataset(PerformedStationName="CT2"), 0x0105, ["PerformedStationName"]),
        (Dataset(ScheduledStepAttributesSequence=[]), 0x0105, ["ScheduledStepAttributesSequence"]),
        (Dataset(PerformedProcedureStepStatus="DONE"), 0x0106, []),
        (Dataset(PerformedProcedureStepStatus=None), 0x0106, []),
        (ended(PerformedProcedureStepEndDate="gone"), 0x0121, ["PerformedProcedureStepEndDate"]),
        (ended(PerformedProcedureStepEndTime=None), 0x0121, ["PerformedProcedureStepEndTime"]),
        (ended(PerformedSeriesSequence=[]), 0x0121, ["PerformedSeriesSequence"]),
        (ended(PerformedSeriesSequence=without("ProtocolName")), 0x0121, ["ProtocolName"]),
        (ended(PerformedSeriesSequence=without("RetrieveAETitle")), 0x0121, ["RetrieveAETitle"]),
        (discontinue(ENDED, series=without("ProtocolName")), 0x0121, ["ProtocolName"]),
        (discontinue(ENDED), 0x0000, []),
        (discontinue(ENDED, Code("110514", "DCM", "Wrong entry selected")), 0x0000, []),
        (Dataset(PerformedProcedureStepStatus="IN PROGRESS"), 0x0000, []),
        (Dataset(CommentsOnThePerformedProcedureStep="moved"), 0x0000, []),
    ],
)
def test_a_step_changes_only_as_it_may(
    modifications: Dataset, status: int, attributes: list[str]
) -> None:
    pair, service = begun()
    outcome = asked(pair, change(STEP, modifications))
    assert (outcome.status, keywords(outcome)) == (status, attributes)
    assert (kept(service) == started()) == (status != 0)


@pytest.mark.parametrize("end", [ended(), discontinue(ENDED)])
def test_after_its_end_a_step_may_no_longer_be_updated(end: Dataset) -> None:
    pair, service = begun()
    assert asked(pair, change(STEP, end)).status == 0x0000
    before = kept(service)
    outcome = asked(pair, change(STEP, Dataset(CommentsOnThePerformedProcedureStep="late")))
    assert (outcome.status, outcome.error_id) == (0x0110, 0xA710)
    assert outcome.comment == "Performed Procedure Step Object may no longer be updated"
    assert kept(service) is before


def test_an_unknown_step_cannot_be_changed() -> None:
    assert asked(keeping(ProcedureStepService()), change(STEP, ended())).status == 0x0112


# --- the handler ---


class Heard:
    """A handler that remembers, and raises what it is told to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.changes: list[tuple[str, str | None, str]] = []
        self.error = error

    def __call__(self, request: NormalizedRequest, before: Dataset | None, after: Dataset) -> None:
        if self.error is not None:
            raise self.error
        was = None if before is None else before.PerformedProcedureStepStatus
        self.changes.append((request.calling, was, after.PerformedProcedureStepStatus))

    async def later(self, *change: Any) -> None:
        self(*change)


@pytest.mark.parametrize("kind", ["function", "coroutine"])
def test_a_handler_sees_every_change(kind: str) -> None:
    heard = Heard()
    pair, _ = begun(on_change=heard if kind == "function" else heard.later)
    asked(pair, change(STEP, Dataset(PatientName="refused")))
    asked(pair, change(STEP, ended()))
    assert heard.changes == [
        ("CT1", None, "IN PROGRESS"),
        ("CT1", "IN PROGRESS", "COMPLETED"),
    ]


@pytest.mark.parametrize(
    ("error", "status"), [(StatusError("no such order", 0x0124), 0x0124), (OSError("x"), 0x0110)]
)
def test_what_a_handler_raises_refuses_the_change(error: Exception, status: int) -> None:
    heard = Heard()
    pair, service = begun(on_change=heard)
    heard.error = error
    assert asked(pair, change(STEP, ended())).status == status
    assert kept(service) == started()
    heard.error = None
    assert asked(pair, change(STEP, ended())).status == 0x0000


def test_two_requests_do_not_change_a_step_at_the_same_time() -> None:
    second: list[Outcome] = []

    def meanwhile(request: NormalizedRequest, before: Dataset | None, after: Dataset) -> None:
        if before is not None and not second:
            second.append(asked(keeping(service), change(STEP, ended())))

    pair, service = begun(on_change=meanwhile)
    assert asked(pair, change(STEP, ended())).status == 0x0000
    assert [outcome.status for outcome in second] == [0x0110]


class Elsewhere:
    """Keeps steps by coroutines, as a database would."""

    def __init__(self) -> None:
        self.memory = StepsInMemory()

    async def find(self, uid: str) -> Dataset | None:
        return self.memory.find(uid)

    async def put(self, uid: str, step: Dataset) -> None:
        self.memory.put(uid, step)


def test_steps_may_be_kept_elsewhere() -> None:
    elsewhere = Elsewhere()
    pair, _ = begun(steps=elsewhere)
    assert elsewhere.memory.find(STEP) == started()
    assert asked(pair, create_step(STEP, started())).status == 0x0111


# --- retrieving, and being told ---


def test_a_step_is_retrieved_whole_or_in_part() -> None:
    pair, _ = begun()
    whole = asked(pair, retrieve(STEP))
    assert (whole.status, whole.dataset) == (0x0000, started())
    part = asked(pair, retrieve(STEP, [0x00080060, 0x00100010]))
    assert part.status == 0x0000
    assert part.dataset == Dataset(
        SpecificCharacterSet="ISO_IR 100", Modality="CT", PatientName="Müller^Änne"
    )
    some = asked(pair, retrieve(STEP, [0x00080060, 0x00104000]))
    assert some.status == 0x0001
    assert some.dataset == Dataset(SpecificCharacterSet="ISO_IR 100", Modality="CT")
    assert asked(pair, retrieve("1.2.3")).status == 0x0112


@pytest.mark.parametrize(
    "operation",
    [get(PROCEDURE_STEP, STEP), create(RETRIEVE, STEP, started())],
)
def test_each_sop_class_has_its_own_services(operation: Normalized) -> None:
    pair, _ = begun()
    assert asked(pair, operation).status == 0x0211


def test_observers_are_told_of_every_change() -> None:
    told: list[tuple[str, StepEvent]] = []
    reports = ProcedureStepReports(lambda uid, event: told.append((uid, event)))
    ris = Destination("127.0.0.1", 104, "RIS", "RUSSET")

    def connect(effect: Connect) -> Pair:
        assert effect.destination == ris
        proposal = Proposal("RIS", "RUSSET", effect.contexts, roles=effect.roles)
        policy = Policy(ae_title="RIS", scu_classes=reports.scu_classes, rows=EVERYBODY)
        return established(reports, proposal=proposal, policy=policy)

    service = ProcedureStepService(observers=Observers([ris]))
    pair = keeping(service)
    pair.acceptor.connect = connect
    asked(pair, create_step(STEP, started()))
    asked(pair, change(STEP, Dataset(CommentsOnThePerformedProcedureStep="moved")))
    asked(pair, change(STEP, ended()))
    asked(pair, create_step("1.2", started()))
    asked(pair, change("1.2", discontinue(ENDED)))
    assert told == [
        (STEP, StepEvent.IN_PROGRESS),
        (STEP, StepEvent.UPDATED),
        (STEP, StepEvent.COMPLETED),
        ("1.2", StepEvent.IN_PROGRESS),
        ("1.2", StepEvent.DISCONTINUED),
    ]
    assert pair.acceptor.errors == []


def test_an_event_that_does_not_exist_is_refused() -> None:
    reports = ProcedureStepReports(lambda *_: pytest.fail("not told"))
    roles = [Role(NOTIFICATION, scu=False, scp=True)]
    proposal = Proposal("RUSSET", "TEST", propose([(NOTIFICATION, [EXPLICIT])]), roles=roles)
    policy = Policy(scu_classes=reports.scu_classes, rows=EVERYBODY)
    pair = established(reports, proposal=proposal, policy=policy)
    assert asked(pair, notify(STEP, 6)).status == 0x0113  # type: ignore[arg-type]  # that is it
