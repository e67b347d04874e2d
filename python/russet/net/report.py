"""What an association did, for the line that tells of it."""

from collections import Counter
from dataclasses import dataclass, field

__all__ = ["AssociationReport"]


@dataclass(slots=True)
class AssociationReport:
    """One association, from connection to close.

    Attributes:
        peer: The other side's address.
        calling: Its AE title; empty until it asked for an association.
        instances: How many C-STORE requests ended with Success or a warning.
        octets: Bytes received, protocol included.
        seconds: How long it lasted.
        failures: How many operations ended with each failure status.
        outcome: How it ended, in words: released, rejected ..., aborted ...
    """

    peer: str
    calling: str = ""
    instances: int = 0
    octets: int = 0
    seconds: float = 0.0
    failures: Counter[int] = field(default_factory=Counter)
    outcome: str = ""

    def __str__(self) -> str:
        """Who, how many, how much, how fast, and how it ended."""
        who = f"{self.calling or '?'}@{self.peer}"
        parts = [who]
        if self.instances:
            seconds = max(self.seconds, 1e-6)
            parts += [
                f"{self.instances} instance{'s' * (self.instances != 1)}",
                f"{self.octets / 1e6:.1f} MB",
                f"{self.seconds:.1f} s",
                f"{self.instances / seconds:.0f}/s",
                f"{self.octets / seconds / 1e6:.1f} MB/s",
            ]
        parts += [f"{count} refused with {status:04X}" for status, count in self.failures.items()]
        parts.append(self.outcome or "ended")
        return "  ".join(parts)
