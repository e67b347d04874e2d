"""When two elements mean the same, however they are written (PS3.5 6.2, 7.3, A.4)."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any, Final

from russet.errors import DecodeError

if TYPE_CHECKING:
    from russet.data.element import Element

__all__ = ["is_identical", "is_same", "little_endian"]

# The words that byte order turns around, as `array` calls them.
_WORDS: Final = {
    **dict.fromkeys(("AT", "OW", "SS", "US"), "H"),
    **dict.fromkeys(("FL", "OF", "OL", "SL", "UL"), "I"),
    **dict.fromkeys(("FD", "OD", "OV", "SV", "UV"), "Q"),
}


def is_identical(ours: Element, theirs: Element) -> bool:
    """Whether two elements are the same bytes, without a look at what those mean."""
    return (
        ours.length == theirs.length
        and ours.written_vr == theirs.written_vr
        and ours.is_undefined_length == theirs.is_undefined_length
        and bytes(ours.raw) == bytes(theirs.raw)
    )


def is_same(ours: Element, theirs: Element) -> bool:
    """Whether two values mean the same: padding, byte order and how a number is written apart.

    Of encapsulated pixel data the offset table and the cuts between fragments do not count.
    """
    if ours.is_undefined_length or theirs.is_undefined_length:
        both = ours.is_undefined_length and theirs.is_undefined_length
        return both and _joined(ours) == _joined(theirs)
    if ours.vr == theirs.vr and ours.is_text:
        return bool(_meaning(ours) == _meaning(theirs))
    # Also of numbers: they mean the same when their bytes are, even NaN.
    padding = b" \0" if ours.is_text or theirs.is_text else b""
    return _even(ours).rstrip(padding) == _even(theirs).rstrip(padding)


def little_endian(element: Element) -> bytes:
    """The bytes of a value in little endian, whatever the byte order of the data set."""
    raw = bytes(element.raw)
    code = _WORDS.get(element.vr)
    if element.is_little_endian or code is None:
        return raw
    words = array(code)
    whole = len(raw) // words.itemsize * words.itemsize
    words.frombytes(raw[:whole])
    words.byteswap()
    return words.tobytes() + raw[whole:]


def _meaning(element: Element) -> Any:
    """The values of a text; numbers as such, unless they are none."""
    try:
        return element.value if element.texts else None
    except DecodeError:
        return element.texts


def _even(element: Element) -> bytes:
    """The bytes in little endian, with the one that evens their number."""
    raw = little_endian(element)
    return raw + b"\0" if len(raw) & 1 else raw


def _joined(element: Element) -> bytes:
    raw = element.raw
    parts = ((offset - element.offset, length) for offset, length in element.fragments()[1:])
    return b"".join(raw[start : start + length] for start, length in parts)
