"""Pending responses leave together where they can, in order, and none waits for a slow next one."""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, cast

import pytest

import russet
from russet import aio
from russet.codec import Command
from russet.data import Dataset
from russet.errors import AbortedError, NetworkError
from russet.net.channel import Channel
from russet.net.report import AssociationReport
from russet.net.timeouts import Timeouts
from russet.services.query import FindRequest
from tests.net.test_aio import on_a_loop

_MANY = 1000


def _numbered(number: int) -> Dataset:
    return Dataset(PatientID=str(number), QueryRetrieveLevel="STUDY")


def test_a_thousand_matches_come_in_their_order() -> None:
    def find(_: FindRequest) -> Iterator[Dataset]:
        return map(_numbered, range(_MANY))

    reports: list[AssociationReport] = []
    with (
        russet.serve(0, handlers={"find": find}, on_association=reports.append) as server,
        russet.connect("127.0.0.1", server.port) as association,
    ):
        found = [match.PatientID for match in association.find(PatientID="")]
    assert found == [str(number) for number in range(_MANY)]
    assert sum(report.matches for report in reports) == _MANY


def test_a_match_does_not_wait_for_the_next_one() -> None:
    seen = threading.Event()

    def find(_: FindRequest) -> Iterator[Dataset]:
        yield _numbered(1)
        assert seen.wait(10), "the first match was not sent"
        yield _numbered(2)

    with (
        russet.serve(0, handlers={"find": find}) as server,
        russet.connect("127.0.0.1", server.port) as association,
    ):
        matches = association.find(PatientID="")
        assert next(matches).PatientID == "1"
        seen.set()
        assert [match.PatientID for match in matches] == ["2"]


@pytest.mark.parametrize("long", [False, True], ids=["short", "long"])
def test_long_matches_keep_their_place_among_short_ones(*, long: bool) -> None:
    def find(_: FindRequest) -> Iterator[Dataset]:
        for number in range(200):
            match = _numbered(number)
            if long and number % 7 == 0:
                match.PatientComments = "x" * 10000
            yield match

    with (
        russet.serve(0, handlers={"find": find}) as server,
        russet.connect("127.0.0.1", server.port) as association,
    ):
        found = [match.PatientID for match in association.find(PatientID="", PatientComments="")]
    assert found == [str(number) for number in range(200)]


@on_a_loop
async def test_on_a_loop_a_thousand_matches_come_in_their_order() -> None:
    async def find(_: FindRequest) -> AsyncIterator[Dataset]:
        for number in range(_MANY):
            yield _numbered(number)

    def find_on_thread(_: FindRequest) -> Iterator[Dataset]:
        return map(_numbered, range(_MANY))

    for handler in (find, find_on_thread):
        reports: list[AssociationReport] = []
        async with (
            aio.serve(0, handlers={"find": handler}, on_association=reports.append) as server,
            aio.connect("127.0.0.1", server.port) as association,
        ):
            found = [match.PatientID async for match in association.find(PatientID="")]
        assert found == [str(number) for number in range(_MANY)]
        assert sum(report.matches for report in reports) == _MANY


@on_a_loop
async def test_on_a_loop_a_match_does_not_wait_for_the_next_one() -> None:
    seen = asyncio.Event()

    async def find(_: FindRequest) -> AsyncIterator[Dataset]:
        yield _numbered(1)
        async with asyncio.timeout(10):
            await seen.wait()
        yield _numbered(2)

    async with (
        aio.serve(0, handlers={"find": find}) as server,
        aio.connect("127.0.0.1", server.port) as association,
    ):
        found = []
        async for match in association.find(PatientID=""):
            found.append(match.PatientID)
            seen.set()
    assert found == ["1", "2"]


class _Silent:
    """An association and its stream in one: what is sent is written down, a write at a time."""

    def __init__(self) -> None:
        self.peer = "127.0.0.1"
        self.queued: deque[bytes] = deque()
        self.written: list[bytes] = []
        self.error: NetworkError | None = None
        self.interrupted = False

    def send(self, *message: Any, **_: Any) -> None:
        if len(message) == 1:
            if self.error is not None:
                raise self.error
            self.written.append(message[0])
        else:
            self.queued.append(message[2])

    def data_to_send(self) -> bytes:
        data = b"".join(self.queued)
        self.queued.clear()
        return data

    def interrupt(self) -> None:
        self.interrupted = True


def _channel(silent: _Silent, tasks: list[Callable[[], None]]) -> Callable[..., None]:
    def elsewhere(task: Callable[[], None]) -> bool:
        tasks.append(task)
        return True

    channel = Channel(cast("Any", silent), cast("Any", silent), Timeouts(), bool, elsewhere)

    def answer(data: bytes, *, more: bool = True) -> None:
        channel.answer(cast("Any", None), Command(0x8020), data, more=more)

    return answer


def test_what_is_held_goes_in_one_write_with_the_last() -> None:
    silent, tasks = _Silent(), list[Callable[[], None]]()
    answer = _channel(silent, tasks)
    answer(b"1")
    answer(b"2")
    assert silent.written == []
    assert len(tasks) == 1
    answer(b"3", more=False)
    assert silent.written == [b"123"]
    tasks[0]()
    answer(b"4")
    assert len(tasks) == 2
    tasks[1]()
    assert silent.written == [b"123", b"4"]


def test_no_more_is_held_than_a_few_and_nothing_long() -> None:
    silent = _Silent()
    answer = _channel(silent, [])
    for _ in range(64):
        answer(b"x")
    answer(b"y" * 5000)
    assert [len(each) for each in silent.written] == [64, 5000]


def test_what_cannot_be_sent_ends_the_work_that_makes_it() -> None:
    silent, tasks = _Silent(), list[Callable[[], None]]()
    answer = _channel(silent, tasks)
    answer(b"1")
    silent.error = AbortedError("the peer is gone")
    tasks[0]()
    assert silent.interrupted
    with pytest.raises(AbortedError, match=r"broke|over"):
        answer(b"2", more=False)
