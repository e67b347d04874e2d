"""Two associations back to back in memory: what one sends, the other receives."""

from collections.abc import Iterator
from typing import Final, TypeVar

from russet.association import (
    Association,
    Established,
    Event,
    Limits,
    Operation,
    Policy,
    Proposal,
    Provider,
    Response,
    Service,
    propose,
)
from russet.association.association import Admission

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


class Side:
    """One association with its provider, and everything that it told."""

    def __init__(self, association: Association, services: tuple[Service, ...] = ()) -> None:
        self.association = association
        self.provider = Provider(services)
        self.events: list[Event] = []
        self.errors: list[Exception] = []

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
            self.errors += self.provider.handle(self.association, event, NOW)

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
                if data := sender.association.data_to_send():
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
) -> Pair:
    """Make a pair whose request has not been sent yet."""
    proposal = proposal or Proposal("RUSSET", "TEST", CONTEXTS)
    requestor = Association.requestor(proposal, NOW, limits)
    acceptor = Association.acceptor(policy or Policy(), NOW, limits, admit)
    requestor.connected(NOW)
    return Pair(Side(requestor), Side(acceptor, services))


def established(
    *services: Service,
    proposal: Proposal | None = None,
    policy: Policy | None = None,
    limits: Limits | None = None,
) -> Pair:
    """Make a pair with an association between them."""
    pair = unconnected(*services, proposal=proposal, policy=policy, limits=limits)
    pair.settle()
    for side in (pair.requestor, pair.acceptor):
        (event,) = side.told()
        assert isinstance(event, Established)
    return pair
