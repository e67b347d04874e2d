"""Having the custody of instances confirmed: storage commitment (PS3.4 J) on an event loop."""

from __future__ import annotations

import asyncio
from typing import Any, Self

from russet.net import committing
from russet.net.aio.stream import AsyncByteStream
from russet.net.aio.verbs.normalized import AsyncNormalizedVerbs
from russet.net.outcome import Address
from russet.net.terms import Terms
from russet.services.storage_commitment import Commitment

__all__ = ["AsyncCommitmentVerbs"]


class AsyncCommitmentVerbs(AsyncNormalizedVerbs):
    """What can be asked of the Storage Commitment service class."""

    def __init__(self, address: Address) -> None:
        """Be ready to `open`."""
        self._transactions = committing.Transactions()
        self._reports = committing.OwnReports(self._take)
        self._reported: dict[str, asyncio.Future[None]] = {}
        super().__init__(address)

    async def open(self, terms: Terms, stream: AsyncByteStream | None = None) -> Self:
        """Connect, or take a `stream` that is connected, and associate.

        Raises:
            NetworkError: Each of its kinds, with the likely cause and what to try.
        """
        return await super().open(committing.hearing(terms, self._reports), stream)

    async def commit(
        self, what: Any, *, wait: float = 30.0, transaction_uid: str | None = None
    ) -> Commitment:
        """Have the peer confirm that it holds instances, as `russet.connect(...).commit` does.

        Raises:
            UnreadableError: For what is no instance.
            StatusError: When the peer refuses to be asked.
            NetworkError: When the association broke, or the peer does not offer this.
        """
        asked = committing.references(what)
        carrier = await self.another(committing.hears, committing.terms(self.terms))
        if carrier is not self:
            return await carrier.commit(asked, wait=wait, transaction_uid=transaction_uid)
        operation = self._transactions.ask(asked, transaction_uid)
        named = operation.transaction_uid
        reported = self._reported[named] = asyncio.get_running_loop().create_future()
        try:
            await self.request(operation)
            either = asyncio.FIRST_COMPLETED
            await asyncio.wait([self._reader, reported], timeout=wait, return_when=either)
        finally:
            del self._reported[named]
        return self._transactions.outcome(named)

    async def _take(self, commitment: Commitment) -> None:
        self._transactions.take(commitment)
        waiting = self._reported.get(commitment.transaction_uid)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)
