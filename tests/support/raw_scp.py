"""A peer that is called, and does with each association request exactly what a test wants."""

import contextlib
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from russet.codec import (
    Abort,
    AssociateAc,
    AssociateRj,
    AssociateRq,
    Command,
    ContextAc,
    PData,
    ReleaseRp,
    UserInformation,
    decode_command,
    decode_pdu,
    encode_message,
)
from russet.dimse.commands import response
from tests.support.raw_peer import RawPeer

__all__ = ["Act", "RawScp", "accepting", "closing", "rejecting", "saying"]

Act = Callable[[RawPeer, bytes], None]
"""Takes a caller and the first PDU that it sent."""

_C_ECHO_RQ: Final = 0x0030
_ABORT: Final = Abort(0, 0).encode()


class RawScp:
    """Listens on a port of its own while it is a context manager.

    Attributes:
        port: That port.
        requests: The association requests that came.
    """

    def __init__(self, act: Act, host: str = "127.0.0.1") -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family)
        self.port: int = self._listener.getsockname()[1]
        self.requests: list[AssociateRq] = []
        self._act = act
        self._threads = [threading.Thread(target=self._listen)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                thread = threading.Thread(target=self._perform, args=(connection,))
                self._threads.append(thread)
                thread.start()

    def _perform(self, connection: socket.socket) -> None:
        with RawPeer.over(connection) as peer, contextlib.suppress(OSError):
            is_rq = connection.recv(1, socket.MSG_PEEK) == b"\x01"
            first = peer.pdu() if is_rq else connection.recv(1 << 16)
            if is_rq:
                rq = decode_pdu(first)
                assert isinstance(rq, AssociateRq)
                self.requests.append(rq)
            if first:
                self._act(peer, first)


def closing(_: RawPeer, __: bytes) -> None:
    """Close without a word."""


def saying(answer: bytes) -> Act:
    """Answer everything with the same bytes, then close."""

    def act(peer: RawPeer, _: bytes) -> None:
        peer.send(answer)

    return act


def rejecting(choose: Callable[[AssociateRq], AssociateRj | None]) -> Act:
    """Reject as `choose` says; accept for None."""

    def act(peer: RawPeer, first: bytes) -> None:
        rq = decode_pdu(first)
        assert isinstance(rq, AssociateRq)
        rj = choose(rq)
        if rj is None:
            accepting()(peer, first)
        else:
            peer.send(rj.encode())
            peer.pdu()

    return act


def accepting(
    accept: Callable[[str, str], bool] = lambda _class, _syntax: True,
    most: int = 128,
    answers: Callable[[Command], bool] = lambda command: command.command_field == _C_ECHO_RQ,
    version: str = "RAW",
) -> Act:
    """Accept the pairs that `accept` says, and answer C-ECHO.

    Args:
        accept: Takes a SOP class and a transfer syntax.
        most: More contexts than these are answered with an A-ABORT.
        answers: What is answered with Success; the rest with an A-ABORT.
        version: What it calls itself.
    """

    def act(peer: RawPeer, first: bytes) -> None:
        rq = decode_pdu(first)
        assert isinstance(rq, AssociateRq)
        if len(rq.contexts) > most:
            peer.send(_ABORT)
            return
        answered = [
            ContextAc(each.context_id, 0 if accept(each.abstract_syntax, syntax) else 3, syntax)
            for each in rq.contexts
            for syntax in each.transfer_syntaxes[:1]
        ]
        user = UserInformation(
            max_length=16384, implementation_class_uid="1.2.3", implementation_version=version
        )
        peer.send(AssociateAc(rq.called, rq.calling, answered, user).encode())
        _serve(peer, answers)

    return act


def _serve(peer: RawPeer, answers: Callable[[Command], bool]) -> None:
    while pdu := peer.pdu():
        if pdu[0] == 0x05:
            peer.send(ReleaseRp().encode())
        if pdu[0] != 0x04:
            continue
        pdata = decode_pdu(pdu)
        assert isinstance(pdata, PData)
        fragments = [pdv.fragment for pdv in pdata.pdvs if pdv.control & 1]
        if not fragments:
            continue  # Of the identifier.
        command = decode_command(b"".join(fragments))
        if not answers(command):
            peer.send(_ABORT)
            return
        peer.send(encode_message(pdata.pdvs[0].context_id, response(command, 0), 16384))
