"""Associations over what is no TCP connection of ours: WebSockets, and the two ends of a pipe."""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

import russet
from russet.errors import NetworkError
from russet.net.aio.stream import AsyncByteStream, LoopStream
from russet.net.timeouts import Timeouts
from tests.net.test_aio import on_a_loop
from tests.net.test_serving import instance_file
from tests.support.instances import CT, EXPLICIT
from tests.support.places import ROOT

CONTEXTS: Final = [("1.2.840.10008.1.1", ["1.2.840.10008.1.2"]), (CT, [EXPLICIT])]
Joined = Callable[[Callable[[AsyncByteStream], Awaitable[Any]], Any], Awaitable[Any]]


def _adapter() -> Any:
    """The class of the documentation, which this proves."""
    page = (ROOT / "docs" / "transports.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert found is not None
    names: dict[str, Any] = {}
    exec(compile(found[1], "transports.md", "exec"), names)  # noqa: S102 (our own text)
    return names["WebSocketStream"]


WebSocketStream: Final = _adapter()


async def over_a_websocket(
    take: Callable[[AsyncByteStream], Awaitable[Any]],
    use: Callable[[AsyncByteStream], Awaitable[Any]],
) -> Any:
    async def accepted(connection: Any) -> None:
        await take(WebSocketStream(connection))

    async with serve(accepted, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with connect(f"ws://127.0.0.1:{port}") as connection:
            return await use(WebSocketStream(connection))


async def over_a_pair(
    take: Callable[[AsyncByteStream], Awaitable[Any]],
    use: Callable[[AsyncByteStream], Awaitable[Any]],
) -> Any:
    loop = asyncio.get_running_loop()
    streams = []
    for end in socket.socketpair():
        _, stream = await loop.connect_accepted_socket(LoopStream, end)
        streams.append(stream)
    async with asyncio.TaskGroup() as group:
        group.create_task(take(streams[0]))  # type: ignore[arg-type]  # a coroutine
        return await use(streams[1])


@pytest.fixture(params=[over_a_websocket, over_a_pair])
def joined(request: pytest.FixtureRequest) -> Joined:
    found: Joined = request.param
    return found


def test_instances_of_any_length_cross_in_both_directions(joined: Joined, tmp_path: Path) -> None:
    image = instance_file(tmp_path / "image.dcm")
    large = russet.dcmread(image)
    large.add("PixelData", "OW", bytes(3_000_000))
    large.SOPInstanceUID = "1.2.3.5"
    taken: list[int] = []

    async def keep(instance: Any) -> None:
        taken.append(len(instance.data))

    @on_a_loop
    async def cross() -> None:
        async with russet.aio.serve(None, handlers={"store": keep}) as receiver:

            async def use(stream: AsyncByteStream) -> None:
                there = russet.aio.connect("peer", 0, stream=stream, contexts=CONTEXTS)
                async with there as association:
                    assert (await association.echo()).status == 0
                    results = [each.ok async for each in association.store([image, large, image])]
                    assert results == [True] * 3

            await joined(receiver.serve_stream, use)

    cross()
    assert len(taken) == 3
    assert max(taken) > 3_000_000


def test_a_receiver_that_stops_says_so_over_any_stream(joined: Joined) -> None:
    @on_a_loop
    async def stop() -> None:
        receiver = await russet.aio.serve(None)

        async def use(stream: AsyncByteStream) -> None:
            association = await russet.aio.connect("peer", 0, stream=stream)
            await receiver.close()
            with pytest.raises(NetworkError):
                await association.echo()

        await joined(receiver.serve_stream, use)

    stop()


def test_a_peer_that_says_nothing_is_given_up_over_any_stream(joined: Joined) -> None:
    @on_a_loop
    async def wait() -> None:
        over = asyncio.Event()

        async def silent(stream: AsyncByteStream) -> None:
            await over.wait()
            stream.close()

        async def use(stream: AsyncByteStream) -> None:
            with pytest.raises(NetworkError):
                await russet.aio.connect("peer", 0, stream=stream, timeouts=Timeouts(acse=0.1))
            over.set()

        await joined(silent, use)

    wait()
