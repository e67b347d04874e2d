"""Is what arrives what it claims to be? The check of a data set while it arrives (PS3.4 B.1)."""

import hashlib
import logging
from collections.abc import Sequence
from typing import Final

from russet import codec
from russet.errors import DecodeError
from russet.services.storage import StoreRequest, StoreResult

__all__ = ["SOP_CLASS_UID", "SOP_INSTANCE_UID", "ArrivalCheck"]

SOP_CLASS_UID: Final = 0x0008_0016
SOP_INSTANCE_UID: Final = 0x0008_0018

_LOG: Final = logging.getLogger("russet.scp")
_MISMATCH: Final = 0xA900
_CANNOT_UNDERSTAND: Final = 0xC000
_PADDING: Final = b"\0 "


class ArrivalCheck:
    """Walks a data set part by part; what cannot be walked to its end never gets Success.

    Attributes:
        request: The request it arrives with.
    """

    def __init__(
        self, request: StoreRequest, tags: Sequence[int] = (), *, digest: bool = False
    ) -> None:
        """Check the data set of `request`, and collect the values of top-level `tags`.

        With `digest`, compute that of the whole data set too.
        """
        self.request = request
        self._walk = codec.Walk(request.transfer_syntax, tags or [SOP_CLASS_UID, SOP_INSTANCE_UID])
        self._hash = hashlib.sha256() if digest else None
        self._empty = True
        self._failure: StoreResult | None = None
        self._values: dict[int, bytes] = {}

    def feed(self, parts: Sequence[bytes | memoryview]) -> bool:
        """Look at the next parts; whether all is well so far."""
        self._empty = False
        if self._failure is None:
            try:
                for part in parts:
                    self._walk.feed(part)
                    if self._hash is not None:
                        self._hash.update(part)
            except DecodeError as error:
                self._failure = StoreResult(_CANNOT_UNDERSTAND, str(error))
        return self._failure is None

    def finish(self) -> StoreResult | None:
        """The data set is complete: why not to take it, or None."""
        if self._failure is None:
            try:
                self._walk.finish()
            except DecodeError as error:
                return StoreResult(_CANNOT_UNDERSTAND, str(error))
        return self._failure or self._oddity() or self._mismatch()

    def values(self) -> dict[int, bytes]:
        """The values that were asked for, raw; the SOP Instance UID as the command has it."""
        return self._values

    def digest(self) -> str:
        """SHA-256 of the data set in hexadecimal; empty unless it was asked for."""
        return "" if self._hash is None else self._hash.hexdigest()

    def _oddity(self) -> StoreResult | None:
        """Of what could be read all the same, refuse another syntax, and lengths that lie."""
        warnings = self._walk.warnings
        for message, offset, _ in warnings:
            if "past the end" in message or (offset == 0 and message.startswith("no VR")):
                return StoreResult(_CANNOT_UNDERSTAND, message)
        if warnings:
            _LOG.info("%s: %s", self.request.sop_instance_uid, "; ".join(w[0] for w in warnings))
        return None

    def _mismatch(self) -> StoreResult | None:
        """The UIDs of the command are those of the data set, where it has them."""
        self._values = values = self._walk.values
        if self._empty:
            return StoreResult(_MISMATCH, "the data set is empty")
        for tag, uid in (
            (SOP_CLASS_UID, self.request.sop_class_uid),
            (SOP_INSTANCE_UID, self.request.sop_instance_uid),
        ):
            expected = uid.encode("latin-1")
            if values.get(tag, expected).strip(_PADDING) != expected and values[tag].strip(
                _PADDING
            ):
                keyword = codec.keyword_of(tag)
                return StoreResult(_MISMATCH, f"{keyword} differs between command and data set")
        values[SOP_INSTANCE_UID] = self.request.sop_instance_uid.encode("ascii")
        return None
