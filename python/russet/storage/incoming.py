"""Files while they arrive: without any name where the file system can, else under a temporary one.

A file without a name (O_TMPFILE) is gone with the process that writes it, whatever happens; there
is nothing to sweep. It is given its final name by a link to its descriptor.
"""

import contextlib
import errno
import itertools
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from russet.errors import StorageError

__all__ = ["IncomingFile", "IncomingFolder", "refused"]

_ANONYMOUS: Final = getattr(os, "O_TMPFILE", 0)
# No symbolic link is followed and nothing existing is opened: the name is ours alone.
_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
_DESCRIPTORS: Final = "/proc/self/fd"
_NO_LINKS: Final = {errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK}
_RENAMING: Final = threading.Lock()


class IncomingFolder:
    """Creates files on the file system of a folder; safe to use from many threads."""

    def __init__(self, folder: Path) -> None:
        """Find out what the file system of `folder` can do."""
        self._folder = str(folder)
        # Others may have files arrive in the same folder, from another machine even.
        self._names = f"{folder}{os.sep}.{os.urandom(8).hex()}-"
        self._numbers = itertools.count(1)
        self._descriptors = self._probe()

    def create(self, head: bytes) -> "IncomingFile":
        """Start a file that begins with `head`.

        Raises:
            StorageError: When the disk takes no more files.
        """
        try:
            if self._descriptors is not None:
                descriptor = os.open(self._folder, _ANONYMOUS | os.O_WRONLY | os.O_CLOEXEC, 0o644)
                return IncomingFile(self, descriptor, "", head)
            name = self.name()
            return IncomingFile(self, os.open(name, _CREATE, 0o644), name, head)
        except OSError as error:
            raise refused(error) from error

    def close(self) -> None:
        """Let go of what creating files needs."""
        if self._descriptors is not None:
            os.close(self._descriptors)
            self._descriptors = None

    def name(self) -> str:
        """A temporary name that nothing has."""
        return f"{self._names}{next(self._numbers)}.part"

    def link(self, descriptor: int, target: str) -> None:
        """Name the nameless file behind `descriptor`.

        Raises:
            FileExistsError: When `target` is the name of another file.
        """
        os.link(str(descriptor), target, src_dir_fd=self._descriptors, follow_symlinks=True)

    def _probe(self) -> int | None:
        """The descriptor of the folder of our descriptors, if files can do without a name."""
        if not _ANONYMOUS:
            return None
        name = self.name()
        try:
            self._descriptors = os.open(_DESCRIPTORS, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            probe = os.open(self._folder, _ANONYMOUS | os.O_WRONLY | os.O_CLOEXEC, 0o644)
            try:
                self.link(probe, name)
                os.unlink(name)
            finally:
                os.close(probe)
        except OSError:
            return None
        return self._descriptors


class IncomingFile:
    """A file being written. Its head goes out with the first part, in one call."""

    def __init__(self, folder: IncomingFolder, descriptor: int, name: str, head: bytes) -> None:
        """Take over the open `descriptor` of a file with the temporary `name`, or with none."""
        self._folder = folder
        self._descriptor = descriptor
        self._name = name
        self._head: bytes | None = head

    @property
    def readable(self) -> str:
        """A path to read back what was written, until the file is discarded."""
        return self._name or f"{_DESCRIPTORS}/{self._descriptor}"

    def write(self, parts: Sequence[bytes | memoryview]) -> None:
        """Append `parts` in order.

        Raises:
            StorageError: When the disk does not take them all; the file is then gone.
        """
        if self._head is not None:
            parts = [self._head, *parts]
            self._head = None
        try:
            _write_all(self._descriptor, parts)
        except OSError as error:
            self.discard()
            raise refused(error) from error

    def finish(self, *, sync: bool) -> None:
        """Write what is left, with the data on the medium when `sync`.

        Raises:
            OSError: As the system says; a failed sync is final, the data may be gone.
        """
        if self._head is not None:
            _write_all(self._descriptor, [self._head])
            self._head = None
        if sync:
            os.fdatasync(self._descriptor)
        if self._name:
            # A file with a name may be on a network, where a close is what tells of failures.
            self._close()

    def status(self) -> os.stat_result | None:
        """What the system knows of the file; None when it is closed already.

        Raises:
            OSError: As the system says.
        """
        return os.fstat(self._descriptor) if self._descriptor >= 0 else None

    def link(self, target: str) -> bool:
        """Give the file the name `target` unless that exists; whether it was given.

        Raises:
            OSError: As the system says.
        """
        try:
            if self._name:
                os.link(self._name, target)
            else:
                self._folder.link(self._descriptor, target)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in _NO_LINKS or not self._name:
                raise
            return self._rename(target)
        return True

    def replace(self, target: str) -> None:
        """Give the file the name `target`, taking it from whatever had it, in one step.

        Raises:
            OSError: As the system says.
        """
        if not self._name:
            name = self._folder.name()
            self._folder.link(self._descriptor, name)
            self._name = name
        os.replace(self._name, target)

    def discard(self) -> None:
        """Let go of the file: what was not given a name is gone. Safe to call again."""
        self._close()
        if self._name:
            with contextlib.suppress(OSError):
                os.unlink(self._name)
            self._name = ""

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def _rename(self, target: str) -> bool:
        """Link, for a file system without hard links: the data folder is locked to us."""
        with _RENAMING:
            if os.path.lexists(target):
                return False
            os.rename(self._name, target)
        return True


def refused(error: OSError) -> StorageError:
    """Say why the system takes no instance; peers hear it too, so it names no path."""
    return StorageError(f"cannot store the instance: {error.strerror or error}")


def _write_all(descriptor: int, parts: Sequence[bytes | memoryview]) -> None:
    if len(parts) == 1:
        left = len(parts[0]) - os.write(descriptor, parts[0])
    else:
        left = sum(map(len, parts)) - os.writev(descriptor, parts)
    if left:
        # A short write is how a nearly full disk begins to refuse; the next call says why.
        rest = memoryview(b"".join(parts))
        while left:
            left -= os.write(descriptor, rest[len(rest) - left :])
