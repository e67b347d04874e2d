"""One association being served on threads: one reads, and work that takes its time has its own."""

import contextlib
import logging
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from russet.association.calls import Call, Calls
from russet.association.effects import (
    Answer,
    Await,
    Connect,
    Effect,
    Effects,
    Later,
    Pause,
    Place,
    Start,
    Started,
    Wait,
)
from russet.association.events import (
    Aborted,
    Claimed,
    Established,
    Event,
    Rejected,
    Released,
    Request,
    Response,
)
from russet.association.lane import ANY_NUMBER, Lane
from russet.association.provider import Provider, Work
from russet.codec import DataReceived
from russet.dimse.commands import is_final
from russet.dimse.exchange import WindowFullError
from russet.errors import AbortedError, DeadlineError, NetworkError, StatusError
from russet.net.channel import Channel
from russet.net.drive import drive
from russet.net.following import Followed
from russet.net.outcome import Address
from russet.net.report import AssociationReport
from russet.net.requestor import MOMENT, Requestor
from russet.net.terms import Terms

if TYPE_CHECKING:
    from russet.net.receive import Acceptor

__all__ = ["Conversation"]

_LOG: Final = logging.getLogger("russet.scp")
_FAREWELL: Final = 2.0
_NO_SUBOPERATIONS: Final = 0xA702


