"""The rung of TLS: version, cipher suite, whose certificate it is and how long it is valid."""

import contextlib
import time
from dataclasses import replace
from typing import Final

from russet.errors import ConnectError, DeadlineError, NetworkError, TlsError
from russet.net import blocking, sniff
from russet.net.outcome import Address
from russet.net.rung import Outcome, Rung
from russet.net.tls_stream import TlsStream
from russet.net.x509 import CertificateText, read_certificate

__all__ = ["SOON", "TLS_ADVICE", "tls_rung"]

SOON: Final = 30
"""Days before its end that a certificate deserves a remark."""

_ABOUT_CERTIFICATE: Final = frozenset({"untrusted", "expired", "name", "certificate", "revoked"})
TLS_ADVICE: Final = {
    "untrusted": ("give its CA with --tls-ca FILE", "or its own certificate, once you trust it"),
    "expired": ("have the peer renew its certificate", "check the clock of this machine"),
    "name": ("connect by a name that is in it", "or expect that one: --tls-name NAME"),
    "certificate-missing": ("show a certificate: --tls-cert FILE --tls-key FILE",),
    "refused-ours": ("have the peer trust the CA of our certificate",),
    "version": ("have the peer offer TLS 1.2 or 1.3 (PS3.15 B.12)",),
    "cipher": ("try --tls-profile modified (PS3.15 B.13)", "show a certificate: --tls-cert FILE"),
    "no-tls": ("leave out --tls, or call the TLS port of the peer: often 2762",),
}
"""What to try by the kind of a `TlsError`."""


def tls_rung(address: Address) -> Rung:
    """Shake hands with a peer, and look at what it shows.

    Raises:
        NetworkError: When it cannot be reached any more.
        CertificateFileError: When a file of ours cannot be used.
    """
    if address.tls is None:
        return Rung.skipped("tls", "not asked for: no --tls")
    began = time.perf_counter()
    try:
        stream = _connect(address)
    except (TlsError, DeadlineError) as error:
        # The time is that of the try, not of the further look at what is there.
        seconds = time.perf_counter() - began
        return replace(_failed(address, error), seconds=seconds)
    with contextlib.closing(stream):
        text = _text(stream)
        facts: dict[str, object] = {"version": stream.version, "verified": address.tls.verify}
        if text is None:
            return Rung("tls", Outcome.OK, stream.version, facts=facts)
        facts["certificate"] = text.as_dict()
        remarks = () if address.tls.verify else ("not verified: it may be anybody",)
        if (days := text.days_left()) < SOON:
            remarks = (*remarks, f"the certificate of the peer ends in {days} days")
        return Rung(
            "tls", Outcome.OK, stream.version, remarks=remarks, lines=_lines(text), facts=facts
        )


def _connect(address: Address) -> TlsStream:
    stream = blocking.connect(address.host, address.port, address.timeouts, address.tls)
    assert isinstance(stream, TlsStream)
    return stream


def _text(stream: TlsStream) -> CertificateText | None:
    try:
        return read_certificate(stream.encoded_certificate or b"")
    except ValueError:
        return None


def _lines(text: CertificateText) -> tuple[str, ...]:
    return (
        f"certificate of {text.subject or 'nobody'}, for {', '.join(text.names) or 'no name'}",
        f"issued by {text.issuer}, valid {text.not_before:%Y-%m-%d} to {text.not_after:%Y-%m-%d}",
    )


def _failed(address: Address, error: NetworkError) -> Rung:
    """Look again at a peer with whom there is no handshake: what is wrong?"""
    if isinstance(error, DeadlineError):
        told = address.timeouts.connect
        error = DeadlineError(f"{address} did not finish the TLS handshake within {told:g} s")
    kind = error.kind if isinstance(error, TlsError) else "no-tls"
    cause = ""
    lines: tuple[str, ...] = ()
    if kind in _ABOUT_CERTIFICATE:
        cause, lines = "its certificate does not prove that it is the peer", _unverified(address)
    elif kind in ("no-tls", "closed"):
        found = sniff.SILENCE
        with contextlib.suppress(NetworkError):
            found = next(sniff.sniff(replace(address, tls=None)), found)
        cause = f"the port speaks plain {found}" if found != sniff.SILENCE else "no TLS there"
    rung = Rung.failed("tls", error, cause=cause, advice=TLS_ADVICE.get(kind, ()))
    return replace(rung, lines=lines, facts={"kind": kind})


def _unverified(address: Address) -> tuple[str, ...]:
    """Look at a certificate that was refused."""
    assert address.tls is not None
    try:
        stream = _connect(replace(address, tls=replace(address.tls, verify=False)))
    except ConnectError:
        return ()
    with contextlib.closing(stream):
        text = _text(stream)
        return () if text is None else _lines(text)
