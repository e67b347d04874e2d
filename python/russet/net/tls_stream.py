"""TLS over a socket as a `ByteStream`: one thread may read while another sends.

A session of TLS takes one thread at a time. So it works on memory only, under a lock, and the
socket stays outside: who waits for the peer holds no lock, neither the reader nor a sender
whose peer takes nothing.
"""

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Final

from russet.errors import AbortedError, DeadlineError, NetworkError, TlsError
from russet.net.tls_failure import foreign_protocol
from russet.net.tls_session import TlsSession

if TYPE_CHECKING:
    from collections.abc import Callable

    from russet.association.caller import Certificate
    from russet.net.blocking import SocketStream
    from russet.net.tls import ClientTls

__all__ = ["TlsStream", "check_answer", "secure"]

_RECEIVE_LENGTH: Final = 1 << 16
_SEND_LENGTH: Final = 1 << 18
_RECORDS_LENGTH: Final = 1 << 14


class TlsStream:
    """A secured connection as a `ByteStream`, for one reading thread and any that send.

    Attributes:
        peer: The other side's address, as text.
        encrypted: That it is.
    """

    def __init__(self, stream: "SocketStream", session: TlsSession) -> None:
        """Move the records of `session` over `stream`."""
        self.peer = stream.peer
        self.encrypted = True
        self._stream = stream
        self._session = session
        self._state = threading.Lock()  # around the session
        self._sending = threading.Lock()  # around its records, until the socket has them
        self._unsent = b""
        self._space = memoryview(b"")
        self._closed = False

    @property
    def certificate(self) -> "Certificate | None":
        """What the peer proved itself with; None where nothing was verified."""
        return self._session.certificate

    @property
    def encoded_certificate(self) -> bytes | None:
        """What the peer showed, in DER, verified or not."""
        return self._session.encoded_certificate

    @property
    def version(self) -> str:
        """The TLS version and the cipher suite, once the handshake is over."""
        return self._session.version

    @property
    def eager(self) -> bool:
        """Whether a receive may try for a moment before it sleeps (see `ByteStream`)."""
        return self._stream.eager

    @eager.setter
    def eager(self, value: bool) -> None:
        self._stream.eager = value

    def shake_hands(self) -> bool:
        """Take the handshake as far as it goes with what was `fed`; whether it is over.

        Raises:
            TlsError: When it failed; `push` tells the peer.
        """
        with self._state:
            return self._session.shake_hands()

    def feed(self, received: bytes | memoryview) -> None:
        """Take what came over the socket."""
        with self._state:
            self._session.feed(received)

    def push(self) -> bool:
        """Send what goes without waiting; whether nothing is left of it."""
        with self._sending:
            return self._push()

    def _push(self) -> bool:
        with self._state:
            self._unsent += self._session.records()
        if self._unsent:
            self._unsent = self._unsent[self._stream.send_ready(self._unsent) :]
        return not self._unsent

    def receive_into(self, space: memoryview, timeout: float) -> int | None:
        """Fill `space` with what has come (see `ByteStream`).

        Raises:
            AbortedError: When what came was altered on its way, or is no TLS (PS3.15 B.12).
            TlsError: When the peer does not take our certificate, or wants one.
        """
        until = time.monotonic() + timeout
        while (count := self._opened(space)) is None:
            if not self._space:
                self._space = memoryview(bytearray(_RECEIVE_LENGTH))
            # Records without data can go on for ever: they do not prolong the wait.
            left = until - time.monotonic()
            received = self._stream.receive_into(self._space, left) if left > 0 else None
            if not received:
                return received
            self.feed(self._space[:received])
        return count

    def receive_ready(self, space: memoryview) -> int | None:
        """Fill `space` with what is there, without waiting; None when that is nothing."""
        return self._receive_by(self._stream.receive_ready, space)

    def receive_soon(self, space: memoryview) -> int | None:
        """Fill `space` with what is there, or comes in a moment where it did so the last time."""
        return self._receive_by(self._stream.receive_soon, space)

    def _receive_by(
        self, receive: "Callable[[memoryview], int | None]", space: memoryview
    ) -> int | None:
        while (count := self._opened(space)) is None:
            records = memoryview(bytearray(_RECORDS_LENGTH))
            received = receive(records)
            if not received:
                return received
            self.feed(records[:received])
        return count

    def _opened(self, space: memoryview) -> int | None:
        try:
            with self._state:
                return self._session.open_into(space)
        finally:
            # What receiving made TLS itself say; that it failed, whoever comes next is told.
            with contextlib.suppress(NetworkError):
                self._flush()

    def send(self, data: bytes) -> None:
        """Send all of `data` (see `ByteStream`)."""
        rest = memoryview(data)
        with self._sending:
            while rest:
                with self._state:
                    self._session.seal(rest[:_SEND_LENGTH])
                self._send_sealed()
                rest = rest[_SEND_LENGTH:]
        self._flush()  # What the reading thread had to leave to this one meanwhile.

    def _send_sealed(self) -> None:
        """Send what is sealed, in the order in which it was sealed."""
        with self._state:
            sealed, self._unsent = self._unsent + self._session.records(), b""
        try:
            self._stream.send(sealed)
        except (AbortedError, DeadlineError) as error:
            told = self._last_words()
            # A record that was cut cannot be mended by another one after it.
            self._session.failure = told or AbortedError(str(error))
            if told is not None:
                raise told from error
            raise

    def _last_words(self) -> TlsError | None:
        """What the peer said before it closed on us: by TLS 1.3, why it does not take us."""
        try:
            self.receive_ready(memoryview(bytearray(1)))
        except TlsError as error:
            return error
        except NetworkError:
            return None
        return None

    def _flush(self) -> None:
        """Send what TLS itself has to say, unless a sender is about to."""
        while self._session.has_records:
            if not self._sending.acquire(blocking=False):
                return
            try:
                self._send_sealed()
            finally:
                self._sending.release()

    def interrupt(self) -> None:
        """End the waiting of the reading thread (see `ByteStream`)."""
        self._stream.interrupt()

    def cut(self) -> None:
        """End the connection under the thread that uses it, which then closes it."""
        self._stream.cut()

    def close(self) -> None:
        """Say goodbye, as far as that goes without waiting, and close the connection."""
        if not self._closed:
            self._closed = True
            with self._state:
                self._session.say_goodbye()
            if self._sending.acquire(blocking=False):
                try:
                    self._push()
                finally:
                    self._sending.release()
        self._stream.close()

    def fileno(self) -> int:
        """The socket's descriptor, for a selector."""
        return self._stream.fileno()


