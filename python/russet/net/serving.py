"""`russet.serve`: a receiver from a few words, for tests, scripts and programs."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from russet.association.policy import Policy
from russet.association.provider import Service
from russet.net.receive import Acceptor
from russet.net.report import AssociationReport
from russet.net.server import Server
from russet.net.timeouts import Timeouts
from russet.net.wiring import Handler, Keeping, Wiring, wire
from russet.services.retrieve import Destinations
from russet.storage.instances import Durability, OnDuplicate

if TYPE_CHECKING:
    from russet.net.tls import ServerTls

__all__ = ["Receiver", "serve"]

_SPARE_THREADS: Final = 64


class Receiver:
    """A server with what it needs. It serves at once; use it as a context manager, or `close` it.

    Attributes:
        port: The port it listens on.
        active: How many associations are established.
        folder: The data folder, if instances are kept.
    """

    def __init__(
        self,
        wiring: Wiring,
        *,
        bind: str = "127.0.0.1",
        port: int = 0,
        max_pdu: int = 1 << 20,
        timeouts: Timeouts | None = None,
        on_association: Callable[[AssociationReport], None] | None = None,
        tls: "ServerTls | None" = None,
    ) -> None:
        """Listen; `serve` says what the arguments mean."""
        timeouts = timeouts or Timeouts()
        policy = wiring.policy
        self._acceptor = Acceptor(wiring.services, policy, timeouts, max_pdu, on_association)
        self.folder = wiring.folder
        self._wiring = wiring
        threads = policy.max_associations + _SPARE_THREADS
        self._server = Server(bind, port, self._acceptor, timeouts, threads, tls=tls)
        self.port = self._server.port

    @property
    def active(self) -> int:
        """How many associations are established."""
        return self._acceptor.active

    def admit(self, policy: Policy) -> None:
        """Accept by another policy from now on; associations that are there stay as they are."""
        self._wiring.open_to(policy)
        self._acceptor.admit(self._wiring.policy)

    def __enter__(self) -> Self:
        """Use as a context manager that ends with `close`."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop: let operations under way end, close the rest."""
        self.close()

    def close(self) -> None:
        """Stop: let operations under way end, close the rest."""
        self._server.close()
        self._wiring.close()


def serve(
    port: int = 11112,
    *,
    bind: str = "127.0.0.1",
    aet: str = "RUSSET",
    data: str | Path | None = None,
    handlers: Mapping[str, Handler] | None = None,
    services: Iterable[Service] = (),
    policy: Policy | None = None,
    durability: str = Durability.FSYNC,
    on_duplicate: str = OnDuplicate.KEEP,
    layout: str | None = None,
    destinations: Destinations | None = None,
    **network: Any,
) -> Receiver:
    """Serve C-ECHO, C-STORE into a folder or a function, and whatever else has a handler.

    Args:
        port: TCP port; 0 for any free one, told by `.port` of the result.
        bind: Address to listen on; 0.0.0.0 for every one of this machine.
        aet: Our AE title.
        data: Folder to keep instances in as files, as `russet serve` does.
        handlers: What to call, by the word for the service. `"store"`: a function that takes an
            `Instance` and gives a status or None for Success, or a `StoreHandler`. `"find"` and
            `"worklist"`: takes a `FindRequest`, gives the matches. `"move"` and `"get"`: takes a
            `RetrieveRequest`, gives what to send: paths, data sets. `"commit"`: takes a
            `CommitmentRequest`, gives the UIDs that are held. `"mpps"`: takes the request, and the
            step before and after each change. `"commitment_report"` and `"step_report"`: hear what
            other SCPs report to us. Functions may be generators, coroutines or asynchronous
            generators.
        services: Further services, for SOP classes of your own.
        policy: Whom and what to accept; by default every title and every storage SOP class.
        durability: What Success waits for, with `data`: fsync or none.
        on_duplicate: What becomes of a second instance with one UID: keep, replace or reject.
        layout: Template of the path of an instance.
        destinations: Where each AE title is, for C-MOVE and reports on storage commitment: a
            mapping to `russet.association.effects.Destination`, or a function. Without one reports
            go where they were asked.
        **network: `max_pdu`, `timeouts`, `on_association` and `tls` of `Receiver`.

    Returns:
        A `Receiver`: use it as a context manager.

    Raises:
        ConnectError: When the port is taken or may not be had.
        CertificateFileError: When a file of `tls` cannot be used.
        StorageError: When the data folder cannot be used.
        RussetError: For a handler that has no service, a destination that is none, or a layout
            that cannot be.
    """
    policy = policy or Policy(ae_title=aet, check_called=False)
    keeping = Keeping(durability, on_duplicate, layout, destinations or {})
    wiring = wire(handlers or {}, services, policy, data, keeping)
    try:
        return Receiver(wiring, bind=bind, port=port, **network)
    except BaseException:
        wiring.close()
        raise
