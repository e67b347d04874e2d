"""Whom and what an acceptor accepts: one policy with one table of peers (PS3.8 7.1.1)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from russet.association.caller import LOOPBACK, Caller, Network, ae_title, same_title
from russet.association.contexts import ACCEPTANCE
from russet.association.extended import ExtendedRule
from russet.association.identity import Verifier
from russet.association.preference import TransferSyntaxes
from russet.association.rejection import Rejection, meaning
from russet.association.rights import (
    EVERYTHING,
    NOTHING,
    OPEN_TO_STRANGERS,
    VERIFICATION,
    Rights,
    is_standard,
    is_storage,
    right_for,
)
from russet.association.row import Row
from russet.codec import AssociateRq

__all__ = [
    "APPLICATION_CONTEXT",
    "DEFAULT_ROWS",
    "VERIFICATION",
    "Policy",
    "Rejection",
    "ae_title",
    "is_long_enough",
    "is_storage",
    "meaning",
]

APPLICATION_CONTEXT: Final = "1.2.840.10008.3.1.1.1"
"""The DICOM application context name (PS3.7 A.2.1), the only one there is."""

DEFAULT_ROWS: Final = (
    Row("this machine", networks=LOOPBACK, rights=EVERYTHING),
    Row("strangers", rights=OPEN_TO_STRANGERS),
)
"""Everybody may echo and store; queries, retrieval and the rest are for this machine."""

_USER_REJECTION: Final = 1
_ABSTRACT_SYNTAX_NOT_SUPPORTED: Final = 3
_STANDARD_ROOT: Final = "1.2.840.10008."
_SMALLEST_LENGTH: Final = 8  # bytes of a P-DATA-TF that carry a PDV header and a fragment of two


@dataclass(frozen=True, slots=True)
class Policy:
    """Whom and what an acceptor accepts.

    Attributes:
        ae_title: Our own title.
        check_called: Refuse those who call us by another title, as PS3.8 9.3.2 wants.
        calling: The only titles that may call; None for any.
        max_associations: How many associations may be open at once.
        storage: Accept every storage SOP class of PS3.6, the retired ones too.
        private: Accept SOP classes outside the root of the standard.
        unknown: Accept SOP classes in the root of the standard that PS3.6 did not have yet.
        also: Further SOP classes to accept, such as those of query services.
        refused: SOP classes that are refused although they are known.
        transfer_syntaxes: Those to accept, best first; None for all.
        scu_classes: SOP classes that we may be the SCU of on an association that we accepted: the
            peer, where it has a right to the service, may report events to us. Those of storage
            need not be here where C-GET is accepted.
        window: Operations that the requestor may have out, and that we may (PS3.7 D.3.3.3); 0 for
            any number.
        verifier: Verifies user identities (PS3.7 D.3.3.7); without it every identity is accepted,
            none is answered, and none counts for a row.
        titles: Further titles of our own.
        networks: The only addresses that may connect; None for any.
        rows: Who may what; the first row that fits counts, and who fits none is refused.
        extended: What we support of extended negotiation, by SOP class (PS3.7 D.3.3.5).
        related: Accept SOP classes that are otherwise refused as unknown or private when the
            requestor names a general class that is accepted (PS3.7 D.3.3.6).
    """

    ae_title: str = "RUSSET"
    check_called: bool = True
    calling: Collection[str] | None = None
    max_associations: int = 256
    storage: bool = True
    private: bool = True
    unknown: bool = True
    also: Collection[str] = ()
    refused: Collection[str] = ()
    transfer_syntaxes: tuple[str, ...] | TransferSyntaxes | None = None
    scu_classes: Collection[str] = ()
    window: tuple[int, int] = (16, 16)
    verifier: Verifier | None = field(default=None, compare=False)
    titles: Collection[str] = ()
    networks: Sequence[Network] | None = None
    rows: Sequence[Row] = DEFAULT_ROWS
    extended: Mapping[str, ExtendedRule] = field(default_factory=dict)
    related: bool = False

    @property
    def widest_window(self) -> int:
        """How many operations the requestor of one association may have out, and have performed."""
        windows = (row.rights.window for row in self.rows if row.rights.window)
        return max(1, self.window[0], *(window[0] for window in windows))

    def rejection(
        self,
        rq: AssociateRq,
        active: int = 0,
        *,
        congested: bool = False,
        caller: Caller | None = None,
    ) -> Rejection | None:
        """Find the row of Table 9-21 to refuse a request with; None when it is welcome so far.

        A row of the policy that asks for a user is left for when the identity is verified.

        Args:
            rq: The request.
            active: Associations that are open already, without this one.
            congested: Whether we cannot serve anybody just now: draining, or out of disk.
            caller: What the transport knows of the peer.
        """
        caller = caller or Caller()
        checks = (
            (Rejection.PROTOCOL_VERSION, not rq.version & 1),
            (Rejection.APPLICATION_CONTEXT, rq.application_context != APPLICATION_CONTEXT),
            (Rejection.TEMPORARY_CONGESTION, congested),
            (Rejection.LOCAL_LIMIT_EXCEEDED, active >= self.max_associations),
            (Rejection.ADDRESS, self.networks is not None and not caller.is_in(self.networks)),
            (Rejection.CALLED_AE_TITLE, not self._is_called(rq.called)),
            (Rejection.CALLING_AE_TITLE, not self._may_call(rq.calling)),
            (Rejection.PROVIDER_NO_REASON, not is_long_enough(rq.user.max_length)),
        )
        if found := next((row for row, applies in checks if applies), None):
            return found
        unverified = self.verifier is not None and rq.user.identity is not None
        return self._outcome(rq, caller, pending=unverified and caller.user is None)

    def verified_rejection(self, rq: AssociateRq, caller: Caller) -> Rejection | None:
        """Find the row to refuse with once the identity is verified, or there is none to verify."""
        return self._outcome(rq, caller, pending=False)

    def _outcome(self, rq: AssociateRq, caller: Caller, *, pending: bool) -> Rejection | None:
        row = self._row(rq, caller, pending=pending)
        if row is None:
            return Rejection.CALLING_AE_TITLE
        if pending and row.users is not None:
            return None
        limit = row.rights.associations
        if row.rejection is None and limit is not None and caller.active >= limit:
            return Rejection.LOCAL_LIMIT_EXCEEDED
        return row.rejection

    def _row(self, rq: AssociateRq, caller: Caller, *, pending: bool) -> Row | None:
        """Find the first row that fits, or may fit while the user is not verified."""
        fits = Row.may_fit if pending else Row.fits
        return next((row for row in self.rows if fits(row, rq.called, rq.calling, caller)), None)

    def rights(self, rq: AssociateRq, caller: Caller | None = None) -> Rights:
        """Find what a caller may ask for: nothing when no row fits, or one that refuses.

        Args:
            rq: The request.
            caller: What the transport knows of the peer, and its user once that is verified.
        """
        row = self._row(rq, caller or Caller(), pending=False)
        return NOTHING if row is None or row.rejection is not None else row.rights

    def rule(self, rq: AssociateRq, caller: Caller | None = None) -> str:
        """Name the row that counts for a caller; empty when none does, or it has no name.

        Args:
            rq: The request.
            caller: What the transport knows of the peer, and its user once that is verified.
        """
        row = self._row(rq, caller or Caller(), pending=False)
        return "" if row is None else row.name

    def abstract_syntax_result(self, uid: str, general: Collection[str] = ()) -> int:
        """Give the result of PS3.8 9.3.3.2 for an abstract syntax: 0, 1 or 3.

        Args:
            uid: The abstract syntax.
            general: The related general classes that the requestor names.
        """
        if uid in self.refused:
            return _USER_REJECTION
        if self._accepts(uid) or self._accepts_as(uid, general):
            return ACCEPTANCE
        return _ABSTRACT_SYNTAX_NOT_SUPPORTED

    def _accepts(self, uid: str) -> bool:
        if uid == VERIFICATION or uid in self.also:
            return True
        if is_storage(uid, standard=True):
            return self.storage
        if not uid.startswith(_STANDARD_ROOT):
            return self.private
        return self.unknown and not is_standard(uid)

    def _accepts_as(self, uid: str, general: Collection[str]) -> bool:
        if not self.related or is_standard(uid):
            return False
        return any(self._accepts(each) and each not in self.refused for each in general)

    def choices(self, uid: str, offered: Sequence[str], rights: Rights = EVERYTHING) -> list[str]:
        """Give the transfer syntaxes of an offer that are acceptable, best first.

        Args:
            uid: The abstract syntax.
            offered: Transfer syntaxes as proposed.
            rights: Those of the peer, whose transfer syntaxes go before ours.
        """
        rules = rights.transfer_syntaxes or self.transfer_syntaxes
        if not isinstance(rules, TransferSyntaxes):
            rules = TransferSyntaxes(rules)
        return rules.choices(uid, right_for(uid).value, offered)

    def _is_called(self, title: bytes) -> bool:
        return not self.check_called or same_title(title, (self.ae_title, *self.titles))

    def _may_call(self, title: bytes) -> bool:
        return self.calling is None or same_title(title, self.calling)


def is_long_enough(max_length: int | None) -> bool:
    """Say whether a maximum length (PS3.8 D.1) leaves room for a fragment: 0 is unlimited."""
    return not max_length or max_length >= _SMALLEST_LENGTH
