"""A client for asyncio: an association to a peer, with the same names as that for threads."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Generator,
    Iterable,
    Mapping,
    Sequence,
)
from os import PathLike
from typing import Any, Final, Self, TypeVar, overload

from russet.association.association import Association
from russet.association.calls import Call
from russet.association.contexts import propose
from russet.association.events import Established, Operation
from russet.association.negotiation import Limits
from russet.association.provider import Provider
from russet.data import Dataset
from russet.errors import AbortedError, DeadlineError, NetworkError, NoContextError
from russet.net import asking
from russet.net.aio.dialogue import Dialogue
from russet.net.aio.stream import AsyncByteStream, open_stream
from russet.net.outcome import Address, Echoed, Stored
from russet.net.sending import Sending, instances
from russet.net.terms import NATIVE, Terms, ended, proposal
from russet.net.workers import Workers
from russet.services.retrieve import Progress
from russet.services.storage import StoreFunction
from russet.services.verification import VERIFICATION, Echo

__all__ = ["AsyncAssociation", "Connecting", "connect"]

_ResultT = TypeVar("_ResultT")
_THREADS: Final = 8


class AsyncAssociation:
    """An association that we asked for. Use as a context manager: it ends with a release.

    Several tasks may ask for things at once; what they ask shares the window.

    Attributes:
        address: Whom we called, and as whom.
        peer: Who answered.
    """

    def __init__(self, address: Address) -> None:
        """Be ready to `open`."""
        self.address = address
        self._over = True
        self._dialogue: Dialogue
        self._reader: asyncio.Task[None]
        self._terms: Terms
        self._workers: Workers

    async def open(self, terms: Terms, stream: AsyncByteStream | None = None) -> Self:
        """Connect, or take a `stream` that is connected, and associate.

        Raises:
            NetworkError: Each of its kinds, with the likely cause and what to try.
        """
        address, timeouts = self.address, self.address.timeouts
        if stream is None:
            stream = await open_stream(address.host, address.port, timeouts, address.tls)
        now = timeouts.clock()
        limits = Limits(artim=timeouts.artim, max_length=address.max_pdu)
        association = Association.requestor(proposal(address, terms), now, limits)
        association.connected(now)
        workers = self._workers = Workers(f"russet-{address.called}", _THREADS)
        self._terms = terms
        self._dialogue = Dialogue(association, stream, Provider(terms.services), timeouts, workers)
        try:
            event = await self._dialogue.next_event(timeouts.acse)
        except BaseException:
            stream.close()
            raise
        if not isinstance(event, Established):
            stream.close()
            raise ended(address, event, established=False)  # type: ignore[arg-type]  # the end, then
        self.peer = event.peer
        self._over = False
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aenter__(self) -> Self:
        """Use as a context manager."""
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Release; abort when leaving because of an exception, a cancellation among them."""
        await (self.release() if kind is None else self.abort())

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self._over

    async def perform(self, operation: Operation[_ResultT]) -> AsyncGenerator[_ResultT, None]:
        """Have the peer perform `operation`, giving its results as they come.

        Who stops taking results before the last has a C-CANCEL sent (PS3.7 9.3).

        Raises:
            NoContextError: When the peer accepted no context for it.
            NetworkError: When the association broke.
        """
        call = await self.start(operation)
        try:
            while not call.done:
                await self._progress(call)
                while call.results:
                    yield call.results.popleft()
                self._dialogue.taken()
            for result in call.outcome():
                yield result
        finally:
            if not call.done and not self._over:
                await self._give_up(call)

    async def start(self, operation: Operation[Any]) -> Call:
        """Send a request, once the window has room; `wait` gives what it brings.

        Raises:
            NoContextError: When the peer accepted no context for it.
            NetworkError: When the association broke.
        """
        if self._over:
            raise AbortedError(f"the association with {self.address} is over: connect again")
        await self._patiently(self._dialogue.room)
        return await self._dialogue.start(operation)

    async def wait(self, call: Call) -> list[Any]:
        """Wait for the final response to a request, and give all that it brought.

        Raises:
            NetworkError: When the association broke.
        """
        while not call.done:
            await self._progress(call)
        return call.outcome()

    async def _progress(self, call: Call) -> None:
        seen = call.responses
        await self._patiently(lambda: self._dialogue.responses(call, seen))

    async def _give_up(self, call: Call) -> None:
        """Have the peer end what nobody waits for; if it does not, the association ends."""
        with contextlib.suppress(TimeoutError, NetworkError):
            async with asyncio.timeout(self.address.timeouts.response):
                await self._dialogue.cancel(call)
                await self._dialogue.done(call)
        if not call.operation.done:
            await self.abort()  # Whoever comes next is told; who left asked for nothing more.

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
        for what in many:
            sending = Sending.of(what)
            fits = sending.fits(self._terms)
            while out and not (fits and self._dialogue.has_room):
                yield await self._settle(*out.popleft())
            if not fits:
                # A new association to the same peer, as this one does not carry the instance.
                await self.release()
                alone = self._terms._replace(contexts=sending.contexts(), roles=(), extended=())
                await self.open(alone)
            call = None
            if sending.operation is not None:
                try:
                    call = await self.start(sending.operation)
                except NoContextError as error:
                    sending = sending.failed(error)
            out.append((sending, call))
        while out:
            yield await self._settle(*out.popleft())

    async def _settle(self, sending: Sending, call: Call | None) -> Stored:
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
        await self._need(operation.abstract_syntax)
        async with contextlib.aclosing(self.perform(operation)) as responses:
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
        await self._need(operation.abstract_syntax)
        async with contextlib.aclosing(self.perform(operation)) as responses:
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
        await self.release()
        await self.open(asking.retrieval_terms(operation, handler))
        async with contextlib.aclosing(self.perform(operation)) as responses:
            async for progress in responses:
                yield progress

    async def _need(self, sop_class_uid: str) -> None:
        """Take a new association to the same peer when this one did not ask for a SOP class."""
        if not any(self._terms.offers(sop_class_uid, each) for each in NATIVE):
            await self.release()
            await self.open(asking.terms_for(self._terms, sop_class_uid))

    async def release(self) -> None:
        """End in good order (PS3.8 7.2); without effect when it is over already."""
        if self._over:
            return
        self._over = True
        self._dialogue.stop()
        await asyncio.wait([self._reader])
        if self._dialogue.end is None and not self._dialogue.association.should_close:
            self._dialogue.association.release(self.address.timeouts.clock())
        await self._dialogue.finish(self.address.timeouts.artim)

    async def abort(self) -> None:
        """End at once (PS3.8 7.3); without effect when it is over already."""
        if self._over:
            return
        self._over = True
        self._reader.cancel()
        self._dialogue.abort()
        await asyncio.wait([self._reader])
        await self._dialogue.finish(0.0)

    async def _read(self) -> None:
        """In a task of its own: take what the peer sends."""
        dialogue = self._dialogue
        error: NetworkError
        try:
            end = await dialogue.run(float("inf"))
            if end is None and self._over:
                error = AbortedError(f"the association with {self.address} was released")
            else:
                error = ended(self.address, end, established=True)
        except NetworkError as failure:
            error = failure
        except asyncio.CancelledError:
            error = AbortedError(f"the association with {self.address} was aborted")
        if not self._over or not isinstance(error, AbortedError):
            self._over = True
            await dialogue.finish(0.0)
        await dialogue.let_go(error)
        self._workers.close()

    async def _patiently(self, wait: Callable[[], Awaitable[None]]) -> None:
        """Wait as long as the peer gets on with what we asked; when it does not, give it up."""
        timeout = self.address.timeouts.response
        while True:
            before = self._dialogue.progress
            try:
                async with asyncio.timeout(timeout):
                    return await wait()
            except TimeoutError:
                # It may be the peer that waits for us.
                if self._dialogue.progress == before and not self._dialogue.is_working:
                    break
        await self.abort()
        raise DeadlineError(f"{self.address} did not answer for {timeout:g} s")


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
