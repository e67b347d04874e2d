"""A request whose data set is small: collected, decoded, and then handed to a service."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from russet.association.effects import Effects, Place
from russet.association.events import Peer, Request
from russet.association.provider import Refusal
from russet.codec import Walk
from russet.data import Dataset, read_dataset
from russet.errors import DecodeError, IdentifierError, StatusError

__all__ = ["IDENTIFIER_DOES_NOT_MATCH", "Asked", "Collecting", "identifier_failure"]

IDENTIFIER_DOES_NOT_MATCH: Final = 0xA900
"""Of C-FIND, C-MOVE and C-GET: the identifier does not match the SOP class (PS3.4 C.4)."""
_UNABLE_TO_PROCESS: Final = 0xC000

_LIMIT: Final = 1 << 24
"""Bytes of an identifier or attribute list; only instances are longer."""
_RESOURCE_LIMITATION: Final = 0x0213


def identifier_failure(error: Exception) -> int:
    """Say A900H of an identifier that cannot be read or meant, C000H of the rest (PS3.4 C.4)."""
    is_identifier = isinstance(error, (DecodeError, IdentifierError))
    return IDENTIFIER_DOES_NOT_MATCH if is_identifier else _UNABLE_TO_PROCESS


class Asked:
    """What a request says, for a handler.

    Titles are whatever the peer sent: never make a path or a command of them.

    Attributes:
        command: Its command set.
        sop_class_uid: The SOP class it is about.
        transfer_syntax: What its data set is in, and that of the response.
        calling: Who asks.
        called: Under which title we were called.
        peer: Who asks: its address, its user, and what was agreed on with it.
        dataset: Its data set; empty where it has none.
    """

    def __init__(self, request: Request, peer: Peer, dataset: Dataset) -> None:
        command = request.command
        self.command = command
        self.sop_class_uid: str = (
            command.affected_sop_class_uid or command.requested_sop_class_uid or ""
        )
        self.transfer_syntax = request.context.transfer_syntax
        self.calling = peer.calling
        self.called = peer.called
        self.peer = peer
        self.dataset = dataset
        self._cancelled = False

    @property
    def cancelled(self) -> bool:
        """Whether nobody wants the rest: C-CANCEL came, or the peer is gone."""
        return self._cancelled

    def cancel(self) -> None:
        """Have `cancelled` say so."""
        self._cancelled = True


Run = Callable[[Asked], Effects]


class Collecting:
    """Performs a request once its data set is there.

    Attributes:
        place: Where it is performed.
    """

    collects = True

    def __init__(
        self,
        request: Request,
        peer: Peer,
        run: Run,
        place: Place,
        asked: Callable[[Request, Peer, Dataset], Asked] = Asked,
    ) -> None:
        """Have `run` perform `request`; `asked` makes what it is given."""
        self.place = place
        self._request = request
        self._peer = peer
        self._run = run
        self._make = asked
        self._data = bytearray()
        self._asked: Asked | None = None
        self._cancelled = False

    def write(self, parts: Sequence[bytes | memoryview]) -> None:
        """Take the next part of the data set.

        Raises:
            StatusError: When it is longer than any identifier has to be.
        """
        for part in parts:
            self._data += part
        if len(self._data) > _LIMIT:
            self._data = bytearray()
            raise StatusError(f"a data set of more than {_LIMIT} B", _RESOURCE_LIMITATION)

    def finish(self) -> Effects:
        """Perform the request.

        Raises:
            DecodeError: The bytes are no data set in the agreed transfer syntax, or not all of one.
        """
        syntax = self._request.context.transfer_syntax
        data = bytes(self._data)
        if data:
            # Reading makes the best of what is cut short; a request is not to be guessed at.
            walk = Walk(syntax, [], nested=True)
            walk.feed(data)
            walk.finish()
        dataset = read_dataset(data, syntax)
        self._asked = self._make(self._request, self._peer, dataset)
        if self._cancelled:
            self._asked.cancel()
        yield from self._run(self._asked)

    def discard(self) -> None:
        """Forget what was collected."""
        self._data = bytearray()

    def cancel(self) -> None:
        """Have the handler know, and the service end early."""
        self._cancelled = True
        if self._asked is not None:
            self._asked.cancel()


Begin = Collecting | Refusal
