"""What is committed: the request, and the report of what came of it (PS3.4 J.3.2, J.3.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from russet.association.normalized import (
    Normalized,
    event_report,
)
from russet.data import Dataset, Uid
from russet.errors import StatusError

__all__ = [
    "FAILURE_REASONS",
    "INSTANCE",
    "STORAGE_COMMITMENT",
    "Commit",
    "Commitment",
    "FailureReason",
    "Reference",
    "commit",
    "outcome_report",
]

STORAGE_COMMITMENT: Final = "1.2.840.10008.1.20.1"
"""The Storage Commitment Push Model SOP class (PS3.4 J.3)."""
INSTANCE: Final = "1.2.840.10008.1.20.1.1"
"""Its one instance, which every request and report is about (PS3.4 J.3.5)."""

_ACTION: Final = 0x0130
_REQUEST: Final = 1
_ALL_COMMITTED: Final = 1
_SOME_FAILED: Final = 2

_PROCESSING_FAILURE: Final = 0x0110
_NO_SUCH_INSTANCE: Final = 0x0112
_INVALID_ARGUMENT: Final = 0x0115
_CLASS_INSTANCE_CONFLICT: Final = 0x0119
_DUPLICATE_TRANSACTION: Final = 0x0131


FAILURE_REASONS: Final = {
    _PROCESSING_FAILURE: "processing failure",
    _NO_SUCH_INSTANCE: "no such object instance",
    0x0213: "resource limitation",
    0x0122: "referenced SOP class not supported",
    _CLASS_INSTANCE_CONFLICT: "class / instance conflict",
    _DUPLICATE_TRANSACTION: "duplicate Transaction UID",
}
"""What the values of (0008,1197) Failure Reason mean (PS3.4 J.3.3.1)."""


class FailureReason(int):
    """A Failure Reason (0008,1197) with its meaning; an int everywhere else."""

    @property
    def meaning(self) -> str:
        """The meaning in the words of the standard."""
        return FAILURE_REASONS.get(self, "a reason of its own")

    def __repr__(self) -> str:
        return f"<FailureReason {int(self):04X}H {self.meaning}>"

    def __str__(self) -> str:
        return f"{int(self):04X}H ({self.meaning})"


class Reference(NamedTuple):
    """An instance that somebody is asked about."""

    sop_class_uid: str
    sop_instance_uid: str


class Commit(Normalized):
    """A request for storage commitment (SCU); its one result is an `Outcome`.

    Success means that it was understood. Whether the instances are committed, an event report
    says that names the same transaction.

    Attributes:
        transaction_uid: What the report will name.
    """

    def __init__(self, references: Iterable[tuple[str, str]], transaction_uid: str) -> None:
        """Ask for the commitment of instances, given as SOP class and SOP instance UIDs."""
        once = dict.fromkeys(Reference(*each) for each in references)
        information = Dataset(TransactionUID=transaction_uid, ReferencedSOPSequence=_items(once))
        super().__init__(
            _ACTION, STORAGE_COMMITMENT, INSTANCE, information, action_type_id=_REQUEST
        )
        self.transaction_uid = transaction_uid


def commit(references: Iterable[tuple[str, str]], transaction_uid: str | None = None) -> Commit:
    """Ask the peer to take custody of instances (PS3.4 J.3.2).

    Args:
        references: The SOP class and SOP instance UID of each; one that is named twice is asked
            for once.
        transaction_uid: Names the request in the report; without it a new one is made.
    """
    return Commit(references, transaction_uid or Uid.new())


class Commitment(NamedTuple):
    """What came of a request for storage commitment (PS3.4 J.3.3).

    Attributes:
        transaction_uid: Which request.
        committed: The SOP Instance UIDs that are in the SCP's custody.
        failed: The Failure Reason of each of the others, by SOP Instance UID; those of a peer are
            `FailureReason`, an int that says what it means.
        retrieve_title: From which AE title the instances can be retrieved, where it says so.
        reported: Whether the report has come: without it nothing is committed yet.
    """

    transaction_uid: str
    committed: Sequence[str]
    failed: Mapping[str, int]
    retrieve_title: str | None = None
    reported: bool = True

    @property
    def ok(self) -> bool:
        """Whether every instance is committed."""
        return self.reported and not self.failed

    def covering(self, references: Iterable[Reference]) -> Commitment:
        """Give the same for what was asked about: what no list names has failed, as 0110H."""
        named = {*self.committed, *self.failed}
        uids = (each.sop_instance_uid for each in references)
        reason = FailureReason(_PROCESSING_FAILURE)
        missing = dict.fromkeys((uid for uid in uids if uid not in named), reason)
        return self._replace(failed={**self.failed, **missing})

    @classmethod
    def of(cls, information: Dataset) -> Commitment:
        """Read the Event Information of a report.

        Raises:
            StatusError: When it names no transaction (0115H).
        """
        transaction_uid = information.get("TransactionUID")
        if not transaction_uid:
            raise StatusError("no Transaction UID in the report", _INVALID_ARGUMENT)
        failed = {
            str(item.get("ReferencedSOPInstanceUID")): FailureReason(
                item.get("FailureReason") or _PROCESSING_FAILURE
            )
            for item in information.get("FailedSOPSequence") or ()
        }
        committed = [
            str(item.get("ReferencedSOPInstanceUID"))
            for item in information.get("ReferencedSOPSequence") or ()
        ]
        title = information.get("RetrieveAETitle")
        return cls(str(transaction_uid), committed, failed, str(title) if title else None)


def outcome_report(
    transaction_uid: str,
    references: Iterable[Reference],
    failed: Mapping[str, int],
    retrieve_title: str | None = None,
) -> Normalized:
    """Report what came of a request (N-EVENT-REPORT, PS3.4 J.3.3).

    Args:
        transaction_uid: Of the request.
        references: What it was about.
        failed: The Failure Reason of each SOP Instance UID that is not committed.
        retrieve_title: From which AE title the others can be retrieved.
    """
    references = list(references)
    information = Dataset(TransactionUID=transaction_uid)
    if retrieve_title and any(each.sop_instance_uid not in failed for each in references):
        information.RetrieveAETitle = retrieve_title
    if lost := [each for each in references if each.sop_instance_uid in failed]:
        information.FailedSOPSequence = _items(lost, failed)
    if held := [each for each in references if each.sop_instance_uid not in failed]:
        information.ReferencedSOPSequence = _items(held)
    event = _SOME_FAILED if lost else _ALL_COMMITTED
    return event_report(STORAGE_COMMITMENT, INSTANCE, event, information)


def _items(
    references: Iterable[Reference], reasons: Mapping[str, int] | None = None
) -> list[Dataset]:
    made = []
    for each in references:
        item = Dataset(
            ReferencedSOPClassUID=each.sop_class_uid,
            ReferencedSOPInstanceUID=each.sop_instance_uid,
        )
        if reasons is not None:
            item.FailureReason = reasons[each.sop_instance_uid]
        made.append(item)
    return made
