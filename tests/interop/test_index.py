"""DCMTK's tools against an archive made of a receiver and its index."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import russet
from russet.association import Policy
from russet.data import dcmread
from russet.net.serving import Receiver
from russet.storage import DataFolder
from russet.storage.index import Answering
from tests.support import part10
from tests.support.indexed import Archive, instance
from tests.support.peers import Dcmtk
from tests.support.processes import run

pytestmark = pytest.mark.interop


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Receiver]:
    """Three instances of two studies."""
    with DataFolder(tmp_path / "data") as folder:
        archive = Archive(folder)
        for number in (1, 2, 3):
            archive.store(
                instance(
                    SOPInstanceUID=f"1.9.{number}",
                    StudyInstanceUID=f"1.2.{number // 2}",
                    StudyDate=f"2026010{number}",
                    PatientName="Müller^Jörg",
                    SpecificCharacterSet="ISO_IR 100",
                )
            )
        services = Answering(archive.index, "RUSSET").services()
        with russet.serve(
            0, handlers={"store": archive.receiver}, services=services, policy=Policy()
        ) as serving:
            yield serving
        archive.close()


def beside(dcmtk: Dcmtk, name: str) -> Path:
    """Another tool of DCMTK's."""
    return Path(dcmtk.echoscu).with_name(name)


def test_findscu_finds(dcmtk: Dcmtk, server: Receiver, tmp_path: Path) -> None:
    keys = ("QueryRetrieveLevel=STUDY", "PatientName=M*", "StudyDate=-20260101", "StudyInstanceUID")
    options = [word for key in keys for word in ("-k", key)]
    found = tmp_path / "found"
    found.mkdir()
    called = ("-aec", "RUSSET", "127.0.0.1", str(server.port))
    ended = run(beside(dcmtk, "findscu"), "-S", "-X", "-od", str(found), *options, *called)
    assert ended.returncode == 0, ended.stdout
    (study,) = (dcmread(path) for path in sorted(found.iterdir()))
    assert (study.StudyInstanceUID, str(study.PatientName)) == ("1.2.0", "Müller^Jörg")
    assert study.RetrieveAETitle == "RUSSET"


def test_findscu_is_told_of_an_identifier_that_breaks_the_rules(
    dcmtk: Dcmtk, server: Receiver
) -> None:
    called = ("-aec", "RUSSET", "127.0.0.1", str(server.port))
    ended = run(beside(dcmtk, "findscu"), "-v", "-S", "-k", "QueryRetrieveLevel=SERIES", *called)
    assert re.search(r"Identifier|0xa900", ended.stdout), ended.stdout


def test_getscu_gets(dcmtk: Dcmtk, server: Receiver, tmp_path: Path) -> None:
    back = tmp_path / "back"
    back.mkdir()
    keys = ("-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2.1")
    called = ("-aec", "RUSSET", "127.0.0.1", str(server.port))
    ended = run(beside(dcmtk, "getscu"), "-S", "+B", "-od", str(back), *keys, *called)
    assert ended.returncode == 0, ended.stdout
    assert sorted(part10.stored(back)) == ["1.9.2", "1.9.3"]
