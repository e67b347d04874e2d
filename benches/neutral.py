"""DICOM by hand, for both ends of a bench: a peer that shares no code with what is measured.

Everything is encoded before a clock starts. Inside the clock a client does nothing but send,
receive and look for the end of what it asked for; a server sends one block of bytes, or waits.

Usage: neutral.py find-server PORT RESPONSES   |   neutral.py store-server PORT WINDOW SECONDS
"""

import heapq
import json
import queue
import socket
import struct
import sys
import threading
import time
from dataclasses import dataclass
from typing import Final

__all__ = [
    "FIND",
    "VERIFICATION",
    "Peer",
    "echo_rq",
    "element",
    "find_rq",
    "find_rsp",
    "main",
    "message",
    "store_rq",
]

FIND: Final = b"1.2.840.10008.5.1.4.1.2.2.1"
"""Study Root Query/Retrieve Information Model - FIND."""
VERIFICATION: Final = b"1.2.840.10008.1.1"
"""Verification."""

_IMPLICIT: Final = b"1.2.840.10008.1.2"
_CONTEXT_NAME: Final = b"1.2.840.10008.3.1.1.1"
_OURS: Final = b"1.2.826.0.1.3680043.9.9999.2"
_DATA: Final = b"\1\0"
_NO_DATA: Final = b"\1\1"
_SUCCESS: Final = b"\0\0\0\x09\2\0\0\0\0\0"
_PENDING: Final = (0xFF00, 0xFF01)
_LONGEST: Final = 1 << 20


def _item(kind: int, body: bytes) -> bytes:
    return struct.pack(">BBH", kind, 0, len(body)) + body


def element(group: int, number: int, value: bytes, padding: bytes = b"\0") -> bytes:
    """An element in Implicit VR Little Endian (PS3.5 7.1.3)."""
    padded = value + padding * (len(value) % 2)
    return struct.pack("<HHI", group, number, len(padded)) + padded


def _command(*elements: tuple[int, bytes]) -> bytes:
    body = b"".join(element(0, number, value) for number, value in elements)
    return element(0, 0, struct.pack("<I", len(body))) + body


def _pdu(context_id: int, data: bytes, *, command: bool) -> bytes:
    control = (1 if command else 0) | 2
    return struct.pack(">BBIIBB", 4, 0, len(data) + 6, len(data) + 2, context_id, control) + data


def message(context_id: int, command: bytes, data: bytes = b"") -> bytes:
    """A message as P-DATA-TF (PS3.8 9.3.5): one PDU for the command, one for the data."""
    encoded = _pdu(context_id, command, command=True)
    return encoded + _pdu(context_id, data, command=False) if data else encoded


def _uint(value: int) -> bytes:
    return struct.pack("<H", value)


def find_rq(message_id: int) -> bytes:
    """The command set of a C-FIND-RQ (PS3.7 9.3.2.1)."""
    return _command(
        (0x0002, FIND), (0x0100, _uint(0x0020)), (0x0110, _uint(message_id)),
        (0x0700, _uint(0)), (0x0800, _DATA),
    )  # fmt: skip


def find_rsp(message_id: int, status: int) -> bytes:
    """The command set of a C-FIND-RSP (PS3.7 9.3.2.2)."""
    return _command(
        (0x0002, FIND), (0x0100, _uint(0x8020)), (0x0120, _uint(message_id)),
        (0x0800, _DATA if status else _NO_DATA), (0x0900, _uint(status)),
    )  # fmt: skip


def _answer(kind: int, request: dict[int, bytes]) -> bytes:
    return _command(
        (0x0002, request[0x0002].rstrip(b"\0")), (0x0100, _uint(kind)), (0x0120, request[0x0110]),
        (0x0800, _NO_DATA), (0x0900, _uint(0)), (0x1000, request.get(0x1000, b"").rstrip(b"\0")),
    )  # fmt: skip


def echo_rq(message_id: int) -> bytes:
    """The command set of a C-ECHO-RQ (PS3.7 9.3.5.1)."""
    return _command(
        (0x0002, VERIFICATION), (0x0100, _uint(0x0030)), (0x0110, _uint(message_id)),
        (0x0800, _NO_DATA),
    )  # fmt: skip


def store_rq(message_id: int, sop_class: bytes, instance: bytes) -> bytes:
    """The command set of a C-STORE-RQ (PS3.7 9.3.1.1)."""
    return _command(
        (0x0002, sop_class), (0x0100, _uint(0x0001)), (0x0110, _uint(message_id)),
        (0x0700, _uint(0)), (0x0800, _DATA), (0x1000, instance),
    )  # fmt: skip


