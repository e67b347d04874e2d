"""What the peer of an association asks for, while it is performed: each piece of work in a task."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from russet.association.effects import Connect, Effects, Later, Place
from russet.association.events import Aborted, Rejected, Released, Request
from russet.association.lane import ANY_NUMBER, Lane
from russet.association.provider import Provider, Work
from russet.codec import DataReceived
from russet.errors import NetworkError
from russet.net.aio.perform import Performer, alone, drive_on_loop, drive_on_thread, drop_unbegun
from russet.net.aio.threads import NoThreadError

if TYPE_CHECKING:
    from russet.association.identity import Verification
    from russet.net.aio.dialogue import Dialogue
    from russet.net.aio.threads import Threads

__all__ = ["Performing"]

_LOG: Final = logging.getLogger("russet.scp")


class Performing:
    """The work that the requests on one association make.

    Attributes:
        dialogue: The association.
        connect: Associates with somebody else, for C-MOVE.
        lasting: The tasks that outlive the association.
        followers: The threads for handlers that block in what follows a request.
    """

    def __init__(self, dialogue: Dialogue, provider: Provider, threads: Threads) -> None:
        """Have `provider` make work of requests, and plain functions run on `threads`."""
        self.dialogue = dialogue
        self.connect: Callable[[Connect], Awaitable[Any]] = alone
        self.lasting: set[asyncio.Task[None]] = set()
        self.followers = threads
        self._provider = provider
        self._threads = threads
        self._lane: Lane[Work] = Lane()
        self._unanswered: set[int] = set()
        self._asking: set[Performer] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_receiving(self) -> bool:
        """Whether a data set arrives."""
        return self._provider.is_receiving

    @property
    def is_working(self) -> bool:
        """Whether something that the peer asked for is being performed."""
        return len(self._lane) > 0

    def widen(self, window: int) -> None:
        """Perform as much at once as was agreed on."""
        self._lane.window = window or ANY_NUMBER

    async def verify(self, verification: Verification) -> None:
        """Have the identity of a request verified, where its verifier may run."""
        effects = verification.effects()
        try:
            await self._drive(effects, verification.place, Performer(self, None), self._threads)
        except NetworkError as error:
            _LOG.warning("an identity could not be verified: %s", error)

    async def take(self, event: Request | DataReceived) -> None:
        """Have the services act on a part of a request; what takes its time gets a task."""
        dialogue = self.dialogue
        dialogue.pace.follow(event)
        work = self._provider.receive(dialogue.association, event)
        if work is None:
            return
        if work.place is Place.READER:
            await drive_on_loop(work.effects, Performer(self, work).do)
            return
        await self._admit(work)

    async def _admit(self, work: Work) -> None:
        """Start work, or keep it until its turn; with too much of it hold the peer back."""
        self._unanswered.add(id(work))
        if self._lane.is_full:
            try:
                await self.dialogue.wait_until(lambda: not self._lane.is_full or bool(self._asking))
            except BaseException:
                drop_unbegun(work)
                raise
        if self._lane.is_full:  # What runs may wait for a response that comes behind this request.
            await drive_on_loop(self._provider.refuse(work), Performer(self, work).do)
        elif self._lane.admit(work):
            task = asyncio.create_task(self._work(work))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            task.add_done_callback(lambda _: drop_unbegun(work))

    def asks(self, performer: Performer) -> None:
        """Hear that work of the lane asks the peer for something, before it does."""
        if performer not in self._asking:
            self._asking.add(performer)
            self.dialogue.notify()

    def asks_no_more(self, performer: Performer) -> None:
        """Hear that work has ended."""
        self._asking.discard(performer)

    def answered(self, work: Work) -> None:
        """Hear that work has its final response."""
        self._unanswered.discard(id(work))

    def end(self, event: Rejected | Released | Aborted) -> bool:
        """Hear of the end; whether it came in the middle of something."""
        unfinished = self.is_receiving or bool(self._unanswered)
        self._provider.receive(self.dialogue.association, event)
        return unfinished

    def let_go(self) -> None:
        """Stop what runs, drop what waits."""
        self._provider.discard()
        for work in self._lane.clear():
            work.discard()
        for task in self._tasks:
            task.cancel()

    def later(self, work: Work, effect: Later) -> None:
        """Go on with effects apart from the request, in a task that outlives the association."""
        rest = Work(work.request, effect.place, effect.effects, effect.effects.close)
        task = asyncio.create_task(Performer(self, rest).follow(self._follow))
        self.lasting.add(task)
        task.add_done_callback(self.lasting.discard)

    async def _work(self, work: Work | None) -> None:
        """In a task of its own: perform one work after the other."""
        while work is not None:
            performer = Performer(self, work, in_lane=True)
            failed = True
            try:
                await self._perform(work, performer)
                failed = False
            except NetworkError:
                pass  # Nobody is there to hear the answer.
            except Exception:  # noqa: BLE001 (whatever it is, only this work ends)
                _LOG.exception("work was lost by a fault of ours")
            finally:
                drop_unbegun(work)
                work = self._lane.done()
                await performer.close(failed=failed)
                self.dialogue.notify()
        if self.dialogue.is_stopping:
            self.dialogue.stream.interrupt()

    async def _perform(self, work: Work, performer: Performer) -> None:
        try:
            await self._drive(work.effects, work.place, performer, self._threads)
        except NoThreadError as error:
            _LOG.warning("a request was refused: %s", error)
            await drive_on_loop(self._provider.refuse(work), performer.do)

    async def _follow(self, work: Work, performer: Performer) -> None:
        await self._drive(work.effects, work.place, performer, self.followers)

    async def _drive(
        self, effects: Effects, place: Place, performer: Performer, threads: Threads
    ) -> None:
        """Drive effects where they belong."""
        if place is Place.LOOP:
            await drive_on_loop(effects, performer.do)
        else:
            await drive_on_thread(effects, performer, threads)
