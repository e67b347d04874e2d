"""One association on an event loop, in either role: a task reads, and each piece of work is one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from russet.association.association import Association
from russet.association.calls import Call, Calls
from russet.association.effects import Answer
from russet.association.events import (
    Aborted,
    Claimed,
    Established,
    Event,
    Operation,
    Rejected,
    Released,
    Request,
    Response,
)
from russet.association.provider import Provider, Work
from russet.codec import DataReceived
from russet.dimse.commands import is_final
from russet.dimse.status import Category, Status
from russet.errors import AbortedError, DeadlineError, LocalProtocolError, NetworkError
from russet.net.aio.outbox import Outbox
from russet.net.aio.performing import Performing
from russet.net.pace import Pace

if TYPE_CHECKING:
    from russet.net.aio.stream import AsyncByteStream
    from russet.net.aio.threads import Threads
    from russet.net.journal import Journal
    from russet.net.timeouts import Timeouts

__all__ = ["Dialogue", "End"]

_FAREWELL: Final = 2.0
_TOGETHER: Final = 64
"""Answers that may wait while another task is sending."""
End = Rejected | Released | Aborted


class Dialogue:
    """One association on its byte stream.

    Attributes:
        association: The protocol's side.
        pace: Its time.
        stream: What carries it.
        performing: What the peer asks for, being performed.
        end: How it ended, once it has; None for a connection that closed under us.
        unfinished: Whether it ended in the middle of something.
        on_established: Hears of the association.
        on_rejected: Hears that there will be none.
        on_answer: Hears of each response, on any thread.
        journal: Tells the log; None where nobody wants to see it.
    """

    def __init__(
        self,
        association: Association,
        stream: AsyncByteStream,
        provider: Provider,
        timeouts: Timeouts,
        threads: Threads,
    ) -> None:
        """Perform with `provider` what a peer requests, plain functions on `threads`."""
        self.association = association
        self.pace = Pace(association, stream.peer, timeouts)
        self.end: End | None = None
        self.unfinished = False
        self.on_established: Callable[[], None] = lambda: None
        self.on_rejected: Callable[[], None] = lambda: None
        self.on_answer: Callable[[Answer], None] = lambda _: None
        self.journal: Journal | None = None
        self.stream = stream
        self.performing = Performing(self, provider, threads)
        self._calls = Calls(association)
        self._waiters: list[asyncio.Future[None]] = []
        self._outbox = Outbox(self.flush, self.pace.clock)
        self._writing = False
        self._stopping = False
        self._broken = False
        self._answers = 0

    @property
    def is_busy(self) -> bool:
        """Whether anything is under way: a data set that arrives, or work."""
        return self.performing.is_receiving or self.performing.is_working

    @property
    def is_asking(self) -> bool:
        """Whether requests of ours are out."""
        return len(self._calls) > 0

    @property
    def is_working(self) -> bool:
        """Whether something that the peer asked for is being performed."""
        return self.performing.is_working

    @property
    def progress(self) -> tuple[int, int]:
        """How far the peer is with what we asked for: answers, instances taken, and a part of one.

        What it asks of us besides is no progress.
        """
        return self._answers, self.pace.in_message

    @property
    def has_room(self) -> bool:
        """Whether another request may go at once."""
        return self._calls.has_room

    @property
    def is_unanswered(self) -> bool:
        """Whether a request of ours is out of a kind that the peer never answered."""
        return self._calls.is_unanswered

    async def next_event(self, timeout: float) -> Event | None:  # noqa: ASYNC109 (between messages)
        """The next event, as `Channel.next_event` of the threads gives it."""
        association, pace = self.association, self.pace
        pace.expect(timeout)
        while (event := association.next_event(pace.now)) is None:
            await self.flush()
            if association.should_close:
                self.stream.close()
                return None
            count = await self.stream.receive_into(association.space(), pace.wait())
            if count == 0 and self._stopping:
                return None
            pace.take(count)
        return event

    async def run(self, idle: float) -> End | None:
        """Take events until the end, and give that; None when our own side wants it.

        Raises:
            NetworkError: When the peer was silent for `idle` seconds, or the connection broke.
        """
        while not self._stopping or self.is_busy:
            try:
                event = await self.next_event(idle)
            except DeadlineError:
                # It may be the peer that waits for us.
                if self.is_working and not self.performing.is_receiving:
                    continue
                raise
            if event is None and self.is_working:
                await self.wait_until(lambda: not self.is_working)
            if event is None:
                return None
            if isinstance(event, Claimed):
                await self.performing.verify(event.verification)
                event = self.association.verified(self.pace.clock())
            if isinstance(event, (Rejected, Released, Aborted)):
                self.end = event
                self.unfinished = self.performing.end(event)
                return event
            await self._take(event)
        return None

    async def flush(self) -> None:
        """Send what is queued; when another task is sending, it does that as well."""
        association = self.association
        # Whoever writes looks again afterwards, so nothing is left behind.
        while not self._writing and (self._outbox or association.queued):
            self._writing = True
            try:
                self._outbox.drain(association, self.pace.now)
                if encoded := association.data_to_send():
                    await self._write(encoded)
            finally:
                self._writing = False
                self.notify()

    async def room(self) -> None:
        """Wait until another request may go."""
        await self.wait_until(lambda: self._calls.has_room and not self._writing)

    async def start(self, operation: Operation[Any]) -> Call:
        """Send a request, once the window has room; `wait` gives what it brings."""
        await self._in_time(self.room())
        call, blocks = self._calls.begin(operation, self.pace.clock())
        self._writing = True
        try:
            await self._send(blocks)
            if self.journal is not None:
                self.journal.asked(call, self.pace.clock())
        finally:
            self._writing = False
            self.notify()
        await self.flush()
        return call

    async def _send(self, blocks: Iterable[bytes]) -> None:
        """Write a message; cut short it leaves the association half a message behind, and over."""
        try:
            for block in blocks:
                await self._write(block)
        except LocalProtocolError as error:
            raise AbortedError(f"the association with {self.stream.peer} is over") from error
        except BaseException:
            self.abort()
            raise

    async def _write(self, data: bytes) -> None:
        """Send, and nothing more after it failed: the peer would take that for the rest of it."""
        if self._broken:
            raise AbortedError(f"the connection to {self.stream.peer} broke")
        try:
            await self.stream.send(data)
        except NetworkError:
            self._broken = True
            self.stream.interrupt()  # The task that reads is not to wait any longer.
            raise

    async def responses(self, call: Call, seen: int) -> None:
        """Wait until a request of ours has more than `seen` responses, or will have no more."""
        await self.wait_until(lambda: call.done or call.responses > seen)

    async def done(self, call: Call) -> None:
        """Wait until a request of ours will have no more responses."""
        await self.wait_until(lambda: call.done)

    async def wait(self, call: Call) -> list[Any]:
        """Wait for what a request of ours brings."""
        await self._in_time(self.done(call))
        return call.outcome()

    async def _in_time(self, waiting: Awaitable[None]) -> None:
        timeout = self.pace.timeouts.response
        try:
            async with asyncio.timeout(timeout):
                await waiting
        except TimeoutError:
            message = f"{self.stream.peer} did not answer a request of ours for {timeout:g} s"
            raise DeadlineError(message) from None

    async def cancel(self, call: Call) -> None:
        """Ask for an early end of a request that is out (C-CANCEL, PS3.7 9.3)."""
        await self.wait_until(lambda: not self._writing)
        self._calls.cancel(call, self.pace.clock())
        await self.flush()

    @property
    def is_stopping(self) -> bool:
        """Whether our own side wants the end."""
        return self._stopping

    def stop(self) -> None:
        """Begin the end: what is under way goes on, then the association is aborted."""
        self._stopping = True
        self.notify()
        if not self.is_busy:
            self.stream.interrupt()

    def abort(self) -> None:
        """End at once (PS3.8 7.3): the A-ABORT goes out if the peer takes it."""
        self.association.abort(self.pace.clock())

    async def finish(self, within: float = _FAREWELL) -> None:
        """See an association that is over to its close: send what is queued, wait for the peer."""
        self.pace.end_message()
        until = self.pace.clock() + within
        try:
            async with asyncio.timeout(within or _FAREWELL):
                await self.flush()
            while (left := until - self.pace.clock()) > 0 and not self.association.should_close:
                if await self.next_event(left) is None:
                    break
        except (NetworkError, TimeoutError):
            pass  # The peer is gone, or never closed; we do.
        finally:
            self.stream.close()

    async def let_go(self, error: Exception) -> None:
        """Nobody is there to hear any more: stop what runs, drop what waits."""
        self.performing.let_go()
        self._outbox.close()
        self._calls.fail(error)
        self.notify()

    async def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until something holds; who makes it hold says `notify`."""
        while not condition():
            await self._wait()

    async def _wait(self) -> None:
        """Wait until anything changes."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        await waiter

    def taken(self) -> None:
        """Hear that results were taken."""
        if self._waiters:
            self.notify()

    def notify(self) -> None:
        """Have everybody who waits for something look again."""
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def _take(self, event: Event) -> None:
        if isinstance(event, (Request, DataReceived)):
            await self.performing.take(event)
        elif isinstance(event, Response):
            if self.journal is not None:
                self.journal.answered(event, self.pace.clock())
            call = self._calls.receive(event)
            self._answers += 1
            self.notify()
            # Who takes its time over the results holds the peer back.
            while call is not None and call.is_ahead and not (call.done or self._stopping):
                await self._wait()
        elif isinstance(event, Established):
            self.performing.widen(self.association.window)
            self.on_established()

    async def answer(self, work: Work, answer: Answer) -> None:
        """Send a response; one that is followed by another may be sent a moment later."""
        if is_final(answer.command):
            self.performing.answered(work)  # A peer that has it may release at once.
        if self.hold(work, answer):
            if self._outbox.is_due:
                await self.flush()
                await asyncio.sleep(0)  # Others have their turn, however many there are of these.
            return
        if Status(answer.command.status or 0).category is not Category.FAILURE:
            self._answers += 1
        self._tell(work, answer)  # now: a peer that has it may be gone when this goes on
        self._outbox.put(work.request.context, answer)
        if answer.more or len(self._outbox) >= _TOGETHER:  # A lot of it: wait for the peer.
            await self.wait_until(lambda: not self._writing)
        await self.flush()
        if self._outbox.gone:
            raise AbortedError(f"the association with {self.stream.peer} is over")

    def hold(self, work: Work, answer: Answer) -> bool:
        """Send a response with the next one, from any thread; whether that will be."""
        held = self._outbox.hold(work.request.context, answer)
        if held:
            self._answers += 1
            self._tell(work, answer)
        return held

    def _tell(self, work: Work, answer: Answer) -> None:
        self.on_answer(answer)
        if self.journal is not None:
            self.journal.served(work.request.command, answer.command)
