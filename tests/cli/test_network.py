"""What every command that calls a peer takes, whichever it is."""

import json
import re
import signal
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

import russet
from russet.association.identity import Claim, Verified
from russet.cli import russet as command_line
from russet.cli.exit_codes import ExitCode
from russet.codec import Identity
from tests.net.test_serving import instance_file
from tests.support.processes import RUSSET, free_port

CALLING = [
    ["commit"],
    ["echo"],
    ["find"],
    ["get"],
    ["move"],
    ["mpps", "begin"],
    ["mpps", "complete"],
    ["mpps", "discontinue"],
    ["send"],
    ["worklist"],
]
OPTIONS = [
    "-aet",
    "-aec",
    "-to",
    "-ta",
    "-td",
    "-pdu",
    "--window",
    "--tls",
    "--tls-ca",
    "-usr",
    "-q",
    "-v",
    "-d",
    "--aetitle",
    "--call",
]


@pytest.mark.parametrize("words", CALLING, ids=" ".join)
def test_every_command_that_calls_has_the_same_options(words: list[str]) -> None:
    ended = CliRunner().invoke(command_line, [*words, "--help"])
    assert ended.exit_code == 0
    listed = ended.output.replace(",", " ").split()
    assert [option for option in OPTIONS if option not in listed] == []


def test_echo_and_send_name_their_user_and_keep_what_they_had(tmp_path: Path) -> None:
    users: list[str] = []

    def verify(identity: Identity, _: Claim) -> Verified:
        users.append(identity.primary.decode())
        return Verified()

    image = instance_file(tmp_path / "image.dcm")
    policy = russet.Policy(check_called=False, verifier=verify)
    with russet.serve(0, policy=policy, handlers={"store": lambda _: None}) as receiver:
        where = ["127.0.0.1", str(receiver.port)]
        echoed = _run("echo", *where, "-usr", "eva", "-n", "2", "--json", "-to", "5")
        quiet = _run("echo", *where, "-usr", "eve", "-q", "-xi")
        sent = _run("send", *where, str(image), "-usr", "ada", "--max-pdu", "4096", "--json", "-q")
    assert users == ["eva", "eve", "ada"]
    assert len(json.loads(echoed.stdout)["echo_ms"]) == 2
    assert (quiet.returncode, quiet.stdout + quiet.stderr) == (ExitCode.OK, "")
    assert (json.loads(sent.stdout)["ok"], sent.stderr) == (True, "")


def test_more_is_logged_by_those_who_ask_for_it() -> None:
    with russet.serve(0) as receiver:
        where = ["127.0.0.1", str(receiver.port), "--aetitle", "ME", "--call", "YOU"]
        silent, verbose, debug = (_run("echo", *where, *more) for more in ([], ["-v"], ["-d"]))
    asked = f"I: requesting an association with YOU@127.0.0.1:{receiver.port} as ME"
    assert silent.stderr == ""
    assert asked in verbose.stderr
    assert "I: association accepted by RUSSET" in verbose.stderr
    assert "I: accepted Verification SOP Class: Explicit VR Little Endian" in verbose.stderr
    assert "I: sent C-ECHO-RQ 1: Verification SOP Class" in verbose.stderr
    assert re.search(r"I: got C-ECHO-RSP 1: 0000H \(Success: success\), \S+ ms", verbose.stderr)
    assert "is released" in verbose.stderr
    assert "D: " not in verbose.stderr
    assert asked in debug.stderr
    assert "D: it takes " in debug.stderr
    exchanged = re.findall(r"D: (sent|received) (\S+), \d+ bytes", debug.stderr)
    assert exchanged == [
        ("sent", "A-ASSOCIATE-RQ"),
        ("received", "A-ASSOCIATE-AC"),
        ("sent", "P-DATA-TF"),
        ("received", "P-DATA-TF"),
        ("sent", "A-RELEASE-RQ"),
        ("received", "A-RELEASE-RP"),
    ]


def test_what_is_refused_and_what_the_peer_asks_for_is_logged(tmp_path: Path) -> None:
    image = instance_file(tmp_path / "1.dcm", "1.1")
    with russet.serve(0, handlers={"get": lambda _: [image]}) as receiver:
        where = ("127.0.0.1", str(receiver.port), "-v")
        get = _run("get", *where, "StudyInstanceUID=1.2.3.2", "-od", str(tmp_path / "out"))
        find = _run("find", *where, "PatientName")
    storage = "answered C-STORE-RQ 1, CT Image Storage: 0000H"
    assert storage in get.stderr
    assert "further SOP classes are told with -d" in get.stderr
    query = "refused Study Root Query/Retrieve Information Model"
    assert f"{query} - FIND: the peer does not support this SOP class" in find.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("get", "StudyInstanceUID=1.2"),
        ("move", "StudyInstanceUID=1.2", "-aem", "THERE"),
        ("commit", "image.dcm"),
        ("mpps begin", "StudyInstanceUID=1.2", "Modality=CT"),
        ("mpps complete", "1.2", "image.dcm"),
        ("mpps discontinue", "1.2"),
    ],
    ids=lambda words: words[0],
)
def test_a_failure_is_an_object_where_the_output_is_one(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    instance_file(tmp_path / "image.dcm")
    port = str(free_port())
    ended = _run(*words[0].split(), "127.0.0.1", port, *words[1:], "--json")
    assert ended.returncode == ExitCode.CANNOT_CONNECT
    said = json.loads(ended.stdout)
    assert (said["peer"], said["ok"]) == (f"ANY-SCP@127.0.0.1:{port}", False)
    assert said["error"] in ended.stderr


def test_one_interrupt_ends_what_is_under_way() -> None:
    command = [RUSSET, "echo", "-v", "-n", "1000000000", "127.0.0.1"]
    with russet.serve(0) as receiver:
        process = subprocess.Popen([*command, str(receiver.port)], stderr=subprocess.PIPE)
        assert process.stderr is not None
        while b"accepted" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=15)[1]
    *told, last = said.splitlines()
    assert (process.returncode, last) == (ExitCode.INTERRUPTED, b"interrupted"), told
    assert not [line for line in told if b"Traceback" in line]


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([RUSSET, *words], capture_output=True, text=True, check=False, timeout=25)
