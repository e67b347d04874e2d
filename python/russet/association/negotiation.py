"""The association request we send and the answer we give (PS3.8 7.1, PS3.7 D.3.3)."""

from collections.abc import Sequence
from dataclasses import dataclass

from russet.association.acceptance import Acceptance, accept, answer
from russet.association.caller import checked_title
from russet.codec import (
    AssociateAc,
    AssociateRq,
    CommonExtended,
    ContextRq,
    Extended,
    Identity,
    Role,
    UserInformation,
)
from russet.data import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION

__all__ = [
    "IMPLEMENTATION_CLASS_UID",
    "IMPLEMENTATION_VERSION",
    "Acceptance",
    "Limits",
    "Proposal",
    "accept",
    "answer",
    "missing",
    "request",
]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a requestor proposes.

    Attributes:
        called: The title of the peer, 1 to 16 characters.
        calling: Our own.
        contexts: From `contexts.propose` or `contexts.plan`.
        window: Operations that we may have out, and that the peer may (PS3.7 D.3.3.3); 0 for any
            number.
        roles: Role selections (PS3.7 D.3.3.4).
        extended: SOP class extended negotiation (PS3.7 D.3.3.5).
        common_extended: SOP class common extended negotiation (PS3.7 D.3.3.6).
        identity: The user, in clear unless the transport encrypts (PS3.7 D.3.3.7); one of the
            functions of `russet.association.identity` makes it.
        require_identity_response: Ask for a response to the identity, and go on only when it
            comes: an acceptor that knows nothing of identities accepts without one.
        requests_per_association: After how many requests the client begins a new association, for
            peers that bear no more; None for any number.
    """

    called: str
    calling: str
    contexts: Sequence[ContextRq]
    window: tuple[int, int] = (1, 1)
    roles: Sequence[Role] = ()
    extended: Sequence[Extended] = ()
    common_extended: Sequence[CommonExtended] = ()
    identity: Identity | None = None
    require_identity_response: bool = False
    requests_per_association: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What one side bounds of its own.

    Attributes:
        artim: Seconds that the ARTIM timer of PS3.8 9.1 waits.
        max_length: Bytes of the largest P-DATA-TF that we take (PS3.8 D.1).
        data_in_memory: Bytes of a data set that are collected before they are handed on.
    """

    artim: float = 30.0
    max_length: int = 1 << 20
    data_in_memory: int = 1 << 20


def request(proposal: Proposal, max_length: int) -> AssociateRq:
    """Build the A-ASSOCIATE-RQ of a proposal (PS3.8 9.3.2).

    Args:
        proposal: What to propose.
        max_length: Bytes of the largest P-DATA-TF that we take.

    Raises:
        ValueError: If a title is no AE title.
    """
    return AssociateRq(
        checked_title(proposal.called),
        checked_title(proposal.calling),
        list(proposal.contexts),
        UserInformation(
            max_length=max_length,
            implementation_class_uid=IMPLEMENTATION_CLASS_UID,
            implementation_version=IMPLEMENTATION_VERSION,
            # The default is not sent: a peer that never heard of windows sees none.
            window=proposal.window if proposal.window != (1, 1) else None,
            roles=list(proposal.roles),
            extended=list(proposal.extended),
            common_extended=list(proposal.common_extended),
            identity=_identity(proposal),
        ),
    )


def _identity(proposal: Proposal) -> Identity | None:
    who = proposal.identity
    if not proposal.require_identity_response:
        return who
    if who is None:
        raise ValueError("a response to the user identity is required, but there is no identity")
    return Identity(who.kind, True, who.primary, who.secondary)  # noqa: FBT003 (it takes no keyword)


def missing(proposal: Proposal, ac: AssociateAc) -> str | None:
    """Say what the requestor insists on and an acceptance lacks; None when it may go on.

    Args:
        proposal: What was proposed.
        ac: The answer.
    """
    if proposal.require_identity_response and ac.user.identity_response is None:
        return "the peer accepted without a response to the user identity: it may not have verified"
    return None
