"""One row of a policy: whom it is about, and what becomes of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from russet.association.caller import Caller, Certificate, Network, same_title
from russet.association.rejection import Rejection
from russet.association.rights import EVERYTHING, Rights

__all__ = ["Row"]


@dataclass(frozen=True, slots=True)
class Row:
    """Who, and what they may; everything that is given of who has to hold, and None holds for all.

    Attributes:
        name: What to call it in logs.
        calling: Titles that call.
        called: Titles of our own that are called.
        networks: Addresses.
        certificates: Patterns, any of which fits the certificate of the peer.
        users: Users whose identity is verified (PS3.7 D.3.3.7).
        encrypted: Only over TLS.
        rejection: The row of PS3.8 Table 9-21 to refuse them with; None to accept.
        rights: What those who are accepted may.
    """

    name: str = ""
    calling: Collection[str] | None = None
    called: Collection[str] | None = None
    networks: Sequence[Network] | None = None
    certificates: Sequence[Certificate] | None = None
    users: Collection[str] | None = None
    encrypted: bool = False
    rejection: Rejection | None = None
    rights: Rights = EVERYTHING

    def fits(self, called: bytes, calling: bytes, caller: Caller) -> bool:
        """Say whether the row is about these.

        Args:
            called: The called AE title as received.
            calling: The calling one.
            caller: What the transport knows of the peer, and the verified user.
        """
        return self.may_fit(called, calling, caller) and self._is_user(caller)

    def may_fit(self, called: bytes, calling: bytes, caller: Caller) -> bool:
        """Say whether the row is about these, whoever the user is."""
        return (
            (self.calling is None or same_title(calling, self.calling))
            and (self.called is None or same_title(called, self.called))
            and (self.networks is None or caller.is_in(self.networks))
            and (not self.encrypted or caller.encrypted)
            and self._is_certified(caller)
        )

    def _is_certified(self, caller: Caller) -> bool:
        if self.certificates is None:
            return True
        certificate = caller.certificate
        return certificate is not None and any(
            pattern.fits(certificate) for pattern in self.certificates
        )

    def _is_user(self, caller: Caller) -> bool:
        return self.users is None or (caller.user is not None and caller.user in self.users)
