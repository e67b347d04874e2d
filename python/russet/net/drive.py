"""The loop that performs a request on a thread: it does what the service asks for."""

from collections.abc import Callable
from typing import Any

from russet.association.effects import Answer, Effect, Effects, Pause
from russet.errors import NetworkError

__all__ = ["drive", "drive_to_pause"]


def drive(effects: Effects, do: Callable[[Effect], Any]) -> None:
    """Take the effects of a work to their end, each done by `do`.

    Raises:
        NetworkError: When an answer could not be sent: the association is over.
    """
    try:
        _take(effects, do, ())
    finally:
        effects.close()


def drive_to_pause(effects: Effects, do: Callable[[Effect], Any]) -> Pause | None:
    """Take effects to the next pause and give that, for whoever lets the time pass and goes on.

    Returns:
        The pause; None at the end. Whoever gets no further than a pause closes the effects.

    Raises:
        NetworkError: As `drive`.
    """
    pause: Pause | None = None
    try:
        pause = _take(effects, do, Pause)
    finally:
        if pause is None:
            effects.close()
    return pause


def _take(effects: Effects, do: Callable[[Effect], Any], until: Any) -> Any:
    """Take effects up to one of a kind, which is given and not done."""
    value: Any = None
    error: Exception | None = None
    while True:
        try:
            effect = effects.send(value) if error is None else effects.throw(error)
        except StopIteration:
            return None
        if isinstance(effect, until):
            return effect
        value = error = None
        try:
            value = do(effect)
        except NetworkError as failure:
            if isinstance(effect, Answer):
                raise
            error = failure
        except Exception as failure:  # noqa: BLE001 (a handler's, for its service to answer)
            error = failure
