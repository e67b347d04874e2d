"""The data folder: created, checked, held by one process, swept after a crash."""

import contextlib
import os
from pathlib import Path
from typing import Final, Self

from russet.errors import StorageError

try:
    import fcntl
except (
    ImportError
):  # Windows has no advisory locks; two receivers on one folder are not told apart.
    fcntl = None  # type: ignore[assignment]

__all__ = ["DataFolder", "is_taken"]

_LOCK_NAME: Final = ".russet.lock"


class DataFolder:
    """One folder for everything a receiver keeps.

    Attributes:
        root: The folder itself.
        instances: Where published instances are.
        incoming: Where files are while they arrive; same file system, so publishing is one link.
        quarantine: Where files that an earlier process left unfinished are moved.
        mode: Permissions of files of instances, less the umask: only we change them.
        created: Whether the folder did not exist before.
        swept: How many unfinished files were found and moved to `quarantine`.
    """

    mode = 0o644

    def __init__(self, root: Path) -> None:
        """Create what is missing and take the folder for this process.

        Raises:
            StorageError: When it cannot be created or written, or another process holds it.
        """
        self.root = root
        self.instances = root / "instances"
        self.incoming = root / "incoming"
        self.quarantine = root / "quarantine"
        self.created = not root.exists()
        try:
            for folder in (self.instances, self.incoming):
                folder.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(root / _LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise StorageError(f"cannot use the data folder {root}: {reason}") from error
        self._take()
        self.swept = self._sweep()

    def __enter__(self) -> Self:
        """Use as a context manager that gives the folder back."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give the folder back."""
        self.close()

    def close(self) -> None:
        """Give the folder back to other processes."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def free(self) -> int:
        """Bytes that the file system still takes from us."""
        found = os.statvfs(self.root)
        return found.f_bavail * found.f_frsize

    def _take(self) -> None:
        if fcntl is None:
            return
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self.close()
            raise StorageError(
                f"another russet uses the data folder {self.root}; give this one its own --data"
            ) from error

    def _sweep(self) -> int:
        """Move aside what a killed process left half-written; nothing of it was answered."""
        swept = 0
        for path in sorted(self.incoming.iterdir()):
            with contextlib.suppress(OSError):
                if not path.stat().st_size:
                    path.unlink()
                    continue
                self.quarantine.mkdir(exist_ok=True)
                path.replace(self.quarantine / path.name)
                swept += 1
        return swept


def is_taken(root: Path) -> bool:
    """Say whether a process has the data folder `root`; one that does not exist nobody has."""
    if fcntl is None:
        return False
    try:
        lock = os.open(root / _LOCK_NAME, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False
