"""What a hostile peer can do to a TLS port, each time with an honest echo after it."""

import asyncio
import logging
import selectors
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import Final

import pytest

import russet
from russet.errors import DeadlineError
from russet.net import blocking
from russet.net.serving import Receiver
from russet.net.timeouts import Timeouts
from russet.net.tls import ClientTls, ServerTls
from tests.support.certificates import Authority
from tests.support.places import absent
from tests.support.raw_peer import associate_rq

_PATIENCE: Final = 10.0
_QUICK: Final = Timeouts(handshake=1.0)


@pytest.fixture
def tls(authority: Authority) -> ServerTls:
    pem = authority.issue()
    return ServerTls(pem.certificate, pem.key)


@pytest.fixture
def receiver(tls: ServerTls) -> Iterator[Receiver]:
    with russet.serve(0, handlers={"store": print}, tls=tls) as serving:
        yield serving


@pytest.fixture
def hasty(tls: ServerTls) -> Iterator[Receiver]:
    """One with little patience."""
    with russet.serve(0, handlers={"store": print}, tls=tls, timeouts=_QUICK) as serving:
        yield serving


@pytest.fixture
def still_serves(authority: Authority) -> Callable[[Receiver], bool]:
    def ask(receiver: Receiver) -> bool:
        tls = ClientTls(ca=authority.ca)
        with russet.connect("localhost", receiver.port, tls=tls) as association:
            return association.echo().status == 0x0000

    return ask


def plug(receiver: Receiver) -> socket.socket:
    return socket.create_connection(("127.0.0.1", receiver.port), timeout=_PATIENCE)


def rest(peer: socket.socket) -> bytes:
    """Everything up to the close."""
    found = b""
    with suppress(ConnectionResetError):
        while part := peer.recv(1 << 16):
            found += part
    return found


def client_hello() -> bytes:
    """The first flight of an honest client."""
    outgoing = ssl.MemoryBIO()
    client = ClientTls(verify=False).context().wrap_bio(ssl.MemoryBIO(), outgoing)
    with suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


_FAILED: Final = "no secure connection with 127.0.0.1: "
GARBAGE: Final = {
    "plain DICOM": (associate_rq(), "closed: client spoke plain DICOM on a TLS port"),
    "HTTP": (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "closed: client spoke HTTP on a TLS port"),
    "noise": (b"\x99\x12" * 500, "closed: client spoke something unknown on a TLS port"),
    "a hello of noise": (b"\x16\x03\x01\x01\x00\x01\x00\x00\xfc" + b"\x5a" * 252, _FAILED),
    "empty records": (b"\x16\x03\x01\x00\x00" * 50, _FAILED),
    "a hello of 16 MiB": (b"\x16\x03\x01\x40\x00\x01\xff\xff\xff" + bytes(0x4000 - 4), _FAILED),
    "an alert": (b"\x15\x03\x01\x00\x02\x02\x28", _FAILED),
    "a hello twice": (client_hello() * 2, _FAILED),
    "data before the end": (client_hello() + b"\x17\x03\x03\x00\x20" + bytes(32), _FAILED),
}


@pytest.mark.parametrize(("sent", "said"), GARBAGE.values(), ids=GARBAGE)
def test_garbage_instead_of_a_handshake_is_told_off_and_closed(
    receiver: Receiver,
    still_serves: Callable[[Receiver], bool],
    caplog: pytest.LogCaptureFixture,
    sent: bytes,
    said: str,
) -> None:
    with plug(receiver) as peer:
        peer.sendall(sent)
        rest(peer)
        assert still_serves(receiver)
    assert said in caplog.text


@pytest.mark.parametrize("sent", [b"", b"\x16", client_hello()[:-1], client_hello()])
def test_a_handshake_that_stalls_is_given_up(
    hasty: Receiver,
    still_serves: Callable[[Receiver], bool],
    caplog: pytest.LogCaptureFixture,
    sent: bytes,
) -> None:
    with caplog.at_level(logging.INFO, "russet"), plug(hasty) as peer:
        peer.sendall(sent)
        assert still_serves(hasty)
        rest(peer)
    assert "127.0.0.1 did not finish the TLS handshake within 1 s: closed" in caplog.text


def test_two_hundred_silent_connections_keep_nobody_out(
    receiver: Receiver, still_serves: Callable[[Receiver], bool]
) -> None:
    hello = client_hello()
    with ExitStack() as stack:
        for number in range(200):
            peer = stack.enter_context(plug(receiver))
            peer.sendall((b"", b"\x16\x03", hello[:100], hello)[number % 4])
        assert still_serves(receiver)


