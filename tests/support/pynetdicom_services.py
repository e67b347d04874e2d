"""pynetdicom as SCP of every service, in a process of its own, answering as a script says."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

from tests.support.places import ROOT
from tests.support.processes import Listener, free_port

__all__ = ["Script", "ServiceScp", "Services", "pynetdicom_service_scp"]


@dataclass(frozen=True)
class Script:
    """What the peer answers, whatever it is asked.

    Attributes:
        identifiers: What each C-FIND finds, of any information model and the worklist.
        endless: Whether they come again and again, until C-CANCEL.
        files: What each C-GET and C-MOVE sends.
        hosts: Ports by AE title, for C-MOVE; others are refused with A801.
        final: The last status of C-FIND, C-GET and C-MOVE; 0 leaves it to the outcome.
        status: What C-ECHO, C-STORE, N-CREATE, N-SET and N-ACTION get. With 0 a performed
            procedure step is kept, and refused when it comes twice, is unknown or has ended.
        lost: Instances that storage commitment reports as failed.
        report_to: The port that a new association brings N-EVENT-REPORT to; None for the
            association that asked.
    """

    identifiers: Sequence[Dataset] = ()
    endless: bool = False
    files: Sequence[Path] = ()
    hosts: Mapping[str, int] = field(default_factory=dict)
    final: int = 0x0000
    status: int = 0x0000
    lost: Sequence[str] = ()
    report_to: int | None = None

    def json(self) -> str:
        """For the process."""
        plain = {
            **vars(self),
            "identifiers": [dataset.to_json() for dataset in self.identifiers],
            "files": [str(path) for path in self.files],
            "hosts": dict(self.hosts),
            "lost": list(self.lost),
        }
        return json.dumps(plain)


@dataclass(frozen=True)
class ServiceScp:
    """The peer while it runs."""

    process: Listener
    aet: str = "PYNETDICOM"

    @property
    def port(self) -> int:
        """Its TCP port."""
        return self.process.port

    def heard(self, what: str) -> list[dict[str, Any]]:
        """The requests of one kind so far, like "C-FIND": calling title, SOP class, data set."""
        lines = [line for line in self.process.text.splitlines() if line.startswith("{")]
        return [_parsed(entry) for line in lines if (entry := json.loads(line))["what"] == what]

    def wait_for(self, what: str) -> dict[str, Any]:
        """Wait for a request of this kind, and give the first."""
        self.process.wait_for(rf'(?m)^\{{"what": "{what}".*\}}$')
        return self.heard(what)[0]


Services = Callable[..., ServiceScp]


@pytest.fixture
def pynetdicom_service_scp(tmp_path: Path) -> Iterator[Services]:
    """Start pynetdicom as SCP of every service, with the fields of `Script`."""
    with ExitStack() as stack:

        def start(**script: Any) -> ServiceScp:
            number = free_port()
            written = tmp_path / f"services-{number}.json"
            written.write_text(Script(**script).json())
            program = (
                "env",
                "-C",
                str(ROOT),
                sys.executable,
                "-m",
                "tests.support.service_program",
            )
            log = written.with_suffix(".log")
            process = Listener((*program, str(number), str(written)), log, number)
            stack.callback(process.stop)
            return ServiceScp(process)

        yield start


def _parsed(entry: dict[str, Any]) -> dict[str, Any]:
    data = entry.get("data")
    return entry if data is None else {**entry, "data": Dataset.from_json(data)}
