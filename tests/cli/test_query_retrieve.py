"""`russet find`, `worklist`, `get` and `move`, as a user runs them against a real server."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import russet
from russet.association import Policy
from russet.association.effects import Destination
from russet.cli.exit_codes import ExitCode
from russet.data.matching import select
from russet.errors import StatusError
from russet.net.report import AssociationReport
from russet.net.serving import Receiver
from russet.services.query import FindRequest
from tests.net.test_serving import instance_file
from tests.support.processes import RUSSET, free_port

STUDIES = [
    russet.Dataset(
        PatientName=name,
        PatientID=str(number),
        StudyInstanceUID=f"1.2.{number}",
        StudyDate=f"202611{number:02}",
        ModalitiesInStudy=["CT", "SR"],
        NumberOfStudyRelatedInstances="12",
    )
    for number, name in enumerate(("DOE^JANE", "DOE^JOHN", "ROE^RICHARD"), 1)
]
STEP = russet.Dataset(
    ScheduledProcedureStepStartDate="20261128",
    ScheduledProcedureStepStartTime="0900",
    Modality="CT",
    ScheduledStationAETitle="CT1",
    ScheduledProcedureStepID="S1",
)
ITEM = russet.Dataset(PatientName="DOE^JANE", PatientID="1", ScheduledProcedureStepSequence=[STEP])


def russet_command(
    verb: str, port: int, *arguments: str | Path
) -> subprocess.CompletedProcess[str]:
    command = [RUSSET, verb, "127.0.0.1", str(port), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)


@pytest.fixture
def images(tmp_path: Path) -> list[Path]:
    return [instance_file(tmp_path / f"{number}.dcm", f"1.{number}") for number in range(1, 6)]


@pytest.fixture
def archive(images: list[Path]) -> Iterator[Receiver]:
    def find(request: FindRequest) -> Iterator[russet.Dataset]:
        return select(request.identifier, STUDIES)

    def worklist(request: FindRequest) -> Iterator[russet.Dataset]:
        return select(request.identifier, [ITEM])

    handlers: dict[str, Callable[..., Any]] = {
        "find": find,
        "worklist": worklist,
        "get": lambda _: images,
    }
    with russet.serve(0, handlers=handlers) as receiver:
        yield receiver


def test_find_asks_for_the_usual_attributes_and_shows_them_by_columns(archive: Receiver) -> None:
    ended = russet_command("find", archive.port, "PatientName=DOE*", "--level", "study")
    assert ended.returncode == ExitCode.OK, ended.stderr
    heading, *lines = (line.split("\t") for line in ended.stdout.splitlines())
    assert heading[:3] == ["PatientName", "PatientID", "StudyDate"]
    assert "NumberOfStudyRelatedInstances" in heading
    rows = [dict(zip(heading, line, strict=True)) for line in lines]
    assert [row["PatientName"] for row in rows] == ["DOE^JANE", "DOE^JOHN"]
    assert rows[0]["ModalitiesInStudy"] == "CT\\SR"
    assert "2 matches" in ended.stderr


def test_find_prints_dicom_json_of_what_was_asked_for(archive: Receiver) -> None:
    ended = russet_command("find", archive.port, "-k", "PatientID", "StudyDate=20261102-", "--json")
    found = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [each["00100020"]["Value"] for each in found] == [["2"], ["3"]]
    assert all("00100010" not in each for each in found)


def test_find_stops_when_it_has_enough(archive: Receiver, tmp_path: Path) -> None:
    ended = russet_command(
        "find", archive.port, "PatientName", "--cancel", "1", "-od", tmp_path / "out", "-q"
    )
    assert len(ended.stdout.splitlines()) == 2
    assert ended.stderr == ""
    (extracted,) = (tmp_path / "out").iterdir()
    assert russet.dcmread(extracted).PatientName == "DOE^JANE"


@pytest.mark.parametrize("refused", [True, False], ids=["refused", "no match"])
def test_find_says_which_key_a_query_below_the_top_lacks(*, refused: bool) -> None:
    """Some peers refuse it, others find nothing."""

    def find(_: FindRequest) -> list[russet.Dataset]:
        if refused:
            raise StatusError("level IMAGE needs one StudyInstanceUID", 0xA900)
        return []

    with russet.serve(0, handlers={"find": find}) as archive:
        asked = ("StudyInstanceUID=1.2", "--level", "image")
        ended = russet_command("find", archive.port, *asked)
        agreed = russet_command("find", archive.port, *asked, "--relational")
        whole = russet_command("find", archive.port, *asked, "SeriesInstanceUID=1.3")
    assert ended.returncode == (ExitCode.FAILURE_STATUS if refused else ExitCode.OK)
    assert "a query at level IMAGE has to name SeriesInstanceUID, or needs" in ended.stderr
    assert "the peer does not agree to --relational" in agreed.stderr
    assert "has to name" not in whole.stderr


@pytest.mark.parametrize("key", ["NoSuchThing=1", "StudyDate=yesterday", "0010,0010,0020"])
def test_find_says_which_key_is_none(archive: Receiver, key: str) -> None:
    ended = russet_command("find", archive.port, key)
    assert ended.returncode == ExitCode.USAGE
    assert key in ended.stderr
    assert "Traceback" not in ended.stderr


def test_worklist_looks_into_the_step(archive: Receiver) -> None:
    ended = russet_command("worklist", archive.port, "--modality", "CT", "--date", "20261128")
    assert ended.returncode == ExitCode.OK, ended.stderr
    heading, row = (line.split("\t") for line in ended.stdout.splitlines())
    shown = dict(zip(heading, row, strict=True))
    assert shown["PatientName"] == "DOE^JANE"
    assert shown["ScheduledProcedureStepSequence.ScheduledStationAETitle"] == "CT1"
    assert russet_command("worklist", archive.port, "--modality", "MR").stdout == ""


@pytest.mark.parametrize("date", ["2020", "20201301", "2020-01-01", "tomorrow"])
def test_worklist_says_what_a_date_looks_like(archive: Receiver, date: str) -> None:
    ended = russet_command("worklist", archive.port, "--date", date)
    assert ended.returncode == ExitCode.USAGE
    assert f"--date takes YYYYMMDD, a range such as 20261101-20261130, or today, not {date!r}" in (
        ended.stderr
    )
    assert ("that year is 20200101-20201231" in ended.stderr) == (date == "2020")


def test_get_brings_files_byte_for_byte(
    archive: Receiver, images: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    ended = russet_command("get", archive.port, "StudyInstanceUID=1.2.3.2", "-od", out, "--json")
    assert ended.returncode == ExitCode.OK, ended.stderr
    assert json.loads(ended.stdout)["completed"] == 5
    for image in images:
        sent = russet.dcmread(image)
        got = russet.dcmread(out / f"{sent.SOPInstanceUID}.dcm")
        assert bytes(got.encode()) == bytes(sent.encode())


def test_get_says_why_each_instance_that_it_could_not_fetch_is_not_here(
    images: list[Path], tmp_path: Path
) -> None:
    images.append(instance_file(tmp_path / "private.dcm", "1.9", "1.2.3.4.5"))
    with russet.serve(0, handlers={"get": lambda _: images}) as archive:
        ended = russet_command("get", archive.port, "StudyInstanceUID=1.2.3.2", "-od", tmp_path)
    assert ended.returncode == ExitCode.SOME_FAILED
    comment = "no accepted presentation context for 1.2.3.4.5 in Explicit VR..."
    assert f"failed: 1.9: the peer comments {comment!r}; it did not send it in " in ended.stderr
    assert "got 5  failed 1" in ended.stderr


@pytest.mark.parametrize("key", [(), ("SimpleFrameList=1",)])
def test_get_of_a_composite_instance_is_of_the_image_unless_frames_are_named(
    images: list[Path], tmp_path: Path, key: tuple[str, ...]
) -> None:
    levels: list[str] = []

    def get(request: Any) -> list[Path]:
        levels.append(request.identifier.QueryRetrieveLevel)
        return images[:1]

    with russet.serve(0, handlers={"get": get}) as archive:
        asked = ("--model", "composite", "SOPInstanceUID=1.1", *key)
        russet_command("get", archive.port, *asked, "-od", tmp_path / "out")
    assert levels == ["FRAME" if key else "IMAGE"]


@pytest.mark.parametrize(
    "words",
    [
        ("find", "PatientName"),
        ("worklist",),
        ("get", "StudyInstanceUID=1.2"),
        ("move", "StudyInstanceUID=1.2", "--self", "+P", "0"),
    ],
    ids=lambda words: words[0],
)
def test_a_folder_that_cannot_be_written_into_ends_with_the_code_of_output(
    archive: Receiver, tmp_path: Path, words: tuple[str, ...]
) -> None:
    file = tmp_path / "file"
    file.write_text("no folder")
    for folder in (file, file / "below", tmp_path / ("x" * 300)):
        ended = russet_command(words[0], archive.port, *words[1:], "-od", folder)
        assert ended.returncode == ExitCode.OUTPUT, ended.stderr
        assert f"cannot write into {folder}: " in ended.stderr


def test_find_takes_the_models_of_findscu(archive: Receiver) -> None:
    step = "ScheduledProcedureStepSequence.Modality"
    found = russet_command("find", archive.port, "-W", "-k", "PatientName", "-k", f"{step}=CT")
    assert "DOE^JANE" in found.stdout, found.stderr


def test_move_to_self_takes_what_it_asked_for(images: list[Path], tmp_path: Path) -> None:
    port, out = free_port(), tmp_path / "out"
    where = {"ME": Destination("127.0.0.1", port, "ME")}
    with russet.serve(0, handlers={"move": lambda _: images}, destinations=where) as archive:
        ended = russet_command(
            "move", archive.port, "StudyInstanceUID=1.2.3.2", "--self", "-aet", "ME",
            "+P", str(port), "-od", out,
        )  # fmt: skip
    assert ended.returncode == ExitCode.OK, ended.stderr
    assert "moved 5  failed 0" in ended.stderr
    assert len(list(out.iterdir())) == 5


def test_move_takes_one_association_and_says_when_nothing_came_here(
    images: list[Path], tmp_path: Path
) -> None:
    reports: list[AssociationReport] = []
    with russet.serve(0, handlers={"store": lambda _: 0}) as elsewhere:
        where = {"OTHER": Destination("127.0.0.1", elsewhere.port, "OTHER")}
        handlers = {"move": lambda _: images}
        with russet.serve(
            0, handlers=handlers, destinations=where, on_association=reports.append
        ) as archive:
            ended = russet_command(
                "move", archive.port, "StudyInstanceUID=1.2", "--self", "+P", "0",
                "-aem", "OTHER", "-aet", "ME", "-od", tmp_path,
            )  # fmt: skip
    assert ended.returncode == ExitCode.OK
    assert "OTHER (-aem) is not our own AE title ME (-aet)" in ended.stderr
    assert "nothing came here: the peer has another place for OTHER than (OTHER, " in ended.stderr
    assert [each.operations for each in reports] == [{"C-MOVE": 1}]


def test_move_to_somebody_else_needs_no_folder(images: list[Path], tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with russet.serve(0, handlers={"store": lambda _: None}) as elsewhere:
        where = {"THERE": Destination("127.0.0.1", elsewhere.port, "THERE")}
        with russet.serve(0, handlers={"move": lambda _: images}, destinations=where) as archive:
            ended = russet_command(
                "move", archive.port, "StudyInstanceUID=1.2", "-aem", "THERE", "-od", file
            )
    assert ended.returncode == 0, ended.stderr


def test_move_explains_a_destination_that_the_peer_does_not_know(images: list[Path]) -> None:
    with russet.serve(0, handlers={"move": lambda _: images}) as archive:
        ended = russet_command("move", archive.port, "StudyInstanceUID=1.2", "-aem", "NOWHERE")
    assert ended.returncode == ExitCode.FAILURE_STATUS
    assert "A801" in ended.stderr
    assert "(NOWHERE, its address, its port)" in ended.stderr
    for place in ("HostTable of dcmqrscp.cfg", "DicomModalities in Orthanc", "peers.toml"):
        assert place in ended.stderr
    assert "russet get" in ended.stderr


def test_what_fails_ends_with_the_code_that_says_so(images: list[Path], tmp_path: Path) -> None:
    def refuse(_: FindRequest) -> list[russet.Dataset]:
        raise StatusError("the database is away", 0xA700)

    with russet.serve(0, handlers={"find": refuse}) as archive:
        refused = russet_command("find", archive.port, "PatientName")
        unserved = russet_command("get", archive.port, "StudyInstanceUID=1.2", "-od", tmp_path)
    gone = russet_command("find", archive.port, "PatientName")
    assert refused.returncode == ExitCode.FAILURE_STATUS
    assert "the database is away" in refused.stderr
    assert unserved.returncode == ExitCode.NO_CONTEXT
    assert (gone.returncode, gone.stdout) == (ExitCode.CANNOT_CONNECT, "")
    policy = Policy(rows=())
    with russet.serve(0, handlers={"find": refuse}, policy=policy) as archive:
        rejected = russet_command("find", archive.port, "PatientName")
    assert rejected.returncode == ExitCode.REJECTED
