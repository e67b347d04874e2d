"""Who calls: AE titles, and what the transport knows besides them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

__all__ = [
    "LOOPBACK",
    "Caller",
    "Certificate",
    "Network",
    "ae_title",
    "checked_title",
    "same_title",
]

_TITLE_LENGTH: Final = 16

Network = IPv4Network | IPv6Network
"""A range of addresses, as CIDR writes it."""

LOOPBACK: Final[tuple[Network, ...]] = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
"""The addresses of this machine itself."""


def ae_title(title: bytes | str) -> bytes:
    """Reduce an AE title to what is significant of it: no spaces around it, no NUL after it.

    Titles are compared as bytes; what is no title in the standard's repertoire equals none of ours.
    """
    raw = title.encode("latin-1", "replace") if isinstance(title, str) else title
    return raw.strip(b" \0")


def checked_title(title: str) -> bytes:
    """Reduce an AE title of ours or of a setting to what is significant of it.

    Raises:
        ValueError: If it is no AE title (PS3.5 6.2).
    """
    raw = ae_title(title)
    if not 1 <= len(raw) <= _TITLE_LENGTH or not title.isascii() or not title.isprintable():
        raise ValueError(f"{title!r} is no AE title: 1 to {_TITLE_LENGTH} ASCII characters")
    if b"\\" in raw:
        raise ValueError(f"{title!r} is no AE title: a backslash may not be in it (PS3.5 6.2)")
    return raw


def same_title(title: bytes, among: Iterable[str]) -> bool:
    """Say whether a title as received is one of these."""
    return ae_title(title) in map(ae_title, among)


@dataclass(frozen=True, slots=True)
class Certificate:
    """What identifies an X.509 certificate; also a pattern for one, with the rest left out.

    Attributes:
        subject: The distinguished name, as the TLS layer writes it.
        names: The subject alternative names: DNS names and addresses.
        fingerprint: The SHA-256 of the certificate in hexadecimal; case and colons do not matter.
    """

    subject: str = ""
    names: tuple[str, ...] = ()
    fingerprint: str = ""

    def fits(self, certificate: "Certificate") -> bool:
        """Say whether a certificate has everything that this pattern names, of `names` any one.

        A pattern that names nothing fits none.
        """
        asked = (
            (self.subject, self.subject == certificate.subject),
            (self.names, not _folded(self.names).isdisjoint(_folded(certificate.names))),
            (self.fingerprint, _hexadecimal(self) == _hexadecimal(certificate)),
        )
        held = [holds for value, holds in asked if value]
        return bool(held) and all(held)


def _folded(names: Iterable[str]) -> set[str]:
    return {name.casefold() for name in names}


def _hexadecimal(certificate: Certificate) -> str:
    return certificate.fingerprint.replace(":", "").casefold()


@dataclass(frozen=True)
class Caller:
    """Who asks for an association, as far as the transport knows; unknown is never trusted.

    Attributes:
        address: The IP address of the peer; None when there is none, as in memory.
        certificate: The certificate of the peer, which the TLS layer has verified.
        encrypted: Whether the connection is TLS.
        active: Associations from this address that are open already, without this one.
        user: The user, once the policy has verified the identity (PS3.7 D.3.3.7).
    """

    address: str | None = None
    certificate: Certificate | None = field(default=None, kw_only=True)
    encrypted: bool = field(default=False, kw_only=True)
    active: int = field(default=0, kw_only=True)
    user: str | None = field(default=None, kw_only=True)

    def is_in(self, networks: Iterable[Network]) -> bool:
        """Say whether the address is in one of these; an unknown address is in none."""
        return self._ip is not None and any(self._ip in network for network in networks)

    @cached_property
    def _ip(self) -> IPv4Address | IPv6Address | None:
        try:
            found = ip_address((self.address or "").partition("%")[0])
        except ValueError:
            return None
        # A socket for both families shows IPv4 peers as ::ffff:10.0.0.9 (RFC 4291 2.5.5.2).
        return getattr(found, "ipv4_mapped", None) or found
