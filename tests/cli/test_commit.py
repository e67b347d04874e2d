"""`russet commit`, as a user runs it against a real server."""

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import russet
from russet.association.effects import Destination
from russet.cli.exit_codes import ExitCode
from russet.errors import StatusError
from russet.net.tls import ClientTls, ServerTls
from russet.services.storage_commitment import CommitmentRequest
from tests.net.test_serving import instance_file
from tests.support.certificates import Authority
from tests.support.processes import RUSSET, free_port

Handler = Callable[[CommitmentRequest], Any]


def commit(port: int, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [RUSSET, "commit", "127.0.0.1", str(port), *map(str, arguments)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=25)
    assert "Traceback" not in ended.stderr
    return ended


def all_of(asked: CommitmentRequest) -> list[str]:
    return [each.sop_instance_uid for each in asked.references]


def first_of(asked: CommitmentRequest) -> list[str]:
    return all_of(asked)[:1]


def none_of(_: CommitmentRequest) -> dict[str, int]:
    return {"1.1": 0x0213}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "ct"
    found.mkdir()
    for number in (1, 2):
        instance_file(found / f"{number}.dcm", f"1.{number}")
    (found / "notes.txt").write_text("no image")
    return found


@pytest.fixture
def archive(request: pytest.FixtureRequest) -> Iterator[int]:
    with russet.serve(0, handlers={"commit": request.param}) as receiver:
        yield receiver.port


@pytest.mark.parametrize(
    ("archive", "code", "told"),
    [
        (all_of, ExitCode.OK, "committed 2  failed 0"),
        (first_of, ExitCode.SOME_FAILED, "committed 1  failed 1"),
        (none_of, ExitCode.FAILURE_STATUS, "committed 0  failed 2"),
    ],
    indirect=["archive"],
)
def test_the_exit_code_says_what_is_held(
    archive: int, folder: Path, code: ExitCode, told: str
) -> None:
    ended = commit(archive, folder)
    assert (ended.returncode, ended.stderr.strip()) == (code, told)


@pytest.mark.parametrize("archive", [none_of], indirect=True)
def test_failures_are_listed_with_file_reason_and_meaning(archive: int, folder: Path) -> None:
    ended = commit(archive, folder, "-q")
    assert ended.stderr == ""
    assert [line.split("\t") for line in ended.stdout.splitlines()] == [
        [str(folder / "1.dcm"), "1.1", "0213", "resource limitation"],
        [str(folder / "2.dcm"), "1.2", "0112", "no such object instance"],
    ]


@pytest.mark.parametrize("archive", [first_of], indirect=True)
def test_json_has_the_same(archive: int, folder: Path) -> None:
    ended = commit(archive, folder, "--json")
    report = json.loads(ended.stdout)
    assert (report["ok"], report["reported"], report["committed"]) == (False, True, ["1.1"])
    (failed,) = report["failed"]
    assert failed == {
        "path": str(folder / "2.dcm"),
        "sop_instance_uid": "1.2",
        "reason": "0112",
        "meaning": "no such object instance",
    }
    assert report["transaction_uid"].startswith("2.25.")


def test_a_report_on_an_association_of_its_own_is_listened_for(folder: Path) -> None:
    port = free_port()
    home = {"CT1": Destination("127.0.0.1", port, "CT1")}
    with russet.serve(0, handlers={"commit": first_of}, destinations=home) as archive:
        ended = commit(archive.port, folder, "-aet", "CT1", "--listen", str(port), "-v")
    assert ended.returncode == ExitCode.SOME_FAILED, ended.stderr
    assert "I: the report on 2.25." in ended.stderr
    assert "1.2\t0112" in ended.stdout


def test_a_report_by_tls_is_listened_for_with_our_certificate(
    folder: Path, authority: Authority
) -> None:
    port, ours, theirs = free_port(), authority.issue(), authority.issue()
    calling = ClientTls(ca=authority.ca)
    home = {"CT1": Destination("127.0.0.1", port, "CT1", "RUSSET", calling)}
    tls = ServerTls(theirs.certificate, theirs.key)
    with russet.serve(0, handlers={"commit": all_of}, destinations=home, tls=tls) as archive:
        ended = commit(
            archive.port, folder, "-aet", "CT1", "--listen", str(port), "--tls-ca", authority.ca,
            "--tls-cert", ours.certificate, "--tls-key", ours.key,
        )  # fmt: skip
    assert ended.returncode == ExitCode.OK, ended.stderr
    assert "committed 2  failed 0" in ended.stderr


@pytest.mark.parametrize("archive", [all_of], indirect=True)
def test_who_listens_hears_the_association_that_asked_as_well(archive: int, folder: Path) -> None:
    ended = commit(archive, folder, "+P", "0")
    assert ended.returncode == ExitCode.OK, ended.stderr


def test_without_a_report_there_is_a_transaction_to_come_back_to(folder: Path) -> None:
    ready = threading.Event()

    def judge(_: CommitmentRequest) -> list[str]:
        ready.wait(20)
        return []

    with russet.serve(0, handlers={"commit": judge}) as archive:
        at_once = commit(archive.port, folder, "--wait", "0")
        late = commit(archive.port, folder, "--wait", "0.1")
        heard = commit(archive.port, folder, "--wait", "0.1", "--listen", "0")
        ready.set()
    assert (at_once.returncode, at_once.stderr) == (ExitCode.OK, "")
    assert at_once.stdout.startswith("2.25.")
    assert late.returncode == heard.returncode == ExitCode.TRY_AGAIN
    assert "nothing within 0.1 s; it may associate with us for that: --listen PORT" in late.stderr
    assert "--listen" not in heard.stderr


def test_what_cannot_be_asked_ends_with_the_code_that_says_so(folder: Path) -> None:
    def away(_: CommitmentRequest) -> None:
        raise StatusError("the database is away", 0x0213)

    with russet.serve(0, handlers={"commit": away}) as archive:
        failed = commit(archive.port, folder)
        unreadable = commit(archive.port, folder / "notes.txt")
        missing = commit(archive.port, folder / "gone.dcm")
        nothing = commit(archive.port)
    with russet.serve(0) as echoes:
        unserved = commit(echoes.port, folder)
    empty = folder / "empty"
    empty.mkdir()
    assert failed.returncode == ExitCode.FAILURE_STATUS
    assert unreadable.returncode == missing.returncode == ExitCode.INPUT
    assert "notes.txt" in unreadable.stderr
    assert nothing.returncode == ExitCode.USAGE
    assert unserved.returncode == ExitCode.NO_CONTEXT
    assert commit(archive.port, empty).returncode == ExitCode.INPUT
    assert commit(archive.port, folder).returncode == ExitCode.CANNOT_CONNECT
    assert commit(archive.port, folder, "--listen", "0").returncode == ExitCode.CANNOT_CONNECT
