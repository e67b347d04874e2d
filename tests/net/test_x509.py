"""Certificates read from their bytes, beside what another library reads."""

import contextlib
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from russet.net.x509 import read_certificate
from tests.support.certificates import Authority, self_signed


@pytest.mark.parametrize("key_type", [trustme.KeyType.RSA, trustme.KeyType.ECDSA])
def test_what_a_certificate_says_is_what_others_read(
    authority: Authority, key_type: trustme.KeyType
) -> None:
    pem = authority.issue("pacs.example.org", "10.0.0.2", "2001:db8::1", key_type=key_type)
    theirs = x509.load_pem_x509_certificate(pem.certificate.read_bytes())
    ours = read_certificate(theirs.public_bytes(Encoding.DER))
    assert set(ours.names) == {"pacs.example.org", "10.0.0.2", "2001:db8::1"}
    assert (ours.not_before, ours.not_after) == (
        theirs.not_valid_before_utc,
        theirs.not_valid_after_utc,
    )
    assert "O=trustme" in ours.subject
    assert "O=trustme" in ours.issuer


def test_days_are_counted_to_the_end_of_a_certificate(authority: Authority, tmp_path: Path) -> None:
    expired = authority.issue(expired=True)
    for pem, left in [(expired, range(-3, 0)), (self_signed(tmp_path), range(360, 367))]:
        theirs = x509.load_pem_x509_certificate(pem.certificate.read_bytes())
        assert read_certificate(theirs.public_bytes(Encoding.DER)).days_left() in left


@pytest.fixture(scope="module")
def der(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A certificate."""
    pem = self_signed(tmp_path_factory.mktemp("certificate"))
    return x509.load_pem_x509_certificate(pem.certificate.read_bytes()).public_bytes(Encoding.DER)


@given(place=st.integers(0, 1000), value=st.integers(0, 255), end=st.integers(0, 1000))
def test_bytes_that_are_no_certificate_are_a_value_error_or_a_certificate(
    der: bytes, place: int, value: int, end: int
) -> None:
    broken = bytearray(der)
    broken[place % len(der)] = value
    for data in (bytes(broken), der[: end % len(der)], b""):
        with contextlib.suppress(ValueError):
            read_certificate(data)