def _parsed(command: bytes) -> dict[int, bytes]:
    found, place = {}, 0
    while place + 8 <= len(command):
        _, number, length = struct.unpack_from("<HHI", command, place)
        found[number] = command[place + 8 : place + 8 + length]
        place += 8 + length
    return found


@dataclass
class Peer:
    """A connection, and how to read PDUs from it.

    Attributes:
        connection: The socket.
    """

    connection: socket.socket

    @classmethod
    def associate(cls, port: int, called: str, *abstract_syntaxes: bytes) -> "Peer":
        """Connect, and have contexts 1, 3 ... for SOP classes in Implicit VR Little Endian."""
        peer = cls(socket.create_connection(("127.0.0.1", port)))
        peer.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        titles = called.ljust(16).encode() + b"NEUTRAL".ljust(16) + bytes(32)
        body = struct.pack(">HH", 1, 0) + titles + _item(0x10, _CONTEXT_NAME)
        for number, abstract_syntax in enumerate(abstract_syntaxes or (FIND,)):
            syntaxes = _item(0x30, abstract_syntax) + _item(0x40, _IMPLICIT)
            body += _item(0x20, bytes((2 * number + 1, 0, 0, 0)) + syntaxes)
        body += _item(0x50, _item(0x51, struct.pack(">I", _LONGEST)) + _item(0x52, _OURS))
        peer.connection.sendall(struct.pack(">BBI", 1, 0, len(body)) + body)
        kind, _ = peer.pdu()
        assert kind == 2, f"not accepted: PDU type {kind}"
        return peer

    def accept(self, window: int = 1) -> bytes:
        """Accept every context of who connected, with its first transfer syntax; its title."""
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        kind, body = self.pdu()
        assert kind == 1, f"PDU type {kind} instead of an A-ASSOCIATE-RQ"
        answer, place = body[:68] + _item(0x10, _CONTEXT_NAME), 68
        while place + 4 <= len(body):
            kind, _, length = struct.unpack_from(">BBH", body, place)
            if kind == 0x20:
                answer += _item(0x21, _accepted(body[place + 4 : place + 4 + length]))
            place += 4 + length
        user = _item(0x51, struct.pack(">I", _LONGEST)) + _item(0x52, _OURS)
        if window != 1:
            user += _item(0x53, struct.pack(">HH", window, 1))
        answer += _item(0x50, user)
        self.connection.sendall(struct.pack(">BBI", 2, 0, len(answer)) + answer)
        return body[20:36].strip()

    def exactly(self, count: int) -> bytes:
        """Receive that many bytes."""
        data = self.connection.recv(count, socket.MSG_WAITALL)
        if len(data) != count:
            raise EOFError("the peer closed")
        return data

    def pdu(self) -> tuple[int, bytes]:
        """Receive a PDU: its type and its body."""
        kind, _, length = struct.unpack(">BBI", self.exactly(6))
        return kind, self.exactly(length)

    def message(self) -> tuple[int, int, dict[int, bytes]] | None:
        """Receive a message: context, length of its data, command; None at the release."""
        command, length, ends, context = b"", 0, 1, 0
        while ends:
            kind, body = self.pdu()
            if kind == 5:
                return None
            assert kind == 4, f"PDU type {kind} instead of P-DATA-TF"
            place = 0
            while place < len(body):
                (size,) = struct.unpack_from(">I", body, place)
                context, control = body[place + 4], body[place + 5]
                if control & 1:
                    command += body[place + 6 : place + 4 + size]
                    if control & 2:
                        ends = 0 if _parsed(command)[0x0800] == _NO_DATA else 1
                else:
                    length += size - 2
                    ends = 0 if control & 2 else 1
                place += 4 + size
        return context, length, _parsed(command)

    def find(self, identifier: bytes) -> tuple[float, int]:
        """Ask, and give the seconds to the final response and the number of those before it."""
        received, count, space = bytearray(), 0, bytearray(_LONGEST)
        view, receive = memoryview(space), self.connection.recv_into
        began = time.perf_counter()
        self.connection.sendall(message(1, find_rq(1), identifier))
        while not received.endswith(_SUCCESS):
            got = receive(space)
            assert got, "the peer closed"
            received += view[:got]
        seconds = time.perf_counter() - began
        place = 0
        while place < len(received):
            (length,) = struct.unpack_from(">I", received, place + 2)
            count += _statuses(received, place + 6, place + 6 + length)
            place += 6 + length
        return seconds, count

    def send(self, context_id: int, command: bytes, data: bytes = b"") -> None:
        """Send a message."""
        self.connection.sendall(message(context_id, command, data))

    def statuses(self) -> list[int]:
        """The statuses of responses, up to the final one."""
        found = [0xFF00]
        while found[-1] in _PENDING:
            answer = self.message()
            assert answer is not None
            found += struct.unpack("<H", answer[2][0x0900])
        return found[1:]

    def release(self) -> None:
        """Release and close."""
        self.connection.sendall(struct.pack(">BBII", 5, 0, 4, 0))
        self.pdu()
        self.connection.close()


