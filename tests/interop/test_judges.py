"""The judges beside each other: they work, so that what they say of russet means something."""

from pathlib import Path

import pytest
from pynetdicom.sop_class import CTImageStorage

from tests.support import archive as archived
from tests.support import part10
from tests.support import pynetdicom_scu as scu
from tests.support.dcmtk_query import Dcmqrscp, Query, Wlmscpfs, worklist_items
from tests.support.orthanc import OrthancError, Start
from tests.support.peers import Dcmtk
from tests.support.processes import free_port
from tests.support.pynetdicom_peer import PynetdicomScp
from tests.support.pynetdicom_services import Services

pytestmark = pytest.mark.interop

_STUDY = ("QueryRetrieveLevel=STUDY", f"StudyInstanceUID={archived.uid(1)}")


def test_findscu_finds_what_dcmqrscp_holds(
    dcmqrscp: Dcmqrscp, dcmtk_query: Query, archive: tuple[Path, ...]
) -> None:
    scp = dcmqrscp(archive)
    keys = ("QueryRetrieveLevel=STUDY", "PatientName=DOE*", "StudyInstanceUID")
    found = dcmtk_query.find((scp.aet, scp.port), keys, "-S")
    assert found.status == "Success", found.ended.stdout
    assert {i.StudyInstanceUID for i in found.identifiers} == {archived.uid(1), archived.uid(2)}


def test_getscu_and_movescu_bring_what_dcmqrscp_holds(
    dcmqrscp: Dcmqrscp, dcmtk_query: Query, archive: tuple[Path, ...], port: int
) -> None:
    scp = dcmqrscp(archive, {"ME": port})
    due = {archived.uid(1, series, instance) for series in (1, 2) for instance in (1, 2)}
    for brought in (
        dcmtk_query.get((scp.aet, scp.port), _STUDY, "-S"),
        dcmtk_query.move((scp.aet, scp.port), _STUDY, port, "-S"),
    ):
        assert brought.status == "Success", brought.ended.stdout
        assert brought.files.keys() == due, brought.ended.stdout
    sent = {file.sop_instance: file for path in archive if (file := part10.read(path))}
    assert all(brought.files[uid].dataset == sent[uid].dataset for uid in due)


def test_findscu_finds_ten_items_in_the_worklist(wlmscpfs: Wlmscpfs, dcmtk_query: Query) -> None:
    scp = wlmscpfs()
    found = dcmtk_query.find((scp.aet, scp.port), ["PatientName", "PatientID"], "-W")
    assert found.status == "Success", found.ended.stdout
    assert len(found.identifiers) == 10


def test_pynetdicom_finds_retrieves_and_moves(
    pynetdicom_service_scp: Services, pynetdicom_scp: PynetdicomScp, archive: tuple[Path, ...]
) -> None:
    answer = scu.identifier(QueryRetrieveLevel="STUDY", PatientName="DOE^JANE")
    query = scu.identifier(QueryRetrieveLevel="STUDY", PatientName="")
    hosts = {"STORE": pynetdicom_scp.port}
    scp = pynetdicom_service_scp(identifiers=[answer] * 3, files=archive[:4], hosts=hosts)
    found = scu.find(scp.port, query)
    assert found.statuses == [0xFF00] * 3 + [0x0000]
    assert found.identifiers == [answer] * 3
    retrieved = scu.retrieve(scp.port, query, [CTImageStorage])
    assert retrieved.last.NumberOfCompletedSuboperations == len(retrieved.arrived) == 4
    assert scu.move(scp.port, query, "STORE").last.Status == 0x0000
    assert len(pynetdicom_scp.arrived) == 4
    assert scu.move(scp.port, query, "NOBODY").last.Status == 0xA801
    assert [h["destination"] for h in scp.heard("C-MOVE")] == ["STORE", "NOBODY"]
    assert scp.heard("C-FIND")[0]["data"] == query


def test_pynetdicom_is_cancelled(pynetdicom_service_scp: Services) -> None:
    query = scu.identifier(QueryRetrieveLevel="STUDY", PatientName="")
    scp = pynetdicom_service_scp(identifiers=[query], endless=True)
    assert scu.find(scp.port, query, cancel_after=2).statuses[-1] == 0xFE00
    assert scp.wait_for("C-CANCEL")