def secure(stream: "SocketStream", tls: "ClientTls", host: str, timeout: float) -> TlsStream:
    """Shake hands with the server on `stream`, within `timeout` seconds.

    Raises:
        CertificateFileError: When a file of ours cannot be used.
        TlsError: With the likely cause and what to try.
        DeadlineError: When the server was silent.
    """
    until = time.monotonic() + timeout
    secured = TlsStream(stream, TlsSession(tls.context(), stream.peer, tls.name(host)))
    first = b""
    space = memoryview(bytearray(_RECORDS_LENGTH))
    while True:
        try:
            over = secured.shake_hands()
        finally:
            secured.push()
        if over:
            return secured
        received = stream.receive_into(space, max(until - time.monotonic(), 0.0))
        first = check_answer(first, received and space[:received], host, timeout)
        secured.feed(space[: received or 0])


def check_answer(
    first: bytes, received: memoryview | int | None, host: str, timeout: float
) -> bytes:
    """Look at what a server answered within the handshake, and give its first bytes.

    Args:
        first: Its first bytes, as far as they are known.
        received: What came now; 0 for the end, None when the time was up.
        host: Whom we called.
        timeout: Seconds that it had.

    Raises:
        TlsError: When it does not speak TLS, or closed.
        DeadlineError: When it was silent.
    """
    if received is None:
        raise DeadlineError(
            f"{host} did not finish the TLS handshake within {timeout:g} s: does it speak TLS?"
        )
    if isinstance(received, int):
        raise _closed(host, first)
    first = first or bytes(received[:8])
    if foreign := foreign_protocol(first):
        raise TlsError(
            f"{host} does not speak TLS but {foreign}: leave out --tls, or call its TLS port",
            "no-tls",
        )
    return first


def _closed(host: str, first: bytes) -> TlsError:
    if first:
        return TlsError(f"{host} closed the connection within the TLS handshake", "closed")
    return TlsError(
        f"{host} closed the connection when the TLS handshake began: it probably does not speak "
        "TLS there; leave out --tls, or call its TLS port",
        "no-tls",
    )
