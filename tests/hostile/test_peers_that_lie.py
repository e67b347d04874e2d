"""What a hostile peer can say, on real sockets, each time with an honest echo after it."""

import logging
import os
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest

import russet
from russet.codec import Abort, Command, ReleaseRq, encode_message
from tests.support.bodies import Body, Served
from tests.support.instances import INSTANCE, data_set, element, message
from tests.support.raw_peer import RawPeer, associate_rq

_USER: Final = (0, 0)
_UNKNOWN_PDU: Final = (2, 1)
_UNEXPECTED_PDU: Final = (2, 2)
_INVALID_VALUE: Final = (2, 6)

STORE: Final = message(data_set())
LARGE: Final = data_set(element("0010 4000", "LT", "x" * 40000))
ECHO: Final = encode_message(
    3, Command(0x0030, message_id=7, affected_sop_class_uid="1.2.840.10008.1.1"), 16384
)


def pdu(pdu_type: int, body: bytes, length: int | None = None) -> bytes:
    """A PDU of PS3.8 9.3.1 whose length may lie."""
    return struct.pack(">BxI", pdu_type, len(body) if length is None else length) + body


def pdv(context_id: int, control: int, fragment: bytes, length: int | None = None) -> bytes:
    """A PDV of PS3.8 9.3.5.1 whose length may lie."""
    size = len(fragment) + 2 if length is None else length
    return struct.pack(">IBB", size, context_id, control) + fragment


def pdus(wire: bytes) -> list[bytes]:
    """Whole PDUs, one by one."""
    found = []
    while wire:
        size = 6 + struct.unpack_from(">BxI", wire)[1]
        found.append(wire[:size])
        wire = wire[size:]
    return found


@pytest.fixture
def receiver(tmp_path: Path, body: Body) -> Iterator[Served]:
    with body.serve(data=tmp_path / "data", durability="none") as serving:
        yield serving


def nothing_is_left(receiver: Served) -> bool:
    assert receiver.folder is not None
    folders = (receiver.folder.instances, receiver.folder.incoming)
    return not any(path.is_file() for folder in folders for path in folder.rglob("*"))


def still_serves(receiver: Served) -> bool:
    with russet.connect("127.0.0.1", receiver.port) as association:
        return association.echo().status == 0x0000


BEFORE_AN_ASSOCIATION: Final = {
    "HTTP": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(32),
    "an unknown PDU": pdu(0x99, b"1234"),
    "P-DATA first": STORE,
    "a release first": ReleaseRq().encode(),
    "an A-ASSOCIATE-RQ of 4 GiB": pdu(0x01, b"", 0xFFFF_FFFF),
    "an item that is longer than its PDU": associate_rq().replace(b"P\0\0\x11", b"P\0\xff\xff"),
}


