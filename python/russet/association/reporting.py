"""Event reports of our own (PS3.7 10.1.1): over an association for them, or that of a request."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, Final

from russet.association.contexts import propose
from russet.association.effects import Connect, Destination, Effect, Pause, call, settled
from russet.association.normalized import Normalized, Outcome
from russet.codec import Role
from russet.dimse.status import Category
from russet.errors import (
    AbortedError,
    LocalProtocolError,
    NetworkError,
    NoContextError,
    StatusError,
)

__all__ = ["PAUSES", "Destinations", "destination_of", "report"]

PAUSES: Final = (5.0, 30.0, 120.0)
"""Seconds between attempts to report something; after as many it is given up."""

Destinations = Mapping[str, Destination] | Callable[[str], Any]
"""Where each AE title is to be found: a mapping, or a function that gives a `Destination` or None;
it may be a coroutine."""

_NATIVE: Final = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2")


def destination_of(
    destinations: Destinations | None, title: str
) -> Generator[Effect, Any, Destination | None]:
    """Find where a title is, with `yield from`; None when nobody knows."""
    find = destinations if callable(destinations) else (destinations or {}).get
    found: Destination | None = yield from settled(find(title))
    return found


def report(
    operation: Callable[[], Normalized],
    destination: Destination | None = None,
    pauses: Sequence[float] = PAUSES,
) -> Generator[Effect, Any, Outcome]:
    """Report an event, with `yield from`; give what came of it.

    Over an association of its own, where the receiver is told that it is the SCU (PS3.7 D.3.3.4),
    it is tried again when it does not get through. On the association of the request there is
    only one attempt: when that one is over, nobody is there any more.

    Args:
        operation: Makes the N-EVENT-REPORT, anew for each attempt.
        destination: Whom to associate with; None for the association of the request.
        pauses: Seconds to wait after each attempt that did not get through.

    Raises:
        NetworkError: When it did not arrive, or was answered with a failure.
    """
    for pause in pauses if destination is not None else ():
        try:
            return (yield from _report(operation(), destination))
        except (NoContextError, StatusError):
            raise
        except NetworkError:
            yield Pause(pause)
    return (yield from _report(operation(), destination))


def _report(
    operation: Normalized, destination: Destination | None
) -> Generator[Effect, Any, Outcome]:
    link = None
    if destination is not None:
        sop_class = operation.abstract_syntax
        roles = [Role(sop_class, scu=False, scp=True)]
        link = yield Connect(destination, propose([(sop_class, _NATIVE)]), roles)
    try:
        (outcome,) = yield from call(operation, link)
    except LocalProtocolError as error:
        raise AbortedError("the association ended before the event was reported") from error
    if outcome.status.category not in (Category.SUCCESS, Category.WARNING):
        status = outcome.status
        raise StatusError(f"the event report was answered with {status}", status)
    assert isinstance(outcome, Outcome)
    return outcome
