"""TLS over a socket as a `ByteStream`: one thread may read while another sends.

OpenSSL's object for a connection takes one thread at a time. So it works on memory only, under a
lock, and the socket stays outside: who waits for the peer holds no lock, neither the reader nor
a sender whose peer takes nothing.
"""

import contextlib
import logging
import ssl
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from russet.errors import AbortedError, DeadlineError, NetworkError, TlsError
from russet.net.tls import ClientTls, peer_certificate
from russet.net.tls_failure import foreign_protocol, meaning, tls_error

if TYPE_CHECKING:
    from russet.association.certificate import Certificate
    from russet.net.blocking import SocketStream

__all__ = ["TlsStream", "secure"]

_LOG: Final = logging.getLogger("russet.tls")
_RECEIVE_LENGTH: Final = 1 << 16
_SEND_LENGTH: Final = 1 << 18
_RECORDS_LENGTH: Final = 1 << 14
# Failures that the peer reports after our side of the handshake: TLS 1.3 asks for nothing first.
_LATE: Final = frozenset({"certificate-missing", "refused-ours", "cipher", "name"})


class TlsStream:
    """A secured connection as a `ByteStream`, for one reading thread and any that send.

    Attributes:
        peer: The other side's address, as text.
        peer_certificate: What it proved itself with; None where nothing was verified.
        version: The TLS version and the cipher suite, as text, once the handshake is over.
    """

    def __init__(
        self,
        stream: "SocketStream",
        context: ssl.SSLContext,
        server_name: str | None = None,
        *,
        server_side: bool = False,
    ) -> None:
        """Secure a connection by `context`; a client expects `server_name` in a certificate."""
        self.peer = stream.peer
        self.peer_certificate: Certificate | None = None
        self.version = ""
        self._stream = stream
        self._name = server_name or ""
        self._server_side = server_side
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(
            self._incoming, self._outgoing, server_side=server_side, server_hostname=server_name
        )
        self._state = threading.Lock()  # around the three above
        self._sending = threading.Lock()  # around what is sealed, until the socket has it
        self._unsent = b""
        self._space = memoryview(b"")
        self._failure: AbortedError | TlsError | None = None
        self._ended = self._closed = False

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
            TlsError: When it failed; the peer has been told.
        """
        try:
            with self._state:
                self._tls.do_handshake()
                self.peer_certificate = peer_certificate(self._tls)
                suite = self._tls.cipher()
                self.version = f"{self._tls.version()}, {suite[0] if suite else 'no suite'}"
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError as error:
            self.push()
            raise tls_error(error, self.peer, self._name) from error
        return True

    def feed(self, received: bytes | memoryview) -> None:
        """Take what came over the socket."""
        with self._state:
            self._incoming.write(received)

    def push(self) -> bool:
        """Send what goes without waiting; whether nothing is left of it."""
        with self._sending:
            return self._push()

    def _push(self) -> bool:
        with self._state:
            self._unsent += self._outgoing.read()
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
        while (count := self._opened(space)) is None:
            records = memoryview(bytearray(_RECORDS_LENGTH))
            received = self._stream.receive_ready(records)
            if not received:
                return received
            self.feed(records[:received])
        return count

    def _opened(self, space: memoryview) -> int | None:
        """Decrypt into `space`: a count, 0 at the end, None when no whole record is there."""
        if self._failure is not None:
            raise self._failure
        count = 0
        try:
            with self._state:
                while count < len(space) and not self._ended:
                    read = self._decrypt(space[count:])
                    self._ended = read == 0  # close_notify
                    count += read
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self._ended = True
        except ssl.SSLError as error:
            self._failure = self._broken(error)
            if not count:
                self._answer()
                raise self._failure from error
        self._answer()
        return count or (0 if self._ended else None)

    def _decrypt(self, space: memoryview) -> int:
        count: Any = self._tls.read(len(space), space)  # A count, since there is a space.
        return int(count)

    def _broken(self, error: ssl.SSLError) -> AbortedError | TlsError:
        kind, what = meaning(error, self._name)
        if kind in _LATE and not self._server_side:
            return tls_error(error, self.peer, self._name)
        message = f"the secure connection with {self.peer} broke: {what}"
        if self._server_side:
            _LOG.warning("%s", message)
        return AbortedError(message)

    def send(self, data: bytes) -> None:
        """Send all of `data` (see `ByteStream`)."""
        rest = memoryview(data)
        with self._sending:
            while rest:
                self._seal(rest[:_SEND_LENGTH])
                self._send_sealed()
                rest = rest[_SEND_LENGTH:]
        self._flush()  # What the reading thread had to leave to this one meanwhile.

    def _seal(self, data: memoryview) -> None:
        if self._failure is not None:
            raise self._failure
        try:
            with self._state:
                self._tls.write(data)
        except ssl.SSLError as error:
            raise AbortedError(f"the secure connection to {self.peer} is over already") from error

    def _send_sealed(self) -> None:
        """Send what is sealed, in the order in which it was sealed."""
        with self._state:
            sealed, self._unsent = self._unsent + self._outgoing.read(), b""
        try:
            self._stream.send(sealed)
        except (AbortedError, DeadlineError) as error:
            told = self._last_words()
            # A record that was cut cannot be mended by another one after it.
            self._failure = told or AbortedError(str(error))
            if told is not None:
                raise told from error
            raise

    def _last_words(self) -> "TlsError | None":
        """What the peer said before it closed on us: by TLS 1.3, why it does not take us."""
        try:
            self.receive_ready(memoryview(bytearray(1)))
        except TlsError as error:
            return error
        except AbortedError:
            return None
        return None

    def _answer(self) -> None:
        """Send what receiving made OpenSSL say; that it failed, whoever comes next is told."""
        with contextlib.suppress(NetworkError):
            self._flush()

    def _flush(self) -> None:
        """Send what OpenSSL itself has to say, unless a sender is about to."""
        while self._outgoing.pending and self._failure is None:
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
            with contextlib.suppress(ssl.SSLError, ValueError), self._state:
                self._tls.unwrap()
            if self._sending.acquire(blocking=False):
                try:
                    self._push()
                finally:
                    self._sending.release()
        self._stream.close()

    def fileno(self) -> int:
        """The socket's descriptor, for a selector."""
        return self._stream.fileno()


