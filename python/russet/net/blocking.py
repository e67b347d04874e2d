"""Sockets for threads: connect, listen, and a `ByteStream` that waits without polling.

TCP_NODELAY is always on, and TCP_QUICKACK is armed again before each wait inside a message: a peer
that leaves Nagle's algorithm on waits for our acknowledgement with the second half of it.
"""

import contextlib
import socket
import struct
import time
from threading import get_ident
from typing import TYPE_CHECKING, Final

from russet.errors import AbortedError, DeadlineError
from russet.net.reach import check_port, no_connection, no_listener
from russet.net.timeouts import Timeouts

if TYPE_CHECKING:
    from russet.association.caller import Certificate
    from russet.net.tls import ClientTls
    from russet.net.tls_stream import TlsStream

__all__ = ["SocketStream", "connect", "listen"]

_QUICKACK: Final[int | None] = getattr(socket, "TCP_QUICKACK", None)
_TIMEVAL: Final = struct.Struct("@ll")
_SHORTEST: Final = 1e-3
_MOMENT: Final = 1e-4  # A turn-around of up to this many seconds is worth trying for
_TRIES: Final = 60  # ... and this many tries take about as long.


class SocketStream:
    """A TCP connection as a `ByteStream`, for one reading thread.

    The socket blocks and the kernel keeps its timeouts, so that a receive is one system call.

    Attributes:
        peer: The other side's address, as text.
        certificate: What it proved itself with: nothing, without TLS.
        encrypted: Whether it is TLS.
        eager: Whether a receive may try for a moment before it sleeps (see `ByteStream`).
    """

    def __init__(
        self, connection: socket.socket, peer: str, patience: float = 30.0, floor: int = 1024
    ) -> None:
        """Take over a connected socket.

        Args:
            connection: The socket.
            peer: The other side's address, as text.
            patience: Seconds that a send may be stuck.
            floor: Bytes a second that it has to make in each such time.
        """
        connection.setblocking(True)  # noqa: FBT003 (the standard library)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self.peer = peer
        self.certificate: Certificate | None = None
        self.encrypted = False
        self.eager = False
        self._quick = False
        self._comes_soon = False
        self._sender = 0
        self._socket = connection
        self._patience = patience
        self._floor = floor
        self._timeout = 0.0
        self._set_timeout(socket.SO_SNDTIMEO, patience)
        self._unacknowledged = False

    def receive_into(self, space: memoryview, timeout: float) -> int | None:
        """Fill `space` with what has come (see `ByteStream`)."""
        if self._unacknowledged:
            # The peer may be waiting with the rest of a message for our delayed acknowledgement.
            self._acknowledge()
        if not self._timeout * 0.99 <= timeout <= self._timeout:
            # Nearly the same is good enough: whoever waits looks at the clock anyway.
            self._timeout = timeout
            self._set_timeout(socket.SO_RCVTIMEO, timeout)
        ours = self._sender == get_ident()
        count = self._next_answer(space) if ours else self._receive(space, 0)
        # A space filled whole means that more is there already: no need to hurry the peer.
        self._unacknowledged = count != len(space)
        return count

    def receive_ready(self, space: memoryview) -> int | None:
        """Fill `space` with what is there, without waiting; None when that is nothing."""
        count = self._receive(space, socket.MSG_DONTWAIT)
        self._acknowledge()
        return count

    def receive_soon(self, space: memoryview) -> int | None:
        """Fill `space` with what is there, or comes in a moment where it did so the last time."""
        count = self._try(space, _TRIES if self._comes_soon and self.eager else 1)
        self._comes_soon = count is not None
        return count

    def _next_answer(self, space: memoryview) -> int | None:
        """Receive what answers the last thing that was sent."""
        self._sender = 0
        count = self._try(space, _TRIES) if self._quick and self.eager else None
        if count is None:
            began = time.monotonic()
            count = self._receive(space, 0)
            self._quick = time.monotonic() - began < _MOMENT
        return count

    def _try(self, space: memoryview, tries: int) -> int | None:
        """Receive without sleeping, as often as is worth it for a peer that was quick before.

        A process that sleeps is woken by an interrupt, which takes longer than the whole
        turn-around of a peer near by. Not for the middle of a data set, where it would fetch every
        crumb by itself.
        """
        receive, flags = self._socket.recv_into, socket.MSG_DONTWAIT
        for _ in range(tries):
            try:
                return receive(space, 0, flags)
            except BlockingIOError:
                continue
            except OSError:
                return 0
        return None

    def _receive(self, space: memoryview, flags: int) -> int | None:
        try:
            return self._socket.recv_into(space, 0, flags)
        except BlockingIOError:
            return None
        except OSError:
            return 0

    def send(self, data: bytes) -> None:
        """Send all of `data` (see `ByteStream`)."""
        self._sender = get_ident()
        self._unacknowledged = False  # What is sent carries the acknowledgement.
        try:
            sent = self._socket.send(data)
            if sent < len(data):
                self._send_rest(data, sent)
        except BlockingIOError as error:
            raise DeadlineError(
                f"{self.peer} takes no more data, or hardly any, for {self._patience:g} s"
            ) from error
        except OSError as error:
            raise AbortedError(
                f"the connection to {self.peer} broke: {error.strerror or error}"
            ) from error

    def _send_rest(self, data: bytes, sent: int) -> None:
        """Send what did not go at once; a peer that takes it in crumbs is as good as stuck."""
        began, before = time.monotonic(), sent
        while sent < len(data):
            seconds = time.monotonic() - began
            if seconds > self._patience:
                if sent - before < self._floor * seconds:
                    raise BlockingIOError
                began, before = time.monotonic(), sent
            sent += self._socket.send(memoryview(data)[sent:])

    def send_ready(self, data: bytes) -> int:
        """Send what goes without waiting; how many bytes. That it broke, a receive tells."""
        try:
            return self._socket.send(data, socket.MSG_DONTWAIT)
        except OSError:
            return 0

    def end_sending(self) -> None:
        """Tell the peer that nothing more comes; what it sends can still be received."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def interrupt(self) -> None:
        """End the waiting of the reading thread (see `ByteStream`)."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RD)

    def cut(self) -> None:
        """End the connection under the thread that uses it, which then closes it."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connection (see `ByteStream`)."""
        self._socket.close()

    def fileno(self) -> int:
        """The socket's descriptor, for a selector."""
        return self._socket.fileno()

    def _set_timeout(self, option: int, timeout: float) -> None:
        seconds, fraction = divmod(max(timeout, _SHORTEST), 1.0)
        value = _TIMEVAL.pack(int(seconds), int(fraction * 1e6))
        self._socket.setsockopt(socket.SOL_SOCKET, option, value)

    def _acknowledge(self) -> None:
        if _QUICKACK is not None:
            # An error means that the peer has just gone; the next receive says so.
            with contextlib.suppress(OSError):
                self._socket.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)


