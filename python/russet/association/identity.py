"""User identity (PS3.7 D.3.3.7): the five types as bytes, and how an acceptor verifies them.

An identity goes in clear unless the transport encrypts.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final, Self

from russet.association.caller import Caller, ae_title
from russet.association.effects import Effects, place_of, settled
from russet.association.rejection import Rejection
from russet.codec import AssociateRq, Identity

__all__ = [
    "Claim",
    "IdentityType",
    "Verification",
    "Verified",
    "Verifier",
    "is_signed_jwt",
    "jwt",
    "kerberos",
    "passcode",
    "saml",
    "user_name",
    "username",
    "verify",
]

_LOG: Final = logging.getLogger("russet.scp")

_LONGEST: Final = 65000  # bytes of both fields; user information has 65535 for all sub-items
_JWT_PARTS: Final = 3


class IdentityType(IntEnum):
    """The types of user identity (PS3.7 Table D.3-14)."""

    USERNAME = 1
    PASSCODE = 2
    KERBEROS = 3
    SAML = 4
    JWT = 5


_KINDS: Final = frozenset(IdentityType)


def username(name: str, *, response_requested: bool = False) -> Identity:
    """Identify a user by name alone."""
    return _identity(IdentityType.USERNAME, name, response_requested=response_requested)


def passcode(name: str, secret: str | bytes, *, response_requested: bool = False) -> Identity:
    """Identify a user by name and passcode."""
    kind = IdentityType.PASSCODE
    return _identity(kind, name, secret, response_requested=response_requested)


def kerberos(ticket: bytes, *, response_requested: bool = False) -> Identity:
    """Identify a user by a Kerberos service ticket; the response is the server's ticket."""
    return _identity(IdentityType.KERBEROS, ticket, response_requested=response_requested)


def saml(assertion: str | bytes, *, response_requested: bool = False) -> Identity:
    """Identify a user by a SAML assertion; the response is a SAML response."""
    return _identity(IdentityType.SAML, assertion, response_requested=response_requested)


def jwt(token: str | bytes, *, response_requested: bool = False) -> Identity:
    """Identify a user by a JSON Web Token, as HTTP has it after `Bearer`."""
    return _identity(IdentityType.JWT, token, response_requested=response_requested)


def _identity(
    kind: IdentityType,
    primary: str | bytes,
    secondary: str | bytes = b"",
    *,
    response_requested: bool,
) -> Identity:
    fields = [each.encode() if isinstance(each, str) else each for each in (primary, secondary)]
    if not fields[0]:
        raise ValueError("a user identity is not empty")
    if sum(map(len, fields)) > _LONGEST:
        raise ValueError(
            f"a user identity has at most {_LONGEST} bytes, to leave room for the rest"
        )
    return Identity(kind, response_requested, *fields)


def user_name(identity: Identity) -> str:
    """Give the name that an identity of type 1 or 2 claims; empty for the others.

    Bytes that are not UTF-8, which it has to be, are shown as U+FFFD.
    """
    if identity.kind in (IdentityType.USERNAME, IdentityType.PASSCODE):
        return identity.primary.decode(errors="replace")
    return ""


def is_signed_jwt(token: bytes) -> bool:
    """Say whether a JSON Web Token claims to be signed (RFC 7519 6): not `alg` none, not nothing.

    This verifies no signature; it keeps tokens out that have none.
    """
    import json
    from base64 import urlsafe_b64decode

    parts = token.split(b".")
    if len(parts) != _JWT_PARTS or not all(parts):
        return False
    try:
        header = json.loads(urlsafe_b64decode(parts[0] + b"=="))
    except (ValueError, RecursionError):
        return False
    algorithm = header.get("alg") if isinstance(header, dict) else None
    return isinstance(algorithm, str) and algorithm.casefold() not in ("", "none")


@dataclass(frozen=True, slots=True)
class Claim:
    """The request that an identity came with.

    Attributes:
        called: The AE title that is called.
        calling: The AE title that calls.
        caller: What the transport knows of the peer.
    """

    called: str
    calling: str
    caller: Caller


@dataclass(frozen=True, slots=True)
class Verified:
    """A user who is who they claim to be.

    Attributes:
        response: The server response (PS3.7 Table D.3-15), sent when the requestor asks for one;
            empty for user names and passcodes.
        user: The name that rows of the policy know the user by; that of the identity without.
    """

    response: bytes = b""
    user: str = ""


Verifier = Callable[
    [Identity, Claim], Verified | Rejection | Awaitable[Verified | Rejection | None] | None
]
"""Verifies an identity: None, or an exception, refuses it; a row of PS3.8 Table 9-21 says how. It
may be a coroutine."""


class Verification:
    """The identity of a request, to be verified (PS3.7 D.3.3.7).

    Attributes:
        place: Where its verifier may run.
        outcome: The user, or the row of PS3.8 Table 9-21 to refuse with, as long as nobody is
            verified.
    """

    def __init__(self, verifier: Verifier, identity: Identity, claim: Claim) -> None:
        """Have `verifier` verify `identity`."""
        self.place = place_of(verifier)
        self.outcome: Verified | Rejection = Rejection.PROVIDER_NO_REASON
        self._verifier = verifier
        self._identity = identity
        self._claim = claim

    @classmethod
    def of(cls, rq: AssociateRq, verifier: Verifier | None, caller: Caller) -> Self | None:
        """Find what is to be verified of a request; None when there is nothing.

        Args:
            rq: The request.
            verifier: What verifies; None leaves every identity unverified, which refuses nobody.
            caller: What the transport knows of the peer.
        """
        identity = rq.user.identity
        if identity is None or verifier is None:
            return None
        return cls(verifier, identity, Claim(_text(rq.called), _text(rq.calling), caller))

    def effects(self) -> Effects:
        """Verify; an exception refuses, so that a fault of ours lets nobody in; the log has it."""
        found: Verified | Rejection | None = None
        try:
            if self._identity.kind in _KINDS:
                found = yield from settled(self._verifier(self._identity, self._claim))
        except Exception:  # noqa: BLE001 (whatever it is, nobody is verified)
            _LOG.exception("the identity of %r could not be verified", self._claim.calling)
        if isinstance(found, Verified) and not found.user:
            found = replace(found, user=user_name(self._identity))
        self.outcome = found or self.outcome


def verify(
    rq: AssociateRq, verifier: Verifier | None, caller: Caller
) -> Verified | Rejection | None:
    """Verify the identity of a request here and now, by a verifier that is no coroutine.

    Args:
        rq: The request.
        verifier: What verifies; None leaves every identity unverified, which refuses nobody.
        caller: What the transport knows of the peer.

    Returns:
        The user, the row of PS3.8 Table 9-21 to refuse with, or None when nobody is verified.
    """
    verification = Verification.of(rq, verifier, caller)
    if verification is None:
        return None
    for effect in (effects := verification.effects()):
        effects.close()
        raise TypeError(f"{effect!r} is to be awaited: this verifier takes a server")
    return verification.outcome


def _text(title: bytes) -> str:
    return ae_title(title).decode("latin-1")
