"""The answer of an acceptor (PS3.8 9.3.3, PS3.7 D.3.3): every item that the request asks for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from russet.association.caller import Caller
from russet.association.contexts import ACCEPTANCE, negotiate, negotiate_roles
from russet.association.extended import ExtendedRule, answers
from russet.association.identity import Verified, verify
from russet.association.policy import Policy
from russet.association.rejection import Rejection
from russet.association.related import named_general
from russet.association.rights import Right, Rights, is_storage, right_for
from russet.association.window import answer_window
from russet.codec import AssociateAc, AssociateRq, ContextAc, Extended, UserInformation
from russet.data import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION

__all__ = ["Acceptance", "accept", "answer", "grant"]

_USER_REJECTION: Final = 1


@dataclass(frozen=True, slots=True)
class Acceptance:
    """An acceptor's answer, and what it rests on.

    Attributes:
        ac: The A-ASSOCIATE-AC.
        rights: What the peer may.
        user: Its user, verified; None without an identity or a verifier.
        denied: Which SOP classes its rights refuse, and by which row; empty when they refuse none.
    """

    ac: AssociateAc
    rights: Rights
    user: str | None = None
    denied: str = ""


def answer(
    rq: AssociateRq, policy: Policy, max_length: int, caller: Caller | None = None
) -> AssociateAc | Rejection:
    """Answer a request that the policy does not reject (PS3.8 9.3.3), as `accept` does.

    Args:
        rq: The request.
        policy: What to accept.
        max_length: Bytes of the largest P-DATA-TF that we take.
        caller: What the transport knows of the peer.

    Returns:
        The acceptance, with every context answered, or the row of Table 9-21 to refuse with.

    Raises:
        ProtocolError: If the context ids break the rules; it carries the abort to send.
    """
    accepted = accept(rq, policy, max_length, caller)
    return accepted if isinstance(accepted, Rejection) else accepted.ac


def accept(
    rq: AssociateRq, policy: Policy, max_length: int, caller: Caller | None = None
) -> Acceptance | Rejection:
    """Verify the identity of a request here and now, and answer everything, as `grant` does.

    Args:
        rq: The request, which `Policy.rejection` let pass.
        policy: What to accept.
        max_length: Bytes of the largest P-DATA-TF that we take.
        caller: What the transport knows of the peer.

    Returns:
        The acceptance, or the row of Table 9-21 to refuse with: the identity is not verified, or
        its user is not welcome.

    Raises:
        ProtocolError: If the context ids break the rules; it carries the abort to send.
    """
    caller = caller or Caller()
    verified = verify(rq, policy.verifier, caller)
    if isinstance(verified, Rejection):
        return verified
    return grant(rq, policy, max_length, caller, verified)


def grant(
    rq: AssociateRq, policy: Policy, max_length: int, caller: Caller, verified: Verified | None
) -> Acceptance | Rejection:
    """Find the rights of the peer that made a request, and answer everything (PS3.8 9.3.3).

    Args:
        rq: The request, which `Policy.rejection` let pass.
        policy: What to accept.
        max_length: Bytes of the largest P-DATA-TF that we take.
        caller: What the transport knows of the peer.
        verified: Its user; None when there was nothing to verify.

    Returns:
        The acceptance, or the row of Table 9-21 to refuse with: its user is not welcome.

    Raises:
        ProtocolError: If the context ids break the rules; it carries the abort to send.
    """
    if verified is not None:
        caller = replace(caller, user=verified.user)
    if rejection := policy.verified_rejection(rq, caller):
        return rejection
    rights = policy.rights(rq, caller)
    grants = _Grants(rq, policy, rights)
    contexts = negotiate(rq.contexts, grants.result, grants.choices)
    asked = rq.user.identity is not None and rq.user.identity.response_requested
    ac = AssociateAc(
        rq.called,
        rq.calling,
        contexts,
        UserInformation(
            max_length=max_length,
            implementation_class_uid=IMPLEMENTATION_CLASS_UID,
            implementation_version=IMPLEMENTATION_VERSION,
            window=answer_window(rq.user.window, rights.window or policy.window),
            roles=negotiate_roles(rq.user.roles, grants.may_be_scp, grants.may_be_scu),
            extended=_extended(rq, contexts, policy.extended),
            identity_response=verified.response if verified is not None and asked else None,
        ),
        reserved=rq.reserved,
    )
    denied = _denied(rq, contexts, rights, policy.rule(rq, caller))
    return Acceptance(ac, rights, caller.user, denied)


class _Grants:
    """What one request is granted, SOP class by SOP class."""

    def __init__(self, rq: AssociateRq, policy: Policy, rights: Rights) -> None:
        self._policy = policy
        self._rights = rights
        self._general = named_general(rq.user.common_extended)
        self._asked_scp = {role.sop_class_uid for role in rq.user.roles if role.scp}
        self._retrieves = any(
            right_for(context.abstract_syntax) is Right.GET
            and self.may_be_scu(context.abstract_syntax)
            for context in rq.contexts
        )

    def may_be_scu(self, uid: str) -> bool:
        """Whether the requestor may use a SOP class."""
        return self._supports(uid) == ACCEPTANCE and self._rights.permit(uid)

    def may_be_scp(self, uid: str) -> bool:
        """Whether we send requests of a SOP class here: what C-GET retrieves, for one.

        Who is the SCP reports events to us, which takes the right to the service just as being SCU
        does. What is retrieved goes with the right to retrieve.
        """
        if uid in self._policy.refused:
            return False
        if self._retrieves and is_storage(uid):
            return True
        return uid in self._policy.scu_classes and self._rights.permit(uid)

    def result(self, uid: str) -> int:
        """Give the result of PS3.8 9.3.3.2: 1 for a service that the peer has no right to."""
        if uid in self._asked_scp and self.may_be_scp(uid):
            return ACCEPTANCE
        is_ours = uid in self._asked_scp and uid in self._policy.scu_classes
        supported = ACCEPTANCE if is_ours else self._supports(uid)
        if supported == ACCEPTANCE and not self._rights.permit(uid):
            return _USER_REJECTION
        return supported

    def choices(self, uid: str, offered: Sequence[str]) -> Sequence[str]:
        """Give the transfer syntaxes of an offer that are acceptable, best first."""
        return self._policy.choices(uid, offered, self._rights)

    def _supports(self, uid: str) -> int:
        return self._policy.abstract_syntax_result(uid, self._general.get(uid, ()))


def _denied(rq: AssociateRq, contexts: Iterable[ContextAc], rights: Rights, rule: str) -> str:
    """Say in a line what the rights of a peer refuse it; nothing when they do not."""
    refused = {each.context_id for each in contexts if each.result == _USER_REJECTION}
    asked = dict.fromkeys(c.abstract_syntax for c in rq.contexts if c.context_id in refused)
    denied = [uid for uid in asked if not rights.permit(uid)]
    if not denied:
        return ""
    needed = dict.fromkeys(right_for(uid) for uid in denied)
    lacking = [right.value for right in needed if right not in rights.services]
    unlisted = sum(right_for(uid) in rights.services for uid in denied)
    why = [f"gives no right to {', '.join(lacking)}"] if lacking else []
    why += [f"does not list {unlisted} of them in its SOP classes"] if unlisted else []
    whose = f"the rule for {rule}" if rule else "the rule that fits"
    what = f"{len(denied)} SOP class{'es' * (len(denied) > 1)}"
    return f"refused {what}: {whose} {' and '.join(why)}"


def _extended(
    rq: AssociateRq, contexts: Iterable[ContextAc], rules: Mapping[str, ExtendedRule]
) -> list[Extended]:
    """Answer the extended negotiation of what is accepted."""
    accepted = {context.context_id for context in contexts if context.result == ACCEPTANCE}
    classes = {each.abstract_syntax for each in rq.contexts if each.context_id in accepted}
    return answers((each for each in rq.user.extended if each.sop_class_uid in classes), rules)
