"""TLS by PS3.15 B.12 and B.13: what a side shows, whom it trusts, which suites it takes.

A description is made once and serves any number of connections, on threads and on asyncio alike.
Its files are read again when they have changed: new handshakes use the new ones, connections
that are there already stay.
"""

import hashlib
import re
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import Any, Final, Literal

from russet.association.caller import Certificate
from russet.errors import CertificateFileError, RussetError
from russet.net.tls_files import Credentials, Reloaded, check_revocation, trust

__all__ = ["ClientTls", "Profile", "ServerTls", "peer_certificate"]

_PathLike = str | PathLike[str]
Profile = Literal["bcp195", "modified"]
Minimum = Literal["1.2", "1.3"]

# RFC 9325 4.2, which PS3.15 B.12 asks for; TLS 1.3 has suites of its own, all of them good.
_BCP_195: Final = (
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
)
# PS3.15 B.13 in its order, without Camellia in GCM, which OpenSSL does not have.
_MODIFIED: Final = (
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES256-CCM",
    "ECDHE-ECDSA-AES256-CCM8",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES128-CCM",
    "ECDHE-ECDSA-AES128-CCM8",
    "DHE-RSA-AES256-GCM-SHA384",
    "DHE-RSA-AES256-CCM",
    "DHE-RSA-CHACHA20-POLY1305",
    "DHE-RSA-AES128-GCM-SHA256",
    "DHE-RSA-AES128-CCM",
)
_SUITES: Final = {"bcp195": _BCP_195, "modified": _MODIFIED}
# RSA and DH of 2048 bits, no SHA-1 in signatures; OpenSSL offers no curve below 256 bits anyway.
_STRENGTH: Final = "@SECLEVEL=2"
_VERSIONS: Final = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
_NAMED_BY: Final = ("DNS", "IP Address")
_ASKED: Final = {
    "none": ssl.CERT_NONE,
    "optional": ssl.CERT_OPTIONAL,
    "required": ssl.CERT_REQUIRED,
}


