"""`russet.serve`: a receiver from a few words, for tests, scripts and programs."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from russet.association.policy import Policy
from russet.association.provider import Service
from russet.errors import RussetError
from russet.net.receive import Acceptor
from russet.net.report import AssociationReport
from russet.net.server import Server
from russet.net.timeouts import Timeouts
from russet.services.storage import StorageService, StoreHandler
from russet.services.verification import VerificationService
from russet.storage.folder import DataFolder
from russet.storage.functions import FunctionReceiver
from russet.storage.instances import Durability, InstanceFiles, OnDuplicate
from russet.storage.layout import Layout
from russet.storage.receiver import InstanceReceiver

if TYPE_CHECKING:
    from russet.net.tls import ServerTls

__all__ = ["Receiver", "serve"]

_SPARE_THREADS: Final = 64
_ChoiceT = TypeVar("_ChoiceT", Durability, OnDuplicate)
Handler = Callable[..., Any] | StoreHandler


class Receiver:
    """A server with what it needs. It serves at once; use it as a context manager, or `close` it.

    Attributes:
        port: The port it listens on.
        folder: The data folder, if instances are kept.
    """

    def __init__(
        self,
        services: list[Service],
        policy: Policy,
        *,
        bind: str = "127.0.0.1",
        port: int = 0,
        max_pdu: int = 1 << 20,
        timeouts: Timeouts | None = None,
        folder: DataFolder | None = None,
        files: InstanceFiles | None = None,
        on_association: Callable[[AssociationReport], None] | None = None,
        tls: "ServerTls | None" = None,
    ) -> None:
        """Listen; `serve` says what the arguments mean."""
        timeouts = timeouts or Timeouts()
        acceptor = Acceptor(services, policy, timeouts, max_pdu, on_association)
        self.folder = folder
        self._files = files
        threads = policy.max_associations + _SPARE_THREADS
        self._server = Server(bind, port, acceptor, timeouts, threads, tls=tls)
        self.port = self._server.port

    def __enter__(self) -> Self:
        """Use as a context manager that ends with `close`."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop: let operations under way end, close the rest."""
        self.close()

    def close(self) -> None:
        """Stop: let operations under way end, close the rest."""
        self._server.close()
        if self._files is not None:
            self._files.close()
        if self.folder is not None:
            self.folder.close()


def serve(
    port: int = 11112,
    *,
    bind: str = "127.0.0.1",
    aet: str = "RUSSET",
    data: str | Path | None = None,
    handlers: Mapping[str, Handler] | None = None,
    policy: Policy | None = None,
    durability: str = Durability.FSYNC,
    on_duplicate: str = OnDuplicate.KEEP,
    layout: str | None = None,
    **network: Any,
) -> Receiver:
    """Serve C-ECHO, and C-STORE into a folder or a function.

    Args:
        port: TCP port; 0 for any free one, told by `.port` of the result.
        bind: Address to listen on; 0.0.0.0 for every one of this machine.
        aet: Our AE title.
        data: Folder to keep instances in as files, as `russet serve` does.
        handlers: What to call instead: `"store"` a function that takes an `Instance` and gives
            a status or None for Success, or a `StoreHandler`.
        policy: Whom and what to accept; by default every title and every storage SOP class.
        durability: What Success waits for, with `data`: fsync or none.
        on_duplicate: What becomes of a second instance with one UID: keep, replace or reject.
        layout: Template of the path of an instance.
        **network: `max_pdu`, `timeouts`, `on_association` and `tls` of `Receiver`.

    Returns:
        A `Receiver`: use it as a context manager.

    Raises:
        ConnectError: When the port is taken or may not be had.
        CertificateFileError: When a file of `tls` cannot be used.
        StorageError: When the data folder cannot be used.
        RussetError: For a handler that has no service, or a layout that cannot be.
    """
    store = _store_handler(dict(handlers or {}))
    if store is not None and data is not None:
        raise RussetError("instances go into a folder (data) or to a handler, not both")
    services: list[Service] = [VerificationService()]
    folder = files = None
    if data is not None:
        paths = Layout() if layout is None else Layout(layout)
        choices = _choice(Durability, durability), _choice(OnDuplicate, on_duplicate)
        folder = DataFolder(Path(data))
        files = InstanceFiles(folder, *choices)
        services.append(StorageService(InstanceReceiver(files, paths)))
    elif store is not None:
        services.append(StorageService(store))
    policy = policy or Policy(ae_title=aet, check_called=False, storage=len(services) > 1)
    try:
        return Receiver(
            services, policy, bind=bind, port=port, folder=folder, files=files, **network
        )
    except BaseException:
        if folder is not None:
            folder.close()
        raise


def _choice(kind: type[_ChoiceT], word: str) -> _ChoiceT:
    try:
        return kind(word)
    except ValueError:
        raise RussetError(f"{word!r} is none of {', '.join(kind)}") from None


def _store_handler(handlers: dict[str, Any]) -> StoreHandler | None:
    store = handlers.pop("store", None)
    if handlers:
        raise RussetError(f"no service for the handler {next(iter(handlers))!r}: there is 'store'")
    if store is None or hasattr(store, "open"):
        return store  # type: ignore[no-any-return]  # what has an `open` is a StoreHandler
    if not callable(store):
        raise RussetError(f"the handler of 'store' is a {type(store).__name__}: give a function")
    return FunctionReceiver(store)
