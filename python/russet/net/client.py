"""A client for threads: an association to a peer, and whole batches of files over as many as it takes."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self, TypeVar, overload

from russet.association import (
    VERIFICATION,
    Aborted,
    Association,
    Established,
    Limits,
    Operation,
    Peer,
    Proposal,
    Rejected,
    Released,
    Response,
    plan,
    propose,
)
from russet.codec import ContextRq
from russet.dimse import Status
from russet.errors import (
    AbortedError,
    NetworkError,
    NoContextError,
    RejectedError,
    StatusError,
)
from russet.net import blocking
from russet.net.channel import Channel
from russet.net.timeouts import Timeouts
from russet.services.storage import Store
from russet.services.verification import Echo
from russet.storage.source import InstanceFile, Source, Unsendable, source_of

__all__ = ["Address", "ClientAssociation", "Echoed", "Stored", "connect", "send"]

_EXPLICIT: Final = "1.2.840.10008.1.2.1"
_IMPLICIT: Final = "1.2.840.10008.1.2"
_ATTEMPTS: Final = 3
_ResultT = TypeVar("_ResultT")


@dataclass(frozen=True, slots=True)
class Address:
    """Whom to call, as whom, and how.

    Attributes:
        host: Name or IP address of the peer.
        port: Its TCP port.
        called: Its AE title.
        calling: Our AE title.
        max_pdu: Bytes of the longest P-DATA-TF that we take.
        timeouts: How long each phase may take.
    """

    host: str
    port: int
    called: str = "ANY-SCP"
    calling: str = "RUSSET"
    max_pdu: int = 1 << 20
    timeouts: Timeouts = field(default_factory=Timeouts)

    def __str__(self) -> str:
        """As users write it: AET@host:port."""
        return f"{self.called}@{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Echoed:
    """What a C-ECHO brought.

    Attributes:
        status: Of the response.
        seconds: From the request to the response.
    """

    status: Status
    seconds: float


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of one instance.

    Attributes:
        path: Its file; None for a data set that has none.
        sop_instance_uid: Its UID, as far as it is known.
        status: The status of the response; None when there was none.
        reason: Why it was not stored, or what the peer remarked; empty when all is well.
        length: Bytes of its data set.
        refused: Whether the peer accepted no presentation context for it.
    """

    path: Path | None
    sop_instance_uid: str = ""
    status: Status | None = None
    reason: str = ""
    length: int = 0
    refused: bool = False

    @property
    def ok(self) -> bool:
        """Whether the peer has it now: Success or a warning."""
        return self.status is not None and (self.status.is_success or self.status.is_warning)

    @property
    def warning(self) -> bool:
        """Whether the peer has it and remarked on something."""
        return self.status is not None and self.status.is_warning

    def as_dict(self) -> dict[str, object]:
        """The same for JSON: path, uid, status as four hexadecimal digits, reason."""
        return {
            "path": None if self.path is None else str(self.path),
            "sop_instance_uid": self.sop_instance_uid,
            "ok": self.ok,
            "status": None if self.status is None else f"{self.status:04X}",
            "reason": self.reason,
        }


class ClientAssociation:
    """An association that we asked for. Use as a context manager: it ends with a release.

    Attributes:
        peer: Who is at the other end.
    """

    peer: Peer

    def __init__(self, address: Address, contexts: Sequence[ContextRq]) -> None:
        """Connect and associate.

        Raises:
            NetworkError: Each of its kinds, with the likely cause and what to try.
        """
        self.address = address
        self._open(contexts)

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Release; abort when leaving because of an exception."""
        if kind is None:
            self.release()
        else:
            self.abort()

    def echo(self) -> Echoed:
        """C-ECHO (PS3.4 A): does the peer answer?

        Raises:
            StatusError: When it answers with a failure.
            NetworkError: When it does not answer.
        """
        began = time.perf_counter()
        operation = Echo()
        for _ in self.perform(operation):
            pass
        status = Status(operation.status or 0)
        if status.is_failure:
            raise StatusError(f"{self.address} answered {status:04X}: {status.meaning()}", status)
        return Echoed(status, time.perf_counter() - began)

    @overload
    def store(self, what: "Path | str | Any") -> Stored: ...
    @overload
    def store(self, what: "Iterable[Path | str | Any]") -> Iterator[Stored]: ...
