"""A provider that answers exactly what a test wants, on a real socket."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final, Self

from russet.codec import (
    AssociateAc,
    AssociateRq,
    Command,
    ContextAc,
    PData,
    ReleaseRp,
    Role,
    UserInformation,
    decode_command,
    decode_pdu,
    encode_message,
    encode_pdvs,
)
from tests.support.raw_peer import RawPeer

__all__ = ["Provider", "Script", "providing"]

_RESPONSE: Final = 0x8000
_NO_DATA: Final = 0x0101
_MAX: Final = 16384


class Provider:
    """The provider's side of one association.

    Attributes:
        peer: The connection.
        rq: What the client asked for.
        requests: The commands of the client so far.
    """

    def __init__(self, connection: socket.socket) -> None:
        self.peer = RawPeer(connection)
        self.requests: list[Command] = []
        self._contexts: list[int] = []
        self._end = b""
        found = decode_pdu(self.peer.pdu())
        assert isinstance(found, AssociateRq)
        self.rq = found

    def accept(self, *more: ContextAc, roles: Sequence[Role] | None = None, **user: Any) -> Self:
        """Accept every context, in its first transfer syntax, and `more` that nobody proposed."""
        contexts = [
            ContextAc(each.context_id, 0, each.transfer_syntaxes[0]) for each in self.rq.contexts
        ]
        granted = list(self.rq.user.roles if roles is None else roles)
        told: dict[str, Any] = {"max_length": _MAX, "implementation_class_uid": "1.2.3"}
        information = UserInformation(**told | {"roles": granted} | user)
        ac = AssociateAc(self.rq.called, self.rq.calling, [*contexts, *more], information)
        self.peer.send(ac.encode())
        return self

    @property
    def context_id(self) -> int:
        """The context of the last request."""
        return self._contexts[-1]

    def request(self) -> Command | None:
        """The next command of the client, its data set read and dropped; None at the end."""
        command, parts = None, b""
        while (pdu := self.peer.pdu())[:1] == b"\x04":
            pdata = decode_pdu(pdu)
            assert isinstance(pdata, PData)
            for pdv in pdata.pdvs:
                if pdv.control & 1:
                    parts += pdv.fragment
                if pdv.control == 3:
                    command = decode_command(parts)
                if command and (pdv.control == 2 or command.command_data_set_type == _NO_DATA):
                    self.requests.append(command)
                    self._contexts.append(pdv.context_id)
                    return command
        self._end = pdu[:1]
        if self._end == b"\x05":
            self.peer.send(ReleaseRp().encode())
        return None

    def answer(self) -> int | None:
        """The status of the client's next response."""
        command = self.request()
        assert command is not None
        self.requests.pop()
        self._contexts.pop()
        return command.status

    def respond(
        self,
        status: int | None,
        data: bytes | None = None,
        *,
        context_id: int | None = None,
        **elements: Any,
    ) -> Self:
        """Answer the last request."""
        asked = self.requests[-1]
        elements = {
            "message_id_being_responded_to": asked.message_id,
            "affected_sop_class_uid": asked.affected_sop_class_uid,
            "command_data_set_type": _NO_DATA if data is None else 1,
            "status": status,
        } | elements
        field = elements.pop("command_field", asked.command_field | _RESPONSE)
        return self.say(context_id or self.context_id, Command(field, **elements), data)

    def say(self, context_id: int, command: Command, data: bytes | None = None) -> Self:
        """Send a message, whatever anybody asked."""
        self.peer.send(encode_message(context_id, command, _MAX))
        if data is not None:
            pdvs = encode_pdvs(context_id, data, command=False, last=True, max_length=_MAX)
            self.peer.send(pdvs)
        return self

    def context_of(self, abstract_syntax: str) -> int:
        """The first context that was proposed for it."""
        contexts = self.rq.contexts
        return next(each.context_id for each in contexts if each.abstract_syntax == abstract_syntax)

    def see_off(self) -> bytes:
        """Read to the end: the type of the PDU that ended it, nothing for a close."""
        while not self._end and self.request() is not None:
            pass
        return self._end


Script = Callable[[Provider], Any]


class _Listener:
    """Runs the script for each connection; `ends` is what each came to, in order.

    Attributes:
        port: Where.
        ends: What the scripts returned; an exception that one raised.
    """

    def __init__(self, script: Script, abstract_syntax: str | None) -> None:
        self.ends: list[Any] = []
        self._script = script
        self._only = abstract_syntax
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, name="provider")]
        self._threads[0].start()

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._run, args=(connection,), name="provider")
            self._threads.append(thread)
            thread.start()

    def _run(self, connection: socket.socket) -> None:
        with connection:
            try:
                provider = Provider(connection)
                proposed = {each.abstract_syntax for each in provider.rq.contexts}
                if self._only is not None and self._only not in proposed:
                    provider.accept().see_off()
                else:
                    self.ends.append(self._script(provider))
            except (OSError, struct.error) as error:
                self.ends.append(error)


@contextmanager
def providing(script: Script, abstract_syntax: str | None = None) -> Iterator[_Listener]:
    """Listen, and have `script` see each association through that proposes an abstract syntax."""
    listener = _Listener(script, abstract_syntax)
    try:
        yield listener
    finally:
        listener.close()
