"""A server for threads: one that listens, and one per association once it is asked for.

A connection whose first PDU is not complete costs a socket, a few bytes and no thread: the
listening thread watches them all, so that silent and slow peers keep nobody out (PS3.8 9.1.4).
"""

import logging
import selectors
import socket
import struct
import threading
import time
from typing import Final

from russet.net.blocking import SocketStream, listen
from russet.net.receive import Acceptor
from russet.net.timeouts import Timeouts

__all__ = ["Server"]

_LOG: Final = logging.getLogger("russet.scp")
_PENDING_LIMIT: Final = 4096
_PENDING_BYTES: Final = 1 << 24  # of all first PDUs that are not complete, together
_PAUSE: Final = 0.1
_HEADER: Final = struct.Struct(">BxI")
_ASSOCIATE_RQ: Final = 0x01
_LARGEST_FIRST_PDU: Final = 1 << 20
_RECEIVE_LENGTH: Final = 1 << 16


class _Pending:
    """A connection whose first PDU has not come whole."""

    __slots__ = ("deadline", "received", "stream")

    def __init__(self, stream: SocketStream, deadline: float) -> None:
        self.stream = stream
        self.deadline = deadline
        self.received = bytearray()

    def receive(self) -> bool:
        """Take what has come; whether there is a request, a close or nonsense to act on."""
        space = bytearray(self._missing())
        count = self.stream.receive_ready(memoryview(space))
        if not count:
            return count == 0
        self.received += space[:count]
        return self._missing() == 0

    def _missing(self) -> int:
        """Bytes up to the next thing to know: the header, then the end of the A-ASSOCIATE-RQ."""
        if len(self.received) < _HEADER.size:
            nonsense = self.received and self.received[0] != _ASSOCIATE_RQ
            return 0 if nonsense else _HEADER.size - len(self.received)
        pdu_type: int
        length: int
        pdu_type, length = _HEADER.unpack_from(self.received)
        if pdu_type != _ASSOCIATE_RQ or length > _LARGEST_FIRST_PDU:
            return 0
        return min(_HEADER.size + length - len(self.received), _RECEIVE_LENGTH)


