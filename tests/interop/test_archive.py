"""Other implementations store into `russet serve`, and find, fetch and move what they stored."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from pydicom.dataset import Dataset as PydicomDataset
from pynetdicom.sop_class import CTImageStorage

from russet.data import Dataset, dcmread
from tests.support import archive as archived
from tests.support import part10
from tests.support import pynetdicom_scu as scu
from tests.support.dcmtk_query import Query, worklist_items
from tests.support.orthanc import Start
from tests.support.part10 import Part10
from tests.support.peers import Dcmtk
from tests.support.processes import run
from tests.support.pynetdicom_peer import PynetdicomScp
from tests.support.served import ServeData
from tests.support.worklist import STEP, ended, started

pytestmark = pytest.mark.interop

_CTS: Final = {archived.uid(1, series, instance) for series in (1, 2) for instance in (1, 2)}
_STUDY: Final = ("QueryRetrieveLevel=STUDY", f"StudyInstanceUID={archived.uid(1)}")
_SERIES: Final = f"SeriesInstanceUID={archived.uid(1, 1)}"


def row(peer: str, service: str, judged: str) -> pytest.MarkDecorator:
    return pytest.mark.interop_row(peer=peer, service=service, direction="peer asks", judged=judged)


def peers_file(folder: Path, hosts: Mapping[str, int]) -> Path:
    """Peers of this machine, by AE title and port."""
    path = folder / "peers.toml"
    tables = (
        f'[[peer]]\ntitle = "{title}"\nhost = "127.0.0.1"\nport = {port}\n'
        for title, port in hosts.items()
    )
    path.write_text("\n".join(tables))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder to come."""
    return tmp_path / "data"


def sent(files: tuple[Path, ...]) -> dict[str, Part10]:
    return {file.sop_instance: file for path in files if (file := part10.read(path))}


@row("DCMTK findscu", "Query", "what was stored, at every level")
@row("DCMTK getscu", "Retrieve (C-GET)", "what was stored, byte for byte")
@row("DCMTK movescu", "Retrieve (C-MOVE)", "what was stored, byte for byte")
def test_dcmtk_stores_finds_gets_and_moves(
    serve_data: ServeData,
    dcmtk: Dcmtk,
    dcmtk_query: Query,
    archive: tuple[Path, ...],
    folder: Path,
    port: int,
) -> None:
    peers = peers_file(folder.parent, {"ME": port})
    scp = serve_data(folder, "--peers", str(peers))
    stored = run(dcmtk.dcmsend, "-aec", "RUSSET", "127.0.0.1", str(scp.port), *archive)
    assert stored.returncode == 0, stored.stdout
    to = ("RUSSET", scp.port)
    for model, level, keys, count in (
        ("-P", "PATIENT", ("PatientID", "NumberOfPatientRelatedStudies"), 3),
        ("-P", "STUDY", ("PatientID=P1", "StudyInstanceUID"), 2),
        ("-S", "STUDY", ("StudyInstanceUID", "PatientName=DOE*", "ModalitiesInStudy"), 3),
        ("-S", "STUDY", ("StudyInstanceUID", "StudyDate=20210101-20211231"), 2),
        ("-S", "SERIES", (_STUDY[1], "SeriesInstanceUID", "NumberOfSeriesRelatedInstances"), 2),
        ("-S", "IMAGE", (_STUDY[1], _SERIES, "SOPInstanceUID", "InstanceNumber"), 2),
        ("-S", "STUDY", ("StudyInstanceUID=1.2.3",), 0),
    ):
        found = dcmtk_query.find(to, [f"QueryRetrieveLevel={level}", *keys], model)
        assert found.status == "Success", found.ended.stdout
        assert len(found.identifiers) == count, found.ended.stdout
    names = dcmtk_query.find(to, ["QueryRetrieveLevel=STUDY", "PatientName"], "-S").identifiers
    assert {str(found.PatientName) for found in names} >= {"M\u00fcller^J\u00fcrgen"}
    for brought in (dcmtk_query.get(to, _STUDY, "-S"), dcmtk_query.move(to, _STUDY, port, "-S")):
        assert brought.status == "Success", brought.ended.stdout
        assert brought.files.keys() == _CTS, brought.ended.stdout
        expected = sent(archive)
        assert all(file.dataset == expected[uid].dataset for uid, file in brought.files.items())


@row("DCMTK findscu", "Query", "an identifier that breaks the rules")
def test_findscu_is_told_which_element_is_wrong(
    serve_data: ServeData, dcmtk_query: Query, folder: Path
) -> None:
    scp = serve_data(folder)
    found = dcmtk_query.find(("RUSSET", scp.port), ["QueryRetrieveLevel=SERIES"], "-S", "-d")
    assert "0xa900" in found.ended.stdout
    assert "0020,000d" in found.ended.stdout.lower()


