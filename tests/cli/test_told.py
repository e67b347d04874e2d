"""What commands that ask a peer tell at their end: what was skipped, interrupted, or not there."""

import json
import logging
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import russet
from russet.association.effects import Destination
from russet.cli.exit_codes import ExitCode
from russet.cli.logs import send_to_stderr
from russet.errors import StatusError
from tests.net.test_serving import instance_file
from tests.support.processes import RUSSET, free_port

PATIENCE = 20.0


def command(verb: str, port: int, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    words = [RUSSET, verb, "127.0.0.1", str(port), *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=PATIENCE)


def interrupted(reached: threading.Event, *words: object) -> tuple[int, str, str]:
    """Run a command, and interrupt it when its peer has `reached` what it waits at."""
    process = subprocess.Popen(
        [RUSSET, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert reached.wait(PATIENCE)
    process.send_signal(signal.SIGINT)
    printed, said = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in said
    return process.returncode, printed, said


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "ct"
    found.mkdir()
    for number in (1, 2, 3):
        instance_file(found / f"{number}.dcm", f"1.{number}")
    return found


@pytest.fixture
def held() -> Iterator[threading.Event]:
    """Lets a handler go on at the end of a test."""
    event = threading.Event()
    yield event
    event.set()


def test_send_names_what_it_passes_over(folder: Path) -> None:
    (folder / "notes.txt").write_text("no image")
    with russet.serve(0, handlers={"store": lambda _: None}) as receiver:
        quiet = command("send", receiver.port, folder)
        told = command("send", receiver.port, folder, "-v", "--json")
        instance = folder / "3.dcm"
        instance.write_bytes(instance.read_bytes()[:132] + b"\x08\x00\x60\x00CS\x02\x00CT")
        both = command("send", receiver.port, folder)
    assert "sent 3  warned 0  failed 0  skipped 1 not DICOM" in quiet.stderr
    assert f"{folder / 'notes.txt'}: skipped: not DICOM: " in told.stderr
    skipped, *sent = map(json.loads, told.stdout.splitlines())
    assert (skipped["path"], skipped["skipped"]) == (str(folder / "notes.txt"), True)
    assert skipped["reason"].startswith("not DICOM: ")
    assert [each["ok"] for each in sent] == [True] * 3
    assert "skipped 2 not instances" in both.stderr


def test_an_interrupted_send_says_what_was_sent(folder: Path, held: threading.Event) -> None:
    reached, uids = threading.Event(), []

    def store(instance: russet.Instance) -> None:
        uids.append(instance.sop_instance_uid)
        if len(uids) == 2:
            reached.set()
            held.wait(PATIENCE)

    with russet.serve(0, handlers={"store": store}) as receiver:
        words = ("send", "127.0.0.1", receiver.port, folder, "--window", "1", "--json")
        code, printed, said = interrupted(reached, *words)
        held.set()
    assert code == ExitCode.INTERRUPTED
    assert "sent 1  warned 0  failed 0" in said
    first, *rest = map(json.loads, printed.splitlines())
    assert first["ok"]
    assert [each["reason"] for each in rest] == ["interrupted"] * 2


def test_an_interrupted_get_says_what_came(
    folder: Path, tmp_path: Path, held: threading.Event
) -> None:
    reached = threading.Event()

    def get(_: Any) -> Iterator[Path]:
        yield folder / "1.dcm"
        reached.set()
        held.wait(PATIENCE)
        yield folder / "2.dcm"

    with russet.serve(0, handlers={"get": get}) as receiver:
        words = ("get", "127.0.0.1", receiver.port, "StudyInstanceUID=1.2", "-od", tmp_path)
        code, printed, said = interrupted(reached, *words, "--json")
        held.set()
    assert code == ExitCode.INTERRUPTED
    assert "      got " in said
    assert json.loads(printed)["error"] == "interrupted"


@pytest.mark.parametrize("listen", [(), ("--listen", "0")], ids=["waiting", "listening"])
def test_an_interrupted_commit_tells_its_transaction_uid(
    folder: Path, held: threading.Event, listen: tuple[str, ...]
) -> None:
    reached, transactions = threading.Event(), []

    def commit(request: Any) -> list[str]:
        transactions.append(request.transaction_uid)
        reached.set()
        held.wait(PATIENCE)
        return []

    with russet.serve(0, handlers={"commit": commit}) as receiver:
        words = ("commit", "127.0.0.1", receiver.port, folder, *listen, "--json")
        code, printed, said = interrupted(reached, *words)
        held.set()
    assert code == ExitCode.INTERRUPTED
    assert f"may still report on Transaction UID {transactions[0]}" in said
    assert json.loads(printed)["transaction_uid"] == transactions[0]


def test_a_retrieval_that_brings_nothing_ends_with_20_and_leaves_no_folder(tmp_path: Path) -> None:
    handlers: dict[str, Any] = {"get": lambda _: [], "move": lambda _: []}
    where = {"WS": Destination("127.0.0.1", free_port(), "WS")}
    with russet.serve(0, handlers=handlers, destinations=where) as receiver:
        asked = ("StudyInstanceUID=1.2", "--json")
        got = command("get", receiver.port, *asked, "-od", tmp_path / "got")
        moved = command("move", receiver.port, *asked, "-aem", "WS")
        here = command(
            "move",
            receiver.port,
            *asked,
            "--self",
            "+P",
            "0",
            "-aem",
            "WS",
            "-od",
            tmp_path / "here",
        )
    for ended in (got, moved, here):
        assert ended.returncode == ExitCode.INPUT, ended.stderr
        assert "nothing matches" in ended.stderr
        said = json.loads(ended.stdout)
        assert (said["ok"], said["status"], said["error"]) == (False, "0000", "nothing matches")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("PatientID=1", "has to name StudyInstanceUID; all of a patient is had by --model patient"),
        ("SOPInstanceUID=1.2.3", "an instance by its UID alone is had by --model composite"),
    ],
)
def test_a_retrieval_that_lacks_a_key_names_the_model_that_does_without(
    key: str, hint: str, tmp_path: Path
) -> None:
    def refuse(_: Any) -> list[Path]:
        raise StatusError("this query needs one StudyInstanceUID", 0xA900)

    with russet.serve(0, handlers={"get": refuse, "move": refuse}) as receiver:
        got = command("get", receiver.port, key, "-od", tmp_path)
        moved = command("move", receiver.port, key, "-aem", "WS")
    assert hint in got.stderr
    assert hint in moved.stderr


def test_a_context_may_be_named_for_what_the_peer_does_not_tell(
    folder: Path, tmp_path: Path
) -> None:
    private = instance_file(tmp_path / "private.dcm", "1.9", "1.2.3.4.5")
    with russet.serve(0, handlers={"get": lambda _: [private]}) as receiver:
        words = ("StudyInstanceUID=1.2.3.2", "-od", tmp_path / "out")
        named = command("get", receiver.port, *words, "--context", "1.2.3.4.5=1.2.840.10008.1.2.1")
        wrong = command("get", receiver.port, *words, "--context", "CT")
    assert named.returncode == ExitCode.OK, named.stderr
    assert "got 1  failed 0" in named.stderr
    assert wrong.returncode == ExitCode.USAGE
    assert "--context takes CLASS=SYNTAX,... by UIDs: 'CT' is none" in wrong.stderr


def test_move_to_self_says_where_it_listens(tmp_path: Path) -> None:
    port = free_port()
    with russet.serve(0, handlers={"move": lambda _: []}) as receiver:
        words = ("StudyInstanceUID=1.2", "--self", "+P", str(port), "-aet", "ME")
        ended = command("move", receiver.port, *words, "-od", tmp_path)
    assert f"listening on port {port} as ME; +P PORT for another" in ended.stderr


def test_an_interrupt_while_it_is_loaded_leaves_no_traceback() -> None:
    program = """
import sys
class Interrupted:
    def find_spec(self, name, *_):
        if name == "russet.cli":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupted())
from russet.__main__ import main
main()
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (ExitCode.INTERRUPTED, "interrupted\n")


def test_a_line_about_what_goes_well_has_an_end(capsys: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger("russet")
    before = list(logger.handlers), logger.level
    try:
        send_to_stderr(logging.INFO)
        logger.info("x" * 10_000)
        logger.warning("y" * 10_000)
    finally:
        logger.handlers, logger.level = before
    fine, wrong = capsys.readouterr().err.splitlines()
    assert len(fine) < 500
    assert len(wrong) > 10_000


def test_get_keeps_another_file_of_the_same_name(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ("StudyInstanceUID=1.2.3.2", "-od", out)
    with russet.serve(0, handlers={"get": lambda _: [folder / "1.dcm"]}) as receiver:
        assert command("get", receiver.port, *words).returncode == ExitCode.OK
        assert command("get", receiver.port, *words).returncode == ExitCode.OK
        (first,) = out.iterdir()
        first.write_bytes(b"something of somebody")
        again = command("get", receiver.port, *words)
    assert f"the UID of {first}, which it differs from, is kept beside it" in again.stderr
    assert first.read_bytes() == b"something of somebody"
    (beside,) = set(out.iterdir()) - {first}
    assert russet.dcmread(beside).SOPInstanceUID == "1.1"


def test_find_gives_an_object_of_what_fails() -> None:
    port = free_port()
    ended = command("find", port, "PatientName", "--json")
    assert ended.returncode == ExitCode.CANNOT_CONNECT
    said = json.loads(ended.stdout)
    assert (said["peer"], said["ok"]) == (f"ANY-SCP@127.0.0.1:{port}", False)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("verb", ["dump", "json", "scan"])
def test_a_full_output_is_named(verb: str, folder: Path) -> None:
    words = [RUSSET, verb, str(folder / "1.dcm")]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ended.returncode == ExitCode.OUTPUT
    assert ended.stderr == "russet: standard output: No space left on device\n"