class Server:
    """Listens, and has an acceptor see each connection through on a thread of its own.

    It serves from the start, until `close`, which drains.

    Attributes:
        port: The port it listens on.
        active: How many connections are being performed.
    """

    def __init__(
        self,
        bind: str,
        port: int,
        acceptor: Acceptor,
        timeouts: Timeouts,
        max_threads: int = 1100,
    ) -> None:
        """Listen on `bind` and `port`; 0 lets the system choose.

        Args:
            bind: Address of ours to listen on.
            port: TCP port.
            acceptor: Sees each connection through, on a thread of its own; it is given the first
                bytes that came: a whole A-ASSOCIATE-RQ, or what cannot become one.
            timeouts: `artim` bounds the wait for that first PDU, `drain` the end.
            max_threads: Connections performed at once; more are closed as they come.

        Raises:
            ConnectError: When the port is taken or may not be had.
        """
        self._listener = listen(bind, port)
        self.port: int = self._listener.getsockname()[1]
        self._acceptor = acceptor
        self._timeouts = timeouts
        self._wake, self._waker = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._pending: dict[SocketStream, _Pending] = {}
        self._held = 0
        self._max_threads = max_threads
        self._workers: set[threading.Thread] = set()
        self._streams: set[SocketStream] = set()
        self._thread = threading.Thread(
            target=self._listen, name=f"russet-{self.port}", daemon=True
        )
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._wake, selectors.EVENT_READ)
        self._thread.start()

    @property
    def active(self) -> int:
        """How many connections are being performed."""
        return len(self._workers)

    def close(self) -> None:
        """Stop accepting, let operations under way end within `drain` seconds, close the rest."""
        self._acceptor.drain()
        if self._waker.fileno() < 0:
            return
        # The other end of the pair becomes readable, which wakes the listening thread.
        self._waker.close()
        self._thread.join()
        deadline = time.monotonic() + self._timeouts.drain
        for worker in list(self._workers):
            worker.join(max(0.0, deadline - time.monotonic()))
        # Those who did not end in time lose their connection; closing it is their own affair.
        for stream in list(self._streams):
            stream.cut()
        for worker in list(self._workers):
            worker.join(_PAUSE)
        self._acceptor.close()
        self._wake.close()

    def _listen(self) -> None:
        """The listening thread."""
        try:
            while not self._acceptor.draining:
                for key, _ in self._selector.select(self._until_next_deadline()):
                    try:
                        self._attend(key.fileobj, key.data)
                    except Exception:  # noqa: BLE001 (one connection must not deafen the rest)
                        _LOG.exception("a new connection was lost by a fault of ours")
                self._close_silent(time.monotonic())
        finally:
            self._listener.close()
            self._selector.close()
            for stream in self._pending:
                stream.close()

    def _attend(self, ready: object, pending: _Pending | None) -> None:
        """See to one thing that is ready; its connection may have been dropped a moment ago."""
        if ready is self._listener:
            self._accept()
        elif pending is not None and pending.stream in self._pending:
            held = len(pending.received)
            complete = pending.receive()
            self._held += len(pending.received) - held
            if complete:
                self._begin(pending)
            elif self._held > _PENDING_BYTES:
                self._drop(max(self._pending.values(), key=lambda each: len(each.received)))

    def _until_next_deadline(self) -> float | None:
        # In insertion order the first is the oldest: they all have the same time.
        first = next(iter(self._pending.values()), None)
        return None if first is None else max(0.0, first.deadline - time.monotonic())

    def _accept(self) -> None:
        try:
            connection, address = self._listener.accept()
        except BlockingIOError:
            return
        except OSError as error:
            # Out of descriptors: the oldest silent connection is worth less than a new one.
            _LOG.warning("cannot accept a connection: %s", error)
            if not self._drop_oldest():
                time.sleep(_PAUSE)
            return
        if len(self._pending) >= _PENDING_LIMIT:
            self._drop_oldest()
        stream = SocketStream(connection, address[0])
        pending = _Pending(stream, time.monotonic() + self._timeouts.artim)
        self._pending[stream] = pending
        self._selector.register(stream, selectors.EVENT_READ, pending)

    def _drop_oldest(self) -> bool:
        oldest = next(iter(self._pending.values()), None)
        if oldest is not None:
            self._drop(oldest)
        return oldest is not None

    def _drop(self, pending: _Pending) -> None:
        self._forget(pending.stream)
        pending.stream.close()

    def _close_silent(self, now: float) -> None:
        for pending in [each for each in self._pending.values() if each.deadline <= now]:
            _LOG.info(
                "%s sent %d bytes and no whole A-ASSOCIATE-RQ in %g s: closed",
                pending.stream.peer,
                len(pending.received),
                self._timeouts.artim,
            )
            self._drop(pending)

    def _forget(self, stream: SocketStream) -> None:
        self._held -= len(self._pending.pop(stream).received)
        self._selector.unregister(stream)

    def _begin(self, pending: _Pending) -> None:
        """There is something to act on: give the connection a thread."""
        stream = pending.stream
        self._forget(stream)
        if not pending.received or len(self._workers) >= self._max_threads:
            if pending.received:
                _LOG.warning("%s was closed: %d connections already", stream.peer, self.active)
            stream.close()
            return
        worker = threading.Thread(
            target=self._work,
            args=(stream, bytes(pending.received)),
            name=f"russet-{stream.peer}",
            daemon=True,
        )
        self._workers.add(worker)
        self._streams.add(stream)
        try:
            worker.start()
        except RuntimeError as error:
            _LOG.warning("no thread for %s: %s", stream.peer, error)
            self._end(worker, stream)

    def _work(self, stream: SocketStream, received: bytes) -> None:
        try:
            self._acceptor.perform(stream, received)
        except Exception:  # noqa: BLE001 (whatever it is, only this connection ends)
            _LOG.exception("the association with %s ended by a fault of ours", stream.peer)
        finally:
            self._end(threading.current_thread(), stream)

    def _end(self, worker: threading.Thread, stream: SocketStream) -> None:
        stream.close()
        self._workers.discard(worker)
        self._streams.discard(stream)
