"""What a client tells the log: nothing that nobody asked for."""

import asyncio
import logging
from collections.abc import Iterator

import pytest

import russet
from russet.net.blocking import SocketStream
from russet.net.journal import Journal
from russet.net.serving import Receiver
from russet.net.traced import traced


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with russet.serve(0) as serving:
        yield serving


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.WARNING, "russet"):
        yield


@pytest.mark.usefixtures("quiet")
def test_nothing_is_spent_on_a_log_that_nobody_wants(receiver: Receiver) -> None:
    with russet.connect("127.0.0.1", receiver.port) as association:
        assert association._journal is None
        assert isinstance(association._channel._stream, SocketStream)


def test_pdus_are_told_however_they_are_cut(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Two of them, byte by byte and in one piece."""

    class Stream:
        peer = "peer"
        eager = False

        def receive_into(self, space: memoryview, timeout: float) -> int | None: ...
        def send(self, data: bytes) -> None: ...
        def interrupt(self) -> None: ...
        def close(self) -> None: ...

    wire = b"\x05\0\0\0\0\x04\0\0\0\0" + b"\x07\0\0\0\0\x04\0\0\2\0"
    with caplog.at_level(logging.DEBUG, "russet.ul"):
        for parts in ([wire], [bytes([each]) for each in wire]):
            caplog.clear()
            stream = traced(Stream())
            for part in parts:
                stream.send(part)
            assert caplog.messages == ["sent A-RELEASE-RQ, 10 bytes", "sent A-ABORT, 10 bytes"]


def test_who_asks_for_the_log_of_a_client_gets_it(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "russet.scu"):
        address = russet.Address("127.0.0.1", receiver.port)
        assert Journal.of(address) is not None
        russet.connect("127.0.0.1", receiver.port).abort()
    told = [record.getMessage() for record in caplog.records if record.name == "russet.scu"]
    assert told[-1] == f"association with {address} is aborted"


def test_a_client_on_a_loop_tells_of_the_same(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    async def echo() -> None:
        async with russet.aio.connect("127.0.0.1", receiver.port) as association:
            await association.echo()

    with caplog.at_level(logging.INFO, "russet.scu"):
        asyncio.run(echo())
    told = [record.getMessage() for record in caplog.records if record.name == "russet.scu"]
    assert told[1].startswith("requesting an association with ANY-SCP@127.0.0.1")
    assert told[3:5] == [
        "accepted Verification SOP Class: Explicit VR Little Endian",
        "sent C-ECHO-RQ 1: Verification SOP Class",
    ]
    assert told[5].startswith("C-ECHO-RQ 1 is answered, ")
