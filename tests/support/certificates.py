"""Certificates made for a test: good ones, and those that must be refused."""

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

__all__ = ["Authority", "Pem", "authority", "self_signed"]

_YESTERDAY: Final = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
_LONG_AGO: Final = _YESTERDAY - datetime.timedelta(days=400)
_NEXT_YEAR: Final = _YESTERDAY + datetime.timedelta(days=366)
_PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Pem:
    """A certificate and its key, as files."""

    certificate: Path
    key: Path

    def become(self, other: "Pem") -> None:
        """Renew: put the content of the other's files into these."""
        self.key.write_bytes(other.key.read_bytes())
        self.certificate.write_bytes(other.certificate.read_bytes())


class Authority:
    """A CA with a folder for what it issues.

    Attributes:
        ca: Its own certificate, as a file.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._ca = trustme.CA(key_type=trustme.KeyType.ECDSA)
        self._count = 0
        self.ca = folder / "ca.pem"
        self._ca.cert_pem.write_to_path(str(self.ca))

    def issue(
        self,
        *names: str,
        common_name: str | None = None,
        expired: bool = False,
        key_type: trustme.KeyType = trustme.KeyType.ECDSA,
    ) -> Pem:
        """A certificate for `names`: this machine, when none are given."""
        issued = self._ca.issue_cert(
            *(names or ("localhost", "127.0.0.1")),
            common_name=common_name,
            not_before=_LONG_AGO,
            not_after=_YESTERDAY if expired else None,
            key_type=key_type,
        )
        pem = self._files()
        pem.certificate.write_bytes(b"".join(each.bytes() for each in issued.cert_chain_pems))
        issued.private_key_pem.write_to_path(str(pem.key))
        return pem

    def revoke(self, *revoked: Pem, expired: bool = False) -> Path:
        """The revocation list of this CA, as a file."""
        name = x509.load_pem_x509_certificate(self.ca.read_bytes()).subject
        builder = x509.CertificateRevocationListBuilder(
            name, _LONG_AGO, _YESTERDAY if expired else _NEXT_YEAR
        )
        for pem in revoked:
            certificate = x509.load_pem_x509_certificate(pem.certificate.read_bytes())
            entry = x509.RevokedCertificateBuilder(certificate.serial_number, _YESTERDAY).build()
            builder = builder.add_revoked_certificate(entry)
        key: Any = serialization.load_pem_private_key(self._ca.private_key_pem.bytes(), None)
        path = self._folder / f"{len(revoked)}.crl"
        whole = builder.sign(key, hashes.SHA256())
        path.write_bytes(whole.public_bytes(serialization.Encoding.PEM))
        return path

    def _files(self) -> Pem:
        self._count += 1
        stem = self._folder / f"{self._count}"
        return Pem(stem.with_suffix(".crt"), stem.with_suffix(".key"))


def self_signed(folder: Path, key: _PrivateKey | None = None, name: str = "localhost") -> Pem:
    """A certificate that nobody vouches for, perhaps with a key of one's own choice."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_LONG_AGO)
        .not_valid_after(_NEXT_YEAR)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    )
    certificate = builder.sign(key, hashes.SHA256())
    pem = Pem(folder / f"self-{name}.crt", folder / f"self-{name}.key")
    pem.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    pem.key.write_bytes(encoded(key))
    return pem


def encoded(key: _PrivateKey, password: bytes | None = None) -> bytes:
    """A key as PEM, encrypted where there is a password."""
    how: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password is not None:
        how = serialization.BestAvailableEncryption(password)
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """A CA of this test."""
    return Authority(tmp_path / "certificates")
