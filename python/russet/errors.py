"""Everything russet raises on purpose.

    RussetError
    ├── DecodeError            bytes that are not what they claim to be: what, and where
    ├── EncodeError            a value that the standard gives no encoding for
    ├── IdentifierError        a query with a key that cannot be what it should be
    ├── UnreadableError        a file or stream that is not DICOM at all
    ├── LocalProtocolError     a primitive of ours that cannot be used in the present state
    ├── ConfigurationError     a setting that cannot be meant: which, and where
    ├── TurnError              a second thread on an association, which is for one at a time
    ├── StorageError           a disk that did not take what it was given
    │   └── IndexDamagedError  an index that is none, or is one no more
    ├── CertificateFileError   a certificate, key or CA file of ours that cannot be used
    └── NetworkError           a peer, or the way to it
        ├── ConnectError       nothing listens there, or there is no such host
        │   └── TlsError       no secure connection came about, or it broke
        ├── DeadlineError      a peer that did not answer in time
        ├── RejectedError      A-ASSOCIATE-RJ (PS3.8 9.3.4)
        ├── AbortedError       A-ABORT by either side, or a connection that broke
        ├── ProtocolError      a peer that broke the rules; carries the abort to send
        ├── NoContextError     no accepted presentation context for what was asked
        └── StatusError        a response whose status says failure (PS3.7 C)

Messages are sentences: what happened, to which peer or file, the likely cause, what to try next.
"""

from collections.abc import Sequence
from typing import Final

__all__ = [
    "AbortedError",
    "CertificateFileError",
    "ConfigurationError",
    "ConnectError",
    "DeadlineError",
    "DecodeError",
    "EncodeError",
    "IdentifierError",
    "IndexDamagedError",
    "LocalProtocolError",
    "NetworkError",
    "NoContextError",
    "ProtocolError",
    "RejectedError",
    "RussetError",
    "StatusError",
    "StorageError",
    "TlsError",
    "TurnError",
    "UnreadableError",
]

_SERVICE_PROVIDER: Final = 2
_INVALID_PARAMETER_VALUE: Final = 6


class RussetError(Exception):
    """Anything russet raises on purpose."""


class DecodeError(RussetError):
    """Bytes that cannot be decoded.

    Attributes:
        kind: Truncated, PastEnd, BadLength, AboveLimit, UnknownPdu or Invalid.
        offset: Distance in bytes from the start of the input.
        tag: The element it happened in, as group * 65536 + element, where there is one.
        needed: For Truncated, at least how many more bytes would help; else 0.
    """

    def __init__(
        self, message: str, kind: str, offset: int, tag: int | None = None, needed: int = 0
    ) -> None:
        """Keep where it happened beside the sentence that says so."""
        super().__init__(message)
        self.kind = kind
        self.offset = offset
        self.tag = tag
        self.needed = needed


class EncodeError(RussetError):
    """A value that the standard gives no encoding for."""


class IdentifierError(RussetError):
    """An identifier with a key that cannot be matched (PS3.4 C.2.2.2): status A900.

    Attributes:
        tag: The key, for Offending Element (0000,0901), as group * 65536 + element.
    """

    def __init__(self, message: str, tag: int) -> None:
        """Keep the tag beside the sentence."""
        super().__init__(message)
        self.tag = tag


class UnreadableError(RussetError):
    """Input that is not DICOM: no preamble, no file meta, no data element at its start."""


class LocalProtocolError(RussetError):
    """A primitive of ours that cannot be used in the present state (PS3.8 Table 9-10).

    Attributes:
        state: Where the association stands, as the standard numbers it: Sta1 to Sta13.
        primitive: What was asked for, in the standard's words.
    """

    def __init__(self, message: str, state: str, primitive: str) -> None:
        """Keep both names beside the sentence."""
        super().__init__(message)
        self.state = state
        self.primitive = primitive


class ConfigurationError(RussetError):
    """A setting that cannot be meant.

    Attributes:
        key: The setting, as `peer[2].port`; empty when the file cannot be read at all.
        line: Where it stands, from 1; None where that is not known.
        file: In which file; empty for text without one.
    """

    def __init__(
        self, message: str, key: str = "", line: int | None = None, file: str = ""
    ) -> None:
        """Keep where it is beside the sentence."""
        place = (file, "" if line is None else f"line {line}", key, message)
        super().__init__(": ".join(filter(None, place)))
        self.key = key
        self.line = line
        self.file = file
        self._message = message

    def within(self, file: str) -> "ConfigurationError":
        """Give the same of a text that was read from a file."""
        return ConfigurationError(self._message, self.key, self.line, file)


