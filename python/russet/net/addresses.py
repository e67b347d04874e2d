"""The addresses of this machine that others can use."""

import contextlib
import socket
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Final

__all__ = ["own_addresses"]

_ELSEWHERE: Final = (
    (socket.AF_INET, "192.0.2.1"),  # RFC 5737 and RFC 3849: addresses that nobody has
    (socket.AF_INET6, "2001:db8::1"),
)
_DISCARD: Final = 9


def own_addresses() -> list[str]:
    """Give them, likeliest first: those that the way out has, then those of the host name."""
    found = dict.fromkeys((*_outward(), *_resolved()))
    return [each for each in found if _is_of_use(each)]


def _outward() -> Iterator[str]:
    """Ask the system from where it would send elsewhere; connecting a datagram sends nothing."""
    for family, elsewhere in _ELSEWHERE:
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((elsewhere, _DISCARD))
            yield str(probe.getsockname()[0])


def _resolved() -> Iterator[str]:
    with contextlib.suppress(OSError):
        for entry in socket.getaddrinfo(socket.gethostname(), None, type=socket.SOCK_STREAM):
            yield str(entry[4][0])


def _is_of_use(address: str) -> bool:
    """Whether others can: a loopback address is no use to a modality, and the classic trap."""
    known = ip_address(address.partition("%")[0])
    return not (known.is_loopback or known.is_unspecified or known.is_link_local)
