"""Small files that change: each is there whole, as it was or as it is, whatever happens."""

import contextlib
import os
from pathlib import Path
from typing import Final

from russet.errors import StorageError
from russet.storage.instances import Durability

__all__ = ["SmallFiles"]

_UNFINISHED: Final = ".part"
_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)


class SmallFiles:
    """The files of one folder, by names that the program makes; never by those of a peer.

    Safe to use from many threads, as long as no two of them write the same name.
    """

    def __init__(self, folder: Path, durability: Durability = Durability.FSYNC) -> None:
        """Keep files in `folder`, which is made when it is needed.

        Args:
            folder: Where.
            durability: What writing and removing wait for.
        """
        self._folder = folder
        self._durable = durability is Durability.FSYNC
        for name in os.listdir(folder) if folder.is_dir() else ():
            if name.endswith(_UNFINISHED):  # Of a process that died: nobody was told of it.
                with contextlib.suppress(OSError):
                    os.unlink(folder / name)

    def names(self) -> list[str]:
        """What there is, in order.

        Raises:
            OSError: The folder cannot be read.
        """
        try:
            return sorted(n for n in os.listdir(self._folder) if not n.endswith(_UNFINISHED))
        except FileNotFoundError:
            return []

    def read(self, name: str) -> bytes | None:
        """The content of a file; None when there is none.

        Raises:
            OSError: It cannot be read.
        """
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def put(self, name: str, content: bytes) -> None:
        """Write a file, or replace it in one step; then it is on the disk.

        Raises:
            StorageError: When the disk refuses; the file is what it was.
        """
        partial = str(self._folder / f"{name}{_UNFINISHED}")
        try:
            self._folder.mkdir(exist_ok=True)
            descriptor = os.open(partial, _CREATE, 0o644)
            try:
                left = memoryview(content)
                while left:
                    left = left[os.write(descriptor, left) :]
                if self._durable:
                    os.fdatasync(descriptor)
            finally:
                os.close(descriptor)
            os.replace(partial, self._folder / name)
            self._sync()
        except OSError as error:
            with contextlib.suppress(OSError):
                os.unlink(partial)
            raise StorageError(f"cannot write to the disk: {error.strerror or error}") from error

    def remove(self, name: str) -> None:
        """Remove a file, if it is there.

        Raises:
            StorageError: When the disk refuses.
        """
        try:
            os.unlink(self._folder / name)
            self._sync()
        except FileNotFoundError:
            return
        except OSError as error:
            raise StorageError(f"cannot remove a file: {error.strerror or error}") from error

    def _sync(self) -> None:
        if not self._durable:
            return
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
