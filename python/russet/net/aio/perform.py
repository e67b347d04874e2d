"""What carries out the effects of a service on an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from russet.association.effects import (
    Answer,
    Await,
    Connect,
    Effect,
    Effects,
    Later,
    Pause,
    Start,
    Wait,
)
from russet.errors import AbortedError, NetworkError
from russet.net.drive import drive

if TYPE_CHECKING:
    from russet.association.provider import Work
    from russet.net.aio.dialogue import Dialogue
    from russet.net.workers import Workers

__all__ = ["Performer", "alone", "drive_on_loop", "drive_on_thread"]


class Performer:
    """Carries out the effects of one work."""

    def __init__(self, dialogue: Dialogue, work: Work) -> None:
        self._dialogue = dialogue
        self._work = work
        self._links: list[Any] = []

    async def do(self, effect: Effect) -> Any:
        """Do what a service asks for."""
        dialogue = self._dialogue
        match effect:
            case Answer():
                return await dialogue.answer(self._work, effect)
            case Await(awaitable):
                return await awaitable
            case Later():
                return dialogue.later(self._work, effect)
            case Pause(seconds):
                return await asyncio.sleep(seconds)
            case Connect():
                self._links.append(await dialogue.connect(effect))
                return self._links[-1]
            case Start(operation, link):
                return link, await (link or dialogue).start(operation)
            case Wait((link, call)):
                return await (link or dialogue).wait(call)

    async def close(self, *, failed: bool) -> None:
        """End the associations that were made for this work.

        They end in good order although the association of the request, and this with it, may be
        over first.
        """
        links, self._links = self._links, []
        ends = [asyncio.create_task(link.abort() if failed else link.release()) for link in links]
        for end in ends:
            self._dialogue.lasting.add(end)
            end.add_done_callback(self._dialogue.lasting.discard)
        for end in ends:
            await asyncio.shield(end)


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


async def drive_on_thread(
    effects: Effects, do: Callable[[Effect], Awaitable[Any]], workers: Workers
) -> None:
    """Have a thread take the effects, so that a handler may block; the loop does them.

    Raises:
        NetworkError: When an answer could not be sent, or there is no thread.
    """
    loop = asyncio.get_running_loop()
    driven = loop.create_future()

    def do_on_loop(effect: Effect) -> Any:
        return asyncio.run_coroutine_threadsafe(_awaited(do(effect)), loop).result()

    def settle(error: BaseException | None) -> None:
        if not driven.done():
            driven.set_result(None) if error is None else driven.set_exception(error)

    def task() -> None:
        error: BaseException | None = None
        try:
            drive(effects, do_on_loop)
        except Exception as failure:  # noqa: BLE001 (raised where it is waited for)
            error = failure
        loop.call_soon_threadsafe(settle, error)

    if not workers.run(task):
        raise AbortedError("there is no thread for a handler that blocks")
    await driven


async def alone(effect: Connect) -> Any:
    """Be `Dialogue.connect` of a side that associates with nobody else.

    Raises:
        AbortedError: Always.
    """
    raise AbortedError(f"this side does not associate with {effect.destination.called}")


async def _awaited(awaitable: Awaitable[Any]) -> Any:
    return await awaitable
