"""The certificate that a peer proved itself with: what a policy may decide by."""

from dataclasses import dataclass

__all__ = ["Certificate"]


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a verified certificate says (RFC 5280); one that was not verified says nothing.

    Attributes:
        subject: The whole subject, such as "CN=CT1, O=Hospital".
        common_name: The last CN of it, or "".
        dns_names: The DNS names of its subjectAltName.
        addresses: The IP addresses of its subjectAltName.
        others: What else its subjectAltName has: URIs, mail addresses.
        issuer: The whole subject of who signed it.
        serial_number: Of the issuer's, in hexadecimal.
        not_after: The end of its validity, as seconds since the epoch.
        fingerprint: SHA-256 over the whole certificate, in hexadecimal.
    """

    subject: str
    common_name: str
    dns_names: tuple[str, ...]
    addresses: tuple[str, ...]
    others: tuple[str, ...]
    issuer: str
    serial_number: str
    not_after: float
    fingerprint: str

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that it names its owner by, the common name last."""
        last = (self.common_name,) if self.common_name else ()
        return (*self.dns_names, *self.addresses, *self.others, *last)

    def __str__(self) -> str:
        """The subject; where it is empty, the first name."""
        return self.subject or next(iter(self.names), self.serial_number)
