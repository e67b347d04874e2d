"""What the upper layer tells its user (PS3.8 7): the indications and confirmations."""

from dataclasses import dataclass
from typing import Final

from russet.codec import Abort, AssociateAc, AssociateRj, AssociateRq

__all__ = [
    "AbortIndication",
    "AssociateConfirmed",
    "AssociateIndication",
    "Indication",
    "RejectedIndication",
    "ReleaseConfirmed",
    "ReleaseIndication",
    "aborted_by_peer",
]

_PROVIDER: Final = 2
# PS3.8 Table 9-26, of source 2.
_REASONS: Final = {
    0: "reason not specified",
    1: "unrecognized PDU",
    2: "unexpected PDU",
    4: "unrecognized PDU parameter",
    5: "unexpected PDU parameter",
    6: "invalid PDU parameter value",
}


@dataclass(frozen=True, slots=True)
class AssociateIndication:
    """The peer asks for an association (PS3.8 7.1): `accept` or `reject` it."""

    rq: AssociateRq


@dataclass(frozen=True, slots=True)
class AssociateConfirmed:
    """The peer accepted the association (PS3.8 7.1)."""

    ac: AssociateAc


@dataclass(frozen=True, slots=True)
class RejectedIndication:
    """The association was rejected: by the peer, or by our own service-provider (AE-6)."""

    rj: AssociateRj


@dataclass(frozen=True, slots=True)
class ReleaseIndication:
    """The peer asks for the release (PS3.8 7.2).

    `confirm_release` it as soon as `Connection.may_confirm_release`: at once, except for the
    acceptor in a collision, whose own request is confirmed first.
    """


@dataclass(frozen=True, slots=True)
class ReleaseConfirmed:
    """The peer confirmed our release (PS3.8 7.2); in a collision it may be our turn now."""


@dataclass(frozen=True, slots=True)
class AbortIndication:
    """The association, or the attempt at one, is over (PS3.8 7.3, 7.4).

    Told also where the standard has nobody to tell, before the request has come (Sta2), so that
    no connection ends without a word about why.

    Attributes:
        source: Of the A-ABORT: 0 user, 2 provider; None when there was none: closed, or timed out.
        reason: Of the A-ABORT (PS3.8 Table 9-26).
        message: What happened, as a sentence.
        by_peer: Whether the peer ended it, and not we because of what it did.
    """

    source: int | None
    reason: int
    message: str
    by_peer: bool


Indication = (
    AssociateIndication
    | AssociateConfirmed
    | RejectedIndication
    | ReleaseIndication
    | ReleaseConfirmed
    | AbortIndication
)


def aborted_by_peer(abort: Abort) -> AbortIndication:
    """Say in words what an A-ABORT of the peer says in numbers (PS3.8 Table 9-26)."""
    message = "the peer aborted"
    if abort.source == _PROVIDER:
        why = _REASONS.get(abort.reason, f"reserved reason {abort.reason}")
        message = f"the peer's service-provider aborted: {why}"
    return AbortIndication(abort.source, abort.reason, message, by_peer=True)
