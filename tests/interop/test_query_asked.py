"""Other implementations query russet and retrieve from it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from pynetdicom.sop_class import CTImageStorage, ModalityWorklistInformationFind

import russet
from russet.data import Dataset, dcmread
from russet.services.query import FindRequest
from tests.support import archive as archived
from tests.support import dcmjs, part10
from tests.support import pynetdicom_scu as scu
from tests.support.dcmtk_query import Query, worklist_items
from tests.support.orthanc import Start
from tests.support.peers import Dcmtk, RussetServe
from tests.support.places import need
from tests.support.processes import run
from tests.support.pynetdicom_peer import PynetdicomScp
from tests.support.russet_archive import StartArchive
from tests.support.senders import pixelmed

pytestmark = pytest.mark.interop

_STUDY: Final = ("QueryRetrieveLevel=STUDY", f"StudyInstanceUID={archived.uid(1)}")
_DOES: Final = {archived.uid(1), archived.uid(2), archived.uid(3)}  # names match without case
_CTS: Final = {archived.uid(1, series, instance) for series in (1, 2) for instance in (1, 2)}


def row(peer: str, service: str, judged: str) -> pytest.MarkDecorator:
    return pytest.mark.interop_row(peer=peer, service=service, direction="peer asks", judged=judged)


@row("DCMTK findscu", "Query", "identifiers")
def test_findscu_finds_at_every_level(russet_archive: StartArchive, dcmtk_query: Query) -> None:
    scp = ("RUSSET", russet_archive().port)
    for model, level, keys, count in (
        ("-P", "PATIENT", ("PatientID",), 3),
        ("-P", "STUDY", ("PatientID=P1", "StudyInstanceUID"), 2),
        ("-S", "STUDY", ("StudyInstanceUID", "PatientName=DOE*"), 3),
        ("-S", "SERIES", (_STUDY[1], "SeriesInstanceUID", "Modality"), 2),
        ("-S", "IMAGE", (_STUDY[1], "SOPInstanceUID", "InstanceNumber"), 4),
        ("-S", "STUDY", ("StudyInstanceUID=1.2.3",), 0),
    ):
        found = dcmtk_query.find(scp, [f"QueryRetrieveLevel={level}", *keys], model)
        assert found.status == "Success", found.ended.stdout
        assert len(found.identifiers) == count, found.ended.stdout
    names = dcmtk_query.find(scp, ["QueryRetrieveLevel=STUDY", "PatientName"], "-S").identifiers
    assert {str(found.PatientName) for found in names} >= {"M\u00fcller^J\u00fcrgen"}


@row("DCMTK findscu", "Query", "C-CANCEL")
def test_findscu_cancels(dcmtk_query: Query) -> None:
    def endless(asked: FindRequest) -> Iterator[Dataset]:
        while not asked.cancelled:
            yield asked.identifier

    with russet.serve(port=0, handlers={"find": endless}) as scp:
        keys = ["QueryRetrieveLevel=STUDY", "StudyInstanceUID"]
        found = dcmtk_query.find(("RUSSET", scp.port), keys, "-S", "--cancel", "2")
    assert found.status.startswith("Cancel"), found.ended.stdout[-2000:]


@row("DCMTK getscu", "Retrieve (C-GET)", "data sets byte for byte")
@row("DCMTK movescu", "Retrieve (C-MOVE)", "data sets byte for byte")
def test_getscu_and_movescu_bring_the_files(
    russet_archive: StartArchive, dcmtk_query: Query, archive: tuple[Path, ...], port: int
) -> None:
    scp = ("RUSSET", russet_archive({"ME": port}).port)
    sent = {file.sop_instance: file for path in archive if (file := part10.read(path))}
    for brought in (
        dcmtk_query.get(scp, _STUDY, "-S"),
        dcmtk_query.move(scp, _STUDY, port, "-S"),
    ):
        assert brought.status == "Success", brought.ended.stdout
        assert brought.files.keys() == _CTS, brought.ended.stdout
        assert all(file.dataset == sent[uid].dataset for uid, file in brought.files.items())


@row("DCMTK movescu", "Retrieve (C-MOVE)", "an unknown destination")
def test_movescu_is_told_of_an_unknown_destination(
    russet_archive: StartArchive, dcmtk_query: Query, port: int
) -> None:
    moved = dcmtk_query.move(("RUSSET", russet_archive({}).port), _STUDY, port, "-S")
    assert moved.status.startswith("Refused: MoveDestinationUnknown"), moved.ended.stdout
    assert moved.files == {}


@row("odil", "Query", "identifiers")
def test_odil_finds(russet_archive: StartArchive) -> None:
    target = ("127.0.0.1", str(russet_archive().port), "ME", "RUSSET")
    keys = ("QueryRetrieveLevel=STUDY", "PatientName=DOE*", "StudyInstanceUID")
    ended = run(need("odil"), "find", *target, "study", *keys)
    assert ended.returncode == 0, ended.stdout
    assert set(re.findall(r"Study Instance UID .*\['(.*)'\]", ended.stdout)) == _DOES


@row("pixelmed MoveSOPClassSCU", "Retrieve (C-MOVE)", "data sets byte for byte")
def test_pixelmed_moves(
    russet_archive: StartArchive, storescp: RussetServe, archive: tuple[Path, ...]
) -> None:
    receiver = storescp()
    scp = russet_archive({"STORESCP": receiver.port})
    tool = (*pixelmed(), "com.pixelmed.network.MoveSOPClassSCU")
    target = ("127.0.0.1", str(scp.port), "RUSSET", "ME", "STORESCP")
    ended = run(*tool, *target, "STUDY", archived.uid(1))
    arrived = receiver.take()
    assert arrived.keys() == _CTS, ended.stdout
    sent = {file.sop_instance: file for path in archive if (file := part10.read(path))}
    assert all(file.dataset == sent[uid].dataset for uid, file in arrived.items())


@row("Orthanc", "Query", "identifiers")
@row("Orthanc", "Retrieve (C-MOVE)", "the instances")
def test_orthanc_finds_and_moves_to_itself(
    russet_archive: StartArchive, orthanc: Start, port: int
) -> None:
    judge = orthanc({"RUSSET": russet_archive({"ORTHANC": port}).port}, DicomPort=port)
    keys = {"PatientName": "DOE*", "StudyInstanceUID": ""}
    found = judge.find("RUSSET", "Study", keys)
    assert {answer["StudyInstanceUID"] for answer in found} == _DOES
    judge.move("RUSSET", "Study", {"StudyInstanceUID": archived.uid(1)})
    assert judge.held().keys() == _CTS


@row("dcmjs-dimse", "Query", "identifiers")
@row("dcmjs-dimse", "Retrieve (C-GET)", "the instances")
@row("dcmjs-dimse", "Retrieve (C-MOVE)", "the instances")
def test_dcmjs_finds_gets_and_moves(russet_archive: StartArchive, storescp: RussetServe) -> None:
    receiver = storescp()
    port = russet_archive({"STORESCP": receiver.port}).port
    keys = {"PatientName": "DOE*", "StudyInstanceUID": ""}
    told = dcmjs.ask(port, find=keys, move=[archived.uid(1), "STORESCP"])
    assert told.statuses == [0x0000] * 3, told
    assert {match["StudyInstanceUID"] for match in told.found} == _DOES
    assert receiver.take().keys() == _CTS
    told = dcmjs.ask(port, get=archived.uid(1))
    assert told.statuses == [0x0000] * 2, told
    assert set(told.got) == _CTS


@row("pynetdicom", "Query", "identifiers")
@row("pynetdicom", "Retrieve (C-GET)", "data sets byte for byte")
@row("pynetdicom", "Retrieve (C-MOVE)", "data sets byte for byte")
def test_pynetdicom_finds_gets_and_moves(
    russet_archive: StartArchive, pynetdicom_scp: PynetdicomScp, archive: tuple[Path, ...]
) -> None:
    port = russet_archive({"STORE": pynetdicom_scp.port}).port
    query = scu.identifier(QueryRetrieveLevel="STUDY", StudyInstanceUID=archived.uid(1))
    found = scu.find(port, query)
    assert [each.StudyInstanceUID for each in found.identifiers] == [archived.uid(1)]
    sent = {file.sop_instance: file for path in archive if (file := part10.read(path))}
    got = scu.retrieve(port, query, [CTImageStorage])
    assert got.last.NumberOfCompletedSuboperations == len(got.arrived) == len(_CTS)
    assert all(data == sent[uid].dataset for uid, data in got.arrived.items())
    moved = scu.move(port, query, "STORE")
    assert moved.last.Status == 0x0000
    assert moved.last.NumberOfCompletedSuboperations == len(_CTS)
    kept = {uid: data for uid, (_, data) in pynetdicom_scp.arrived.items()}
    assert kept == {uid: sent[uid].dataset for uid in _CTS}


@row("DCMTK findscu", "Worklist", "items with their sequences")
@row("Orthanc", "Worklist", "items with their sequences")
@row("pynetdicom", "Worklist", "items with their sequences")
def test_worklist_items_arrive_whole(
    dcmtk: Dcmtk, dcmtk_query: Query, orthanc: Start, tmp_path: Path
) -> None:
    worklist_items(dcmtk, tmp_path)
    items = [dcmread(path) for path in sorted(tmp_path.glob("*.wl"))]
    model = ModalityWorklistInformationFind
    with russet.serve(port=0, handlers={"worklist": lambda _asked: items}) as scp:
        found = dcmtk_query.find(("RUSSET", scp.port), ["PatientName"], "-W")
        theirs = orthanc({"RUSSET": scp.port}).worklist("RUSSET", {"PatientName": ""})
        ours = scu.find(scp.port, scu.identifier(PatientName=""), model=model)
    assert found.status == "Success", found.ended.stdout
    names = [str(item.PatientName) for item in items]
    for told in (found.identifiers, ours.identifiers):
        assert [str(each.PatientName) for each in told] == names
        assert [_station(each) for each in told] == [_station(item) for item in items]
    assert [each["PatientName"] for each in theirs] == names
    steps = [each["ScheduledProcedureStepSequence"][0] for each in theirs]
    dates = [step["ScheduledProcedureStepStartDate"] for step in steps]
    assert dates == [_step(item).ScheduledProcedureStepStartDate for item in items]


def _step(item: Any) -> Any:
    return item.ScheduledProcedureStepSequence[0]


def _station(item: Any) -> str:
    return str(_step(item).ScheduledStationName)
