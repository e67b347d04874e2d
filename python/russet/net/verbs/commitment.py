"""Having the custody of instances confirmed: storage commitment (PS3.4 J) on threads."""

from contextlib import suppress
from typing import Any

from russet.errors import AbortedError
from russet.net import committing
from russet.net.outcome import Address
from russet.net.terms import Terms
from russet.net.verbs.normalized import NormalizedVerbs
from russet.services.storage_commitment import Commitment

__all__ = ["CommitmentVerbs"]


class CommitmentVerbs(NormalizedVerbs):
    """What can be asked of the Storage Commitment service class."""

    def __init__(self, address: Address, terms: Terms) -> None:
        """Connect and associate.

        Raises:
            NetworkError: Each of its kinds, with the likely cause and what to try.
        """
        self._transactions = committing.Transactions()
        self._reports = committing.OwnReports(self._transactions.take)
        super().__init__(address, terms)

    def _open(self, terms: Terms) -> None:
        super()._open(committing.hearing(terms, self._reports))

    def commit(
        self, what: Any, *, wait: float = 30.0, transaction_uid: str | None = None
    ) -> Commitment:
        """Have the peer confirm that it holds instances (PS3.4 J.3.2), and wait for its report.

        Where this association was not made for it, a new one to the same peer takes its place.
        Some peers report on one that they make themselves; `russet.serve` takes these with the
        handler `"commitment_report"`.

        Args:
            what: Files, folders, data sets, or pairs of SOP class and SOP instance UID.
            wait: Seconds to wait for a report on this association; 0 not to wait.
            transaction_uid: Names the request in the report; without it a new one is made.

        Returns:
            What was reported. When no report came, or the association ended first, it is not
            `reported`, nor `ok`: the peer may report elsewhere, by its `transaction_uid`.

        Raises:
            UnreadableError: For what is no instance.
            StatusError: When the peer refuses to be asked.
            NetworkError: When the association broke, or the peer does not offer this.
        """
        asked = committing.references(what)
        carrier = self.another(committing.hears, committing.terms(self.terms))
        if carrier is not self:
            return carrier.commit(asked, wait=wait, transaction_uid=transaction_uid)
        operation = self._transactions.ask(asked, transaction_uid)
        named = operation.transaction_uid
        self.request(operation)
        with suppress(AbortedError):
            self.listen(wait, until=lambda: named in self._transactions)
        return self._transactions.outcome(named)
