"""Whom and what an acceptor accepts: one policy, and PS3.8 Table 9-21 to refuse with."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from typing import Final

from russet.association.contexts import ACCEPTANCE
from russet.codec import AssociateRj, AssociateRq, Identity, uids

__all__ = [
    "APPLICATION_CONTEXT",
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
VERIFICATION: Final = "1.2.840.10008.1.1"
"""The Verification SOP class (PS3.4 A.4)."""

_USER_REJECTION: Final = 1
_ABSTRACT_SYNTAX_NOT_SUPPORTED: Final = 3
_STANDARD_ROOT: Final = "1.2.840.10008."
_SMALLEST_LENGTH: Final = 8  # bytes of a P-DATA-TF that carry a PDV header and a fragment of two


class Rejection(Enum):
    """The rows of PS3.8 Table 9-21, each with the result that goes with it."""

    #                               result source reason
    NO_REASON = (1, 1, 1, "no reason given")
    APPLICATION_CONTEXT = (1, 1, 2, "application context name not supported")
    CALLING_AE_TITLE = (1, 1, 3, "calling AE title not recognized")
    CALLED_AE_TITLE = (1, 1, 7, "called AE title not recognized")
    PROVIDER_NO_REASON = (1, 2, 1, "no reason given by the provider")
    PROTOCOL_VERSION = (1, 2, 2, "protocol version not supported")
    TEMPORARY_CONGESTION = (2, 3, 1, "temporary congestion")
    LOCAL_LIMIT_EXCEEDED = (2, 3, 2, "local limit exceeded")

    @property
    def rj(self) -> AssociateRj:
        """The A-ASSOCIATE-RJ that says so."""
        result, source, reason, _ = self.value
        return AssociateRj(result, source, reason)


_MEANINGS: Final = {
    (source, reason): text for _, source, reason, text in (row.value for row in Rejection)
}


def meaning(rj: AssociateRj) -> str:
    """Say in words what an A-ASSOCIATE-RJ says in numbers (PS3.8 Table 9-21)."""
    how = {1: "permanently", 2: "for now"}.get(rj.result, f"with result {rj.result}")
    why = _MEANINGS.get((rj.source, rj.reason), f"source {rj.source}, reason {rj.reason}")
    return f"rejected {how}: {why}"


def ae_title(title: bytes | str) -> bytes:
    """Reduce an AE title to what is significant of it: no spaces around it, no NUL after it.

    Titles are compared as bytes; what is no title in the standard's repertoire equals none of ours.
    """
    raw = title.encode("latin-1", "replace") if isinstance(title, str) else title
    return raw.strip(b" \0")


@cache
def _storage_classes() -> frozenset[str]:
    return frozenset(entry.uid for entry in uids() if entry.storage)


@cache
def _standard_classes() -> frozenset[str]:
    return frozenset(entry.uid for entry in uids())


def is_storage(uid: str) -> bool:
    """Say whether instances of a SOP class may come by C-STORE.

    They do for every storage class of PS3.6, retired or not, and for every UID that PS3.6 does
    not have: private classes, and those that were added later.
    """
    return uid in _storage_classes() or uid not in _standard_classes()


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
        scu_classes: SOP classes that we may send on an association that we accepted (C-GET).
        window: Operations that the requestor may have out, and that we may (PS3.7 D.3.3.3).
        authenticate: Takes a user identity (PS3.7 D.3.3.7) and gives the server response, or None
            to refuse; without it every identity is accepted and none is answered.
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
    transfer_syntaxes: tuple[str, ...] | None = None
    scu_classes: Collection[str] = ()
    window: tuple[int, int] = (16, 16)
    authenticate: Callable[[Identity], bytes | None] | None = field(default=None, compare=False)

    def rejection(
        self, rq: AssociateRq, active: int = 0, *, congested: bool = False
    ) -> Rejection | None:
        """Find the row of Table 9-21 to refuse a request with; None when it is welcome.

        Args:
            rq: The request.
            active: Associations that are open already, without this one.
            congested: Whether we cannot serve anybody just now: draining, or out of disk.
        """
        checks = (
            (Rejection.PROTOCOL_VERSION, not rq.version & 1),
            (Rejection.APPLICATION_CONTEXT, rq.application_context != APPLICATION_CONTEXT),
            (Rejection.TEMPORARY_CONGESTION, congested),
            (Rejection.LOCAL_LIMIT_EXCEEDED, active >= self.max_associations),
            (Rejection.CALLED_AE_TITLE, not self._is_called(rq.called)),
            (Rejection.CALLING_AE_TITLE, not self._may_call(rq.calling)),
            (Rejection.PROVIDER_NO_REASON, not is_long_enough(rq.user.max_length)),
        )
        return next((row for row, applies in checks if applies), None)

    def identity_response(self, rq: AssociateRq) -> bytes | Rejection | None:
        """Check the user identity of a request (PS3.7 D.3.3.7).

        Returns:
            The server response when one was asked for, None when there is nothing to answer, or
            the row to refuse with.
        """
        identity = rq.user.identity
        if identity is None or self.authenticate is None:
            return None
        answer = self.authenticate(identity)
        if answer is None:
            return Rejection.PROVIDER_NO_REASON
        return answer if identity.response_requested else None

    def abstract_syntax_result(self, uid: str) -> int:
        """Give the result of PS3.8 9.3.3.2 for an abstract syntax: 0, 1 or 3."""
        if uid in self.refused:
            return _USER_REJECTION
        return ACCEPTANCE if self._accepts(uid) else _ABSTRACT_SYNTAX_NOT_SUPPORTED

    def _accepts(self, uid: str) -> bool:
        if uid == VERIFICATION or uid in self.also:
            return True
        if uid in _storage_classes():
            return self.storage
        if not uid.startswith(_STANDARD_ROOT):
            return self.private
        return self.unknown and uid not in _standard_classes()

    def _is_called(self, title: bytes) -> bool:
        return not self.check_called or ae_title(title) == ae_title(self.ae_title)

    def _may_call(self, title: bytes) -> bool:
        return self.calling is None or ae_title(title) in map(ae_title, self.calling)


def is_long_enough(max_length: int | None) -> bool:
    """Say whether a maximum length (PS3.8 D.1) leaves room for a fragment: 0 is unlimited."""
    return not max_length or max_length >= _SMALLEST_LENGTH