@row("Orthanc", "Query", "what it stored")
@row("Orthanc", "Retrieve (C-MOVE)", "what it stored")
@row("Orthanc", "Storage Commitment", "what it stored")
def test_orthanc_stores_finds_moves_and_has_it_confirmed(
    serve_data: ServeData, orthanc: Start, archive: tuple[Path, ...], folder: Path, port: int
) -> None:
    scp = serve_data(folder, "--peers", str(peers_file(folder.parent, {"ORTHANC": port})))
    judge = orthanc({"RUSSET": scp.port}, DicomPort=port)
    held = judge.take(*archive)
    judge.store("RUSSET", held)
    keys = {"PatientName": "DOE*", "StudyInstanceUID": ""}
    found = judge.find("RUSSET", "Study", keys)
    studies = {answer["StudyInstanceUID"] for answer in found}
    assert studies == {archived.uid(number) for number in (1, 2, 3)}
    report = judge.commit("RUSSET", held)
    assert report["Status"] == "Success", report
    assert len(report["Success"]) == len(archive)
    for name in held:
        judge.ask("DELETE", f"/instances/{name}")
    judge.move("RUSSET", "Study", {"StudyInstanceUID": archived.uid(1)})
    assert judge.held().keys() == _CTS


@row("pynetdicom", "Query", "what was stored")
@row("pynetdicom", "Retrieve (C-GET)", "what was stored, byte for byte")
@row("pynetdicom", "Retrieve (C-MOVE)", "what was stored, byte for byte")
@row("pynetdicom", "Storage Commitment", "what was stored")
def test_pynetdicom_finds_gets_moves_and_has_it_confirmed(
    serve_data: ServeData,
    dcmtk: Dcmtk,
    pynetdicom_scp: PynetdicomScp,
    archive: tuple[Path, ...],
    folder: Path,
) -> None:
    peers = peers_file(folder.parent, {"STORE": pynetdicom_scp.port})
    scp = serve_data(folder, "--peers", str(peers))
    stored = run(dcmtk.dcmsend, "-aec", "RUSSET", "127.0.0.1", str(scp.port), *archive)
    assert stored.returncode == 0, stored.stdout
    query = scu.identifier(QueryRetrieveLevel="STUDY", StudyInstanceUID=archived.uid(1))
    found = scu.find(scp.port, query)
    assert [each.StudyInstanceUID for each in found.identifiers] == [archived.uid(1)]
    got = scu.retrieve(scp.port, query, [CTImageStorage])
    expected = {uid: file.dataset for uid, file in sent(archive).items() if uid in _CTS}
    assert got.arrived == expected
    moved = scu.move(scp.port, query, "STORE")
    assert (moved.last.Status, moved.last.NumberOfCompletedSuboperations) == (0x0000, len(_CTS))
    assert {uid: data for uid, (_, data) in pynetdicom_scp.arrived.items()} == expected
    assert scu.move(scp.port, query, "NOBODY").last.Status == 0xA801
    status, ((event, report),) = scu.commit(scp.port, _commitment(*sorted(_CTS), "1.2.3"))
    assert (status, event) == (0x0000, 2)
    assert len(report.ReferencedSOPSequence) == len(_CTS)
    (failed,) = report.FailedSOPSequence
    assert (failed.ReferencedSOPInstanceUID, failed.FailureReason) == ("1.2.3", 0x0112)


def _commitment(*uids: str) -> PydicomDataset:
    asked = PydicomDataset()
    asked.TransactionUID = "1.2.99"
    asked.ReferencedSOPSequence = []
    for uid in uids:
        item = PydicomDataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = CTImageStorage, uid
        asked.ReferencedSOPSequence.append(item)
    return asked


@row("DCMTK findscu", "Worklist", "items of a folder, until their step has ended")
@row(
    "pynetdicom", "Modality Performed Procedure Step", "steps that end what the worklist asked for"
)
def test_items_are_on_the_list_until_a_modality_has_ended_their_step(
    serve_data: ServeData, dcmtk: Dcmtk, dcmtk_query: Query, folder: Path, tmp_path: Path
) -> None:
    worklist = tmp_path / "worklist"
    worklist.mkdir()
    worklist_items(dcmtk, worklist)
    scp = serve_data(folder, "--worklist", str(worklist))
    items: list[Any] = [dcmread(path) for path in sorted(worklist.glob("*.wl"))]

    def names() -> list[str]:
        found = dcmtk_query.find(("RUSSET", scp.port), ["PatientName"], "-W")
        assert found.status == "Success", found.ended.stdout
        return [str(each.PatientName) for each in found.identifiers]

    assert names() == [str(item.PatientName) for item in items]
    performed = items[0]
    (attributes,) = started().ScheduledStepAttributesSequence
    attributes.StudyInstanceUID = performed.StudyInstanceUID
    step = performed.ScheduledProcedureStepSequence[0]
    attributes.ScheduledProcedureStepID = step.ScheduledProcedureStepID
    made = started(ScheduledStepAttributesSequence=[attributes])
    assert scu.n_create(scp.port, _as_pydicom(made), STEP) == 0x0000
    assert len(names()) == len(items)
    assert scu.n_set(scp.port, _as_pydicom(ended()), STEP) == 0x0000
    assert names() == [str(item.PatientName) for item in items[1:]]


def _as_pydicom(dataset: Dataset) -> PydicomDataset:
    return PydicomDataset.from_json(dataset.to_json())
