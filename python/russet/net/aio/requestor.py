"""An association that we asked for, on an event loop: requests out, what they bring in."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, Final, Self, TypeVar

from russet.association.association import Association
from russet.association.calls import Call
from russet.association.events import Established, Operation
from russet.association.negotiation import Limits
from russet.association.provider import Provider
from russet.errors import AbortedError, DeadlineError, NetworkError
from russet.net.aio.dialogue import Dialogue
from russet.net.aio.stream import AsyncByteStream, open_stream
from russet.net.aio.threads import Threads
from russet.net.aio.traced import traced
from russet.net.journal import Journal
from russet.net.outcome import Address
from russet.net.terms import Terms, ended, in_good_order, proposal

__all__ = ["AsyncRequestor"]

_ResultT = TypeVar("_ResultT")
_THREADS: Final = 8


class AsyncRequestor:
    """An association that we asked for. Use as a context manager: it ends with a release.

    Several tasks may ask for things at once; what they ask shares the window.

    Attributes:
        address: Whom we called, and as whom.
        terms: What was proposed.
        peer: Who answered.
    """

    def __init__(self, address: Address) -> None:
        """Be ready to `open`."""
        self.address = address
        self._over = True
        self._dialogue: Dialogue
        self._journal: Journal | None = None
        self._reader: asyncio.Task[None]
        self.terms: Terms
        self._threads: Threads

    async def open(self, terms: Terms, stream: AsyncByteStream | None = None) -> Self:
        """Connect, or take a `stream` that is connected, and associate.

        Raises:
            NetworkError: Each of its kinds, with the likely cause and what to try.
        """
        address, timeouts = self.address, self.address.timeouts
        journal = self._journal = Journal.of(address)
        began = timeouts.clock()
        if stream is None:
            stream = await open_stream(address.host, address.port, timeouts, address.tls)
        stream, now = traced(stream), timeouts.clock()
        if journal is not None:
            journal.requesting(terms, now - began, secured=address.tls is not None)
        limits = Limits(artim=timeouts.artim, max_length=address.max_pdu)
        association = Association.requestor(proposal(address, terms), now, limits)
        association.connected(now)
        threads = self._threads = Threads(f"russet-{address.called}", _THREADS)
        self.terms = terms
        self._dialogue = Dialogue(
            association, stream, Provider(terms.services, BaseException), timeouts, threads
        )
        try:
            event = await self._dialogue.next_event(timeouts.acse)
        except BaseException:
            stream.close()
            raise
        if not isinstance(event, Established):
            stream.close()
            self._tell("was ended by the peer")
            raise ended(address, event, established=False)  # type: ignore[arg-type]  # the end, then
        self.peer = event.peer
        if journal is not None:
            journal.accepted(event.peer, terms, timeouts.clock() - now)
        self._dialogue.journal = journal
        self._over = False
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aenter__(self) -> Self:
        """Use as a context manager."""
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Release; abort when leaving because of more than a refusal, such as a cancellation."""
        idle = self._over or not self._dialogue.is_asking
        in_order = kind is None or (idle and in_good_order(kind))
        await (self.release() if in_order else self.abort())

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self._over

    @property
    def has_room(self) -> bool:
        """Whether another request may go at once."""
        return self._dialogue.has_room

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

    async def release(self) -> None:
        """End in good order (PS3.8 7.2); without effect when it is over already."""
        await self._release()

    async def _release(self) -> None:
        if self._over:
            return
        self._over = True
        dialogue, how = self._dialogue, "was ended by the peer"
        dialogue.stop()
        try:
            if not await self._settle():
                how = "is aborted"
            elif dialogue.end is None and not dialogue.association.should_close:
                dialogue.association.release(self.address.timeouts.clock())
                how = "is released"
            await dialogue.finish(self.address.timeouts.artim)
        finally:
            dialogue.stream.close()
            self._tell(how)

    async def _settle(self) -> bool:
        """Let end what the peer asked for; abort when it gets no further. Whether it did end."""
        before, late = None, {self._reader}
        while late and (self._dialogue.is_working or before != self._dialogue.progress):
            before = self._dialogue.progress
            _, late = await asyncio.wait(late, timeout=self.address.timeouts.artim)
        if late:
            self._reader.cancel()
            self._dialogue.abort()
            await asyncio.wait(late)
        return not late

    async def abort(self) -> None:
        """End at once (PS3.8 7.3); without effect when it is over already."""
        if self._over:
            return
        self._over = True
        self._reader.cancel()
        self._dialogue.abort()
        await asyncio.wait([self._reader])
        await self._dialogue.finish(0.0)
        self._tell("is aborted")

    def _tell(self, how: str) -> None:
        """Tell the log how it ended."""
        if self._journal is not None:
            self._journal.over(how)

    async def _read(self) -> None:
        """In a task of its own: take what the peer sends."""
        dialogue = self._dialogue
        error: NetworkError
        how = "was ended by the peer"
        try:
            end = await dialogue.run(float("inf"))
            if end is None and self._over:
                error = AbortedError(f"the association with {self.address} was released")
            else:
                unanswered = dialogue.is_unanswered
                error = ended(self.address, end, established=True, unanswered=unanswered)
        except NetworkError as failure:
            error, how = failure, "is aborted"
        except asyncio.CancelledError:
            error = AbortedError(f"the association with {self.address} was aborted")
        if not self._over:  # Else whoever ends it tells.
            self._tell(how)
        if not self._over or not isinstance(error, AbortedError):
            self._over = True
            await dialogue.finish(0.0)
        await dialogue.let_go(error)
        self._threads.close()

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
