"""What carries out the effects of a service on an event loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import CancelledError, Future
from inspect import GEN_CREATED, getgeneratorstate
from typing import TYPE_CHECKING, Any, Final

from russet.association.effects import (
    Answer,
    Await,
    Connect,
    Effect,
    Effects,
    Later,
    Pause,
    Start,
    Started,
    Wait,
)
from russet.errors import AbortedError, NetworkError
from russet.net.drive import drive

if TYPE_CHECKING:
    from russet.association.provider import Work
    from russet.net.aio.performing import Performing
    from russet.net.aio.threads import Threads

__all__ = ["Performer", "alone", "drive_on_loop", "drive_on_thread", "drop_unbegun"]

_LOG: Final = logging.getLogger("russet.scp")


class Performer:
    """Carries out the effects of one work."""

    def __init__(self, performing: Performing, work: Work | None, *, in_lane: bool = False) -> None:
        """Perform for `work`; None is for what answers nothing."""
        self._in_lane = in_lane
        self._performing = performing
        self._dialogue = performing.dialogue
        self._work: Any = work
        self._links: list[Any] = []

    async def do(self, effect: Effect) -> Any:
        """Do what a service asks for."""
        dialogue = self._dialogue
        match effect:
            case Answer():
                return await dialogue.answer(self._work, effect)
            case Await(awaitable):
                return await _result(awaitable)
            case Later():
                return self._performing.later(self._work, effect)
            case Pause(seconds):
                return await asyncio.sleep(seconds)
            case Connect():
                self._links.append(await self._performing.connect(effect))
                return self._links[-1]
            case Start(operation, link):
                return Started(link, await self._asking(link).start(operation))
            case Wait((link, call)):  # Its company too: a task is woken for next to nothing.
                return await (link or dialogue).wait(call)

    def _asking(self, link: Any) -> Any:
        """Give what sends requests on an association; None is that of the work."""
        if link is None and self._in_lane:  # What follows a request holds up no other.
            self._performing.asks(self)
        return self._dialogue if link is None else link

    def hold(self, effect: Effect) -> bool:
        """Take an answer that may wait for the next one, on any thread; whether that was it."""
        return isinstance(effect, Answer) and self._dialogue.hold(self._work, effect)

    async def follow(self, drive: Callable[[Work, Performer], Awaitable[None]]) -> None:
        """Have work driven that follows a request; that it failed is for the log alone."""
        failed = True
        try:
            await drive(self._work, self)
            failed = False
        except NetworkError as error:
            _LOG.warning("what was to follow a request failed: %s", error)
        finally:
            await self.close(failed=failed)

    async def close(self, *, failed: bool) -> None:
        """End the associations that were made for this work.

        They end in good order although the association of the request, and this with it, may be
        over first.
        """
        self._performing.asks_no_more(self)
        links, self._links = self._links, []
        ends = [asyncio.create_task(_end(link, failed=failed)) for link in links]
        for end in ends:
            self._performing.lasting.add(end)
            end.add_done_callback(self._performing.lasting.discard)
        for end in ends:
            await asyncio.shield(end)


async def _end(link: Any, *, failed: bool) -> None:
    """End an association that was made for a work; how it ends is no matter any more."""
    with contextlib.suppress(NetworkError):
        await (link.abort() if failed else link.release())


async def _result(awaitable: Awaitable[Any]) -> Any:
    """Give what an awaitable comes to; where it was cancelled by itself, only its request fails."""
    try:
        return await awaitable
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise CancelledError from error


async def drive_on_loop(effects: Effects, do: Callable[[Effect], Awaitable[Any]]) -> None:
    """Take the effects of a work to their end, as `net.drive.drive` does on a thread.

    Raises:
        NetworkError: When an answer could not be sent: the association is over.
    """
    value: Any = None
    error: Exception | None = None
    try:
        while True:
            try:
                effect = effects.send(value) if error is None else effects.throw(error)
            except StopIteration:
                return
            value = error = None
            try:
                value = await do(effect)
            except NetworkError as failure:
                if isinstance(effect, Answer):
                    raise
                error = failure
            except Exception as failure:  # noqa: BLE001 (a handler's, for its service to answer)
                error = failure
    finally:
        effects.close()


async def drive_on_thread(effects: Effects, performer: Performer, threads: Threads) -> None:
    """Have a thread take the effects, so that a handler may block; the loop does them.

    This waits until a thread is free, and a pause leaves it to others.

    Raises:
        NetworkError: When an answer could not be sent: the association is over.
        NoThreadError: When the system gives us no thread.
    """
    pause: Pause | None = None
    try:
        while True:
            hands = _Hands(effects, performer, threads)
            await threads.run(hands.drive)
            pause = None  # From here on the effects are the thread's.
            pause = await hands.driven()
            if pause is None:
                return
            await performer.do(pause)
    finally:
        if pause is not None:
            effects.close()


def drop_unbegun(work: Work) -> None:
    """Leave no trace of work that ends before it began, as a task does that is cancelled early."""
    if getgeneratorstate(work.effects) == GEN_CREATED:
        work.effects.close()
        work.discard()


class _Hands:
    """What a thread does on a loop: one effect at a time, until nobody waits for it any more."""

    def __init__(self, effects: Effects, performer: Performer, threads: Threads) -> None:
        self._effects = effects
        self._performer = performer
        self._threads = threads
        self._loop = asyncio.get_running_loop()
        self._driven: asyncio.Future[Pause | None] = self._loop.create_future()
        self._doing: Future[Any] | None = None

    def drive(self) -> None:
        """On the thread: take the effects to the next pause, or to their end."""
        pause: Pause | None = None
        error: Exception | None = None
        try:
            pause = drive(self._effects, self._do_on_loop, to_pause=True)
        except Exception as failure:  # noqa: BLE001 (raised where it is waited for)
            error = failure
        except BaseException as failure:  # noqa: BLE001 (it would end the loop where it is raised)
            _LOG.exception("work was lost by a fault of ours")
            error = AbortedError(f"what runs on a thread raised {type(failure).__name__}")
        with contextlib.suppress(RuntimeError):  # A handler may outlast the loop.
            self._loop.call_soon_threadsafe(self._settle, pause, error)

    async def driven(self) -> Pause | None:
        """On the loop: wait for the thread; who is cancelled lets go of it.

        Raises:
            Exception: What the thread could not go on with.
        """
        try:
            return await self._driven
        finally:
            # What the thread waits for is over, and it gets nothing more.
            if self._doing is not None:
                self._doing.cancel()

    def _settle(self, pause: Pause | None, error: Exception | None) -> None:
        self._threads.free()
        if self._driven.done():
            self._effects.close()  # Nobody is there to go on.
        elif error is None:
            self._driven.set_result(pause)
        else:
            self._driven.set_exception(error)

    def _do_on_loop(self, effect: Effect) -> Any:
        if self._driven.done() or self._loop.is_closed():
            raise AbortedError("the association has ended")
        if self._performer.hold(effect):
            return None
        self._doing = asyncio.run_coroutine_threadsafe(self._done(effect), self._loop)
        if self._driven.done():
            self._doing.cancel()
        try:
            return self._doing.result()
        except CancelledError:
            raise AbortedError("the association has ended") from None

    async def _done(self, effect: Effect) -> Any:
        return await self._performer.do(effect)


async def alone(effect: Connect) -> Any:
    """Be `Performing.connect` of a side that associates with nobody else.

    Raises:
        AbortedError: Always.
    """
    raise AbortedError(f"this side does not associate with {effect.destination.called}")
