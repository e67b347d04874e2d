"""What must not hurt: one very large instance, and many associations that say nothing."""

import re
import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from russet import codec
from tests.support.peers import Dcmtk, RussetServe
from tests.support.processes import run

pytestmark = pytest.mark.interop

_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_EXPLICIT = "1.2.840.10008.1.2.1"
_INSTANCE = "2.25.302189466370124389071112390471"
_STUDY = "2.25.302189466370124389071112390472"
_SERIES = "2.25.302189466370124389071112390473"
_GIGABYTE = 1_000_000_000
_BLOCK = 1 << 20
_SLACK = 100_000_000
_ACCEPTED, _DATA, _RELEASED = 2, 4, 6


def test_an_instance_of_a_gigabyte_does_not_pass_through_memory(
    russet_serve: RussetServe,
) -> None:
    scp = russet_serve()
    before = _peak(scp.process.pid)
    with socket.create_connection(("127.0.0.1", scp.port), timeout=25) as stream:
        _associate(stream)
        for part in _store_rq():
            stream.sendall(part)
        assert _pdu(stream)[0] == _DATA
        stream.sendall(codec.ReleaseRq().encode())
        assert _pdu(stream)[0] == _RELEASED
    grown = _peak(scp.process.pid) - before
    (path,) = scp.folder.rglob("*.dcm")
    assert path.stat().st_size > _GIGABYTE
    path.unlink()
    assert grown < _SLACK, f"{grown / 1e6:.0f} MB"


def test_two_hundred_idle_associations_do_not_stop_the_next(
    dcmtk: Dcmtk, russet_serve: RussetServe
) -> None:
    scp = russet_serve()
    with ExitStack() as idle:
        for _ in range(200):
            stream = socket.create_connection(("127.0.0.1", scp.port), timeout=20)
            idle.enter_context(stream)
            _associate(stream)
        ended = run(dcmtk.echoscu, "-v", "127.0.0.1", str(scp.port), timeout=20)
        assert ended.returncode == 0, ended.stdout


def _peak(pid: int) -> int:
    """The most memory that a process has had resident, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) * 1024


def _associate(stream: socket.socket) -> None:
    context = codec.ContextRq(1, _SECONDARY_CAPTURE, [_EXPLICIT])
    user = codec.UserInformation(max_length=16384, implementation_class_uid="1.2.3.4")
    stream.sendall(codec.AssociateRq(b"RUSSET", b"LOAD", [context], user).encode())
    assert _pdu(stream)[0] == _ACCEPTED


def _pdu(stream: socket.socket) -> tuple[int, bytes]:
    head = _exactly(stream, 6)
    kind, length = struct.unpack(">BxI", head)
    return kind, _exactly(stream, length)


def _exactly(stream: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = stream.recv(count - len(data))
        assert part, "the peer closed"
        data += part
    return data


def _store_rq() -> Iterator[bytes]:
    """A C-STORE-RQ whose Pixel Data have a gigabyte, in blocks."""
    command = codec.Command(
        1,
        affected_sop_class_uid=_SECONDARY_CAPTURE,
        message_id=1,
        priority=0,
        command_data_set_type=1,
        affected_sop_instance_uid=_INSTANCE,
    )
    yield codec.encode_message(1, command, _BLOCK)
    head = b"".join(
        _element(group, element, b"UI", value.encode())
        for group, element, value in (
            (0x0008, 0x0016, _SECONDARY_CAPTURE),
            (0x0008, 0x0018, _INSTANCE),
            (0x0020, 0x000D, _STUDY),
            (0x0020, 0x000E, _SERIES),
        )
    )
    head += struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OB", 0, _GIGABYTE)
    yield codec.encode_pdvs(1, head, command=False, last=False, max_length=_BLOCK)
    block = codec.encode_pdvs(1, bytes(_BLOCK), command=False, last=False, max_length=_BLOCK)
    whole, rest = divmod(_GIGABYTE, _BLOCK)
    for _ in range(whole):
        yield block
    yield codec.encode_pdvs(1, bytes(rest), command=False, last=True, max_length=_BLOCK)


def _element(group: int, element: int, vr: bytes, value: bytes) -> bytes:
    padded = value + b"\0" * (len(value) % 2)
    return struct.pack("<HH2sH", group, element, vr, len(padded)) + padded
