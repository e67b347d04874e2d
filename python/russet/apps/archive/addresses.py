"""Addresses of hosts by their names, for rows of a policy."""

import logging
import socket
from typing import Final

__all__ = ["addresses_of"]

_LOG: Final = logging.getLogger("russet.scp")


def addresses_of(host: str) -> set[str]:
    """Ask the system for the addresses of a host; none, and a line in the log, without such one."""
    try:
        found = socket.getaddrinfo(host, None)
    except OSError as error:
        _LOG.warning("the peer at %s is a stranger: there is no such host (%s)", host, error)
        return set()
    return {str(address[0]) for *_, address in found}
