"""Storage: C-STORE, an instance from one application entity to another (PS3.4 B, PS3.7 9.1.1)."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from russet import codec
from russet.association.effects import Answer, Effects, Place, settled
from russet.association.events import Peer, Request
from russet.association.negotiation import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION
from russet.association.policy import is_storage
from russet.association.provider import Refusal, same_class
from russet.association.store import C_STORE_RQ, Store
from russet.codec import Command
from russet.data import Dataset, read_dataset
from russet.dimse.commands import response as respond
from russet.errors import DecodeError, StorageError, UnreadableError

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = [
    "Instance",
    "Sink",
    "StorageService",
    "Store",
    "StoreFunction",
    "StoreHandler",
    "StoreRequest",
    "StoreResult",
]

_OUT_OF_RESOURCES: Final = 0xA700
_DATA_SET_DOES_NOT_MATCH: Final = 0xA900
_CANNOT_UNDERSTAND: Final = 0xC000
_PROCESSING_FAILURE: Final = 0xC110  # 0110H is not for C-STORE; its Cxxx range is for this


class StoreRequest(NamedTuple):
    """What is known of an instance before its data arrive.

    The SOP Instance UID has the form of a UID; the titles are whatever the peer sent.

    Attributes:
        sop_class_uid: Its SOP class, equal to the abstract syntax of its context.
        sop_instance_uid: Its identity.
        transfer_syntax: What its data set is in.
        calling: Who sends it.
        called: Under which title we were called.
        message_id: Of the request.
        priority: 0 medium, 1 high, 2 low.
        move_originator: Title and Message ID of the C-MOVE that this is a sub-operation of.
    """

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax: str
    calling: str
    called: str
    message_id: int
    priority: int
    move_originator: tuple[str, int | None] | None = None


class StoreResult(NamedTuple):
    """What became of an instance.

    Attributes:
        status: Of the C-STORE-RSP.
        comment: Its Error Comment, for other than success.
        afterwards: Tidying up that need not keep the peer waiting; called once it is answered.
        differing: Whether it was kept beside another one with its UID, which it differs from.
    """

    status: int
    comment: str = ""
    afterwards: Callable[[], None] | None = None
    differing: bool = False


class Sink(Protocol):
    """Takes the data of one instance. Exactly one of `finish` and `discard` ends it."""

    def write(self, parts: Sequence[bytes | memoryview]) -> None:
        """Take the next bytes of the data set; the buffers hold only until this returns."""
        ...

    def finish(self) -> StoreResult | Awaitable[StoreResult]:
        """Take over the instance, now complete, and say so; a failure leaves nothing behind.

        It may raise, or give a coroutine to wait for; when that fails, `discard` follows.
        """
        ...

    def discard(self) -> None:
        """Leave no trace of the instance: it was cut short, or something failed. Never raises."""
        ...


class StoreHandler(Protocol):
    """Takes instances.

    It may have a `place`, of `russet.association.Place`: where its sinks may finish. Without one
    they finish on a thread of their own, so that they may take their time; they are always written
    to as the data arrive.
    """

    def open(self, request: StoreRequest) -> Sink | StoreResult:
        """Give a sink for an instance, or the status to refuse it with before its data arrive."""
        ...


class Instance:
    """An instance that a plain function is given: what the request says, and the data set.

    Attributes:
        sop_class_uid: Its SOP class.
        sop_instance_uid: Its identity; it has the form of a UID, so it may be part of a path.
        transfer_syntax: What its data set is in.
        calling: Who sent it; whatever the peer sent, so never part of a path.
        called: Under which title we were called.
        data: The data set as it was sent, byte for byte.
    """

    __slots__ = (
        "called",
        "calling",
        "data",
        "sop_class_uid",
        "sop_instance_uid",
        "transfer_syntax",
    )

    def __init__(self, request: StoreRequest, data: Buffer) -> None:
        self.sop_class_uid = request.sop_class_uid
        self.sop_instance_uid = request.sop_instance_uid
        self.transfer_syntax = request.transfer_syntax
        self.calling = request.calling
        self.called = request.called
        self.data = data

    @property
    def dataset(self) -> Dataset:
        """The data set, read lazily over `data`.

        Raises:
            DecodeError: The bytes are no data set in this transfer syntax.
        """
        return read_dataset(memoryview(self.data), self.transfer_syntax)

    def file_head(self) -> bytes:
        """Give what a file has before the data set: preamble and file meta (PS3.10 7.1)."""
        return codec.encode_file_head(
            self.sop_class_uid,
            self.sop_instance_uid,
            self.transfer_syntax,
            IMPLEMENTATION_CLASS_UID,
            IMPLEMENTATION_VERSION,
            # A title that no file may carry (PS3.5 6.2) is no reason to refuse its instance.
            self.calling if self.calling.isascii() and self.calling.isprintable() else "",
        )

    def file_bytes(self) -> bytes:
        """Give the whole file (PS3.10 7): preamble, file meta information, data set."""
        return b"".join((self.file_head(), self.data))

    def save(self, path: str | PathLike[str]) -> None:
        """Write the file to a path, whole or not at all; what was there before is replaced.

        It is not forced to disk: for what must survive a power cut use the storage layer.

        Raises:
            OSError: If it cannot be written; then the path is as it was.
        """
        # Plain strings, and no buffer: each would cost as much as the writing itself.
        target = os.fspath(path)
        folder, name = os.path.split(target)
        partial = os.path.join(folder, f".{name}.part")
        try:
            with open(partial, "wb", buffering=0) as file:
                for part in (self.file_head(), self.data):
                    left = memoryview(part)
                    while left:
                        left = left[file.write(left) :]
            os.replace(partial, target)
        except BaseException:
            Path(partial).unlink(missing_ok=True)
            raise


StoreFunction = Callable[[Instance], int | Awaitable[int | None] | None]
"""Takes an instance and gives its status, or a coroutine that does; None is Success."""


class _Storing:
    """One C-STORE being performed: its data go to a sink."""

    def __init__(self, command: Command, sink: Sink, place: Place, *, collects: bool) -> None:
        self.place = place
        self.collects = collects
        self.write = sink.write
        self.discard = sink.discard
        self._command = command
        self._finish = sink.finish

    def finish(self) -> Effects:
        """Answer with what the sink says."""
        result = self._finish()
        if not isinstance(result, StoreResult):
            result = yield from settled(result)
        status, comment, afterwards, differing = result
        try:
            yield Answer(respond(self._command, status, comment), differing=differing)
        finally:
            if afterwards is not None:
                afterwards()

    def cancel(self) -> None:
        """Go on: a C-STORE cannot be cancelled (PS3.7 9.1.1)."""


class StorageService:
    """Performs C-STORE (SCP) for every storage SOP class and every one that nobody knows yet.

    Attributes:
        handler: What takes the instances.
        collects: Whether a data set that is not large comes to its sink in one piece, of its own,
            instead of in views of what has just arrived.
    """

    command_fields = frozenset({C_STORE_RQ})
    class_mismatch = _DATA_SET_DOES_NOT_MATCH
    covers = same_class

    def __init__(self, handler: StoreHandler, *, collects: bool = False) -> None:
        self.handler = handler
        self.collects = collects
        self._place: Place = getattr(handler, "place", Place.WORKER)

    def serves(self, abstract_syntax: str) -> bool:
        """Serve storage, retired and private SOP classes; not those of other services."""
        return is_storage(abstract_syntax)

    def perform(self, request: Request, peer: Peer) -> _Storing | Refusal:
        """Ask the handler for a sink."""
        opened = self.handler.open(_store_request(request, peer))
        if isinstance(opened, StoreResult):
            return Refusal(opened.status, opened.comment)
        return _Storing(request.command, opened, self._place, collects=self.collects)

    def failure(self, error: Exception) -> int:
        """Say A700H of what more room would cure, C000H of unreadable data, C110H of the rest."""
        if isinstance(error, (OSError, StorageError, MemoryError)):
            return _OUT_OF_RESOURCES
        if isinstance(error, (DecodeError, UnreadableError)):
            return _CANNOT_UNDERSTAND
        return _PROCESSING_FAILURE


def _store_request(request: Request, peer: Peer) -> StoreRequest:
    context, command = request
    originator = command.move_originator_application_entity_title
    return StoreRequest(
        context.abstract_syntax,
        command.affected_sop_instance_uid or "",
        context.transfer_syntax,
        peer.calling,
        peer.called,
        command.message_id or 0,
        command.priority or 0,
        (originator, command.move_originator_message_id) if originator else None,
    )
