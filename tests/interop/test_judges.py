"""The judges beside each other: they work, so that what they say of russet means something."""

from pathlib import Path

import pytest

from tests.support import archive as archived
from tests.support import part10
from tests.support.dcmtk_query import Dcmqrscp, Query, Wlmscpfs

pytestmark = pytest.mark.interop

_STUDY = ("QueryRetrieveLevel=STUDY", f"StudyInstanceUID={archived.uid(1)}")


def test_findscu_finds_what_dcmqrscp_holds(
    dcmqrscp: Dcmqrscp, dcmtk_query: Query, archive: tuple[Path, ...]
) -> None:
    scp = dcmqrscp(archive)
    keys = ("QueryRetrieveLevel=STUDY", "PatientName=DOE*", "StudyInstanceUID")
    found = dcmtk_query.find((scp.aet, scp.port), keys, "-S")
    assert found.status == "Success", found.ended.stdout
    assert {i.StudyInstanceUID for i in found.identifiers} == {archived.uid(1), archived.uid(2)}


def test_getscu_and_movescu_bring_what_dcmqrscp_holds(
    dcmqrscp: Dcmqrscp, dcmtk_query: Query, archive: tuple[Path, ...], port: int
) -> None:
    scp = dcmqrscp(archive, {"ME": port})
    due = {archived.uid(1, series, instance) for series in (1, 2) for instance in (1, 2)}
    for brought in (
        dcmtk_query.get((scp.aet, scp.port), _STUDY, "-S"),
        dcmtk_query.move((scp.aet, scp.port), _STUDY, port, "-S"),
    ):
        assert brought.status == "Success", brought.ended.stdout
        assert brought.files.keys() == due, brought.ended.stdout
    sent = {file.sop_instance: file for path in archive if (file := part10.read(path))}
    assert all(brought.files[uid].dataset == sent[uid].dataset for uid in due)


def test_findscu_finds_ten_items_in_the_worklist(wlmscpfs: Wlmscpfs, dcmtk_query: Query) -> None:
    scp = wlmscpfs()
    found = dcmtk_query.find((scp.aet, scp.port), ["PatientName", "PatientID"], "-W")
    assert found.status == "Success", found.ended.stdout
    assert len(found.identifiers) == 10
