"""Messages on their way out, one after the other, never mixed (PS3.8 E)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from russet.codec import Command, encode_message, encode_pdvs
from russet.errors import EncodeError
from russet.ul import Connection

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["PDU_LENGTH", "Sender", "blocks"]

PDU_LENGTH: Final = 1 << 20
"""Bytes of the longest P-DATA-TF we send, also to peers that would take longer ones."""

_FIRST_BLOCK: Final = 1 << 17
"""Bytes of data that go in one block with their command: one write, and little to copy twice."""
_BLOCK: Final = 1 << 20
_SMALL: Final = 1 << 15
"""Bytes of a block that what was queued leaves with, in one write; to copy more costs more."""
_PDV_HEADER: Final = 6


def blocks(
    context_id: int, command: Command, data: Buffer | None, max_length: int
) -> Iterator[bytes]:
    """Encode a message as blocks of about 1 MiB, the first with the command and the first data.

    Args:
        context_id: The presentation context of the message.
        command: Its command set.
        data: Its data set as encoded, if it has one; read while the blocks are taken.
        max_length: Bytes of the longest P-DATA-TF, 8 or more.

    Returns:
        Whole P-DATA-TF PDUs (PS3.8 9.3.5), all but the last of them full.

    Raises:
        ValueError: If the command announces a data set and there is none, or the other way round.
        EncodeError: If the data set has an odd length, which no transfer syntax allows.
    """
    if command.has_data != (data is not None):
        raise ValueError("Command Data Set Type says otherwise than the data")
    head = encode_message(context_id, command, max_length)
    if data is None:
        return iter((head,))
    view = memoryview(data).cast("B")
    if len(view) % 2:
        raise EncodeError(f"a data set of {len(view)} bytes: an odd length cannot be sent")
    return _blocks(context_id, head, view, max_length)


def _blocks(context_id: int, head: bytes, view: memoryview, max_length: int) -> Iterator[bytes]:
    # Whole fragments per block, so that no PDU but the last is short.
    fragment = (max_length - _PDV_HEADER) & ~1
    start, step = 0, max(_FIRST_BLOCK // fragment, 1) * fragment
    while True:
        end = start + step
        last = end >= len(view)
        encoded = encode_pdvs(
            context_id, view[start:end], command=False, last=last, max_length=max_length
        )
        yield head + encoded if start == 0 else encoded
        if last:
            return
        start, step = end, max(_BLOCK // fragment, 1) * fragment


class Sender:
    """Gives the messages of one association to its connection.

    Attributes:
        max_length: Bytes of the longest P-DATA-TF to send.
    """

    def __init__(self, connection: Connection) -> None:
        self.max_length = PDU_LENGTH
        self._connection = connection
        self._half_sent = False
        self._deferred: list[bytes] = []

    def limit(self, peer_max_length: int) -> None:
        """Keep to the maximum length of the peer (PS3.8 D.1); 0 is unlimited."""
        self.max_length = min(peer_max_length or PDU_LENGTH, PDU_LENGTH)

    def queue(self, context_id: int, command: Command, data: Buffer | None, now: float) -> None:
        """Queue a small message; while a longer one is half sent it waits for its end."""
        if data is None and not command.has_data:
            encoded = encode_message(context_id, command, self.max_length)
        else:
            encoded = b"".join(blocks(context_id, command, data, self.max_length))
        if self._half_sent:
            self._deferred.append(encoded)
        else:
            self._connection.send_pdata(encoded, now)

    def stream(
        self, context_id: int, command: Command, data: Buffer | None, now: float
    ) -> Iterator[bytes]:
        """Give a message block by block, small ones with whatever was queued before it.

        Raises:
            EncodeError: If it cannot be sent.
            RuntimeError: With the first block, if another message is half sent: that association
                can only be aborted.
        """
        return self._stream(blocks(context_id, command, data, self.max_length), now)

    def _stream(self, message: Iterator[bytes], now: float) -> Iterator[bytes]:
        if self._half_sent:
            raise RuntimeError("another message is half sent: take all its blocks, or abort")
        for block in message:
            if self._connection.queued and len(block) > _SMALL:
                yield self._connection.data_to_send()
            self._connection.send_pdata(block, now)
            self._half_sent = True
            yield self._connection.data_to_send()
        self._half_sent = False
        if self._deferred:
            waiting, self._deferred = b"".join(self._deferred), []
            self._connection.send_pdata(waiting, now)
            yield self._connection.data_to_send()
