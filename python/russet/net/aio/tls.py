"""TLS over an `AsyncByteStream`, whatever that is: the sessions of the threads, awaited."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from russet.errors import NetworkError, TlsError
from russet.net.aio.stream import LoopStream
from russet.net.tls_session import ALERT, Greeting, TlsSession
from russet.net.tls_stream import check_answer

if TYPE_CHECKING:
    import ssl

    from russet.association.caller import Certificate
    from russet.net.aio.stream import AsyncByteStream
    from russet.net.tls import ClientTls

__all__ = ["SecureStream", "accept", "secure"]

_LOG: Final = logging.getLogger("russet.scp")
_RECORDS_LENGTH: Final = 1 << 16
_HANDSHAKE_LENGTH: Final = 1 << 12
_SEND_LENGTH: Final = 1 << 18
_MOMENT: Final = 1e-3
_FAREWELL: Final = 2.0
_MOST_DISCARDED: Final = 1 << 20


class SecureStream:
    """A secured connection as an `AsyncByteStream`.

    Attributes:
        peer: The other side's address, as text.
        address: The same as a policy takes it.
        encrypted: That it is.
    """

    def __init__(self, stream: AsyncByteStream, session: TlsSession) -> None:
        """Move the records of `session` over `stream`."""
        self.peer = stream.peer
        self.address: str | None = getattr(stream, "address", None)
        self.encrypted = True
        self._stream = stream
        self._session = session
        self._sending = asyncio.Lock()  # around records, until the stream has them
        self._space: memoryview = memoryview(b"")
        self._receiving = self._closed = False

    @property
    def certificate(self) -> Certificate | None:
        """What the peer proved itself with; None where nothing was verified."""
        return self._session.certificate

    async def receive_into(self, space: memoryview, timeout: float) -> int | None:  # noqa: ASYNC109 (as the blocking one)
        """Fill `space` with what has come (see `AsyncByteStream`).

        Raises:
            AbortedError: When what came was altered on its way, or is no TLS (PS3.15 B.12).
            TlsError: When the peer does not take our certificate, or wants one.
        """
        session = self._session
        until = time.monotonic() + timeout
        while True:
            try:
                count = session.open_into(space)
            finally:
                await self._answer()
            if count is not None:
                return count
            received = await self.receive_records(until - time.monotonic())
            if not isinstance(received, memoryview):
                return received
            session.feed(received)

    async def receive_records(self, timeout: float) -> memoryview | int | None:  # noqa: ASYNC109
        """Records as they came; 0 at the end, None when the time was up."""
        if not self._space:
            self._space = memoryview(bytearray(_RECORDS_LENGTH))
        if timeout <= 0:
            return None
        self._receiving = True
        try:
            count = await self._stream.receive_into(self._space, timeout)
        finally:
            self._receiving = False
        return self._space[:count] if count else count

    async def send(self, data: bytes) -> None:
        """Send all of `data` (see `AsyncByteStream`)."""
        session = self._session
        rest = memoryview(data)
        async with self._sending:
            while rest:
                session.seal(rest[:_SEND_LENGTH])
                await self._send_records(session)
                rest = rest[_SEND_LENGTH:]
        await self.flush()

    async def flush(self) -> None:
        """Send what TLS itself has to say, unless a sender is about to."""
        session = self._session
        while session.has_records and not self._sending.locked():
            async with self._sending:
                await self._send_records(session)

    async def _send_records(self, session: TlsSession) -> None:
        try:
            await self._stream.send(session.records())
        except NetworkError as error:
            # A record that was cut cannot be mended by another one after it.
            told = session.failure or await self._last_words(session) or error
            session.failure = told
            raise told from error

    async def _last_words(self, session: TlsSession) -> NetworkError | None:
        """What the peer said before it closed on us: by TLS 1.3, why it does not take us."""
        if self._receiving:
            return None  # Whoever receives is told.
        try:
            while isinstance(received := await self.receive_records(_MOMENT), memoryview):
                session.feed(received)
                session.open_into(memoryview(bytearray(1)))
        except NetworkError as error:
            return error
        return None

    async def _answer(self) -> None:
        with contextlib.suppress(NetworkError):
            await self.flush()

    def interrupt(self) -> None:
        """End the waiting of the reader (see `AsyncByteStream`)."""
        self._stream.interrupt()

    def close(self) -> None:
        """Say goodbye, as far as that goes without waiting, and close the connection."""
        if not self._closed:
            self._session.say_goodbye()
            if isinstance(self._stream, LoopStream) and not self._sending.locked():
                self._stream.transport.write(self._session.records())
        self._closed = True
        self._stream.close()


async def accept(
    stream: AsyncByteStream, context: Callable[[], ssl.SSLContext], within: float
) -> SecureStream | None:
    """Shake hands with a client by what `context` gives then, within so many seconds.

    Returns:
        The secure connection; None for a client that was told off, was silent or went away, with
        the reason in the log and the connection closed.
    """
    handshake = _Handshake(stream, Greeting(context, stream.peer))
    try:
        if await handshake.take_place(time.monotonic() + within):
            assert handshake.session is not None
            return SecureStream(stream, handshake.session)
    except TlsError as error:
        _LOG.warning("%s was closed: %s", stream.peer, error)
        session = handshake.session
        await _send_away(stream, ALERT if session is None else session.records())
    except NetworkError as error:
        _LOG.info("%s", error)
    except BaseException:
        stream.close()
        raise
    stream.close()
    return None


class _Handshake:
    """The handshake of one client."""

    def __init__(self, stream: AsyncByteStream, greeting: Greeting) -> None:
        self.session: TlsSession | None = None
        self._stream = stream
        self._greeting = greeting

    async def take_place(self, until: float) -> bool:
        """Whether it came to its end by then."""
        space = memoryview(bytearray(_HANDSHAKE_LENGTH))
        over = False
        while not over:
            count = await self._stream.receive_into(space, max(until - time.monotonic(), 0.0))
            if not count:
                if count is None:
                    _LOG.info("%s did not finish the TLS handshake in time", self._stream.peer)
                return False
            if self.session is None:
                self.session = self._greeting.take(space[:count])
            else:
                self.session.feed(space[:count])
            if self.session is not None:
                over = self.session.shake_hands()
                await self._stream.send(self.session.records())
        return True


async def _send_away(stream: AsyncByteStream, last: bytes) -> None:
    """Tell the peer, and listen for a moment: were it closed at once, that might be lost."""
    with contextlib.suppress(NetworkError):
        await stream.send(last)
        if isinstance(stream, LoopStream) and stream.transport.can_write_eof():
            stream.transport.write_eof()
        until, discarded = time.monotonic() + _FAREWELL, 0
        space = memoryview(bytearray(_RECORDS_LENGTH))
        while discarded < _MOST_DISCARDED:
            count = await stream.receive_into(space, max(until - time.monotonic(), 0.0))
            if not count:
                return
            discarded += count


async def secure(
    stream: AsyncByteStream,
    tls: ClientTls,
    host: str,
    timeout: float,  # noqa: ASYNC109 (its own error says what was slow)
) -> SecureStream:
    """Shake hands with the server on `stream`, within `timeout` seconds.

    Raises:
        CertificateFileError: When a file of ours cannot be used.
        TlsError: With the likely cause and what to try.
        DeadlineError: When the server was silent.
    """
    until = time.monotonic() + timeout
    session = TlsSession(tls.context(), stream.peer, tls.name(host))
    secured = SecureStream(stream, session)
    first = b""
    try:
        while True:
            try:
                over = session.shake_hands()
            finally:
                await secured.flush()
            if over:
                return secured
            received = await secured.receive_records(until - time.monotonic())
            first = check_answer(first, received, host, timeout)
            assert isinstance(received, memoryview)
            session.feed(received)
    except BaseException:
        stream.close()
        raise