def test_connections_that_stop_after_the_handshake_are_held_within_bounds(
    receiver: Receiver,
    still_serves: Callable[[Receiver], bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(receiver._server._waiting, "_most_held", 1 << 19)  # 16 of them
    context = ClientTls(verify=False).context()
    with ExitStack() as stack:
        waiting = selectors.DefaultSelector()
        stack.callback(waiting.close)
        for _ in range(40):
            secured = context.wrap_socket(plug(receiver))
            waiting.register(stack.enter_context(secured), selectors.EVENT_READ)
        assert still_serves(receiver)
        assert len(waiting.select(0)) >= 40 - 16
        assert receiver._server._waiting.held <= 1 << 19


def test_plain_text_after_the_handshake_ends_the_connection(
    receiver: Receiver,
    still_serves: Callable[[Receiver], bool],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with plug(receiver) as raw:
        duplicate = raw.dup()
        secured = ClientTls(verify=False).context().wrap_socket(raw)
        secured.write(associate_rq())
        assert secured.read(1 << 16)[:1] == b"\x02"
        with duplicate:
            duplicate.sendall(b"\x04\x00\x00\x00\x00\x08" + bytes(8))
            rest(duplicate)
        secured.close()
        assert still_serves(receiver)
    assert "broke: what it sends is not TLS" in caplog.text


def test_a_cut_without_a_goodbye_is_an_end_like_another(
    receiver: Receiver,
    still_serves: Callable[[Receiver], bool],
    caplog: pytest.LogCaptureFixture,
) -> None:
    secured = ClientTls(verify=False).context().wrap_socket(plug(receiver))
    secured.write(associate_rq())
    assert secured.read(1 << 16)[:1] == b"\x02"
    secured.close()  # The ssl module says no goodbye here.
    assert still_serves(receiver)
    assert "Traceback" not in caplog.text


@pytest.fixture
def s_client(receiver: Receiver) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """OpenSSL's own client, which does on the wire what a line of input says."""
    with ExitStack() as stack:

        def start(*options: str) -> subprocess.Popen[bytes]:
            command = ["openssl", "s_client", "-connect", f"127.0.0.1:{receiver.port}", *options]
            try:
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                )
            except FileNotFoundError:
                absent("openssl")
            return stack.enter_context(process)

        yield start


def test_renegotiation_is_refused(
    s_client: Callable[..., subprocess.Popen[bytes]],
    receiver: Receiver,
    still_serves: Callable[[Receiver], bool],
) -> None:
    said, _ = s_client("-tls1_2").communicate(b"R\n" * 3, timeout=_PATIENCE)
    assert b"RENEGOTIATING" in said
    assert b"no renegotiation" in said
    assert still_serves(receiver)


def test_a_flood_of_key_updates_is_taken_or_ended(
    s_client: Callable[..., subprocess.Popen[bytes]],
    receiver: Receiver,
    still_serves: Callable[[Receiver], bool],
) -> None:
    process = s_client("-tls1_3")
    assert process.stdin is not None
    for _ in range(200):
        process.stdin.write(b"K\n")  # update, and ask the other side to
        process.stdin.flush()
    assert still_serves(receiver)
    said, _ = process.communicate(b"Q\n", timeout=_PATIENCE)
    assert b"KEYUPDATE" in said


@pytest.mark.parametrize("said", [b"", b"\x16", b"\x16\x03\x03\x40\x00\x02\x00\x3f"])
def test_a_server_that_stalls_in_the_handshake_is_given_up(said: bytes) -> None:
    async def on_a_loop(port: int) -> None:
        await russet.aio.connect("127.0.0.1", port, tls=tls, timeouts=Timeouts(connect=0.2))

    tls = ClientTls(verify=False)
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        port = listener.getsockname()[1]

        def answer() -> None:
            for _ in range(2):
                connection, _ = listener.accept()
                stack.enter_context(connection).sendall(said)

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(DeadlineError, match=r"did not finish the TLS handshake within 0\.2 s"):
            blocking.connect("127.0.0.1", port, Timeouts(connect=0.2), tls)
        with pytest.raises(DeadlineError, match=r"did not finish the TLS handshake within 0\.2 s"):
            asyncio.run(on_a_loop(port))
        thread.join()
