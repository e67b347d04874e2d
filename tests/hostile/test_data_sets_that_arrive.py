"""Data sets that lie, in a C-STORE: stored as they were sent, or C000 and nothing left of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import russet
from russet.net.serving import Receiver
from tests.support.instances import data_set, message
from tests.support.lies import lie
from tests.support.raw_peer import RawPeer

CANNOT_UNDERSTAND: Final = 0xC000

REFUSED: Final = (
    "a value of 4 GB",
    "a value longer than the file",
    "a sequence of 4 GB",
    "undefined length of a text",
    "nested 129 deep, endless",
    "nested 10000 deep, endless",
    "an item without end",
    "fragments without their delimiter",
)
STORED: Final = (
    "tags in no order",
    "a tag that is repeated",
    "odd lengths",
    "delimiters between elements",
    "nested 1000 deep",
    "a hundred thousand empty items",
    "a hundred thousand elements",
    "offsets past the end",
)


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    with russet.serve(0, data=tmp_path / "data", durability="none") as serving:
        yield serving


def files(receiver: Receiver) -> list[Path]:
    assert receiver.folder is not None
    folders = (receiver.folder.instances, receiver.folder.incoming)
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_and_leaves_nothing(name: str, receiver: Receiver) -> None:
    with RawPeer(receiver.port) as peer:
        peer.associate().send(message(data_set(lie(name).data)))
        assert peer.status() == CANNOT_UNDERSTAND
        assert files(receiver) == []
        assert peer.send(message(data_set(), message_id=2)).status() == 0x0000
        peer.release()


@pytest.mark.parametrize("name", STORED)
def test_what_is_merely_odd_is_stored_as_it_was_sent(name: str, receiver: Receiver) -> None:
    data = data_set(lie(name).data)
    with RawPeer(receiver.port) as peer:
        assert peer.associate().send(message(data)).status() == 0x0000
        peer.release()
    [path] = files(receiver)
    assert path.read_bytes().endswith(data)
