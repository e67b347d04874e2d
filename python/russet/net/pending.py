"""Connections that have no association yet: they cost a socket, a few bytes and no thread.

Each has a stage: the TLS handshake where there is one, then the wait for a whole A-ASSOCIATE-RQ
(PS3.8 9.1.4). Whoever is sent away is listened to for a moment, so that the reason reaches it.
"""

import enum
import logging
import struct
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import TYPE_CHECKING, Final, Protocol

from russet.errors import NetworkError, TlsError

if TYPE_CHECKING:
    import ssl

    from russet.net.blocking import SocketStream
    from russet.net.timeouts import Timeouts
    from russet.net.tls_session import Greeting
    from russet.net.tls_stream import TlsStream

__all__ = [
    "TLS_COST",
    "Farewell",
    "Handshake",
    "Pending",
    "Progress",
    "Request",
    "Waiting",
]

TLS_COST: Final = 1 << 15
"""Bytes that OpenSSL keeps for a connection: measured, and rounded up."""

_LOG: Final = logging.getLogger("russet.scp")
_HEADER: Final = struct.Struct(">BxI")
_ASSOCIATE_RQ: Final = 0x01
_LARGEST_FIRST_PDU: Final = 1 << 20
_RECEIVE_LENGTH: Final = 1 << 16
_RECORD_LENGTH: Final = 1 << 14
_HEAVY: Final = 1 << 16
_FAREWELL: Final = 2.0
_MOST_DISCARDED: Final = 1 << 20


class Progress(enum.Enum):
    """How far a stage has come."""

    WAIT = enum.auto()
    """Nothing more to do until the peer does something."""
    DONE = enum.auto()
    """The stage is over, and the next one begins."""
    REFUSED = enum.auto()
    """The peer is sent away, and was told so."""
    GONE = enum.auto()
    """The peer has closed."""


class Pending(Protocol):
    """A connection in one stage.

    Attributes:
        stream: The connection.
        deadline: When it has to be over, on the monotonic clock.
        writing: Whether it waits to send something, too.
    """

    stream: "SocketStream | TlsStream"
    deadline: float
    writing: bool

    @property
    def held(self) -> int:
        """Bytes of memory that it costs beyond the socket."""
        ...

    def advance(self) -> Progress:
        """Take what has come."""
        ...

    def overdue(self) -> str:
        """What to say when its time is up."""
        ...


class Handshake:
    """A connection to a TLS port whose handshake is not over.

    Attributes:
        stream: The connection.
        deadline: When the handshake has to be over.
        writing: Whether a part of our answer is still to be sent.
        raw: The connection below TLS.
        secured: The secure connection; None until the ClientHello is there.
    """

    def __init__(
        self,
        stream: "SocketStream",
        context: "Callable[[], ssl.SSLContext]",
        timeouts: "Timeouts",
    ) -> None:
        """Expect a handshake by what `context` gives, within `timeouts.handshake`."""
        self.stream: SocketStream | TlsStream = stream
        self.deadline = timeouts.clock() + timeouts.handshake
        self.writing = False
        self.secured: TlsStream | None = None
        self.raw = stream
        self._within = timeouts.handshake
        self._greeting = _greeting(context, stream.peer)

    @property
    def held(self) -> int:
        """Bytes: the ClientHello so far, then what OpenSSL keeps."""
        return self._greeting.length if self.secured is None else TLS_COST

    def advance(self) -> Progress:
        """Take what has come, and answer."""
        if self.secured is None:
            return self._greet()
        try:
            return self._shake(self.secured)
        except TlsError as error:
            _LOG.warning("%s", error)
            self.secured.push()  # Afterwards: who is told finds the reason in the log.
            return Progress.REFUSED

    def overdue(self) -> str:
        """What to say when its time is up."""
        return f"did not finish the TLS handshake within {self._within:g} s"

    def _greet(self) -> Progress:
        space = bytearray(_RECORD_LENGTH)
        count = self.raw.receive_ready(memoryview(space))
        if not count:
            return Progress.WAIT if count is None else Progress.GONE
        from russet.net.tls_session import ALERT
        from russet.net.tls_stream import TlsStream

        try:
            session = self._greeting.take(memoryview(space)[:count])
        except TlsError as error:
            _LOG.warning("%s was closed: %s", self.stream.peer, error)
            self.raw.send_ready(ALERT)
            return Progress.REFUSED
        if session is None:
            return Progress.WAIT
        self.secured = TlsStream(self.raw, session)
        return self.advance()

    def _shake(self, secured: "TlsStream") -> Progress:
        over = secured.shake_hands()
        while not over:
            space = bytearray(_RECORD_LENGTH)
            count = self.raw.receive_ready(memoryview(space))
            if count == 0:
                _LOG.info("%s closed within the TLS handshake", self.stream.peer)
                return Progress.GONE
            if count is None:
                break
            secured.feed(memoryview(space)[:count])
            over = secured.shake_hands()
        self.writing = not secured.push()
        return Progress.DONE if over and not self.writing else Progress.WAIT


def _greeting(context: "Callable[[], ssl.SSLContext]", peer: str) -> "Greeting":
    from russet.net.tls_session import Greeting  # Not loaded where nothing is secured.

    return Greeting(context, peer)