class TurnError(RussetError):
    """A second thread uses an association while another one does: nothing was asked for it."""


class StorageError(RussetError):
    """A disk or folder that did not take what it was given."""


class IndexDamagedError(StorageError):
    """A file in the place of an index that is none, or is one no more; no instance is harmed."""


class CertificateFileError(RussetError):
    """A certificate, a key or a list of CAs of ours that cannot be used for TLS.

    Attributes:
        path: The file to look at.
    """

    def __init__(self, message: str, path: str) -> None:
        """Keep the file beside the sentence."""
        super().__init__(message)
        self.path = path


class NetworkError(RussetError):
    """A peer, or the way to it, failed."""


class ConnectError(NetworkError):
    """Nothing listens there, there is no such host, or no way to it."""


class TlsError(ConnectError):
    """No secure connection came about (PS3.15 B.12).

    Attributes:
        kind: What failed: no-tls, version, cipher, untrusted, expired, name, weak, revoked,
            certificate (a bad one), certificate-missing, refused-ours (the peer does not take
            our certificate), closed, or protocol for anything else.
    """

    def __init__(self, message: str, kind: str) -> None:
        """Keep what failed, for programs, beside the sentence."""
        super().__init__(message)
        self.kind = kind


class DeadlineError(NetworkError):
    """A peer that did not answer in time."""


class RejectedError(NetworkError):
    """The peer refused the association (PS3.8 9.3.4).

    Attributes:
        result: 1 permanent, 2 transient.
        source: 1 user, 2 provider (ACSE), 3 provider (presentation).
        reason: By source, PS3.8 Table 9-21.
    """

    def __init__(self, message: str, result: int, source: int, reason: int) -> None:
        """Keep the three numbers of the A-ASSOCIATE-RJ beside the sentence."""
        super().__init__(message)
        self.result = result
        self.source = source
        self.reason = reason


class AbortedError(NetworkError):
    """The association ended before its release (PS3.8 9.3.8).

    Attributes:
        source: 0 user, 2 provider; None when the connection just broke.
        reason: For source 2, PS3.8 Table 9-26; else 0.
    """

    def __init__(self, message: str, source: int | None = None, reason: int = 0) -> None:
        """Keep the two numbers of the A-ABORT beside the sentence."""
        super().__init__(message)
        self.source = source
        self.reason = reason


class ProtocolError(NetworkError):
    """A peer that broke the rules of PS3.7 or PS3.8.

    Attributes:
        offset: Distance in bytes from the start of what the peer sent.
        source: Of the A-ABORT to answer with: 0 user, 2 provider (PS3.8 Table 9-26).
        reason: Of that A-ABORT.
    """

    def __init__(
        self,
        message: str,
        offset: int,
        source: int = _SERVICE_PROVIDER,
        reason: int = _INVALID_PARAMETER_VALUE,
    ) -> None:
        """Keep the answer to send beside the sentence."""
        super().__init__(message)
        self.offset = offset
        self.source = source
        self.reason = reason


class NoContextError(NetworkError):
    """No accepted presentation context carries what was asked for.

    Attributes:
        transfer_syntaxes: Those in which the peer did accept the SOP class.
        wanted: The SOP class and the transfer syntax, None for any; None where neither is known.
    """

    def __init__(
        self,
        message: str,
        transfer_syntaxes: Sequence[str] = (),
        wanted: tuple[str, str | None] | None = None,
    ) -> None:
        """Keep what there is instead beside the sentence."""
        super().__init__(message)
        self.transfer_syntaxes = tuple(transfer_syntaxes)
        self.wanted = wanted


class StatusError(NetworkError):
    """A response whose status says failure (PS3.7 C).

    Attributes:
        status: The status, 0 to 65535.
        offending: The tags of the Offending Element (0000,0901) to answer with, as group * 65536 +
            element.
    """

    def __init__(self, message: str, status: int, offending: Sequence[int] = ()) -> None:
        """Keep the status beside the sentence."""
        super().__init__(message)
        self.status = status
        self.offending = tuple(offending)
