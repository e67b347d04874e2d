"""russet as SCP of query and retrieve over the files of `archive`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import russet
from russet.association.effects import Destination
from russet.data import Dataset
from russet.data.matching import Query, select
from russet.net.serving import Receiver
from russet.services.query import FindRequest
from russet.services.retrieve import RetrieveRequest

__all__ = ["Archive", "StartArchive", "russet_archive"]

StartArchive = Callable[..., Receiver]


class Archive:
    """What the handlers look into."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._held = {path: russet.dcmread(path) for path in paths}

    def find(self, asked: FindRequest) -> Iterator[Dataset]:
        """One match for each entity of the level."""
        assert asked.model is not None
        unique = next(each.unique_key for each in asked.model.levels if each.name == asked.level)
        entities = {str(held[unique].value): held for held in self._held.values()}
        return select(asked.identifier, entities.values())

    def retrieve(self, asked: RetrieveRequest) -> list[Path]:
        """The files that match."""
        query = Query(asked.identifier)
        return [path for path, held in self._held.items() if query.matches(held)]


@pytest.fixture
def russet_archive(archive: tuple[Path, ...]) -> Iterator[StartArchive]:
    """Serve `archive` in this process; it moves to `hosts` (port by AE title)."""
    with ExitStack() as stack:

        def start(hosts: Mapping[str, int] | None = None) -> Receiver:
            held = Archive(archive)
            handlers = {"find": held.find, "get": held.retrieve, "move": held.retrieve}
            known = {t: Destination("127.0.0.1", p, t) for t, p in (hosts or {}).items()}
            more: Any = {"handlers": handlers, "destinations": known}
            return stack.enter_context(russet.serve(port=0, **more))

        yield start
