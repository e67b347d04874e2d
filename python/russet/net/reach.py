"""Why a port cannot be reached, or not be had, in words: the same for threads and for asyncio."""

import errno
import re
import socket
from typing import Final

from russet.errors import ConnectError, DeadlineError
from russet.net.holder import holder_of

__all__ = ["USUAL_PORTS", "bracketed", "check_port", "no_connection", "no_listener", "shown"]

USUAL_PORTS: Final = (104, 11112, 4242, 2762)
"""Where DICOM is usually found: the registered ports (PS3.8 9.1.1), Orthanc's, and that of TLS."""

_HIGHEST_PORT: Final = 65535
_NO_WAY: Final = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN})
_MAPPED: Final = re.compile(r"::ffff:(\d+\.\d+\.\d+\.\d+)", re.IGNORECASE)
_SEVERAL: Final = re.compile(r"\[Errno (\d+)\]")


def no_connection(
    host: str, port: int, timeout: float, error: OSError | UnicodeError
) -> ConnectError | DeadlineError:
    """Say why there is no connection to `host` and `port`, and what to try.

    Args:
        host: Name or address.
        port: TCP port.
        timeout: Seconds that were allowed for it.
        error: What the socket module raised.
    """
    if isinstance(error, (UnicodeError, socket.gaierror)):
        return _no_host(host, error)
    error = _likeliest(error)
    if isinstance(error, TimeoutError):
        return DeadlineError(
            f"{host} port {port} did not answer within {timeout:g} s: a firewall, or no machine?"
        )
    if isinstance(error, ConnectionRefusedError):
        usual = ", ".join(map(str, USUAL_PORTS[:-1]))
        return ConnectError(
            f"nothing listens on {host} port {port}: does the peer run? "
            f"Usual ports are {usual}, and {USUAL_PORTS[-1]} for TLS"
        )
    if error.errno in _NO_WAY:
        return ConnectError(
            f"there is no way to {host} port {port} ({error.strerror}): is the machine on, and "
            "this one in the same network, or on its VPN?"
        )
    return ConnectError(f"cannot reach {host} port {port}: {error.strerror or error}")


def _no_host(host: str, error: OSError | UnicodeError) -> ConnectError:
    if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
        return ConnectError(
            f"the host name {host!r} could not be looked up: no name server answers here; use "
            "its IP address, or check the network"
        )
    return ConnectError(
        f"there is no host named {host!r}: check the spelling, or use its IP address"
    )


def _likeliest(error: OSError) -> OSError:
    """Give one of the failures of several addresses, which asyncio puts into one text."""
    if error.errno is None and (numbers := _SEVERAL.findall(str(error))):
        return OSError(int(numbers[-1]), str(error))
    return error


def check_port(port: int) -> None:
    """Take a TCP port; 0 is any that is free.

    Raises:
        TypeError: When it is no number.
        ValueError: When it is none.
    """
    if not hasattr(port, "__index__"):
        raise TypeError(f"a port is a number, such as 11112, not {port!r}")
    if not 0 <= port <= _HIGHEST_PORT:
        raise ValueError(f"{port} is no port: a number up to {_HIGHEST_PORT}")


def no_listener(bind: str, port: int, error: OSError) -> ConnectError:
    """Say why we cannot listen on `bind` and `port`, and what to try."""
    if error.errno == errno.EADDRINUSE:
        holder = holder_of(port) or "another program"
        return ConnectError(
            f"port {port} is in use by {holder}: choose another, or 0 (--port 0) for any free one"
        )
    if error.errno == errno.EACCES:
        return ConnectError(f"port {port} needs privileges: choose one above 1023, such as 11112")
    if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
        return ConnectError(
            f"{bind} is no address of this machine: 0.0.0.0 is all of IPv4, :: of IPv6 too"
        )
    return ConnectError(f"cannot listen on {bind} port {port}: {error.strerror or error}")


def bracketed(host: str) -> str:
    """Write a host so that a port can follow: an IPv6 address in brackets (RFC 3986 3.2.2)."""
    return f"[{host}]" if ":" in host else host


def shown(address: str) -> str:
    """Write an address of a peer as users know it: IPv4 as such (RFC 4291 2.5.5.2)."""
    found = _MAPPED.fullmatch(address)
    return found[1] if found else address
