"""Data sets written by hand: a few bytes that one can read beside PS3.5 7.1."""

import struct
from typing import Final

__all__ = [
    "EXPLICIT",
    "IMPLICIT",
    "explicit",
    "explicit_big",
    "implicit",
    "item",
    "part10_file",
    "undefined",
]

IMPLICIT: Final = "1.2.840.10008.1.2"
EXPLICIT: Final = "1.2.840.10008.1.2.1"

_LONG: Final = frozenset(
    ("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV")
)
_UNDEFINED: Final = 0xFFFFFFFF


def explicit(tag: int, vr: str, value: bytes, length: int | None = None) -> bytes:
    """An element in Explicit VR Little Endian; `length` where it is not that of the value."""
    size = len(value) if length is None else length
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
    return head + (struct.pack("<xxI", size) if vr in _LONG else struct.pack("<H", size)) + value


def implicit(tag: int, value: bytes) -> bytes:
    """An element in Implicit VR Little Endian."""
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value)) + value


def item(*elements: bytes) -> bytes:
    """An item of a sequence (PS3.5 7.5)."""
    return implicit(0xFFFEE000, b"".join(elements))


def undefined(tag: int, vr: str, *items: bytes) -> bytes:
    """An element of undefined length with its delimiter."""
    return explicit(tag, vr, b"".join(items), _UNDEFINED) + implicit(0xFFFEE0DD, b"")


def part10_file(dataset: bytes, syntax: str = EXPLICIT) -> bytes:
    """A file (PS3.10 7.1) around a data set."""
    uid = syntax.encode() + b"\0" * (len(syntax) % 2)
    meta = explicit(0x00020010, "UI", uid)
    length = explicit(0x00020000, "UL", struct.pack("<I", len(meta)))
    return b"\0" * 128 + b"DICM" + length + meta + dataset


def explicit_big(tag: int, vr: str, value: bytes) -> bytes:
    """An element in Explicit VR Big Endian; the value is taken as it is."""
    head = struct.pack(">HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
    form = ">xxI" if vr in _LONG else ">H"
    return head + struct.pack(form, len(value)) + value
