"""What a server performs, put together from a few words: services, a policy, a data folder."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from russet.association.effects import Destination
from russet.association.extended import ExtendedRule
from russet.association.policy import Policy
from russet.association.provider import Service
from russet.dimse.models import MODELS
from russet.errors import RussetError, UnreadableError
from russet.services.procedure_step import ProcedureStepReports, ProcedureStepService
from russet.services.query import QueryService
from russet.services.retrieve import Destinations, RetrieveService
from russet.services.storage import StorageService, StoreHandler
from russet.services.storage_commitment import CommitmentReports, StorageCommitmentService
from russet.services.verification import VerificationService
from russet.storage.folder import DataFolder
from russet.storage.functions import FunctionReceiver
from russet.storage.instances import Durability, InstanceFiles, OnDuplicate
from russet.storage.layout import Layout
from russet.storage.receiver import InstanceReceiver
from russet.storage.source import InstanceSource, Unsendable, examine

__all__ = ["Handler", "Keeping", "Wiring", "sendable", "wire"]

_ChoiceT = TypeVar("_ChoiceT", Durability, OnDuplicate)
_GIVE: Final = "a russet.association.effects.Destination(host, port, called)"
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

    def open_to(self, policy: Policy) -> None:
        """Serve whom another policy accepts; the SOP classes of the services are added to it."""
        self.policy = _opened(policy, self.services)

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
        destinations: Where C-MOVE and the reports on storage commitment find each AE title.
    """

    durability: str = Durability.FSYNC
    on_duplicate: str = OnDuplicate.KEEP
    layout: str | None = None
    destinations: Destinations = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse at once what no C-MOVE could use.

        Raises:
            RussetError: For destinations that are none.
        """
        if callable(self.destinations):
            return
        if not isinstance(self.destinations, Mapping):
            kind = type(self.destinations).__name__
            raise RussetError(f"destinations is a {kind}: give a mapping of AE titles, {_GIVE}")
        for title, each in self.destinations.items():
            if not isinstance(each, Destination):
                raise RussetError(
                    f"the destination of {title!r} is a {type(each).__name__}, not {_GIVE}"
                )


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
        found.append(_service(word, handler, keeping.destinations))
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
    wiring.open_to(policy)
    return wiring


def _opened(policy: Policy, services: list[Service]) -> Policy:
    """Have a policy accept what services offer, and storage only where it is served.

    Services that hear of events name the SOP classes that they are the SCU of. What services
    support of extended negotiation counts where the policy itself has no word on it.
    """
    also, scu_classes = set(policy.also), set(policy.scu_classes)
    extended: dict[str, ExtendedRule] = {}
    for service in services:
        also |= set(getattr(service, "sop_classes", ()))
        scu_classes |= set(getattr(service, "scu_classes", ()))
        extended |= getattr(service, "extended", {})
    stores = any(isinstance(service, StorageService) for service in services)
    return replace(
        policy,
        also=frozenset(also),
        extended={**extended, **policy.extended},
        scu_classes=frozenset(scu_classes),
        storage=policy.storage and stores,
    )


_RETRIEVED: Final = ("patient", "study", "patient-study", "composite", "without-bulk-data")


def _find(handler: Any, _: Destinations) -> Service:
    return QueryService(handler)


def _worklist(handler: Any, _: Destinations) -> Service:
    return QueryService(handler, {MODELS["worklist"].find or ""})


def _move(handler: Any, destinations: Destinations) -> Service:
    classes = {uid for name in _RETRIEVED if (uid := MODELS[name].move)}
    return RetrieveService(handler, destinations, classes, sendable)


def _get(handler: Any, _: Destinations) -> Service:
    classes = {uid for name in _RETRIEVED if (uid := MODELS[name].get)}
    return RetrieveService(handler, None, classes, sendable)


def _mpps(handler: Any, _: Destinations) -> Service:
    return ProcedureStepService(handler)


def _step_report(handler: Any, _: Destinations) -> Service:
    return ProcedureStepReports(handler)


def _commitment_report(handler: Any, _: Destinations) -> Service:
    return CommitmentReports(handler)


_SERVICES: Final[dict[str, Callable[[Any, Destinations], Service]]] = {
    "commit": StorageCommitmentService,
    "commitment_report": _commitment_report,
    "find": _find,
    "get": _get,
    "move": _move,
    "mpps": _mpps,
    "step_report": _step_report,
    "worklist": _worklist,
}
"""What makes a service of a handler, by the word for it."""


def sendable(what: Any) -> InstanceSource:
    """Take what a handler of C-MOVE or C-GET gives: a path, a data set, the bytes of a file.

    Raises:
        UnreadableError: When it is no instance.
    """
    found = what if isinstance(what, InstanceSource) else examine(what)
    if isinstance(found, Unsendable):
        raise UnreadableError(f"{found.path}: {found.reason}")
    return found


def _service(word: str, handler: Any, destinations: Destinations) -> Service:
    make = _SERVICES.get(word)
    if make is None:
        known = ", ".join(repr(each) for each in ("store", *_SERVICES))
        raise RussetError(f"no service for the handler {word!r}: there is {known}")
    if not callable(handler):
        raise RussetError(f"the handler of {word!r} is a {type(handler).__name__}: give a function")
    return make(handler, destinations)


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
