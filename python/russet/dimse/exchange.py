"""The requests of one side that still wait for their final response (PS3.7 D.3.3.3)."""

from typing import Final, NamedTuple

from russet.codec import Command
from russet.dimse.commands import RESPONSE, message_name
from russet.dimse.status import Status
from russet.errors import ProtocolError

__all__ = ["Exchange", "Outstanding", "WindowFullError"]

_LAST_ID: Final = 0xFFFF


class WindowFullError(RuntimeError):
    """As many requests are out as the window allows: receive responses first."""


class Outstanding(NamedTuple):
    """A request that waits for its final response: its ids and its Command Field."""

    message_id: int
    context_id: int
    command_field: int


class Exchange:
    """Gives out message ids and matches responses to them.

    Ids run from 1 to 65535 and round again, and none is given twice while its request is out.

    Attributes:
        window: How many requests may be out at once (PS3.7 D.3.3.3); 0 means as many as ids.
    """

    def __init__(self, window: int = 1) -> None:
        self.window = window
        self._outstanding: dict[int, Outstanding] = {}
        self._last_id = 0

    def __len__(self) -> int:
        """Count the requests that are out."""
        return len(self._outstanding)

    def __contains__(self, message_id: int) -> bool:
        """Say whether the request of this id is out."""
        return message_id in self._outstanding

    def __getitem__(self, message_id: int) -> Outstanding:
        """Give the request of this id; KeyError when it is not out."""
        return self._outstanding[message_id]

    @property
    def has_room(self) -> bool:
        """Whether the window allows another request now."""
        return len(self._outstanding) < (self.window or _LAST_ID)

    def open(self, context_id: int, command_field: int) -> int:
        """Take a message id for a new request.

        Returns:
            The Message ID, 1 to 65535, taken until the final response.

        Raises:
            WindowFullError: If it is.
        """
        if not self.has_room:
            raise WindowFullError(f"{len(self)} requests are out and the window allows no more")
        message_id = self._last_id % _LAST_ID + 1
        while message_id in self._outstanding:
            message_id = message_id % _LAST_ID + 1
        self._last_id = message_id
        self._outstanding[message_id] = Outstanding(message_id, context_id, command_field)
        return message_id

    def close(self, message_id: int) -> None:
        """Give an id back without a response, for a request that was never sent."""
        self._outstanding.pop(message_id, None)

    def match(self, context_id: int, command: Command) -> Outstanding:
        """Find the request that a response answers; a final response gives its id back.

        Raises:
            ProtocolError: A response that answers nothing of ours, or on the wrong context, or
                of another operation, or without status. The two sides no longer agree on what is
                out, so the answer is an A-ABORT by the user (source 0).
        """
        found = self._outstanding.get(command.message_id_being_responded_to or 0)
        if found is None:
            raise _stray(command, "to no request of ours")
        if found.context_id != context_id:
            raise _stray(command, f"on context {context_id}, asked on {found.context_id}")
        if found.command_field | RESPONSE != command.command_field:
            raise _stray(command, f"to a {message_name(found.command_field)}")
        status = command.status
        if status is None:
            raise _stray(command, "without a status")
        if not Status.is_pending_code(status):
            del self._outstanding[found.message_id]
        return found


def _stray(command: Command, why: str) -> ProtocolError:
    message = f"stray response: {message_name(command.command_field)} {why}"
    return ProtocolError(message, offset=0, source=0, reason=0)
