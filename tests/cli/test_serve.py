"""`russet serve`: what it says, what it survives, and how it ends."""

import json
import os
import re
import shutil
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import russet
from russet.cli.serve import _reload
from russet.errors import CertificateFileError, NetworkError, RejectedError
from tests.support import part10
from tests.support.indexed import instance
from tests.support.instances import CT
from tests.support.processes import RUSSET, Listener, run
from tests.support.served import ServeData


def found(port: int) -> list[str]:
    with russet.connect("127.0.0.1", port) as association:
        studies = [
            each.StudyInstanceUID for each in association.find(level="STUDY", StudyInstanceUID="")
        ]
        return sorted(
            each.SOPInstanceUID
            for study in studies
            for each in association.find(
                level="IMAGE",
                StudyInstanceUID=study,
                SeriesInstanceUID="1.2.3.3",
                SOPInstanceUID="",
            )
        )


def send(port: int, *uids: str) -> None:
    with russet.connect("127.0.0.1", port) as association:
        for uid in uids:
            assert association.store(instance(SOPInstanceUID=uid)).status == 0x0000


def test_the_banner_says_what_it_is_and_for_whom(serve_data: ServeData, tmp_path: Path) -> None:
    data = tmp_path / "data"
    process = serve_data(data)
    process.wait_for("Ctrl-C")
    first, second, third, *_ = process.text.splitlines()
    assert re.fullmatch(
        rf"russet \S+   data {data} \(new\)   index SQLite   free \d+ GB   durability fsync", first
    )
    assert second.startswith(f"DICOM  RUSSET on 127.0.0.1:{process.port}   called by any title")
    assert third.startswith("Peers  none: everybody may store; queries, retrieval")
    assert "this machine only" in third
    send(process.port, "9.1")
    assert found(process.port) == ["9.1"]
    process.wait_for(r"RUSSET@127.0.0.1  1 instance  .*  released")
    process.wait_for(r"2 C-FIND  2 matches  released")


def test_the_banner_tells_of_peers_and_worklist(serve_data: ServeData, tmp_path: Path) -> None:
    peers = tmp_path / "peers.toml"
    peers.write_text(
        '[local]\ntitles = ["ARCHIVE"]\n'
        '[[peer]]\ntitle = "PACS"\nhost = "127.0.0.1"\nport = 104\n'
        '[[peer]]\ntitle = "CT"\nnetworks = ["10.0.0.0/8"]\n'
    )
    worklist = tmp_path / "worklist"
    worklist.mkdir()
    options = ("--peers", str(peers), "--worklist", str(worklist), "--no-index")
    process = serve_data(tmp_path / "data", *options)
    process.wait_for("Ctrl-C")
    assert "index none" in process.text
    assert "DICOM  ARCHIVE on" in process.text
    assert f"Peers  2 in {peers}, 1 of them to move to; strangers may: echo, store" in process.text
    assert f"Worklist  {worklist}   0 files" in process.text


def test_the_banner_names_only_what_is_served(serve_data: ServeData, tmp_path: Path) -> None:
    (tmp_path / "worklist").mkdir()
    for number, (options, said) in enumerate((
        (["--no-index"], "performed procedure steps are"),
        ([], "queries, retrieval, storage commitment and performed procedure steps are"),
        (["--no-index", "--worklist", str(tmp_path / "worklist")],
         "the worklist and performed procedure steps are"),
    )):  # fmt: skip
        process = serve_data(tmp_path / f"data{number}", *options)
        process.wait_for("Ctrl-C")
        assert f"everybody may store; {said} for this machine only" in process.text


def test_the_banner_does_not_say_that_this_machine_is_refused(
    serve_data: ServeData, tmp_path: Path
) -> None:
    peers = tmp_path / "peers.toml"
    peers.write_text("[local]\nopen_to_strangers = []\n")
    process = serve_data(tmp_path / "data", "--peers", str(peers))
    process.wait_for("Ctrl-C")
    assert "; strangers are refused; this machine may everything\n" in process.text
    send(process.port, "9.1")


