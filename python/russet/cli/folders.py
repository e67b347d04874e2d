"""Folders that commands write into: made and tried before a peer is asked for anything."""

import os
from pathlib import Path

from russet.errors import StorageError

__all__ = ["prepare"]


def prepare(folder: Path) -> Path:
    """Make a folder, where it is missing, and give it.

    Raises:
        StorageError: When it cannot be made, is no folder or takes no files of ours.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise StorageError(f"cannot write into {folder}: it is a file") from None
    except OSError as error:
        raise StorageError(f"cannot write into {folder}: {error.strerror}") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise StorageError(f"cannot write into {folder}: no permission, or a read-only disk")
    return folder
