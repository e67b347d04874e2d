"""Every other implementation as the sender: what it says, and what lands on disk.

Most of them encode a file anew before they send it. What russet stores is held beside what DCMTK's
bit-preserving storescp gets from the same program.
"""

from pathlib import Path
from typing import Final

import pydicom
import pytest

from tests.support import corpus, dcmjs
from tests.support.interop_table import each
from tests.support.orthanc import Start
from tests.support.peers import RussetServe, Scp
from tests.support.senders import ECHOES, SENDERS, Tool

pytestmark = pytest.mark.interop

_AS_STORESCP: Final = "byte for byte what storescp gets"


@pytest.mark.parametrize("tool", each(ECHOES, "Verification", "peer asks", "the answer"))
def test_a_c_echo_is_answered(russet_serve: RussetServe, tool: Tool) -> None:
    scp = russet_serve()
    (ended,) = tool.run(scp.port)
    assert ended.returncode in tool.success, ended.stdout
    # Whoever is content says goodbye; some would end with the same code after any answer.
    scp.process.wait_for(r"ME@127\.0\.0\.1 .*released")


@pytest.mark.corpus
@pytest.mark.timeout(60)
@pytest.mark.parametrize("tool", each(SENDERS, "Storage", "peer sends", _AS_STORESCP))
def test_russet_stores_what_the_bit_preserving_storescp_stores(
    russet_serve: RussetServe, storescp: RussetServe, tool: Tool
) -> None:
    arrived, codes = [], []
    for scp in (russet_serve(), storescp()):
        ended = tool.run(scp.port, _files())
        codes.append([each.returncode for each in ended])
        arrived.append(_content(scp))
    ours, theirs = arrived
    assert ours == theirs
    assert codes[0] == codes[1]
    assert len(ours) >= min(tool.most, 12)


@pytest.mark.interop_row(
    peer="dcmjs-dimse", service="Verification", direction="peer asks", judged="the answer"
)
@pytest.mark.interop_row(
    peer="dcmjs-dimse", service="Storage", direction="peer sends", judged="values"
)
@pytest.mark.interop_row(
    peer="dcmjs-dimse",
    service="Negotiation",
    direction="peer sends",
    judged="a window of operations",
)
def test_dcmjs_agrees_on_a_window_and_sends(
    russet_serve: RussetServe, storescp: RussetServe, archive: tuple[Path, ...]
) -> None:
    ours, theirs = russet_serve(), storescp()
    files = [str(path) for path in archive]
    sent = dcmjs.ask(ours.port, store=files, window=4)
    assert sent.window[0] == 4
    assert sent.statuses == [0x0000] * (1 + len(archive))
    assert dcmjs.ask(theirs.port, store=files).window == [1, 1]
    # storescp prefers Explicit VR where both are offered.
    assert _values(ours) == _values(theirs)


@pytest.mark.corpus
@pytest.mark.interop_row(
    peer="Orthanc", service="Verification", direction="peer asks", judged="the answer"
)
@pytest.mark.interop_row(
    peer="Orthanc", service="Storage", direction="peer sends", judged=_AS_STORESCP
)
def test_orthanc_sends(russet_serve: RussetServe, storescp: RussetServe, orthanc: Start) -> None:
    ours, theirs = russet_serve(), storescp()
    judge = orthanc({"RUSSET": ours.port, "STORESCP": theirs.port})
    names = judge.take(*(file.path for file in corpus.placed()))
    for peer in ("RUSSET", "STORESCP"):
        judge.echo(peer)
        assert judge.store(peer, names)["FailedInstancesCount"] == 0
    stored = _content(ours)
    assert len(stored) == len(names)
    assert stored == _content(theirs)


def _files() -> list[Path]:
    """Two of each kind that there is, the simplest first."""
    folders: dict[str, list[Path]] = {}
    for file in corpus.few():
        folders.setdefault(file.path.parent.name, []).append(file.path)
    first = ("explicit", "implicit")
    kinds = [*first, *(kind for kind in folders if kind not in first)]
    return [path for kind in kinds for path in folders[kind][:2]]


def _content(scp: Scp) -> dict[str, tuple[str, str, bytes]]:
    return {
        uid: (file.sop_class, file.transfer_syntax, file.dataset)
        for uid, file in scp.take().items()
    }


def _values(scp: Scp) -> dict[str, pydicom.Dataset]:
    read = (pydicom.dcmread(path) for path in scp.folder.rglob("*") if path.is_file())
    return {str(dataset.SOPInstanceUID): dataset for dataset in read}
