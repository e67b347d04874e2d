"""Verification: C-ECHO, the question whether anybody is there (PS3.4 A, PS3.7 9.1.5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from russet.association.effects import Answer, Effects, Place
from russet.association.events import Peer, Request, Response
from russet.association.provider import same_class
from russet.codec import Command
from russet.dimse.commands import response as respond
from russet.dimse.status import Status

__all__ = ["VERIFICATION", "Echo", "VerificationService"]

VERIFICATION: Final = "1.2.840.10008.1.1"
"""The Verification SOP class (PS3.4 A.4)."""

_C_ECHO_RQ: Final = 0x0030
_PROCESSING_FAILURE: Final = 0x0110
_SOP_CLASS_NOT_SUPPORTED: Final = 0x0122


class Echo:
    """Asks the peer to answer (C-ECHO, SCU); its one result is the status.

    Attributes:
        done: Whether the answer has come.
    """

    command_field = _C_ECHO_RQ
    abstract_syntax = VERIFICATION
    transfer_syntax = None

    def __init__(self) -> None:
        self.done = False

    def request(self, message_id: int, _transfer_syntax: str) -> tuple[Command, None]:
        """Give the C-ECHO-RQ (PS3.7 9.3.5.1)."""
        command = Command(_C_ECHO_RQ, message_id=message_id, affected_sop_class_uid=VERIFICATION)
        return command, None

    def receive(self, response: Response) -> Iterator[Status]:
        """Take the C-ECHO-RSP and give its status."""
        self.done = True
        yield Status(response.command.status or 0, "C-ECHO")


class _Echoing:
    collects = True
    place = Place.READER

    def __init__(self, request: Request) -> None:
        self._command = request.command

    def write(self, parts: Sequence[bytes | memoryview]) -> None:
        """Take nothing: C-ECHO has no data set."""

    def finish(self) -> Effects:
        """Answer Success."""
        yield Answer(respond(self._command, 0))

    def discard(self) -> None:
        """Have nothing to discard."""

    def cancel(self) -> None:
        """End anyway."""


class VerificationService:
    """Answers every C-ECHO with Success (SCP), as every application entity must (PS3.4 A.5)."""

    command_fields = frozenset({_C_ECHO_RQ})
    class_mismatch = _SOP_CLASS_NOT_SUPPORTED
    covers = same_class

    def serves(self, abstract_syntax: str) -> bool:
        """Serve the Verification SOP class alone."""
        return abstract_syntax == VERIFICATION

    def perform(self, request: Request, _peer: Peer) -> _Echoing:
        """Begin to answer."""
        return _Echoing(request)

    def failure(self, _error: Exception) -> int:
        """Give processing failure, 0110H."""
        return _PROCESSING_FAILURE
