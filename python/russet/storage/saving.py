"""Instances as files of a plain folder, by their SOP Instance UID: what a client fetches."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from russet.errors import StorageError
from russet.storage.incoming import refused
from russet.storage.instances import Durability, InstanceFiles
from russet.storage.layout import Layout
from russet.storage.receiver import Admit, InstanceReceiver, Published

__all__ = ["check_folder", "saving"]

_LAYOUT: Final = Layout("{SOPInstanceUID}.dcm")


class _PlainFolder:
    """A folder that files arrive in and stay in; nobody owns it."""

    mode = 0o666

    def __init__(self, root: Path) -> None:
        self.instances = self.incoming = root


def saving(
    folder: Path,
    *,
    tags: Iterable[int] = (),
    admit: Admit | None = None,
    on_stored: Callable[[Published], None] | None = None,
) -> InstanceReceiver:
    """Make a store handler that saves each instance as one file; nothing is forced to disk.

    A file of that name with another data set stays: the new one goes beside it.

    Args:
        folder: Where; it is made when it is missing.
        tags: Top-level elements that `admit` may ask for.
        admit: Looks at each instance that has come whole, and raises what it is refused with.
        on_stored: Hears of each one that is there.

    Raises:
        StorageError: When there can be no such folder.
    """
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise refused(error) from error
    files = InstanceFiles(_PlainFolder(folder), Durability.NONE)
    return InstanceReceiver(files, _LAYOUT, on_stored, tags=tags, admit=admit)


def check_folder(folder: Path) -> None:
    """See that a folder can be made and written into; it is not made.

    Raises:
        StorageError: When it cannot.
    """
    there = next(each for each in (folder, *folder.absolute().parents) if os.path.lexists(each))
    try:
        if not there.is_dir():
            raise StorageError(f"cannot write into {folder}: {there} is no folder")
        if there != folder:  # A name that the file system does not take is told by asking for it.
            os.stat(folder)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise StorageError(f"cannot write into {folder}: {error.strerror or error}") from error
    if not os.access(there, os.W_OK | os.X_OK):
        what = "no permission, or a read-only disk"
        raise StorageError(f"cannot write into {folder}: {what}")