class Conversation:
    """One association being performed.

    Attributes:
        report: What became of it.
        is_established: Whether there is an association.
        on_rejected: Hears that there will be none.
    """

    def __init__(
        self,
        acceptor: "Acceptor",
        channel: Channel,
        provider: Provider,
        report: AssociationReport,
    ) -> None:
        """Perform with `provider` what comes over `channel`."""
        self.report = report
        self._acceptor = acceptor
        self._channel = channel
        self._provider = provider
        self._calls = Calls(channel.association)
        self._lane: Lane[Work] = Lane()
        self._unanswered: set[int] = set()
        self._asking: set[_Performer] = set()
        self._reader = 0
        self._changed = threading.Condition()
        self._awaited: list[Callable[[], bool]] = []
        self.is_established = False
        self.on_rejected: Callable[[], None] = lambda: None

    @property
    def is_busy(self) -> bool:
        """Whether anything is under way: a data set that arrives, or work."""
        return self._provider.is_receiving or len(self._lane) > 0

    def run(self, received: bytes) -> None:
        """Take events until there are no more."""
        self._reader = threading.get_ident()
        try:
            self._channel.feed(received)
            while (event := self._next()) is not None:
                if isinstance(event, (Request, DataReceived)):
                    self._perform(event)
                    continue
                if isinstance(event, Claimed):
                    event = self._verified(event)
                if isinstance(event, (Rejected, Released, Aborted)):
                    self._end(event)
                    return
                self._take(event)
            self._break_off("the server stops")
        except DeadlineError as error:
            self._break_off(str(error))
        except AbortedError as error:
            self.report.outcome = f"aborted: {error}"

    def close(self) -> None:
        """Leave nothing open, whatever happened."""
        self._let_go()
        self.report.octets = self._channel.pace.received
        if self.is_established:
            self._acceptor.count(-1)
        self._channel.close()

    def _next(self) -> Event | None:
        """The next event; None when our side is to end it."""
        while not self._acceptor.draining or self.is_busy:
            try:
                event = self._channel.next_event(self._acceptor.idle)
            except DeadlineError:
                if len(self._lane) and not self._provider.is_receiving:
                    continue  # It waits for us, so it is not idle.
                raise
            if event is not None or not len(self._lane):
                return event
            self._wait_until(lambda: not len(self._lane))
        return None

    def _take(self, event: Event) -> None:
        if isinstance(event, Response):
            self._calls.receive(event)
            with self._changed:
                # Waking a thread costs more than an answer: only when it has what it waits for.
                if any(condition() for condition in self._awaited):
                    self._changed.notify_all()
        elif isinstance(event, Established):
            self.is_established = True
            self._acceptor.count(+1)
            self.report.begin(event.peer)
            self._lane.window = self._channel.association.window or ANY_NUMBER

    def _verified(self, claimed: Claimed) -> Event:
        """Have the identity of a request verified, here and now; the event that comes of it."""
        try:
            drive(claimed.verification.effects(), _Performer(self, None).do)
        except BaseException:  # noqa: BLE001 (SystemExit, say: then nobody is verified)
            _LOG.exception("an identity could not be verified")
        return self._channel.association.verified(self._channel.pace.clock())

    def _perform(self, event: Request | DataReceived) -> None:
        """Have the services act on a part of a request; what takes its time gets a thread."""
        channel = self._channel
        channel.pace.follow(event)
        work = self._provider.receive(channel.association, event)
        if work is None:
            return
        if work.place is Place.READER:
            drive(work.effects, _Performer(self, work).do)
        else:
            self._admit(work)

    def _admit(self, work: Work) -> None:
        """Start work, or keep it until its turn; with too much of it hold the peer back."""
        self._unanswered.add(id(work))
        if self._lane.is_full:
            self._wait_until(lambda: not self._lane.is_full or bool(self._asking))
        if self._lane.is_full:  # What runs may wait for a response that comes behind this request.
            drive(self._provider.refuse(work), _Performer(self, work).do)
            return
        with self._changed:
            start = self._lane.admit(work)
        if start and not self._acceptor.workers.run(lambda: self._work(work)):
            self._work(work)  # No thread to be had: better late than never.

    def _work(self, work: Work | None) -> None:
        """On a thread of its own: perform one work after the other."""
        while work is not None:
            performer = _Performer(self, work, in_lane=True)
            try:
                drive(work.effects, performer.do)
            except NetworkError:
                performer.close(failed=True)  # Nobody is there to hear the answer.
            except BaseException:  # noqa: BLE001 (whatever it is, only this work ends)
                _LOG.exception("work was lost by a fault of ours")
                performer.close(failed=True)
            else:
                performer.close()
            finally:
                with self._changed:
                    work = self._lane.done()
                    self._changed.notify_all()
        if self._acceptor.draining:
            self._channel.interrupt()

    def _wait_until(self, condition: Callable[[], bool], timeout: float | None = None) -> bool:
        with self._changed:
            self._awaited.append(condition)
            try:
                return self._changed.wait_for(condition, timeout)
            finally:
                self._awaited.remove(condition)

    def _end(self, event: Rejected | Released | Aborted) -> None:
        receiving = self._provider.is_receiving
        self._provider.receive(self._channel.association, event)
        peer = self._channel.association.peer
        self.report.end(event, peer, unfinished=receiving or bool(self._unanswered))
        self._let_go()
        if isinstance(event, Rejected):
            self.on_rejected()
        # Whoever had no association is not worth a thread for as long as ARTIM runs.
        self._channel.finish(None if isinstance(event, Released) else _FAREWELL)

    def _break_off(self, why: str) -> None:
        if self._channel.association.should_close:
            self.report.outcome = f"aborted by us: {why}"
            return
        self.report.break_off(why)
        self._channel.association.abort(self._channel.pace.clock())
        self._let_go()
        self._channel.finish(_FAREWELL)

    def _let_go(self) -> None:
        """Nobody is there to hear any more: stop what runs, drop what waits."""
        self._provider.discard()
        with self._changed:
            waiting = self._lane.clear()
            self._calls.fail(AbortedError("the association ended"))
            self._changed.notify_all()
        for work in waiting:
            work.discard()

    # --- what the effects of work need; on any thread ---

    def answer(self, work: Work, answer: Answer) -> None:
        """Send a response."""
        # First of all what the report goes by: a peer that has its answer may release at once.
        self.report.note(answer)
        if is_final(answer.command):
            self._unanswered.discard(id(work))
        context = work.request.context
        self._channel.answer(context, answer.command, answer.data, more=answer.more)

    def asks(self, performer: "_Performer") -> None:
        """Hear that work of the lane asks the peer for something, before it does."""
        if performer not in self._asking:
            with self._changed:
                self._asking.add(performer)
                self._changed.notify_all()

    def asks_no_more(self, performer: "_Performer") -> None:
        """Hear that work has ended."""
        self._asking.discard(performer)

    def start(self, operation: Any) -> Call:
        """Send a request of ours, once the window has room."""
        if threading.get_ident() == self._reader:  # Then nobody would read the response.
            raise StatusError("no thread to be had", _NO_SUBOPERATIONS)
        patience = self._acceptor.timeouts.response
        while True:
            if not self._wait_until(lambda: self._calls.has_room, patience):
                raise DeadlineError(f"the peer answered nothing for {patience:g} s")
            try:
                return self._channel.request(self._calls, operation)
            except WindowFullError:
                continue  # Another thread took the room.

    def wait(self, call: Call, company: Sequence[Started] = ()) -> list[Any]:
        """Wait for what a request of ours brings; its company gets a moment."""
        if company:
            self._wait_until(lambda: all(each.done for each in company), MOMENT)
        patience = self._acceptor.timeouts.response
        if not self._wait_until(lambda: call.done, patience):
            raise DeadlineError(f"the peer did not answer a request of ours for {patience:g} s")
        return call.outcome()

    def connect(self, effect: Connect) -> Requestor:
        """Associate with somebody else.

        Raises:
            NetworkError: When that fails, or the server has ended.
        """
        if self._acceptor.closed:
            raise AbortedError("the server stops")
        to = effect.destination
        timeouts = self._acceptor.timeouts
        address = Address(to.host, to.port, to.called, to.calling, timeouts=timeouts, tls=to.tls)
        return Requestor(address, Terms(effect.contexts, effect.roles))

    def pause(self, seconds: float) -> None:
        """Let time pass, as long as the server runs."""
        self._acceptor.pause(seconds)

    def later(self, work: Work, effects: Effects) -> None:
        """Go on with effects apart from the request, on one of the threads for that."""
        performer = _Performer(self, work)
        self._acceptor.following.add(
            Followed(self.report.calling, effects, performer.do, performer.close)
        )

    def run_coroutine(self, effect: Await) -> Any:
        """Wait for a coroutine of a handler, which runs on the server's event loop."""
        return self._acceptor.loop.run(effect.awaitable)


