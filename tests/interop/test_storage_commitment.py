"""Storage commitment with pynetdicom and Orthanc, both ways."""

import threading
from pathlib import Path
from typing import Any, Final

import pytest

import russet
from russet.association.effects import Destination
from russet.net.terms import NATIVE
from russet.services.storage_commitment import (
    STORAGE_COMMITMENT,
    Commitment,
    CommitmentReports,
    CommitmentRequest,
    StorageCommitmentService,
    commit,
)
from tests.support import archive as archived
from tests.support import pynetdicom_scu as scu
from tests.support.orthanc import Start as StartOrthanc
from tests.support.pynetdicom_services import Services

pytestmark = pytest.mark.interop

_CT: Final = "1.2.840.10008.5.1.4.1.1.2"
_KEPT: Final = archived.uid(1, 1, 1)
_LOST: Final = archived.uid(1, 1, 2)
_ASKED: Final = [(_CT, _KEPT), (_CT, _LOST)]
_CONTEXTS: Final = [(STORAGE_COMMITMENT, NATIVE)]
_PATIENCE: Final = 15.0


def row(peer: str, direction: str, judged: str) -> pytest.MarkDecorator:
    return pytest.mark.interop_row(
        peer=peer, service="Storage Commitment", direction=direction, judged=judged
    )


def held(_: CommitmentRequest) -> list[str]:
    return [_KEPT]


class Reports:
    """Reports that have come."""

    def __init__(self) -> None:
        self.all: list[Commitment] = []
        self.come = threading.Event()
        self.service = CommitmentReports(self._take)

    def _take(self, commitment: Commitment) -> None:
        self.all.append(commitment)
        self.come.set()

    def check(self, transaction_uid: str) -> None:
        """One report came, and it says what has to be said."""
        assert self.come.wait(_PATIENCE), "no N-EVENT-REPORT came"
        (commitment,) = self.all
        assert commitment.transaction_uid == transaction_uid
        assert (commitment.committed, commitment.failed) == ([_KEPT], {_LOST: 0x0112})


# --- we commit


@row("pynetdicom", "peer asks", "the report, here and on another association")
@pytest.mark.parametrize("elsewhere", [False, True])
def test_we_commit_to_what_pynetdicom_names(port: int, *, elsewhere: bool) -> None:
    home = {"PYNETDICOM": Destination("127.0.0.1", port, "PYNETDICOM")} if elsewhere else None
    asked = scu.identifier(TransactionUID="1.2.99")
    asked.ReferencedSOPSequence = [
        scu.identifier(ReferencedSOPClassUID=_CT, ReferencedSOPInstanceUID=uid)
        for uid in (_KEPT, _LOST)
    ]
    with russet.serve(port=0, services=[StorageCommitmentService(held, home)]) as scp:
        status, reports = scu.commit(scp.port, asked, listen=port if elsewhere else None)
    assert status == 0x0000
    ((event, report),) = reports
    assert (event, report.TransactionUID) == (2, "1.2.99")
    assert [i.ReferencedSOPInstanceUID for i in report.ReferencedSOPSequence] == [_KEPT]
    (failed,) = report.FailedSOPSequence
    assert (failed.ReferencedSOPInstanceUID, failed.FailureReason) == (_LOST, 0x0112)


def test_we_refuse_what_pynetdicom_should_not_ask() -> None:
    with russet.serve(port=0, services=[StorageCommitmentService(held)]) as scp:
        status, reports = scu.commit(scp.port, scu.identifier(TransactionUID="1.2.99"))
    assert (status, reports) == (0x0115, [])


@row("Orthanc", "peer asks", "the report on another association")
def test_we_commit_to_what_orthanc_names(
    orthanc: StartOrthanc, archive: tuple[Path, ...], port: int
) -> None:
    home = {"ORTHANC": Destination("127.0.0.1", port, "ORTHANC")}
    with russet.serve(port=0, services=[StorageCommitmentService(held, home)]) as scp:
        judge = orthanc({"RUSSET": scp.port}, DicomPort=port)
        report = judge.commit("RUSSET", judge.take(*archive[:2]))
    assert [entry["SOPInstanceUID"] for entry in report["Success"]] == [_KEPT]
    assert [entry["SOPInstanceUID"] for entry in report["Failures"]] == [_LOST]


# --- they commit


@row("pynetdicom", "peer answers", "the report on this association")
def test_pynetdicom_reports_on_the_association_that_asked(
    pynetdicom_service_scp: Services,
) -> None:
    judge = pynetdicom_service_scp(lost=[_LOST])
    reports = Reports()
    how: Any = {"contexts": _CONTEXTS, "services": [reports.service]}
    with russet.connect("127.0.0.1", judge.port, **how) as association:
        asked = commit(_ASKED)
        (outcome,) = association.perform(asked)
        assert outcome.status == 0x0000
        association.listen(_PATIENCE, until=reports.come.is_set)
        reports.check(asked.transaction_uid)
    assert judge.wait_for("N-EVENT-REPORT")["status"] == 0x0000


@pytest.mark.parametrize(
    "peer",
    [
        pytest.param(peer, marks=row(peer, "peer answers", "the report on another association"))
        for peer in ("Orthanc", "pynetdicom")
    ],
)
def test_reports_come_on_another_association(
    pynetdicom_service_scp: Services, orthanc: StartOrthanc, archive: tuple[Path, ...], peer: str
) -> None:
    reports = Reports()
    with russet.serve(port=0, services=[reports.service]) as scp:
        if peer == "Orthanc":
            judge = orthanc({"RUSSET": scp.port})
            judge.take(archive[0])
            title, port = judge.aet, judge.port
        else:
            other = pynetdicom_service_scp(lost=[_LOST], report_to=scp.port)
            title, port = other.aet, other.port
        with russet.connect("127.0.0.1", port, called=title, contexts=_CONTEXTS) as association:
            asked = commit(_ASKED)
            (outcome,) = association.perform(asked)
            assert outcome.status == 0x0000
        reports.check(asked.transaction_uid)
