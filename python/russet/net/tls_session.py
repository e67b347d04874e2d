"""TLS without a socket: records in, bytes out, and the other way round.

Every transport moves the records of a `TlsSession` in its own way; what it decides is decided here.
"""

import contextlib
import logging
import ssl
from typing import TYPE_CHECKING, Any, Final

from russet.errors import AbortedError, NetworkError, TlsError
from russet.net.tls import peer_certificate
from russet.net.tls_failure import broken, foreign_protocol, tls_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from russet.association.caller import Certificate

__all__ = ["ALERT", "Greeting", "TlsSession"]

_LOG: Final = logging.getLogger("russet.tls")
_RECORD_HEADER: Final = 5
_RECORD_LENGTH: Final = 1 << 14
ALERT: Final = b"\x15\x03\x03\x00\x02\x02\x0a"
"""Unexpected message (RFC 8446 6.2): a client of plain DICOM can tell by it what is wanted here."""


class TlsSession:
    """One side of a secure connection. It takes one thread at a time.

    Attributes:
        peer: The other side's address, as text.
        certificate: What it proved itself with; None where nothing was verified.
        version: The TLS version and the cipher suite, as text, once the handshake is over.
        failure: What broke the connection; None as long as it is good.
    """

    def __init__(
        self,
        context: ssl.SSLContext,
        peer: str,
        server_name: str | None = None,
        *,
        server_side: bool = False,
    ) -> None:
        """Begin by `context`; a client expects `server_name` in the certificate of the peer.

        Raises:
            TlsError: For a name that no certificate can have.
        """
        self.peer = peer
        self.certificate: Certificate | None = None
        self.version = ""
        self.failure: NetworkError | None = None
        self._name = server_name or ""
        self._server_side = server_side
        self._ended = False
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        try:
            self._tls = context.wrap_bio(
                self._incoming,
                self._outgoing,
                server_side=server_side,
                server_hostname=server_name,
            )
        except ValueError as error:
            raise TlsError(
                f"{server_name!r} is no name that a certificate can have", "name"
            ) from error

    @property
    def encoded_certificate(self) -> bytes | None:
        """What the other side showed, in DER, verified or not; None when it showed none."""
        return self._tls.getpeercert(binary_form=True)

    @property
    def has_records(self) -> bool:
        """Whether there are `records` to send."""
        return self._outgoing.pending > 0

    def shake_hands(self) -> bool:
        """Take the handshake as far as it goes with what was fed; whether it is over.

        Raises:
            TlsError: When it failed; `records` tell the peer.
        """
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError as error:
            self.failure = tls_error(error, self.peer, self._name)
            raise self.failure from error
        self.certificate = peer_certificate(self._tls)
        suite = self._tls.cipher()
        self.version = f"{self._tls.version()}, {suite[0] if suite else 'no suite'}"
        return True

    def feed(self, records: bytes | memoryview) -> None:
        """Take what came from the peer."""
        self._incoming.write(records)

    def records(self) -> bytes:
        """What is to be sent, in the order in which it was made."""
        return self._outgoing.read()

    def open_into(self, space: memoryview) -> int | None:
        """Decrypt what was fed into `space`.

        Returns:
            How many bytes; 0 at the end, None when no whole record is there.

        Raises:
            AbortedError: When what came was altered on its way, or is no TLS (PS3.15 B.12).
            TlsError: When the peer does not take our certificate, or wants one.
        """
        if self.failure is not None:
            raise self.failure
        count = 0
        try:
            while count < len(space) and not self._ended:
                read: Any = self._tls.read(len(space) - count, space[count:])
                self._ended = read == 0  # close_notify
                count += int(read)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self._ended = True
        except ssl.SSLError as error:
            self.failure = self._broken(error)
            if not count:
                raise self.failure from error
        return count or (0 if self._ended else None)

    def _broken(self, error: ssl.SSLError) -> AbortedError | TlsError:
        failure = broken(error, self.peer, calling=not self._server_side)
        if self._server_side:
            _LOG.warning("%s", failure)
        return failure

    def seal(self, data: bytes | memoryview) -> None:
        """Encrypt `data` into `records`.

        Raises:
            AbortedError: When the connection is over.
        """
        if self.failure is not None:
            raise self.failure
        try:
            self._tls.write(data)
        except ssl.SSLError as error:
            raise AbortedError(f"the secure connection to {self.peer} is over already") from error

    def say_goodbye(self) -> None:
        """Put a close_notify into `records` (RFC 8446 6.1), where that makes sense."""
        with contextlib.suppress(ssl.SSLError, ValueError):
            self._tls.unwrap()


class Greeting:
    """What comes first to a TLS port: a client that has said nothing costs nothing.

    Attributes:
        length: Bytes so far.
    """

    def __init__(self, context: "Callable[[], ssl.SSLContext]", peer: str) -> None:
        """Expect a ClientHello, to be answered by what `context` gives then."""
        self._context = context
        self._peer = peer
        self._received = bytearray()

    @property
    def length(self) -> int:
        """Bytes so far."""
        return len(self._received)

    def take(self, received: bytes | memoryview) -> TlsSession | None:
        """Take bytes; the session once there is a whole record for it, None before.

        Raises:
            TlsError: When it is something else, with `ALERT` to answer it.
        """
        self._received += received
        if foreign := foreign_protocol(bytes(self._received[:8])):
            raise TlsError(f"client spoke {foreign} on a TLS port", "no-tls")
        if len(self._received) < _RECORD_HEADER:
            return None
        length = int.from_bytes(self._received[3:5])
        if len(self._received) < min(_RECORD_HEADER + length, _RECORD_LENGTH):
            return None
        session = TlsSession(self._context(), self._peer, server_side=True)
        session.feed(bytes(self._received))
        return session
