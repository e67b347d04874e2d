"""An association that we asked for, on a thread: requests out, what they bring in."""

import contextlib
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Self, TypeVar

from russet.association.association import Association
from russet.association.calls import Call, Calls
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
from russet.association.provider import Provider, Work
from russet.codec import Command, DataReceived
from russet.dimse.status import Category, Status
from russet.errors import AbortedError, ConnectError, DeadlineError, NetworkError
from russet.net import blocking
from russet.net.channel import Channel
from russet.net.drive import drive
from russet.net.journal import Journal
from russet.net.loop_thread import LoopThread
from russet.net.outcome import Address
from russet.net.terms import NATIVE, Terms, ended, in_good_order, proposal
from russet.net.traced import traced

__all__ = ["MOMENT", "Requestor"]

_LOG: Final = logging.getLogger("russet.scp")
_ResultT = TypeVar("_ResultT")

_QUICK: Final = 1e-3
"""Seconds that work may take whose answer waits for the next."""

MOMENT: Final = 0.05
"""Seconds that the company of a request is waited for, at most."""


class Requestor:
    """An association that we asked for. Use as a context manager: it ends with a release.

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
        self._further: list[Self] = []
        self._over = True
        self._until = 0.0
        self._association: Association
        self._channel: Channel
        self._journal: Journal | None
        self._open(terms)

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Release; abort when leaving because of more than a refusal of the peer."""
        if kind is None:
            self.release()
        elif in_good_order(kind):
            self._conclude()
        else:
            self.abort()

    def _conclude(self) -> None:
        """Release what nothing is out on, and abort the rest; what was to be sent is not."""
        with contextlib.suppress(NetworkError):  # What led here is what has to be told.
            for each in self._further:
                each._conclude()  # noqa: SLF001 (of this class)
            if self._over or not len(self._calls):
                self._release()
            else:
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
        call = self.start(operation)
        try:
            while True:
                while call.results:
                    yield call.results.popleft()
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
        """
        if self._over:
            raise AbortedError(f"the association with {self.address} is over: connect again")
        self._pump_until(lambda: self._calls.has_room)
        try:
            call = self._channel.request(self._calls, operation)
            if self._journal is not None:
                self._journal.asked(call, self.address.timeouts.clock())
            return call
        except (AbortedError, ConnectError, DeadlineError):
            self.abort()  # A message half sent: nothing more can be said on this association.
            raise

    def wait(self, call: Call, company: Sequence[Started] = ()) -> list[Any]:
        """Wait for the final response to a request, and give all that it brought.

        Args:
            call: The request.
            company: Others, which get a moment to be answered as well.

        Raises:
            NetworkError: When the association broke.
        """
        if company:
            self.listen(MOMENT, lambda: all(each.done for each in company))
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
        """
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
        """End in good order (PS3.8 7.2); without effect when it is over already."""
        for each in self._further:
            each.release()
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
        """End at once (PS3.8 7.3); without effect when it is over already."""
        for each in self._further:
            each.abort()
        if self._over:
            return
        self._over = True
        self._association.abort(self.address.timeouts.clock())
        try:
            self._channel.flush()
        except NetworkError:
            pass  # It is gone already, which is what was wanted.
        finally:
            self._end("is aborted")

    def carrier(self, sop_class_uid: str) -> Self:
        """Give an association to this peer that asked for a SOP class, as `another` does."""

        def fits(terms: Terms) -> bool:
            return any(terms.offers(sop_class_uid, syntax) for syntax in NATIVE)

        return self.another(fits, self.terms.carrying(sop_class_uid))

    def another(self, fits: Callable[[Terms], bool], terms: Terms) -> Self:
        """Give an association to this peer whose terms fit, or open one with `terms`.

        Some peers take one association at a time, so it takes the place of one that nothing is out
        on, this one first; while something is out on all of them, there is one more.

        Raises:
            NetworkError: Each of its kinds, with the likely cause and what to try.
        """
        for each in (self, *self._further):
            if not each.is_over and fits(each.terms):
                return each
        for each in (self, *self._further):
            if not len(each._calls):  # noqa: SLF001 (of this class)
                each._release()  # noqa: SLF001 (of this class)
                each._open(terms)  # noqa: SLF001 (of this class)
                return each
        self._further.append(type(self)(self.address, terms))
        return self._further[-1]

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
        self._provider = Provider(terms.services)
        self._loop = LoopThread()
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
            self.cancel(call)
            while not call.done:
                self._pump(until - self.address.timeouts.clock())
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
            self._channel.pace.follow(event)
            work = self._provider.receive(self._association, event)
            if work is not None:
                clock = self.address.timeouts.clock
                began = clock()
                drive(work.effects, lambda effect: self._do(work, effect))
                if clock() - began > _QUICK:
                    self._channel.flush()

    def _do(self, work: Work, effect: Effect) -> Any:
        """Carry out an effect of what the peer asked for, on the thread of the caller."""
        match effect:
            case Answer(command, data, _):
                return self._answer(work, command, data)
            case Await(awaitable):
                self._channel.flush()  # It may take long.
                return self._loop.run(awaitable)
            case Later(effects):
                return self._follow(work, effects)
            case Start(operation, None):
                return Started(None, self.start(operation))
            case Wait((_, call), company):
                return self.wait(call, company)
            case Connect() | Pause():
                raise AbortedError("the requesting side has one association, and waits for nothing")
        raise TypeError(f"{effect!r} is nothing that the requesting side can do")

    def _answer(self, work: Work, command: Command, data: Any) -> None:
        if Status(command.status or 0).category is not Category.FAILURE:
            self._got_on()
        if self._journal is not None:
            self._journal.served(work.request.command, command)
        self._channel.queue(work.request.context, command, data)

    def _follow(self, work: Work, effects: Effects) -> None:
        """Do what follows an answer at once: apart from the caller's thread there is none."""
        self._channel.flush()
        try:
            drive(effects, lambda effect: self._do(work, effect))
        except Exception as error:  # noqa: BLE001 (the request was answered: only what follows ends)
            unexpected = None if isinstance(error, NetworkError) else error
            _LOG.warning("what was to follow a request failed: %s", error, exc_info=unexpected)

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

    def _end(self, how: str) -> None:
        if self._journal is not None:
            self._journal.over(how)
        self._channel.close()
        self._provider.discard()
        self._loop.close()
        self._calls.fail(AbortedError(f"the association with {self.address} ended"))
