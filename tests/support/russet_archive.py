"""russet as SCP of query and retrieve over the files of `archive`, and as SCU of both.

How keys are matched is not what the peers are asked about: the few lines here know single values,
lists of UIDs and wildcards.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, TypeVar

import pytest

import russet
from russet.association import Policy, Row
from russet.association.effects import Destination
from russet.association.events import Operation
from russet.association.provider import Service
from russet.data import Dataset
from russet.net.serving import Receiver
from russet.net.terms import NATIVE
from russet.services.query import FindRequest, QueryService
from russet.services.retrieve import RetrieveRequest, RetrieveService
from russet.storage.source import InstanceSource, read_head

__all__ = ["Archive", "StartArchive", "ask", "russet_archive"]

StartArchive = Callable[..., Receiver]
_ResultT = TypeVar("_ResultT")
_NO_KEYS = ("QueryRetrieveLevel", "SpecificCharacterSet")


class Archive:
    """What the handlers look into."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._held = [(read_head(path), russet.dcmread(path)) for path in paths]

    def find(self, asked: FindRequest) -> Iterator[Dataset]:
        """One match for each entity of the level."""
        seen = set()
        for _, held in self._matches(asked):
            unique = str(held[_unique_key(asked)].value)
            if unique in seen:
                continue
            seen.add(unique)
            found = Dataset(SpecificCharacterSet="ISO_IR 100", QueryRetrieveLevel=asked.level)
            for element in asked.identifier:
                if element.keyword not in _NO_KEYS:
                    found[element.tag] = _value(held, element.tag)
            yield found

    def retrieve(self, asked: RetrieveRequest) -> list[InstanceSource]:
        """The files that match."""
        return [source for source, _ in self._matches(asked)]

    def _matches(
        self, asked: FindRequest | RetrieveRequest
    ) -> Iterator[tuple[InstanceSource, Dataset]]:
        for source, held in self._held:
            elements = [each for each in asked.identifier if each.keyword not in _NO_KEYS]
            if all(_match(each.value, _value(held, each.tag)) for each in elements):
                yield source, held


def _value(held: Dataset, tag: int) -> Any:
    return held[tag].value if tag in held else ""


def _match(key: Any, value: Any) -> bool:
    if key in (None, ""):
        return True
    patterns = [str(key)] if isinstance(key, str) or not isinstance(key, Sequence) else key
    return any(fnmatchcase(str(value), str(pattern)) for pattern in patterns)


def _unique_key(asked: FindRequest) -> str:
    assert asked.model is not None
    return next(level.unique_key for level in asked.model.levels if level.name == asked.level)


@pytest.fixture
def russet_archive(archive: tuple[Path, ...]) -> Iterator[StartArchive]:
    """Serve `archive` in this process; it moves to `hosts` (port by AE title)."""
    with ExitStack() as stack:

        def start(hosts: Mapping[str, int] | None = None, **more: Any) -> Receiver:
            held = Archive(archive)
            known = {t: Destination("127.0.0.1", p, t) for t, p in (hosts or {}).items()}
            services: list[Service] = [
                QueryService(held.find),
                RetrieveService(held.retrieve, known),
            ]
            policy = Policy(check_called=False, rows=(Row("judges"),))
            return stack.enter_context(
                russet.serve(port=0, services=services, policy=policy, **more)
            )

        yield start


def ask(scp: tuple[str, int], operation: Operation[_ResultT], **terms: Any) -> list[_ResultT]:
    """What an operation brings from (AE title, port)."""
    title, port = scp
    contexts = [(operation.abstract_syntax, NATIVE), *terms.pop("contexts", ())]
    with russet.connect("127.0.0.1", port, called=title, contexts=contexts, **terms) as peer:
        return list(peer.perform(operation))
