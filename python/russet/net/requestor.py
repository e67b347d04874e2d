"""An association that we asked for, on a thread: requests out, what they bring in."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Self, TypeVar

from russet.association.association import Association
from russet.association.calls import Call, Calls
from russet.association.effects import Started
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
from russet.association.negotiation import Limits
from russet.association.provider import Provider
from russet.codec import DataReceived
from russet.errors import AbortedError, ConnectError, DeadlineError, NetworkError, TurnError
from russet.net import blocking
from russet.net.channel import Channel
from russet.net.journal import Journal
from russet.net.outcome import Address
from russet.net.performing import Performing
from russet.net.terms import Terms, ended, in_good_order, proposal
from russet.net.traced import traced
from russet.net.turn import Turn

__all__ = ["MOMENT", "Requestor"]

_ResultT = TypeVar("_ResultT")

MOMENT: Final = 0.05
"""Seconds that the company of a request is waited for, at most."""


class Requestor:
    """An association that we asked for. Use as a context manager: it ends with a release.

    It is for one thread at a time: another one gets a `TurnError` while something is out.

    Attributes:
        address: Whom we called, and as whom.
        terms: What was proposed.
        peer: Who answered.
    """

    def __init__(self, address: Address, terms: Terms) -> None:
        """Connect and associate.

        Raises:
            NetworkError: Each of its kinds, with the likely cause and what to try.
        """
        self.address = address
        self._over = True
        self._until = 0.0
        self._association: Association
        self._channel: Channel
        self._journal: Journal | None
        self._turn = Turn(address)
        self._open(terms)

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Release; abort when leaving because of more than a refusal of the peer."""
        if kind is None:
            try:
                self.release()
            except TurnError:
                self.abort()  # Nobody else would end it.
                raise
        elif in_good_order(kind):
            self._conclude()
        else:
            self.abort()

    def _conclude(self) -> None:
        """Release what nobody uses and nothing is out on, and abort the rest."""
        with contextlib.suppress(NetworkError):  # What led here is what has to be told.
            try:
                with self._turn:
                    if self._over or not len(self._calls):
                        self._release()
                        return
            except TurnError:
                pass
            self.abort()

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self._over

    @property
    def has_room(self) -> bool:
        """Whether another request may go at once."""
        return self._calls.has_room

    @property
    def association(self) -> Association:
        """The protocol's side: what was agreed on, and what is out."""
        return self._association

    def perform(self, operation: Operation[_ResultT]) -> Iterator[_ResultT]:
        """Have the peer perform `operation`, giving its results as they come.

        Who stops taking results before the last has a C-CANCEL sent (PS3.7 9.3) where the
        operation knows one, and what still comes is dropped.

        Raises:
            NoContextError: When the peer accepted no context for it.
            NetworkError: When the association broke.
        """
        call, go_on = self.start(operation), self._turn.go_on
        try:
            while True:
                while call.results:
                    yield call.results.popleft()
                    go_on()
                if call.done:
                    break
                self._pump_until(lambda: bool(call.results) or call.done)
            call.outcome()
        except KeyboardInterrupt:
            self.abort()  # What had just been received may be lost: an answer would not be seen.
            raise
        finally:
            if not call.done and not self._over:
                self._give_up(call)

    def start(self, operation: Operation[Any]) -> Call:
        """Send a request, once the window has room; `wait` gives what it brings.

        Raises:
            NoContextError: When the peer accepted no context for it.
            NetworkError: When the association broke.
            TurnError: When another thread uses it.
        """
        with self._turn as turn:
            turn.begin(self._is_out)
            if self._over:
                raise AbortedError(f"the association with {self.address} is over: connect again")
            if not self._calls.has_room:
                self._pump_until(lambda: self._calls.has_room)
            return self._request(operation)

    def _request(self, operation: Operation[Any]) -> Call:
        try:
            call = self._channel.request(self._calls, operation)
            if self._journal is not None:
                self._journal.asked(call, self.address.timeouts.clock())
            return call
        except (AbortedError, ConnectError, DeadlineError):
            self.abort()  # A message half sent: nothing more can be said on this association.
            raise

    def _is_out(self) -> bool:
        """Whether a request is out."""
        return not self._over and len(self._calls) > 0

    def go_on(self) -> None:
        """Go on, on this thread, with what another one began and uses no more."""
        self._turn.go_on()

    def wait(self, call: Call, company: Sequence[Started] = ()) -> list[Any]:
        """Wait for the final response to a request, and give all that it brought.

        Args:
            call: The request.
            company: Others, which get a moment to be answered as well.

        Raises:
            NetworkError: When the association broke.
            TurnError: When another thread uses it.
        """
        with self._turn as turn:
            turn.go_on()
            if company:
                self._listen(MOMENT, lambda: all(each.done for each in company))
            self._pump_until(lambda: call.done)
        return call.outcome()

    def cancel(self, call: Call) -> None:
        """Ask for an early end of a request that is out (C-CANCEL, PS3.7 9.3)."""
        self._calls.cancel(call, self.address.timeouts.clock())
        self._channel.flush()

    def listen(self, timeout: float, until: Callable[[], bool] = bool) -> None:
        """Perform what the peer requests of us, such as event reports, for a time.

        Args:
            timeout: Seconds.
            until: Ends it early when it says so.

        Raises:
            NetworkError: When the association broke.
            TurnError: When another thread uses it.
        """
        with self._turn as turn:
            turn.begin(self._is_out)
            self._listen(timeout, until)

    def _listen(self, timeout: float, until: Callable[[], bool]) -> None:
        clock = self.address.timeouts.clock
        deadline = clock() + timeout
        while not self._over and not until() and (left := deadline - clock()) > 0:
            try:
                event = self._channel.next_event(left)
            except DeadlineError:
                break
            self._take(self._checked(event))
        if not self._over:
            self._channel.flush()  # Nobody knows when this side receives again.

    def release(self) -> None:
        """End in good order (PS3.8 7.2); without effect when it is over already.

        Raises:
            TurnError: When another thread uses it.
        """
        with self._turn:
            self._release()

    def _release(self) -> None:
        if not self._over:
            with contextlib.suppress(NetworkError):  # Then there is nobody to release it with.
                self._channel.flush()
            self._over = True
            self._association.release(self.address.timeouts.clock())
            self._channel.finish()
            self._end("is released")

    def abort(self) -> None:
        """End at once (PS3.8 7.3), for any thread; without effect when it is over already."""
        if self._over:
            return
        self._over = True
        self._association.abort(self.address.timeouts.clock())
        try:
            self._channel.flush()
        except NetworkError:
            pass  # It is gone already, which is what was wanted.
        finally:
            self._end_here("is aborted")

    def _open(self, terms: Terms) -> None:
        self.terms = terms
        address, timeouts = self.address, self.address.timeouts
        journal = self._journal = Journal.of(address)
        began = timeouts.clock()
        stream = traced(blocking.connect(address.host, address.port, timeouts, address.tls))
        stream.eager = True
        now = timeouts.clock()
        if journal is not None:
            journal.requesting(terms, now - began, secured=address.tls is not None)
        limits = Limits(artim=timeouts.artim, max_length=address.max_pdu)
        self._association = Association.requestor(proposal(address, terms), now, limits)
        self._association.connected(now)
        self._channel = Channel(self._association, stream, timeouts)
        self._calls = Calls(self._association)
        self._performing = Performing(self._channel, Provider(terms.services), journal)
        self._over = False
        try:
            event = self._checked(self._channel.next_event(timeouts.acse))
            if not isinstance(event, Established):
                raise AbortedError(f"{address} answered nothing that makes sense")
            self.peer = event.peer
            if journal is not None:
                journal.accepted(event.peer, terms, timeouts.clock() - now)
        except BaseException:
            self._over = True
            self._channel.close()
            raise

    def _pump_until(self, condition: Callable[[], bool]) -> None:
        """Take events until something has come, as long as the peer gets on with what we asked.

        Raises:
            NetworkError: At the end, however it came.
        """
        with self._turn:
            self._got_on()
            while not condition():
                self._pump(self._until - self.address.timeouts.clock())
            self._channel.flush()

    def _pump(self, timeout: float) -> None:
        try:
            event = self._channel.next_event(timeout)
        except NetworkError:
            self.abort()
            raise
        self._take(self._checked(event))

    def _got_on(self) -> None:
        """The peer answered, or had us take an instance: it has its time anew."""
        self._until = self.address.timeouts.clock() + self.address.timeouts.response

    def _give_up(self, call: Call) -> None:
        """Have the peer end what nobody waits for; if it does not, the association ends."""
        until = self.address.timeouts.clock() + self.address.timeouts.response
        try:
            with self._turn:
                self.cancel(call)
                while not call.done:
                    self._pump(until - self.address.timeouts.clock())
        except TurnError:
            call.cancelled = True  # What it still brings is dropped by who takes it.
            return
        except NetworkError:
            self.abort()  # Whoever comes next is told; who left asked for nothing more.
        if not call.operation.done:
            self.abort()

    def _take(self, event: Event) -> None:
        if isinstance(event, Response):
            if self._journal is not None:
                self._journal.answered(event, self.address.timeouts.clock())
            self._calls.receive(event)
            self._got_on()
        elif isinstance(event, (Request, DataReceived)):
            before = self._performing.answers
            self._performing.take(event, self)
            if self._performing.answers != before:
                self._got_on()

    def _checked(self, event: Event | None) -> Event:
        """Give an event that is not the end.

        Raises:
            NetworkError: At the end, however it came.
        """
        if event is None or isinstance(event, (Rejected, Aborted, Released)):
            established = self._association.peer is not None
            unanswered = self._calls.is_unanswered
            error = ended(self.address, event, established=established, unanswered=unanswered)
            self._over = True
            self._end("was ended by the peer")
            raise error
        return event

    def _end_here(self, how: str) -> None:
        try:
            with self._turn:
                self._end(how)
        except TurnError:
            self._channel.interrupt()  # The thread that uses it comes to the end, and closes.

    def _end(self, how: str) -> None:
        if self._journal is not None:
            self._journal.over(how)
        self._channel.close()
        self._performing.let_go()
        self._calls.fail(AbortedError(f"the association with {self.address} ended"))
