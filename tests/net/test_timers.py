"""Every timer of an association, on a clock that only the script moves: no test waits."""

import asyncio
from typing import Any, Final

import pytest

import russet
from russet.association import Policy
from russet.errors import DeadlineError
from russet.net import blocking
from russet.net.receive import Acceptor
from russet.net.timeouts import Timeouts
from russet.services.storage import StorageService
from russet.storage import FunctionReceiver
from tests.net.test_aio import on_a_loop
from tests.net.test_serving import Reports
from tests.support.instances import data_set, element, message
from tests.support.raw_peer import associate_rq

LARGE: Final = message(data_set(*[element("0010 4000", "LT", "x" * 10000)] * 6))


class Scripted:
    """A stream whose peer sends each piece `every` so many seconds, and then nothing."""

    def __init__(self, *pieces: bytes, every: float = 0.0) -> None:
        self.peer = "peer"
        self.eager = False
        self.now = 1000.0
        self.sent = b""
        self._pieces = list(pieces)
        self._every = every
        self._closed = False

    @property
    def seconds(self) -> float:
        return self.now - 1000.0

    def first(self) -> bytes:
        """What the listening thread has received before there is anything to perform."""
        return self._pieces.pop(0)

    def receive_into(self, space: memoryview, timeout: float) -> int | None:
        if self._closed:
            return 0
        if not self._pieces or timeout < self._every:
            self.now += max(timeout, 0.0)
            return None
        self.now += self._every
        piece = self._pieces.pop(0)
        space[: len(piece)] = piece
        return len(piece)

    def send(self, data: bytes) -> None:
        self.sent += data

    def interrupt(self) -> None:
        self._closed = True

    def close(self) -> None:
        self._closed = True


class AsyncScripted(Scripted):
    async def receive_into(self, space: memoryview, timeout: float) -> int | None:  # type: ignore[override]  # noqa: ASYNC109
        await asyncio.sleep(0)  # Others on the loop have their turn.
        return super().receive_into(space, timeout)

    async def send(self, data: bytes) -> None:  # type: ignore[override]
        super().send(data)


def served_on_threads(stream: Scripted) -> str:
    reports = Reports()
    timeouts = Timeouts(clock=lambda: stream.now)
    policy = Policy(check_called=False)
    store = StorageService(FunctionReceiver(lambda _: None))
    acceptor = Acceptor([store], policy, timeouts, on_association=reports)
    acceptor.perform(stream, stream.first())
    acceptor.close(stream.now)
    return reports.wait().outcome


def served_on_asyncio(stream: Scripted) -> str:
    outcomes = []

    @on_a_loop
    async def serve() -> None:
        timeouts = Timeouts(clock=lambda: stream.now)
        async with russet.aio.serve(
            None, handlers={"store": lambda _: None}, timeouts=timeouts
        ) as receiver:
            report = await receiver.serve_stream(stream)  # type: ignore[arg-type]  # an async one
            outcomes.append(report.outcome)

    serve()
    return outcomes[0]


BODIES: Final = {
    "threads": (served_on_threads, Scripted),
    "asyncio": (served_on_asyncio, AsyncScripted),
}


@pytest.fixture(params=list(BODIES))
def served(request: pytest.FixtureRequest) -> Any:
    return BODIES[request.param]


def test_artim_ends_a_connection_without_a_request(served: Any) -> None:
    serve, stream_of = served
    stream = stream_of(associate_rq()[:1])
    assert "nothing for 30 s" in serve(stream)
    assert stream.seconds == 30.0
    assert stream.sent == b""


def test_artim_is_not_prolonged_by_a_request_that_drips(served: Any) -> None:
    serve, stream_of = served
    stream = stream_of(*(bytes([each]) for each in associate_rq()), every=7.0)
    serve(stream)
    assert 30.0 <= stream.seconds < 40.0


def test_an_association_without_a_message_is_idle_for_so_long(served: Any) -> None:
    serve, stream_of = served
    stream = stream_of(associate_rq())
    assert "sent no whole message for 60 s" in serve(stream)
    assert 60.0 <= stream.seconds <= 62.0  # and a farewell


def test_a_data_set_that_crawls_is_stalled_after_so_long(served: Any) -> None:
    serve, stream_of = served
    pieces = [LARGE[at : at + 100] for at in range(0, len(LARGE), 100)]
    stream = stream_of(associate_rq(), *pieces, every=1.0)
    assert "bytes/s" in serve(stream)
    assert 30.0 <= stream.seconds <= 36.0


def test_what_came_fast_buys_no_time_to_crawl(served: Any) -> None:
    serve, stream_of = served
    wire = message(data_set(*[element("0010 4000", "LT", "x" * 10000)] * 12))
    fast = [wire[at : at + 3000] for at in range(0, 90000, 3000)]
    slow = [wire[at : at + 10] for at in range(90000, 92000, 10)]
    stream = stream_of(associate_rq(), *fast, *slow, every=1.0)
    assert "bytes/s" in serve(stream)
    assert 60.0 <= stream.seconds <= 66.0


def test_a_data_set_that_moves_may_take_its_time(served: Any) -> None:
    serve, stream_of = served
    pieces = [LARGE[at : at + 1100] for at in range(0, len(LARGE), 1100)]
    stream = stream_of(associate_rq(), *pieces, every=1.0)
    assert "sent no whole message for 60 s" in serve(stream)
    assert stream.seconds > 100.0


def test_the_answer_to_a_request_for_an_association_has_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = Scripted()
    monkeypatch.setattr(blocking, "connect", lambda *_: stream)
    with pytest.raises(DeadlineError):
        russet.connect("peer", 104, timeouts=Timeouts(clock=lambda: stream.now, acse=11.0))
    assert stream.seconds == 11.0


@on_a_loop
async def test_the_answer_has_its_time_on_asyncio_too() -> None:
    stream = AsyncScripted()
    timeouts = Timeouts(clock=lambda: stream.now, acse=11.0)
    with pytest.raises(DeadlineError):
        await russet.aio.connect("peer", 0, stream=stream, timeouts=timeouts)
    assert stream.seconds == 11.0
