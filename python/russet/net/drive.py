"""The loop that performs a request on a thread: it does what the service asks for."""

from collections.abc import Callable
from typing import Any

from russet.association.effects import Answer, Effect, Effects, Pause
from russet.errors import NetworkError

__all__ = ["drive"]


def drive(effects: Effects, do: Callable[[Effect], Any], *, to_pause: bool = False) -> Pause | None:
    """Take the effects of a work to their end, each done by `do`.

    Args:
        effects: What to do.
        do: Does it.
        to_pause: Stop at the next pause, for whoever lets the time pass and calls again.

    Returns:
        That pause; None at the end. Who goes no further from there closes the effects.

    Raises:
        NetworkError: When an answer could not be sent: the association is over.
    """
    value: Any = None
    error: Exception | None = None
    pause: Pause | None = None
    try:
        while True:
            try:
                effect = effects.send(value) if error is None else effects.throw(error)
            except StopIteration:
                return None
            if to_pause and isinstance(effect, Pause):
                pause = effect
                return pause
            value = error = None
            try:
                value = do(effect)
            except NetworkError as failure:
                if isinstance(effect, Answer):
                    raise
                error = failure
            except Exception as failure:  # noqa: BLE001 (a handler's, for its service to answer)
                error = failure
    finally:
        if pause is None:
            effects.close()
