"""Fixtures: the peers that tests talk to, each at its best (TCP_NODELAY, no conversion)."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

import pytest

from tests.support import part10
from tests.support.part10 import Part10
from tests.support.places import need
from tests.support.processes import RUSSET, Listener, free_port

__all__ = [
    "Dcmtk",
    "RussetServe",
    "Scp",
    "dcmtk",
    "port",
    "russet_serve",
    "storescp",
]

_ANNOUNCED: Final = r" on \S*:(\d+)"


@dataclass(frozen=True)
class Dcmtk:
    """The paths of DCMTK's tools."""

    echoscu: str
    storescu: str
    dcmsend: str
    findscu: str
    movescu: str
    getscu: str
    storescp: str
    dcmrecv: str
    dcmqrscp: str
    wlmscpfs: str
    dcmdump: str
    dump2dcm: str


@dataclass(frozen=True)
class Scp:
    """A receiver in a process of its own, and the folder that it fills."""

    process: Listener
    folder: Path
    aet: str

    @property
    def port(self) -> int:
        """Its TCP port."""
        return self.process.port

    def take(self) -> dict[str, Part10]:
        """What has arrived since the last time, by SOP Instance UID; the folder is emptied."""
        found = part10.stored(self.folder)
        for entry in list(self.folder.iterdir()):
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        return found


RussetServe = Callable[..., Scp]


@pytest.fixture(scope="session")
def dcmtk() -> Dcmtk:
    """DCMTK's tools; without them the test is skipped, in CI it fails."""
    return Dcmtk(*(need(field.name, f"DCMTK's {field.name}") for field in fields(Dcmtk)))


@pytest.fixture
def port() -> int:
    """A port that nothing listens on."""
    return free_port()


@pytest.fixture
def storescp(dcmtk: Dcmtk, tmp_path: Path) -> Iterator[Callable[..., Scp]]:
    """Start DCMTK's storescp with more options: bytes kept, every syntax and class accepted."""
    with ExitStack() as stack:

        def start(*options: str) -> Scp:
            folder = tmp_path / f"storescp-{free_port()}"
            folder.mkdir()
            number = free_port()
            keep = ("-v", "+B", "+xa", "-pm", "--fork", "-pdu", "131072", "-od", str(folder))
            command = (dcmtk.storescp, *keep, *options, str(number))
            process = Listener(command, folder.with_suffix(".log"), number)
            stack.callback(process.stop)
            return Scp(process, folder, "STORESCP")

        yield start


@pytest.fixture
def russet_serve(tmp_path: Path) -> Iterator[RussetServe]:
    """Start `russet serve` with more options; at the end it must stop at once and with 0."""
    with ExitStack() as stack:

        def start(*options: str) -> Scp:
            data = tmp_path / f"russet-{free_port()}"
            fixed = (
                "--port",
                "0",
                "--bind",
                "127.0.0.1",
                "--data",
                str(data),
                "--durability",
                "none",
            )
            log = data.with_suffix(".log")
            process = Listener((RUSSET, "serve", *fixed, *options), log, None, _ANNOUNCED)
            stack.callback(_stop_clean, process)
            instances = data / "instances"
            instances.mkdir(parents=True, exist_ok=True)
            return Scp(process, instances, "RUSSET")

        yield start


def _stop_clean(process: Listener) -> None:
    if process.code is None:
        code = process.stop()
        assert code == 0, f"russet serve ended with {code}:\n{process.text}"
    assert "Traceback" not in process.text, process.text
