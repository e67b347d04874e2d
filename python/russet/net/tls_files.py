"""The files that TLS takes: certificates, keys and CAs in PEM form, read again when they change."""

import contextlib
import logging
import os
import re
import ssl
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Final

from russet.errors import CertificateFileError

__all__ = ["Credentials", "Reloaded", "check_revocation", "trust"]

_LOG: Final = logging.getLogger("russet.tls")
_PathLike = str | PathLike[str]
_CERTIFICATE: Final = re.compile(rb"-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----")
_KEY: Final = re.compile(rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----")
_ENCRYPTED: Final = re.compile(rb"BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED")
_CRL: Final = re.compile(rb"-----BEGIN X509 CRL-----")
_DER: Final = b"\x30\x82"  # how every certificate and key starts that is not text
_TOO_LARGE: Final = 1 << 24
_NOT_VALID: Final = {9: "is not valid yet: is the clock right?", 10: "has expired: renew it"}


@dataclass(frozen=True)
class Credentials:
    """A certificate with its private key.

    Attributes:
        certificate: PEM file with the certificate, and those between it and the CA.
        key: PEM file with the key; None when it stands in the same file.
        password: Of the key, where it is encrypted.
    """

    certificate: _PathLike
    key: _PathLike | None = None
    password: str | None = field(default=None, repr=False)

    def load_into(self, context: ssl.SSLContext) -> None:
        """Have `context` show the certificate; one that is out of date is told to the log.

        Raises:
            CertificateFileError: Which file is wrong, and how.
        """
        _holds(self.certificate, _CERTIFICATE, "certificate")
        key = self.certificate if self.key is None else self.key
        encrypted = _ENCRYPTED.search(_holds(key, _KEY, "private key")) is not None
        if encrypted and self.password is None:
            raise CertificateFileError(f"the key {key} is encrypted: give its password", str(key))
        try:
            # An empty password keeps OpenSSL from asking for one at the terminal.
            context.load_cert_chain(self.certificate, key, self.password or "")
        except ssl.SSLError as error:
            raise self._wrong(error, key, encrypted=encrypted) from error
        self._check_dates(key)

    def _wrong(self, error: ssl.SSLError, key: _PathLike, *, encrypted: bool) -> Exception:
        certificate = str(self.certificate)
        if error.reason == "KEY_VALUES_MISMATCH":
            return CertificateFileError(
                f"the key {key} does not belong to the certificate {certificate}", str(key)
            )
        if error.reason in ("EE_KEY_TOO_SMALL", "CA_KEY_TOO_SMALL", "CA_MD_TOO_WEAK"):
            return CertificateFileError(
                f"the certificate {certificate} is too weak: RSA takes 2048 bits, elliptic curves "
                "256, the signature SHA-256 (PS3.15 B.13)",
                certificate,
            )
        if encrypted:
            return CertificateFileError(f"the password of the key {key} is wrong", str(key))
        return CertificateFileError(
            f"{certificate} and {key} cannot be used: {error.reason or error}", certificate
        )

    def _check_dates(self, key: _PathLike) -> None:
        """Tell of a certificate that peers will not take, before one of them does.

        The certificate is shown to ourselves, since only OpenSSL can read it.
        """
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(self.certificate, key, self.password or "")
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.check_hostname = False
        client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        try:
            client.load_verify_locations(self.certificate)
            _rehearse(server, client)
        except ssl.SSLCertVerificationError as error:
            if problem := _NOT_VALID.get(error.verify_code):
                _LOG.warning("the certificate %s %s", self.certificate, problem)
        except ssl.SSLError as error:
            _LOG.debug("the certificate %s could not be rehearsed: %s", self.certificate, error)


def _rehearse(server: ssl.SSLContext, client: ssl.SSLContext) -> None:
    """Shake hands with ourselves in memory."""
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [
        client.wrap_bio(back, there),
        server.wrap_bio(there, back, server_side=True),
    ]
    for _ in range(3):  # Flights of a handshake, of whatever version.
        for side in sides:
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()


def trust(context: ssl.SSLContext, paths: Iterable[_PathLike], purpose: ssl.Purpose) -> None:
    """Have `context` trust the CAs in `paths`, files or folders; without any those of the system.

    Raises:
        CertificateFileError: When one cannot be used.
    """
    # A certificate that is named is trusted as it is, be it a CA or the peer's own.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    named = False
    for path in map(Path, paths):
        named = True
        for file in _certificate_files(path):
            try:
                context.load_verify_locations(file)
            except ssl.SSLError as error:
                raise CertificateFileError(
                    f"the CA {file} cannot be used: {error.reason or error}", str(file)
                ) from error
    if not named:
        context.load_default_certs(purpose)


def check_revocation(context: ssl.SSLContext, path: _PathLike) -> None:
    """Have `context` refuse what the revocation lists in `path` name (RFC 5280 5).

    A certificate whose CA has no list there is refused as well.

    Raises:
        CertificateFileError: When it cannot be used.
    """
    _holds(path, _CRL, "revocation list")
    try:
        context.load_verify_locations(path)
    except ssl.SSLError as error:
        raise CertificateFileError(
            f"the revocation list {path} cannot be used: {error.reason or error}", str(path)
        ) from error
    context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF


def _certificate_files(path: Path) -> list[Path]:
    if not path.is_dir():
        _holds(path, _CERTIFICATE, "certificate")
        return [path]
    found = [
        each
        for each in sorted(path.iterdir())
        if each.is_file() and _CERTIFICATE.search(_read(each))
    ]
    if not found:
        raise CertificateFileError(f"no file in {path} holds a certificate in PEM form", str(path))
    return found


def _holds(path: _PathLike, what: re.Pattern[bytes], name: str) -> bytes:
    content = _read(path)
    if what.search(content):
        return content
    hint = ""
    if content.startswith(_DER):
        hint = ": it is in DER form; `openssl x509 -inform der` or `openssl pkey` makes it PEM"
    elif _CERTIFICATE.search(content) or _KEY.search(content):
        hint = ": were certificate and key mixed up?"
    raise CertificateFileError(f"{path} holds no {name} in PEM form{hint}", str(path))


def _read(path: _PathLike) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(_TOO_LARGE)
    except OSError as error:
        raise CertificateFileError(
            f"cannot read {path}: {error.strerror or error}", str(path)
        ) from error


class Reloaded:
    """A context that is made anew when one of its files has changed.

    Looking takes a system call per file, which is nothing beside a handshake.
    """

    def __init__(
        self, files: Iterable[_PathLike | None], build: Callable[[], ssl.SSLContext]
    ) -> None:
        """Make contexts by `build` from `files`; nothing is read yet."""
        self._files = tuple(file for file in files if file is not None)
        self._build = build
        self._lock = threading.Lock()
        self._seen: object = None
        self._context: ssl.SSLContext | None = None

    def context(self) -> ssl.SSLContext:
        """The present context.

        Raises:
            CertificateFileError: When the first one cannot be made. Later ones that cannot are
                told to the log, once per change.
        """
        seen = self._state()
        with self._lock:
            if self._context is None:
                self._context = self._build()
            elif seen != self._seen:
                try:
                    self._context = self._build()
                    _LOG.info("certificates were read again: %s", ", ".join(map(str, self._files)))
                except CertificateFileError as error:
                    _LOG.warning("the certificates before stay in use: %s", error)
            self._seen = seen
            return self._context

    def reload(self) -> None:
        """Make a new context now.

        Raises:
            CertificateFileError: When it cannot be made; the one before stays.
        """
        seen = self._state()
        with self._lock:
            self._context = self._build()
            self._seen = seen

    def _state(self) -> object:
        return [_stamp(file) for file in self._files]


def _stamp(file: _PathLike) -> tuple[int, int, int] | None:
    try:
        found = os.stat(file)  # noqa: PTH116 (a path object per handshake for nothing)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
