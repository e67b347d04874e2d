"""PS3.8 Table 9-21: the rows that an association is refused with, and what they mean."""

from enum import Enum
from typing import Final

from russet.codec import AssociateRj

__all__ = ["Rejection", "meaning"]


class Rejection(Enum):
    """The rows of PS3.8 Table 9-21, each with the result that goes with it.

    An address that may not connect has no row of its own: the peer hears no reason, our log does.
    """

    #                               result source reason
    NO_REASON = (1, 1, 1, "no reason given")
    ADDRESS = (1, 1, 1, "the address is in none of [local] networks, of those that may connect")
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

    @property
    def meaning(self) -> str:
        """The same in words, for our own log."""
        result, _, _, why = self.value
        return f"rejected {_RESULTS[result]}: {why}"


_RESULTS: Final = {1: "permanently", 2: "for now"}
# Of two members with one row the first says what a peer can have meant.
_MEANINGS: Final = {
    (source, reason): text for _, source, reason, text in (row.value for row in reversed(Rejection))
}


def meaning(rj: AssociateRj) -> str:
    """Say in words what an A-ASSOCIATE-RJ says in numbers (PS3.8 Table 9-21)."""
    how = _RESULTS.get(rj.result, f"with result {rj.result}")
    why = _MEANINGS.get((rj.source, rj.reason), f"source {rj.source}, reason {rj.reason}")
    return f"rejected {how}: {why}"
