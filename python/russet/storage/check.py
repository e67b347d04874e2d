"""Is what arrives what it claims to be? The check of a data set while it arrives (PS3.4 B.1)."""

import hashlib
import logging
from collections.abc import Iterable, Sequence
from typing import Final

from russet import codec
from russet.errors import DecodeError
from russet.services.storage import StoreRequest, StoreResult

__all__ = ["SOP_CLASS_UID", "SOP_INSTANCE_UID", "ArrivalCheck"]

SOP_CLASS_UID: Final = 0x0008_0016
SOP_INSTANCE_UID: Final = 0x0008_0018

_UIDS: Final = codec.Tags([SOP_CLASS_UID, SOP_INSTANCE_UID])
_LOG: Final = logging.getLogger("russet.scp")
_MISMATCH: Final = 0xA900
_CANNOT_UNDERSTAND: Final = 0xC000
_PADDING: Final = b"\0 "


class ArrivalCheck:
    """Walks a data set part by part; what cannot be walked to its end never gets Success.

    Attributes:
        request: The request it arrives with.
        walk: Over the data set, with what it has kept of it.
    """

    def __init__(
        self, request: StoreRequest, tags: codec.Tags = _UIDS, *, digest: bool = False
    ) -> None:
        """Check the data set of `request`, and keep the values of top-level `tags`.

        Both UIDs must be among them. With `digest`, compute that of the whole data set too.
        """
        self.request = request
        self.walk = codec.Walk(request.transfer_syntax, tags)
        self._hash = hashlib.sha256() if digest else None
        self._empty = True
        self._failure: StoreResult | None = None

    def feed(self, parts: Sequence[bytes | memoryview]) -> bool:
        """Look at the next parts; whether all is well so far."""
        self._empty = False
        if self._failure is None:
            try:
                for part in parts:
                    self.walk.feed(part)
                    if self._hash is not None:
                        self._hash.update(part)
            except DecodeError as error:
                self._failure = StoreResult(_CANNOT_UNDERSTAND, str(error))
        return self._failure is None

    def finish(self) -> StoreResult | None:
        """The data set is complete: why not to take it, or None."""
        if self._failure is None:
            try:
                self.walk.finish()
            except DecodeError as error:
                return StoreResult(_CANNOT_UNDERSTAND, str(error))
        return self._failure or self._oddity() or self._mismatch()

    def values(self, tags: Iterable[int]) -> dict[int, bytes]:
        """The raw values of `tags`, where they are; the SOP Instance UID as the command has it."""
        value = self.walk.value
        found = {tag: known for tag in tags if (known := value(tag)) is not None}
        found[SOP_INSTANCE_UID] = self.request.sop_instance_uid.encode("ascii")
        return found

    def digest(self) -> str:
        """SHA-256 of the data set in hexadecimal; empty unless it was asked for."""
        return "" if self._hash is None else self._hash.hexdigest()

    def _oddity(self) -> StoreResult | None:
        """Of what could be read all the same, refuse another syntax, and lengths that lie."""
        warnings = self.walk.warnings
        for message, offset, _ in warnings:
            if "past the end" in message or (offset == 0 and message.startswith("no VR")):
                return StoreResult(_CANNOT_UNDERSTAND, message)
        if warnings:
            _LOG.info("%s: %s", self.request.sop_instance_uid, "; ".join(w[0] for w in warnings))
        return None

    def _mismatch(self) -> StoreResult | None:
        """The UIDs of the command are those of the data set, where it has them."""
        if self._empty:
            return StoreResult(_MISMATCH, "the data set is empty")
        for tag, uid in (
            (SOP_CLASS_UID, self.request.sop_class_uid),
            (SOP_INSTANCE_UID, self.request.sop_instance_uid),
        ):
            found = (self.walk.value(tag) or b"").strip(_PADDING)
            if found and found != uid.encode("latin-1"):
                keyword = codec.keyword_of(tag)
                return StoreResult(_MISMATCH, f"{keyword} differs between command and data set")
        return None
