"""What a service asks of whoever drives it: its work is a generator, and these are its steps.

A service does no I/O, so it yields what it wants done and is sent what came of it::

    yield Answer(response(command, 0xFF00), identifier)     # send a response
    rows = yield Await(query)                               # wait for a coroutine of a handler
    link = yield Connect(destination, contexts)             # associate with somebody else
    started = yield Start(store, link)                      # send a request of our own
    (status,) = yield Wait(started)                         # and get what it brought
    yield Pause(5.0)                                        # let some time pass

The same generator runs on threads and on an event loop. What cannot be done is thrown in: a
`NetworkError`, or whatever the coroutine raised.
"""

from __future__ import annotations

from collections.abc import Awaitable, Generator, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from inspect import isasyncgenfunction, isawaitable, iscoroutinefunction
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from russet.association.events import Operation
from russet.codec import Command, ContextRq

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = [
    "END",
    "Answer",
    "Await",
    "Connect",
    "Destination",
    "Effect",
    "Effects",
    "Later",
    "Pause",
    "Place",
    "Series",
    "Start",
    "Started",
    "Wait",
    "call",
    "place_of",
    "settled",
]


class Place(Enum):
    """Where the work of a service may run."""

    READER = "reader"
    """Where the association is read: it is quick and waits for nothing."""
    WORKER = "worker"
    """On a thread of its own: it may take its time, and whatever comes is read meanwhile."""
    LOOP = "loop"
    """On an event loop: its handler is a coroutine."""


class Answer(NamedTuple):
    """Send a response; nothing comes back.

    Attributes:
        command: Its command set.
        data: Its data set, if it has one.
        error: The exception that made it a failure, for the log.
        more: Whether another one follows: both may leave together, if it does so in a moment.
        differing: Whether an instance was taken that differs from one with its UID, for the report.
    """

    command: Command
    data: Buffer | None = None
    error: Exception | None = None
    more: bool = False
    differing: bool = False


Effects = Generator["Effect", Any, Any]
"""What a service wants done, step by step."""


@dataclass(frozen=True, slots=True)
class Await:
    """Wait for something of a handler's; its result comes back."""

    awaitable: Awaitable[Any]


@dataclass(frozen=True, slots=True)
class Destination:
    """Whom to associate with: a row of the destinations of C-MOVE (PS3.4 C.4.2).

    Attributes:
        host: Name or address.
        port: TCP port.
        called: Its AE title.
        calling: Our AE title.
        tls: What `russet.net.tls` takes, or None for a plain connection.
    """

    host: str
    port: int
    called: str
    calling: str = "RUSSET"
    tls: Any = None


@dataclass(frozen=True, slots=True)
class Connect:
    """Associate with a destination; a link comes back, for `Start`.

    It is released when the work is done, and aborted when it failed.

    Attributes:
        destination: Whom.
        contexts: What to propose.
    """

    destination: Destination
    contexts: Sequence[ContextRq]
    roles: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class Start:
    """Send a request; a call comes back, for `Wait`. It waits while the window is full.

    Attributes:
        operation: The request.
        link: What `Connect` gave; None for the association that is served (PS3.7 D.3.3.4).
    """

    operation: Operation[Any]
    link: Any = None


class Started(NamedTuple):
    """A request of ours that is out: what `Start` gives.

    Attributes:
        link: On which association, as in `Start`.
        call: What has come of it, as whoever drives the work knows it.
    """

    link: Any
    call: Any

    @property
    def done(self) -> bool:
        """Whether `Wait` would return at once."""
        return bool(self.call.done)


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait for the final response; the list of what it brought comes back.

    Attributes:
        started: The request.
        company: Others of the same association, which a peer that is quick may get a moment to
            answer too: to be woken once for several answers is much cheaper than for each.
    """

    started: Started
    company: Sequence[Started] = ()


@dataclass(frozen=True, slots=True)
class Later:
    """Go on with further effects apart from the request, even when the association has ended.

    Attributes:
        effects: What is to be done; its `Answer`s go nowhere.
        place: Where: on a thread when a handler among it may block, else where it costs least.
    """

    effects: Effects
    place: Place = Place.LOOP


@dataclass(frozen=True, slots=True)
class Pause:
    """Let time pass; an `AbortedError` comes back when the server stops meanwhile.

    Attributes:
        seconds: How much.
    """

    seconds: float


def place_of(handler: Any) -> Place:
    """Say where a handler may run: coroutines on a loop, everything else on a thread."""
    while isinstance(handler, partial):
        handler = handler.func
    called = (handler, getattr(handler, "__call__", None))  # noqa: B004 (which function it is)
    awaits = any(iscoroutinefunction(each) or isasyncgenfunction(each) for each in called)
    return Place.LOOP if awaits else Place.WORKER


END: Final = object()
"""What `Series.next` gives after the last."""

Effect = Answer | Await | Connect | Later | Pause | Start | Wait


def call(operation: Operation[Any], link: Any = None) -> Generator[Effect, Any, list[Any]]:
    """Send a request and wait for what it brings, with `yield from`."""
    begun = yield Start(operation, link)
    results: list[Any] = yield Wait(begun)
    return results


def settled(result: Any) -> Generator[Effect, Any, Any]:
    """Give what a handler returned, with `yield from`, once a coroutine among it is done."""
    if isawaitable(result):
        result = yield Await(result)
    return result


class Series:
    """What a handler gives one by one: an iterable, a generator, or an asynchronous one.

    `END` comes after the last: `while (match := (yield from series.next())) is not END`.
    """

    def __init__(self, results: Any) -> None:
        """Take what the handler returned; a coroutine that gives an iterable will do, too."""
        self._results = results
        self._iterator: Iterator[Any] | None = None
        self._following: Any = None

    def next(self) -> Generator[Effect, Any, Any]:
        """Give the next, or `END`."""
        if self._iterator is not None:
            return next(self._iterator, END)
        if self._following is None:
            results = yield from settled(self._results)
            if not hasattr(results, "__aiter__"):
                self._iterator = iter(results or ())
                return next(self._iterator, END)
            self._following = results.__aiter__()
        try:
            found = yield Await(self._following.__anext__())
        except StopAsyncIteration:
            return END
        return found

    def close(self) -> None:
        """Tell a generator that nobody wants the rest."""
        close = getattr(self._iterator, "close", None)
        if close is not None:
            close()
