"""C-STORE into instance files that are in the index before Success is said (PS3.4 B.2)."""

import logging
import os
import time
from collections.abc import Sequence
from typing import Final

from russet.errors import RussetError
from russet.services.storage import Sink, StoreRequest, StoreResult
from russet.storage.index.digest import new_digest
from russet.storage.index.index import Index
from russet.storage.index.record import read_record
from russet.storage.instances import Durability, InstanceFiles, Outcome
from russet.storage.layout import Layout
from russet.storage.receiver import InstanceReceiver

__all__ = ["IndexedReceiver"]

_LOG: Final = logging.getLogger("russet.scp")
_SUCCESS: Final = 0x0000


class IndexedReceiver:
    """A store handler that keeps instances as files, and each of them in an index.

    An instance whose row is refused is kept all the same: the file is published by then. The sender is
    told of a failure and may send it again, and the next start gives the file its row.
    """

    def __init__(
        self,
        files: InstanceFiles,
        index: Index,
        layout: Layout | None = None,
        *,
        digest: bool = True,
    ) -> None:
        """Keep instances in `files`, named by `layout`, and in `index`.

        Args:
            files: Where they go; with Durability.FSYNC, Success waits for the row too.
            index: That of the same data folder.
            layout: Template of the path of an instance.
            digest: Whether to compute the digest of every data set while it arrives.
        """
        self._index = index
        self._waits = files.durability is Durability.FSYNC
        self._digest = digest
        self._receiver = InstanceReceiver(files, layout)

    def open(self, request: StoreRequest) -> "Sink | StoreResult":
        """Begin to keep the instance of `request`.

        Raises:
            StorageError: When the disk takes no more files: A700H, before any data arrive.
        """
        return _Arriving(self, self._receiver.open(request), request)
