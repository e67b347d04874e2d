"""One element of a data set."""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NoReturn

from russet import codec
from russet.data.sequence import Sequence
from russet.data.tag import Tag
from russet.data.values import CLASSES, Values
from russet.errors import DecodeError

if TYPE_CHECKING:
    from russet.data.dataset import Dataset

__all__ = ["Element"]

_TEXT: Final = frozenset(
    [
        "AE",
        "AS",
        "CS",
        "DA",
        "DS",
        "DT",
        "IS",
        "LO",
        "LT",
        "PN",
        "SH",
        "ST",
        "TM",
        "UC",
        "UI",
        "UR",
        "UT",
    ]
)
_NUMBER_LENGTHS: Final = {
    **dict.fromkeys(("SS", "US"), 2),
    **dict.fromkeys(("AT", "FL", "SL", "UL"), 4),
    **dict.fromkeys(("FD", "SV", "UV"), 8),
}
_ARRAY_FORMS: Final[dict[str, Any]] = {
    **dict.fromkeys(("OB", "UN"), "B"),
    **dict.fromkeys(("OW", "US"), "H"),
    **dict.fromkeys(("OL", "UL"), "I"),
    **dict.fromkeys(("OV", "UV"), "Q"),
    **dict.fromkeys(("OF", "FL"), "f"),
    **dict.fromkeys(("OD", "FD"), "d"),
    "SS": "h",
    "SL": "i",
    "SV": "q",
}
_WRITTEN_NUMBERS: Final = frozenset(("DS", "IS"))
_UNDECODED: Final = object()


