"""The byte stream over TLS: its methods do what those of the plain one do, thread beside thread."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

import pytest

from russet.errors import AbortedError, DeadlineError
from russet.net import blocking
from russet.net.blocking import SocketStream
from russet.net.timeouts import Timeouts
from russet.net.tls import ClientTls, ServerTls
from russet.net.tls_session import TlsSession
from russet.net.tls_stream import TlsStream
from tests.support.certificates import Authority

_PATIENCE: Final = 10.0
_LARGE: Final = bytes(range(256)) * (1 << 14)  # 4 MiB

Pair = tuple[TlsStream, TlsStream]


@pytest.fixture
def connected(authority: Authority) -> Iterator[Callable[..., Pair]]:
    """Make two ends of a secure connection; `patience` is that of the server's side."""
    made: list[TlsStream] = []
    listener = socket.create_server(("127.0.0.1", 0))
    pem = authority.issue()
    context = ServerTls(pem.certificate, pem.key).context()

    def accept(patience: float) -> None:
        connection, _ = listener.accept()
        raw = SocketStream(connection, "client", patience)
        secured = TlsStream(raw, TlsSession(context, "client", server_side=True))
        space = memoryview(bytearray(1 << 14))
        while not secured.shake_hands():
            secured.push()
            secured.feed(space[: raw.receive_into(space, _PATIENCE) or 0])
        secured.push()
        made.append(secured)

    def connect(patience: float = _PATIENCE) -> Pair:
        thread = threading.Thread(target=accept, args=(patience,))
        thread.start()
        port = listener.getsockname()[1]
        client = blocking.connect("localhost", port, Timeouts(), ClientTls(ca=authority.ca))
        assert isinstance(client, TlsStream)
        thread.join()
        made.append(client)
        return made[-2], client

    yield connect
    for stream in made:
        stream.close()
    listener.close()


def receive(stream: TlsStream, count: int) -> bytes:
    """Exactly so many bytes."""
    whole = bytearray(count)
    place = 0
    while place < count:
        read = stream.receive_into(memoryview(whole)[place:], _PATIENCE)
        assert read, f"{read} after {place} bytes"
        place += read
    return bytes(whole)


def test_both_directions_are_busy_at_once(connected: Callable[..., Pair]) -> None:
    server, client = connected()
    senders = [
        threading.Thread(target=lambda stream=stream: [stream.send(_LARGE) for _ in range(4)])
        for stream in (server, client)
    ]
    for sender in senders:
        sender.start()
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(receive(client, 4 * len(_LARGE))))
    reader.start()
    assert receive(server, 4 * len(_LARGE)) == _LARGE * 4
    for thread in (*senders, reader):
        thread.join(_PATIENCE)
    assert received == [_LARGE * 4]


def test_several_threads_may_send_and_each_piece_stays_whole(
    connected: Callable[..., Pair],
) -> None:
    server, client = connected()
    pieces = [bytes([number]) * 100_000 for number in range(8)]
    senders = [threading.Thread(target=client.send, args=(piece,)) for piece in pieces]
    for sender in senders:
        sender.start()
    found = receive(server, 800_000)
    assert sorted(found[at : at + 100_000] for at in range(0, 800_000, 100_000)) == pieces
    for sender in senders:
        sender.join(_PATIENCE)


def test_who_waits_for_the_peer_keeps_nobody_from_sending(connected: Callable[..., Pair]) -> None:
    server, client = connected()
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(receive(client, 4)))
    reader.start()
    client.send(b"ping")
    assert receive(server, 4) == b"ping"
    assert reader.is_alive()
    server.send(b"pong")
    reader.join(_PATIENCE)
    assert received == [b"pong"]


def test_the_time_is_up_without_a_byte_and_the_stream_goes_on(
    connected: Callable[..., Pair],
) -> None:
    server, client = connected()
    space = memoryview(bytearray(10))
    assert client.receive_into(space, 0.01) is None
    assert client.receive_ready(space) is None
    assert client.receive_soon(space) is None
    server.send(b"late")
    assert receive(client, 4) == b"late"


def test_what_is_there_is_received_without_waiting(connected: Callable[..., Pair]) -> None:
    server, client = connected()
    server.send(b"ping")
    got, until = bytearray(), time.monotonic() + _PATIENCE
    while len(got) < 4 and time.monotonic() < until:
        space = memoryview(bytearray(10))
        got += space[: client.receive_soon(space) or 0]
    assert got == b"ping"


def test_a_peer_that_takes_nothing_more_is_given_up(connected: Callable[..., Pair]) -> None:
    server, _ = connected(patience=0.2)
    with pytest.raises(DeadlineError, match=r"takes no more data, or hardly any, for 0\.2 s"):
        server.send(_LARGE * 20)
    with pytest.raises(AbortedError):  # What follows a record that was cut is of no use.
        server.send(b"more")


def test_another_thread_ends_the_waiting(connected: Callable[..., Pair]) -> None:
    server, client = connected()
    for end in (client.interrupt, server.cut):
        counts: list[int | None] = []
        stream = client if end == client.interrupt else server
        reader = threading.Thread(
            target=lambda: counts.append(stream.receive_into(memoryview(bytearray(1)), _PATIENCE))  # noqa: B023
        )
        reader.start()
        end()
        reader.join(_PATIENCE)
        assert counts == [0]


@pytest.mark.parametrize("polite", [True, False], ids=["close_notify", "cut"])
def test_the_end_of_the_other_side_is_an_end_after_all_that_was_sent(
    connected: Callable[..., Pair], polite: bool
) -> None:
    server, client = connected()
    server.send(b"last words")
    if polite:
        server.close()
        server.close()
    else:
        server.cut()
    assert receive(client, 10) == b"last words"
    space = memoryview(bytearray(1))
    assert client.receive_into(space, _PATIENCE) == 0
    assert client.receive_into(space, _PATIENCE) == 0
    assert client.receive_ready(space) == 0


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"\x05\x00\x00\x00\x00\x04\x00\x00\x00\x00", "what it sends is not TLS"),
        (b"\x17\x03\x03\x00\x20" + bytes(32), "what came was altered on its way"),
    ],
    ids=["plain DICOM", "a forged record"],
)
def test_what_is_not_of_the_connection_ends_it(
    connected: Callable[..., Pair], sent: bytes, said: str
) -> None:
    server, client = connected()
    client.send(b"good")
    client._stream.send(sent)
    assert receive(server, 4) == b"good"
    space = memoryview(bytearray(1))
    for _ in range(2):
        with pytest.raises(AbortedError, match=said):
            server.receive_into(space, _PATIENCE)
    with pytest.raises(AbortedError, match=said):
        server.send(b"more")


def test_a_record_that_never_ends_does_not_prolong_the_wait(
    connected: Callable[..., Pair],
) -> None:
    server, client = connected()
    stop = threading.Event()

    def trickle() -> None:
        client._stream.send(b"\x17\x03\x03\x40\x00")
        while not stop.wait(0.01):
            client._stream.send(b"\0")

    sender = threading.Thread(target=trickle)
    sender.start()
    assert server.receive_into(memoryview(bytearray(1)), 0.1) is None
    stop.set()
    sender.join()


def test_it_is_said_what_the_connection_is_secured_by(connected: Callable[..., Pair]) -> None:
    server, client = connected()
    assert server.version == client.version == "TLSv1.3, TLS_AES_256_GCM_SHA384"
    assert server.certificate is None
    assert client.certificate is not None
    client.eager = True
    assert client.eager
    assert client.fileno() > 0