def test_what_is_said_comes_as_json(serve_data: ServeData, tmp_path: Path) -> None:
    process = serve_data(tmp_path / "data", "-q")
    process.stop()
    options = ("--log-json", "--port", str(process.port))
    log = tmp_path / "json.log"
    command = (RUSSET, "serve", "--data", str(tmp_path / "data"), "--bind", "127.0.0.1", *options)
    with Listener(command, log, process.port) as again:
        send(again.port, "9.1")
        russet.connect("127.0.0.1", again.port).abort()
        again.wait_for("peer aborted")
    lines = [json.loads(line) for line in again.text.splitlines()]
    said = {line["event"]: line for line in lines if "event" in line}
    assert said["listening"]["port"] == process.port
    assert said["listening"]["index"] is True
    assert said["association"]["instances"] == 1
    assert "stopping" in said
    (logged,) = [line for line in lines if "level" in line]
    assert (logged["level"], logged["logger"]) == ("warning", "russet.scp")


def test_what_was_acknowledged_before_kill_9_is_found_after_it(
    serve_data: ServeData, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    process = serve_data(data)
    acknowledged: list[str] = []
    enough = threading.Event()

    def datasets() -> Iterator[russet.Dataset]:
        for number in range(100_000):
            yield instance(SOPInstanceUID=f"9.{number}")

    def store() -> None:
        try:
            with russet.connect("127.0.0.1", process.port) as association:
                for stored in association.store(datasets()):
                    if stored.status == 0x0000:
                        acknowledged.append(str(stored.sop_instance_uid))
                    if len(acknowledged) == 20:
                        enough.set()
        except NetworkError:
            pass

    sender = threading.Thread(target=store)
    sender.start()
    assert enough.wait(15)
    process.stop(signal.SIGKILL)
    sender.join(15)
    again = serve_data(data)
    assert set(found(again.port)) >= set(acknowledged)
    kept = part10.stored(data / "instances")
    assert all(kept[uid].sop_class == CT for uid in acknowledged)


def test_files_that_came_and_went_behind_its_back_are_healed_and_told(
    serve_data: ServeData, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    process = serve_data(data)
    send(process.port, "9.1", "9.2", "9.3")
    process.stop(signal.SIGKILL)
    folder = next((data / "instances").rglob("9.1.dcm")).parent
    (folder / "9.1.dcm").rename(tmp_path / "gone.dcm")
    (folder / "none.dcm").write_text("no instance")
    other = tmp_path / "other"
    made = serve_data(other)
    send(made.port, "9.4")
    made.stop()
    shutil.copy(next((other / "instances").rglob("9.4.dcm")), folder)
    again = serve_data(data)
    again.wait_for(r"Index  4 files: 1 new to the index, 0 renewed, 1 gone, 1 unreadable")
    again.wait_for(r"none\.dcm is no instance")
    assert found(again.port) == ["9.2", "9.3", "9.4"]


def test_a_damaged_index_is_refused_and_built_anew_when_told(
    serve_data: ServeData, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    process = serve_data(data)
    send(process.port, "9.1")
    process.stop()
    (data / "index.sqlite").write_bytes(b"no database" * 1000)
    ended = run(RUSSET, "serve", "--port", "0", "--data", str(data))
    assert ended.returncode == 40
    assert "--rebuild-index" in ended.stdout
    again = serve_data(data, "--rebuild-index")
    again.wait_for("The index was built anew")
    assert found(again.port) == ["9.1"]


@pytest.mark.parametrize("size", ["99999T", "100%"])
def test_less_free_than_was_asked_for_refuses_instances(
    size: str, serve_data: ServeData, tmp_path: Path
) -> None:
    process = serve_data(tmp_path / "data", "--min-free", size)
    with russet.connect("127.0.0.1", process.port) as association:
        assert association.store(instance()).status == 0xA700
        assert association.echo().status == 0x0000
    process.wait_for("the disk is nearly full")


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (("--min-free", "lots"), 1, "write 500M, 2G or 5%"),
        (("--peers", "nowhere.toml"), 20, "cannot read nowhere.toml"),
        (("--worklist", "nowhere"), 1, "nowhere"),
        (("--no-index", "--rebuild-index"), 1, "goes without"),
        (("--aet", "TOO_LONG_FOR_A_TITLE"), 1, "no AE title"),
        (("foo",), 1, "'foo' is no port: from 0 to 65535"),
        (("--max-associations", "0"), 1, "'0' is no number: at least 1"),
    ],
)
def test_an_option_that_cannot_be_meant_ends_it_at_once(
    options: tuple[str, ...], code: int, message: str, tmp_path: Path
) -> None:
    ended = run(RUSSET, "serve", "--port", "0", "--data", str(tmp_path / "data"), *options)
    assert ended.returncode == code
    assert message in ended.stdout
    assert not (tmp_path / "data").exists()


def test_sigterm_lets_the_operation_under_way_end(serve_data: ServeData, tmp_path: Path) -> None:
    process = serve_data(tmp_path / "data")
    with russet.connect("127.0.0.1", process.port) as association:
        association.store(instance(SOPInstanceUID="9.1"))
        assert process.stop() == 0
    assert "stopping" in process.text
    assert len(part10.stored(tmp_path / "data" / "instances")) == 1


def test_sighup_has_the_peers_read_again_and_nothing_change_when_they_cannot_be_meant(
    serve_data: ServeData, tmp_path: Path
) -> None:
    peers = tmp_path / "peers.toml"
    peers.write_text('[local]\ntitles = ["BEFORE"]\n')
    process = serve_data(tmp_path / "data", "--peers", str(peers))
    process.wait_for("Ctrl-C")
    with russet.connect("127.0.0.1", process.port, called="BEFORE") as open_already:
        peers.write_text('[local]\ntitles = ["AFTER"]\ncheck_called = true\n')
        os.kill(process.pid, signal.SIGHUP)
        process.wait_for("reloaded   Peers  0 in ")
        with pytest.raises(RejectedError, match="called AE title"):
            russet.connect("127.0.0.1", process.port, called="BEFORE")
        peers.write_text("[local]\ntitels = []\n")
        os.kill(process.pid, signal.SIGHUP)
        process.wait_for("W: everything stays as it is: .*titels")
        with russet.connect("127.0.0.1", process.port, called="AFTER") as association:
            assert association.echo().status == 0
        assert open_already.echo().status == 0


class Certificates:
    """Files of TLS, and how often they were read again."""

    def __init__(self) -> None:
        self.read = 0
        self.broken = False

    def reload(self) -> None:
        if self.broken:
            raise CertificateFileError("gone", "server.pem")
        self.read += 1


def test_of_peers_and_certificates_either_both_are_read_again_or_neither_is(tmp_path: Path) -> None:
    peers, certificates = tmp_path / "peers.toml", Certificates()
    peers.write_text('[local]\ntitles = ["BEFORE"]\n')
    with (
        russet.Archive(tmp_path / "data", peers=peers) as archive,
        russet.serve(0, services=archive.services, policy=archive.policy) as receiver,
    ):
        peers.write_text("[local]\ntitels = []\n")
        assert "titels" in _reload(archive, receiver, peers, certificates)
        assert (archive.titles, certificates.read) == (("BEFORE",), 0)
        peers.write_text('[local]\ntitles = ["AFTER"]\n')
        certificates.broken = True
        assert _reload(archive, receiver, peers, certificates) == "gone"
        assert archive.titles == ("BEFORE",)
        certificates.broken = False
        assert _reload(archive, receiver, peers, certificates) == ""
        assert (archive.titles, certificates.read) == (("AFTER",), 1)


@pytest.mark.parametrize("option", ["-v", "-d"])
def test_more_of_an_association_is_logged_when_asked_for(
    serve_data: ServeData, tmp_path: Path, option: str
) -> None:
    process = serve_data(tmp_path / "data", option)
    send(process.port, "9.1")
    process.wait_for(r"I: RUSSET@127\.0\.0\.1: \d+ bytes in \S+ s, released")
