"""The archive: a data folder, its index and the peers, wired to services (PS3.4 B, C, F, J, K)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from russet.apps.archive.addresses import addresses_of
from russet.apps.archive.commitment import CommitmentOutbox
from russet.apps.archive.custody import Custody
from russet.apps.archive.retrieval import Retrieval
from russet.apps.archive.start import StartUp
from russet.apps.archive.steps import StepFiles
from russet.apps.archive.worklist import WorklistFolder
from russet.apps.archive.zone import LocalZone
from russet.association.effects import Destination
from russet.association.peers import Peers, read_peers
from russet.association.policy import Policy
from russet.association.provider import Service
from russet.errors import ConfigurationError, RussetError
from russet.services.procedure_step import ProcedureStepService
from russet.services.storage import StorageService, StoreHandler
from russet.services.storage_commitment import StorageCommitmentService
from russet.storage.folder import DataFolder
from russet.storage.index import Index, IndexedReceiver, Reconciliation
from russet.storage.instances import Durability, InstanceFiles, OnDuplicate
from russet.storage.layout import Layout
from russet.storage.receiver import InstanceReceiver
from russet.storage.small_files import SmallFiles
from russet.storage.watermark import Watermark, default_watermark

if TYPE_CHECKING:
    from russet.net.tls import ClientTls

__all__ = ["Archive"]

_ChoiceT = TypeVar("_ChoiceT", Durability, OnDuplicate)
_Path = str | PathLike[str]


class Archive:
    """A data folder as a node of the network; use it as a context manager, around the server.

    with russet.Archive("russet-data", peers="peers.toml") as archive:
        with russet.serve(11112, services=archive.services, policy=archive.policy):
            ...

    It serves `russet.serve` and `russet.aio.serve` alike. Instances are taken at once; the index is
    compared with the files meanwhile, and queries wait until that is done.

    Attributes:
        folder: The data folder.
        index: The index; None when it was not wanted.
        peers: What `peers.toml` says, or what holds without one.
        titles: Our AE titles, the first being the one that we call ourselves.
        policy: Whom to accept, for `russet.serve`.
        services: What to serve, for `russet.serve`.
        worklist: The worklist, if there is a folder for it.
        min_free: Bytes that must stay free on the disk.
    """

    def __init__(
        self,
        data: _Path,
        *,
        aet: str | None = None,
        peers: Peers | _Path | None = None,
        policy: Policy | None = None,
        index: bool = True,
        rebuild_index: bool = False,
        worklist: _Path | None = None,
        durability: str = Durability.FSYNC,
        on_duplicate: str = OnDuplicate.KEEP,
        layout: str | None = None,
        min_free: int | None = None,
        tls: ClientTls | None = None,
    ) -> None:
        """Take the data folder.

        Args:
            data: The folder, made when there is none.
            aet: Our AE title, in front of those of `peers`.
            peers: The path of a `peers.toml`, or what it says; docs/peers.md has the format.
                Without one everybody may echo and store, and the rest is for this machine.
            policy: What `peers` says nothing of, such as how many associations there may be.
            index: Whether to have an index: without it nothing can be asked for.
            rebuild_index: Whether to begin the index anew, from the files.
            worklist: Folder of worklist items.
            durability: What Success waits for: fsync or none.
            on_duplicate: What becomes of a second instance with one UID: keep, replace or reject.
            layout: Template of the path of an instance.
            min_free: Bytes that must stay free, else instances are refused with A700H; a hundredth
                of the disk without it, 2 GB at most.
            tls: How to call peers with `tls = true`, for C-MOVE and for reports.

        Raises:
            ConfigurationError: For a `peers.toml` that cannot be meant, or a worklist without
                a folder.
            StorageError: When the data folder cannot be used, or the index.
            RussetError: For a word or a layout that cannot be.
        """
        self.peers: Peers
        self.titles: tuple[str, ...]
        self.policy: Policy
        self._own = (aet, policy or Policy(check_called=False))
        self._know(_read(peers), known=peers is not None)
        self._tls = tls
        self._durability = _choice(Durability, durability)
        paths = Layout() if layout is None else Layout(layout)
        with ExitStack() as stack:
            self.folder = stack.enter_context(DataFolder(Path(data)))
            on_disk = default_watermark(self.folder.root)
            self.min_free = on_disk if min_free is None else min_free
            self.index: Index | None = None
            if index:
                made = Index(self.folder, self._durability, rebuild=rebuild_index)
                self.index = stack.enter_context(made)
            files = InstanceFiles(self.folder, self._durability, _choice(OnDuplicate, on_duplicate))
            stack.callback(files.close)
            self._steps = StepFiles(self._small_files("steps"))
            self.worklist = None if worklist is None else self._worklist(Path(worklist))
            self._start = StartUp(self._steps, self.index)
            self.services: list[Service] = [
                self._storing(files, paths),
                ProcedureStepService(steps=self._steps, strict=False),
                *([] if self.worklist is None else [self.worklist.service()]),
                *([] if self.index is None else self._answering(self.index, stack)),
            ]
            stack.callback(self._start.close)
            self._start.begin()
            self._resources = stack.pop_all()

    def __enter__(self) -> Self:
        """Use as a context manager that ends with `close`."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the data folder."""
        self.close()

    def close(self) -> None:
        """Let go of the data folder; after the server is closed. Safe to call again."""
        self._resources.close()

    def wait(self, timeout: float | None = None) -> Reconciliation | None:
        """Wait until the index is whole, and give what was healed; None without an index.

        Raises:
            StorageError: When it did not become whole: the disk refused, or time is up.
        """
        return self._start.wait(timeout)

    def on_whole(self, action: Callable[[Reconciliation | None], None]) -> None:
        """Have something told of what was healed once the index is whole; on any thread."""
        self._start.then(action)

    def reload(self, peers: Peers | _Path) -> None:
        """Take another `peers.toml`, or the same anew: `policy` is for the `admit` of a server.

        Raises:
            ConfigurationError: For one that cannot be meant; then everything stays as it is.
        """
        self._know(_read(peers), known=True)

    def destination(self, title: str, calling: str = "") -> Destination | None:
        """Find where a peer listens.

        Args:
            title: Its AE title.
            calling: Which title of ours to call it by; the first when that is none of ours.
        """
        peer = self.peers.destinations.get(title.strip())
        if peer is None:
            return None
        own = calling.strip() if calling.strip() in self.titles else self.titles[0]
        return Destination(
            peer.host, peer.port, peer.title, own, self._secured() if peer.tls else None
        )

    def _secured(self) -> ClientTls:
        if self._tls is None:
            from russet.net.tls import ClientTls

            self._tls = ClientTls()
        return self._tls

    def _know(self, peers: Peers, *, known: bool) -> None:
        """Be called what `peers` says, and serve whom it says; `known` unless there is none."""
        aet, rest = self._own
        said = (*([aet] if aet else ()), *peers.titles)
        titles = tuple(dict.fromkeys(said)) or (rest.ae_title, *rest.titles)
        made = peers.policy(addresses_of, rest) if known else rest
        checked = rest.check_called or (known and peers.check_called)
        self.policy = replace(made, ae_title=titles[0], titles=titles[1:], check_called=checked)
        self.peers, self.titles = peers, titles

    def _small_files(self, name: str) -> SmallFiles:
        return SmallFiles(self.folder.root / name, self._durability)

    def _worklist(self, folder: Path) -> WorklistFolder:
        if not folder.is_dir():
            raise ConfigurationError(f"there is no folder {folder} for the worklist")
        return WorklistFolder(folder, self._steps.is_performed)

    def _storing(self, files: InstanceFiles, layout: Layout) -> StorageService:
        handler: StoreHandler
        if self.index is None:
            handler = InstanceReceiver(files, layout)
        else:
            handler = IndexedReceiver(files, self.index, layout)
        return StorageService(Watermark(handler, self.folder.root, self.min_free))

    def _answering(self, index: Index, stack: ExitStack) -> list[Service]:
        """What needs an index."""
        is_whole = self._start.is_whole
        custody = Custody(index, is_whole)
        outbox = CommitmentOutbox(
            self._small_files("commitment"), custody.missing, self.destination
        )
        stack.callback(outbox.close)
        self._start.then(lambda _healed: outbox.start())
        retrieval = Retrieval(index, lambda: self.titles[0], LocalZone(), is_whole)
        commitment = StorageCommitmentService(custody.judge, outbox=outbox)
        return [*retrieval.services(self.destination), commitment]


def _read(peers: Peers | _Path | None) -> Peers:
    if peers is None or isinstance(peers, Peers):
        return peers or Peers()
    path = Path(peers)
    try:
        return read_peers(path.read_text(encoding="utf-8"))
    except ConfigurationError as error:
        raise error.within(str(path)) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigurationError(f"cannot read {path}: {reason}") from error


def _choice(kind: type[_ChoiceT], word: str) -> _ChoiceT:
    try:
        return kind(word)
    except ValueError:
        raise RussetError(f"{word!r} is none of {', '.join(kind)}") from None
