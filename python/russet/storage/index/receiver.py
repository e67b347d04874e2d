"""C-STORE into instance files that are in the index before Success is said (PS3.4 B.2)."""

import logging
from typing import Final

from russet.errors import RussetError
from russet.services.storage import Sink, StoreRequest, StoreResult
from russet.storage.index.arrival import Arrivals
from russet.storage.index.digest import digest_of
from russet.storage.index.index import Index
from russet.storage.index.record import TAGS
from russet.storage.instances import Durability, InstanceFiles, OnDuplicate, Outcome
from russet.storage.layout import Layout
from russet.storage.receiver import InstanceReceiver, Published

__all__ = ["IndexedReceiver"]

_LOG: Final = logging.getLogger("russet.scp")


class IndexedReceiver:
    """A store handler that keeps instances as files, and each of them in an index.

    With Durability.FSYNC, Success waits until the row is committed. When that fails the sender is
    told so, and may send again; the file is there by then and stays, and gets its row at the next
    start. With Durability.NONE nobody waits for the row.

    Attributes:
        place: Where an instance is published, as of `InstanceReceiver`.
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
            files: Where they go.
            index: That of the same data folder.
            layout: Template of the path of an instance.
            digest: Whether to compute the digest of every data set while it arrives.
        """
        self._index = index
        self._digests = digest
        self._waits = files.durability is Durability.FSYNC
        self._replaces = files.on_duplicate is OnDuplicate.REPLACE
        self._arrivals = Arrivals(index.root)
        self._receiver = InstanceReceiver(files, layout, self._stored, digest=digest, tags=TAGS)
        self.place = self._receiver.place

    def open(self, request: StoreRequest) -> Sink | StoreResult:
        """Begin to keep the instance of `request`.

        Raises:
            StorageError: When the disk takes no more files: A700H, before any data arrive.
        """
        return self._receiver.open(request)

    def _stored(self, stored: Published) -> None:
        try:
            self._add(stored)
        except (RussetError, OSError) as error:
            _LOG.warning("%s is stored, but not in the index: %s", stored.path, error)
            if self._waits:
                raise

    def _add(self, stored: Published) -> None:
        digest = stored.digest
        if stored.outcome is Outcome.REPLACED and self._digests:
            # Another one may have replaced it by now: what counts is what the file is.
            digest = digest_of(stored.path)
        record = self._arrivals.record(stored, digest)
        ticket = self._index.add(record, replaces=self._replaces)
        if self._waits:
            ticket.wait()
