"""How an association comes about, in either role (PS3.8 7.1, PS3.7 D.3): no I/O."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from russet import ul
from russet.association.acceptance import grant
from russet.association.agreement import Agreement
from russet.association.caller import Caller
from russet.association.events import Aborted, Claimed, Established, Peer, Rejected
from russet.association.identity import Verification, Verified
from russet.association.negotiation import Proposal, missing, request
from russet.association.policy import Policy, Rejection, ae_title, is_long_enough, meaning
from russet.codec import AssociateAc, AssociateRj, AssociateRq
from russet.errors import ProtocolError

if TYPE_CHECKING:
    from russet.codec import UserInformation

__all__ = ["Admission", "Establishment", "rejected"]

_ASSUMED_LENGTH: Final = 16384
"""The maximum length of a peer that does not give one, against PS3.8 D.1."""

Admission = Callable[[AssociateRq], Rejection | Caller | None]
"""Takes a request and gives the row of PS3.8 Table 9-21 to refuse it with; else None, or what is
known of the caller by now."""


class Establishment:
    """A request for an association and the answer to it, and what both sides make of the two.

    Attributes:
        peer: Who is at the other end; what it calls itself, once that is known.
        agreement: What both sides agreed on.
    """

    def __init__(self, connection: ul.Connection, max_length: int) -> None:
        """Begin without a peer; `expect` and `propose` say who speaks first."""
        self.peer: Peer | None = None
        self.agreement = Agreement()
        self._caller = Caller()
        self._connection = connection
        self._max_length = max_length
        self._current: Callable[[], Policy] = Policy
        self._policy = Policy()
        self._admit: Admission | None = None
        self._rq: AssociateRq | None = None
        self._proposal: Proposal | None = None
        self._verification: Verification | None = None

    # --- the acceptor ---

    def expect(
        self, policy: Callable[[], Policy], admit: Admission | None, caller: Caller | None
    ) -> None:
        """Be the side that is asked; `Association.acceptor` says what the arguments mean."""
        self._current = policy
        self._admit = admit
        self._caller = caller or Caller()

    def requested(
        self, event: ul.AssociateIndication, now: float
    ) -> Established | Rejected | Aborted | Claimed:
        """Answer a request, at once unless there is an identity to verify first."""
        self._rq = rq = event.rq
        self.peer = Peer(_text(rq.called), _text(rq.calling), rq.user.max_length or 0)
        self._policy = self._current()
        admit = self._admit or self._by_policy
        admitted = admit(rq)
        if isinstance(admitted, Rejection):
            return self._reject(admitted, now)
        self._caller = admitted or self._caller
        self._verification = Verification.of(rq, self._policy.verifier, self._caller)
        if self._verification is not None:
            return Claimed(self._verification)
        return self._answer(rq, None, now)

    def verified(self, now: float) -> Established | Rejected | Aborted:
        """Answer the request whose `Claimed` was performed."""
        assert self._rq is not None
        assert self._verification is not None
        outcome = self._verification.outcome
        if isinstance(outcome, Rejection):
            return self._reject(outcome, now)
        return self._answer(self._rq, outcome, now)

    def _answer(
        self, rq: AssociateRq, user: Verified | None, now: float
    ) -> Established | Rejected | Aborted:
        try:
            accepted = grant(rq, self._policy, self._max_length, self._caller, user)
        except ProtocolError as error:
            self._connection.abort(now, error.source, error.reason)
            return Aborted(error.source, error.reason, str(error))
        if isinstance(accepted, Rejection):
            return self._reject(accepted, now)
        self._connection.accept(accepted.ac, now)
        self.agreement = Agreement.between(rq, accepted.ac, requestor=False)
        self.agreement.denied = accepted.denied
        return self._establish(rq, rq.user, accepted.user)

    def _reject(self, rejection: Rejection, now: float) -> Rejected:
        self._connection.reject(rejection.rj, now)
        rj = rejection.rj
        return Rejected(rj.result, rj.source, rj.reason, rejection.meaning)

    def _by_policy(self, rq: AssociateRq) -> Rejection | None:
        return self._policy.rejection(rq, caller=self._caller)

    # --- the requestor ---

    def propose(self, proposal: Proposal, now: float) -> None:
        """Be the side that asks; the request leaves once the transport is connected.

        Raises:
            ValueError: If a title of the proposal is no AE title.
        """
        self._rq = request(proposal, self._max_length)
        self._proposal = proposal
        self._connection.associate(self._rq, now)

    def confirmed(self, event: ul.AssociateConfirmed, now: float) -> Established | Aborted:
        """Take the acceptance of our request, unless it lacks what we insist on."""
        ac = event.ac
        assert self._rq is not None
        assert self._proposal is not None
        if lacks := _short(ac) or missing(self._proposal, ac):
            self._connection.abort(now)
            return Aborted(0, 0, lacks)
        self.agreement = Agreement.between(self._rq, ac, requestor=True)
        return self._establish(self._rq, ac.user)

    # --- both ---

    def _establish(
        self, rq: AssociateRq, theirs: UserInformation, user: str | None = None
    ) -> Established:
        """Say who is at the other end, by what it said of itself."""
        self.peer = Peer(
            _text(rq.called),
            _text(rq.calling),
            _ASSUMED_LENGTH if theirs.max_length is None else theirs.max_length,
            theirs.implementation_class_uid,
            theirs.implementation_version,
            self._caller.address,
            user,
            self.agreement,
        )
        return Established(self.peer)


def rejected(rj: AssociateRj) -> Rejected:
    """Tell of an A-ASSOCIATE-RJ (PS3.8 9.3.4), whoever sent it."""
    return Rejected(rj.result, rj.source, rj.reason, meaning(rj))


def _short(ac: AssociateAc) -> str | None:
    """Say that an acceptance leaves no room for data; None when it does (PS3.8 D.1)."""
    length = ac.user.max_length
    if is_long_enough(length):
        return None
    return f"the peer takes no more than {length} B per P-DATA-TF: no room for any data"


def _text(title: bytes) -> str:
    return ae_title(title).decode("latin-1")