@dataclass(frozen=True)
class ServerTls:
    """How a server secures its connections (PS3.15 B.12).

    Attributes:
        certificate: PEM file with our certificate, and those between it and the CA.
        key: PEM file with its private key; None when it stands in the same file.
        password: Of the key, where it is encrypted.
        ca: PEM files, or folders of them, with the CAs that certificates of clients are
            trusted by; None for those of the system.
        crl: PEM file with the revocation lists of these CAs; None checks no revocation.
        client_certificate: Whether clients must show one ("required"), may ("optional": one that
            is shown is verified), or are not asked ("none").
        profile: "bcp195" for PS3.15 B.12, "modified" for PS3.15 B.13.
        minimum: The oldest TLS version, "1.2" or "1.3".
    """

    certificate: _PathLike
    key: _PathLike | None = None
    password: str | None = field(default=None, repr=False)
    ca: _PathLike | Sequence[_PathLike] | None = None
    client_certificate: Literal["none", "optional", "required"] = "none"
    profile: Profile = "bcp195"
    minimum: Minimum = "1.2"
    crl: _PathLike | None = None
    _loaded: Reloaded = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the words; files are read when they are needed first."""
        _choose(_ASKED, self.client_certificate, "client_certificate")
        _choose(_SUITES, self.profile, "profile")
        _choose(_VERSIONS, self.minimum, "minimum")
        files = (self.certificate, self.key, self.crl, *_several(self.ca))
        object.__setattr__(self, "_loaded", Reloaded(files, self._build))

    def context(self) -> ssl.SSLContext:
        """The context for the next handshake, made anew when a file has changed.

        Files that cannot be used leave the context that is there in place, with a line in the
        log: a renewal that is half done shuts nobody out.

        Raises:
            CertificateFileError: When there is none yet, and the files cannot be used.
        """
        return self._loaded.context()

    def server_context(self) -> ssl.SSLContext:
        """A context for `ssl=` of asyncio that follows the files by itself, like `context`."""
        lasting = self._build()
        lasting.sni_callback = self._follow
        return lasting

    def reload(self) -> None:
        """Read the files again now; connections that are there already stay.

        Raises:
            CertificateFileError: When they cannot be used; the context before stays.
        """
        self._loaded.reload()

    def _follow(self, connection: Any, _: str | None, __: ssl.SSLContext) -> None:
        # Called in each handshake, whether the client named a host or not.
        connection.context = self.context()

    def _build(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        _by_profile(context, self.profile, self.minimum)
        # Without tickets nobody comes back by what was trusted earlier, and an association is
        # long enough for a handshake of its own.
        context.options |= ssl.OP_NO_TICKET
        context.num_tickets = 0
        Credentials(self.certificate, self.key, self.password).load_into(context)
        context.verify_mode = _ASKED[self.client_certificate]
        if self.client_certificate != "none":
            trust(context, _several(self.ca), ssl.Purpose.CLIENT_AUTH)
            if self.crl is not None:
                check_revocation(context, self.crl)
        return context


@dataclass(frozen=True)
class ClientTls:
    """How a client secures its connections (PS3.15 B.12).

    Attributes:
        ca: PEM files, or folders of them, with the CAs that the peer is trusted by, or its own
            certificate; None for those of the system.
        crl: PEM file with the revocation lists of these CAs; None checks no revocation.
        certificate: PEM file with our certificate, for peers that ask for one.
        key: PEM file with its private key; None when it stands in the same file.
        password: Of the key, where it is encrypted.
        server_name: The name that the peer's certificate must have; None for the host called.
        verify: False takes any certificate: private, but perhaps with the wrong peer.
        profile: "bcp195" for PS3.15 B.12, "modified" for PS3.15 B.13.
        minimum: The oldest TLS version, "1.2" or "1.3".
    """

    ca: _PathLike | Sequence[_PathLike] | None = None
    certificate: _PathLike | None = None
    key: _PathLike | None = None
    password: str | None = field(default=None, repr=False)
    server_name: str | None = None
    verify: bool = True
    profile: Profile = "bcp195"
    minimum: Minimum = "1.2"
    crl: _PathLike | None = None
    _loaded: Reloaded = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the words; files are read when they are needed first."""
        _choose(_SUITES, self.profile, "profile")
        _choose(_VERSIONS, self.minimum, "minimum")
        if self.key is not None and self.certificate is None:
            raise CertificateFileError("a key takes the certificate it belongs to", str(self.key))
        files = (self.certificate, self.key, self.crl, *_several(self.ca))
        object.__setattr__(self, "_loaded", Reloaded(files, self._build))

    def context(self) -> ssl.SSLContext:
        """The context for the next handshake, made anew when a file has changed.

        Raises:
            CertificateFileError: When the files cannot be used.
        """
        return self._loaded.context()

    def client_context(self) -> ssl.SSLContext:
        """The same, for `ssl=` of asyncio, with `name` for its `server_hostname=`."""
        return self.context()

    def reload(self) -> None:
        """Read the files again now.

        Raises:
            CertificateFileError: When they cannot be used; the context before stays.
        """
        self._loaded.reload()

    def name(self, host: str) -> str:
        """The name to expect in the certificate of `host`."""
        return self.server_name or host

    def _build(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        _by_profile(context, self.profile, self.minimum)
        if self.certificate is not None:
            Credentials(self.certificate, self.key, self.password).load_into(context)
        if self.verify:
            trust(context, _several(self.ca), ssl.Purpose.SERVER_AUTH)
            if self.crl is not None:
                check_revocation(context, self.crl)
        else:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def peer_certificate(connection: ssl.SSLObject | ssl.SSLSocket) -> Certificate | None:
    """The certificate that the other side proved itself with; None where none was verified."""
    found: dict[str, Any] | None = connection.getpeercert()
    whole = connection.getpeercert(binary_form=True)
    if not found or whole is None:
        return None
    return Certificate(
        subject=_distinguished(found.get("subject", ())),
        names=tuple(value for kind, value in found.get("subjectAltName", ()) if kind in _NAMED_BY),
        fingerprint=hashlib.sha256(whole).hexdigest(),
    )


def _distinguished(name: Any) -> str:
    """A subject as text, the most particular part first, and no two with one text (RFC 4514)."""
    short = {"commonName": "CN", "organizationName": "O", "organizationalUnitName": "OU"}
    parts = [
        "+".join(f"{short.get(kind, kind)}={_escaped(value)}" for kind, value in rdn)
        for rdn in name
    ]
    return ", ".join(reversed(parts))


def _escaped(value: str) -> str:
    special = re.sub(r"""([\\,+"<>;=]|^[# ]| $)""", r"\\\1", value)
    return "".join(each if each.isprintable() else f"\\{ord(each):02X}" for each in special)


def _by_profile(context: ssl.SSLContext, profile: Profile, minimum: Minimum) -> None:
    context.minimum_version = _VERSIONS[minimum]
    context.set_ciphers(":".join((*_SUITES[profile], _STRENGTH)))
    context.options |= (
        ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION | ssl.OP_CIPHER_SERVER_PREFERENCE
    )


def _several(paths: _PathLike | Sequence[_PathLike] | None) -> tuple[_PathLike, ...]:
    if paths is None:
        return ()
    return (paths,) if isinstance(paths, (str, PathLike)) else tuple(paths)


def _choose(choices: dict[str, Any], word: str, what: str) -> None:
    if word not in choices:
        raise RussetError(f"{word!r} is no {what}: there are {', '.join(choices)}")
