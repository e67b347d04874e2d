"""`russet mpps`, as a user runs it against a real server."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import russet
from russet.cli.exit_codes import ExitCode
from russet.data import Dataset
from russet.data.matching import select
from russet.services.procedure_step import ProcedureStepService, StepsInMemory
from russet.services.query import FindRequest
from tests.net.test_serving import instance_file
from tests.support.processes import RUSSET
from tests.support.worklist import scheduled


class Ris:
    """A server that keeps steps."""

    def __init__(self, port: int, steps: StepsInMemory) -> None:
        self.port = port
        self._steps = steps

    def russet(self, verb: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [RUSSET, "mpps", verb, "127.0.0.1", str(self.port), *map(str, arguments)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=25)
        assert "Traceback" not in ended.stderr
        return ended

    def begin(self, *arguments: str | Path) -> str:
        ended = self.russet("begin", *arguments)
        assert ended.returncode == ExitCode.OK, ended.stderr
        return ended.stdout.strip()

    def step(self, uid: str) -> Dataset:
        found = self._steps.find(uid)
        assert found is not None
        return found


@pytest.fixture
def ris() -> Iterator[Ris]:
    steps = StepsInMemory()

    def worklist(asked: FindRequest) -> Iterator[Dataset]:
        return select(asked.identifier, [scheduled()])

    services = [ProcedureStepService(steps=steps)]
    with russet.serve(0, handlers={"worklist": worklist}, services=services) as receiver:
        yield Ris(receiver.port, steps)


BARE = ("-k", "StudyInstanceUID=1.2.3", "-k", "Modality=CT")


def test_a_step_of_a_worklist_item_is_begun_and_completed(ris: Ris, tmp_path: Path) -> None:
    command = [RUSSET, "worklist", "127.0.0.1", str(ris.port), "-od", str(tmp_path / "items")]
    subprocess.run(command, capture_output=True, check=True, timeout=25)
    (item,) = (tmp_path / "items").iterdir()
    uid = ris.begin("--item", item, "-aet", "CT1", "PerformedLocation=Room 1")
    step = ris.step(uid)
    assert (step.PatientName, step.PerformedStationAETitle) == ("Müller^Änne", "CT1")
    assert (step.PerformedProcedureStepStatus, step.PerformedLocation) == ("IN PROGRESS", "Room 1")
    (own,) = step.ScheduledStepAttributesSequence
    assert (own.StudyInstanceUID, own.ScheduledProcedureStepID) == ("1.2.3", "S1")
    folder = tmp_path / "acquired"
    folder.mkdir()
    (folder / "notes.txt").write_text("no image")
    for number in (1, 2):
        instance_file(folder / f"{number}.dcm", f"1.{number}")
    ended = ris.russet("complete", uid, folder, "-k", "PerformedProcedureStepDescription=Head")
    assert ended.returncode == ExitCode.OK, ended.stderr
    assert "0000H (Success" in ended.stderr
    over = ris.step(uid)
    assert over.PerformedProcedureStepStatus == "COMPLETED"
    assert over.PerformedProcedureStepDescription == "Head"
    (series,) = over.PerformedSeriesSequence
    referenced = [
        each.ReferencedSOPInstanceUID
        for keyword in ("ReferencedImageSequence", "ReferencedNonImageCompositeSOPInstanceSequence")
        for each in series[keyword].value
    ]
    assert referenced == ["1.1", "1.2"]


def test_a_step_that_nobody_scheduled_is_begun_by_keys_and_given_up(ris: Ris) -> None:
    ended = ris.russet("begin", *BARE, "AccessionNumber=A7", "PatientID=7", "--json")
    report = json.loads(ended.stdout)
    assert report["ok"] is True
    step = ris.step(report["sop_instance_uid"])
    assert (step.Modality, step.PatientID) == ("CT", "7")
    assert "AccessionNumber" not in step
    (own,) = step.ScheduledStepAttributesSequence
    assert own.AccessionNumber == "A7"
    uid = report["sop_instance_uid"]
    reason = ("--reason", "110513^DCM^Discontinued for unspecified reason")
    given_up = ris.russet("discontinue", uid, *reason, "--json")
    assert json.loads(given_up.stdout)["sop_instance_uid"] == uid
    over = ris.step(uid)
    assert over.PerformedProcedureStepStatus == "DISCONTINUED"
    (code,) = over.PerformedProcedureStepDiscontinuationReasonCodeSequence
    assert code.CodeValue == "110513"


def test_what_the_peer_refuses_is_said_with_the_attributes(ris: Ris) -> None:
    refused = ris.russet("begin", *BARE, "-k", "PerformedProcedureStepID")
    assert refused.returncode == ExitCode.FAILURE_STATUS
    assert "PerformedProcedureStepID" in refused.stderr
    unknown = ris.russet("discontinue", "1.2.3")
    assert unknown.returncode == ExitCode.FAILURE_STATUS
    assert "0112H" in unknown.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("begin", "-k", "Modality=CT"), "no StudyInstanceUID"),
        (("begin", "-k", "StudyInstanceUID=1.2"), "no Modality"),
        (("begin",), "keys or --item say what it is"),
        (("change", "1.2.3"), "what has changed?"),
        (("complete",), "which step?"),
        (("complete", "bad..uid", "file"), "'bad..uid' is no UID"),
        (("complete", "1.2.3"), "what was acquired?"),
        (("discontinue", "1.2.3", "--reason", "110513"), "value^scheme^meaning"),
    ],
)
def test_what_is_missing_on_the_command_line_is_asked_for(
    ris: Ris, words: tuple[str, ...], told: str
) -> None:
    ended = ris.russet(*words)
    assert (ended.returncode, told in ended.stderr) == (ExitCode.USAGE, True), ended.stderr


def test_files_that_are_no_instances_are_not_reported_as_acquired(ris: Ris, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no image")
    uid = ris.begin(*BARE)
    ended = ris.russet("complete", uid, tmp_path / "notes.txt")
    assert ended.returncode == ExitCode.INPUT
    assert "notes.txt" in ended.stderr
    assert ris.step(uid).PerformedProcedureStepStatus == "IN PROGRESS"


def test_what_is_missing_is_asked_for_before_anybody_is_called(port: int) -> None:
    command = [RUSSET, "mpps", "begin", "127.0.0.1", str(port)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=25)
    assert ended.returncode == ExitCode.USAGE
    assert "no StudyInstanceUID" in ended.stderr


def test_worklist_items_are_not_reported_as_acquired_but_named(
    ris: Ris, port: int, tmp_path: Path
) -> None:
    command = [RUSSET, "worklist", "127.0.0.1", str(ris.port), "-od", str(tmp_path)]
    subprocess.run(command, capture_output=True, check=True, timeout=25)
    (item,) = tmp_path.iterdir()
    command = [RUSSET, "mpps", "complete", "127.0.0.1", str(port), "1.2.3", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=25)
    assert ended.returncode == ExitCode.INPUT
    assert f"{item} is in no series" in ended.stderr
    assert "name the files of the instances that were acquired" in ended.stderr


def test_a_step_is_begun_by_an_item_in_json_and_changed(ris: Ris, tmp_path: Path) -> None:
    item = tmp_path / "item.json"
    item.write_text(scheduled().to_json(), encoding="utf-8")
    uid = ris.begin("--item", item)
    assert ris.step(uid).PatientName == "Müller^Änne"
    changed = ris.russet("change", uid, "PerformedProcedureStepDescription=Head")
    assert changed.returncode == ExitCode.OK, changed.stderr
    step = ris.step(uid)
    assert step.PerformedProcedureStepDescription == "Head"
    assert step.PerformedProcedureStepStatus == "IN PROGRESS"


@pytest.mark.parametrize("content", [None, "[", '{"00100010": 1}', "\xff"])
def test_an_item_that_cannot_be_read_is_named(
    content: str | None, port: int, tmp_path: Path
) -> None:
    item = tmp_path / "item.json"
    if content is not None:
        item.write_text(content, encoding="latin-1")
    command = [RUSSET, "mpps", "begin", "127.0.0.1", str(port), "--item", str(item)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=25)
    assert (ended.returncode, str(item) in ended.stderr) == (ExitCode.INPUT, True), ended.stderr
