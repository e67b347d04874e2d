"""A peer that says exactly what a test wants, on a real socket."""

import socket
import struct
from types import TracebackType
from typing import Final, Self

from russet.codec import (
    AssociateRq,
    Command,
    ContextRq,
    PData,
    ReleaseRq,
    UserInformation,
    decode_command,
    decode_pdu,
)
from tests.support.instances import CT, EXPLICIT

__all__ = ["RawPeer", "associate_rq"]

_PATIENCE: Final = 10.0
_VERIFICATION: Final = "1.2.840.10008.1.1"
_IMPLICIT: Final = "1.2.840.10008.1.2"


def associate_rq(calling: bytes = b"RAW", called: bytes = b"RUSSET") -> bytes:
    """A request for CT storage (context 1) and verification (context 3)."""
    contexts = [ContextRq(1, CT, [EXPLICIT]), ContextRq(3, _VERIFICATION, [_IMPLICIT])]
    user = UserInformation(max_length=16384, implementation_class_uid="1.2.3")
    return AssociateRq(called, calling, contexts, user).encode()


class RawPeer:
    """A connection that sends bytes as they are and reads whole PDUs."""

    def __init__(self, to: int | socket.socket) -> None:
        """Connect to a port, or take a connection that was accepted."""
        if isinstance(to, int):
            to = socket.create_connection(("127.0.0.1", to), _PATIENCE)
        self.socket = to
        self.socket.settimeout(_PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @classmethod
    def over(cls, connection: socket.socket) -> Self:
        """Speak over a connection that is there."""
        peer = cls.__new__(cls)
        peer.socket = connection
        connection.settimeout(_PATIENCE)
        return peer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.socket.close()

    def send(self, *data: bytes) -> Self:
        """Send bytes as they are."""
        self.socket.sendall(b"".join(data))
        return self

    def associate(self) -> Self:
        """Associate, and expect to be accepted."""
        assert self.send(associate_rq()).pdu()[:1] == b"\x02"
        return self

    def pdu(self) -> bytes:
        """The next PDU; b"" when the connection closed."""
        header = self._exactly(6)
        return header + self._exactly(struct.unpack(">BxI", header)[1]) if header else b""

    def rest(self) -> list[bytes]:
        """Every PDU up to an A-ABORT or the close."""
        found = []
        while pdu := self.pdu():
            found.append(pdu)
            if pdu[:1] == b"\x07":
                break
        return found

    def status(self) -> int | None:
        """The status of the response that comes next."""
        return self.command().status

    def command(self) -> Command:
        """The command set that comes next; the data set of the one before is dropped."""
        while True:
            pdata = decode_pdu(self.pdu())
            assert isinstance(pdata, PData), pdata
            if pdata.pdvs[0].control & 1:
                parts = [pdv.fragment for pdv in pdata.pdvs if pdv.control & 1]
                return decode_command(b"".join(parts))

    def release(self) -> None:
        """Release, and expect the confirmation."""
        assert self.send(ReleaseRq().encode()).pdu()[:1] == b"\x06"

    def reset(self) -> None:
        """Close with RST, as a cable that is pulled and plugged in again looks."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            try:
                part = self.socket.recv(count - len(data))
            except ConnectionResetError:
                part = b""
            if not part:
                return b""
            data += part
        return data