def secure(stream: "SocketStream", tls: ClientTls, host: str, timeout: float) -> TlsStream:
    """Shake hands with the server on `stream`, within `timeout` seconds.

    Raises:
        CertificateFileError: When a file of ours cannot be used.
        TlsError: With the likely cause and what to try.
        DeadlineError: When the server was silent.
    """
    until = time.monotonic() + timeout
    name = tls.name(host)
    try:
        secured = TlsStream(stream, tls.context(), name)
    except ValueError as error:
        raise TlsError(f"{name!r} is no name that a certificate can have", "name") from error
    first = b""
    space = memoryview(bytearray(_RECORDS_LENGTH))
    while True:
        over = secured.shake_hands()
        secured.push()
        if over:
            return secured
        received = stream.receive_into(space, max(until - time.monotonic(), 0.0))
        if received is None:
            raise DeadlineError(
                f"{host} did not finish the TLS handshake within {timeout:g} s: does it speak TLS?"
            )
        if received == 0:
            raise _closed(host, first)
        first = first or bytes(space[: min(received, 8)])
        if foreign := foreign_protocol(first):
            raise TlsError(
                f"{host} does not speak TLS but {foreign}: leave out --tls, or call its TLS port",
                "no-tls",
            )
        secured.feed(space[:received])


def _closed(host: str, first: bytes) -> TlsError:
    if first:
        return TlsError(f"{host} closed the connection within the TLS handshake", "closed")
    return TlsError(
        f"{host} closed the connection when the TLS handshake began: it probably does not speak "
        "TLS there; leave out --tls, or call its TLS port",
        "no-tls",
    )
