"""Asking what there is, and having it sent: C-FIND, C-MOVE and C-GET on an event loop."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncGenerator, Mapping
from os import PathLike
from typing import Any, Final, TypeVar

from russet.data import Dataset
from russet.errors import NetworkError, RussetError
from russet.net import asking
from russet.net.aio.carrier import AsyncCarrier
from russet.net.fetching import Fetch
from russet.net.results import AsyncMatches, AsyncResults
from russet.services.query import Find
from russet.services.retrieve import Progress, Retrieve
from russet.services.storage import StoreFunction

__all__ = ["AsyncQueryVerbs"]

_LOG: Final = logging.getLogger("russet.scu")
_ResultT = TypeVar("_ResultT")


class AsyncQueryVerbs(AsyncCarrier):
    """What can be asked of Query/Retrieve (PS3.4 C) and of worklists (PS3.4 K).

    Each verb asks when what it gives is iterated, not before.
    """

    _is_left = False

    async def __aexit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        """Release; abort when leaving because of more than a refusal, such as a cancellation."""
        self._is_left = True
        await super().__aexit__(kind, *rest)

    async def release(self) -> None:
        """End in good order (PS3.8 7.2); without effect when it is over already."""
        self._is_left = True
        await super().release()

    def _lazily(self, verb: str, results: AsyncGenerator[_ResultT, None]) -> AsyncResults[_ResultT]:
        return AsyncResults(results, verb, self.address, lambda: self._is_left)

    def find(
        self,
        query: Dataset | Mapping[str, Any] | None = None,
        *,
        model: str = "study",
        level: str | None = None,
        **keys: Any,
    ) -> AsyncMatches:
        """C-FIND (PS3.4 C.4.1, K), with the arguments of `russet.connect(...).find`.

        Raises:
            StatusError: When the peer fails to answer.
            NetworkError: When the association broke, or the peer does not offer this.
        """
        asked = asking.find(query, model, level, keys)
        return AsyncMatches(self._find(asked), asked, self.address, lambda: self._is_left)

    async def _find(self, operation: Find) -> AsyncGenerator[Dataset, None]:
        carrier = await self.carrier(operation.abstract_syntax)
        try:
            async with contextlib.aclosing(carrier.perform(operation)) as responses:
                async for found in responses:
                    match = asking.matched(found, self.address)
                    if match is not None:
                        yield match
        finally:
            asking.tell_unsupported(operation, self.address)

    def move(
        self,
        destination: str,
        query: Dataset | Mapping[str, Any] | None = None,
        *,
        model: str = "study",
        level: str | None = None,
        **keys: Any,
    ) -> AsyncResults[Progress]:
        """C-MOVE (PS3.4 C.4.2), with the arguments of `russet.connect(...).move`.

        Raises:
            NetworkError: When the association broke, or the peer does not offer this.
        """
        operation = asking.retrieve(query, model, level, keys, destination)
        return self._lazily("move", self._move(operation))

    async def _move(self, operation: Retrieve) -> AsyncGenerator[Progress, None]:
        carrier = await self.carrier(operation.abstract_syntax)
        async with contextlib.aclosing(carrier.perform(operation)) as responses:
            async for progress in responses:
                yield progress

    def get(
        self,
        into: str | PathLike[str] | StoreFunction,
        query: Dataset | Mapping[str, Any] | None = None,
        *,
        model: str = "study",
        level: str | None = None,
        **keys: Any,
    ) -> AsyncResults[Progress]:
        """C-GET (PS3.4 C.4.3), with the arguments of `russet.connect(...).get`.

        Raises:
            StorageError: At once, when there can be no such folder, or it takes no files of ours.
            NetworkError: When the association broke, or the peer does not offer this.
        """
        operation = asking.retrieve(query, model, level, keys)
        return self._lazily("get", self._fetch(Fetch(operation, into, self.terms)))

    async def _fetch(self, fetch: Fetch) -> AsyncGenerator[Progress, None]:
        with contextlib.closing(fetch):
            carrier: AsyncQueryVerbs = self
            while True:
                try:
                    carrier = await carrier.another(fetch.fits, fetch.terms)
                    async with contextlib.aclosing(carrier._pass(fetch)) as responses:  # noqa: SLF001 (of this class)
                        async for progress in responses:
                            yield progress
                    await carrier._inquire(fetch)  # noqa: SLF001 (of this class)
                except NetworkError as error:
                    if fetch.is_first:
                        raise
                    fetch.give_up(error)
                if not fetch.further():
                    break
            for progress in fetch.end():
                yield progress

    async def _pass(self, fetch: Fetch) -> AsyncGenerator[Progress, None]:
        """Fetch what this association can bring; one like it, where another verb took its place."""
        for operation in fetch.operations(self.peer.agreement):
            carrier = await self.another(fetch.fits, fetch.terms)
            async with contextlib.aclosing(carrier.perform(operation)) as responses:
                async for progress in responses:
                    for told in fetch.take(progress):
                        yield told

    async def _inquire(self, fetch: Fetch) -> None:
        """Ask what it is that did not come; a peer that does not answer that is none the worse."""
        if not fetch.is_unclear:
            return
        try:
            carrier = await self.another(fetch.fits, fetch.terms)
            inquiry = fetch.inquiry(carrier.peer.agreement)
            while inquiry and (question := inquiry.next(fetch.listed)) is not None:
                async with contextlib.aclosing(carrier.perform(question)) as answers:
                    async for found in answers:
                        if not inquiry.take(found):
                            break
        except RussetError as error:
            _LOG.info("cannot ask what did not come: %s", error)
