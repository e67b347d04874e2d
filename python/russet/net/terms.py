"""What a client proposes to a peer, and what it says when that came to an end."""

import re
from collections.abc import Sequence
from typing import NamedTuple, Self

from russet.association.contexts import propose
from russet.association.events import Aborted, Rejected, Released
from russet.association.negotiation import Proposal
from russet.association.provider import Service
from russet.codec import CommonExtended, ContextRq, Extended, Role
from russet.errors import (
    AbortedError,
    NetworkError,
    NoContextError,
    ProtocolError,
    RejectedError,
    StatusError,
)
from russet.net.outcome import Address
from russet.services.verification import VERIFICATION

__all__ = ["NATIVE", "Terms", "ended", "in_good_order", "proposal"]

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

    def sends(self, sop_class_uid: str, transfer_syntax: str) -> bool:
        """Say whether they ask for that context to send requests on it: SCU there (PS3.7 D.3.3.4).

        A C-GET asks for the contexts of what it brings as their SCP alone.
        """
        roles = (role for role in self.roles if role.sop_class_uid == sop_class_uid)
        return self.offers(sop_class_uid, transfer_syntax) and all(role.scu for role in roles)

    def carrying(self, *sop_classes: str) -> Self:
        """Give the same for other SOP classes, besides Verification; no roles, as these are new."""
        contexts = propose((uid, NATIVE) for uid in (VERIFICATION, *sop_classes))
        return self._replace(contexts=contexts, roles=())


_UNKNOWN = re.compile(r"PDU type 0x([2-7][0-9a-f]) at offset 0x0$")
_CALLED_UNKNOWN = (1, 7)  # source and reason of PS3.8 Table 9-21
_CALLING_UNKNOWN = (1, 3)
_NOT_REGISTERED = (
    ": it accepted the association, then aborted when we asked for something: often our AE title "
    "{!r} or our address is not registered there for it; name one that is as calling= (-aet), or "
    "have ours added"
)


def proposal(address: Address, terms: Terms) -> Proposal:
    """Put together what the A-ASSOCIATE-RQ says; options are of SOP classes that it proposes."""
    proposed = {context.abstract_syntax for context in terms.contexts}
    return Proposal(
        address.called,
        address.calling,
        terms.contexts,
        address.window,
        terms.roles,
        [each for each in terms.extended if each.sop_class_uid in proposed],
        terms.common_extended,
        address.identity,
    )


def in_good_order(kind: type[BaseException] | None) -> bool:
    """Say whether what leaves the block of an association lets it be released.

    A peer that refused something is as ready as before; of anything else nobody knows what is out.
    """
    return kind is None or issubclass(kind, (StatusError, NoContextError))


def ended(
    address: Address,
    event: Rejected | Aborted | Released | None,
    *,
    established: bool,
    unanswered: bool = False,
) -> NetworkError:
    """Say what ended an association, and what is likely wrong.

    Args:
        address: Whom we called.
        event: The end; None when our own side made it.
        established: Whether the peer had accepted.
        unanswered: Whether a request is out of a kind that the peer never answered.
    """
    if isinstance(event, Rejected):
        message = f"{address} {event.message}; {_titles(address, event)}"
        return RejectedError(message, event.result, event.source, event.reason)
    if not isinstance(event, Aborted):
        return AbortedError(f"{address} closed the connection")
    if event.source is None and not established:
        return ProtocolError(f"{address} answered nothing and closed: no DICOM port?", 0)
    if event.by_peer or event.source is None:
        hint = _NOT_REGISTERED.format(address.calling) if established and unanswered else ""
        return AbortedError(f"{address}: {event.message}{hint}", event.source, event.reason)
    message = f"{address} does not speak plain DICOM: {event.message}{_hint(event.message)}"
    return ProtocolError(message, 0, event.source, event.reason)


def _hint(message: str) -> str:
    """Say more of what answers, by what the codec says of its first bytes."""
    if "TLS" in message:
        return ": it expects TLS, add --tls (tls= in Python)"
    if "HTTP" in message:
        return ": this is a web server; ask for the DICOM port, often 104, 11112 or 4242"
    if (found := _UNKNOWN.search(message)) and chr(int(found[1], 16)).isprintable():
        first = chr(int(found[1], 16))
        return f": it answers text, which begins with {first!r}; is it a web server?"
    return ""


def _titles(address: Address, event: Rejected) -> str:
    """Say which title was used, which is what is usually wrong, and how to use another."""
    used = f"we called it {address.called!r} and ourselves {address.calling!r}"
    row = (event.source, event.reason)
    if row == _CALLED_UNKNOWN:
        return f"{used}: name its AE title as called= (-aec, or AET@host:port)"
    if row == _CALLING_UNKNOWN:
        return (
            f"{used}: name a title that it knows as calling= (-aet), or have ours registered "
            "there with our address"
        )
    return f"{used} (change them: called= and calling=, or -aec and -aet)"