@pytest.mark.parametrize("sent", BEFORE_AN_ASSOCIATION.values(), ids=BEFORE_AN_ASSOCIATION)
def test_nonsense_instead_of_a_request_is_aborted_without_a_reason(
    receiver: Served, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """Sta2 runs AA-1: source 0, reason 0 (PS3.8 Table 9-10)."""
    with caplog.at_level(logging.INFO, "russet"), RawPeer(receiver.port) as peer:
        assert peer.send(sent).rest() == [Abort(0, 0).encode()]
    assert "127.0.0.1" in caplog.text
    assert still_serves(receiver)


def test_an_abort_first_is_no_reason_to_say_anything(receiver: Served) -> None:
    with RawPeer(receiver.port) as peer:
        assert peer.send(Abort(0, 0).encode()).rest() == []
    assert still_serves(receiver)


WITHIN_AN_ASSOCIATION: Final = {
    "an unknown PDU": (pdu(0x00, b""), _UNKNOWN_PDU),
    "a PDU type above all": (pdu(0xFF, b"1234"), _UNKNOWN_PDU),
    "a second request": (associate_rq(), _UNEXPECTED_PDU),
    "an acceptance": (pdu(0x02, associate_rq()[6:]), None),
    "a release response": (pdu(0x06, bytes(4)), _UNEXPECTED_PDU),
    "a release of another length": (pdu(0x05, bytes(8)), _INVALID_VALUE),
    "a P-DATA above our maximum": (pdu(0x04, b"", (1 << 20) + 1), _INVALID_VALUE),
    "a P-DATA of 4 GiB": (pdu(0x04, b"", 0xFFFF_FFFF), _INVALID_VALUE),
    "a PDV of length 0": (pdu(0x04, pdv(1, 3, b"", 0)), _INVALID_VALUE),
    "a PDV of length 1": (pdu(0x04, pdv(1, 3, b"", 1)), _INVALID_VALUE),
    "a PDV past its PDU": (pdu(0x04, pdv(1, 3, b"abcd", 100)), _INVALID_VALUE),
    "a PDV near 4 GiB": (pdu(0x04, pdv(1, 3, b"abcd", 0xFFFF_FFFE)), _INVALID_VALUE),
    "a PDV for a context of nobody": (pdu(0x04, pdv(9, 3, b"abcd")), _INVALID_VALUE),
    "a PDV for an even context": (pdu(0x04, pdv(2, 3, b"abcd")), _INVALID_VALUE),
    "data before a command": (pdu(0x04, pdv(1, 2, b"abcd")), _USER),
    "a command within data": (
        STORE[: -len(data_set()) - 12] + pdu(0x04, pdv(1, 0, b"ab")) + ECHO,
        None,
    ),
    "a context that changes within data": (
        STORE[: -len(data_set()) - 12] + pdu(0x04, pdv(1, 0, b"ab") + pdv(3, 2, b"cd")),
        _INVALID_VALUE,
    ),
    "a command set that runs past its end": (
        pdu(0x04, pdv(1, 3, b"\0\0\0\0\x04\0\0\0\xff\xff\0\0\0\0\x02\0\xff\xff\0\0")),
        _USER,
    ),
}


@pytest.mark.parametrize(
    ("sent", "abort"), WITHIN_AN_ASSOCIATION.values(), ids=WITHIN_AN_ASSOCIATION
)
def test_a_rule_broken_is_an_abort_with_its_reason(
    receiver: Served,
    sent: bytes,
    abort: tuple[int, int] | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with RawPeer(receiver.port) as peer:
        answers = peer.associate().send(sent).rest()
    assert [answer[:1] for answer in answers] == [b"\x07"]
    if abort is not None:
        assert answers == [Abort(*abort).encode()]
    assert "RAW@127.0.0.1" in caplog.text
    assert "offset" in caplog.text
    assert nothing_is_left(receiver)
    assert still_serves(receiver)


@pytest.mark.parametrize("at", [*range(1, 60, 7), 700, 20000, 39000])
def test_a_cable_pulled_anywhere_leaves_nothing(receiver: Served, at: int) -> None:
    with RawPeer(receiver.port) as peer:
        peer.associate().send(message(LARGE)[:at]).reset()
    assert still_serves(receiver)
    receiver.close()
    assert nothing_is_left(receiver)


@pytest.mark.parametrize("end", [ReleaseRq().encode(), Abort(0, 0).encode()])
def test_a_store_cut_short_in_good_order_leaves_nothing_and_answers_nothing(
    receiver: Served, end: bytes
) -> None:
    with RawPeer(receiver.port) as peer:
        answer = peer.associate().send(*pdus(message(LARGE))[:2], end).pdu()
    assert answer[:1] == (b"\x06" if end[:1] == b"\x05" else b"")
    receiver.close()
    assert nothing_is_left(receiver)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (message(data_set(), "../../x"), 0x0117),
        (message(data_set(), "1.2\\3"), 0x0117),
        (message(data_set(), "9" * 66), 0x0117),
        (message(data_set(), ""), 0x0212),
        (message(data_set()[:-2]), 0xC000),
        (message(data_set(instance="9.9")), 0xA900),
        (message(b""), 0xA900),
    ],
)
def test_a_store_that_cannot_be_is_refused_and_the_association_lives_on(
    receiver: Served, sent: bytes, status: int
) -> None:
    with RawPeer(receiver.port) as peer:
        assert peer.associate().send(sent).status() == status
        assert nothing_is_left(receiver)
        assert peer.send(ECHO).status() == 0x0000
        assert peer.send(STORE).status() == 0x0000
        peer.release()


def test_a_study_uid_with_dots_and_slashes_stays_below_the_folder(receiver: Served) -> None:
    with RawPeer(receiver.port) as peer:
        data = data_set(study="../../../../tmp/x")
        assert peer.associate().send(message(data)).status() == 0x0000
    assert receiver.folder is not None
    (path,) = receiver.folder.instances.rglob("*.dcm")
    assert path.relative_to(receiver.folder.instances).parts[0].startswith("x-")


