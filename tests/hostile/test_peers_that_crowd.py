"""Peers that come in numbers, pipeline, or waste time, on both bodies: honest ones are served."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Final

import pytest

import russet
from russet.codec import Abort, Command, ReleaseRp, ReleaseRq, encode_message
from russet.data import Dataset
from russet.errors import RejectedError
from russet.net.timeouts import Timeouts
from tests.net.test_serving import Reports
from tests.support.bodies import PATIENCE, Body, Served, until
from tests.support.instances import data_set, message
from tests.support.raw_peer import RawPeer, associate_rq
from tests.support.requests import cancel, query, rq_for_all

HASTY: Final = Timeouts(artim=0.3, acse=0.3, response=0.3, idle=0.3, stall=0.3, drain=0.3)
STORM: Final = int(os.environ.get("RUSSET_STORM", "2000"))
"""Connections of a storm; 10 000 take half a minute where the peer shares the processor."""
ECHO: Final = Command(0x0030, message_id=7, affected_sop_class_uid="1.2.840.10008.1.1")

pytestmark = pytest.mark.usefixtures("nothing_leaks")


@pytest.fixture
def receiver(body: Body, tmp_path: Path) -> Iterator[Served]:
    with body.serve(data=tmp_path / "data", durability="none") as serving:
        yield serving


def still_serves(body: Body, receiver: Served) -> bool:
    with body.connect(receiver.port) as association:
        return bool(association.echo().status == 0x0000)


@pytest.mark.parametrize("said", [b"", b"\x01\0\0\0\0\xd0\0", associate_rq()[:-1]])
def test_silent_and_half_said_requests_keep_nobody_out(
    body: Body, receiver: Served, said: bytes
) -> None:
    with ExitStack() as stack:
        for _ in range(150):
            stack.enter_context(RawPeer(receiver.port)).send(said)
        assert still_serves(body, receiver)


def test_a_request_that_drips_is_closed_when_its_time_is_up(body: Body) -> None:
    pause = threading.Event()
    with body.serve(timeouts=HASTY) as receiver, RawPeer(receiver.port) as peer:
        with suppress(ConnectionError):
            for byte in associate_rq() * 9:
                peer.send(bytes([byte]))
                pause.wait(0.02)
        assert peer.rest() == []
        assert still_serves(body, receiver)


def test_storms_of_connections_leave_nothing(body: Body, receiver: Served) -> None:
    for number in range(STORM):
        peer = socket.create_connection(("127.0.0.1", receiver.port))
        if number % 2:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        peer.close()
    assert still_serves(body, receiver)


def test_storms_of_aborts_leave_nothing(body: Body, receiver: Served) -> None:
    for _ in range(300):
        with RawPeer(receiver.port) as peer:
            peer.associate().send(Abort(0, 0).encode())
    until(lambda: receiver.active == 0)
    assert still_serves(body, receiver)


def test_past_the_limit_of_associations_peers_are_refused_until_one_ends(body: Body) -> None:
    policy = russet.Policy(check_called=False, max_associations=3)
    with body.serve(policy=policy) as receiver:
        with ExitStack() as stack:
            for _ in range(3):
                stack.enter_context(RawPeer(receiver.port)).associate()
            with pytest.raises(RejectedError, match="limit"), body.connect(receiver.port):
                pass
        until(lambda: receiver.active == 0)
        assert still_serves(body, receiver)


FEW: Final = """
import asyncio, resource, sys
import russet
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
def on_threads():
    with russet.serve(0) as receiver:
        print(receiver.port, flush=True)
        sys.stdin.read()
async def on_asyncio():
    async with russet.aio.serve(0) as receiver:
        print(receiver.port, flush=True)
        await asyncio.to_thread(sys.stdin.read)
