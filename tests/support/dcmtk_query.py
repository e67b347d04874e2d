"""DCMTK's archive and worklist as servers, and its query tools as requestors.

The tools end with 0 after many kinds of failure. What they print is read instead: the statuses of
the responses by name, and what they wrote.
"""

import re
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pydicom
import pytest
from pydicom.dataset import Dataset

from tests.support import part10
from tests.support.part10 import Part10
from tests.support.peers import Dcmtk, Scp
from tests.support.places import absent
from tests.support.processes import Listener, free_port, run

__all__ = [
    "Answer",
    "Dcmqrscp",
    "Query",
    "Wlmscpfs",
    "dcmqrscp",
    "dcmtk_query",
    "wlmscpfs",
    "worklist_items",
]

_EXAMPLES: Final = Path("/usr/share/doc/dcmtk/examples/wlistdb/OFFIS")
_FINAL: Final = re.compile(r"Received (?:Final )?(?:Find|Move|C-GET) Response (?:\d+ )?\((.+)\)")
_CONFIG: Final = """\
NetworkTCPPort = {port}
MaxPDUSize = 131072
MaxAssociations = 16
HostTable BEGIN
{hosts}
HostTable END
VendorTable BEGIN
VendorTable END
AETable BEGIN
QR {folder} RW (1000, 10gb) ANY
AETable END
"""

Dcmqrscp = Callable[..., Scp]
Wlmscpfs = Callable[..., Scp]


@dataclass(frozen=True)
class Answer:
    """What a query tool got.

    Attributes:
        status: The final status in DCMTK's words, like "Success"; "" when none came.
        identifiers: What findscu got, in the order in which it came.
        files: What movescu and getscu stored, by SOP Instance UID.
        ended: Exit code and everything printed.
    """

    status: str
    identifiers: list[Dataset]
    files: dict[str, Part10]
    ended: subprocess.CompletedProcess[str]


class Query:
    """findscu, movescu and getscu, called with the same few words.

    `keys` are as on the command line: "QueryRetrieveLevel=STUDY", "StudyInstanceUID". `options`
    choose the information model first: "-S" Study Root, "-P" Patient Root, "-W" worklist.
    """

    def __init__(self, dcmtk: Dcmtk, folder: Path) -> None:
        self._dcmtk = dcmtk
        self._folder = folder

    def find(self, scp: tuple[str, int], keys: Sequence[str], *options: str) -> Answer:
        """Run findscu against (AE title, port)."""
        return self._run(self._dcmtk.findscu, scp, keys, [*options, "-X"])

    def move(self, scp: tuple[str, int], keys: Sequence[str], port: int, *options: str) -> Answer:
        """Run movescu, which moves to itself: AE title ME, listening on `port`."""
        own = ("-aem", "ME", "+P", str(port), "+B", "+xa")
        return self._run(self._dcmtk.movescu, scp, keys, [*options, *own])

    def get(self, scp: tuple[str, int], keys: Sequence[str], *options: str) -> Answer:
        """Run getscu."""
        return self._run(self._dcmtk.getscu, scp, keys, [*options, "+B"])

    def _run(
        self, tool: str, scp: tuple[str, int], keys: Sequence[str], options: Iterable[str]
    ) -> Answer:
        folder = self._folder / f"{Path(tool).name}-{free_port()}"
        folder.mkdir()
        title, port = scp
        fixed = ("-v", "-aet", "ME", "-aec", title, "-od", str(folder))
        asked = [word for key in keys for word in ("-k", key)]
        # With +B movescu writes into the current folder, whatever -od says.
        command = ("env", "-C", str(folder), tool, *fixed, *options, *asked, "127.0.0.1", str(port))
        ended = run(*command, timeout=25)
        finals = _FINAL.findall(ended.stdout)
        responses = sorted(folder.glob("rsp*.dcm"))
        return Answer(
            finals[-1] if finals else "",
            [pydicom.dcmread(path, force=True) for path in responses],
            {} if responses else part10.stored(folder),
            ended,
        )


@pytest.fixture
def dcmtk_query(dcmtk: Dcmtk, tmp_path: Path) -> Query:
    """DCMTK's query tools."""
    return Query(dcmtk, tmp_path)


@pytest.fixture
def dcmqrscp(dcmtk: Dcmtk, tmp_path: Path) -> Iterator[Dcmqrscp]:
    """Start an archive that holds `files`, and may move to `hosts` (port by AE title)."""
    with ExitStack() as stack:

        def start(
            files: Sequence[Path] = (), hosts: dict[str, int] | None = None, *options: str
        ) -> Scp:
            number = free_port()
            folder = tmp_path / f"dcmqrscp-{number}"
            folder.mkdir()
            known = (hosts or {}).items()
            lines = [f"host{n} = ({t}, 127.0.0.1, {p})" for n, (t, p) in enumerate(known)]
            config = folder.with_suffix(".cfg")
            config.write_text(
                _CONFIG.format(port=number, folder=folder, hosts="\n".join(lines)),
            )
            command = (dcmtk.dcmqrscp, "-v", "-c", str(config), *options)
            process = Listener(command, folder.with_suffix(".log"), number)
            stack.callback(process.stop)
            if files:
                sent = run(dcmtk.dcmsend, "-aec", "QR", "127.0.0.1", str(number), *files)
                assert sent.returncode == 0, sent.stdout
            return Scp(process, folder, "QR")

        yield start


@pytest.fixture
def wlmscpfs(dcmtk: Dcmtk, tmp_path: Path) -> Iterator[Wlmscpfs]:
    """Start a worklist under the title OFFIS, with the ten items that DCMTK has for examples."""
    with ExitStack() as stack:

        def start(*options: str) -> Scp:
            number = free_port()
            worklists = tmp_path / f"wlmscpfs-{number}"
            folder = worklists / "OFFIS"
            folder.mkdir(parents=True)
            (folder / "lockfile").touch()
            worklist_items(dcmtk, folder)
            command = (dcmtk.wlmscpfs, "-v", "-dfp", str(worklists), *options, str(number))
            process = Listener(command, worklists.with_suffix(".log"), number)
            stack.callback(process.stop)
            return Scp(process, folder, "OFFIS")

        yield start


def worklist_items(dcmtk: Dcmtk, folder: Path) -> None:
    """Write the ten worklist items that DCMTK has for examples into `folder`."""
    if not _EXAMPLES.is_dir():
        absent("DCMTK's worklist examples")
    for dump in sorted(_EXAMPLES.glob("*.dump")):
        made = run(dcmtk.dump2dcm, "-g", dump, folder / f"{dump.stem}.wl")
        assert made.returncode == 0, made.stdout