def test_titles_that_are_no_text_are_kept_apart_from_files_and_the_log(
    receiver: Served, caplog: pytest.LogCaptureFixture
) -> None:
    with RawPeer(receiver.port) as peer:
        peer.send(associate_rq(b"\xff\x1b[2J\\../", b"\x00\n\xfe")).pdu()
        assert peer.send(STORE).status() == 0x0000
        peer.send(pdu(0x99, b""))
        peer.rest()
    assert "\x1b" not in caplog.text
    assert receiver.folder is not None
    (path,) = receiver.folder.instances.rglob("*.dcm")
    assert russet.dcmread(path).SOPInstanceUID == INSTANCE


def test_a_duplicate_cut_short_leaves_the_first_copy_alone(receiver: Served) -> None:
    with RawPeer(receiver.port) as peer:
        assert peer.associate().send(message(LARGE)).status() == 0x0000
        assert receiver.folder is not None
        (path,) = receiver.folder.instances.rglob("*.dcm")
        before = sha256(path.read_bytes()).digest()
        peer.send(message(LARGE)[:30000]).reset()
    assert still_serves(receiver)
    receiver.close()
    assert sha256(path.read_bytes()).digest() == before
    assert list(receiver.folder.incoming.iterdir()) == []


def test_a_thousand_tiny_fragments_are_one_instance(receiver: Served) -> None:
    data = data_set()
    command = STORE[: -len(data) - 12]
    pieces = [data[start : start + 2] for start in range(0, len(data), 2)]
    tiny = b"".join(pdv(1, 0, piece) for piece in pieces) + pdv(1, 2, b"")
    with RawPeer(receiver.port) as peer:
        assert peer.associate().send(command, pdu(0x04, tiny)).status() == 0x0000
        peer.release()


def test_several_messages_at_once_are_answered_one_by_one(receiver: Served) -> None:
    with RawPeer(receiver.port) as peer:
        peer.associate().send(*(message(data_set(), message_id=n) for n in range(1, 9)), ECHO)
        assert [peer.status() for _ in range(9)] == [0x0000] * 9
        peer.release()


def test_a_killed_receiver_leaves_nothing_under_a_final_name(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "russet", "serve", "--port", "0", "--data", str(tmp_path)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    port = next(int(line.split(":")[1].split()[0]) for line in server.stdout if "DICOM  " in line)
    with RawPeer(port) as peer:
        peer.associate().send(STORE)
        assert peer.status() == 0x0000
        peer.send(message(LARGE, "1.2.3.5")[:30000])
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
        server.stdout.close()
    assert [path.name for path in tmp_path.rglob("*.dcm")] == [f"{INSTANCE}.dcm"]
    with russet.serve(0, data=tmp_path) as again, RawPeer(again.port) as peer:
        assert peer.associate().send(message(data_set())).status() == 0x0000


def test_a_peer_that_never_stops_talking_after_its_abort_is_cut_off(receiver: Served) -> None:
    with RawPeer(receiver.port) as peer:
        peer.associate().send(pdu(0x04, pdv(9, 3, b"abcd")))
        with pytest.raises(ConnectionError):
            _talk(peer)
    assert still_serves(receiver)


def test_requests_that_never_end_hold_little_memory_together(receiver: Served) -> None:
    begun = pdu(0x01, bytes((1 << 20) - 100), 1 << 20)
    with ExitStack() as stack:
        peers = [stack.enter_context(RawPeer(receiver.port)) for _ in range(40)]
        for peer in peers:
            with suppress(ConnectionError):  # cut off already
                peer.send(begun)
        until = time.monotonic() + 10
        while sum(map(_is_cut, peers)) < 40 - 17 and time.monotonic() < until:
            assert still_serves(receiver)
        assert sum(map(_is_cut, peers)) >= 40 - 17  # 16 MiB for all of them


def _talk(peer: RawPeer) -> None:
    while True:
        peer.send(bytes(1 << 16))


def _is_cut(peer: RawPeer) -> bool:
    """Whether the receiver has closed the connection."""
    try:
        ready, _, _ = select.select([peer.socket], [], [], 0)
        return bool(ready) and peer.socket.recv(1) == b""
    except OSError:
        return True
