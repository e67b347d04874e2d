"""russet fetches by C-GET what archives rarely hold: whatever a peer can send comes."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest
from pydicom import dcmread

import russet
from russet.services.retrieve import Progress
from russet.services.storage import Instance
from tests.support import part10
from tests.support.dcmtk_query import Dcmqrscp
from tests.support.orthanc import Start
from tests.support.places import need
from tests.support.processes import run
from tests.support.pynetdicom_services import Services
from tests.support.rare import PRIVATE, RARE_STUDY
from tests.support.served import ServeData

pytestmark = pytest.mark.interop

Files = dict[tuple[str, str], Path]

_UNCOMPRESSED: Final = "1.2.840.10008.1.2.1"
_NEAR_LOSSLESS: Final = "1.2.840.10008.1.2.4.81"
_HTJ2K: Final = "1.2.840.10008.1.2.4.201"


def row(peer: str, judged: str) -> pytest.MarkDecorator:
    service = "Retrieve (C-GET)"
    return pytest.mark.interop_row(
        peer=peer, service=service, direction="peer answers", judged=judged
    )


def get(title: str, port: int) -> tuple[Progress, dict[str, bytes]]:
    arrived: dict[str, bytes] = {}

    def store(instance: Instance) -> None:
        assert instance.sop_instance_uid not in arrived
        arrived[instance.sop_instance_uid] = bytes(instance.data)

    with russet.connect("127.0.0.1", port, called=title) as association:
        *_, last = association.get(store, StudyInstanceUID=RARE_STUDY)
        assert association.echo().status == 0x0000
    return last, arrived


def data_sets(paths: Iterable[Path]) -> dict[str, bytes]:
    read = (part10.read(path) for path in paths)
    return {file.sop_instance: file.dataset for file in read if file is not None}


def test_every_kind_comes_from_russet_serve(
    serve_data: ServeData, rare: Files, tmp_path: Path
) -> None:
    served = serve_data(tmp_path / "data")
    for stored in russet.send(list(rare.values()), "127.0.0.1", served.port):
        assert stored.ok
    last, arrived = get("RUSSET", served.port)
    assert (last.status, last.completed, last.failed) == (0x0000, len(rare), 0)
    assert arrived == data_sets(rare.values())
    (private,) = data_sets([rare[PRIVATE, _UNCOMPRESSED]])
    with russet.connect("127.0.0.1", served.port) as association:
        alone = tmp_path / "alone"
        *_, last = association.get(alone, model="composite", level="image", SOPInstanceUID=private)
    assert (last.status, last.completed) == (0x0000, 1)
    assert part10.stored(alone).keys() == {private}


@row("DCMTK dcmqrscp", "rare SOP classes and a compressed image, byte for byte")
def test_what_dcmqrscp_can_send_comes(dcmqrscp: Dcmqrscp, rare: Files) -> None:
    """It knows no private SOP class, and one compressed transfer syntax at a time."""
    archive = dcmqrscp([], {}, "+xu")
    indexed = run(need("dcmqridx"), archive.folder, *rare.values())
    assert indexed.returncode == 0, indexed.stdout
    last, arrived = get("QR", archive.port)
    can = [
        path
        for (sop_class, syntax), path in rare.items()
        if sop_class != PRIVATE and syntax in (_UNCOMPRESSED, _NEAR_LOSSLESS)
    ]
    assert arrived == data_sets(can)
    assert (last.status, last.completed) == (0xB000, len(can))
    assert last.failed == len(rare) - len(can)


@row("Orthanc", "rare SOP classes and compressed images")
def test_what_orthanc_can_send_comes(orthanc: Start, rare: Files, port: int) -> None:
    """Orthanc 1.10.1 gives up at the first instance that has no context, whatever else there is.

    It cannot send HTJ2K, and accepts no private SOP class from who retrieves.
    """
    archive = orthanc({"RUSSET": port})
    archive.take(*rare.values())
    last, arrived = get(archive.aet, archive.port)
    cannot = [
        path
        for (sop_class, syntax), path in rare.items()
        if sop_class == PRIVATE or syntax == _HTJ2K
    ]
    left_out = data_sets(cannot).keys()
    assert arrived.keys() == data_sets(rare.values()).keys() - left_out
    assert (last.status, last.failed) == (0xB000, len(cannot))
    assert last.reasons.keys() == left_out


@row("pynetdicom", "private and rare SOP classes, compressed images, byte for byte")
def test_every_kind_comes_from_pynetdicom(pynetdicom_service_scp: Services, rare: Files) -> None:
    headers = [dcmread(path, stop_before_pixels=True) for path in rare.values()]
    archive = pynetdicom_service_scp(files=list(rare.values()), identifiers=headers)
    last, arrived = get(archive.aet, archive.port)
    assert (last.status, last.completed, last.failed) == (0x0000, len(rare), 0)
    assert arrived == data_sets(rare.values())
