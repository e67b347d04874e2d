"""russet queries other implementations and retrieves from them."""

from pathlib import Path
from typing import Any, Final

import pytest

import russet
from russet.data import Dataset
from russet.services.retrieve import Progress
from russet.services.storage import Instance
from tests.support import archive as archived
from tests.support import part10
from tests.support import pynetdicom_scu as scu
from tests.support.dcmtk_query import Dcmqrscp, Wlmscpfs, worklist_items
from tests.support.orthanc import Start
from tests.support.peers import Dcmtk, RussetServe
from tests.support.pynetdicom_services import Services

pytestmark = pytest.mark.interop

_DOES: Final = {archived.uid(1), archived.uid(2)}
_CTS: Final = {archived.uid(1, series, instance) for series in (1, 2) for instance in (1, 2)}
_KEYS: Final = Dataset(QueryRetrieveLevel="STUDY", PatientName="DOE*", StudyInstanceUID="")
_WANTED: Final = Dataset(QueryRetrieveLevel="STUDY", StudyInstanceUID=archived.uid(1))


def row(peer: str, service: str, judged: str) -> pytest.MarkDecorator:
    return pytest.mark.interop_row(
        peer=peer, service=service, direction="peer answers", judged=judged
    )


def identifiers(scp: tuple[str, int], keys: Dataset, model: str = "study") -> list[Dataset]:
    title, port = scp
    with russet.connect("127.0.0.1", port, called=title) as association:
        return list(association.find(keys, model=model))


def studies(scp: tuple[str, int]) -> set[str]:
    return {str(each.StudyInstanceUID) for each in identifiers(scp, _KEYS)}


def get(scp: tuple[str, int]) -> tuple[list[Progress], dict[str, bytes]]:
    arrived: dict[str, bytes] = {}

    def store(instance: Instance) -> None:
        arrived[instance.sop_instance_uid] = bytes(instance.data)

    title, port = scp
    with russet.connect("127.0.0.1", port, called=title) as association:
        return list(association.get(store, _WANTED)), arrived


def move(scp: tuple[str, int], destination: str) -> list[Progress]:
    title, port = scp
    with russet.connect("127.0.0.1", port, called=title) as association:
        return list(association.move(destination, _WANTED))


def datasets(paths: tuple[Path, ...]) -> dict[str, bytes]:
    read = (part10.read(path) for path in paths)
    return {file.sop_instance: file.dataset for file in read if file is not None}


@row("DCMTK dcmqrscp", "Query", "identifiers")
@row("DCMTK dcmqrscp", "Retrieve (C-GET)", "data sets byte for byte")
@row("DCMTK dcmqrscp", "Retrieve (C-MOVE)", "data sets byte for byte")
def test_dcmqrscp_is_asked_for_everything(
    dcmqrscp: Dcmqrscp, russet_serve: RussetServe, archive: tuple[Path, ...]
) -> None:
    receiver = russet_serve()
    archive_scp = dcmqrscp(archive, {"RUSSET": receiver.port})
    scp = (archive_scp.aet, archive_scp.port)
    assert studies(scp) == _DOES
    sent = datasets(archive)
    progress, arrived = get(scp)
    assert (progress[-1].status, progress[-1].completed) == (0x0000, len(_CTS))
    assert arrived == {uid: sent[uid] for uid in _CTS}
    moved = move(scp, "RUSSET")
    assert moved[-1].status == 0x0000
    kept = {uid: file.dataset for uid, file in receiver.take().items()}
    assert kept == {uid: sent[uid] for uid in _CTS}
    assert move(scp, "NOBODY")[-1].status == 0xA801


@row("Orthanc", "Query", "identifiers")
@row("Orthanc", "Retrieve (C-GET)", "the instances")
@row("Orthanc", "Retrieve (C-MOVE)", "the instances")
def test_orthanc_is_asked_for_everything(
    orthanc: Start, russet_serve: RussetServe, archive: tuple[Path, ...]
) -> None:
    receiver = russet_serve()
    judge = orthanc({"RUSSET": receiver.port})
    judge.take(*archive)
    scp = (judge.aet, judge.port)
    # Names match without case in Orthanc.
    assert studies(scp) >= _DOES
    progress, arrived = get(scp)
    assert progress[-1].completed == len(_CTS)
    assert arrived.keys() == _CTS
    assert move(scp, "RUSSET")[-1].status == 0x0000
    assert receiver.take().keys() == _CTS


