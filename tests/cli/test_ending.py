"""What `--json` prints of a command that fails: one object, whatever ended it."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import russet
from russet.cli.exit_codes import ExitCode
from russet.net.serving import Receiver
from tests.support.processes import RUSSET, free_port


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Receiver]:
    def refuse(_: object) -> None:
        raise russet.errors.StatusError("who?", 0xA801)

    handlers = {"find": lambda _: (), "move": refuse, "commit": lambda _: ()}
    with russet.serve(0, handlers=handlers) as receiver:
        (tmp_path / "file").write_bytes(b"no folder, and not DICOM")
        (tmp_path / "empty").mkdir()
        yield receiver


def ended(*words: str, folder: Path, code: ExitCode) -> dict[str, object]:
    """The one object that a command prints, which ends with a code."""
    command = [RUSSET, *words, "--json"]
    finished = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=20, cwd=folder
    )
    assert finished.returncode == code, finished.stderr
    (line,) = finished.stdout.splitlines()
    found = json.loads(line)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("verb", "words", "code"),
    [
        ("find", ["-od", "file"], ExitCode.OUTPUT),
        ("worklist", ["-od", "file"], ExitCode.OUTPUT),
        ("get", ["StudyInstanceUID=1.2", "-od", "file"], ExitCode.OUTPUT),
        ("move", ["StudyInstanceUID=1.2", "--self", "-od", "file"], ExitCode.OUTPUT),
        ("commit", ["missing"], ExitCode.INPUT),
        ("commit", ["empty"], ExitCode.INPUT),
        ("commit", ["file"], ExitCode.INPUT),
        ("send", ["empty"], ExitCode.INPUT),
        ("mpps complete", ["1.2.3", "missing"], ExitCode.INPUT),
        ("mpps begin", ["--item", "missing"], ExitCode.INPUT),
        ("echo", ["--tls-ca", "file"], ExitCode.INPUT),
        ("doctor", ["--tls-cert", "file", "--tls-key", "file"], ExitCode.INPUT),
    ],
)
def test_what_fails_on_this_side_is_an_object_too(
    verb: str, words: list[str], code: ExitCode, peer: Receiver, tmp_path: Path
) -> None:
    whom = ["localhost", str(peer.port)]
    found = ended(*verb.split(), *whom, *words, folder=tmp_path, code=code)
    assert found["peer"] == f"ANY-SCP@localhost:{peer.port}"
    assert found["ok"] is False
    if verb != "doctor":
        assert any(word in str(found["error"]) for word in ("file", "missing", "nothing to"))


@pytest.mark.parametrize("verb", ["echo", "find", "worklist"])
def test_a_peer_that_is_not_there_is_one_object(verb: str, tmp_path: Path) -> None:
    words = (verb, "localhost", str(free_port()))
    found = ended(*words, folder=tmp_path, code=ExitCode.CANNOT_CONNECT)
    assert found["ok"] is False
    assert "nothing listens" in str(found["error"])


def test_a_file_that_cannot_be_sent_has_its_line(peer: Receiver, tmp_path: Path) -> None:
    for name in ("missing", "file"):
        words = ("send", "localhost", str(peer.port), name)
        found = ended(*words, folder=tmp_path, code=ExitCode.INPUT)
        assert (found["path"], found["ok"]) == (name, False)
        assert found["reason"]


def test_a_refused_retrieval_counts_none_and_says_the_error(peer: Receiver, tmp_path: Path) -> None:
    words = ("move", "localhost", str(peer.port), "StudyInstanceUID=1.2", "-aem", "NOWHERE")
    found = ended(*words, folder=tmp_path, code=ExitCode.FAILURE_STATUS)
    assert (found["completed"], found["failed"], found["warning"]) == (0, 0, 0)
    assert "move destination unknown" in str(found["error"])


def test_a_commitment_says_the_error_where_it_is_not_what_was_asked_for(
    peer: Receiver, tmp_path: Path
) -> None:
    instance = russet.Dataset(SOPClassUID="1.2.840.10008.5.1.4.1.1.2", SOPInstanceUID="1.2.3")
    instance.save_as(tmp_path / "1.dcm")
    words = ("commit", "localhost", str(peer.port), "1.dcm")
    asked = ended(*words, "--wait", "0", folder=tmp_path, code=ExitCode.OK)
    assert (asked["ok"], asked["reported"], "error" in asked) == (True, False, False)
    waited = ended(*words, folder=tmp_path, code=ExitCode.FAILURE_STATUS)
    assert (waited["ok"], waited["reported"]) == (False, True)
    assert "does not hold 1 of the instances" in str(waited["error"])


def test_how_a_command_is_called_wrongly_is_told_to_people_alone(
    peer: Receiver, tmp_path: Path
) -> None:
    command = [RUSSET, "find", "localhost", str(peer.port), "Rows=x", "--json"]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    assert finished.returncode == ExitCode.USAGE
    assert finished.stdout == ""
