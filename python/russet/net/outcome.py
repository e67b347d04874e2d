"""Whom a client calls, and what came of what it asked for."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from russet.codec import Identity
from russet.dimse.status import Category, Status
from russet.errors import RussetError, StatusError
from russet.net.reach import bracketed, check_port
from russet.net.timeouts import Timeouts

if TYPE_CHECKING:
    from russet.net.tls import ClientTls

__all__ = ["TAKEN", "Address", "Echoed", "Stored"]

TAKEN: Final = (Category.SUCCESS, Category.WARNING)
"""The categories of a status that say that the peer did as it was asked."""


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
        window: Requests that we may have out at once, and that the peer may (PS3.7 D.3.3.3); what
            the peer makes of it counts.
        identity: The user to name (PS3.7 D.3.3.7), in clear unless `tls`.
        requests_per_association: After how many requests a batch goes on over a new association;
            None for any number.
        tls: How to encrypt (see `russet.net.tls.ClientTls`); None for a plain connection.
    """

    host: str
    port: int
    called: str = "ANY-SCP"
    calling: str = "RUSSET"
    max_pdu: int = 1 << 20
    timeouts: Timeouts = field(default_factory=Timeouts)
    window: tuple[int, int] = (8, 8)
    identity: Identity | None = None
    requests_per_association: int | None = None
    tls: "ClientTls | None" = None

    def __post_init__(self) -> None:
        """Refuse what cannot be a port."""
        check_port(self.port)

    def __str__(self) -> str:
        """As users write it: AET@host:port."""
        return f"{self.called}@{bracketed(self.host)}:{self.port}"


@dataclass(frozen=True, slots=True)
class Echoed:
    """What a C-ECHO brought.

    Attributes:
        status: Of the response.
        seconds: From the request to the response.
    """

    status: Status
    seconds: float

    @classmethod
    def of(cls, status: Status, began: float, address: Address) -> Self:
        """Take the answer to a request that `began` by `time.perf_counter`.

        Raises:
            StatusError: When it is a failure.
        """
        if status.category not in TAKEN:
            raise StatusError(f"{address} answered {status}", status)
        return cls(status, time.perf_counter() - began)


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of one instance.

    Attributes:
        path: Its file; None for a data set that has none.
        sop_instance_uid: Its UID, as far as it is known.
        status: The status of the response; None when there was none.
        reason: Why it was not stored, or what the peer remarked; empty when all is well.
        length: Bytes of its data set.
        error: The failure, where there was no status.
    """

    path: Path | None
    sop_instance_uid: str = ""
    status: Status | None = None
    reason: str = ""
    length: int = 0
    error: RussetError | None = None

    @property
    def ok(self) -> bool:
        """Whether the peer has it now: Success or a warning."""
        return self.status is not None and self.status.category in TAKEN

    @property
    def warning(self) -> bool:
        """Whether the peer has it and remarked on something."""
        return self.status is not None and self.status.category is Category.WARNING

    def as_dict(self) -> dict[str, object]:
        """The same for JSON: path, uid, status as four hexadecimal digits, reason."""
        return {
            "path": None if self.path is None else str(self.path),
            "sop_instance_uid": self.sop_instance_uid,
            "ok": self.ok,
            "status": None if self.status is None else f"{int(self.status):04X}",
            "reason": self.reason,
        }
