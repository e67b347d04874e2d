"""One association on an event loop, in either role: a task reads, and each piece of work is one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from russet.association.association import Association
from russet.association.calls import Call, Calls
from russet.association.effects import (
    Answer,
    Connect,
    Later,
    Place,
)
from russet.association.events import (
    Aborted,
    Established,
    Event,
    Operation,
    Rejected,
    Released,
    Request,
    Response,
)
from russet.association.lane import Lane
from russet.association.provider import Provider, Work
from russet.codec import DataReceived
from russet.dimse.commands import is_final
from russet.dimse.status import Category, Status
from russet.errors import AbortedError, DeadlineError, LocalProtocolError, NetworkError
from russet.net.aio.outbox import Outbox
from russet.net.aio.perform import Performer, alone, drive_on_loop, drive_on_thread, drop_unbegun
from russet.net.pace import Pace

if TYPE_CHECKING:
    from russet.net.aio.stream import AsyncByteStream
    from russet.net.timeouts import Timeouts
    from russet.net.workers import Workers

__all__ = ["Dialogue", "End"]

_LOG: Final = logging.getLogger("russet.scp")
_FAREWELL: Final = 2.0
End = Rejected | Released | Aborted


class Dialogue:
    """One association on its byte stream.

    Attributes:
        association: The protocol's side.
        pace: Its time.
        stream: What carries it.
        end: How it ended, once it has; None for a connection that closed under us.
        unfinished: Whether it ended in the middle of something.
        on_established: Hears of the association.
        on_answer: Hears of each response, on any thread.
        lasting: The tasks that outlive the association.
        connect: Associates with somebody else, for C-MOVE.
    """

    def __init__(
        self,
        association: Association,
        stream: AsyncByteStream,
        provider: Provider,
        timeouts: Timeouts,
        workers: Workers,
    ) -> None:
        """Perform with `provider` what a peer requests, plain functions on threads of `workers`."""
        self.association = association
        self.pace = Pace(association, stream.peer, timeouts)
        self.end: End | None = None
        self.unfinished = False
        self.on_established: Callable[[], None] = lambda: None
        self.on_answer: Callable[[Answer], None] = lambda _: None
        self.connect: Callable[[Connect], Awaitable[Any]] = alone
        self.lasting: set[asyncio.Task[None]] = set()
        self.stream = stream
        self._provider = provider
        self._calls = Calls(association)
        self._workers = workers
        self._lane: Lane[Work] = Lane()
        self._unanswered: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiters: list[asyncio.Future[None]] = []
        self._outbox = Outbox(self.flush, self.pace.clock)
        self._writing = False
        self._stopping = False
        self._broken = False
        self._answers = 0

    @property
    def is_busy(self) -> bool:
        """Whether anything is under way: a data set that arrives, or work."""
        return self._provider.is_receiving or len(self._lane) > 0

    @property
    def is_asking(self) -> bool:
        """Whether requests of ours are out."""
        return len(self._calls) > 0

    @property
    def is_working(self) -> bool:
        """Whether something that the peer asked for is being performed."""
        return len(self._lane) > 0

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
                if len(self._lane) and not self._provider.is_receiving:
                    continue
                raise
            if event is None and len(self._lane):
                await self._wait_until(lambda: not len(self._lane))
            if event is None:
                return None
            if isinstance(event, (Rejected, Released, Aborted)):
                self.end = event
                self.unfinished = self._provider.is_receiving or bool(self._unanswered)
                self._provider.receive(self.association, event)
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
                self._notify()

    async def room(self) -> None:
        """Wait until another request may go."""
        await self._wait_until(lambda: self._calls.has_room and not self._writing)

    async def start(self, operation: Operation[Any]) -> Call:
        """Send a request, once the window has room; `wait` gives what it brings."""
        await self._in_time(self.room())
        call, blocks = self._calls.begin(operation, self.pace.clock())
        self._writing = True
        try:
            await self._send(blocks)
        finally:
            self._writing = False
            self._notify()
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
        await self._wait_until(lambda: call.done or call.responses > seen)

    async def done(self, call: Call) -> None:
        """Wait until a request of ours will have no more responses."""
        await self._wait_until(lambda: call.done)

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
        await self._wait_until(lambda: not self._writing)
        self._calls.cancel(call, self.pace.clock())
        await self.flush()

    def stop(self) -> None:
        """Begin the end: what is under way goes on, then the association is aborted."""
        self._stopping = True
        self._notify()
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
        self._provider.discard()
        for work in self._lane.clear():
            work.discard()
        for task in self._tasks:
            task.cancel()
        self._outbox.close()
        self._calls.fail(error)
        self._notify()

    async def _wait_until(self, condition: Callable[[], bool]) -> None:
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
            self._notify()

    def _notify(self) -> None:
        """Have everybody who waits for something look again."""
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def _take(self, event: Event) -> None:
        if isinstance(event, (Request, DataReceived)):
            await self._perform(event)
        elif isinstance(event, Response):
            call = self._calls.receive(event)
            self._answers += 1
            self._notify()
            # Who takes its time over the results holds the peer back.
            while call is not None and call.is_ahead and not (call.done or self._stopping):
                await self._wait()
        elif isinstance(event, Established):
            self._lane.window = self.association.window or self._lane.window
            self.on_established()

    async def _perform(self, event: Request | DataReceived) -> None:
        """Have the services act on a part of a request; what takes its time gets a task."""
        self.pace.follow(event)
        work = self._provider.receive(self.association, event)
        if work is None:
            return
        if work.place is Place.READER:
            await drive_on_loop(work.effects, Performer(self, work).do)
            return
        self._unanswered.add(id(work))
        if self._lane.admit(work):
            task = asyncio.create_task(self._work(work))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            task.add_done_callback(lambda _: drop_unbegun(work))
        await self._wait_until(lambda: not self._lane.is_full)

    async def _work(self, work: Work | None) -> None:
        """In a task of its own: perform one work after the other."""
        while work is not None:
            performer = Performer(self, work)
            failed = True
            try:
                await self.drive(work, performer)
                failed = False
            except NetworkError:
                pass  # Nobody is there to hear the answer.
            except Exception:  # noqa: BLE001 (whatever it is, only this work ends)
                _LOG.exception("work was lost by a fault of ours")
            finally:
                drop_unbegun(work)
                work = self._lane.done()
                await performer.close(failed=failed)
                self._notify()
        if self._stopping:
            self.stream.interrupt()

    async def drive(self, work: Work, performer: Performer) -> None:
        """Drive the effects of work where it belongs."""
        if work.place is Place.LOOP:
            await drive_on_loop(work.effects, performer.do)
        else:
            await drive_on_thread(work.effects, performer, self._workers)

    def later(self, work: Work, effect: Later) -> None:
        """Go on with effects apart from the request, in a task that outlives the association."""
        rest = Work(work.request, effect.place, effect.effects, effect.effects.close)
        task = asyncio.create_task(Performer(self, rest).follow(self.drive))
        self.lasting.add(task)
        task.add_done_callback(self.lasting.discard)

    async def answer(self, work: Work, answer: Answer) -> None:
        """Send a response; one that is followed by another may be sent a moment later."""
        if is_final(answer.command):
            self._unanswered.discard(id(work))  # A peer that has it may release at once.
        if self.hold(work, answer):
            if self._outbox.is_due:
                await self.flush()
                await asyncio.sleep(0)  # Others have their turn, however many there are of these.
            return
        if Status(answer.command.status or 0).category is not Category.FAILURE:
            self._answers += 1
        self.on_answer(answer)  # now: a peer that has it may be gone when this goes on
        self._outbox.put(work.request.context, answer)
        if answer.more:  # There is a lot of it: wait for the peer.
            await self._wait_until(lambda: not self._writing)
        await self.flush()
        if self._outbox.gone:
            raise AbortedError(f"the association with {self.stream.peer} is over")

    def hold(self, work: Work, answer: Answer) -> bool:
        """Send a response with the next one, from any thread; whether that will be."""
        held = self._outbox.hold(work.request.context, answer)
        if held:
            self._answers += 1
            self.on_answer(answer)
        return held
