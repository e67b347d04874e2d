"""A byte stream that tells of every PDU on it (PS3.8 9.3.1): the log of those who debug."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from russet.net.stream import ByteStream

__all__ = ["Trace", "traced"]

_LOG: Final = logging.getLogger("russet.ul")
_HEAD: Final = 6
_NAMES: Final = {
    1: "A-ASSOCIATE-RQ",
    2: "A-ASSOCIATE-AC",
    3: "A-ASSOCIATE-RJ",
    4: "P-DATA-TF",
    5: "A-RELEASE-RQ",
    6: "A-RELEASE-RP",
    7: "A-ABORT",
}


def traced(stream: ByteStream) -> ByteStream:
    """Have the PDUs of a stream logged, where anybody wants to see them; else it stays as it is."""
    trace = Trace.wanted()
    return stream if trace is None else _Traced(stream, trace)


class Trace:
    """Looks at the headers that pass on one stream, and tells of them. No I/O."""

    def __init__(self) -> None:
        self._sent = _Headers("sent")
        self._received = _Headers("received")

    @classmethod
    def wanted(cls) -> Trace | None:
        """Give one when anybody wants to see it: otherwise nothing is spent on it."""
        return cls() if _LOG.isEnabledFor(logging.DEBUG) else None

    def sent(self, data: bytes) -> None:
        """Tell which PDUs begin in what is sent."""
        self._sent.see(memoryview(data))

    def received(self, space: memoryview, count: int | None) -> None:
        """Tell which PDUs begin in what filled a space, as `ByteStream.receive_into` gives it."""
        if count:
            self._received.see(space[:count])
        elif count == 0:
            _LOG.debug("the connection is closed")


class _Traced:
    """Passes everything on, and shows it to a trace."""

    def __init__(self, stream: ByteStream, trace: Trace) -> None:
        self._stream = stream
        self._trace = trace
        self.peer = stream.peer

    @property
    def eager(self) -> bool:
        """Whether waiting may cost processor time."""
        return self._stream.eager

    @eager.setter
    def eager(self, value: bool) -> None:
        self._stream.eager = value

    def receive_into(self, space: memoryview, timeout: float) -> int | None:
        """Receive, and tell of it."""
        count = self._stream.receive_into(space, timeout)
        self._trace.received(space, count)
        return count

    def send(self, data: bytes) -> None:
        """Tell of it, and send."""
        self._trace.sent(data)
        self._stream.send(data)

    def interrupt(self) -> None:
        """Pass it on."""
        self._stream.interrupt()

    def close(self) -> None:
        """Pass it on."""
        self._stream.close()


class _Headers:
    """Finds the PDUs of one direction, however they are cut."""

    def __init__(self, direction: str) -> None:
        self._direction = direction
        self._head = b""
        self._left = 0

    def see(self, data: memoryview) -> None:
        """Look at what comes next."""
        while data:
            passed = min(self._left, len(data))
            self._left -= passed
            data = data[passed:]
            wanted = _HEAD - len(self._head)
            self._head += bytes(data[:wanted])
            data = data[wanted:]
            if len(self._head) == _HEAD:
                self._tell(self._head[0], int.from_bytes(self._head[2:], "big"))

    def _tell(self, kind: int, length: int) -> None:
        name = _NAMES.get(kind, f"a PDU of type {kind:02X}H")
        _LOG.debug("%s %s, %d bytes", self._direction, name, _HEAD + length)
        self._head, self._left = b"", length
