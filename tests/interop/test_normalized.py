"""Performed procedure steps and storage commitment with other implementations, both ways."""

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

import russet
from russet.association import Policy
from russet.association.contexts import propose
from russet.association.effects import Connect, Destination, Effects, Start, Wait
from russet.association.normalized import (
    NormalizedRequest,
    NormalizedResult,
    NormalizedService,
    action,
    create,
    event_report,
    set_attributes,
)
from russet.codec import Role
from russet.data import Dataset
from russet.net.terms import NATIVE
from tests.support import archive as archived
from tests.support import pynetdicom_scu as scu
from tests.support.orthanc import Start as StartOrthanc
from tests.support.pynetdicom_services import Services

pytestmark = pytest.mark.interop

_STEP: Final = "1.2.840.10008.3.1.2.3.3"
_COMMITMENT: Final = "1.2.840.10008.1.20.1"
_COMMITMENT_INSTANCE: Final = "1.2.840.10008.1.20.1.1"
_CT: Final = "1.2.840.10008.5.1.4.1.1.2"
_KEPT: Final = archived.uid(1, 1, 1)
_LOST: Final = archived.uid(1, 1, 2)


def row(peer: str, service: str, direction: str, judged: str) -> pytest.MarkDecorator:
    return pytest.mark.interop_row(peer=peer, service=service, direction=direction, judged=judged)


class Steps:
    """Keeps performed procedure steps, and refuses what PS3.4 F.7.2 does not allow."""

    def __init__(self) -> None:
        self.held: dict[str | None, Dataset] = {}

    def create(self, asked: NormalizedRequest) -> NormalizedResult:
        if asked.sop_instance_uid in self.held:
            return NormalizedResult(0x0111)
        self.held[asked.sop_instance_uid] = asked.dataset
        return NormalizedResult()

    def set(self, asked: NormalizedRequest) -> NormalizedResult:
        step = self.held.get(asked.sop_instance_uid)
        if step is None:
            return NormalizedResult(0x0112)
        if step.PerformedProcedureStepStatus != "IN PROGRESS":
            return NormalizedResult(0x0110, comment="it has ended")
        step.PerformedProcedureStepStatus = asked.dataset.PerformedProcedureStepStatus
        return NormalizedResult()


@dataclass
class Commitment:
    """Commits to everything but `_LOST`, and reports here or to a destination."""

    destination: Destination | None = None
    asked: list[NormalizedRequest] = field(default_factory=list)

    def action(self, asked: NormalizedRequest) -> NormalizedResult:
        self.asked.append(asked)
        return NormalizedResult(afterwards=self._report(asked.dataset))

    def _report(self, asked: Dataset) -> Effects:
        report = Dataset(TransactionUID=asked.TransactionUID)
        items = list(asked.ReferencedSOPSequence)
        kept = [item for item in items if item.ReferencedSOPInstanceUID != _LOST]
        lost = [item for item in items if item.ReferencedSOPInstanceUID == _LOST]
        report.ReferencedSOPSequence = [_reference(i.ReferencedSOPInstanceUID) for i in kept]
        if lost:
            report.FailedSOPSequence = [
                _reference(i.ReferencedSOPInstanceUID, FailureReason=0x0112) for i in lost
            ]
        told = event_report(_COMMITMENT, _COMMITMENT_INSTANCE, 2 if lost else 1, report)
        link = None
        if self.destination is not None:
            contexts = propose([(_COMMITMENT, NATIVE)])
            roles = [Role(_COMMITMENT, False, True)]
            link = yield Connect(self.destination, contexts, roles)
        yield Wait((yield Start(told, link)))


@dataclass
class Reports:
    """Takes event reports."""

    come: list[tuple[int | None, Dataset]] = field(default_factory=list)
    told: threading.Event = field(default_factory=threading.Event)

    def event_report(self, asked: NormalizedRequest) -> None:
        self.come.append((asked.event_type, asked.dataset))
        self.told.set()


def _reference(uid: str, **more: Any) -> Dataset:
    return Dataset(ReferencedSOPClassUID=_CT, ReferencedSOPInstanceUID=uid, **more)


def _asked() -> Dataset:
    asked = Dataset(TransactionUID="1.2.99")
    asked.ReferencedSOPSequence = [_reference(_KEPT), _reference(_LOST)]
    return asked


def _uids(report: Any, sequence: str) -> list[str]:
    return [str(item.ReferencedSOPInstanceUID) for item in getattr(report, sequence)]


# --- performed procedure steps


@row("pynetdicom", "Modality Performed Procedure Step", "peer answers", "statuses")
def test_pynetdicom_keeps_our_steps(pynetdicom_service_scp: Services) -> None:
    judge = pynetdicom_service_scp()
    begun = Dataset(PerformedProcedureStepStatus="IN PROGRESS", PatientID="P1")
    ended = Dataset(PerformedProcedureStepStatus="COMPLETED")
    contexts = [(_STEP, NATIVE)]
    with russet.connect("127.0.0.1", judge.port, contexts=contexts) as association:
        statuses = [
            outcome.status
            for operation in (
                set_attributes(_STEP, "1.2.3", ended),
                create(_STEP, "1.2.3", begun),
                create(_STEP, "1.2.3", begun),
                set_attributes(_STEP, "1.2.3", ended),
                set_attributes(_STEP, "1.2.3", ended),
            )
            for outcome in association.perform(operation)
        ]
    assert statuses == [0x0112, 0x0000, 0x0111, 0x0000, 0x0110]
    assert judge.heard("N-CREATE")[0]["data"].PatientID == "P1"


