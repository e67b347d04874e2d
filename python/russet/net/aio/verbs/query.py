"""Asking what there is, and having it sent: C-FIND, C-MOVE and C-GET on an event loop."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Mapping
from os import PathLike
from typing import Any

from russet.data import Dataset
from russet.net import asking
from russet.net.aio.requestor import AsyncRequestor
from russet.services.retrieve import Progress
from russet.services.storage import StoreFunction

__all__ = ["AsyncQueryVerbs"]


class AsyncQueryVerbs(AsyncRequestor):
    """What can be asked of Query/Retrieve (PS3.4 C) and of worklists (PS3.4 K)."""

    async def find(
        self,
        query: Dataset | Mapping[str, Any] | None = None,
        *,
        model: str = "study",
        level: str | None = None,
        **keys: Any,
    ) -> AsyncGenerator[Dataset, None]:
        """C-FIND (PS3.4 C.4.1, K), with the arguments of `russet.connect(...).find`.

        Raises:
            StatusError: When the peer fails to answer.
            NetworkError: When the association broke, or the peer does not offer this.
        """
        operation = asking.find(query, model, level, keys)
        carrier = await self.carrier(operation.abstract_syntax)
        async with contextlib.aclosing(carrier.perform(operation)) as responses:
            async for found in responses:
                match = asking.matched(found, self.address)
                if match is not None:
                    yield match

    async def move(
        self,
        destination: str,
        query: Dataset | Mapping[str, Any] | None = None,
        *,
        model: str = "study",
        level: str | None = None,
        **keys: Any,
    ) -> AsyncGenerator[Progress, None]:
        """C-MOVE (PS3.4 C.4.2), with the arguments of `russet.connect(...).move`.

        Raises:
            NetworkError: When the association broke, or the peer does not offer this.
        """
        operation = asking.retrieve(query, model, level, keys, destination)
        carrier = await self.carrier(operation.abstract_syntax)
        async with contextlib.aclosing(carrier.perform(operation)) as responses:
            async for progress in responses:
                yield progress

    async def get(
        self,
        into: str | PathLike[str] | StoreFunction,
        query: Dataset | Mapping[str, Any] | None = None,
        *,
        model: str = "study",
        level: str | None = None,
        **keys: Any,
    ) -> AsyncGenerator[Progress, None]:
        """C-GET (PS3.4 C.4.3), with the arguments of `russet.connect(...).get`.

        Raises:
            NetworkError: When the association broke, or the peer does not offer this.
        """
        operation = asking.retrieve(query, model, level, keys)
        handler = asking.receiving(into, operation)
        terms = asking.retrieval_terms(operation, handler)
        carrier = await self.another(lambda _: False, terms)
        async with contextlib.aclosing(carrier.perform(operation)) as responses:
            async for progress in responses:
                yield progress
