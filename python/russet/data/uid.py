"""Unique identifiers (PS3.5 9)."""

from __future__ import annotations

from typing import Final, Self
from uuid import uuid4

from russet import codec

__all__ = ["IMPLEMENTATION_CLASS_UID", "IMPLEMENTATION_VERSION", "Uid"]

IMPLEMENTATION_CLASS_UID: Final = "2.25.198794856980853962621348843789073758856"
"""What russet calls itself in associations and files (PS3.7 D.3.3.2); a UUID of its own."""
IMPLEMENTATION_VERSION: Final = "RUSSET_010"
"""The version name that goes with it."""

_LONGEST = 64


class Uid(str):
    """A UID: its dotted numbers as text, with what PS3.6 says of it."""

    __slots__ = ()

    @classmethod
    def new(cls) -> Self:
        """Make a UID that nobody else makes: a random UUID as a number (PS3.5 B.2)."""
        return cls(f"2.25.{uuid4().int}")

    @property
    def name(self) -> str:
        """The name in PS3.6 A; the UID itself when it is not registered."""
        entry = codec.uid_entry(self)
        return entry.name if entry else str(self)

    @property
    def keyword(self) -> str:
        """The keyword in PS3.6 A; empty when it is not registered."""
        entry = codec.uid_entry(self)
        return entry.keyword if entry else ""

    @property
    def is_valid(self) -> bool:
        """Whether it is written as PS3.5 9.1 asks: numbers without leading zeros, 64 characters."""
        return 0 < len(self) <= _LONGEST and all(map(_is_component, self.split(".")))


def _is_component(text: str) -> bool:
    return text.isascii() and text.isdigit() and (text == "0" or text[0] != "0")
