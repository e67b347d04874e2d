"""What a client proposes to a peer, and what it says when that came to an end."""

from collections.abc import Sequence
from typing import NamedTuple, Self

from russet.association.contexts import propose
from russet.association.events import Aborted, Rejected, Released
from russet.association.negotiation import Proposal
from russet.association.provider import Service
from russet.codec import CommonExtended, ContextRq, Extended, Role
from russet.errors import AbortedError, NetworkError, ProtocolError, RejectedError
from russet.net.outcome import Address
from russet.services.verification import VERIFICATION

__all__ = ["NATIVE", "Terms", "ended", "proposal"]

NATIVE = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2")
"""The transfer syntaxes for messages that are no instances: Explicit and Implicit VR LE."""


class Terms(NamedTuple):
    """What to propose (PS3.8 7.1.1, PS3.7 D.3.3), and what to serve on the way.

    Attributes:
        contexts: From `association.propose` or `association.plan`.
        roles: Role selections, where the peer is to send requests, as for C-GET.
        extended: SOP class extended negotiation.
        common_extended: SOP class common extended negotiation.
        services: What performs the requests of the peer.
    """

    contexts: Sequence[ContextRq]
    roles: Sequence[Role] = ()
    extended: Sequence[Extended] = ()
    common_extended: Sequence[CommonExtended] = ()
    services: Sequence[Service] = ()

    def offers(self, sop_class_uid: str, transfer_syntax: str) -> bool:
        """Say whether they ask for that context, whatever the answer was."""
        return any(
            context.abstract_syntax == sop_class_uid
            and transfer_syntax in context.transfer_syntaxes
            for context in self.contexts
        )

    def carrying(self, *sop_classes: str) -> Self:
        """Give the same for other SOP classes, besides Verification; no roles, as these are new."""
        contexts = propose((uid, NATIVE) for uid in (VERIFICATION, *sop_classes))
        return self._replace(contexts=contexts, roles=())


def proposal(address: Address, terms: Terms) -> Proposal:
    """Put together what the A-ASSOCIATE-RQ says."""
    return Proposal(
        address.called,
        address.calling,
        terms.contexts,
        address.window,
        terms.roles,
        terms.extended,
        terms.common_extended,
        address.identity,
    )


def ended(
    address: Address, event: Rejected | Aborted | Released | None, *, established: bool
) -> NetworkError:
    """Say what ended an association, and what is likely wrong."""
    if isinstance(event, Rejected):
        # Which title was used is what is usually wrong.
        message = (
            f"{address} {event.message}; we called it {address.called!r} and ourselves "
            f"{address.calling!r} (change them with -aec and -aet)"
        )
        return RejectedError(message, event.result, event.source, event.reason)
    if not isinstance(event, Aborted):
        return AbortedError(f"{address} closed the connection")
    if event.source is None and not established:
        return ProtocolError(f"{address} answered nothing and closed: no DICOM port?", 0)
    if event.by_peer or event.source is None:
        return AbortedError(f"{address}: {event.message}", event.source, event.reason)
    hint = ": it expects TLS, add --tls" if "TLS" in event.message else ""
    message = f"{address} does not speak plain DICOM: {event.message}{hint}"
    return ProtocolError(message, 0, event.source, event.reason)
