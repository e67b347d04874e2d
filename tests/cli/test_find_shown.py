"""How `russet find` and `worklist` ask and show: character sets, columns, UIDs kept whole."""

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

import russet
from russet.cli.exit_codes import ExitCode
from russet.cli.matches import DEFAULT_KEYS, Shown
from russet.data.matching import select
from russet.net.serving import Receiver
from russet.services.query import FindRequest
from tests.support.bodies import Body
from tests.support.processes import RUSSET

UID = "1.2.840.113619.2.55.3.604688119.971.1234567890.{}.12345678901"
STUDIES = [
    russet.Dataset(
        SpecificCharacterSet="ISO_IR 192",
        PatientName=name,
        PatientID=str(number),
        StudyInstanceUID=UID.format(number),
        SeriesInstanceUID=UID.format(number + 10),
        Modality="CT",
    )
    for number, name in enumerate(("Müller^Jörg", "DOE^JANE"))
]


@pytest.fixture
def asked() -> list[russet.Dataset]:
    return []


@pytest.fixture
def archive(asked: list[russet.Dataset]) -> Iterator[Receiver]:
    def find(request: FindRequest) -> Iterator[russet.Dataset]:
        asked.append(request.identifier)
        return select(request.identifier, STUDIES)

    with russet.serve(0, handlers={"find": find, "worklist": find}) as receiver:
        yield receiver


def command(verb: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [RUSSET, verb, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)


@pytest.mark.parametrize("verb", ["find", "worklist"])
def test_keys_that_are_not_ascii_are_asked_in_utf_8(
    verb: str, archive: Receiver, asked: list[russet.Dataset]
) -> None:
    ended = command(verb, "localhost", str(archive.port), "PatientName=müller*", "PatientID")
    assert ended.returncode == ExitCode.OK, ended.stderr
    assert asked[0].SpecificCharacterSet == "ISO_IR 192"
    assert asked[0].PatientName == "müller*"
    assert "SpecificCharacterSet" not in ended.stdout


def test_only_keys_that_need_it_name_a_character_set(body: Body) -> None:
    asked = []

    def find(request: FindRequest) -> list[russet.Dataset]:
        asked.append(request.identifier.get("SpecificCharacterSet"))
        return []

    with body.serve(handlers={"find": find}) as receiver, body.connect(receiver.port) as client:
        for name, charset in (("MULLER", None), ("Müller", None), ("Müller", "ISO_IR 100")):
            keys = {} if charset is None else {"SpecificCharacterSet": charset}
            assert list(client.find(PatientName=name, **keys)) == []
    assert asked == [None, "ISO_IR 192", "ISO_IR 100"]


def test_columns_are_in_the_order_that_they_were_asked_in(archive: Receiver) -> None:
    keys = ("StudyInstanceUID", "0010,0020=1", "-k", "PatientName")
    ended = command("find", "localhost", str(archive.port), *keys)
    heading, row = ended.stdout.splitlines()
    assert heading.split("\t") == ["StudyInstanceUID", "PatientID", "PatientName"]
    assert row.split("\t") == [UID.format(1), "1", "DOE^JANE"]


def test_a_relational_query_says_what_its_matches_are_of(archive: Receiver) -> None:
    keys = ("Modality=CT", "PatientName", "--level", "series", "--relational")
    ended = command("find", "localhost", str(archive.port), *keys)
    assert ended.stdout.splitlines()[0].split("\t") == [
        *("Modality", "PatientName", "SeriesInstanceUID", "StudyInstanceUID"),
    ]


@pytest.mark.parametrize("level", ["study", "series"])
def test_what_a_match_is_of_is_always_asked_for(
    level: str, archive: Receiver, asked: list[russet.Dataset]
) -> None:
    ended = command("find", "localhost", str(archive.port), "PatientName", "--level", level)
    assert ended.returncode == ExitCode.OK, ended.stderr
    assert asked[0]["StudyInstanceUID"].length == 0
    assert ("SeriesInstanceUID" in asked[0]) == (level == "series")
    assert UID.format(0) in ended.stdout


@pytest.mark.parametrize("columns", [80, 200])
def test_a_terminal_shows_each_uid_whole(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    paths = ["PatientName", "StudyInstanceUID", "SeriesInstanceUID"]
    Shown(paths, as_json=False, extract=None).show(STUDIES)
    shown = capsys.readouterr().out
    for study in STUDIES:
        assert study.StudyInstanceUID in shown
        assert study.SeriesInstanceUID in shown
    assert max(map(len, shown.splitlines())) <= columns
    assert ("PatientName        Müller^Jörg\n" in shown) == (columns == 80)


def test_no_width_of_a_terminal_cuts_anything(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    study = russet.Dataset(
        PatientName="CompressedSamples^RG2",
        PatientID="10RG2",
        StudyDate="20040826",
        ModalitiesInStudy="CR",
        StudyDescription="HIP JOINT",
        NumberOfStudyRelatedSeries="1",
        NumberOfStudyRelatedInstances="3",
        StudyInstanceUID=STUDIES[0].StudyInstanceUID,
    )
    for columns in range(60, 200):
        monkeypatch.setenv("COLUMNS", str(columns))
        Shown(DEFAULT_KEYS["STUDY"].split(), as_json=False, extract=None).show([study])
        shown = re.sub(r"\x1b\[\d*m", "", capsys.readouterr().out)
        assert study.StudyInstanceUID in shown, columns
        if len(shown.splitlines()) == 2:
            assert max(map(len, shown.splitlines())) <= columns
            assert "CompressedSamples^RG2" in shown


@pytest.mark.parametrize("words", [("ARCHIVE@localhost", "{}"), ("ARCHIVE@localhost:{}",)])
def test_a_title_before_the_host_counts_also_when_the_port_is_a_word(
    words: tuple[str, ...],
) -> None:
    with russet.serve(0) as receiver:
        peer = [word.format(receiver.port) for word in words]
        same = command("echo", *peer, "-aec", "ARCHIVE")
        other = command("echo", *peer, "-aec", "ANY-SCP")
    assert same.returncode == ExitCode.OK, same.stderr
    assert "ARCHIVE@localhost" in same.stdout
    assert other.returncode == ExitCode.USAGE
    assert "the peer is ARCHIVE before the @, and ANY-SCP by -aec: which?" in other.stderr
