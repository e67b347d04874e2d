"""A client for asyncio: an association to a peer, with the same names as that for threads."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Generator,
    Iterable,
    Mapping,
    Sequence,
)
from os import PathLike
from typing import Any, overload

from russet.association.calls import Call
from russet.association.contexts import propose
from russet.data import Dataset
from russet.errors import NoContextError
from russet.net import asking
from russet.net.aio.requestor import AsyncRequestor
from russet.net.aio.stream import AsyncByteStream
from russet.net.outcome import Address, Echoed, Stored
from russet.net.sending import Sending, instances
from russet.net.terms import NATIVE, Terms
from russet.services.retrieve import Progress
from russet.services.storage import StoreFunction
from russet.services.verification import VERIFICATION, Echo

__all__ = ["AsyncAssociation", "Connecting", "connect"]


class AsyncAssociation(AsyncRequestor):
    """An association that we asked for, and what can be asked on it.

    Use as a context manager: it ends with a release. Several tasks may ask for things at once; what
    they ask shares the window.
    """

    def __init__(self, address: Address) -> None:
        """Be ready to `open`."""
        super().__init__(address)
        self._further: list[AsyncAssociation] = []
        self._choosing = asyncio.Lock()

    async def echo(self) -> Echoed:
        """C-ECHO (PS3.4 A): does the peer answer?

        Raises:
            StatusError: When it answers with a failure.
            NetworkError: When it does not answer.
        """
        began = time.perf_counter()
        (status,) = await self.wait(await self.start(Echo()))
        return Echoed.of(status, began, self.address)

    @overload
    async def store(self, what: str | bytes) -> Stored: ...
    @overload
    def store(self, what: Any) -> Any: ...
    def store(self, what: Any) -> Any:
        """C-STORE (PS3.4 B): send an instance, or many.

        Args:
            what: A path, a `Dataset`, the bytes of a file, a pydicom data set: to be awaited. Or an
                iterable of such, to go through with `async for`: one result each, in order.

        Raises:
            NetworkError: When the association broke; what was not answered may not be stored.
        """
        many = instances(what)
        return self._store_one(what) if many is None else self._store(many)

    async def _store_one(self, what: Any) -> Stored:
        async for stored in self._store([what]):
            return stored
        raise AssertionError("one instance has one result")

    async def _store(self, many: Iterable[Any]) -> AsyncIterator[Stored]:
        out: deque[tuple[Sending, Call | None]] = deque()
        carrier = self
        for what in many:
            sending = Sending.of(what)
            fits = sending.fits(carrier.terms) and not carrier.is_over
            while out and not (fits and carrier.has_room):
                yield await carrier.settle(*out.popleft())
            if not fits:
                alone = self.terms._replace(contexts=sending.contexts(), roles=(), extended=())
                carrier = await self._another(sending.fits, alone)
            out.append(await carrier.begin(sending))
        while out:
            yield await carrier.settle(*out.popleft())

    async def begin(self, sending: Sending) -> tuple[Sending, Call | None]:
        """Send one instance on this association, and on no other; for `settle`."""
        if sending.operation is None:
            return sending, None
        try:
            return sending, await self.start(sending.operation)
        except NoContextError as error:
            return sending.failed(error), None

    async def settle(self, sending: Sending, call: Call | None) -> Stored:
        """Wait for what became of an instance."""
        results = None if call is None else await self.wait(call)
        return sending.settle(results, self.address)

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
        carrier = await self._carrier(operation.abstract_syntax)
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
    ) -> AsyncIterator[Progress]:
        """C-MOVE (PS3.4 C.4.2), with the arguments of `russet.connect(...).move`.

        Raises:
            NetworkError: When the association broke, or the peer does not offer this.
        """
        operation = asking.retrieve(query, model, level, keys, destination)
        carrier = await self._carrier(operation.abstract_syntax)
        async for progress in carrier.perform(operation):
            yield progress

    async def get(
        self,
        into: str | PathLike[str] | StoreFunction,
        query: Dataset | Mapping[str, Any] | None = None,
        *,
        model: str = "study",
        level: str | None = None,
        **keys: Any,
    ) -> AsyncIterator[Progress]:
        """C-GET (PS3.4 C.4.3), with the arguments of `russet.connect(...).get`.

        Raises:
            NetworkError: When the association broke, or the peer does not offer this.
        """
        operation = asking.retrieve(query, model, level, keys)
        handler = asking.receiving(into, operation)
        terms = asking.retrieval_terms(operation, handler)
        carrier = await self._another(lambda _: False, terms)
        async for progress in carrier.perform(operation):
            yield progress

    async def _carrier(self, sop_class_uid: str) -> AsyncAssociation:
        """The association to ask for a SOP class on: this one, or another to the same peer."""

        def fits(terms: Terms) -> bool:
            return any(terms.offers(sop_class_uid, syntax) for syntax in NATIVE)

        return await self._another(fits, asking.terms_for(self.terms, sop_class_uid))

    async def _another(self, fits: Callable[[Terms], bool], terms: Terms) -> AsyncAssociation:
        """Find an association to the same peer whose terms fit, or open one with `terms`.

        Some peers take one association at a time, so it takes the place of this one; while
        something is out on this one, both are open.
        """
        async with self._choosing:
            for each in (self, *self._further):
                if not each.is_over and fits(each.terms):
                    return each
            if not self._dialogue.is_asking:
                await super().release()
                return await self.open(terms)
            self._further.append(await AsyncAssociation(self.address).open(terms))
            return self._further[-1]

    async def release(self) -> None:
        """End in good order (PS3.8 7.2); without effect when it is over already."""
        for each in self._further:
            await each.release()
        await super().release()

    async def abort(self) -> None:
        """End at once (PS3.8 7.3); without effect when it is over already."""
        for each in self._further:
            await each.abort()
        await super().abort()


class Connecting:
    """An association to come: `await` it, or enter it with `async with`."""

    def __init__(self, address: Address, terms: Terms, stream: AsyncByteStream | None) -> None:
        self._opening = AsyncAssociation(address)
        self._how = (terms, stream)

    def __await__(self) -> Generator[Any, None, AsyncAssociation]:
        """Associate."""
        return self._opening.open(*self._how).__await__()

    async def __aenter__(self) -> AsyncAssociation:
        """Associate; the association ends with the block."""
        return await self._opening.open(*self._how)

    async def __aexit__(self, *exception: Any) -> None:
        """Release, or abort when leaving because of an exception."""
        await self._opening.__aexit__(*exception)


def connect(
    host: str,
    port: int,
    *,
    called: str = "ANY-SCP",
    calling: str = "RUSSET",
    contexts: Sequence[tuple[str, Sequence[str]]] = ((VERIFICATION, NATIVE),),
    stream: AsyncByteStream | None = None,
    **how: Any,
) -> Connecting:
    """Associate with a peer: `async with russet.aio.connect(...) as association`, or await it.

    Args:
        host: Name or IP address.
        port: TCP port, usually 104 or 11112.
        called: The peer's AE title.
        calling: Ours.
        contexts: SOP classes, each with transfer syntaxes, to ask for at once. `store` asks for
            what it needs by itself.
        stream: What to use instead of a connection to `host` and `port`.
        **how: `max_pdu`, `timeouts`, `window`, `identity` and `tls` of `Address`; `roles`,
            `extended`, `common_extended` and `services` of `Terms`.

    Raises:
        NetworkError: Each of its kinds, with the likely cause and what to try.
    """
    terms = {name: how.pop(name) for name in Terms._fields if name in how}
    address = Address(host, port, called, calling, **how)
    return Connecting(address, Terms(propose(contexts), **terms), stream)
