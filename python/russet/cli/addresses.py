"""Addresses of this machine, for what commands tell people."""

import socket

__all__ = ["our_address"]


def our_address() -> str:
    """An address of ours that others can use, as far as the resolver knows one."""
    try:
        found = socket.getaddrinfo(socket.gethostname(), None, type=socket.SOCK_STREAM)
    except OSError:
        return socket.gethostname()
    addresses = [str(entry[4][0]) for entry in found]
    others = (each for each in addresses if not each.startswith("127.") and each != "::1")
    # A loopback address is no use to a modality, and the classic trap.
    return next(others, socket.gethostname())
