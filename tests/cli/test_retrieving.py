"""`russet get` and `move`: whose fault it is that something is not here, and what came before."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import russet
from russet.association.effects import Destination
from russet.cli.exit_codes import ExitCode
from russet.dimse.models import MODELS
from russet.net.serving import Receiver
from russet.storage.source import InstanceSource, examine
from tests.net.test_requestor import storing
from tests.net.test_serving import instance_file
from tests.support.processes import RUSSET, free_port
from tests.support.raw_provider import Provider, providing

PATIENCE = 20.0
KEY = "StudyInstanceUID=1.2.3.2"
NO_ROOM = ("sh", "-c", 'ulimit -f 0; exec "$@"', "sh")
"""Every file is longer than may be written: as on a disk that is full."""


def command(*words: object) -> subprocess.CompletedProcess[str]:
    each = [*map(str, words)]
    return subprocess.run(each, capture_output=True, text=True, check=False, timeout=PATIENCE)


@pytest.fixture
def images(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "images"
    folder.mkdir()
    return [instance_file(folder / f"{number}.dcm", f"1.{number}") for number in range(1, 4)]


@pytest.fixture
def here() -> Destination:
    return Destination("127.0.0.1", free_port(), "ME")


@pytest.fixture
def archive(images: list[Path], here: Destination) -> Iterator[Receiver]:
    handlers = {"get": lambda _: images, "move": lambda _: images}
    with russet.serve(0, handlers=handlers, destinations={"ME": here}) as receiver:
        yield receiver


def asked(verb: str, archive: Receiver, here: Destination, folder: Path) -> tuple[object, ...]:
    own = ("--self", "-aet", "ME", "+P", here.port) if verb == "move" else ()
    return (RUSSET, verb, "127.0.0.1", archive.port, KEY, *own, "-od", folder)


@pytest.mark.parametrize("verb", ["get", "move"])
def test_what_our_own_disk_refuses_ends_with_the_code_of_output(
    archive: Receiver, here: Destination, tmp_path: Path, verb: str
) -> None:
    words = asked(verb, archive, here, tmp_path / "out")
    ended = command(*NO_ROOM, *words)
    assert ended.returncode == ExitCode.OUTPUT, ended.stderr
    why = f"cannot store the instance: File too large, in {tmp_path / 'out'}"
    assert f"it was refused here, not by ANY-SCP@127.0.0.1:{archive.port}: {why}" in ended.stderr
    assert " answered " not in ended.stderr
    said = json.loads(command(*NO_ROOM, *words, "--json").stdout)
    assert (said["ok"], said["failed"], said["error"]) == (False, 3, why)


@pytest.mark.parametrize("verb", ["get", "move"])
def test_what_the_peer_fails_to_send_is_not_blamed_on_our_disk(
    here: Destination, images: list[Path], tmp_path: Path, verb: str
) -> None:
    def gone(_: Any) -> list[InstanceSource]:
        last = examine(instance_file(tmp_path / "gone.dcm", "1.9"))
        found = [*map(examine, images), last]
        (tmp_path / "gone.dcm").unlink()
        return [each for each in found if isinstance(each, InstanceSource)]

    handlers = {"get": gone, "move": gone}
    with russet.serve(0, handlers=handlers, destinations={"ME": here}) as archive:
        words = asked(verb, archive, here, tmp_path / "out")
        assert command(*NO_ROOM, *words).returncode == ExitCode.FAILURE_STATUS
        ended = command(*words)
    assert ended.returncode == ExitCode.SOME_FAILED
    assert " answered B000H" in ended.stderr


def test_what_came_before_the_association_broke_is_told(tmp_path: Path) -> None:
    def script(at: Provider) -> None:
        at.accept().request()
        storing(at, 1, 2)
        assert (at.answer(), at.answer()) == (0, 0)

    with providing(script, MODELS["study"].get) as provider:
        words = ("get", "127.0.0.1", provider.port, "SOPInstanceUID=1.1\\1.2")
        ended = command(RUSSET, *words, "-od", tmp_path / "out", "--json")
    assert ended.returncode == ExitCode.ABORTED
    assert "      got 2  failed 0" in ended.stderr
    said: dict[str, Any] = json.loads(ended.stdout)
    assert (said["ok"], said["completed"]) == (False, 2)
    assert said["error"] in ended.stderr
    assert len(list((tmp_path / "out").iterdir())) == 2


def test_move_asks_for_the_port_when_the_peer_reached_nobody(
    images: list[Path], tmp_path: Path
) -> None:
    where = {"ME": Destination("127.0.0.1", free_port(), "ME")}
    port = free_port()
    with russet.serve(0, handlers={"move": lambda _: images}, destinations=where) as archive:
        own = ("--self", "-aet", "ME", "+P", port, "-od", tmp_path / "out")
        ended = command(RUSSET, "move", "127.0.0.1", archive.port, KEY, *own)
    assert ended.returncode == ExitCode.FAILURE_STATUS
    assert f"nothing came to port {port}: which port, and which address, has the peer for ME?" in (
        ended.stderr
    )
    assert "+P PORT listens on another port" in ended.stderr
    assert not (tmp_path / "out").exists()


def test_a_port_that_is_taken_is_not_answered_with_any_free_one_of_which_no_peer_knows(
    archive: Receiver, tmp_path: Path
) -> None:
    own = ("--self", "-aet", "ME", "+P", archive.port, "-od", tmp_path / "out")
    ended = command(RUSSET, "move", "127.0.0.1", archive.port, KEY, *own)
    assert ended.returncode == ExitCode.CANNOT_CONNECT
    assert f"port {archive.port} is in use by " in ended.stderr
    assert "+P PORT, which the peer then has to have for ME" in ended.stderr
    assert "free one" not in ended.stderr
