"""A receive tries without sleeping where that pays: for what answers this thread, and no other."""

import select
import socket
import threading
from collections.abc import Iterator

import pytest

from russet.net.blocking import SocketStream


class _Watched(socket.socket):
    """A socket that writes down how it was received from: 0, or MSG_DONTWAIT for a try."""

    def __init__(self, fileno: int) -> None:
        super().__init__(fileno=fileno)
        self.flags: list[int] = []

    def recv_into(self, buffer: memoryview, nbytes: int = 0, flags: int = 0) -> int:  # type: ignore[override]
        self.flags.append(flags)
        return super().recv_into(buffer, nbytes, flags)


@pytest.fixture
def pair() -> Iterator[tuple[_Watched, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        peer = socket.create_connection(server.getsockname())
        ours = _Watched(server.accept()[0].detach())
    with ours, peer:
        yield ours, peer


def answered(stream: SocketStream, ours: _Watched, peer: socket.socket) -> list[int]:
    """How what has come already was received."""
    peer.sendall(b"1")
    select.select([ours], [], [], 10.0)
    ours.flags.clear()
    assert stream.receive_into(memoryview(bytearray(8)), 10.0) == 1
    return ours.flags


def test_only_who_sent_tries_for_an_answer_without_sleeping(
    pair: tuple[_Watched, socket.socket],
) -> None:
    ours, peer = pair
    stream = SocketStream(ours, "127.0.0.1")
    stream.eager = True
    tried = False
    for _ in range(100):  # Once an answer was quick, which this machine may have no time to see.
        stream.send(b"?")
        tried = tried or answered(stream, ours, peer) == [socket.MSG_DONTWAIT]
    assert tried
    other = threading.Thread(target=stream.send, args=(b"?",))
    other.start()
    other.join()
    assert answered(stream, ours, peer) == [0]


def test_what_is_there_is_received_at_once_and_nothing_is_waited_for(
    pair: tuple[_Watched, socket.socket],
) -> None:
    ours, peer = pair
    stream = SocketStream(ours, "127.0.0.1")
    space = memoryview(bytearray(8))
    assert stream.receive_soon(space) is None
    assert len(ours.flags) == 1
    peer.sendall(b"12")
    select.select([ours], [], [], 10.0)
    assert stream.receive_soon(space) == 2
    peer.close()
    select.select([ours], [], [], 10.0)
    assert stream.receive_soon(space) == 0


def test_what_came_soon_once_is_tried_for_again(pair: tuple[_Watched, socket.socket]) -> None:
    ours, peer = pair
    stream = SocketStream(ours, "127.0.0.1")
    stream.eager = True
    space = memoryview(bytearray(8))
    peer.sendall(b"1")
    select.select([ours], [], [], 10.0)
    assert stream.receive_soon(space) == 1
    ours.flags.clear()
    assert stream.receive_soon(space) is None
    assert len(ours.flags) > 1
    ours.flags.clear()
    assert stream.receive_soon(space) is None
    assert len(ours.flags) == 1
