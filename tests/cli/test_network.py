"""What every command that calls a peer takes, whichever it is."""

import json
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
from tests.support.processes import RUSSET

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


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([RUSSET, *words], capture_output=True, text=True, check=False, timeout=25)
