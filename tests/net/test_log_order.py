"""The log is written before the peer hears: whoever has an answer finds there what led to it."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import russet
from russet.errors import TlsError
from russet.net.aio.stream import LoopStream
from russet.net.blocking import SocketStream
from russet.net.tls import ClientTls, ServerTls
from russet.services.storage import Instance
from tests.net.test_serving import instance_file
from tests.support.bodies import Body
from tests.support.certificates import Authority

ALERT = b"\x17\x03\x03\x00\x13"  # a record of TLS 1.3 as long as an alert (RFC 8446 5.2)
FAILURE = b"\x00\x00\x00\x09\x02\x00\x00\x00\x10\xc1"  # (0000,0900) of two bytes: C110H


class Order(logging.Handler):
    """What was logged and what was sent, in order."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.all: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.all.append(record.getMessage())

    def watch(self, monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
        """Note when a stream is given `sent` to send, among other bytes."""
        for send in (SocketStream.send, SocketStream.send_ready, LoopStream.send):
            stream = LoopStream if send is LoopStream.send else SocketStream
            monkeypatch.setattr(stream, send.__name__, self._noting(send, sent))

    def _noting(self, send: Any, sent: bytes) -> Any:
        def noting(stream: Any, data: bytes) -> Any:
            if sent in bytes(data):
                self.all.append("sent")
            return send(stream, data)

        return noting


@pytest.fixture
def order() -> Iterator[Order]:
    made = Order()
    logging.getLogger("russet").addHandler(made)
    yield made
    logging.getLogger("russet").removeHandler(made)


def test_what_a_handler_raised_is_logged_before_its_answer_leaves(
    body: Body, order: Order, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Instance) -> None:
        raise ValueError("the database is away")

    order.watch(monkeypatch, FAILURE)
    with (
        body.serve(handlers={"store": fail}) as receiver,
        russet.connect("127.0.0.1", receiver.port) as association,
    ):
        assert association.store(instance_file(tmp_path / "image.dcm")).status == 0xC110
    said, sent = order.all
    assert ("the database is away" in said, sent) == (True, "sent")


def test_why_a_client_is_refused_is_logged_before_it_is_told(
    body: Body, order: Order, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem = authority.issue()
    tls = ServerTls(pem.certificate, pem.key, ca=authority.ca, client_certificate="required")
    with body.serve(handlers={"store": print}, tls=tls) as receiver:
        order.watch(monkeypatch, ALERT)
        with pytest.raises(TlsError, match="certificate"):
            russet.connect("localhost", receiver.port, tls=ClientTls(ca=authority.ca))
    assert "it showed no certificate" in order.all[0]
    assert "sent" in order.all[1:]
