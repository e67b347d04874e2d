"""C-STORE into instance files: bytes as sent, checked while they arrive (PS3.4 B)."""

import logging
import os
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from russet import codec
from russet.association.effects import Place
from russet.association.negotiation import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION
from russet.services.storage import StoreRequest, StoreResult
from russet.storage.check import SOP_CLASS_UID, SOP_INSTANCE_UID, ArrivalCheck
from russet.storage.incoming import IncomingFile
from russet.storage.instances import Durability, InstanceFiles, Outcome
from russet.storage.layout import Layout

__all__ = ["Admit", "InstanceReceiver", "Published"]

_LOG: Final = logging.getLogger("russet.scp")
_SUCCESS: Final = 0x0000
_DUPLICATE: Final = 0x0111


class Published(NamedTuple):
    """An instance that was published.

    Attributes:
        request: What was known of it before.
        outcome: What publishing came to.
        path: The file that it is now.
        digest: SHA-256 of its data set in hexadecimal; empty unless it was asked for.
        walk: Over its data set, with the values of the elements that were asked for.
        status: That of the file, where that is known without asking for it by its path.
    """

    request: StoreRequest
    outcome: Outcome
    path: str
    digest: str
    walk: codec.Walk
    status: os.stat_result | None = None


Admit = Callable[[ArrivalCheck, str], None]
"""Looks at an instance that has come whole: its values, and its file, under a path that is read
from at once or never. What it raises the instance is refused with."""


class InstanceReceiver:
    """A store handler that keeps every instance as one Part 10 file.

    Attributes:
        place: Where an instance is published: with durability, where waiting for the disk keeps
            nobody from sending the next.
    """

    def __init__(
        self,
        files: InstanceFiles,
        layout: Layout | None = None,
        on_stored: Callable[[Published], None] | None = None,
        *,
        digest: bool = False,
        tags: Iterable[int] = (),
        admit: Admit | None = None,
    ) -> None:
        """Keep instances in `files`, named by `layout`.

        Args:
            files: Where they go.
            layout: Template of the path of an instance.
            on_stored: Hears of each published one, before Success is said; when it raises, Success
                is not said, and the file stays.
            digest: Whether to compute digests, for `on_stored`.
            tags: Top-level elements that `on_stored` and `admit` may ask for.
            admit: Looks at each instance before it is published.
        """
        quick = files.durability is Durability.NONE
        self.place = Place.READER if quick else Place.WORKER
        self._files = files
        self._layout = layout or Layout()
        needed = (SOP_CLASS_UID, SOP_INSTANCE_UID, *self._layout.tags, *tags)
        self._tags = codec.Tags(needed)
        self._on_stored = on_stored
        self._digest = digest
        self._admit = admit

    def open(self, request: StoreRequest) -> "_Instance":
        """Begin to keep the instance of `request`.

        Raises:
            StorageError: When the disk takes no more files: A700H, before any data arrive.
        """
        head = codec.encode_file_head(
            request.sop_class_uid,
            request.sop_instance_uid,
            request.transfer_syntax,
            IMPLEMENTATION_CLASS_UID,
            IMPLEMENTATION_VERSION,
            _title(request.calling),
        )
        check = ArrivalCheck(request, self._tags, digest=self._digest)
        return _Instance(self, check, self._files.create(head))

    def settle(self, check: ArrivalCheck, file: IncomingFile) -> StoreResult:
        """Publish a complete `file`, unless the check says no."""
        if refusal := check.finish():
            file.discard()
            return refusal
        if self._admit is not None:
            self._admit(check, file.readable)
        name = self._layout.path(check.values(self._layout.tags))
        outcome, path = self._files.publish(file, name)
        if outcome is Outcome.REJECTED:
            file.discard()
            return StoreResult(_DUPLICATE, "an instance with this UID is already here")
        if self._on_stored:
            status = file.status() if outcome is Outcome.STORED else None
            digest = check.digest()
            self._on_stored(Published(check.request, outcome, path, digest, check.walk, status))
        differing = outcome is Outcome.BESIDE
        if differing:
            _LOG.warning(
                "%s: another data set with the UID of %s, which it differs from, is kept beside it",
                path,
                self._files.first(name),
            )
        return StoreResult(_SUCCESS, afterwards=file.discard, differing=differing)

    def close(self) -> None:
        """Let go of what creating files needs; what is being written can still be published."""
        self._files.close()


@lru_cache(maxsize=64)
def _title(calling: str) -> str:
    """A title that a file can name as its source (PS3.5 6.2); "" for what a peer made up."""
    fits = calling.isascii() and calling.isprintable() and "\\" not in calling
    return calling if fits else ""


class _Instance:
    """One instance on its way in. After a failure the rest of its data is drained."""

    def __init__(self, receiver: InstanceReceiver, check: ArrivalCheck, file: IncomingFile) -> None:
        self._receiver = receiver
        self._check = check
        self._file = file

    def write(self, parts: Sequence[bytes | memoryview]) -> None:
        """Check and keep the next `parts` of the data set."""
        if self._check.feed(parts):
            self._file.write(parts)
        else:
            self._file.discard()

    def finish(self) -> StoreResult:
        """The data set is complete: publish it, or say why not."""
        return self._receiver.settle(self._check, self._file)

    def discard(self) -> None:
        """The association ended first, or the disk failed: leave nothing, answer nothing."""
        self._file.discard()
