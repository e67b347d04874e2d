"""What an association did, for the line that tells of it."""

import logging
import threading
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from russet.association.events import Aborted, Rejected, Released
from russet.data.text import escape
from russet.dimse.commands import RESPONSE, message_name
from russet.dimse.status import Category, Status
from russet.errors import RussetError

if TYPE_CHECKING:
    from russet.association.effects import Answer
    from russet.association.events import Peer
    from russet.codec import Command

__all__ = ["AssociationReport"]

_LOG: Final = logging.getLogger("russet.scp")
_C_FIND_RSP: Final = 0x8020
_C_STORE_RSP: Final = 0x8001
_LOGGED_FAILURES: Final = 10


@dataclass(slots=True)
class AssociationReport:
    """One association, from connection to close.

    Attributes:
        peer: The other side's address.
        calling: Its AE title; empty until it asked for an association.
        instances: How many C-STORE requests ended with Success or a warning.
        operations: How many operations of each other DIMSE service ended.
        matches: How many identifiers queries were answered with.
        differing: How many instances were kept beside another one with the same UID, which they
            differ from.
        sent: How many instances retrievals sent.
        unsent: How many instances retrievals failed to send.
        why: Why the first of those was not sent.
        octets: Bytes received, protocol included.
        seconds: How long it lasted.
        failures: How many operations ended with each failure status.
        outcome: How it ended, in words: released, rejected ..., aborted ...
    """

    peer: str
    calling: str = ""
    instances: int = 0
    operations: Counter[str] = field(default_factory=Counter)
    matches: int = 0
    differing: int = 0
    sent: int = 0
    unsent: int = 0
    why: str = ""
    octets: int = 0
    seconds: float = 0.0
    failures: Counter[int] = field(default_factory=Counter)
    outcome: str = ""
    _counting: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def __str__(self) -> str:
        """Who, how many, how much, how fast, and how it ended."""
        who = f"{self.calling or '?'}@{self.peer}"
        parts = [who]
        if self.instances:
            seconds = max(self.seconds, 1e-6)
            parts += [
                f"{self.instances} instance{'s' * (self.instances != 1)}",
                f"{self.octets / 1e6:.1f} MB",
                f"{self.seconds:.1f} s",
                f"{self.instances / seconds:.0f}/s",
                f"{self.octets / seconds / 1e6:.1f} MB/s",
            ]
        parts += [f"{count} {service}" for service, count in self.operations.items()]
        counts = (
            (self.differing, "differs from an earlier one", "differ from earlier ones"),
            (self.matches, "match", "matches"),
            (self.sent, "instance sent", "instances sent"),
        )
        parts += [f"{count} {one if count == 1 else many}" for count, one, many in counts if count]
        if self.unsent:
            parts.append(
                f"{self.unsent} failed: {self.why}" if self.why else f"{self.unsent} failed"
            )
        parts += [f"{count} refused with {status:04X}" for status, count in self.failures.items()]
        parts.append(self.outcome or "ended")
        return "  ".join(parts)

    def name(self, peer: "Peer") -> None:
        """Say who it is; what a peer calls itself goes to logs and terminals."""
        self.calling = escape(peer.calling)

    def begin(self, peer: "Peer") -> None:
        """Say who it is, and tell of what its rights refuse it."""
        self.name(peer)
        if denied := peer.agreement.denied:
            _LOG.warning("%s@%s: %s", self.calling, self.peer, escape(denied))

    def note(self, answer: "Answer") -> None:
        """Count what became of an operation, on any thread; tell of the first failures singly."""
        with self._counting:
            self._note(answer)

    def _note(self, answer: "Answer") -> None:
        command = answer.command
        if answer.more:
            self.matches += command.command_field == _C_FIND_RSP
            return
        code = command.status or 0
        if command.command_field == _C_STORE_RSP and code == 0:
            self.instances += 1
            self.differing += answer.differing
            return
        service = _service(command.command_field)
        status = Status(code, service)
        if status.is_pending:
            self.matches += command.command_field == _C_FIND_RSP
            return
        self._count_sent(command)
        if status.category is Category.FAILURE:
            self._fail(answer, status)
        elif command.command_field == _C_STORE_RSP:
            self.instances += status.category is Category.WARNING
        else:
            self.operations[service] += 1

    def _count_sent(self, command: "Command") -> None:
        """Count the sub-operations of a C-MOVE or C-GET; those with a warning were sent, too."""
        self.sent += command.number_of_completed_suboperations or 0
        self.sent += command.number_of_warning_suboperations or 0
        if failed := command.number_of_failed_suboperations or 0:
            self.unsent += failed
            self.why = self.why or escape(command.error_comment or "")

    def _fail(self, answer: "Answer", status: Status) -> None:
        self.failures[status] += 1
        error = answer.error
        unexpected = error is not None and not isinstance(error, RussetError)
        if unexpected or self.failures.total() <= _LOGGED_FAILURES:
            _LOG.warning(
                "%s@%s: refused %s with %04X: %s",
                self.calling,
                self.peer,
                answer.command.affected_sop_instance_uid or "a request",
                status,
                error or answer.command.error_comment or status.meaning,
                exc_info=error if unexpected else None,
            )

    def end(
        self, event: Rejected | Released | Aborted, peer: "Peer | None", *, unfinished: bool
    ) -> None:
        """Say how it ended; a peer that left in the middle of something is told of."""
        if peer is not None:
            self.name(peer)
        if isinstance(event, Released):
            self.outcome = "released in the middle of an operation" if unfinished else "released"
            return
        called = f", called us {escape(peer.called)!r}" if peer else ""
        rejected = isinstance(event, Rejected)
        self.outcome = event.message + called if rejected else f"aborted: {event.message}"
        if "TLS where" in event.message:
            self.outcome += ": client spoke TLS on a plain port"
        _LOG.warning("%s@%s: %s", self.calling or "?", self.peer, self.outcome)

    def break_off(self, why: str) -> None:
        """Say why our side ended it."""
        self.outcome = f"aborted by us: {why}"
        _LOG.info("%s@%s: aborted: %s", self.calling or "?", self.peer, why)


@lru_cache(maxsize=32)
def _service(response_field: int) -> str:
    """The service that a response belongs to, as "C-ECHO"."""
    return message_name(response_field & ~RESPONSE).removesuffix("-RQ")
