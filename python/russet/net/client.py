"""A client for threads: associations to a peer, opened as what is to be sent asks for them."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self, overload

from russet.association import (
    VERIFICATION,
    AbortedEvent,
    Association,
    Established,
    Rejected,
    Released,
    Response,
    contexts,
)
from russet.errors import AbortedError, DeadlineError, NoContextError, RejectedError, StatusError
from russet.net import blocking
from russet.net.channel import Channel
from russet.net.timeouts import Timeouts

__all__ = ["ClientAssociation", "Echoed", "Stored", "connect", "send"]
