"""Handlers and what they do to the thread they run on, or to the loop: for both bodies."""

import asyncio
import re
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import russet
from russet.association import AcceptedContext, Answer, Place, Provider, Request, Work
from russet.association.effects import Effects
from russet.codec import Command
from russet.errors import RussetError, StatusError
from russet.net.aio.threads import NoThreadError, Threads
from russet.net.workers import Workers
from russet.services.storage import Instance
from russet.storage import FunctionReceiver
from tests.net.test_aio import on_a_loop
from tests.net.test_serving import instance_file
from tests.support.bodies import Body
from tests.support.pair import CT, IMPLICIT

PATIENCE = 10.0


class _EndOfThread(BaseException):
    """What some libraries raise to end a thread."""


@pytest.fixture
def image(tmp_path: Path) -> Path:
    return instance_file(tmp_path / "image.dcm")


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), _EndOfThread()])
def test_what_would_end_a_thread_is_answered_as_a_failure_and_the_association_lives_on(
    body: Body, error: BaseException, image: Path, caplog: pytest.LogCaptureFixture
) -> None:
    raised = [error]

    def take(_: Instance) -> None:
        if raised:
            raise raised.pop()

    with (
        body.serve(handlers={"store": take}) as receiver,
        body.connect(receiver.port) as association,
    ):
        assert association.store(image).status == 0xC110
        assert association.store(image).status == 0x0000
    assert f"a handler raised {type(error).__name__}" in caplog.text


def test_a_worker_outlives_what_would_end_a_thread(caplog: pytest.LogCaptureFixture) -> None:
    names: list[str] = []
    done = threading.Semaphore(0)

    def leave() -> None:
        names.append(threading.current_thread().name)
        done.release()
        raise SystemExit(3)

    workers = Workers("worker", 1)
    for _ in range(2):
        while not workers.run(leave):
            pass  # It is at rest a moment later.
        assert done.acquire(timeout=PATIENCE)
    assert names == ["worker-1", "worker-1"]
    workers.close()


def test_without_a_thread_a_request_is_refused_for_want_of_resources(
    image: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    taken: list[Instance] = []

    @on_a_loop
    async def ask() -> None:
        async with (
            russet.aio.serve(0, handlers={"store": taken.append}) as receiver,
            russet.aio.connect("127.0.0.1", receiver.port) as association,
        ):
            monkeypatch.setattr(Workers, "run", lambda *_: False)
            assert (await association.store(image)).status == 0xA700
            monkeypatch.undo()
            assert (await association.store(image)).status == 0x0000

    ask()
    assert len(taken) == 1
    assert "a request was refused: there is no thread" in caplog.text


@pytest.mark.parametrize(
    ("command_field", "status"),
    [(0x0001, 0xA700), (0x0010, 0xA702), (0x0020, 0xA700), (0x0021, 0xA702), (0x0140, 0x0213)],
    ids=["C-STORE", "C-GET", "C-FIND", "C-MOVE", "N-CREATE"],
)
def test_want_of_resources_has_the_status_of_the_service(command_field: int, status: int) -> None:
    dropped: list[str] = []
    request = Request(
        AcceptedContext(1, CT, IMPLICIT, scu=False, scp=True), Command(command_field, message_id=7)
    )

    def perform() -> Effects:
        yield Answer(Command(command_field | 0x8000))

    work = Work(request, Place.WORKER, perform(), lambda: dropped.append("dropped"))
    (answer,) = Provider([]).refuse(work)
    assert isinstance(answer, Answer)
    command = answer.command
    assert (command.status, command.message_id_being_responded_to) == (status, 7)
    assert dropped == ["dropped"]


@on_a_loop
async def test_who_finds_no_thread_free_waits_for_one() -> None:
    go, done = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    order: list[str] = []

    def first() -> None:
        assert go.wait(PATIENCE)
        order.append("first")
        loop.call_soon_threadsafe(threads.free)

    def second() -> None:
        order.append("second")
        loop.call_soon_threadsafe(done.set)

    threads = Threads("thread", 1)
    await threads.run(first)
    waiting = asyncio.create_task(threads.run(second))
    await asyncio.sleep(0)
    assert not waiting.done()
    go.set()
    await waiting
    await done.wait()
    assert order == ["first", "second"]
    threads.close()


@on_a_loop
async def test_who_gets_no_thread_takes_no_turn_from_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    threads = Threads("thread", 1)
    monkeypatch.setattr(Workers, "run", lambda *_: False)
    with pytest.raises(NoThreadError):
        await threads.run(print)
    monkeypatch.undo()
    await threads.run(partial(loop.call_soon_threadsafe, done.set))  # type: ignore[arg-type]
    await done.wait()
    threads.close()


def test_a_row_that_widens_the_window_has_its_threads() -> None:
    rows = [russet.association.Row("all", rights=russet.association.Rights(window=(40, 1)))]
    assert russet.Policy(window=(8, 8), rows=rows).widest_window == 40
    assert russet.Policy(window=(0, 0)).widest_window == 1


class _Taking:
    async def __call__(self, _: Instance) -> None:
        pass


async def take(_: Instance, _kept: object = None) -> None:
    pass


@pytest.mark.parametrize("handler", [take, partial(take, _kept=1), _Taking()])
def test_every_kind_of_coroutine_function_stores_on_the_loop(handler: Any, image: Path) -> None:
    threads: list[str] = []

    async def noted(instance: Instance) -> None:
        threads.append(threading.current_thread().name)
        await handler(instance)

    assert FunctionReceiver(handler).place is Place.LOOP
    assert FunctionReceiver(lambda _: None).place is Place.WORKER

    @on_a_loop
    async def run() -> None:
        async with (
            russet.aio.serve(0, handlers={"store": partial(noted)}) as receiver,
            russet.aio.connect("127.0.0.1", receiver.port) as association,
        ):
            assert (await association.store(image)).ok

    run()
    assert threads == [threading.current_thread().name]


@pytest.mark.parametrize("given", ["ok", True, {}])
def test_a_store_handler_that_gives_no_status_is_told_so(
    body: Body, given: object, image: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        body.serve(handlers={"store": lambda _: given}) as receiver,
        body.connect(receiver.port) as client,
    ):
        assert client.store(image).status == 0xC110
    assert f"the store handler gave {given!r}: it gives a status as an int, or None" in caplog.text


def test_a_find_handler_that_gives_no_data_set_is_told_so(
    body: Body, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        body.serve(handlers={"find": lambda _: ["DOE"]}) as receiver,
        body.connect(receiver.port) as client,
        pytest.raises(StatusError),
    ):
        list(client.find(PatientName=""))
    assert "the find handler gave 'DOE': a match is a Dataset" in caplog.text


@pytest.mark.parametrize(
    ("destinations", "told"),
    [
        ({"V": ("localhost", 11113)}, "the destination of 'V' is a tuple, not a russet.assoc"),
        ([("V", "localhost")], "destinations is a list: give a mapping of AE titles"),
    ],
)
def test_destinations_that_are_none_are_refused_at_once(
    body: Body, destinations: Any, told: str
) -> None:
    with (
        pytest.raises(RussetError, match=re.escape(told)),
        body.serve(handlers={"move": lambda _: []}, destinations=destinations),
    ):
        pass
