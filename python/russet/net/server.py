"""A server for threads: one that listens, and one per association once it is asked for.

A connection whose first PDU is not complete costs a socket, a few bytes and no thread: the
listening thread watches them all and shakes hands with those who come by TLS, so that silent and
slow peers keep nobody out (PS3.8 9.1.4).
"""

import logging
import selectors
import socket
import threading
import time
from typing import TYPE_CHECKING, Final

from russet.net.blocking import SocketStream, listen
from russet.net.pending import TLS_COST, Farewell, Handshake, Pending, Progress, Request, Waiting
from russet.net.reach import shown
from russet.net.receive import Acceptor
from russet.net.timeouts import Timeouts

if TYPE_CHECKING:
    from russet.net.tls import ServerTls
    from russet.net.tls_stream import TlsStream

__all__ = ["Server"]

_LOG: Final = logging.getLogger("russet.scp")
_PENDING_LIMIT: Final = 4096
_PENDING_BYTES: Final = 1 << 24  # of all first PDUs that are not complete, together
_PAUSE: Final = 0.1


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
        *,
        tls: "ServerTls | None" = None,
    ) -> None:
        """Listen on `bind` and `port`; 0 lets the system choose.

        Args:
            bind: Address of ours to listen on.
            port: TCP port.
            acceptor: Sees each connection through, on a thread of its own; it is given the first
                bytes that came: a whole A-ASSOCIATE-RQ, or what cannot become one.
            timeouts: `handshake` and `artim` bound the wait for TLS and that PDU, `drain` the end.
            max_threads: Connections performed at once; more are closed as they come.
            tls: How connections are secured; without it they are not.

        Raises:
            CertificateFileError: When a file of `tls` cannot be used.
            ConnectError: When the port is taken or may not be had.
        """
        if tls is not None:
            tls.context()  # Better said now than to each client.
        self._tls = tls
        self._listener = listen(bind, port)
        self.port: int = self._listener.getsockname()[1]
        self._acceptor = acceptor
        self._timeouts = timeouts
        self._wake, self._waker = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._waiting = Waiting(_PENDING_LIMIT, _PENDING_BYTES)
        self._max_threads = max_threads
        self._workers: set[threading.Thread] = set()
        self._streams: set[SocketStream | TlsStream] = set()
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
        deadline = self._timeouts.clock() + self._timeouts.drain
        for worker in list(self._workers):
            worker.join(max(0.0, deadline - self._timeouts.clock()))
        # Those who did not end in time lose their connection; closing it is their own affair.
        for stream in list(self._streams):
            stream.cut()
        for worker in list(self._workers):
            worker.join(_PAUSE)
        self._acceptor.close(deadline)
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
                        if key.data in self._waiting:
                            self._drop(key.data)
                self._close_silent(self._timeouts.clock())
        finally:
            self._listener.close()
            self._selector.close()
            for pending in self._waiting:
                pending.stream.close()

    def _attend(self, ready: object, pending: Pending | None) -> None:
        """See to one thing that is ready; its connection may have been dropped a moment ago."""
        if ready is self._listener:
            self._accept()
            return
        while pending is not None and pending in self._waiting:
            # What came with the end of one stage may be all there is of the next.
            pending = self._advance(pending)
        while (surplus := self._waiting.surplus()) is not None:
            self._drop(surplus)

    def _advance(self, pending: Pending) -> Pending | None:
        """Take a connection as far as it goes; its next stage when there is one."""
        writing = pending.writing
        progress = pending.advance()
        if progress is Progress.WAIT:
            self._waiting.weigh(pending)
            if pending.writing != writing:
                self._selector.modify(pending.stream, _events(pending), pending)
            return None
        if progress is Progress.GONE:
            self._drop(pending)
            return None
        self._forget(pending)
        if isinstance(pending, Request):
            self._begin(pending)
            return None
        return self._next_stage(pending, progress)

    def _next_stage(self, pending: Pending, progress: Progress) -> Pending:
        following: Pending
        assert isinstance(pending, Handshake)
        if progress is Progress.DONE and pending.secured is not None:
            following = Request(pending.secured, self._timeouts, TLS_COST)
        else:
            following = Farewell(pending.raw, self._timeouts)
        self._watch(following)
        return following

    def _until_next_deadline(self) -> float | None:
        deadline = self._waiting.next_deadline()
        return None if deadline is None else max(0.0, deadline - self._timeouts.clock())

    def _accept(self) -> None:
        try:
            connection, address = self._listener.accept()
        except BlockingIOError:
            return
        except OSError as error:
            # Out of descriptors: the oldest silent connection is worth less than a new one.
            _LOG.warning("cannot accept a connection: %s", error)
            oldest = self._waiting.oldest()
            if oldest is None:
                time.sleep(_PAUSE)
            else:
                self._drop(oldest)
            return
        if len(self._waiting) >= _PENDING_LIMIT and (oldest := self._waiting.oldest()):
            self._drop(oldest)
        timeouts = self._timeouts
        stream = SocketStream(connection, shown(address[0]), timeouts.stall, timeouts.floor)
        if self._tls is None:
            self._watch(Request(stream, self._timeouts))
        else:
            self._watch(Handshake(stream, self._tls.context, self._timeouts))

    def _watch(self, pending: Pending) -> None:
        self._waiting.add(pending)
        self._selector.register(pending.stream, _events(pending), pending)

    def _forget(self, pending: Pending) -> None:
        self._waiting.remove(pending)
        self._selector.unregister(pending.stream)

    def _drop(self, pending: Pending) -> None:
        self._forget(pending)
        pending.stream.close()

    def _close_silent(self, now: float) -> None:
        for pending in self._waiting.overdue(now):
            if why := pending.overdue():
                _LOG.info("%s %s: closed", pending.stream.peer, why)
            self._drop(pending)

    def _begin(self, request: Request) -> None:
        """There is something to act on: give the connection a thread."""
        stream = request.stream
        if len(self._workers) >= self._max_threads:
            _LOG.warning("%s was closed: %d connections already", stream.peer, self.active)
            stream.close()
            return
        worker = threading.Thread(
            target=self._work,
            args=(stream, bytes(request.received)),
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

    def _work(self, stream: "SocketStream | TlsStream", received: bytes) -> None:
        try:
            self._acceptor.perform(stream, received)
        except Exception:  # noqa: BLE001 (whatever it is, only this connection ends)
            _LOG.exception("the association with %s ended by a fault of ours", stream.peer)
        finally:
            self._end(threading.current_thread(), stream)

    def _end(self, worker: threading.Thread, stream: "SocketStream | TlsStream") -> None:
        stream.close()
        self._workers.discard(worker)
        self._streams.discard(stream)


def _events(pending: Pending) -> int:
    return selectors.EVENT_READ | (selectors.EVENT_WRITE if pending.writing else 0)
