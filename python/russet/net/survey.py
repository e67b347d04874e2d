"""The presentation contexts that a peer is surveyed with, and what its answer says (PS3.8 9.3.2).

Every pair of SOP class and transfer syntax is asked for alone, so that the answer tells of each;
all of them fit into one association.
"""

from collections.abc import Iterable
from typing import Final

from russet.association.agreement import Agreement
from russet.association.contexts import propose
from russet.net.terms import NATIVE, Terms
from russet.services.verification import VERIFICATION

__all__ = ["FIND", "ONE", "SURVEY", "accepted", "names", "table"]

_ROOT: Final = "1.2.840.10008."
# What people call it, and its UID without the root.
_SERVICES: Final = """
verification        1.1
study find          5.1.4.1.2.2.1
study move          5.1.4.1.2.2.2
study get           5.1.4.1.2.2.3
patient find        5.1.4.1.2.1.1
patient move        5.1.4.1.2.1.2
patient get         5.1.4.1.2.1.3
worklist            5.1.4.31
MPPS                3.1.2.3.3
storage commitment  1.20.1
"""
_STORAGE: Final = """
CT                  5.1.4.1.1.2
enhanced CT         5.1.4.1.1.2.1
MR                  5.1.4.1.1.4
enhanced MR         5.1.4.1.1.4.1
CR                  5.1.4.1.1.1
DX                  5.1.4.1.1.1.1
mammography         5.1.4.1.1.1.2
ultrasound          5.1.4.1.1.6.1
ultrasound cine     5.1.4.1.1.3.1
secondary capture   5.1.4.1.1.7
angiography         5.1.4.1.1.12.1
nuclear medicine    5.1.4.1.1.20
PET                 5.1.4.1.1.128
structured report   5.1.4.1.1.88.22
PDF                 5.1.4.1.1.104.1
segmentation        5.1.4.1.1.66.4
"""
_SYNTAXES: Final = {
    "1.2.840.10008.1.2": "implicit",
    "1.2.840.10008.1.2.1": "explicit",
    "1.2.840.10008.1.2.4.70": "JPEG lossless",
    "1.2.840.10008.1.2.4.90": "JPEG 2000 lossless",
    "1.2.840.10008.1.2.4.80": "JPEG-LS",
    "1.2.840.10008.1.2.4.50": "JPEG baseline",
}


def _named(text: str) -> dict[str, str]:
    rows = (line.rsplit(maxsplit=1) for line in text.splitlines() if line)
    return {_ROOT + uid: name for name, uid in rows}


FIND: Final = _ROOT + "5.1.4.1.2.2.1"
"""The SOP class of queries by study (PS3.4 C.6.2.1)."""

_SERVICE_NAMES: Final = _named(_SERVICES)
_STORAGE_NAMES: Final = _named(_STORAGE)
_PAIRS: Final = [(uid, [syntax]) for uid in _SERVICE_NAMES for syntax in NATIVE] + [
    (uid, [syntax]) for uid in _STORAGE_NAMES for syntax in _SYNTAXES
]

SURVEY: Final = Terms(propose(_PAIRS))
"""What asks for everything that is usual, in one association."""
ONE: Final = Terms(propose([(VERIFICATION, NATIVE)]))
"""What asks for next to nothing: Verification alone."""


def accepted(agreement: Agreement, terms: Terms) -> dict[str, list[str]]:
    """Give the transfer syntaxes that were accepted for each SOP class of `terms`, by UID."""
    found: dict[str, list[str]] = {each.abstract_syntax: [] for each in terms.contexts}
    for context in agreement.accepted.values():
        found[context.abstract_syntax].append(context.transfer_syntax)
    return found


def names(uids: Iterable[str]) -> str:
    """Call SOP classes of the survey what people call them."""
    return ", ".join((_SERVICE_NAMES | _STORAGE_NAMES)[uid] for uid in uids)


def table(answer: dict[str, list[str]]) -> tuple[str, ...]:
    """Say in a line each which SOP classes are taken in the same transfer syntaxes."""
    groups: dict[str, list[str]] = {}
    for uid, syntaxes in answer.items():
        how = ", ".join(name for each, name in _SYNTAXES.items() if each in syntaxes)
        groups.setdefault(how or "not accepted", []).append(names([uid]))
    refused = groups.pop("not accepted", None)
    lines = [f"{how}: {', '.join(group)}" for how, group in groups.items()]
    return (*lines, f"not accepted: {', '.join(refused)}") if refused else tuple(lines)
