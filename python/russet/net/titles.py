"""Which AE title a peer does not like, found by trying others (PS3.8 Table 9-21)."""

from dataclasses import dataclass, field, replace
from typing import Final

from russet.errors import NetworkError, RejectedError
from russet.net.client import ClientAssociation
from russet.net.outcome import Address
from russet.net.survey import ONE

__all__ = ["CALLED_UNKNOWN", "CALLING_UNKNOWN", "Tried", "try_titles"]

CALLED_UNKNOWN: Final = (1, 7)
CALLING_UNKNOWN: Final = (1, 3)

_NOBODY: Final = "NOBODYHASTHISONE"
_USUAL: Final = (
    "ANY-SCP",
    "ORTHANC",
    "DCM4CHEE",
    "PACS",
    "STORESCP",
    "DCMQRSCP",
    "CONQUESTSRV1",
    "ARCHIVE",
    "DICOM",
    "RUSSET",
)


@dataclass
class Tried:
    """What came of other titles.

    Attributes:
        answers: For each called title what the peer said, in a word.
        accepted: The first that it accepted; empty for none.
        called_is_right: Whether it knows the title that was called first.
    """

    answers: dict[str, str] = field(default_factory=dict)
    accepted: str = ""
    called_is_right: bool = False


def try_titles(address: Address, row: tuple[int, int]) -> Tried:
    """Call a peer that rejected us by other titles, one association each, and see.

    Args:
        address: Whom we called in vain.
        row: The source and reason of its rejection.
    """
    tried = Tried()
    if row == CALLING_UNKNOWN:
        return tried  # Called titles are not the matter, and ours is nothing to guess.
    if row != CALLED_UNKNOWN and _call(address, _NOBODY, tried) == CALLED_UNKNOWN:
        # A title that nobody has is rejected in another way, so ours was known.
        tried.called_is_right = True
        return tried
    host = address.host.partition(".")[0].upper()[:16]
    names = [host] if host.isascii() and host.isalnum() and not host.isdigit() else []
    for title in dict.fromkeys([*_USUAL, *names]):
        if title != address.called and _call(address, title, tried) is None:
            tried.accepted = title
            break
    return tried


def _call(address: Address, title: str, tried: Tried) -> tuple[int, int] | None:
    """Associate by a title; None when that is accepted, else the source and reason."""
    try:
        with ClientAssociation(replace(address, called=title), ONE):
            tried.answers[title] = "accepted"
            return None
    except RejectedError as error:
        tried.answers[title] = "rejected"
        return error.source, error.reason
    except NetworkError:
        tried.answers[title] = "failed"
        return 0, 0
