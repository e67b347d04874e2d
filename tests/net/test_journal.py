"""What a client tells the log: nothing that nobody asked for."""

import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import russet
from russet.codec import AssociateRj
from russet.data import Dataset
from russet.errors import AbortedError, RejectedError, StatusError
from russet.net.blocking import SocketStream
from russet.net.journal import Journal
from russet.net.serving import Receiver
from russet.net.traced import traced
from russet.services.query import FindRequest
from tests.net.test_serving import instance_file
from tests.support.bodies import Asyncio, Body, Client, Threads
from tests.support.instances import STUDY
from tests.support.raw_provider import Provider, providing
from tests.support.raw_scp import RawScp, rejecting


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
    lines = [record.getMessage() for record in caplog.records if record.name == "russet.scu"]
    assert lines[-1] == f"association with {address} is aborted"


def told(
    caplog: pytest.LogCaptureFixture, body: Body, do: Callable[[Client], None], port: int
) -> list[str]:
    """What a client tells while it does something: what it asks, then the PDUs."""
    caplog.clear()
    with (
        caplog.at_level(logging.DEBUG, "russet.scu"),
        caplog.at_level(logging.DEBUG, "russet.ul"),
        body.connect(port) as client,
    ):
        do(client)
    return [
        re.sub(r"[0-9.]+ ms", "some ms", record.getMessage())
        for logger in ("russet.scu", "russet.ul")
        for record in caplog.records
        if record.name == logger
    ]


def ask(client: Client, image: Path) -> None:
    client.echo()
    assert client.store(image).ok
    assert len(list(client.find(StudyInstanceUID=STUDY))) == 2
    *_, last = client.get(lambda _: None, StudyInstanceUID=STUDY)
    assert last.completed == 1
    with pytest.raises(StatusError):
        list(client.find(model="worklist", PatientName=""))


def test_both_bodies_tell_of_the_same(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    def refuse(_: FindRequest) -> list[Dataset]:
        raise StatusError("not now", 0xA700)

    image = instance_file(tmp_path / "1.dcm", "1.2.3.1")
    handlers = {
        "find": lambda _: [Dataset(StudyInstanceUID=STUDY)] * 2,
        "get": lambda _: [image],
        "worklist": refuse,
    }
    with russet.serve(0, data=tmp_path / "data", handlers=handlers) as served:
        lines, again = (
            told(caplog, body, lambda client: ask(client, image), served.port)
            for body in (Threads(), Asyncio())
        )
    assert lines == again
    for line in (
        "sent A-ASSOCIATE-RQ, ",
        "received A-ASSOCIATE-AC, ",
        "accepted Verification SOP Class: Explicit VR Little Endian",
        "sent C-ECHO-RQ 1: Verification SOP Class",
        "got C-ECHO-RSP 1: 0000H (Success: success), some ms",
        "got C-FIND-RSP 1: FF00H (Pending",
        "answered C-STORE-RQ 1, CT Image Storage: 0000H (Success",
        "got C-FIND-RSP 1: A700H (Failure",
        "sent A-RELEASE-RQ, 10 bytes",
        f"association with ANY-SCP@127.0.0.1:{served.port} is released",
    ):
        assert any(each.startswith(line) for each in lines), line


@pytest.mark.parametrize("end", [b"\x07\0\0\0\0\x04\0\0\0\0", b""])
def test_both_bodies_tell_of_an_end_that_the_peer_makes(
    caplog: pytest.LogCaptureFixture, body: Body, end: bytes
) -> None:
    """An A-ABORT, or the close of the connection."""

    def script(at: Provider) -> None:
        at.accept().request()
        at.peer.send(end)

    def echo(client: Client) -> None:
        with pytest.raises(AbortedError):
            client.echo()

    with providing(script) as provider:
        lines = told(caplog, body, echo, provider.port)
    assert f"association with ANY-SCP@127.0.0.1:{provider.port} was ended by the peer" in lines


def test_both_bodies_tell_of_a_rejection(caplog: pytest.LogCaptureFixture, body: Body) -> None:
    with RawScp(rejecting(lambda _: AssociateRj(1, 1, 7))) as provider:
        with caplog.at_level(logging.DEBUG, "russet"), pytest.raises(RejectedError):
            body.connect(provider.port).__enter__()
        told = [each.getMessage() for each in caplog.records if each.name.startswith("russet.")]
    assert "received A-ASSOCIATE-RJ, 10 bytes" in told
    assert told[-1] == f"association with ANY-SCP@127.0.0.1:{provider.port} was ended by the peer"
