"""Why TLS failed, in words: what the ssl module reports, as a sentence and what to try next."""

import ssl
from typing import Final

from russet.errors import AbortedError, TlsError

__all__ = ["broken", "foreign_protocol", "meaning", "tls_error"]

# X509_V_ERR_... of OpenSSL: kind, what is wrong with the certificate of the peer.
_VERIFY: Final = {
    3: ("revoked", "there is no revocation list of its CA"),
    9: ("expired", "it is not valid yet: are both clocks right?"),
    10: ("expired", "it has expired: its owner has to renew it"),
    12: ("revoked", "the revocation list of its CA is out of date"),
    18: ("untrusted", "it is self-signed"),
    19: ("untrusted", "its CA is unknown here"),
    20: ("untrusted", "its CA is unknown here"),
    21: ("untrusted", "its CA is unknown here"),
    23: ("revoked", "it was revoked"),
    26: ("certificate", "it was not issued for this purpose"),
    62: ("name", "it is for another name"),
    64: ("name", "it is for another address"),
    66: ("weak", "its key is too short: RSA takes 2048 bits, elliptic curves 256"),
    67: ("weak", "the key of its CA is too short: RSA takes 2048 bits, elliptic curves 256"),
    68: ("weak", "it was signed with too weak a hash: SHA-256 at least"),
}
_ADVICE: Final = {
    "untrusted": (
        "give the CA with --tls-ca (ca= of ClientTls), or the certificate itself when it is its "
        "own CA"
    ),
    "name": (
        "connect by a name that is in it, or say with --tls-name (server_name= of ClientTls) which "
        "one to expect"
    ),
}
# Alerts of the peer and failures of our side (RFC 8446 6.2), as OpenSSL spells them.
_REASONS: Final = {
    "NO_SHARED_CIPHER": ("cipher", "it offers no cipher suite of the profile"),
    "SSLV3_ALERT_HANDSHAKE_FAILURE": (
        "cipher",
        "it refused the handshake: no cipher suite in common, or it wants a certificate of ours",
    ),
    "TLSV1_ALERT_INSUFFICIENT_SECURITY": ("cipher", "it wants stronger cipher suites"),
    "UNSUPPORTED_PROTOCOL": ("version", "it offers only TLS versions that are too old"),
    "TLSV1_ALERT_PROTOCOL_VERSION": ("version", "it takes none of our TLS versions"),
    "VERSION_TOO_LOW": ("version", "it offers only TLS versions that are too old"),
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": (
        "certificate-missing",
        "it showed no certificate, and must",
    ),
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": (
        "certificate-missing",
        "it wants a certificate of ours: give --tls-cert and --tls-key (certificate= and key=)",
    ),
    "TLSV1_ALERT_UNKNOWN_CA": (
        "refused-ours",
        "it does not trust our certificate: its CA is unknown there",
    ),
    "SSLV3_ALERT_BAD_CERTIFICATE": ("refused-ours", "it does not take our certificate"),
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": ("refused-ours", "it does not take our certificate"),
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": ("refused-ours", "it does not take our certificate"),
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": ("refused-ours", "it says that our certificate has expired"),
    "SSLV3_ALERT_CERTIFICATE_REVOKED": ("refused-ours", "it says that our certificate was revoked"),
    "TLSV1_ALERT_ACCESS_DENIED": (
        "refused-ours",
        "it takes our certificate, but does not let us in",
    ),
    "TLSV1_ALERT_UNRECOGNIZED_NAME": ("name", "it knows nobody by the name that we asked for"),
    "WRONG_VERSION_NUMBER": ("no-tls", "what it sends is not TLS"),
    "HTTP_REQUEST": ("no-tls", "it speaks HTTP"),
    "EE_KEY_TOO_SMALL": _VERIFY[66],
    "CA_MD_TOO_WEAK": _VERIFY[68],
    "WRONG_CURVE": ("weak", "the curve of its key is none that we take: P-256 or stronger"),
    "DECRYPTION_FAILED_OR_BAD_RECORD_MAC": ("protocol", "what came was altered on its way"),
    "SSLV3_ALERT_BAD_RECORD_MAC": ("protocol", "what we sent was altered on its way"),
}
# What a server says after our side of the handshake: TLS 1.3 waits for nothing of it.
_LATE: Final = frozenset({"certificate-missing", "refused-ours", "cipher", "name"})
_FIRST_BYTES: Final = (
    (b"\x01\x00", "plain DICOM"),
    (b"\x02\x00", "plain DICOM"),
    (b"\x03\x00", "plain DICOM"),
    (b"\x07\x00", "plain DICOM"),
    (b"HTTP", "HTTP"),
    (b"GET ", "HTTP"),
    (b"POST", "HTTP"),
    (b"PUT ", "HTTP"),
    (b"HEAD", "HTTP"),
    (b"OPTI", "HTTP"),
    (b"PRI ", "HTTP"),
    (b"SSH-", "SSH"),
)
_TLS: Final = (b"\x16\x03", b"\x15\x03")  # a handshake or an alert, of any version (RFC 8446 5.1)


def foreign_protocol(first: bytes) -> str | None:
    """Name what the first bytes of a connection are where TLS was expected.

    Returns:
        None for TLS, and as long as there is nothing to tell it by.
    """
    for start, name in _FIRST_BYTES:
        if first[: len(start)] == start:
            return name
    return None if any(each.startswith(first[:2]) for each in _TLS) else "something unknown"


def meaning(error: ssl.SSLError, expected: str = "") -> tuple[str, str]:
    """Say what failed: the kind of `TlsError`, and it in words.

    Args:
        error: What the ssl module reports.
        expected: The name that the certificate of the peer must have.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        kind, what = _VERIFY.get(error.verify_code, ("certificate", error.verify_message))
        if kind == "name" and expected:
            what += f", not for {expected!r}"
        advice = f": {_ADVICE[kind]}" if kind in _ADVICE else ""
        return kind, f"its certificate is not trusted, {what}{advice}"
    reason = error.reason or str(error)
    return _REASONS.get(reason, ("protocol", reason.lower().replace("_", " ")))


def tls_error(error: ssl.SSLError, peer: str, expected: str = "") -> TlsError:
    """Say that no secure connection with `peer` came about, and why (see `meaning`)."""
    kind, what = meaning(error, expected)
    return TlsError(f"no secure connection with {peer}: {what}", kind)


def broken(error: ssl.SSLError, peer: str, *, calling: bool) -> AbortedError | TlsError:
    """Say why a secure connection broke; who is calling may learn now that it was never taken."""
    kind, what = meaning(error)
    if calling and kind in _LATE:
        return tls_error(error, peer)
    return AbortedError(f"the secure connection with {peer} broke: {what}")
