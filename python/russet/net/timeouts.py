"""How long each phase of an association may take, in seconds."""

import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Timeouts"]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """One number per phase; every one on the monotonic clock.

    Attributes:
        connect: For the transport connection.
        artim: For an A-ASSOCIATE-RQ after connecting, and for the close at the end (PS3.8 9.1.4).
        acse: For the answer to an A-ASSOCIATE-RQ (PS3.8 7.1).
        response: For an answer to a request, each pending response anew.
        idle: Between messages.
        stall: Inside a message without `floor` bytes a second, in both directions.
        floor: Bytes a second that a message has to make in each stretch of `stall` seconds.
        drain: For operations under way when a server stops.
        handshake: For the TLS handshake of a server; that of a client is part of `connect`.
        clock: What tells the time, in seconds that never go back.
    """

    connect: float = 10.0
    artim: float = 30.0
    acse: float = 30.0
    response: float = 30.0
    idle: float = 60.0
    stall: float = 30.0
    floor: int = 1024
    drain: float = 10.0
    handshake: float = 10.0
    clock: Callable[[], float] = time.monotonic