class Request:
    """A connection whose first PDU has not come whole.

    Attributes:
        stream: The connection.
        deadline: When ARTIM expires.
        writing: False: nothing is said before a request is there.
        received: What has come.
    """

    def __init__(
        self, stream: "SocketStream | TlsStream", timeouts: "Timeouts", cost: int = 0
    ) -> None:
        """Expect an A-ASSOCIATE-RQ before ARTIM expires; the connection itself costs `cost`."""
        self.stream = stream
        self.deadline = timeouts.clock() + timeouts.artim
        self.writing = False
        self.received = bytearray()
        self._artim = timeouts.artim
        self._cost = cost

    @property
    def held(self) -> int:
        """Bytes: what has come, and what the connection itself costs."""
        return self._cost + len(self.received)

    def advance(self) -> Progress:
        """Take what has come, up to a request or nonsense to act on."""
        try:
            return self._receive()
        except NetworkError:
            return Progress.GONE  # The secure connection broke, and has told the log.

    def _receive(self) -> Progress:
        while missing := self._missing():
            space = bytearray(missing)
            count = self.stream.receive_ready(memoryview(space))
            if count is None:
                return Progress.WAIT
            if count == 0:
                return Progress.DONE if self.received else Progress.GONE
            self.received += space[:count]
        return Progress.DONE

    def overdue(self) -> str:
        """What to say when its time is up."""
        count = len(self.received)
        return f"sent {count} bytes and no whole A-ASSOCIATE-RQ in {self._artim:g} s"

    def _missing(self) -> int:
        """Bytes up to the next thing to know: the header, then the end of the A-ASSOCIATE-RQ."""
        if len(self.received) < _HEADER.size:
            nonsense = self.received and self.received[0] != _ASSOCIATE_RQ
            return 0 if nonsense else _HEADER.size - len(self.received)
        pdu_type: int
        length: int
        pdu_type, length = _HEADER.unpack_from(self.received)
        if pdu_type != _ASSOCIATE_RQ or length > _LARGEST_FIRST_PDU:
            return 0
        return min(_HEADER.size + length - len(self.received), _RECEIVE_LENGTH)


class Farewell:
    """A connection that is sent away: were it closed at once, our last word might be lost.

    Attributes:
        stream: The connection.
        deadline: When it is closed whatever happens.
        writing: False: everything has been said.
        held: Nothing: what still comes is not kept.
    """

    def __init__(self, stream: "SocketStream", timeouts: "Timeouts") -> None:
        """Wait for the peer to close."""
        self.stream: SocketStream | TlsStream = stream
        self.deadline = timeouts.clock() + _FAREWELL
        self.writing = False
        self.held = 0
        self._discarded = 0
        stream.end_sending()

    def advance(self) -> Progress:
        """Let go of what has come."""
        space = memoryview(bytearray(_RECEIVE_LENGTH))
        count = self.stream.receive_ready(space)
        self._discarded += count or 0
        over = count == 0 or self._discarded > _MOST_DISCARDED
        return Progress.GONE if over else Progress.WAIT

    def overdue(self) -> str:
        """What to say when its time is up: nothing, the reason was told."""
        return ""


class Waiting:
    """All connections without an association, within bounds of number and memory.

    Attributes:
        held: Bytes that they hold together.
    """

    def __init__(self, most: int, most_held: int) -> None:
        """Hold at most `most` connections, and `most_held` bytes."""
        self.held = 0
        self._most = most
        self._most_held = most_held
        # In each stage all have the same time, so the first is the one that ends first.
        self._stages: dict[type[Pending], dict[Pending, int]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._stages.values()))

    def __iter__(self) -> Iterator[Pending]:
        for stage in self._stages.values():
            yield from list(stage)

    def __contains__(self, pending: Pending) -> bool:
        return pending in self._stages.get(type(pending), ())

    def add(self, pending: Pending) -> None:
        """Take in a connection, or one that has come to another stage."""
        self._stages.setdefault(type(pending), {})[pending] = pending.held
        self.held += pending.held

    def remove(self, pending: Pending) -> None:
        """Let go of a connection."""
        self.held -= self._stages[type(pending)].pop(pending)

    def weigh(self, pending: Pending) -> None:
        """Take notice of what a connection holds now."""
        stage = self._stages[type(pending)]
        self.held += pending.held - stage[pending]
        stage[pending] = pending.held

    def surplus(self) -> Pending | None:
        """The one to drop where there are too many, or they hold too much."""
        if self.held > self._most_held:
            heaviest = max(self, key=lambda each: each.held)
            # Small differences are no reason: among equals, who has waited longest goes.
            return heaviest if heaviest.held >= _HEAVY else self.oldest()
        return self.oldest() if len(self) > self._most else None

    def oldest(self) -> Pending | None:
        """The one that has waited longest in the stage where most are."""
        crowded = max(self._stages.values(), key=len, default={})
        return next(iter(crowded), None)

    def overdue(self, now: float) -> list[Pending]:
        """Those whose time is up."""
        return [
            each
            for stage in self._stages.values()
            for each in takewhile(lambda pending: pending.deadline <= now, stage)
        ]

    def next_deadline(self) -> float | None:
        """When the next one's time is up."""
        first = (next(iter(stage), None) for stage in self._stages.values())
        return min((each.deadline for each in first if each is not None), default=None)