class Element:
    """An element as it stands in the bytes; its value is decoded when first asked for.

    Items and lists of values can be changed in their place: that edits the data set.
    """

    __slots__ = ("_index", "_is_rewritten", "_items", "_nest", "_row", "_value")

    def __init__(
        self, index: codec.DatasetIndex, row: int, nest: Callable[[codec.DatasetIndex], Dataset]
    ) -> None:
        """Refer to a row of an index; `nest` makes the data sets of a sequence."""
        self._index = index
        self._row = row
        self._nest = nest
        self._value: Any = _UNDECODED
        self._items: Sequence | None = None
        self._is_rewritten = False

    @property
    def index(self) -> codec.DatasetIndex:
        """The data set that it stands in, as an index."""
        self._rewrite()
        return self._index

    @property
    def row(self) -> int:
        """Its row of the index."""
        self._rewrite()
        return self._row

    @property
    def tag(self) -> Tag:
        """The tag."""
        return Tag(self._index.tag(self._row))

    @property
    def vr(self) -> str:
        """The value representation that the value is taken by (PS3.5 6.2).

        As written; else, and for UN, by the data dictionary (PS3.5 A.1 and 6.2.2).
        """
        return self._index.value_vr(self._row)

    @property
    def written_vr(self) -> str:
        """The value representation as written, also UN; in Implicit VR by the data dictionary."""
        return self._index.vr(self._row)

    @property
    def keyword(self) -> str:
        """The keyword (PS3.6 6 to 9); empty for private and unknown elements."""
        return codec.keyword_of(self._index.tag(self._row))

    @property
    def name(self) -> str:
        """The name (PS3.6 6 to 9); empty for private and unknown elements."""
        entry = codec.dictionary_entry(self._index.tag(self._row))
        return entry.name if entry else ""

    @property
    def length(self) -> int:
        """Bytes of the value; of an undefined length, those before the delimiter."""
        self._rewrite()
        return self._index.length(self._row)

    @property
    def offset(self) -> int:
        """Where the value starts: bytes from the start of the file."""
        self._rewrite()
        return self._index.offset(self._row)

    @property
    def is_undefined_length(self) -> bool:
        """Whether the length was written as FFFFFFFFH."""
        return self._index.undefined(self._row)

    @property
    def is_little_endian(self) -> bool:
        """The byte order of its numbers (PS3.5 7.3); always little inside UN (PS3.5 6.2.2)."""
        return self._index.little or self.written_vr == "UN"

    @property
    def is_text(self) -> bool:
        """Whether the value is text: also numbers, dates and UIDs written as text."""
        return self.vr in _TEXT

    @property
    def raw(self) -> memoryview:
        """The bytes of the value as written, without a copy."""
        self._rewrite()
        raw: memoryview = self._index.raw(self._row)
        return raw

    @property
    def value(self) -> Any:
        """The value by its VR (PS3.5 6.2).

        Text as str, UI as Uid, PN as PersonName, IS as int, DS as float, AT as Tag, numbers as int
        or float, SQ as Sequence, OB, OW, UN and the like as memoryview; several values as a list.
        An empty value is "" for text and None for numbers.

        Raises:
            DecodeError: Bytes that are no such value.
        """
        if self._value is _UNDECODED:
            self._value = self._decoded()
        return self._value

    @value.setter
    def value(self, _new: Any) -> NoReturn:
        raise AttributeError(f"set it in the data set: ds[0x{self.tag:08X}] = ...")

    @property
    def array(self) -> memoryview:
        """The numbers of the value as an array, which `numpy.frombuffer` takes.

        Without a copy when they are written in the byte order of this machine. DS as 64-bit floats,
        IS as 64-bit integers; an empty one among several is NaN, or 0.

        Raises:
            DecodeError: Bytes that are no such numbers.
            TypeError: An element whose VR is not one of numbers, words or bytes.
        """
        vr = self.vr
        if vr in _WRITTEN_NUMBERS:
            numbers: Any = memoryview(codec.number_array(vr, self.raw, self.offset))
            written: memoryview = numbers.cast("d" if vr == "DS" else "q")
            return written
        form = _ARRAY_FORMS.get(vr)
        if form is None:
            raise TypeError(f"{self.tag} is {vr}, which is no array of numbers")
        raw = self.raw
        try:
            words: memoryview = raw.cast(form)
        except TypeError:
            unit = struct.calcsize(form)
            message = (
                f"{vr} of {len(raw)} bytes, which are no numbers of {unit} bytes, in {self.tag}"
            )
            raise DecodeError(message, "BadLength", self.offset, self.tag) from None
        if self.is_little_endian == (sys.byteorder == "little"):
            return words
        swapped = array(form, words)
        swapped.byteswap()
        return memoryview(swapped.tobytes()).cast(form)

    @property
    def texts(self) -> list[str]:
        """The values of a text as written, also of IS and DS, without padding; none when empty.

        Raises:
            TypeError: An element that is not text.
        """
        if not self.is_text:
            raise TypeError(f"{self.tag} is {self.vr}, which is not text")
        if self.vr in _WRITTEN_NUMBERS:
            value = codec.decode_texts(self.vr, self.raw)
        else:
            value = list(self.value) if isinstance(self.value, list) else [self.value]
        return [] if value == [""] else value

    @property
    def vm(self) -> int:
        """How many values there are (PS3.5 6.4): 0 when empty, 1 for a sequence."""
        vr = self.vr
        if vr == "SQ":
            return 1
        if self.length == 0:
            return 0
        if vr in _TEXT:
            return len(self.texts)
        unit = _NUMBER_LENGTHS.get(vr)
        return self.length // unit if unit else 1

    def items(self) -> Sequence:
        """The items of a sequence (PS3.5 7.5).

        Raises:
            DecodeError: The element is no sequence, or not one that can be read.
        """
        # Always the same, so that no edit in it can be lost.
        if self._items is None:
            self._items = Sequence(self._index.items(self._row), self._nest)
        return self._items

    def fragments(self) -> list[tuple[int, int]]:
        """Where the fragments of encapsulated pixel data are (PS3.5 A.4): offset and length.

        The first is the offset table; native pixel data have none.
        """
        return codec.fragments(self._index, self._row)

    @property
    def is_edited(self) -> bool:
        """Whether something in it was edited since it was read: items, or its list of values."""
        # A stack and no recursion: sequences may be nested deeper than calls.
        stack = [self]
        while stack:
            element = stack.pop()
            items = element.held
            if element.is_changed or (items is not None and items.is_changed):
                return True
            for item in items.made if items is not None else ():
                if item.edits:
                    return True
                stack += item.seen()
        return False

    @property
    def is_changed(self) -> bool:
        """Whether its list of values was changed in its place."""
        values = self._value
        return self._is_rewritten or (isinstance(values, Values) and values.is_changed)

    @property
    def held(self) -> Sequence | None:
        """The items, if somebody has asked for them."""
        return self._items

    def hold(self, items: Sequence) -> None:
        """Take these for the items, whatever the bytes say."""
        self._items = items

    def alone(self) -> Element:
        """The same element, with a list of values of its own."""
        return Element(self.index, self.row, self._nest)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Element):
            return NotImplemented
        if (self.tag, self.vr) != (other.tag, other.vr):
            return False
        return bool(self._as_written() == other._as_written())

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<Element {self.tag} {self.vr} {self.keyword or 'unknown'}, {self.length} bytes>"

    def _as_written(self) -> Any:
        """The value as it will be read back: a list that one value was left in is that value."""
        value = self.value
        return self.alone().value if isinstance(value, Values) and len(value) < 2 else value

    def _decoded(self) -> Any:
        vr = self.vr
        if vr == "SQ":
            return self.items()
        value = self._index.value(self._row)
        kind = CLASSES.get(vr)
        if isinstance(value, list):
            return Values(vr, value if kind is None else map(kind, value))
        return value if kind is None or value is None else kind(value)

    def _rewrite(self) -> None:
        """If its list of values was changed, stand in other bytes from now on."""
        values = self._value
        if not isinstance(values, Values) or not values.is_changed:
            return
        from russet.data.edit import element

        made = element(self.tag, self.vr, list(values), self._nest, little=self._index.little)
        self._index, self._row = made.index, made.row
        self._is_rewritten = True
        values.is_changed = False
