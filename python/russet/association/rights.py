"""What a peer may ask for: the services of PS3.4 as rights, and the bounds that go with them."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Final

from russet.association.preference import TransferSyntaxes
from russet.codec import uid_entry, uids

__all__ = [
    "EVERYTHING",
    "NOTHING",
    "OPEN_TO_STRANGERS",
    "VERIFICATION",
    "Right",
    "Rights",
    "is_standard",
    "is_storage",
    "right_for",
]

VERIFICATION: Final = "1.2.840.10008.1.1"
"""The Verification SOP class (PS3.4 A.4)."""


class Right(Enum):
    """The services that rights are about, by the words that configuration has for them."""

    ECHO = "echo"
    STORE = "store"
    FIND = "find"
    MOVE = "move"
    GET = "get"
    WORKLIST = "worklist"
    MPPS = "mpps"
    COMMIT = "commit"
    AVAILABILITY = "availability"
    UPS = "ups"
    PRINT = "print"
    OTHER = "other"


_BY_CATEGORY: Final = {
    "Verification": Right.ECHO,
    "Basic Worklist Management": Right.WORKLIST,
    "Procedure Step": Right.MPPS,
    "Storage Commitment": Right.COMMIT,
    "Instance Availability Notification": Right.AVAILABILITY,
    "Unified Procedure Step": Right.UPS,
    "Unified Procedure Step (trial)": Right.UPS,
    "Print Management": Right.PRINT,
}
_BY_ENDING: Final = {
    "Find": Right.FIND,
    "Query": Right.FIND,
    "Move": Right.MOVE,
    "Get": Right.GET,
}


@cache
def _storage_classes() -> frozenset[str]:
    return frozenset(entry.uid for entry in uids() if entry.storage)


@cache
def _standard_uids() -> frozenset[str]:
    return frozenset(entry.uid for entry in uids())


def is_standard(uid: str) -> bool:
    """Say whether PS3.6 has a UID."""
    return uid in _standard_uids()


def is_storage(uid: str, *, standard: bool = False) -> bool:
    """Say whether instances of a SOP class may come by C-STORE.

    They do for every storage class of PS3.6, retired or not, and for every UID that PS3.6 does
    not have: private classes, and those that were added later.

    Args:
        uid: The SOP class.
        standard: Count only those that PS3.6 has.
    """
    return uid in _storage_classes() or not (standard or is_standard(uid))


def right_for(uid: str) -> Right:
    """Find the right that a SOP class needs; OTHER for services without one of their own."""
    if is_storage(uid):
        return Right.STORE
    entry = uid_entry(uid)
    assert entry is not None, "what PS3.6 does not have is storage"
    if found := _BY_CATEGORY.get(entry.category):
        return found
    ending = (right for word, right in _BY_ENDING.items() if entry.keyword.endswith(word))
    return next(ending, Right.OTHER)


@dataclass(frozen=True, slots=True)
class Rights:
    """What a peer may ask for, and how much of it.

    Attributes:
        services: The services it may use.
        sop_classes: The only SOP classes that it may use of those; None for all.
        transfer_syntaxes: Stand in for those of the policy.
        associations: How many associations one address may have open; None for any number.
        window: Stands in for that of the policy (PS3.7 D.3.3.3).
    """

    services: Collection[Right] = frozenset(Right)
    sop_classes: Collection[str] | None = None
    transfer_syntaxes: TransferSyntaxes | None = None
    associations: int | None = None
    window: tuple[int, int] | None = None

    def permit(self, uid: str) -> bool:
        """Say whether a SOP class may be used."""
        listed = self.sop_classes is None or uid in self.sop_classes
        return listed and right_for(uid) in self.services


EVERYTHING: Final = Rights()
NOTHING: Final = Rights(frozenset())
OPEN_TO_STRANGERS: Final = Rights(frozenset({Right.ECHO, Right.STORE}))
"""What everybody may: without it there is no receiver. Queries need a peer that is known."""