def test_a_c_get_of_orthanc_that_fails_in_part_is_told_of(
    orthanc: Start, archive: tuple[Path, ...], port: int
) -> None:
    """Orthanc 1.10.1 puts what failed into the command set of its last response."""
    refused = archived.uid(1, 1, 1)

    def store(instance: Instance) -> int:
        return 0xA700 if instance.sop_instance_uid == refused else 0x0000

    judge = orthanc({"RUSSET": port})
    judge.take(*archive)
    with russet.connect("127.0.0.1", judge.port, called=judge.aet) as association:
        *_, last = association.get(store, _WANTED)
        assert not association.is_over
    assert (last.completed, last.failed) == (len(_CTS) - 1, 1)


@row("pynetdicom", "Query", "identifiers")
@row("pynetdicom", "Retrieve (C-GET)", "data sets byte for byte")
@row("pynetdicom", "Retrieve (C-MOVE)", "data sets byte for byte")
def test_pynetdicom_is_asked_for_everything(
    pynetdicom_service_scp: Services, russet_serve: RussetServe, archive: tuple[Path, ...]
) -> None:
    receiver = russet_serve()
    match = scu.identifier(QueryRetrieveLevel="STUDY", StudyInstanceUID=archived.uid(1))
    cts = [path for path in archive if path.stem in _CTS]
    hosts = {"RUSSET": receiver.port}
    judge = pynetdicom_service_scp(identifiers=[match] * 3, files=cts, hosts=hosts)
    scp = (judge.aet, judge.port)
    assert len(identifiers(scp, _KEYS)) == 3
    asked: Any = judge.heard("C-FIND")[0]["data"]
    assert (asked.PatientName, asked.StudyInstanceUID) == ("DOE*", "")
    sent = datasets(archive)
    progress, arrived = get(scp)
    assert [each.status for each in progress] == [0xFF00] * 4 + [0x0000]
    assert arrived == {uid: sent[uid] for uid in _CTS}
    assert move(scp, "RUSSET")[-1].completed == len(_CTS)
    kept = {uid: file.dataset for uid, file in receiver.take().items()}
    assert kept == {uid: sent[uid] for uid in _CTS}
    assert move(scp, "NOBODY")[-1].status == 0xA801


@row("pynetdicom", "Query", "C-CANCEL")
def test_who_stops_taking_matches_cancels(pynetdicom_service_scp: Services) -> None:
    match = scu.identifier(QueryRetrieveLevel="STUDY", StudyInstanceUID="1.2.3")
    judge = pynetdicom_service_scp(identifiers=[match], endless=True)
    with russet.connect("127.0.0.1", judge.port) as association:
        matches = association.find(_KEYS)
        assert next(matches).StudyInstanceUID == "1.2.3"
        matches.close()
        judge.wait_for("C-CANCEL")


@row("DCMTK wlmscpfs", "Worklist", "items with their sequences")
@row("Orthanc", "Worklist", "items with their sequences")
def test_worklists_are_read_whole(
    wlmscpfs: Wlmscpfs, orthanc: Start, dcmtk: Dcmtk, tmp_path: Path, port: int
) -> None:
    folder = tmp_path / "items"
    folder.mkdir()
    worklist_items(dcmtk, folder)
    due = {
        (str(item.PatientName), item.ScheduledProcedureStepSequence[0].ScheduledStationName)
        for item in (russet.dcmread(path) for path in folder.glob("*.wl"))
    }
    keys = Dataset(PatientName="", PatientID="")
    keys.ScheduledProcedureStepSequence = [Dataset(ScheduledStationName="", Modality="")]
    # Orthanc answers queries of those that it knows, wherever they listen.
    dcmtk_scp, judge = wlmscpfs(), orthanc({"RUSSET": port}, worklists=folder)
    for scp in ((dcmtk_scp.aet, dcmtk_scp.port), (judge.aet, judge.port)):
        items = identifiers(scp, keys, "worklist")
        assert {
            (str(item.PatientName), item.ScheduledProcedureStepSequence[0].ScheduledStationName)
            for item in items
        } == due
