"""What an association tells its user, and the contract between it and an operation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from russet.association.agreement import AcceptedContext, Agreement
from russet.codec import Command, DataReceived

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from russet.association.identity import Verification

__all__ = [
    "Aborted",
    "Claimed",
    "Established",
    "Event",
    "Operation",
    "Peer",
    "Rejected",
    "Released",
    "Request",
    "Response",
]


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end (PS3.8 9.3.2, PS3.7 D.3.3.2).

    Titles are latin-1 text without the spaces around them: escape them where they are shown, and
    never make a path or a command of them.

    Attributes:
        called: The title that was called.
        calling: The title that called.
        max_length: Bytes of the largest P-DATA-TF that the peer takes; 0 is unlimited.
        implementation_class_uid: What software it is, if it says so.
        implementation_version: Which version of it, if it says so.
        address: Where it calls from, for the side that was called; None where nobody knows.
        user: Its user, verified (PS3.7 D.3.3.7); None without one.
        agreement: What was agreed on with it.
    """

    called: str
    calling: str
    max_length: int
    implementation_class_uid: str | None = None
    implementation_version: str | None = None
    address: str | None = None
    user: str | None = None
    agreement: Agreement = field(default_factory=Agreement, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Established:
    """Both sides agreed; which contexts, `Association.accepted` says."""

    peer: Peer


class Claimed(NamedTuple):
    """A request names a user: perform the verification, then `Association.verified` goes on."""

    verification: Verification


@dataclass(frozen=True, slots=True)
class Rejected:
    """There is no association (PS3.8 9.3.4): the peer refused us, or we refused the peer.

    Attributes:
        result: 1 permanent, 2 transient.
        source: By whom: PS3.8 Table 9-21.
        reason: Why, by source: PS3.8 Table 9-21.
        message: The same in words.
    """

    result: int
    source: int
    reason: int
    message: str


@dataclass(frozen=True, slots=True)
class Released:
    """The association ended in good order: everything that was sent has arrived."""


@dataclass(frozen=True, slots=True)
class Aborted:
    """The association broke: by the peer, by us because of the peer, or with the connection.

    Attributes:
        source: Of the A-ABORT: 0 user, 2 provider; None when the connection just closed.
        reason: Of the A-ABORT: PS3.8 Table 9-26.
        message: What happened, in words.
        by_peer: Whether the peer ended it, and not we because of what it did.
    """

    source: int | None
    reason: int
    message: str
    by_peer: bool = False


class Request(NamedTuple):
    """The command of a request; if it announces a data set, `DataReceived` events follow."""

    context: AcceptedContext
    command: Command


class Response(NamedTuple):
    """A response to a request of ours, complete with its data set, if it has one."""

    context: AcceptedContext
    command: Command
    data: bytes | None = None


Event = Claimed | Established | Rejected | Released | Aborted | Request | Response | DataReceived

Result_co = TypeVar("Result_co", covariant=True)


class Operation(Protocol[Result_co]):
    """The SCU side of a service: one request, its responses, the results they bring.

    Any channel drives it with the same loop, blocking or with `await`::

        begun = association.begin(operation, now)
        for block in begun.blocks:
            channel.write(block)
        while not operation.done:
            for result in operation.receive(channel.response(begun.message_id)):
                yield result
    """

    @property
    def command_field(self) -> int:
        """The Command Field of the request."""
        ...

    @property
    def abstract_syntax(self) -> str:
        """The abstract syntax of the context it needs."""
        ...

    @property
    def transfer_syntax(self) -> str | None:
        """The transfer syntax of the context it needs; None when any will do."""
        ...

    @property
    def done(self) -> bool:
        """Whether the final response has been received."""
        ...

    def request(self, message_id: int, transfer_syntax: str) -> tuple[Command, Buffer | None]:
        """Give the command and data set to send, under a Message ID of the association.

        Args:
            message_id: Of the request.
            transfer_syntax: Of the context that it goes on.
        """
        ...

    def receive(self, response: Response) -> Iterator[Result_co]:
        """Take one response and give the results that it completes."""
        ...
