"""Keys on a command line: what may be one, and in what words another is refused."""

import datetime

import click
import pytest
from click.testing import CliRunner

import russet
from russet.cli import russet as command
from russet.cli.exit_codes import ExitCode
from russet.cli.keys import query
from russet.errors import EncodeError
from russet.services.query import FindRequest
from tests.support.bodies import Body

BINARY = (
    *("EncapsulatedDocument", "FrameIncrementPointer", "PixelData", "SelectorODValue"),
    *("FloatPixelData", "SelectorUNValue", "SelectorOVValue", "Rows", "SmallestImagePixelValue"),
)


@pytest.mark.parametrize("key", [*BINARY, "OtherPatientIDsSequence"])
def test_an_attribute_of_any_vr_can_be_asked_for(key: str) -> None:
    assert len(query([key])[key].raw) == query([key])[key].length
    assert query([key]).tags() == [russet.Dataset({key: None})[key].tag]


@pytest.mark.parametrize("key", BINARY)
def test_an_empty_text_asks_for_an_attribute_of_any_vr_in_python_too(key: str, body: Body) -> None:
    asked: list[russet.Dataset] = []

    def find(request: FindRequest) -> list[russet.Dataset]:
        asked.append(request.identifier)
        return []

    with body.serve(handlers={"find": find}) as peer, body.connect(peer.port) as client:
        assert list(client.find(level="STUDY", **{key: ""})) == []
    assert asked[0][key].length == 0


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("PixelData=1", "nothing is found by bytes (OW); without a value it is asked for"),
        ("Rows=abc", "US takes whole numbers, not 'abc'"),
        ("Rows=1-5", "US takes whole numbers, not '1-5'"),
        ("Rows=70000", "US takes 0 to 65535, not 70000"),
        ("SelectorFDValue=a", "FD takes numbers, not 'a'"),
        ("FrameIncrementPointer=a", "AT takes tags and keywords, not 'a'"),
        ("OtherPatientIDsSequence=1", "OtherPatientIDsSequence.KEYWORD=VALUE"),
        ("00091001", "(0009,1001) is not in the data dictionary"),
        ("", "it names no attribute"),
        (" ", "it names no attribute"),
        ("=CT", "it names no attribute"),
        ("StudyDate=tuesday", "DA takes YYYYMMDD"),
    ],
)
def test_what_is_no_key_is_a_usage_error_in_plain_words(key: str, why: str) -> None:
    ended = CliRunner().invoke(command, ["find", "localhost", "104", key])
    assert ended.exit_code in (ExitCode.USAGE, click.UsageError.exit_code)
    assert f"{key!r} is no key: " in ended.stderr
    assert why in ended.stderr
    assert "ds.add" not in ended.stderr


def test_a_value_that_a_vr_does_not_take_is_an_encode_error() -> None:
    for keyword, value in (("PixelData", "1"), ("Rows", "abc"), ("FrameIncrementPointer", "a")):
        with pytest.raises(EncodeError, match="takes numbers, not str"):
            russet.Dataset({keyword: value})


def test_numbers_and_tags_are_read_as_their_vr_has_them() -> None:
    keys = query(["Rows=512", "SmallestImagePixelValue=3", "FrameIncrementPointer=FrameTime"])
    assert (keys.Rows, keys.SmallestImagePixelValue) == (512, 3)
    assert bytes(keys["FrameIncrementPointer"].raw) == b"\x18\x00\x63\x10"


def test_today_is_a_date_of_every_key_and_in_ranges() -> None:
    days = {f"{datetime.datetime.now().astimezone():%Y%m%d}"}
    found = query(["StudyDate=today", "PatientBirthDate=20260101-today", "PatientID=today"])
    days.add(f"{datetime.datetime.now().astimezone():%Y%m%d}")  # It may have become midnight.
    assert found.StudyDate in days
    assert found.PatientBirthDate in {f"20260101-{day}" for day in days}
    assert found.PatientID == "today"


def test_the_help_has_the_whole_first_sentence_of_every_verb() -> None:
    shown = CliRunner().invoke(command, ["--help"], terminal_width=80).stdout
    assert "..." not in shown.partition("Commands:")[2]
    assert "and what to try." in " ".join(shown.split())
