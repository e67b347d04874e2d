"""What a server performs, put together from a few words: services, a policy, a data folder."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from russet.association.policy import Policy
from russet.association.provider import Service
from russet.errors import RussetError
from russet.services.storage import StorageService, StoreHandler
from russet.services.verification import VerificationService
from russet.storage.folder import DataFolder
from russet.storage.functions import FunctionReceiver
from russet.storage.instances import Durability, InstanceFiles, OnDuplicate
from russet.storage.layout import Layout
from russet.storage.receiver import InstanceReceiver

__all__ = ["Handler", "Keeping", "Wiring", "wire"]

_ChoiceT = TypeVar("_ChoiceT", Durability, OnDuplicate)
Handler = Callable[..., Any] | StoreHandler


@dataclass(slots=True)
class Wiring:
    """What a server performs, and for whom.

    Attributes:
        services: The service classes.
        policy: Whom and what to accept.
        folder: The data folder, if instances are kept.
        files: The instance files in it.
    """

    services: list[Service]
    policy: Policy
    folder: DataFolder | None = None
    files: InstanceFiles | None = None

    def close(self) -> None:
        """Let go of the data folder."""
        if self.files is not None:
            self.files.close()
        if self.folder is not None:
            self.folder.close()


@dataclass(frozen=True, slots=True)
class Keeping:
    """How instances are kept in a data folder.

    Attributes:
        durability: What Success waits for: fsync or none.
        on_duplicate: What becomes of a second instance with one UID: keep, replace or reject.
        layout: Template of the path of an instance.
    """

    durability: str = Durability.FSYNC
    on_duplicate: str = OnDuplicate.KEEP
    layout: str | None = None


def wire(
    handlers: Mapping[str, Handler],
    services: Iterable[Service],
    policy: Policy,
    data: str | Path | None,
    keeping: Keeping,
) -> Wiring:
    """Put together what a server performs.

    Args:
        handlers: Functions or handlers by the word for their service; see `russet.serve`.
        services: Further services, as they are.
        policy: Whom and what to accept; the SOP classes of the services are added to it.
        data: Folder to keep instances in as files.
        keeping: How.

    Raises:
        StorageError: When the data folder cannot be used.
        RussetError: For a handler that has no service, or a layout that cannot be.
    """
    wanted = dict(handlers)
    store = _store_handler(wanted.pop("store", None))
    if store is not None and data is not None:
        raise RussetError("instances go into a folder (data) or to a handler, not both")
    found: list[Service] = [VerificationService(), *services]
    for word, handler in wanted.items():
        found.append(_service(word, handler))
    wiring = Wiring(found, policy)
    if data is not None:
        paths = Layout() if keeping.layout is None else Layout(keeping.layout)
        choices = (
            _choice(Durability, keeping.durability),
            _choice(OnDuplicate, keeping.on_duplicate),
        )
        wiring.folder = DataFolder(Path(data))
        wiring.files = InstanceFiles(wiring.folder, *choices)
        found.append(StorageService(InstanceReceiver(wiring.files, paths)))
    elif store is not None:
        found.append(StorageService(store))
    wiring.policy = _opened(policy, found)
    return wiring


def _opened(policy: Policy, services: list[Service]) -> Policy:
    """Have a policy accept the SOP classes of services, and storage only where it is served."""
    also: set[str] = set(policy.also)
    for service in services:
        also |= set(getattr(service, "sop_classes", ()))
    stores = any(isinstance(service, StorageService) for service in services)
    return replace(policy, also=frozenset(also), storage=policy.storage and stores)


_SERVICES: Final[dict[str, Callable[[Any], Service]]] = {}
"""What makes a service of a handler, by the word for it."""


def _service(word: str, handler: Any) -> Service:
    make = _SERVICES.get(word)
    if make is None:
        known = ", ".join(repr(each) for each in ("store", *_SERVICES))
        raise RussetError(f"no service for the handler {word!r}: there is {known}")
    if not callable(handler):
        raise RussetError(f"the handler of {word!r} is a {type(handler).__name__}: give a function")
    return make(handler)


def _choice(kind: type[_ChoiceT], word: str) -> _ChoiceT:
    try:
        return kind(word)
    except ValueError:
        raise RussetError(f"{word!r} is none of {', '.join(kind)}") from None


def _store_handler(store: Any) -> StoreHandler | None:
    if store is None or hasattr(store, "open"):
        return store  # type: ignore[no-any-return]  # what has an `open` is a StoreHandler
    if not callable(store):
        raise RussetError(f"the handler of 'store' is a {type(store).__name__}: give a function")
    return FunctionReceiver(store)
