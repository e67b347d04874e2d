"""The requests of ours that are out, and what each has brought (PS3.7 D.3.3.3)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any, Final

from russet.association.association import Association
from russet.association.events import Operation, Response
from russet.errors import RussetError

__all__ = ["Call", "Calls"]

_RESULTS_LIMIT: Final = 100_000
"""Results of one request that wait to be taken; only who waits for all of them gets there."""
_HELD_LIMIT: Final = 1 << 28
"""Bytes of them, as they came."""
_AHEAD: Final = 1000
"""Results that are taken in ahead of who takes them one by one."""
_AHEAD_HELD: Final = 1 << 24
"""Bytes of them, as they came: that of the longest identifier."""
_LATE_LIMIT: Final = 10_000
"""Responses to a cancelled request that are still taken; then the peer is not listening."""


class Call:
    """One request of ours.

    Attributes:
        operation: What was asked.
        message_id: Under which Message ID.
        results: What its responses brought and nobody has taken yet.
        error: Why there will be no more.
        responses: How many have come.
        cancelled: Whether C-CANCEL was sent: what comes until the final response is dropped.
    """

    __slots__ = (
        "_held",
        "cancelled",
        "error",
        "late",
        "message_id",
        "operation",
        "responses",
        "results",
    )

    def __init__(self, operation: Operation[Any], message_id: int) -> None:
        self.operation = operation
        self.message_id = message_id
        self.results: deque[Any] = deque()
        self.error: Exception | None = None
        self.cancelled = False
        self.late = 0
        self.responses = 0
        self._held = 0

    @property
    def done(self) -> bool:
        """Whether nothing more will come."""
        return self.operation.done or self.error is not None

    @property
    def is_ahead(self) -> bool:
        """Whether enough waits to be taken: who takes it one by one holds the peer back."""
        results = self.results
        return bool(results) and (len(results) > _AHEAD or self._held > _AHEAD_HELD)

    def take(self, response: Response) -> None:
        """Take a response; what comes after a cancellation is dropped.

        Raises:
            RussetError: A response that cannot be read, or more of them than are bearable.
        """
        self.responses += 1
        if self.cancelled:
            deque(self.operation.receive(response), maxlen=0)
            self.late += 1
            if self.late > _LATE_LIMIT:
                raise RussetError("the peer goes on answering what was cancelled")
            return
        if not self.results:
            self._held = 0
        self._held += len(response.data or b"")
        self.results.extend(self.operation.receive(response))
        if len(self.results) > _RESULTS_LIMIT or self._held > _HELD_LIMIT:
            raise RussetError("more responses than anybody can take in")

    def outcome(self) -> list[Any]:
        """Take what came.

        Raises:
            Exception: What the operation or the association failed with.
        """
        if self.error is not None:
            raise self.error
        found = list(self.results)
        self.results.clear()
        return found


class Calls:
    """Sends requests and has each response find its own."""

    def __init__(self, association: Association) -> None:
        self._association = association
        self._out: dict[int, Call] = {}
        self._answered: set[int] = set()

    def __len__(self) -> int:
        """Count the requests that are out."""
        return len(self._out)

    @property
    def has_room(self) -> bool:
        """Whether the window allows another request now."""
        return self._association.exchange.has_room

    @property
    def is_unanswered(self) -> bool:
        """Whether a request is out of a kind that the peer never answered."""
        kinds = {call.operation.command_field for call in self._out.values()}
        return not kinds <= self._answered

    def begin(self, operation: Operation[Any], now: float) -> tuple[Call, Iterator[bytes]]:
        """Take a Message ID for a request; give the call, and the blocks to write, all of them.

        Raises:
            NoContextError: If no accepted context carries it.
            RuntimeError: If it was performed already: operations keep what their responses say.
            WindowFullError: If the window is full.
        """
        out = tuple(self._out.values())  # Another thread may take answers meanwhile.
        if operation.done or any(call.operation is operation for call in out):
            name = type(operation).__name__
            raise RuntimeError(f"this {name} was performed already: make another one")
        begun = self._association.begin(operation, now)
        call = Call(operation, begun.message_id)
        self._out[begun.message_id] = call
        return call, begun.blocks

    def receive(self, response: Response) -> Call | None:
        """Hand a response to its call and give that; None when the call was forgotten."""
        message_id = response.command.message_id_being_responded_to or 0
        call = self._out.get(message_id)
        if call is None:
            return None
        self._answered.add(call.operation.command_field)
        try:
            call.take(response)
        except RussetError as error:
            call.error = error
        if message_id not in self._association.exchange:
            del self._out[message_id]
        return call

    def cancel(self, call: Call, now: float) -> None:
        """Queue a C-CANCEL (PS3.7 9.3) for a call that is out; its final response still comes."""
        if not call.cancelled and not call.done:
            call.cancelled = True
            call.results.clear()
            self._association.cancel(call.message_id, now)

    def fail(self, error: Exception) -> list[Call]:
        """End every call that is out with an error, and give them."""
        out = list(self._out.values())
        self._out.clear()
        for call in out:
            call.error = call.error or error
        return out
