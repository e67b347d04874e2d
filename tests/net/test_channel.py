"""Answers that wait for company: they leave together, and none later than it has to."""

from collections import deque
from typing import Any, cast

import pytest

from russet.association.events import Request
from russet.codec import Command
from russet.dimse.exchange import WindowFullError
from russet.errors import EncodeError, NoContextError
from russet.net.channel import Channel
from russet.net.timeouts import Timeouts


class _Peer:
    """An association and its stream in one: what has come already, and what is written."""

    peer = "127.0.0.1"
    should_close = False

    def __init__(self) -> None:
        self.there: deque[int] = deque()
        self.queued: deque[bytes] = deque()
        self.events: deque[str] = deque()
        self.log: list[bytes | str] = []

    def receive_soon(self, _: memoryview) -> int | None:
        return self.there.popleft() if self.there else None

    def receive_into(self, _: memoryview, __: float) -> int:
        self.log.append("waits")
        return 1

    def filled(self, count: int, _: float) -> None:
        self.events.append(f"{count} bytes")

    def next_event(self, _: float) -> str | None:
        return self.events.popleft() if self.events else None

    def space(self) -> memoryview:
        return memoryview(b"")

    def next_timer(self) -> None:
        return None

    def handle_timer(self, _: float) -> None:
        return None

    def send(self, *message: Any, **_: Any) -> None:
        if len(message) == 1:
            self.log.append(message[0])
        else:
            self.queued.append(message[2])

    def data_to_send(self) -> bytes:
        data = b"".join(self.queued)
        self.queued.clear()
        return data


def _channel() -> tuple[_Peer, Channel]:
    peer = _Peer()
    return peer, Channel(cast("Any", peer), cast("Any", peer), Timeouts())


def _queue(channel: Channel, data: bytes) -> None:
    channel.queue(cast("Any", None), Command(0x8001), data)


def test_an_answer_waits_while_there_is_more_to_receive_and_not_for_what_is_to_come() -> None:
    peer, channel = _channel()
    peer.there.append(5)
    _queue(channel, b"1")
    assert (cast("str", channel.next_event(9.0)), peer.log) == ("5 bytes", [])
    _queue(channel, b"2")
    assert cast("str", channel.next_event(9.0)) == "1 bytes"
    assert peer.log == [b"12", "waits"]


def test_four_answers_do_not_wait() -> None:
    peer, channel = _channel()
    for each in (b"1", b"2", b"3", b"4"):
        _queue(channel, each)
    assert peer.log == [b"1234"]


def test_an_answer_does_not_wait_for_the_end_of_a_long_data_set() -> None:
    peer, channel = _channel()
    _queue(channel, b"1")
    request = Request(cast("Any", None), Command(0x0001, command_data_set_type=1))
    channel.pace.follow(request)
    channel.pace.received += 1 << 20
    peer.there.append(5)
    channel.next_event(9.0)
    assert peer.log == [b"1", "waits"]


class _Calls:
    """Requests of ours: each is written after what was queued, or cannot be made."""

    def __init__(self, peer: _Peer, error: Exception | None = None) -> None:
        self.peer = peer
        self.error = error

    def begin(self, _: object, __: float) -> tuple[str, list[bytes]]:
        if self.error is not None:
            raise self.error
        return "call", [self.peer.data_to_send() + b" request"]


def test_what_is_queued_leaves_before_a_request_of_ours() -> None:
    peer, channel = _channel()
    _queue(channel, b"1")
    channel.request(cast("Any", _Calls(peer)), cast("Any", None))
    assert peer.log == [b"1 request"]


@pytest.mark.parametrize("error", [WindowFullError(), NoContextError("no"), EncodeError("no")])
def test_what_is_queued_leaves_also_when_a_request_cannot_be_made(error: Exception) -> None:
    peer, channel = _channel()
    _queue(channel, b"1")
    with pytest.raises(type(error)):
        channel.request(cast("Any", _Calls(peer, error)), cast("Any", None))
    assert peer.log == [b"1"]
