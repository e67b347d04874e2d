"""The byte stream an association runs over on an event loop, and TCP and Unix sockets as one.

Whatever has the methods of `AsyncByteStream` carries an association: a WebSocket, a pipe, a test.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol

from russet.errors import AbortedError, DeadlineError
from russet.net.reach import no_connection, shown
from russet.net.timeouts import Timeouts

if TYPE_CHECKING:
    from russet.association.caller import Certificate
    from russet.net.tls import ClientTls

__all__ = ["AsyncByteStream", "LoopStream", "open_stream"]

_QUICKACK: Final[int | None] = getattr(socket, "TCP_QUICKACK", None)
_OVERFLOW: Final = 1 << 16
_HIGH_WATER: Final = 1 << 18
_FAREWELL: Final = 2.0


class AsyncByteStream(Protocol):
    """A connected, ordered, reliable stream of bytes.

    Attributes:
        peer: The other side's address, as text.
    """

    peer: str

    async def receive_into(self, space: memoryview, timeout: float) -> int | None:  # noqa: ASYNC109 (as the blocking one)
        """Fill `space` with what has come, waiting up to `timeout` seconds for the first byte.

        Returns:
            How many bytes; 0 when the peer has closed or the connection broke; None when the time
            was up.

        Raises:
            NetworkError: When a secure connection tells more than that it broke.
        """
        ...

    async def send(self, data: bytes) -> None:
        """Send all of `data`, waiting for the peer to take it, but not for ever.

        Raises:
            DeadlineError: When the peer takes nothing more.
            AbortedError: When the connection broke.
        """
        ...

    def interrupt(self) -> None:
        """Make a `receive_into` that waits return 0 at once."""
        ...

    def close(self) -> None:
        """Close the connection; safe to call again."""
        ...


class LoopStream(asyncio.BufferedProtocol):
    """A transport of asyncio as an `AsyncByteStream`: bytes go straight to where they are wanted.

    Attributes:
        peer: The other side's address, as text.
        address: The same as a policy takes it. Who comes by a Unix socket is on this machine.
        encrypted: Whether it is TLS.
        certificate: The peer's, verified; None without one.
        transport: The transport, from `connection_made` on.
    """

    def __init__(
        self,
        on_connected: Callable[[LoopStream], None] | None = None,
        patience: float = 30.0,
        floor: int = 1024,
    ) -> None:
        """Wait for a connection.

        Args:
            on_connected: Hears of it.
            patience: Seconds that a send may be stuck.
            floor: Bytes a second that it has to make in each such time.
        """
        self.peer = ""
        self.address: str | None = None
        self.encrypted = False
        self.certificate: Certificate | None = None
        self.transport: asyncio.Transport
        self._on_connected = on_connected
        self._patience = patience
        self._floor = floor
        self._space: memoryview | None = None
        self._overflow = bytearray()
        self._filling: bytearray | None = None
        self._waiter: asyncio.Future[int | None] | None = None
        self._drained: asyncio.Future[None] | None = None
        self._closed = False
        self._socket: Any = None

    # --- what asyncio calls ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport over."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.set_write_buffer_limits(high=_HIGH_WATER)
        address = transport.get_extra_info("peername")
        self.peer = shown(address[0]) if isinstance(address, tuple) else str(address or "local")
        self.address = self.peer if isinstance(address, tuple) else "127.0.0.1"
        self.encrypted = transport.get_extra_info("ssl_object") is not None
        connection = transport.get_extra_info("socket")
        if connection is not None and connection.family in (socket.AF_INET, socket.AF_INET6):
            self._socket = connection
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if self._on_connected is not None:
            self._on_connected(self)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 (of asyncio)
        """Give where the next bytes go: the receiver's own space while one waits for them."""
        # It may be asked for without anything coming, and be filled in parts, so it is a view.
        if self._space is not None:
            self._filling = None
            return self._space
        self._filling = bytearray(_OVERFLOW)
        return memoryview(self._filling)

    def buffer_updated(self, count: int) -> None:
        """Hand on what came; with nobody waiting, take no more until somebody does."""
        if self._filling is not None:
            self._overflow += memoryview(self._filling)[:count]
            self._filling = None
            self.transport.pause_reading()
            return
        self._wake(count)

    def eof_received(self) -> None:
        """The peer sends no more; the transport closes."""
        self._closed = True
        self._wake(0)

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 (of asyncio)
        """The connection is gone."""
        self._closed = True
        self._wake(0)
        self.resume_writing()

    def pause_writing(self) -> None:
        """Let senders wait: the peer is slow."""
        self._drained = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        """Let senders go on."""
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)
        self._drained = None

    # --- what an association calls ---

    async def receive_into(self, space: memoryview, timeout: float) -> int | None:  # noqa: ASYNC109 (as the blocking one)
        """Fill `space` with what has come (see `AsyncByteStream`)."""
        if self._overflow:
            return self._take(space)
        if self._closed:
            return 0
        if timeout <= 0:
            return None
        self._acknowledge()
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[int | None] = loop.create_future()
        self._waiter = waiter
        self._space = space
        timer = loop.call_later(timeout, self._wake, None)
        try:
            return await waiter
        finally:
            timer.cancel()
            self._waiter = self._space = None

    async def send(self, data: bytes) -> None:
        """Send all of `data` (see `AsyncByteStream`)."""
        if self._closed or self.transport.is_closing():
            raise AbortedError(f"the connection to {self.peer} broke")
        self.transport.write(data)
        while (drained := self._drained) is not None:
            before = self.transport.get_write_buffer_size()
            await asyncio.wait([drained], timeout=self._patience)
            moved = before - self.transport.get_write_buffer_size()
            if not drained.done() and moved < self._floor * self._patience:
                raise DeadlineError(
                    f"{self.peer} takes no more data, or hardly any, for {self._patience:g} s"
                )
        if self._closed:
            raise AbortedError(f"the connection to {self.peer} broke")

    def interrupt(self) -> None:
        """End the waiting of the reader (see `AsyncByteStream`)."""
        self._wake(0)

    def close(self) -> None:
        """Close the connection (see `AsyncByteStream`)."""
        self._closed = True
        self.transport.close()
        if self.transport.get_write_buffer_size():
            # What the peer does not take would keep the connection for ever.
            asyncio.get_running_loop().call_later(_FAREWELL, self.transport.abort)

    def _take(self, space: memoryview) -> int:
        count = min(len(space), len(self._overflow))
        space[:count] = self._overflow[:count]
        del self._overflow[:count]
        if not self._overflow and not self._closed:
            self._overflow = bytearray()
            self.transport.resume_reading()
        return count

    def _wake(self, count: int | None) -> None:
        self._space = None
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(count)

    def _acknowledge(self) -> None:
        """Acknowledge at once: the peer may be waiting for that with the rest of a message."""
        if _QUICKACK is not None and self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)


async def open_stream(
    host: str,
    port: int,
    timeouts: Timeouts,
    tls: ClientTls | None = None,
) -> AsyncByteStream:
    """Connect to `host` and `port` within `timeouts.connect`, and with `tls` as long for TLS.

    Raises:
        CertificateFileError: When a file that `tls` names cannot be used.
        ConnectError: With the likely cause and what to try; a `TlsError` where TLS is it.
        DeadlineError: When nothing answered in time.
    """
    host = host.strip("[]")
    if tls is None:
        return await _open_stream(host, port, timeouts)
    from russet.net.aio.tls import secure

    tls.context()  # A file of ours that is wrong is no reason to bother the peer.
    stream = await _open_stream(host, port, timeouts)
    return await secure(stream, tls, host, timeouts.connect)


async def _open_stream(host: str, port: int, timeouts: Timeouts) -> LoopStream:
    loop = asyncio.get_running_loop()
    timeout = timeouts.connect

    def made() -> LoopStream:
        return LoopStream(patience=timeouts.stall, floor=timeouts.floor)

    try:
        async with asyncio.timeout(timeout):
            _, stream = await loop.create_connection(made, host, port)
    except (OSError, UnicodeError) as error:
        raise no_connection(host, port, timeout, error) from error
    return stream
