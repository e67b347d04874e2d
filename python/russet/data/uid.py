"""Unique identifiers (PS3.5 9)."""

from __future__ import annotations

from russet import codec

__all__ = ["Uid"]

_LONGEST = 64


class Uid(str):
    """A UID: its dotted numbers as text, with what PS3.6 says of it."""

    __slots__ = ()

    @property
    def name(self) -> str:
        """The name in PS3.6 annex A; the UID itself when it is not registered."""
        entry = codec.uid_entry(self)
        return entry.name if entry else str(self)

    @property
    def keyword(self) -> str:
        """The keyword in PS3.6 annex A; empty when it is not registered."""
        entry = codec.uid_entry(self)
        return entry.keyword if entry else ""

    @property
    def is_valid(self) -> bool:
        """Whether it is written as PS3.5 9.1 asks: numbers without leading zeros, 64 characters."""
        return 0 < len(self) <= _LONGEST and all(map(_is_component, self.split(".")))


def _is_component(text: str) -> bool:
    return text.isascii() and text.isdigit() and (text == "0" or text[0] != "0")
