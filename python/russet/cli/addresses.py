"""Addresses of this machine, for what commands tell people."""

import socket

__all__ = ["our_address"]


def our_address() -> str:
    """An address of ours that others can use, else our name, which they may be able to resolve."""
    from russet.net.addresses import own_addresses

    return next(iter(own_addresses()), socket.gethostname())
