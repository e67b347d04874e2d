"""Telling what a modality does: performed procedure steps (PS3.4 F) on an event loop."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from russet.association.normalized import Outcome
from russet.data import Dataset
from russet.net import steps
from russet.net.aio.verbs.normalized import AsyncNormalizedVerbs
from russet.services.procedure_step import Code

__all__ = ["AsyncStep", "AsyncStepVerbs"]


class AsyncStepVerbs(AsyncNormalizedVerbs):
    """What can be asked of the Modality Performed Procedure Step service class."""

    async def begin_step(
        self,
        worklist_item: Dataset | Mapping[str, Any],
        started: datetime | None = None,
        **attributes: Any,
    ) -> AsyncStep:
        """Say that a procedure step has begun, as `russet.connect(...).begin_step` does.

        Raises:
            ValueError: Neither item nor attributes have what a step cannot be without.
            StatusError: When the peer says that it failed.
            NetworkError: When the association broke, or the peer does not offer this.
        """
        uid, operation = steps.begin(worklist_item, started, self.address.calling, attributes)
        await self.request(operation)
        return self.step(uid)

    def step(self, sop_instance_uid: str) -> AsyncStep:
        """Go on with a step that was begun before, by its SOP Instance UID."""
        return AsyncStep(self, sop_instance_uid)


class AsyncStep:
    """A performed procedure step that we tell the peer of; as `Step` of the threads, awaited.

    Attributes:
        sop_instance_uid: Its identity.
    """

    def __init__(self, association: AsyncNormalizedVerbs, sop_instance_uid: str) -> None:
        self.sop_instance_uid = sop_instance_uid
        self._association = association
        self._requests = steps.StepRequests(sop_instance_uid)

    async def change(self, **attributes: Any) -> Outcome:
        """Change attributes, by keyword (N-SET, PS3.4 F.7.2.2)."""
        return await self._association.request(self._requests.change(attributes))

    async def complete(
        self, series: Any, ended: datetime | None = None, **attributes: Any
    ) -> Outcome:
        """Say that it was performed, and with it everything about it."""
        return await self._association.request(self._requests.complete(series, ended, attributes))

    async def discontinue(
        self,
        reason: Code | None = None,
        series: Any = (),
        ended: datetime | None = None,
        **attributes: Any,
    ) -> Outcome:
        """Say that it was given up."""
        operation = self._requests.discontinue(reason, series, ended, attributes)
        return await self._association.request(operation)
