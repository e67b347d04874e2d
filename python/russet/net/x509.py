"""What a certificate says, read from its DER form, trusted or not (RFC 5280 4.1).

The ssl module shows the contents of verified certificates only, but those that are refused are the
ones that people want to look at.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Final

__all__ = ["CertificateText", "read_certificate"]

_LONG_LENGTH: Final = 0x80
_VERSION, _EXTENSIONS = 0xA0, 0xA3  # context tags of TBSCertificate
_UTC_TIME: Final = 0x17
_DNS_NAME, _IP_ADDRESS = 0x82, 0x87  # of GeneralName
_ALTERNATIVE_NAMES: Final = bytes.fromhex("551d11")
_ATTRIBUTES: Final = {
    bytes.fromhex("550403"): "CN",
    bytes.fromhex("550406"): "C",
    bytes.fromhex("550407"): "L",
    bytes.fromhex("550408"): "ST",
    bytes.fromhex("55040a"): "O",
    bytes.fromhex("55040b"): "OU",
}


@dataclass(frozen=True, slots=True)
class CertificateText:
    """What a certificate says; that somebody vouches for it, it does not say.

    Attributes:
        subject: Whose it is, the most particular part first.
        issuer: Who says so.
        names: The names and addresses that it is for.
        not_before: From when on it is valid.
        not_after: Until when.
    """

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime

    def days_left(self, now: datetime | None = None) -> int:
        """How many days it is still valid; below 0 when it has expired."""
        return (self.not_after - (now or datetime.now(UTC))).days

    def as_dict(self) -> dict[str, object]:
        """The same for JSON."""
        return {
            "subject": self.subject,
            "issuer": self.issuer,
            "names": list(self.names),
            "not_before": self.not_before.isoformat(),
            "not_after": self.not_after.isoformat(),
        }


def read_certificate(der: bytes) -> CertificateText:
    """Read a certificate.

    Raises:
        ValueError: When it is none.
    """
    fields = [each for each in _items(_first(_first(der))) if each[0] != _VERSION]
    if len(fields) < 6:
        raise ValueError("a certificate has a subject and a time of validity")
    (_, issuer), (_, validity), (_, subject) = fields[2:5]
    times = [_time(tag, value) for tag, value in _items(validity)]
    if len(times) != 2:
        raise ValueError("a certificate is valid from one time to another")
    return CertificateText(
        _name(subject), _name(issuer), tuple(_alternatives(fields)), times[0], times[1]
    )


def _items(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Give the tag and content of each item (X.690 8.1)."""
    place = 0
    while place < len(data):
        tag, place = data[place], place + 1
        length, place = _length(data, place)
        if place + length > len(data):
            raise ValueError("an item of the certificate is longer than what is left")
        yield tag, data[place : place + length]
        place += length


def _length(data: bytes, place: int) -> tuple[int, int]:
    first = data[place : place + 1]
    if not first:
        raise ValueError("the certificate ends within an item")
    if first[0] < _LONG_LENGTH:
        return first[0], place + 1
    count = first[0] - _LONG_LENGTH
    return int.from_bytes(data[place + 1 : place + 1 + count]), place + 1 + count


def _first(data: bytes) -> bytes:
    for _, content in _items(data):
        return content
    raise ValueError("an item of the certificate is empty")


def _ends(data: bytes) -> tuple[bytes, bytes]:
    """Give the contents of the first item and of the last, as a type and its value."""
    contents = [content for _, content in _items(data)]
    if not contents:
        raise ValueError("an item of the certificate is empty")
    return contents[0], contents[-1]


def _name(rdns: bytes) -> str:
    parts = []
    for _, rdn in _items(rdns):
        for _, attribute in _items(rdn):
            kind, value = _ends(attribute)
            if label := _ATTRIBUTES.get(kind):
                text = value.decode("utf-8", "replace")
                parts.append(f"{label}={''.join(c if c.isprintable() else '?' for c in text)}")
    return ", ".join(reversed(parts))


def _alternatives(fields: list[tuple[int, bytes]]) -> Iterator[str]:
    """Give the subject alternative names (RFC 5280 4.2.1.6)."""
    extensions = next((content for tag, content in fields if tag == _EXTENSIONS), b"\x30\x00")
    for _, extension in _items(_first(extensions)):
        kind, value = _ends(extension)
        if kind == _ALTERNATIVE_NAMES:
            for tag, name in _items(_first(value)):
                if tag == _DNS_NAME:
                    yield name.decode("latin-1")
                elif tag == _IP_ADDRESS and len(name) in (4, 16):
                    yield str(ip_address(name))


def _time(tag: int, value: bytes) -> datetime:
    text = value.decode("ascii")
    if tag == _UTC_TIME:  # Two digits of the year: 1950 to 2049 (RFC 5280 4.1.2.5.1).
        text = ("19" if text >= "50" else "20") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
