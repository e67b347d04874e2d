"""A client for asyncio: an association to a peer, with the same names as that for threads."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import AsyncGenerator, Generator, Iterable, Sequence
from typing import Any, overload

from russet.association.calls import Call
from russet.association.contexts import propose
from russet.errors import NoContextError
from russet.net.aio.stream import AsyncByteStream
from russet.net.aio.verbs.commitment import AsyncCommitmentVerbs
from russet.net.aio.verbs.procedure_step import AsyncStepVerbs
from russet.net.aio.verbs.query import AsyncQueryVerbs
from russet.net.outcome import Address, Echoed, Stored
from russet.net.sending import Sending, instances
from russet.net.terms import NATIVE, Terms
from russet.services.verification import VERIFICATION, Echo

__all__ = ["AsyncAssociation", "Connecting", "connect"]


class AsyncAssociation(AsyncQueryVerbs, AsyncCommitmentVerbs, AsyncStepVerbs):
    """An association that we asked for, and what can be asked on it.

    Use as a context manager: it ends with a release. Several tasks may ask for things at once; what
    they ask shares the window.
    """

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
                iterable of such, to go through with `async for`: one result each, in order. They
                are sent while it is iterated.

        Raises:
            NetworkError: When the association broke; what was not answered may not be stored.
        """
        many = instances(what)
        if many is None:
            return self._store_one(what)
        return self._lazily("store", self._store(many))

    async def _store_one(self, what: Any) -> Stored:
        async for stored in self._store([what]):
            return stored
        raise AssertionError("one instance has one result")

    async def _store(self, many: Iterable[Any]) -> AsyncGenerator[Stored, None]:
        out: deque[tuple[Sending, Call | None]] = deque()
        carrier = self
        for what in many:
            sending = Sending.of(what)
            fits = sending.fits(carrier.terms) and not carrier.is_over
            while out and not (fits and carrier.has_room):
                yield await carrier.settle(*out.popleft())
            if not fits:
                alone = self.terms._replace(contexts=sending.contexts(), roles=(), extended=())
                carrier = await self.another(sending.fits, alone)
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
