"""Storage commitment as a client asks for it: which instances, and the reports it waits for."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from russet.dimse.commands import is_uid
from russet.errors import StatusError, UnreadableError
from russet.net.sending import instances
from russet.net.terms import NATIVE, Terms
from russet.services.storage_commitment import (
    STORAGE_COMMITMENT,
    Commit,
    Commitment,
    CommitmentReports,
    Reference,
    commit,
)
from russet.storage.source import InstanceSource, Unsendable, examine, find

__all__ = ["OwnReports", "Transactions", "hearing", "hears", "references", "terms"]

_INVALID_ARGUMENT: Final = 0x0115


def references(what: Any) -> Sequence[Reference]:
    """Name the instances that files, folders, data sets or pairs of UIDs stand for, each once.

    Args:
        what: One of them, or an iterable: SOP class and SOP instance UID as a pair; a path, in
            whose folders what is not DICOM is passed over; a `Dataset`, or the bytes of a file.

    Raises:
        UnreadableError: For what is no instance.
        ValueError: When there is none at all.
    """
    many = None if _is_pair(what) else instances(what)
    named = (each for one in ([what] if many is None else many) for each in _references(one))
    if not (found := tuple(dict.fromkeys(named))):
        raise ValueError("no instances to have committed")
    return found


def _is_pair(what: Any) -> bool:
    is_two = isinstance(what, (tuple, list)) and len(what) == 2
    return is_two and all(isinstance(each, str) and is_uid(each) for each in what)


def _references(what: Any) -> Iterator[Reference]:
    if _is_pair(what):
        yield Reference(*map(str, what))
        return
    is_path = isinstance(what, (str, Path))
    for found in find([Path(what)]) if is_path else [_examined(what)]:
        if isinstance(found, InstanceSource):
            yield Reference(found.sop_class_uid, found.sop_instance_uid)
        elif found.named:
            raise UnreadableError(f"{found.path}: {found.reason}" if is_path else found.reason)


def _examined(what: Any) -> InstanceSource | Unsendable:
    return what if isinstance(what, InstanceSource) else examine(what)


class OwnReports(CommitmentReports):
    """Those on what `commit` of a client asked for, told from services that somebody gave it."""


def hears(terms: Terms) -> bool:
    """Say whether an association of these terms takes reports for `commit`."""
    return any(isinstance(each, OwnReports) for each in terms.services)


def hearing(terms: Terms, reports: OwnReports) -> Terms:
    """Have `reports` take reports where commitment may be asked for, and nobody else takes them."""
    asks = any(terms.offers(STORAGE_COMMITMENT, each) for each in NATIVE)
    others = [each for each in terms.services if not isinstance(each, OwnReports)]
    if not asks or any(isinstance(each, CommitmentReports) for each in others):
        return terms._replace(services=others)
    return terms._replace(services=[*others, reports])


def terms(before: Terms) -> Terms:
    """Give the terms of an association for `commit`, whose own service then takes the reports."""
    others = [each for each in before.services if not isinstance(each, CommitmentReports)]
    return before.carrying(STORAGE_COMMITMENT)._replace(services=others)


class Transactions:
    """The requests for storage commitment of one client, and what was reported on them."""

    def __init__(self) -> None:
        self._asked: dict[str, Sequence[Reference]] = {}
        self._reported: dict[str, Commitment] = {}

    def __contains__(self, transaction_uid: str) -> bool:
        """Say whether a report on a transaction has come."""
        return transaction_uid in self._reported

    def ask(self, what: Any, transaction_uid: str | None = None) -> Commit:
        """Make a request about what `references` takes.

        Raises:
            UnreadableError: For what is no instance.
            ValueError: When there is none at all.
        """
        asked = references(what)
        operation = commit(asked, transaction_uid)
        self._asked[operation.transaction_uid] = asked
        return operation

    def take(self, commitment: Commitment) -> None:
        """Take a report; anybody may send one, so only what was asked for counts.

        Raises:
            StatusError: When there was no such request.
        """
        asked = self._asked.get(commitment.transaction_uid)
        if asked is None:
            raise StatusError("there was no request of this Transaction UID", _INVALID_ARGUMENT)
        self._reported[commitment.transaction_uid] = commitment.covering(asked)

    def outcome(self, transaction_uid: str) -> Commitment:
        """Give what was reported, else that nothing was."""
        nothing = Commitment(transaction_uid, (), {}, reported=False)
        return self._reported.get(transaction_uid, nothing)