def _statuses(received: bytearray, place: int, end: int) -> int:
    """How many pending responses begin in a PDU."""
    count = 0
    while place < end:
        (size,) = struct.unpack_from(">I", received, place)
        if received[place + 5] & 1:
            command = _parsed(bytes(received[place + 6 : place + 4 + size]))
            count += command[0x0900] in (b"\x00\xff", b"\x01\xff")
        place += 4 + size
    return count


def _accepted(context: bytes) -> bytes:
    """The answer to a context: Implicit VR Little Endian where it is offered, else the first."""
    place, offered = 4, []
    while place + 4 <= len(context):
        kind, _, length = struct.unpack_from(">BBH", context, place)
        if kind == 0x40:
            offered.append(context[place + 4 : place + 4 + length])
        place += 4 + length
    syntax = _IMPLICIT if _IMPLICIT in offered else offered[0]
    return context[:1] + bytes(3) + _item(0x40, syntax)


def _listener(port: int) -> socket.socket:
    """A listening socket."""
    found = socket.create_server(("127.0.0.1", port), backlog=64)
    print(f"listening on :{found.getsockname()[1]}", flush=True)
    return found


def _match(number: int) -> bytes:
    """An identifier as an archive answers at image level, 250 bytes of it."""
    study = b"1.2.826.0.1.3680043.9.9999.1"
    return b"".join((
        element(0x0008, 0x0018, study + b".1.%d" % number),
        element(0x0008, 0x0052, b"IMAGE", b" "),
        element(0x0008, 0x0054, b"NEUTRAL", b" "),
        element(0x0020, 0x000D, study), element(0x0020, 0x000E, study + b".1"),
        element(0x0020, 0x0013, b"%d" % number, b" "),
    ))  # fmt: skip


def _serve_finds(port: int, count: int) -> None:
    """Answer C-FIND with `count` matches, and say how long each client took, to its release."""
    matches = [_match(number) for number in range(1, count + 1)]
    server = _listener(port)
    encoded: dict[tuple[int, int], bytes] = {}
    while True:
        peer = Peer(server.accept()[0])
        peer.accept()
        began = time.perf_counter()
        while (asked := peer.message()) is not None:
            key = asked[0], struct.unpack("<H", asked[2][0x0110])[0]
            if key not in encoded:
                pending = find_rsp(key[1], 0xFF00)
                found = (message(key[0], pending, match) for match in matches)
                encoded[key] = b"".join(found) + message(key[0], find_rsp(key[1], 0))
            block = encoded[key]
            began = time.perf_counter()
            peer.connection.sendall(block)
        print(json.dumps({"seconds": time.perf_counter() - began}), flush=True)
        peer.connection.sendall(struct.pack(">BBII", 6, 0, 4, 0))
        peer.connection.close()


def _serve_stores(port: int, window: int, seconds: float) -> None:
    """Take C-STORE, each for as long, as many at a time as the window has."""
    server = _listener(port)
    while True:
        peer = Peer(server.accept()[0])
        peer.accept(window)
        answers: queue.Queue[tuple[float, bytes] | None] = queue.Queue()
        threading.Thread(target=_answer_in_time, args=(peer, answers), daemon=True).start()
        free = [0.0] * window
        while (asked := peer.message()) is not None:
            due = max(time.perf_counter(), heapq.heappop(free)) + seconds
            heapq.heappush(free, due)
            answers.put((due, message(asked[0], _answer(0x8001, asked[2]))))
        peer.connection.sendall(struct.pack(">BBII", 6, 0, 4, 0))
        answers.put(None)


def _answer_in_time(peer: Peer, answers: "queue.Queue[tuple[float, bytes] | None]") -> None:
    while (answer := answers.get()) is not None:
        time.sleep(max(answer[0] - time.perf_counter(), 0.0))
        peer.connection.sendall(answer[1])
    peer.connection.close()


def main(kind: str, port: int, *options: str) -> None:
    """Serve until killed."""
    if kind == "find-server":
        _serve_finds(port, int(options[0]))
    else:
        _serve_stores(port, int(options[0]), float(options[1]))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
