"""What the archive has taken custody of, as storage commitment asks (PS3.4 J.3.3)."""

import contextlib
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from russet.errors import StorageError
from russet.services.storage_commitment import CommitmentRequest, Reference
from russet.storage.index import Holding, Index
from russet.storage.instances import Durability

__all__ = ["Custody"]


class Custody:
    """Says of instances whether they are here, and durable."""

    def __init__(self, index: Index, is_whole: Callable[[], bool]) -> None:
        """Ask `index`, once `is_whole` says that it knows all files."""
        self._index = index
        self._is_whole = is_whole

    def judge(self, asked: CommitmentRequest) -> Mapping[str, int]:
        """Give a Failure Reason for each instance of a request, 0 for those that are held.

        Raises:
            StorageError: When the index is not whole yet, or cannot be read.
        """
        held = dict.fromkeys((each.sop_instance_uid for each in asked.references), 0)
        return {**held, **self.missing(asked.references)}

    def missing(self, references: Iterable[Reference]) -> Mapping[str, int]:
        """Give a Failure Reason for each instance that is not held.

        Raises:
            StorageError: When the index is not whole yet, or cannot be read.
        """
        if not self._is_whole():
            raise StorageError("the index is not whole yet")
        reasons = {}
        for sop_class, uid in references:
            holding, known = self._index.holding(sop_class, uid)
            if holding is Holding.HERE and known is not None and not self._is_durable(known.file):
                holding = Holding.NO_SUCH_INSTANCE
            if holding is not Holding.HERE:
                reasons[uid] = int(holding)
        return reasons

    def _is_durable(self, path: Path) -> bool:
        """Whether a file survives a power cut: who is not durable anyway makes it so now."""
        if self._index.durability is Durability.FSYNC:
            return True
        with contextlib.suppress(OSError):
            for each in (path, path.parent):
                descriptor = os.open(each, os.O_RDONLY)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)
            return True
        return False
