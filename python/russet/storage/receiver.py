"""C-STORE into instance files: bytes as sent, checked while they arrive (PS3.4 B)."""

from collections.abc import Callable, Sequence
from typing import Final

from russet import codec
from russet.association import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION
from russet.errors import DecodeError, StorageError
from russet.services.storage import StoreRequest, StoreResult
from russet.storage.instances import IncomingFile, InstanceFiles, Outcome
from russet.storage.layout import SOP_INSTANCE_UID, Layout

__all__ = ["InstanceReceiver"]

SOP_CLASS_UID: Final = 0x0008_0016

_SUCCESS: Final = 0x0000
_DUPLICATE: Final = 0x0111
_OUT_OF_RESOURCES: Final = 0xA700
_MISMATCH: Final = 0xA900
_CANNOT_UNDERSTAND: Final = 0xC000


class InstanceReceiver:
    """A store handler that keeps every instance as one Part 10 file."""

    def __init__(
        self,
        files: InstanceFiles,
        layout: Layout | None = None,
        on_stored: Callable[[StoreRequest, Outcome, str], None] | None = None,
    ) -> None:
        """Keep instances in `files`, named by `layout`; `on_stored` hears of each published one."""
        self._files = files
        self._layout = layout or Layout()
        self._tags = sorted({SOP_CLASS_UID, SOP_INSTANCE_UID, *self._layout.tags})
        self._on_stored = on_stored

    def open(self, request: StoreRequest) -> "_Instance | StoreResult":
        """Begin to keep the instance of `request`, or refuse it before its data arrive."""
        head = codec.encode_file_head(
            request.sop_class_uid,
            request.sop_instance_uid,
            request.transfer_syntax,
            IMPLEMENTATION_CLASS_UID,
            IMPLEMENTATION_VERSION,
            request.calling,
        )
        try:
            file = self._files.create(head)
        except StorageError as error:
            return StoreResult(_OUT_OF_RESOURCES, str(error))
        return _Instance(self, request, file)

    def settle(self, request: StoreRequest, file: IncomingFile, walk: codec.Walk) -> StoreResult:
        """Check what arrived against its request, and publish it."""
        walk.finish()
        values = walk.values
        if refusal := _mismatch(request, values):
            file.discard()
            return refusal
        # The command names the instance even where the data set leaves it to be inferred.
        values[SOP_INSTANCE_UID] = request.sop_instance_uid.encode("ascii")
        outcome, path = self._files.publish(file, self._layout.path(values))
        if outcome is Outcome.REJECTED:
            return StoreResult(_DUPLICATE, "an instance with this UID is already here")
        if self._on_stored:
            self._on_stored(request, outcome, path)
        return StoreResult(_SUCCESS)


class _Instance:
    """One instance on its way in. A failure is remembered, the rest of the data drained."""

    def __init__(
        self, receiver: InstanceReceiver, request: StoreRequest, file: IncomingFile
    ) -> None:
        self._receiver = receiver
        self._request = request
        self._file = file
        self._walk = codec.Walk(request.transfer_syntax, receiver._tags)
        self._failure: StoreResult | None = None

    def write(self, parts: Sequence[bytes | memoryview]) -> None:
        """Check and keep the next `parts` of the data set."""
        if self._failure:
            return
        try:
            for part in parts:
                self._walk.feed(part)
            self._file.write(parts)
        except (DecodeError, StorageError) as error:
            self._fail(error)

    def finish(self) -> StoreResult:
        """The data set is complete: publish it, or say why not."""
        if not self._failure:
            try:
                return self._receiver.settle(self._request, self._file, self._walk)
            except (DecodeError, StorageError) as error:
                self._fail(error)
        return self._failure or StoreResult(_CANNOT_UNDERSTAND)

    def discard(self) -> None:
        """The association ended first: leave nothing, answer nothing."""
        self._file.discard()

    def _fail(self, error: DecodeError | StorageError) -> None:
        self._file.discard()
        status = _CANNOT_UNDERSTAND if isinstance(error, DecodeError) else _OUT_OF_RESOURCES
        self._failure = StoreResult(status, str(error))


def _mismatch(request: StoreRequest, values: dict[int, bytes]) -> StoreResult | None:
    """PS3.4 B.1: the UIDs of the command are those of the data set, where it has them."""
    for tag, uid in (
        (SOP_CLASS_UID, request.sop_class_uid),
        (SOP_INSTANCE_UID, request.sop_instance_uid),
    ):
        found = values.get(tag, b"").strip(b"\0 ")
        if found and found != uid.encode("latin-1"):
            group, element = divmod(tag, 0x10000)
            return StoreResult(
                _MISMATCH, f"({group:04X},{element:04X}) is not the UID of the command"
            )
    return None
