"""Two associations back to back in memory: what one sends, the other receives."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final, NamedTuple, TypeVar

from russet.association import (
    Association,
    Established,
    Event,
    Limits,
    Operation,
    Policy,
    Proposal,
    Provider,
    Request,
    Response,
    Service,
    propose,
)
from russet.association.calls import Call, Calls
from russet.association.effects import (
    Answer,
    Await,
    Connect,
    Effect,
    Later,
    Pause,
    Place,
    Start,
    Started,
    Wait,
)
from russet.association.establishment import Admission
from russet.association.events import Claimed
from russet.association.provider import Work
from russet.codec import DataReceived
from russet.errors import ConnectError, RussetError

__all__ = [
    "CONTEXTS",
    "CT",
    "EXPLICIT",
    "IMPLICIT",
    "MR",
    "NOW",
    "VERIFICATION",
    "Pair",
    "Side",
    "established",
    "unconnected",
]

Result = TypeVar("Result")

NOW: Final = 100.0
VERIFICATION: Final = "1.2.840.10008.1.1"
CT: Final = "1.2.840.10008.5.1.4.1.1.2"
MR: Final = "1.2.840.10008.5.1.4.1.1.4"
IMPLICIT: Final = "1.2.840.10008.1.2"
EXPLICIT: Final = "1.2.840.10008.1.2.1"

CONTEXTS: Final = propose([(VERIFICATION, [IMPLICIT]), (CT, [EXPLICIT]), (MR, [IMPLICIT])])


class _Performed(NamedTuple):
    """A request over a link, which is answered at once."""

    results: list[Any]
    done: bool = True


class Side:
    """One association with its provider, and everything that it told.

    Attributes:
        connect: Associates with somebody else for a service.
        pauses: The seconds of each pause, which take no time.
        errors: What made answers failures, and what ended the work of `Later`.
    """

    def __init__(self, association: Association, services: tuple[Service, ...] = ()) -> None:
        self.association = association
        self.provider = Provider(services)
        self.calls = Calls(association)
        self.waiting: dict[Call, Work] = {}
        self.sent: list[bytes] = []
        self.events: list[Event] = []
        self.errors: list[Exception] = []
        self.pauses: list[float] = []
        self.connect: Callable[[Connect], Pair] = _nobody

    def receive(self, data: bytes, piece: int = 1 << 20) -> None:
        """Take bytes, at most `piece` at a time, and all the events they make."""
        rest = memoryview(data)
        while rest:
            space = self.association.space()
            count = min(len(space), len(rest), piece)
            space[:count] = rest[:count]
            self.association.filled(count, NOW)
            rest = rest[count:]
            self.take_events()

    def close(self) -> None:
        """Find the transport closed."""
        self.association.filled(0, NOW)
        self.take_events()

    def take_events(self) -> None:
        while (event := self.association.next_event(NOW)) is not None:
            self.events.append(event)
            if isinstance(event, Claimed):
                deque(event.verification.effects(), maxlen=0)
                self.events.append(self.association.verified(NOW))
            elif isinstance(event, Response) and len(self.calls):
                self.resume(self.calls.receive(event))
            elif (work := self.provider.receive(self.association, event)) is not None:
                self.drive(work)

    def resume(self, call: Call | None) -> None:
        """Go on with the work that waits for a call, once it is done."""
        if call is not None and call.done and call in self.waiting:
            self.drive(self.waiting.pop(call), call.outcome())

    def drive(self, work: Work, value: object = None) -> None:
        """Perform work as far as it goes without an answer of the other side."""
        error: Exception | None = None
        while True:
            try:
                effect = work.effects.send(value) if error is None else work.effects.throw(error)
            except StopIteration:
                return
            value = error = None
            try:
                match effect:
                    case Wait((None, call)) if call.done:
                        value = call.outcome()
                    case Wait((None, call)):
                        self.waiting[call] = work
                        return
                    case _:
                        value = self.do(work, effect)
            except Exception as failure:  # noqa: BLE001 (as every driver does)
                error = failure

    def do(self, work: Work, effect: Effect) -> object:
        """Do what a service asks for at once."""
        match effect:
            case Answer(command, data, error):
                self.association.send(work.request.context, command, data, now=NOW)
                self.errors += [error] if error else []
            case Await(awaitable):
                return asyncio.run(_awaited(awaitable))
            case Connect():
                return self.connect(effect)
            case Later(effects):
                self.perform_later(Work(work.request, Place.READER, effects, effects.close))
            case Pause(seconds):
                self.pauses.append(seconds)
            case _:
                return self.send(effect)
        return None

    def send(self, effect: Effect) -> object:
        """Send a request of a service, here or over a link, or give what it brought there."""
        match effect:
            case Start(operation, None):
                call, blocks = self.calls.begin(operation, NOW)
                self.sent += blocks
                return Started(None, call)
            case Start(operation, Pair() as link):
                return Started(link, _Performed(link.perform(operation)))
            case Wait((_, performed)):
                return performed.results
        return None

    def perform_later(self, work: Work) -> None:
        """Perform what follows a request; what ends it is in `errors`."""
        try:
            self.drive(work)
        except RussetError as failure:
            self.errors.append(failure)

    def data_to_send(self) -> bytes:
        """Give what is queued, requests of services among it."""
        sent, self.sent = self.sent, []
        return b"".join(sent) + self.association.data_to_send()

    def told(self) -> list[Event]:
        """Give the events since the last time."""
        events, self.events = self.events, []
        return events


class Pair:
    """A requestor and an acceptor, with a transport that loses nothing."""

    def __init__(self, requestor: Side, acceptor: Side) -> None:
        self.requestor = requestor
        self.acceptor = acceptor

    def settle(self) -> None:
        """Carry bytes both ways until nobody has any more."""
        ways = ((self.requestor, self.acceptor), (self.acceptor, self.requestor))
        moved = True
        while moved:
            moved = False
            for sender, receiver in ways:
                if data := sender.data_to_send():
                    receiver.receive(data)
                    moved = True

    def perform(self, operation: Operation[Result]) -> list[Result]:
        """Drive an operation of the requestor to its end, as any channel would."""
        return list(self._perform(operation))

    def _perform(self, operation: Operation[Result]) -> Iterator[Result]:
        begun = self.requestor.association.begin(operation, NOW)
        for block in begun.blocks:
            self.acceptor.receive(block)
        self.settle()
        for event in self.requestor.told():
            if isinstance(event, (Request, DataReceived)):
                continue  # Of the other side, such as an event report.
            assert isinstance(event, Response), event
            assert event.command.message_id_being_responded_to == begun.message_id
            yield from operation.receive(event)
        assert operation.done


def unconnected(
    *services: Service,
    proposal: Proposal | None = None,
    policy: Policy | None = None,
    admit: Admission | None = None,
    limits: Limits | None = None,
    reports: tuple[Service, ...] = (),
) -> Pair:
    """Make a pair whose request has not been sent yet; the requestor serves `reports`."""
    proposal = proposal or Proposal("RUSSET", "TEST", CONTEXTS)
    requestor = Association.requestor(proposal, NOW, limits)
    acceptor = Association.acceptor(policy or Policy(), NOW, limits, admit)
    requestor.connected(NOW)
    return Pair(Side(requestor, reports), Side(acceptor, services))


def established(
    *services: Service,
    proposal: Proposal | None = None,
    policy: Policy | None = None,
    limits: Limits | None = None,
    reports: tuple[Service, ...] = (),
) -> Pair:
    """Make a pair with an association between them; the requestor serves `reports`."""
    pair = unconnected(*services, proposal=proposal, policy=policy, limits=limits, reports=reports)
    pair.settle()
    for side in (pair.requestor, pair.acceptor):
        (event,) = side.told()
        assert isinstance(event, Established)
    return pair


def _nobody(effect: Connect) -> Pair:
    raise ConnectError(f"nothing listens on port {effect.destination.port}")


async def _awaited(awaitable: Awaitable[Any]) -> Any:
    return await awaitable
