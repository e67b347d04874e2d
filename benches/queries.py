"""C-FIND: servers under one neutral client, and clients against one neutral server.

All answer the same query at image level with as many matches as there are; the neutral side encodes
before the clock starts. They take turns within each round, and the ratio is the median of the
ratios within each round. DCMTK has TCP_NODELAY and PDUs of 128 KiB; its archive bounds its index at
some 4 000 instances, so that it answers with fewer.

Usage: queries.py
"""

import json
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benches.asking import KEYS, STUDY
from benches.neutral import Peer, element
from benches.series import dcmtk, memory
from russet.data import Dataset
from russet.storage import DataFolder, Durability
from russet.storage.index import Index, Level, Record
from russet.storage.index.record import Entity, File, entity
from tests.support.processes import Listener, free_port, run

__all__ = ["measure"]

_HERE: Final = Path(__file__).parent
_MATCHES: Final = 10_000
_DCMTK_MATCHES: Final = 4_000
_ROUNDS: Final = 5
_ANNOUNCE: Final = r"listening on \S*:(\d+)"
_MR: Final = "1.2.840.10008.5.1.4.1.1.4"
_EXPLICIT: Final = "1.2.840.10008.1.2.1"
_IDENTIFIER: Final = b"".join((
    element(0x0008, 0x0018, b""), element(0x0008, 0x0052, b"IMAGE", b" "),
    element(0x0020, 0x000D, STUDY.encode()), element(0x0020, 0x000E, f"{STUDY}.1".encode()),
    element(0x0020, 0x0013, b""),
))  # fmt: skip
_CONFIG: Final = """\
NetworkTCPPort = {port}
MaxPDUSize = 131072
MaxAssociations = 16
HostTable BEGIN
HostTable END
VendorTable BEGIN
VendorTable END
AETable BEGIN
QR {folder} RW (10, 1gb) ANY
AETable END
"""


def _uid(number: int) -> str:
    return f"{STUDY}.1.{10000 + number}"


def _instances(folder: Path, count: int) -> Path:
    """As many tiny files."""
    folder.mkdir()
    for number in range(count):
        dataset = Dataset(
            SOPClassUID=_MR,
            SOPInstanceUID=_uid(number),
            StudyDate="20260105",
            Modality="MR",
            PatientName="DOE^JANE",
            PatientID="P1",
            StudyInstanceUID=STUDY,
            SeriesInstanceUID=f"{STUDY}.1",
            StudyID="1",
            SeriesNumber=1,
            InstanceNumber=number,
        )
        dataset.save_as(folder / f"{number:05}.dcm")
    return folder


def _level(level: Level, **elements: Any) -> Entity:
    return entity(level, bytes(Dataset(**elements).encode()))


def _archive(folder: Path) -> Path:
    """An index of russet's with as many rows."""
    above = (
        _level(Level.PATIENT, PatientID="P1", PatientName="DOE^JANE"),
        _level(Level.STUDY, StudyInstanceUID=STUDY, StudyDate="20260105"),
        _level(Level.SERIES, SeriesInstanceUID=f"{STUDY}.1", Modality="MR", SeriesNumber=1),
    )
    with DataFolder(folder) as data, Index(data, Durability.NONE) as index:
        for number in range(_MATCHES):
            uid = _uid(number)
            known = _level(Level.IMAGE, SOPClassUID=_MR, SOPInstanceUID=uid, InstanceNumber=number)
            file = File(f"instances/{uid}.dcm", _EXPLICIT, 500, number, "0" * 64, "SENDER", 1.7e9)
            index.add(Record(_MR, *above, known, file))
        index.flush()
    return folder


def _dcmtk(folder: Path, port: int) -> list[str]:
    """An archive of dcmqrscp: two instances registered by its own tool, their record repeated."""
    data = _instances(folder / "qr", 2)
    names = [path.name for path in sorted(data.iterdir())]
    subprocess.run(
        [dcmtk("dcmqridx"), ".", *names],
        cwd=data,
        check=True,
        capture_output=True,
    )
    index = data / "index.dat"
    made = index.read_bytes()
    first, second = (_uid(number).encode() for number in (0, 1))
    size = made.index(second) - made.index(first)
    head, record = made[: len(made) - 2 * size], made[len(made) - 2 * size : len(made) - size]
    records = (record.replace(first, _uid(n).encode()) for n in range(_DCMTK_MATCHES))
    index.write_bytes(head + b"".join(records))
    config = folder / "qr.cfg"
    config.write_text(_CONFIG.format(port=port, folder=data))
    return [dcmtk("dcmqrscp"), "-q", "-c", str(config)]


