"""Instance files: written aside, published whole under their own name.

Order of steps (PS3.4 B.2 asks that Success means stored): create aside, write, sync the data,
link without clobbering, sync the folder. Nothing half-written is ever seen under a final name, and
an instance that was acknowledged is never overwritten unless the caller asked for it.
"""

import enum
import hashlib
import os
import threading
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from russet import codec
from russet.errors import DecodeError, UnreadableError
from russet.storage.incoming import IncomingFile, IncomingFolder, refused

__all__ = ["Durability", "InstanceFiles", "InstanceFolder", "OnDuplicate", "Outcome"]

_BLOCK: Final = 1 << 20
_HEAD: Final = 1 << 14


class Durability(enum.StrEnum):
    """What Success waits for."""

    NONE = "none"
    FSYNC = "fsync"


class OnDuplicate(enum.StrEnum):
    """What happens to a second instance of one SOP Instance UID."""

    KEEP = "keep"
    REPLACE = "replace"
    REJECT = "reject"


class Outcome(enum.Enum):
    """What publishing came to."""

    STORED = enum.auto()
    IDENTICAL = enum.auto()
    BESIDE = enum.auto()
    REPLACED = enum.auto()
    REJECTED = enum.auto()


class InstanceFolder(Protocol):
    """Where instances are kept.

    Attributes:
        instances: Where published ones are.
        incoming: Where files are while they arrive; on the same file system.
        mode: Permissions of the files, less the umask.
    """

    instances: Path
    incoming: Path
    mode: int


class InstanceFiles:
    """The instance files of one folder; safe to use from many threads.

    Attributes:
        durability: What Success waits for.
        on_duplicate: What happens to a second instance of one SOP Instance UID.
        create: Starts an `IncomingFile` that begins with the bytes it is given.
    """

    def __init__(
        self,
        folder: InstanceFolder,
        durability: Durability = Durability.FSYNC,
        on_duplicate: OnDuplicate = OnDuplicate.KEEP,
    ) -> None:
        """Keep instances in `folder`."""
        self._incoming = IncomingFolder(folder.incoming, folder.mode)
        self.create = self._incoming.create
        self._instances = f"{folder.instances}{os.sep}"
        self.on_duplicate = on_duplicate
        self.durability = durability
        self._known: set[str] = set()
        self._making = threading.Lock()

    def close(self) -> None:
        """Let go of what creating files needs; what is being written can still be published."""
        self._incoming.close()

    def first(self, name: str) -> str:
        """Give the path that the first instance of a `name` has."""
        return self._instances + name

    def publish(self, file: IncomingFile, name: str) -> tuple[Outcome, str]:
        """Give a complete `file` its final `name`, a safe path relative to the instances.

        It is still to be discarded, which may wait.

        Returns:
            What became of it, and the path where an instance now is.

        Raises:
            StorageError: When the disk refuses; the file is then gone.
        """
        target = self.first(name)
        try:
            file.finish(sync=self.durability is Durability.FSYNC)
            folder = target.rpartition(os.sep)[0]
            if folder not in self._known:
                self._make_folder(folder)
            try:
                return self._place(file, target)
            except FileNotFoundError:
                # Somebody tidied up behind our back: the folder is made again, once.
                self._make_folder(folder)
                return self._place(file, target)
        except OSError as error:
            file.discard()
            raise refused(error) from error

    def _place(self, file: IncomingFile, target: str) -> tuple[Outcome, str]:
        if file.link(target):
            self._sync_folder(target)
            return Outcome.STORED, target
        if self.on_duplicate is OnDuplicate.REJECT:
            return Outcome.REJECTED, target
        if self.on_duplicate is OnDuplicate.REPLACE:
            # The old copy lives until the new one, already synced, takes its name.
            file.replace(target)
            self._sync_folder(target)
            return Outcome.REPLACED, target
        return self._keep(file, target)

    def _keep(self, file: IncomingFile, target: str) -> tuple[Outcome, str]:
        """Keep both: the same data set need not be stored twice, another goes beside the first."""
        if _same_data_set(file.readable, target):
            self._sync_folder(
                target
            )  # Its first copy may not have come that far on another thread.
            return Outcome.IDENTICAL, target
        stem, suffix = os.path.splitext(target)
        beside = f"{stem}.{_digest(file.readable)}{suffix}"
        added = file.link(beside)
        self._sync_folder(beside)
        return Outcome.BESIDE if added else Outcome.IDENTICAL, beside

    def _make_folder(self, folder: str) -> None:
        with self._making:  # Who finds a folder made must find it durable.
            self._make_durable_folder(folder)

    def _make_durable_folder(self, folder: str) -> None:
        missing: list[str] = []
        above = folder
        while not os.path.isdir(above):
            missing.append(above)
            above = os.path.dirname(above)
        os.makedirs(folder, exist_ok=True)
        for made in missing:
            self._sync_folder(made)
        self._known.add(folder)

    def _sync_folder(self, path: str) -> None:
        """Make the name of `path` durable: a synced file without its entry is lost all the same."""
        if self.durability is not Durability.FSYNC:
            return
        descriptor = os.open(os.path.dirname(path), os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _same_data_set(left: str, right: str) -> bool:
    """Whether two files hold the same data set in the same syntax; who sent it may differ."""
    with open(left, "rb") as one, open(right, "rb") as two:
        if _begin(one) != _begin(two):
            return False
        while block := one.read(_BLOCK):
            if two.read(len(block)) != block:
                return False
        return not two.read(1)


def _digest(path: str) -> str:
    """What names a second copy: its syntax and its data set, whoever sent it."""
    with open(path, "rb") as file:
        digest = hashlib.sha256(repr(_begin(file)).encode())
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()[:32]


def _begin(file: BinaryIO) -> tuple[str | None, str | None] | None:
    """Go to the data set; its transfer syntax and SOP class, or None for a damaged file."""
    try:
        meta = codec.read_meta(file.read(_HEAD))
    except (DecodeError, UnreadableError):
        return None
    file.seek(meta.dataset_offset)
    return meta.transfer_syntax, meta.sop_class_uid
