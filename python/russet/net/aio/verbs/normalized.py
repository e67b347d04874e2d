"""Requests of the DIMSE-N services, of any SOP class (PS3.7 10.1), on an event loop."""

from __future__ import annotations

from russet.association.events import Operation
from russet.association.normalized import Outcome
from russet.net import asking
from russet.net.aio.carrier import AsyncCarrier

__all__ = ["AsyncNormalizedVerbs"]


class AsyncNormalizedVerbs(AsyncCarrier):
    """What can be asked of SOP classes of one's own."""

    async def request(self, operation: Operation[Outcome]) -> Outcome:
        """Perform a DIMSE-N request, as `russet.connect(...).request` does.

        Raises:
            StatusError: When the peer says that it failed; `perform` gives that as an `Outcome`.
            NetworkError: When the association broke, or the peer does not offer this.
        """
        carrier = await self.carrier(operation.abstract_syntax)
        (outcome,) = await carrier.wait(await carrier.start(operation))
        return asking.accomplished(outcome, self.address)
