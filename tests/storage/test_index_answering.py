"""An archive of a few words: what was stored over the network is found, and comes back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import russet
from russet.errors import StatusError
from russet.net.serving import Receiver
from russet.storage import DataFolder
from russet.storage.index import Answering, Holding
from tests.support import part10
from tests.support.indexed import Archive, instance
from tests.support.instances import CT, EXPLICIT


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with DataFolder(tmp_path / "data") as folder:
        made = Archive(folder)
        yield made
        made.close()


@pytest.fixture
def server(archive: Archive) -> Iterator[Receiver]:
    services = Answering(archive.index, "RUSSET").services()
    handlers = {"store": archive.receiver}
    with russet.serve(0, handlers=handlers, services=services) as serving:
        yield serving


def send(server: Receiver) -> None:
    with russet.connect("127.0.0.1", server.port) as association:
        for number in (1, 2, 3):
            sent = instance(
                SOPInstanceUID=f"9.{number}", StudyInstanceUID=f"1.{number // 2}", Rows=number
            )
            assert association.store(sent).status == 0x0000


def test_what_was_stored_is_found(server: Receiver) -> None:
    send(server)
    with russet.connect("127.0.0.1", server.port) as association:
        found = list(
            association.find(
                level="STUDY",
                PatientName="citizen*",
                StudyInstanceUID="",
                NumberOfStudyRelatedInstances=None,
            )
        )
    assert sorted(
        (study.StudyInstanceUID, study.NumberOfStudyRelatedInstances, study.RetrieveAETitle)
        for study in found
    ) == [("1.0", 1, "RUSSET"), ("1.1", 2, "RUSSET")]


def test_an_identifier_that_breaks_the_rules_is_answered_with_a900(server: Receiver) -> None:
    with (
        russet.connect("127.0.0.1", server.port) as association,
        pytest.raises(StatusError, match="StudyInstanceUID") as caught,
    ):
        list(association.find(level="SERIES", Modality="CT"))
    assert caught.value.status == 0xA900


def test_what_was_stored_comes_back_byte_for_byte(server: Receiver, tmp_path: Path) -> None:
    send(server)
    back = tmp_path / "back"
    back.mkdir()
    with russet.connect("127.0.0.1", server.port) as association:
        *_, last = association.get(back, level="STUDY", StudyInstanceUID="1.1")
    assert (last.completed, last.failed) == (2, 0)
    fetched = part10.stored(back)
    assert sorted(fetched) == ["9.2", "9.3"]
    expected = instance(SOPInstanceUID="9.3", StudyInstanceUID="1.1", Rows=3)
    assert fetched["9.3"].dataset == bytes(expected.encode(EXPLICIT))


def test_what_is_answered_with_success_is_held_at_once(server: Receiver, archive: Archive) -> None:
    send(server)
    assert archive.index.holding(CT, "9.3")[0] is Holding.HERE
