"""Instance files: written under a temporary name, published whole under their own.

Order of steps (PS3.4 B.2 asks that Success means stored): create aside, write, sync the data,
link without clobbering, sync the folder. Nothing half-written is ever seen under a final name, and
an instance that was acknowledged is never overwritten unless the caller asked for it.
"""

import contextlib
import enum
import errno
import hashlib
import itertools
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from russet import codec
from russet.errors import StorageError

if TYPE_CHECKING:
    from russet.storage.folder import DataFolder

__all__ = ["Durability", "IncomingFile", "InstanceFiles", "OnDuplicate", "Outcome"]

# No symbolic link is followed and nothing existing is opened: the name is ours alone.
_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
_NO_LINKS: Final = {errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK}
_BLOCK: Final = 1 << 20
_HEAD: Final = 1 << 14
_RENAMING: Final = threading.Lock()


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


class InstanceFiles:
    """The instance files of one data folder; safe to use from many threads."""

    def __init__(
        self,
        folder: "DataFolder",
        durability: Durability = Durability.FSYNC,
        on_duplicate: OnDuplicate = OnDuplicate.KEEP,
    ) -> None:
        """Keep instances in `folder`."""
        self._incoming = f"{folder.incoming}{os.sep}{os.getpid()}-"
        self._instances = f"{folder.instances}{os.sep}"
        self._on_duplicate = on_duplicate
        self.durability = durability
        self._numbers = itertools.count(1)
        self._known: set[str] = set()

    def create(self, head: bytes) -> "IncomingFile":
        """Start a file that begins with `head`.

        Raises:
            StorageError: When the disk takes no more files.
        """
        path = f"{self._incoming}{next(self._numbers)}.part"
        try:
            return IncomingFile(path, os.open(path, _CREATE, 0o644), head)
        except OSError as error:
            raise _refused(path, error) from error

    def publish(self, file: "IncomingFile", name: str) -> tuple[Outcome, str]:
        """Give a complete `file` its final `name`, a safe path relative to the instances.

        The temporary name stays until the file is discarded, which may wait.

        Returns:
            What became of it, and the path where an instance now is.

        Raises:
            StorageError: When the disk refuses; the temporary file is then gone.
        """
        target = self._instances + name
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
            raise _refused(target, error) from error

    def _place(self, file: "IncomingFile", target: str) -> tuple[Outcome, str]:
        if _link(file.path, target):
            self._sync_folder(target)
            return Outcome.STORED, target
        if self._on_duplicate is OnDuplicate.REJECT:
            return Outcome.REJECTED, target
        if self._on_duplicate is OnDuplicate.REPLACE:
            # The old copy lives until the new one, already synced, takes its name.
            os.replace(file.path, target)
            self._sync_folder(target)
            return Outcome.REPLACED, target
        return self._keep(file, target)

    def _keep(self, file: "IncomingFile", target: str) -> tuple[Outcome, str]:
        """Keep both: the same data set need not be stored twice, another one goes beside the first."""
        if _same_data_set(file.path, target):
            self._sync_folder(
                target
            )  # Its first copy may not have come that far on another thread.
            return Outcome.IDENTICAL, target
        stem, suffix = os.path.splitext(target)
        beside = f"{stem}.{_digest(file.path)}{suffix}"
        if not _link(file.path, beside):
            return Outcome.IDENTICAL, beside
        self._sync_folder(beside)
        return Outcome.BESIDE, beside

    def _make_folder(self, folder: str) -> None:
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


class IncomingFile:
    """A file being written. Its head goes out with the first part, in one call."""

    def __init__(self, path: str, descriptor: int, head: bytes) -> None:
        """Take over the open `descriptor` of `path`."""
        self.path = path
        self._descriptor = descriptor
        self._head: bytes | None = head

    def write(self, parts: Sequence[bytes | memoryview]) -> None:
        """Append `parts` in order.

        Raises:
            StorageError: When the disk does not take them all; the file is then gone.
        """
        try:
            if self._head is not None:
                parts = [self._head, *parts]
                self._head = None
            _write_all(self._descriptor, parts)
        except OSError as error:
            self.discard()
            raise _refused(self.path, error) from error

    def finish(self, *, sync: bool) -> None:
        """Close the file, its data on the medium first when `sync`.

        Raises:
            OSError: As the system says; a failed sync is final, the data may be gone.
        """
        if self._head is not None:
            _write_all(self._descriptor, [self._head])
            self._head = None
        if sync:
            os.fdatasync(self._descriptor)
        descriptor, self._descriptor = self._descriptor, -1
        os.close(descriptor)

    def discard(self) -> None:
        """Remove the temporary name; safe to call again, and after publishing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        if self.path:
            with contextlib.suppress(OSError):
                os.unlink(self.path)
            self.path = ""


def _write_all(descriptor: int, parts: Sequence[bytes | memoryview]) -> None:
    left = sum(map(len, parts))
    if left and (left := left - os.writev(descriptor, parts)):
        # A short write is how a nearly full disk begins to refuse; the next call says why.
        rest = memoryview(b"".join(parts))
        while left:
            left -= os.write(descriptor, rest[len(rest) - left :])


def _link(source: str, target: str) -> bool:
    """Give `source` the further name `target` unless that exists; whether it was given."""
    try:
        os.link(source, target)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return _rename(source, target)
    return True


def _rename(source: str, target: str) -> bool:
    """What `_link` does, where the file system has no hard links: the folder is locked to us."""
    with _RENAMING:
        if os.path.lexists(target):
            return False
        os.rename(source, target)
    return True


def _same_data_set(left: str, right: str) -> bool:
    """Whether two Part 10 files hold the same data set; their file meta may differ (sender, time)."""
    with open(left, "rb") as one, open(right, "rb") as two:
        for file in (one, two):
            file.seek(codec.read_meta(file.read(_HEAD)).dataset_offset)
        while block := one.read(_BLOCK):
            if two.read(len(block)) != block:
                return False
        return not two.read(1)


def _digest(path: str) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def _refused(path: str, error: OSError) -> StorageError:
    return StorageError(f"cannot write {path}: {error.strerror or error}")
