"""The body for asyncio: the same names, the same behaviour, on one event loop."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from functools import wraps
from pathlib import Path
from typing import Any

import pytest

import russet
from russet.errors import AbortedError, ConnectError, DeadlineError, RejectedError
from russet.net.aio.stream import LoopStream
from russet.net.timeouts import Timeouts
from russet.services.storage import Instance
from tests.net.test_serving import instance_file
from tests.support.instances import CT, EXPLICIT, INSTANCE, data_set
from tests.support.pair import IMPLICIT

Test = Callable[..., Coroutine[Any, Any, None]]


def on_a_loop(test: Test) -> Callable[..., None]:
    """Run a test that is a coroutine to its end, on a loop of its own."""

    @wraps(test)
    def run(*arguments: Any, **named: Any) -> None:
        asyncio.run(test(*arguments, **named))

    return run


@on_a_loop
async def test_echo_and_store_into_a_folder(tmp_path: Path) -> None:
    image = instance_file(tmp_path / "image.dcm")
    async with (
        russet.aio.serve(0, data=tmp_path / "data", durability="none") as receiver,
        russet.aio.connect("127.0.0.1", receiver.port, calling="ME") as association,
    ):
        assert (await association.echo()).status == 0x0000
        stored = await association.store(image)
        assert (stored.ok, stored.path) == (True, image)
    assert receiver.folder is not None
    assert [path.name for path in receiver.folder.instances.rglob("*.dcm")] == [f"{INSTANCE}.dcm"]


@on_a_loop
async def test_coroutines_functions_and_failures_as_handlers(tmp_path: Path) -> None:
    paths = [instance_file(tmp_path / f"{number}.dcm", f"1.{number}") for number in range(1, 30)]

    async def later(instance: Instance) -> int:
        await asyncio.sleep(0)
        return 0xB007 if instance.sop_instance_uid == "1.7" else 0

    def blocking(instance: Instance) -> int:
        return 0xB006 if instance.data == data_set(instance="1.9") else 0

    for handler, odd in ((later, 0xB007), (blocking, 0xB006)):
        async with (
            russet.aio.serve(0, handlers={"store": handler}) as receiver,
            russet.aio.connect("127.0.0.1", receiver.port) as association,
        ):
            results = [stored async for stored in association.store(paths)]
        assert [stored.path for stored in results] == paths
        assert [stored.status for stored in results if stored.status] == [odd]


@on_a_loop
async def test_a_handler_that_raises_answers_a_failure_and_the_association_lives_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    image = instance_file(tmp_path / "image.dcm")

    async def fail(_: Instance) -> None:
        raise ValueError("the database is away")

    async with (
        russet.aio.serve(0, handlers={"store": fail}) as receiver,
        russet.aio.connect("127.0.0.1", receiver.port) as association,
    ):
        assert (await association.store(image)).status == 0xC110
        assert (await association.echo()).status == 0x0000
    assert "the database is away" in caplog.text


@on_a_loop
async def test_a_handler_that_waits_for_what_is_cancelled_answers_a_failure(tmp_path: Path) -> None:
    image = instance_file(tmp_path / "image.dcm")

    async def give_up(_: Instance) -> None:
        other = asyncio.create_task(asyncio.Event().wait())
        other.cancel()
        await other

    async with (
        russet.aio.serve(0, handlers={"store": give_up}) as receiver,
        russet.aio.connect("127.0.0.1", receiver.port) as association,
    ):
        async with asyncio.timeout(5.0):
            stored = [each.status async for each in association.store([image, image])]
        assert stored == [0xC110, 0xC110]
        assert (await association.echo()).status == 0x0000


@on_a_loop
async def test_tasks_share_an_association_and_its_window(tmp_path: Path) -> None:
    images = [instance_file(tmp_path / f"{number}.dcm", f"1.{number}") for number in range(1, 5)]
    together = asyncio.Barrier(4)

    async def take(_: Instance) -> None:
        await together.wait()

    contexts = [("1.2.840.10008.1.1", [IMPLICIT]), (CT, [EXPLICIT])]
    async with (
        russet.aio.serve(0, handlers={"store": take}) as receiver,
        russet.aio.connect("127.0.0.1", receiver.port, contexts=contexts) as association,
    ):
        stored = await asyncio.gather(*(association.store(image) for image in images))
        echoed = await association.echo()
    assert ([each.ok for each in stored], echoed.status) == ([True] * 4, 0)


async def _stored(port: int, image: Path) -> bool:
    async with russet.aio.connect("127.0.0.1", port) as association:
        stored = await association.store(image)
        return bool(stored.ok)


@on_a_loop
async def test_within_the_window_handlers_run_at_the_same_time(tmp_path: Path) -> None:
    paths = [instance_file(tmp_path / f"{number}.dcm", f"1.{number}") for number in range(1, 9)]
    together = asyncio.Barrier(4)

    async def take(_: Instance) -> None:
        await together.wait()

    async with (
        russet.aio.serve(0, handlers={"store": take}) as receiver,
        russet.aio.connect("127.0.0.1", receiver.port, window=(4, 1)) as association,
    ):
        results = [stored.ok async for stored in association.store(paths)]
    assert results == [True] * 8


@on_a_loop
async def test_what_goes_wrong_is_said_with_what_to_try() -> None:
    async with russet.aio.serve(0) as receiver:
        port = receiver.port
    with pytest.raises(ConnectError, match="nothing listens"):
        await russet.aio.connect("127.0.0.1", port)
    policy = russet.Policy(ae_title="OTHER")
    async with russet.aio.serve(0, policy=policy) as receiver:
        with pytest.raises(RejectedError, match="called AE title not recognized"):
            await russet.aio.connect("127.0.0.1", receiver.port)


@on_a_loop
async def test_a_peer_that_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(DeadlineError):
            await russet.aio.connect("127.0.0.1", port, timeouts=Timeouts(acse=0.05))


@on_a_loop
async def test_cancelling_a_task_aborts_its_association(tmp_path: Path) -> None:
    image = instance_file(tmp_path / "image.dcm")
    entered, over = asyncio.Event(), asyncio.Event()
    outcomes = []

    async def take(_: Instance) -> None:
        entered.set()
        await asyncio.sleep(60)

    def ended(report: Any) -> None:
        outcomes.append(report.outcome)
        if "aborted" in report.outcome:
            over.set()

    async with russet.aio.serve(0, handlers={"store": take}, on_association=ended) as receiver:
        task = asyncio.create_task(_stored(receiver.port, image))
        await entered.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await over.wait()
    assert "aborted" in outcomes[-1]


@on_a_loop
async def test_a_server_that_stops_lets_operations_end_and_aborts_idle_associations(
    tmp_path: Path,
) -> None:
    image = instance_file(tmp_path / "image.dcm")
    entered, go = asyncio.Event(), asyncio.Event()

    async def take(_: Instance) -> None:
        entered.set()
        await go.wait()

    receiver = await russet.aio.serve(0, handlers={"store": take})
    idle = await russet.aio.connect("127.0.0.1", receiver.port)
    storing = asyncio.create_task(_stored(receiver.port, image))
    await entered.wait()
    closing = asyncio.create_task(receiver.close())
    with pytest.raises(AbortedError):
        await idle.echo()
    go.set()
    await closing
    assert await storing


@on_a_loop
async def test_a_unix_socket_carries_an_association(tmp_path: Path) -> None:
    path = str(tmp_path / "socket")
    async with russet.aio.serve(path=path):
        loop = asyncio.get_running_loop()
        _, stream = await loop.create_unix_connection(LoopStream, path)
        async with russet.aio.connect("local", 0, stream=stream) as association:
            assert (await association.echo()).status == 0x0000
