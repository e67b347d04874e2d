"""That each request has one final response and nothing after it (PS3.7 9.1, 10.1)."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any, Final

from russet.association.effects import Answer, Effects, Later
from russet.dimse.commands import is_final, message_name

__all__ = ["Answers"]

_LOG: Final = logging.getLogger("russet.scp")
_RESPONSE: Final = 0x8000


class Answers:
    """Watches the responses to one request.

    Attributes:
        final: Whether the final one was sent.
    """

    def __init__(self) -> None:
        self.final = False

    def once(self, effects: Effects) -> Effects:
        """Pass effects on, without responses that come after the final one or apart from it."""
        value: Any = None
        error: Exception | None = None
        try:
            while True:
                try:
                    effect = effects.send(value) if error is None else effects.throw(error)
                except StopIteration as ended:
                    return ended.value
                value = error = None
                answer = effect if isinstance(effect, Answer) else None
                if answer is not None and self.final:
                    _LOG.error("a second answer to %s was not sent", _name(answer))
                    continue
                if answer is None and isinstance(effect, Later):
                    effect = replace(effect, effects=_Answered().once(effect.effects))
                try:
                    value = yield effect
                except Exception as failure:  # noqa: BLE001 - for the service, whose effect it was
                    error = failure
                else:
                    self.final |= answer is not None and is_final(answer.command)
        finally:
            effects.close()


class _Answered(Answers):
    """Those of what goes on apart from its request: none."""

    def __init__(self) -> None:
        self.final = True


def _name(answer: Answer) -> str:
    return message_name(answer.command.command_field & ~_RESPONSE).removesuffix("-RQ")