class _Performer:
    """Carries out the effects of one work."""

    __slots__ = ("_conversation", "_in_lane", "_links", "_work")

    def __init__(
        self, conversation: Conversation, work: Work | None, *, in_lane: bool = False
    ) -> None:
        self._conversation = conversation
        self._in_lane = in_lane
        self._work: Any = work  # None where nothing is answered
        self._links: list[Requestor] | None = None  # Most work makes none.

    def do(self, effect: Effect) -> Any:
        """Do what a service asks for."""
        conversation = self._conversation
        match effect:
            case Answer():
                return conversation.answer(self._work, effect)
            case Await():
                return conversation.run_coroutine(effect)
            case Later(effects, _):
                return conversation.later(self._work, effects)
            case Pause(seconds):
                return conversation.pause(seconds)
            case Connect():
                self._links = self._links or []
                self._links.append(conversation.connect(effect))
                return self._links[-1]
            case Start(operation, link):
                return Started(link, self._asking(link).start(operation))
            case Wait((link, call), company):
                return (conversation if link is None else link).wait(call, company)

    def _asking(self, link: Requestor | None) -> Any:
        """Give what sends requests on an association; None is that of the work."""
        if link is None and self._in_lane:  # What follows a request holds up no other.
            self._conversation.asks(self)
        return self._conversation if link is None else link

    def close(self, *, failed: bool = False) -> None:
        """End the associations that were made for this work; how they end is no matter."""
        self._conversation.asks_no_more(self)
        for link in self._links or ():
            with contextlib.suppress(NetworkError):
                if failed:
                    link.abort()
                else:
                    link.release()
