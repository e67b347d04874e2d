"""What the peer asks for on an association of ours, performed on the thread of the caller."""

import logging
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
from russet.association.events import Request
from russet.association.provider import Provider, Work
from russet.codec import DataReceived
from russet.dimse.status import Category, Status
from russet.errors import AbortedError, NetworkError
from russet.net.channel import Channel
from russet.net.drive import drive
from russet.net.journal import Journal
from russet.net.loop_thread import LoopThread

if TYPE_CHECKING:
    from russet.net.requestor import Requestor

__all__ = ["Performing"]

_LOG: Final = logging.getLogger("russet.scp")

_QUICK: Final = 1e-3
"""Seconds that work may take whose answer waits for the next."""


class Performing:
    """The work that the requests on one association make.

    Attributes:
        answers: How many were given; those of failures are not counted.
    """

    def __init__(self, channel: Channel, provider: Provider, journal: Journal | None) -> None:
        """Have `provider` make work of requests, and coroutines run on a loop of their own."""
        self.answers = 0
        self._channel = channel
        self._provider = provider
        self._journal = journal
        self._loop = LoopThread()

    def take(self, event: Request | DataReceived, requestor: "Requestor") -> None:
        """Have the services act on a part of a request; what they ask for goes by `requestor`."""
        channel = self._channel
        channel.pace.follow(event)
        work = self._provider.receive(channel.association, event)
        if work is not None:
            clock = channel.pace.clock
            began = clock()
            drive(work.effects, lambda effect: self._do(work, effect, requestor))
            if clock() - began > _QUICK:
                channel.flush()

    def let_go(self) -> None:
        """Stop what runs, drop what waits."""
        self._provider.discard()
        self._loop.close()

    def _do(self, work: Work, effect: Effect, requestor: "Requestor") -> Any:
        """Carry out an effect of what the peer asked for."""
        match effect:
            case Answer():
                return self._answer(work, effect)
            case Await(awaitable):
                self._channel.flush()  # It may take long.
                return self._loop.run(awaitable)
            case Later(effects):
                return self._follow(work, effects, requestor)
            case Start(operation, None):
                return Started(None, requestor.start(operation))
            case Wait((_, call), company):
                return requestor.wait(call, company)
            case Connect() | Pause():
                raise AbortedError("the requesting side has one association, and waits for nothing")
        raise TypeError(f"{effect!r} is nothing that the requesting side can do")

    def _answer(self, work: Work, answer: Answer) -> None:
        if Status(answer.command.status or 0).category is not Category.FAILURE:
            self.answers += 1
        if self._journal is not None:
            self._journal.served(work.request.command, answer.command)
        self._channel.queue(work.request.context, answer.command, answer.data)

    def _follow(self, work: Work, effects: Effects, requestor: "Requestor") -> None:
        """Do what follows an answer at once: apart from the caller's thread there is none."""
        self._channel.flush()
        try:
            drive(effects, lambda effect: self._do(work, effect, requestor))
        except Exception as error:  # noqa: BLE001 (the request was answered: only what follows ends)
            unexpected = None if isinstance(error, NetworkError) else error
            _LOG.warning("what was to follow a request failed: %s", error, exc_info=unexpected)
