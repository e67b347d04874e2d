"""`russet doctor`: what it prints, and how it ends."""

import contextlib
import json
import socket
import subprocess
from pathlib import Path
from typing import Self

import pytest

from russet.net.addresses import own_addresses
from tests.support.certificates import Authority
from tests.support.peers import RussetServe
from tests.support.processes import RUSSET, free_port, run
from tests.support.raw_scp import RawScp, accepting, closing


def doctor(*words: object) -> tuple[str, int]:
    ended = run(RUSSET, "doctor", *map(str, words))
    assert "Traceback" not in ended.stdout
    return ended.stdout, ended.returncode


def test_a_peer_that_is_well(russet_serve: RussetServe) -> None:
    port = russet_serve().port
    said, code = doctor("127.0.0.1", port)
    lines = said.splitlines()
    assert code == 0
    assert lines[0].startswith("ok       name")
    assert lines[-1] == f"ANY-SCP@127.0.0.1:{port}: all is well"
    assert "\x1b" not in said
    assert "implicit, explicit: verification" in said
    assert doctor(f"PACS@127.0.0.1:{port}", "-q") == ("", 0)


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_failure_says_what_it_is_its_cause_and_what_to_try(form: tuple[str, ...]) -> None:
    port = free_port()
    said, code = doctor("127.0.0.1", port, *form)
    assert code == 60
    assert "nothing listens on 127.0.0.1" in said
    assert "but nothing listens on this port" in said
    # Somebody else may have a peer on one of the usual ports of this machine.
    assert "start the peer" in said or "try that one" in said
    if not form:
        assert "skipped  tls, protocol, association, contexts, echo, find, release" in said
        assert said.splitlines()[-1].endswith("it fails at: tcp")


@pytest.mark.parametrize(
    ("act", "code", "name"), [(closing, 61, "protocol"), (accepting(), 70, "find")]
)
def test_the_exit_code_is_that_of_the_rung_that_fails(act: object, code: int, name: str) -> None:
    with RawScp(act) as scp:  # type: ignore[arg-type]  # mypy joins the two to object
        said, ended = doctor("127.0.0.1", scp.port, "--json")
    report = json.loads(said)
    assert (ended, report["exit_code"], report["ok"]) == (code, code, False)
    (failed,) = (rung for rung in report["rungs"] if rung["outcome"] == "failed")
    assert failed["name"] == name
    assert failed["cause"]
    assert failed["ms"] >= 0


def test_json_has_every_rung_with_its_facts(russet_serve: RussetServe) -> None:
    said, code = doctor("127.0.0.1", russet_serve().port, "-aet", "ME", "--json")
    report = json.loads(said)
    assert (code, report["ok"], report["calling"]) == (0, True, "ME")
    rungs = {rung["name"]: rung for rung in report["rungs"]}
    assert list(rungs)[:3] == ["name", "tcp", "tls"]
    assert rungs["association"]["facts"]["max_pdu"] == 1 << 20
    assert len(rungs["echo"]["facts"]["echo_ms"]) == 5
    assert rungs["contexts"]["facts"]["accepted"]["1.2.840.10008.1.1"]


def test_it_takes_one_peer() -> None:
    for words in ((), ("127.0.0.1",), ("127.0.0.1", "104", "more"), ("--self", "127.0.0.1")):
        assert doctor(*words)[1] == 1


def test_our_own_side_is_well(tmp_path: Path, authority: Authority) -> None:
    pem = authority.issue()
    certificate = ("--tls-cert", pem.certificate, "--tls-key", pem.key, "--tls-ca", authority.ca)
    data = tmp_path / "data"
    said, code = doctor("--self", "--port", free_port(), "--data", data, *certificate)
    assert code == 0, said
    assert f"{data} will be created in {tmp_path}" in said
    assert "and its key fit" in said
    assert not data.exists()


def test_our_own_server_is_no_mistake(russet_serve: RussetServe) -> None:
    scp = russet_serve()
    data = scp.folder.parent
    words = ("--self", "--port", scp.port, "--bind", "127.0.0.1", "--data", data)
    said, code = doctor(*words)
    assert code == 0
    assert "a russet uses it now" in said
    assert f"is served already, by russet ({scp.process.pid})" in said


def test_what_our_own_side_lacks(tmp_path: Path, authority: Authority) -> None:
    with RawScp(closing) as other:
        words = ("--self", "--port", other.port, "--bind", "127.0.0.1", "--data", tmp_path)
        said, code = doctor(*words, "--json")
    assert code == 60
    (port,) = (rung for rung in json.loads(said)["rungs"] if rung["outcome"] == "failed")
    assert "in use by" in port["detail"]
    file = tmp_path / "file"
    file.write_text("no folder")
    said, code = doctor("--self", "--port", 0, "--data", file / "data")
    assert code == 40
    assert f"{file} is no folder" in said
    pem = authority.issue(expired=True)
    certificate = ("--tls-cert", pem.certificate, "--tls-key", pem.key)
    said, code = doctor("--self", "--port", 0, "--data", tmp_path, *certificate)
    assert code == 20
    assert "ended on" in said


def test_an_address_is_found_where_our_own_name_leads_to_loopback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loopback = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.1.1", 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: loopback)
    ways = {"192.0.2.1": "10.0.0.5", "2001:db8::1": "fe80::1"}

    class Probe:
        def __init__(self, *_: object) -> None:
            self._to = ""

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def connect(self, to: tuple[str, int]) -> None:
            self._to = to[0]

        def getsockname(self) -> tuple[str, int]:
            return ways[self._to], 40000

    monkeypatch.setattr(socket, "socket", Probe)
    assert own_addresses() == ["10.0.0.5"]


def test_a_peer_cannot_steer_the_terminal() -> None:
    """In a pseudo-terminal, since escape sequences do not go into pipes anyway."""
    with RawScp(accepting(version="EVIL\x1b[2J")) as scp:
        for verb in ("doctor", "echo"):
            said = on_a_terminal(verb, "127.0.0.1", str(scp.port))
            assert "EVIL\\x1b[2J" in said
            assert "\x1b[2J" not in said.replace("\\x1b[2J", "")
            assert (verb == "doctor") == ("\x1b[32mok" in said)


def on_a_terminal(*words: str) -> str:
    """What a command writes to a terminal."""
    import os
    import pty

    ours, theirs = pty.openpty()
    process = subprocess.Popen([RUSSET, *words], stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    said = b""
    with contextlib.suppress(OSError):  # Which is how a terminal says that nobody is there.
        while data := os.read(ours, 1 << 16):
            said += data
    os.close(ours)
    process.wait()
    return said.decode()


def test_what_our_title_has_no_right_to_is_said_and_not_called_well(
    russet_serve: RussetServe, tmp_path: Path
) -> None:
    peers = tmp_path / "peers.toml"
    peers.write_text('[[peer]]\ntitle = "CT1"\nhost = "127.0.0.1"\nport = 104\nrights = ["echo"]\n')
    said, code = doctor("127.0.0.1", russet_serve("--peers", str(peers)).port, "-aet", "CT1")
    assert code == 0
    assert "gives CT1 no right to them: study find, study move, " in said
    assert "try: ask its administrator for the right" in said
    assert said.splitlines()[-1].endswith("it works, but see what to try at: contexts")
