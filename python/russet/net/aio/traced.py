"""A byte stream on an event loop that tells of every PDU on it, as that of the threads does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from russet.net.traced import Trace

if TYPE_CHECKING:
    from russet.net.aio.stream import AsyncByteStream

__all__ = ["traced"]


def traced(stream: AsyncByteStream) -> AsyncByteStream:
    """Have the PDUs of a stream logged, where anybody wants to see them; else it stays as it is."""
    trace = Trace.wanted()
    return stream if trace is None else _Traced(stream, trace)


class _Traced:
    """Passes everything on, and shows it to a trace."""

    def __init__(self, stream: AsyncByteStream, trace: Trace) -> None:
        self._stream = stream
        self._trace = trace
        self._interrupted = False
        self.peer = stream.peer

    async def receive_into(self, space: memoryview, timeout: float) -> int | None:  # noqa: ASYNC109 (as all streams)
        """Receive, and tell of it."""
        count = await self._stream.receive_into(space, timeout)
        if count or not self._interrupted:  # Else nothing was received, and nothing is closed.
            self._trace.received(space, count)
        self._interrupted = False
        return count

    async def send(self, data: bytes) -> None:
        """Tell of it, and send."""
        self._trace.sent(data)
        await self._stream.send(data)

    def interrupt(self) -> None:
        """Pass it on."""
        self._interrupted = True
        self._stream.interrupt()

    def close(self) -> None:
        """Pass it on."""
        self._stream.close()