def test_pynetdicom_keeps_performed_procedure_steps(pynetdicom_service_scp: Services) -> None:
    scp = pynetdicom_service_scp()
    begun = scu.identifier(PerformedProcedureStepStatus="IN PROGRESS")
    ended = scu.identifier(PerformedProcedureStepStatus="COMPLETED")
    assert scu.n_set(scp.port, ended, "1.2.3") == 0x0112
    assert scu.n_create(scp.port, begun, "1.2.3") == 0x0000
    assert scu.n_create(scp.port, begun, "1.2.3") == 0x0111
    assert scu.n_set(scp.port, ended, "1.2.3") == 0x0000
    assert scu.n_set(scp.port, ended, "1.2.3") == 0x0110


@pytest.mark.parametrize("elsewhere", [False, True])
def test_pynetdicom_reports_commitment(
    pynetdicom_service_scp: Services, port: int, *, elsewhere: bool
) -> None:
    listen = port if elsewhere else None
    scp = pynetdicom_service_scp(lost=["1.2.4"], report_to=listen)
    asked = scu.identifier(TransactionUID="1.2.99")
    asked.ReferencedSOPSequence = [
        scu.identifier(ReferencedSOPClassUID=CTImageStorage, ReferencedSOPInstanceUID=uid)
        for uid in ("1.2.3", "1.2.4")
    ]
    status, reports = scu.commit(scp.port, asked, listen=listen)
    assert status == 0x0000
    ((kind, report),) = reports
    assert kind == 2
    assert [i.ReferencedSOPInstanceUID for i in report.ReferencedSOPSequence] == ["1.2.3"]
    assert [i.ReferencedSOPInstanceUID for i in report.FailedSOPSequence] == ["1.2.4"]
    assert scp.wait_for("N-EVENT-REPORT")["status"] == 0x0000


def test_orthanc_finds_and_moves_from_dcmqrscp(
    orthanc: Start, dcmqrscp: Dcmqrscp, archive: tuple[Path, ...], port: int
) -> None:
    own = port
    scp = dcmqrscp(archive, {"ORTHANC": own})
    judge = orthanc({"QR": scp.port}, DicomPort=own)
    found = judge.find("QR", "Study", {"PatientName": "DOE*", "StudyInstanceUID": ""})
    assert {answer["StudyInstanceUID"] for answer in found} == {archived.uid(1), archived.uid(2)}
    judge.move("QR", "Study", {"StudyInstanceUID": archived.uid(2)})
    assert judge.held().keys() == {archived.uid(2, 1, instance) for instance in (1, 2, 3)}


def test_orthanc_is_asked_for_everything(
    orthanc: Start, dcmtk: Dcmtk, dcmtk_query: Query, archive: tuple[Path, ...], tmp_path: Path
) -> None:
    worklist_items(dcmtk, tmp_path)
    mover = free_port()
    judge = orthanc({"ME": mover, "PYNETDICOM": mover}, worklists=tmp_path)
    judge.take(*archive)
    at = (judge.aet, judge.port)
    found = dcmtk_query.find(at, ["QueryRetrieveLevel=STUDY", "StudyInstanceUID"], "-S")
    assert len(found.identifiers) == len(archived.ROWS), found.ended.stdout
    assert len(dcmtk_query.find(at, ["PatientName"], "-W").identifiers) == 10
    assert len(dcmtk_query.move(at, _STUDY, mover, "-S").files) == 4
    assert len(dcmtk_query.get(at, _STUDY, "-S").files) == 4
    asked = scu.identifier(TransactionUID="1.2.99")
    asked.ReferencedSOPSequence = [
        scu.identifier(
            ReferencedSOPClassUID=CTImageStorage,
            ReferencedSOPInstanceUID=archived.uid(1, 1, 1),
        )
    ]
    status, reports = scu.commit(judge.port, asked, called=judge.aet, listen=mover)
    assert (status, [kind for kind, _ in reports]) == (0x0000, [1])


def test_orthanc_asks_for_commitment(
    orthanc: Start, pynetdicom_service_scp: Services, archive: tuple[Path, ...], port: int
) -> None:
    kept, lost = archived.uid(1, 1, 1), archived.uid(1, 1, 2)
    scp = pynetdicom_service_scp(lost=[lost], report_to=port)
    judge = orthanc({"PYNETDICOM": scp.port}, DicomPort=port)
    report = judge.commit("PYNETDICOM", judge.take(*archive[:2]))
    assert report["Status"] == "Failure"
    assert [entry["SOPInstanceUID"] for entry in report["Success"]] == [kept]
    assert [entry["SOPInstanceUID"] for entry in report["Failures"]] == [lost]
    with pytest.raises(OrthancError, match="No modality"):
        judge.echo("NOBODY")
