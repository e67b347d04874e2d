"""What a port speaks: asked for an association, and for TLS, and judged by its first bytes."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from russet.association.negotiation import request
from russet.codec import Abort
from russet.errors import NetworkError, TlsError
from russet.net import blocking
from russet.net.outcome import Address
from russet.net.survey import ONE
from russet.net.terms import proposal

if TYPE_CHECKING:
    from russet.net.blocking import SocketStream
    from russet.net.tls import ClientTls
    from russet.net.tls_stream import TlsStream

__all__ = ["DICOM", "HTTP", "SILENCE", "TLS", "sniff"]

DICOM: Final = "DICOM"
TLS: Final = "TLS"
HTTP: Final = "HTTP"
SILENCE: Final = "nothing"

_ENOUGH: Final = 8
_PATIENCE: Final = 5.0
# By the first bytes of an answer to an A-ASSOCIATE-RQ: the PDU types of PS3.8 9.3.1, and others.
_BEGINNINGS: Final = (
    (b"\x02\x00", DICOM),
    (b"\x03\x00", DICOM),
    (b"\x07\x00", DICOM),
    (b"\x15\x03", TLS),
    (b"\x16\x03", TLS),
    (b"HTTP", HTTP),
    (b"<", HTTP),  # A page without any header, as HTTP/0.9 has it.
    (b"SSH-", "SSH"),
    (b"MSH|", "HL7"),
    (b"\x0bMSH", "HL7"),
)
_NO_TLS: Final = ("no-tls", "closed")


def sniff(address: Address) -> Iterator[str]:
    """Try what the port of `address` speaks: plain first, then within TLS.

    It costs the peer two associations that are given up when they are answered, or less.

    Args:
        address: Whom to call; when it is by TLS, only that way is tried.

    Returns:
        An iterator of what was found: `DICOM`, `HTTP` or another word when it is plain; then, of a
        port that takes TLS, `TLS` and what is spoken within. `SILENCE` for no answer.

    Raises:
        NetworkError: When it does not even take the connection.
    """
    brief = replace(address.timeouts, connect=min(address.timeouts.connect, _PATIENCE))
    if address.tls is not None:
        yield _first_word(replace(address, timeouts=brief), address.tls)
        return
    plain = replace(address, timeouts=brief)
    found = _first_word(plain, None)
    if found != TLS:
        yield found
    if found in (DICOM, HTTP):
        return
    from russet.net.tls import ClientTls

    try:
        within = _first_word(plain, ClientTls(verify=False, profile="modified"))
    except TlsError as error:
        if found == TLS or error.kind not in _NO_TLS:
            yield TLS
    except NetworkError:
        return  # It does not answer to a handshake either.
    else:
        yield from (TLS, within)


def _first_word(address: Address, tls: "ClientTls | None") -> str:
    """Ask for an association, and name what answers.

    Raises:
        NetworkError: When there is no connection, or no handshake.
    """
    patience = address.timeouts.connect
    connection = blocking.connect(address.host, address.port, address.timeouts, tls)
    with contextlib.closing(connection) as stream:
        try:
            stream.send(request(proposal(address, ONE), address.max_pdu).encode())
            found = _name(_first_bytes(stream, patience))
            if found == DICOM:
                stream.send(Abort(0, 0).encode())  # It may have been accepted.
        except NetworkError:
            return SILENCE
    return found


def _first_bytes(stream: "SocketStream | TlsStream", patience: float) -> bytes:
    received, space = b"", memoryview(bytearray(_ENOUGH))
    until = time.monotonic() + patience
    while len(received) < _ENOUGH and (left := until - time.monotonic()) > 0:
        count = stream.receive_into(space[len(received) :], left)
        if not count:
            break
        received = bytes(space[: len(received) + count])
    return received


def _name(first: bytes) -> str:
    if not first:
        return SILENCE
    for beginning, name in _BEGINNINGS:
        if first.startswith(beginning):
            return name
    return "".join(chr(each) if 32 < each < 127 else f"\\x{each:02x}" for each in first)