def _python(name: str, *words: Any) -> list[str]:
    return [sys.executable, str(_HERE / name), *map(str, words)]


def _servers(stack: ExitStack, folder: Path) -> dict[str, tuple[int, str]]:
    """Start all; port and AE title of each."""
    files, archive = _instances(folder / "files", _MATCHES), _archive(folder / "archive")
    peers = free_port(), free_port()
    ours: dict[str, tuple[int, str]] = {}
    for name, words in {
        "russet, select": ("select", "threads", files),
        "russet asyncio, select": ("select", "asyncio", files),
        "russet, index": ("index", "threads", archive),
    }.items():
        log = folder / f"{len(ours)}.log"
        server = Listener(_python("serving.py", *words), log, None, _ANNOUNCE)
        ours[name] = (stack.enter_context(server).port, "RUSSET")
    archive_scp = Listener(_dcmtk(folder, peers[0]), folder / "qr.log", peers[0])
    finder = _python("pynetdicom_finder.py", "serve", peers[1], _MATCHES)
    for server in (archive_scp, Listener(finder, folder / "pynetdicom.log", peers[1])):
        stack.enter_context(server)
    return ours | {"DCMTK dcmqrscp": (peers[0], "QR"), "pynetdicom": (peers[1], "PYNETDICOM")}


def _ask(port: int, title: str) -> float:
    peer = Peer.associate(port, title)
    seconds, count = peer.find(_IDENTIFIER)
    peer.release()
    assert count == (_DCMTK_MATCHES if title == "QR" else _MATCHES), count
    return count / seconds


def _rounds(whats: dict[str, Callable[[], float]], rounds: int) -> dict[str, dict[str, float]]:
    """Have all take turns; the median of each, and how many times that the first one has."""
    names, runs = list(whats), []
    for number in range(rounds + 1):
        turns = names[number % len(names) :] + names[: number % len(names)]
        rates = {name: whats[name]() for name in turns}
        runs += [rates] if number else []
        shown = "  ".join(f"{name} {rates[name]:.0f}" for name in names)
        print(f"   responses/s {f'round {number}' if number else 'warm-up'}: {shown}", flush=True)
    return {
        name: {
            "per_s": statistics.median(rates[name] for rates in runs),
            "russet_to_this": statistics.median(rates[names[0]] / rates[name] for rates in runs),
        }
        for name in names
    }


def _clients(neutral: Listener) -> dict[str, Callable[[], float]]:
    """Each asks once; the neutral server tells how long it took, from its answer to the release."""
    port, asked = neutral.port, [0]
    keys = [f"{name}={value}" for name, value in KEYS.items()]
    findscu = [dcmtk("findscu"), "-q", "-S", "-aec", "NEUTRAL", "--max-pdu", "131072"]
    findscu += [word for key in ("QueryRetrieveLevel=IMAGE", *keys) for word in ("-k", key)]

    def by(command: list[str]) -> Callable[[], float]:
        def once() -> float:
            ended = run(*command, timeout=120)
            assert ended.returncode == 0, ended.stdout
            asked[0] += 1
            said = neutral.wait_for(r"(?s)" + r"(?:.*?(\{[^}]*\}))" * asked[0])
            return float(_MATCHES / json.loads(said[asked[0]])["seconds"])

        return once

    return {
        "russet": by(_python("asking.py", "find", port)),
        "russet asyncio": by(_python("asking.py", "find", port, "--body", "asyncio")),
        "DCMTK findscu": by([*findscu, "127.0.0.1", str(port)]),
        "pynetdicom": by(_python("pynetdicom_finder.py", "ask", port)),
    }


def measure(rounds: int = _ROUNDS) -> dict[str, Any]:
    """Measure servers, then clients."""
    folder = memory()
    try:
        with ExitStack() as stack:
            servers = _servers(stack, folder)
            askers: dict[str, Callable[[], float]] = {
                name: partial(_ask, *to) for name, to in servers.items()
            }
            found = {"matches": _MATCHES, "servers": _rounds(askers, rounds)}
        neutral = _python("neutral.py", "find-server", 0, _MATCHES)
        with Listener(neutral, folder / "neutral.log", None, _ANNOUNCE) as listener:
            return found | {"clients": _rounds(_clients(listener), rounds)}
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