on_threads() if sys.argv[1] == "threads" else asyncio.run(on_asyncio())
"""


def test_without_descriptors_the_oldest_silent_connections_go(body: Body) -> None:
    command = [sys.executable, "-c", FEW, body.name]
    pipe = subprocess.PIPE
    server = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    assert server.stdout is not None
    port = int(server.stdout.readline())
    with ExitStack() as stack:
        for _ in range(200):
            stack.enter_context(RawPeer(port))
        with RawPeer(port) as peer:
            peer.associate().release()
    _, errors = server.communicate("", timeout=PATIENCE)
    assert "Traceback" not in errors


def test_who_pipelines_uninvited_is_held_back(body: Body) -> None:
    taken: list[str] = []
    go = threading.Event()

    def take(instance: Any) -> None:
        go.wait(PATIENCE)
        taken.append(instance.sop_instance_uid)

    def send() -> None:
        for number in range(1, 401):
            data = data_set(instance=f"1.{number}") + bytes(0)
            peer.send(message(data, f"1.{number}", message_id=number))

    with body.serve(handlers={"store": take}) as receiver, RawPeer(receiver.port) as peer:
        peer.associate()
        sender = threading.Thread(target=send)
        sender.start()
        go.set()
        statuses = [peer.status() for _ in range(400)]
        sender.join()
    assert statuses == [0] * 400
    assert taken == [f"1.{number}" for number in range(1, 401)]


def matches(_: Any) -> Iterator[Dataset]:
    for number in range(3000):
        yield Dataset(StudyInstanceUID=f"1.{number}")


def test_thousands_of_responses_reach_a_slow_reader_whole(body: Body) -> None:
    with body.serve(handlers={"find": matches}) as receiver, RawPeer(receiver.port) as peer:
        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        assert peer.send(rq_for_all()).pdu()[:1] == b"\x02"
        peer.send(query("find"))
        statuses = [peer.status() for _ in range(3001)]
    assert statuses == [0xFF00] * 3000 + [0]


def test_a_cancel_ends_its_query_and_one_for_nothing_is_ignored(body: Body) -> None:
    begun = threading.Event()

    def endless(_: Any) -> Iterator[Dataset]:
        while True:
            begun.set()
            yield Dataset(StudyInstanceUID="1.2")

    with body.serve(handlers={"find": endless}) as receiver, RawPeer(receiver.port) as peer:
        assert peer.send(rq_for_all()).pdu()[:1] == b"\x02"
        peer.send(cancel(99), query("find"), cancel(99))
        assert begun.wait(PATIENCE)
        peer.send(cancel(1))
        status = peer.status()
        while status == 0xFF00:
            status = peer.status()
        assert status == 0xFE00
        peer.send(encode_message(3, ECHO, 16384))
        assert peer.status() == 0
        peer.release()


def test_a_message_id_in_use_is_refused_and_the_first_goes_on(body: Body) -> None:
    go = threading.Event()

    def take(_: Any) -> None:
        go.wait(PATIENCE)

    with body.serve(handlers={"store": take}) as receiver, RawPeer(receiver.port) as peer:
        assert peer.send(rq_for_all()).pdu()[:1] == b"\x02"
        peer.send(message(data_set()), message(data_set()))
        assert peer.status() == 0x0210
        go.set()
        assert peer.status() == 0
        peer.release()


@pytest.mark.parametrize("field", [0x8001, 0x8020, 0x8030])
def test_a_stray_response_is_an_abort(body: Body, receiver: Served, field: int) -> None:
    stray = Command(field, message_id_being_responded_to=1, status=0)
    with RawPeer(receiver.port) as peer:
        answers = peer.associate().send(encode_message(3, stray, 16384)).rest()
    assert answers == [Abort(0, 0).encode()]


def test_data_after_a_release_are_dropped(body: Body, tmp_path: Path) -> None:
    with body.serve(data=tmp_path, durability="none", timeouts=HASTY) as receiver:
        with RawPeer(receiver.port) as peer:
            peer.associate().send(ReleaseRq().encode(), message(data_set()))
            assert [each[:1] for each in peer.rest()] == [b"\x06"]
        assert still_serves(body, receiver)
    assert not list(tmp_path.rglob("*.dcm"))


def test_a_release_response_to_nothing_is_an_abort(body: Body, receiver: Served) -> None:
    with RawPeer(receiver.port) as peer:
        assert peer.associate().send(ReleaseRp().encode()).rest() == [Abort(2, 2).encode()]


def test_a_peer_that_says_nothing_after_its_release_is_closed_by_artim(body: Body) -> None:
    reports = Reports()
    serving = body.serve(timeouts=HASTY, on_association=reports)
    with serving as receiver, RawPeer(receiver.port) as peer:
        peer.associate().release()
        assert reports.wait().outcome == "released"
        assert peer.rest() == []
