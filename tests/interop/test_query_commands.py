"""`russet find`, `get`, `move` and `worklist`: DCMTK, Orthanc and pynetdicom answer."""

import json
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support import archive as archived
from tests.support import part10
from tests.support import pynetdicom_scu as scu
from tests.support.dcmtk_query import Dcmqrscp, Wlmscpfs
from tests.support.orthanc import Start
from tests.support.processes import RUSSET, run
from tests.support.pynetdicom_services import Services

pytestmark = pytest.mark.interop

_STUDY: Final = f"StudyInstanceUID={archived.uid(1)}"
_CTS: Final = {archived.uid(1, series, instance) for series in (1, 2) for instance in (1, 2)}
_STUDY_INSTANCE_UID: Final = "0020000D"
_PATIENT_NAME: Final = "00100010"


def command(
    verb: str, scp: tuple[str, int], *words: str | Path
) -> subprocess.CompletedProcess[str]:
    title, port = scp
    first, *rest = words
    # The steps of `mpps` come before the peer.
    verbs, rest = ([verb, first], rest) if verb == "mpps" else ([verb], [*words])
    ended = run(RUSSET, *verbs, f"{title}@127.0.0.1:{port}", *rest, timeout=25)
    assert "Traceback" not in ended.stdout
    return ended


def objects(ended: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]


def test_dcmqrscp_is_asked_by_every_command(
    dcmqrscp: Dcmqrscp, archive: tuple[Path, ...], tmp_path: Path, port: int
) -> None:
    judge = dcmqrscp(archive, {"ME": port})
    scp = (judge.aet, judge.port)
    found = command("find", scp, "PatientName=DOE*", "StudyInstanceUID", "--level=study", "--json")
    assert found.returncode == 0, found.stdout
    studies = {match[_STUDY_INSTANCE_UID]["Value"][0] for match in objects(found)}
    assert studies == {archived.uid(1), archived.uid(2)}
    sent = {file.sop_instance: file for path in archive if (file := part10.read(path))}
    for verb, how in (("get", ()), ("move", ("--self", "-aet", "ME", "+P", str(port)))):
        folder = tmp_path / verb
        ended = command(verb, scp, _STUDY, *how, "-od", folder)
        assert ended.returncode == 0, ended.stdout
        brought = part10.stored(folder)
        assert brought.keys() == _CTS
        assert all(file.dataset == sent[uid].dataset for uid, file in brought.items())
    unknown = command("move", scp, _STUDY, "-aem", "NOBODY")
    assert unknown.returncode == 69, unknown.stdout
    assert "NOBODY" in unknown.stdout


def test_orthanc_moves_to_us(
    orthanc: Start, archive: tuple[Path, ...], tmp_path: Path, port: int
) -> None:
    judge = orthanc({"ME": port})
    judge.take(*archive)
    how = ("--self", "-aet", "ME", "+P", str(port), "-od", tmp_path / "out")
    ended = command("move", (judge.aet, judge.port), _STUDY, *how)
    assert ended.returncode == 0, ended.stdout
    assert part10.stored(tmp_path / "out").keys() == _CTS


def test_orthanc_that_does_not_know_us_is_explained(orthanc: Start) -> None:
    judge = orthanc()
    ended = command("find", (judge.aet, judge.port), _STUDY)
    assert ended.returncode == 70, ended.stdout


def test_enough_matches_cancel_the_query(pynetdicom_service_scp: Services) -> None:
    match = scu.identifier(QueryRetrieveLevel="STUDY", StudyInstanceUID="1.2.3")
    judge = pynetdicom_service_scp(identifiers=[match], endless=True)
    scp = (judge.aet, judge.port)
    ended = command("find", scp, "StudyInstanceUID", "--level=study", "--cancel", "2", "--json")
    assert ended.returncode == 0, ended.stdout
    assert len(objects(ended)) == 2
    judge.wait_for("C-CANCEL")


def test_orthanc_commits_to_what_it_holds(
    orthanc: Start, archive: tuple[Path, ...], port: int
) -> None:
    judge = orthanc({"CT1": port})
    judge.take(archive[0])
    scp, ours = (judge.aet, judge.port), ("-aet", "CT1", "--listen", str(port))
    held = command("commit", scp, archive[0], *ours)
    assert held.returncode == 0, held.stdout
    some = command("commit", scp, *archive[:2], *ours, "--json")
    assert some.returncode == 2, some.stdout
    (report,) = objects(some)
    assert report["committed"] == [archived.uid(1, 1, 1)]
    (failed,) = report["failed"]
    assert failed["sop_instance_uid"] == archived.uid(1, 1, 2)


@pytest.mark.parametrize("elsewhere", [False, True])
def test_pynetdicom_commits_to_what_it_holds(
    pynetdicom_service_scp: Services, archive: tuple[Path, ...], port: int, *, elsewhere: bool
) -> None:
    lost = archived.uid(1, 1, 2)
    judge = pynetdicom_service_scp(lost=[lost], report_to=port if elsewhere else None)
    how = ("--listen", str(port)) if elsewhere else ()
    ended = command("commit", (judge.aet, judge.port), *archive[:2], *how)
    assert ended.returncode == 2, ended.stdout
    assert f"{lost}\t0112\tno such object instance" in ended.stdout


def test_pynetdicom_is_told_of_a_step(
    pynetdicom_service_scp: Services, archive: tuple[Path, ...]
) -> None:
    judge = pynetdicom_service_scp()
    scp = (judge.aet, judge.port)
    begun = command("mpps", scp, "begin", "StudyInstanceUID=1.2.3", "Modality=CT", "--json")
    assert begun.returncode == 0, begun.stdout
    uid = objects(begun)[0]["sop_instance_uid"]
    ended = command("mpps", scp, "complete", uid, *archive[:2])
    assert ended.returncode == 0, ended.stdout
    (change,) = judge.heard("N-SET")
    assert change["data"].PerformedProcedureStepStatus == "COMPLETED"
    (series,) = change["data"].PerformedSeriesSequence
    assert len(series.ReferencedImageSequence) == 2
    again = command("mpps", scp, "discontinue", uid)
    assert again.returncode == 69, again.stdout


def test_the_worklist_of_wlmscpfs_is_listed(wlmscpfs: Wlmscpfs) -> None:
    judge = wlmscpfs()
    scp = (judge.aet, judge.port)
    ended = command("worklist", scp, "--json")
    assert ended.returncode == 0, ended.stdout
    assert len(objects(ended)) == 10
    some = objects(command("worklist", scp, "PatientName=VIVALDI*", "--json"))
    names = {item[_PATIENT_NAME]["Value"][0]["Alphabetic"] for item in some}
    assert names == {"VIVALDI^ANTONIO"}
