"""Data element tags as people write them (PS3.5 7.1)."""

from __future__ import annotations

from russet import codec

__all__ = ["Key", "Tag", "nearest_keyword"]

_GROUP_SHIFT = 16
_HALF = 0xFFFF
_TAG = 0xFFFFFFFF


class Tag(int):
    """A tag as one number, group * 65536 + element; as text `(0010,0010)`."""

    __slots__ = ()

    @classmethod
    def of(cls, key: Key) -> Tag:
        """Read a tag or keyword (PS3.6 chapters 6 to 9) as people write it.

        Args:
            key: `PatientName`, 0x00100010, (0x10, 0x10), `00100010`, `0010,0010` or `(0010,0010)`.

        Raises:
            ValueError: Neither a tag nor a keyword.
        """
        if isinstance(key, str):
            return cls(_from_text(key))
        if isinstance(key, tuple):
            group, element = key
            if 0 <= group <= _HALF and 0 <= element <= _HALF:
                return cls(group << _GROUP_SHIFT | element)
            raise ValueError(f"({group:#x}, {element:#x}) is no tag: both halves have 16 bits")
        if 0 <= key <= _TAG:
            return cls(key)
        raise ValueError(f"{key:#x} is no tag: tags have 32 bits")

    @property
    def group(self) -> int:
        """The first half."""
        return self >> _GROUP_SHIFT

    @property
    def element(self) -> int:
        """The second half."""
        return self & _HALF

    @property
    def keyword(self) -> str:
        """The keyword (PS3.6 chapters 6 to 9); empty for private and unknown tags."""
        return codec.keyword_of(self)

    @property
    def is_private(self) -> bool:
        """Whether the group is odd (PS3.5 7.8)."""
        return bool(self.group & 1)

    @property
    def is_private_creator(self) -> bool:
        """Whether it names the owner of a private block (PS3.5 7.8.1)."""
        return self.is_private and 0x10 <= self.element <= 0xFF

    def __str__(self) -> str:
        return f"({self.group:04X},{self.element:04X})"

    def __repr__(self) -> str:
        return f"Tag({self})"


Key = str | int | tuple[int, int]
"""What names an element: a tag or a keyword, see `Tag.of`."""


def nearest_keyword(word: str) -> str:
    """The keyword of PS3.6 that looks most like `word`; empty when none does."""
    # Only a mistake comes here: neither the import nor the search is worth having at start-up.
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, codec.keywords(), 1)), "")


def _from_text(text: str) -> int:
    found = codec.tag_of(text)
    if found is not None:
        return found
    digits = text.strip().removeprefix("(").removesuffix(")")
    group, comma, element = digits.partition(",")
    if comma:
        digits = group.strip() + element.strip() if _are_halves(group, element) else ""
    if len(digits) == 8 and all(digit in "0123456789abcdefABCDEF" for digit in digits):
        return int(digits, 16)
    nearest = nearest_keyword(text)
    hint = f"; did you mean {nearest}?" if nearest else ""
    raise ValueError(f"{text!r} is neither a tag nor a keyword of DICOM{hint}")


def _are_halves(group: str, element: str) -> bool:
    return len(group.strip()) == len(element.strip()) == 4
