"""Orthanc in both roles, told what to do over its REST interface."""

import http.client
import json
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.places import need
from tests.support.processes import Listener, free_port

__all__ = ["Orthanc", "OrthancError", "Start", "orthanc"]

Start = Callable[..., "Orthanc"]
_WORKLISTS: Final = "/usr/share/orthanc/plugins/libModalityWorklists.so"
_PATIENCE: Final = 15.0


class OrthancError(Exception):
    """What Orthanc could not do, in its words."""


@dataclass(frozen=True)
class Orthanc:
    """A running Orthanc; its peers are known to it by AE title.

    Attributes:
        process: The process; its log is in `.text`.
        port: Where it takes associations.
        rest: Where it takes orders.
    """

    process: Listener
    port: int
    rest: int
    aet: str = "ORTHANC"

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """One request; the answer is parsed where it is JSON.

        Raises:
            OrthancError: Any status but 200.
        """
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.rest, timeout=25)
        try:
            connection.request(method, path, sent if method == "POST" else None)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        if response.status != http.HTTPStatus.OK:
            message = f"{response.status}: {content.decode(errors='replace')}"
            raise OrthancError(message)
        is_json = response.getheader("Content-Type", "").startswith("application/json")
        return json.loads(content) if is_json else content

    def take(self, *files: Path) -> list[str]:
        """Put files into it; their identifiers in Orthanc."""
        return [self.ask("POST", "/instances", path.read_bytes())["ID"] for path in files]

    def held(self) -> dict[str, bytes]:
        """Every instance that it holds, whole files by SOP Instance UID."""
        found = {}
        for name in self.ask("GET", "/instances"):
            tags = self.ask("GET", f"/instances/{name}/simplified-tags")
            found[tags["SOPInstanceUID"]] = self.ask("GET", f"/instances/{name}/file")
        return found

    def echo(self, peer: str) -> None:
        """C-ECHO to a peer."""
        self.ask("POST", f"/modalities/{peer}/echo", {})

    def store(self, peer: str, names: Iterable[str]) -> dict[str, Any]:
        """C-STORE of what it holds to a peer; the job's result."""
        result: dict[str, Any] = self.ask("POST", f"/modalities/{peer}/store", list(names))
        return result

    def find(self, peer: str, level: str, query: Mapping[str, str]) -> list[dict[str, str]]:
        """C-FIND of a peer in the Study Root model: what it found, by keyword."""
        asked = {"Level": level, "Query": dict(query)}
        number = self.ask("POST", f"/modalities/{peer}/query", asked)["ID"]
        answers = self.ask("GET", f"/queries/{number}/answers?expand&simplify")
        return list(answers)

    def worklist(self, peer: str, query: Mapping[str, object]) -> list[dict[str, Any]]:
        """C-FIND of a peer's worklist."""
        return list(self.ask("POST", f"/modalities/{peer}/find-worklist", dict(query)))

    def move(
        self, peer: str, level: str, resource: Mapping[str, str], target: str = "ORTHANC"
    ) -> dict[str, Any]:
        """C-MOVE from a peer to `target`; the job's result."""
        asked = {
            "Level": level,
            "Resources": [dict(resource)],
            "TargetAet": target,
            "Synchronous": True,
        }
        result: dict[str, Any] = self.ask("POST", f"/modalities/{peer}/move", asked)
        return result

    def commit(self, peer: str, names: Iterable[str]) -> dict[str, Any]:
        """Ask a peer for storage commitment of instances held here; the report once it came."""
        asked = {"Resources": list(names)}
        path = self.ask("POST", f"/modalities/{peer}/storage-commitment", asked)["Path"]
        deadline = time.monotonic() + _PATIENCE
        while True:
            report: dict[str, Any] = self.ask("GET", path)
            if report["Status"] != "Pending":
                return report
            assert time.monotonic() < deadline, f"no report within {_PATIENCE} s"
            time.sleep(0.01)


@pytest.fixture
def orthanc(tmp_path: Path) -> Iterator[Start]:
    """Start Orthanc, which knows `peers` (port by AE title) and has more settings.

    `worklists` is a folder of worklist files that it answers from.
    """
    program = need("Orthanc")
    with ExitStack() as stack:

        def start(
            peers: Mapping[str, int] | None = None, worklists: Path | None = None, **settings: Any
        ) -> Orthanc:
            port, rest = free_port(), free_port()
            folder = tmp_path / f"orthanc-{port}"
            folder.mkdir()
            written = folder / "orthanc.json"
            fixed = _settings(folder, peers or {}, worklists)
            ports = {"DicomPort": port, "HttpPort": rest}
            written.write_text(json.dumps({**fixed, **ports, **settings}))
            process = Listener((program, str(written)), folder / "log", rest)
            # Its own end takes five seconds, and nothing here is kept.
            stack.callback(process.stop, signal.SIGKILL)
            return Orthanc(process, port, rest)

        yield start


def _settings(folder: Path, peers: Mapping[str, int], worklists: Path | None) -> dict[str, object]:
    return {
        "StorageDirectory": str(folder),
        "IndexDirectory": str(folder),
        "DicomAet": "ORTHANC",
        "DicomModalities": {title: [title, "127.0.0.1", port] for title, port in peers.items()},
        "UnknownSopClassAccepted": True,
        "MaximumPduLength": 131072,
        "AuthenticationEnabled": False,
        "DicomScpTimeout": 20,
        "DicomScuTimeout": 20,
        "Plugins": [_WORKLISTS] if worklists else [],
        "Worklists": {"Enable": bool(worklists), "Database": str(worklists or "")},
    }