@row("pynetdicom", "Modality Performed Procedure Step", "peer asks", "statuses")
def test_pynetdicom_has_steps_kept() -> None:
    steps = Steps()
    begun = scu.identifier(PerformedProcedureStepStatus="IN PROGRESS", PatientID="P1")
    ended = scu.identifier(PerformedProcedureStepStatus="COMPLETED")
    with russet.serve(port=0, services=[NormalizedService(steps, {_STEP})]) as scp:
        assert scu.n_set(scp.port, ended, "1.2.3") == 0x0112
        assert scu.n_create(scp.port, begun, "1.2.3") == 0x0000
        assert scu.n_create(scp.port, begun, "1.2.3") == 0x0111
        assert scu.n_set(scp.port, ended, "1.2.3") == 0x0000
        assert scu.n_set(scp.port, ended, "1.2.3") == 0x0110
    assert steps.held["1.2.3"].PatientID == "P1"


# --- storage commitment


@row("pynetdicom", "Storage Commitment", "peer asks", "the report, here and on another association")
@pytest.mark.parametrize("elsewhere", [False, True])
def test_we_commit_to_what_pynetdicom_names(port: int, *, elsewhere: bool) -> None:
    destination = Destination("127.0.0.1", port, "PYNETDICOM") if elsewhere else None
    commitment = Commitment(destination)
    asked = scu.identifier(TransactionUID="1.2.99")
    asked.ReferencedSOPSequence = [
        scu.identifier(ReferencedSOPClassUID=_CT, ReferencedSOPInstanceUID=uid)
        for uid in (_KEPT, _LOST)
    ]
    with russet.serve(port=0, services=[NormalizedService(commitment, {_COMMITMENT})]) as scp:
        status, reports = scu.commit(scp.port, asked, listen=port if elsewhere else None)
    assert status == 0x0000
    ((kind, report),) = reports
    assert kind == 2
    assert _uids(report, "ReferencedSOPSequence") == [_KEPT]
    assert _uids(report, "FailedSOPSequence") == [_LOST]
    assert commitment.asked[0].sop_instance_uid == _COMMITMENT_INSTANCE


@row("Orthanc", "Storage Commitment", "peer asks", "the report on another association")
def test_we_commit_to_what_orthanc_names(
    orthanc: StartOrthanc, archive: tuple[Path, ...], port: int
) -> None:
    commitment = Commitment(Destination("127.0.0.1", port, "ORTHANC"))
    with russet.serve(port=0, services=[NormalizedService(commitment, {_COMMITMENT})]) as scp:
        judge = orthanc({"RUSSET": scp.port}, DicomPort=port)
        report = judge.commit("RUSSET", judge.take(*archive[:2]))
    assert [entry["SOPInstanceUID"] for entry in report["Success"]] == [_KEPT]
    assert [entry["SOPInstanceUID"] for entry in report["Failures"]] == [_LOST]


@row("pynetdicom", "Storage Commitment", "peer answers", "the report on this association")
def test_pynetdicom_reports_on_the_association_that_asked(
    pynetdicom_service_scp: Services,
) -> None:
    judge = pynetdicom_service_scp(lost=[_LOST])
    reports = Reports()
    terms: dict[str, Any] = {
        "contexts": [(_COMMITMENT, NATIVE)],
        "services": [NormalizedService(reports, {_COMMITMENT})],
    }
    with russet.connect("127.0.0.1", judge.port, **terms) as association:
        operation = action(_COMMITMENT, _COMMITMENT_INSTANCE, 1, _asked())
        (outcome,) = association.perform(operation)
        assert outcome.status == 0x0000
        association.listen(15, until=lambda: bool(reports.come))
    _check(reports)
    assert judge.wait_for("N-EVENT-REPORT")["status"] == 0x0000


@pytest.mark.parametrize(
    "peer",
    [
        pytest.param(
            peer,
            marks=row(
                peer, "Storage Commitment", "peer answers", "the report on another association"
            ),
        )
        for peer in ("Orthanc", "pynetdicom")
    ],
)
def test_reports_come_on_another_association(
    pynetdicom_service_scp: Services, orthanc: StartOrthanc, archive: tuple[Path, ...], peer: str
) -> None:
    reports = Reports()
    policy = Policy(check_called=False, scu_classes={_COMMITMENT})
    services = [NormalizedService(reports, {_COMMITMENT})]
    with russet.serve(port=0, services=services, policy=policy) as scp:
        if peer == "Orthanc":
            judge = orthanc({"RUSSET": scp.port})
            judge.take(archive[0])
            target = (judge.aet, judge.port)
        else:
            other = pynetdicom_service_scp(lost=[_LOST], report_to=scp.port)
            target = (other.aet, other.port)
        title, port = target
        contexts = [(_COMMITMENT, NATIVE)]
        with russet.connect("127.0.0.1", port, called=title, contexts=contexts) as association:
            operation = action(_COMMITMENT, _COMMITMENT_INSTANCE, 1, _asked())
            (outcome,) = association.perform(operation)
            assert outcome.status == 0x0000
        assert reports.told.wait(15), "no N-EVENT-REPORT came"
    _check(reports)


def _check(reports: Reports) -> None:
    ((kind, report),) = reports.come
    assert kind == 2
    assert _uids(report, "ReferencedSOPSequence") == [_KEPT]
    assert _uids(report, "FailedSOPSequence") == [_LOST]