def connect(
    host: str, port: int, timeouts: Timeouts, tls: "ClientTls | None" = None
) -> "SocketStream | TlsStream":
    """Connect to `host` and `port` within `timeouts.connect`, and with `tls` as long for TLS.

    Raises:
        CertificateFileError: When a file that `tls` names cannot be used.
        ConnectError: With the likely cause and what to try; a `TlsError` where TLS is it.
        DeadlineError: When nothing answered in time.
    """
    host = host.strip("[]")
    if tls is None:
        return _connect(host, port, timeouts)
    from russet.net.tls_stream import secure

    tls.context()  # A file of ours that is wrong is no reason to bother the peer.
    stream = _connect(host, port, timeouts)
    try:
        return secure(stream, tls, host, timeouts.connect)
    except BaseException:
        stream.close()
        raise


def _connect(host: str, port: int, timeouts: Timeouts) -> SocketStream:
    timeout = timeouts.connect
    try:
        connection = socket.create_connection((host, port), timeout)
    except (OSError, UnicodeError) as error:
        raise no_connection(host, port, timeout, error) from error
    return SocketStream(connection, host, timeouts.stall, timeouts.floor)


def listen(bind: str, port: int) -> socket.socket:
    """A listening socket on `bind`; port 0 lets the system choose.

    `::` is every address of this machine, of IPv4 and of IPv6.

    Raises:
        ConnectError: When the port is taken or may not be had.
        ValueError: When it is no port.
    """
    check_port(port)
    host = bind.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    both = host == "::" and socket.has_dualstack_ipv6()
    try:
        listener = socket.create_server(
            (host, port), family=family, backlog=1024, dualstack_ipv6=both
        )
    except OSError as error:
        raise no_listener(bind, port, error) from error
    listener.setblocking(False)  # noqa: FBT003 (the standard library)
    return listener
