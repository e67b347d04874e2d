"""One step of a diagnosis: how it went, and, where it went wrong, the likely cause."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from russet.errors import RussetError

__all__ = ["Outcome", "Rung"]


class Outcome(StrEnum):
    """How a step went."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a diagnosis.

    Attributes:
        name: Of the step, one word.
        outcome: How it went.
        detail: What was found; of a failure what happened, of a skipped step why.
        cause: The likely cause of a failure.
        advice: What to try next, each a sentence.
        remarks: What works but deserves a look.
        lines: More of the detail.
        facts: The detail for programs: numbers and texts by name.
        seconds: How long it took; None where nothing was done.
        error: The failure.
    """

    name: str
    outcome: Outcome
    detail: str = ""
    cause: str = ""
    advice: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    seconds: float | None = None
    error: RussetError | None = None

    @classmethod
    def failed(
        cls, name: str, error: RussetError, *, cause: str = "", advice: tuple[str, ...] = ()
    ) -> "Rung":
        """Make a rung of a failure."""
        return cls(name, Outcome.FAILED, str(error), cause, advice, error=error)

    @classmethod
    def skipped(cls, name: str, why: str) -> "Rung":
        """Make a rung that was not climbed."""
        return cls(name, Outcome.SKIPPED, why)

    def as_dict(self) -> dict[str, Any]:
        """The same for JSON; the time in milliseconds, and what is empty is left out."""
        found = {
            "name": self.name,
            "outcome": str(self.outcome),
            "ms": None if self.seconds is None else self.seconds * 1e3,
            "detail": self.detail,
            "cause": self.cause,
            "try": list(self.advice),
            "remarks": list(self.remarks),
            "facts": dict(self.facts),
        }
        return {key: value for key, value in found.items() if value not in ("", [], {}, None)}
