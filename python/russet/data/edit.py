"""Edits laid over a data set: an edited element is bytes and an index too, like any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from russet import codec
from russet.data.element import Element
from russet.data.sequence import Sequence
from russet.data.tag import Tag
from russet.errors import DecodeError, EncodeError

if TYPE_CHECKING:
    from russet.data.dataset import Dataset
    from russet.data.read import Buffer

__all__ = ["Edits", "element", "reads_anywhere", "vr_of"]

_EXPLICIT: Final = "1.2.840.10008.1.2.1"
_BIG_ENDIAN: Final = "1.2.840.10008.1.2.2"
# Any text can be set, in whatever character set it will be written.
_UTF8: Final = "ISO_IR 192"
_ITEM_GROUP: Final = 0xFFFE
# PS3.5 7.8: groups that no element is in.
_NO_GROUPS: Final = frozenset((0x0001, 0x0003, 0x0005, 0x0007, 0xFFFF))
_PIXEL_DATA: Final = 0x7FE0_0010
_IN_CHARSET: Final = frozenset(("LO", "LT", "PN", "SH", "ST", "UC", "UT"))
_OF_PIXELS: Final = ("OB", "OW")
_WORDS: Final = frozenset(("OD", "OF", "OL", "OV", "OW"))
_ITEM: Final = b"\xfe\xff\x00\xe0"
_SEQUENCE_END: Final = b"\xfe\xff\xdd\xe0\0\0\0\0"
_UNDEFINED: Final = b"\xff\xff\xff\xff"
_SIGNED: Final = 1
_BITS_OF_BYTES: Final = 8


class Edits(dict[int, Element | None]):
    """What was set, and as None what was deleted, by tag."""

    __slots__ = ("_order",)

    def __init__(self, edits: Mapping[int, Element | None] | None = None) -> None:
        """Begin with these edits, or with none."""
        super().__init__(edits or {})
        self._order: list[int | Element] | None = None

    def put(self, tag: Tag, element: Element | None) -> None:
        """Set or delete the element `tag`."""
        self[tag] = element
        self._order = None

    def order(self, index: codec.DatasetIndex) -> list[int | Element]:
        """Rows of `index` that stand as they were, and what was set, in the order to write them.

        What is new comes in front of the first row with a greater tag (PS3.5 7.1).
        """
        if self._order is None:
            rows = index.tags()
            known = frozenset(rows)
            new = sorted(tag for tag, found in self.items() if found and tag not in known)
            new.reverse()
            order: list[int | Element] = []
            left = dict(self)
            for row, tag in enumerate(rows):
                while new and new[-1] < tag:
                    order.append(self._set(new.pop()))
                if tag not in self:
                    order.append(row)
                elif (replaced := left.pop(tag, None)) is not None:
                    order.append(replaced)
            order += [self._set(tag) for tag in reversed(new)]
            self._order = order
        return self._order

    def _set(self, tag: int) -> Element:
        found = self[tag]
        assert found is not None
        return found


def element(
    tag: Tag,
    vr: str,
    value: Any,
    nest: Callable[[codec.DatasetIndex], Dataset],
    *,
    little: bool = True,
) -> Element:
    """An element of a value.

    Args:
        tag: The tag.
        vr: Two letters.
        value: As `Dataset.add` takes it. What was read is taken as it is, right or wrong.
        nest: Makes a data set of an index.
        little: The byte order of the data set that it is for, and of a value that is bytes.

    Raises:
        EncodeError: A value that the VR cannot hold.
        ValueError: A tag that no data set has.
    """
    if tag.group == _ITEM_GROUP or tag.group in _NO_GROUPS:
        raise ValueError(f"{tag} is no element of a data set (PS3.5 7.5 and 7.8)")
    if vr == "SQ":
        return _sequence(tag, value, nest)
    if isinstance(value, Element):
        return _copy(tag, vr, value, nest, little=little)
    data = _encoded(vr, value, little=little)
    if tag == _PIXEL_DATA and vr in _OF_PIXELS and little and data.startswith(_ITEM):
        index = _index(tag, vr, data, undefined=True)
        if _is_whole(index):
            return Element(index, 0, nest)
    return Element(_index(tag, vr, data, little=little), 0, nest)


def _encoded(vr: str, value: Any, *, little: bool) -> bytes:
    """The bytes of a value that was set."""
    if isinstance(value, str) and not value:
        return b""  # Text or not: zero length is a value of every VR (PS3.5 7.4).
    try:
        # A data set may be a query too: ranges and wildcards are values (PS3.4 C.2.2.2).
        return codec.encode_value(vr, value, little, charset=_UTF8, query=True)
    except TypeError as error:
        raise EncodeError(str(error)) from None


def vr_of(dataset: Dataset, tag: Tag) -> str:
    """The VR that a new element gets by the data dictionary (PS3.6 6, PS3.5 A.2).

    Raises:
        ValueError: The dictionary does not know it.
    """
    if tag.element == 0:
        return "UL"
    if tag.is_private_creator:
        return "LO"
    entry = codec.dictionary_entry(tag)
    choices = entry.vr.split(" or ") if entry and entry.vr else []
    if not choices:
        raise ValueError(f"no VR is known for {tag}: say one, ds.add({tag!s}, vr, value)")
    if choices == ["US", "SS"]:
        return "SS" if dataset.get("PixelRepresentation") == _SIGNED else "US"
    if choices == ["OB", "OW"]:
        bits = dataset.get("BitsAllocated")
        return "OB" if bits is not None and bits <= _BITS_OF_BYTES else "OW"
    return choices[-1]


def reads_anywhere(vr: str, raw: Buffer) -> bool:
    """Whether the bytes of a value mean the same in every character set."""
    if vr not in _IN_CHARSET:
        return True
    data = bytes(raw)
    return data.isascii() and b"\x1b" not in data


def _copy(
    tag: Tag,
    vr: str,
    element: Element,
    nest: Callable[[codec.DatasetIndex], Dataset],
    *,
    little: bool,
) -> Element:
    """The value of an element that was read: its bytes, where they will do."""
    data: Buffer = element.raw
    same_order = element.is_text or element.is_little_endian == little
    if vr != element.vr or not same_order or not reads_anywhere(vr, data):
        words = element.array if element.vr in _WORDS else element.value
        value = element.texts if element.is_text else words
        data = codec.encode_value(vr, value, little, charset=_UTF8, check=False)
    undefined = element.is_undefined_length and vr in _OF_PIXELS
    return Element(_index(tag, vr, data, little=little, undefined=undefined), 0, nest)


def _is_whole(index: codec.DatasetIndex) -> bool:
    """Whether bytes taken for fragments are fragments up to their end."""
    try:
        return bool(codec.fragments(index, 0)) and not index.warnings
    except DecodeError:
        return False


def _sequence(tag: Tag, value: Any, nest: Callable[[codec.DatasetIndex], Dataset]) -> Element:
    read = value if isinstance(value, Element) else None
    undefined = read is not None and read.is_undefined_length
    found = Element(_index(tag, "SQ", b"", undefined=undefined), 0, nest)
    found.hold(Sequence.of(read.items() if read else value or ()))
    return found


def _index(
    tag: Tag,
    vr: str,
    data: Buffer,
    *,
    little: bool = True,
    undefined: bool = False,
) -> codec.DatasetIndex:
    """What an element is in Explicit VR; fragments are of undefined length (PS3.5 A.4)."""
    if undefined:
        head = codec.encode_element(tag, vr, b"")
        written = b"".join((head[:-4], _UNDEFINED, data, _SEQUENCE_END))
    else:
        written = codec.encode_element(tag, vr, data, little=little)
    syntax = _EXPLICIT if little else _BIG_ENDIAN
    return codec.read_dataset(written, syntax, fallback_charset=_UTF8)
