"""Data sets: a view over bytes and the index of what is in them, with edits laid over it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from russet import codec
from russet.data import edit
from russet.data.element import Element
from russet.data.forms import Forms
from russet.data.tag import Key, Tag, nearest_keyword
from russet.data.uid import Uid

if TYPE_CHECKING:
    from russet.data.block import PrivateBlock
    from russet.data.keywords import Keywords
    from russet.data.read import Buffer
else:
    Keywords = object

__all__ = ["EXPLICIT", "Dataset", "Given", "NoElementError", "own_syntax"]

_put = object.__setattr__
_IMPLICIT: Final = "1.2.840.10008.1.2"
_BIG_ENDIAN: Final = "1.2.840.10008.1.2.2"
_SPECIFIC_CHARACTER_SET: Final = 0x0008_0005
EXPLICIT: Final = "1.2.840.10008.1.2.1"
"""Explicit VR Little Endian (PS3.5 A.2), in which new data sets are written."""


class Given(NamedTuple):
    """The bytes that a data set was read from, when they are no file."""

    transfer_syntax: str
    """The transfer syntax it was read in."""
    data: Buffer
    """The bytes as they were given."""


class NoElementError(AttributeError):
    """An attribute that is no element of the data set, and no keyword either."""

    def __str__(self) -> str:
        """Say what is missing; only a message that is read pays for the search of a near miss."""
        word = str(self.args[0])
        tag = codec.tag_of(word)
        if tag is not None:
            return f"no {word} {Tag(tag)} in this data set"
        nearest = nearest_keyword(word)
        return f"{word!r} is no keyword of DICOM" + (
            f"; did you mean {nearest}?" if nearest else ""
        )


class Dataset(Forms, Keywords):
    """A data set or an item of a sequence: elements by keyword or tag.

        ds.PatientName, ds["PatientName"], ds[0x00100010], ds[0x0010, 0x0010], ds["(0010,0010)"]
        ds["ReferencedSeriesSequence[0].SeriesInstanceUID"]
        ds.PatientName = "CITIZEN^Jan"; del ds.PatientID; ds.save_as("new.dcm")

    An attribute is a value, a subscript an `Element`. Nothing is decoded before it is asked for,
    and then once. Edits are laid over the bytes: what is not edited is written as it was read.
    A list of several values can be changed in its place, like the items of a sequence. Iteration
    gives elements in the order of the file; `str(ds)` looks like dcmdump's.
    """

    __slots__ = ("__dict__", "__weakref__", "_edits", "_elements", "_index", "_meta", "_origin")

    _index: codec.DatasetIndex
    _origin: codec.FileIndex | Given | None
    _elements: dict[int, Element] | None
    _edits: edit.Edits | None

    def __init__(self, elements: Mapping[Any, Any] | None = None, /, **keywords: Any) -> None:
        """Make a data set of values by keyword or tag. To read one: `russet.dcmread`.

        Raises:
            EncodeError: A value that its VR cannot hold.
            ValueError: Neither a tag nor a keyword, or one whose VR is not known.
        """
        _put(self, "_index", codec.read_dataset(b"", EXPLICIT))
        _put(self, "_origin", None)
        _put(self, "_elements", None)
        _put(self, "_edits", None)
        for key, value in {**(elements or {}), **keywords}.items():
            self[key] = value

    @classmethod
    def over(
        cls, index: codec.DatasetIndex, origin: codec.FileIndex | Given | None = None
    ) -> Dataset:
        """View the elements of `index`. Use `russet.dcmread` or `russet.data.read_dataset`."""
        made: Dataset = codec.view(cls, index, origin)
        return made

    # --- elements by name -------------------------------------------------------------------

    # For type checkers, `Keywords` has them all: a name that is none of them is a mistake.
    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            tag = codec.tag_of(name)
            element = None if tag is None else self._found(tag)
            if element is None:
                raise NoElementError(name, name=name, obj=self)
            # Found as an ordinary attribute from now on: a second access costs as little as any.
            value = self.__dict__[name] = element.value
            return value

        def __setattr__(self, name: str, value: Any) -> None:
            if name == "file_meta":
                _put(self, name, value)
                return
            tag = codec.tag_of(name)
            if tag is None:
                raise NoElementError(name, name=name, obj=self)
            self[tag] = value

    def __delattr__(self, name: str) -> None:
        tag = codec.tag_of(name)
        if tag is None or self._found(tag) is None:
            raise NoElementError(name, name=name, obj=self)
        self._edit(Tag(tag), None)

    def __getitem__(self, key: Key) -> Element:
        dataset, tag = self._place(key)
        element = dataset._found(tag)
        if element is None:
            raise KeyError(f"no {tag.keyword or 'element'} {tag} in this data set")
        return element

    def __setitem__(self, key: Key, value: Any) -> None:
        """Set the value of an element, by its VR in this data set, else in the dictionary.

        Raises:
            EncodeError: A value that the VR cannot hold.
            ValueError: Neither a tag nor a keyword, or one whose VR is not known: use `add`.
        """
        dataset, tag = self._place(key)
        present = dataset._found(tag)
        vr = value.vr if isinstance(value, Element) else present.vr if present else None
        dataset.add(tag, edit.vr_of(dataset, tag) if vr is None else vr, value)

    def __delitem__(self, key: Key) -> None:
        dataset, tag = self._place(key)
        dataset._edit(dataset[tag].tag, None)

    def __contains__(self, key: Key) -> bool:
        try:
            dataset, tag = self._place(key)
            return dataset._found(tag) is not None
        except (KeyError, ValueError):
            return False

    def add(self, key: Key, vr: str, value: Any) -> None:
        """Set an element with a VR of your own choice: private ones, and those with several.

        Args:
            key: A tag, or a keyword.
            vr: Two letters.
            value: One value or a list of them; of SQ, data sets; None for an empty one.

        Raises:
            EncodeError: A value that the VR cannot hold.
            ValueError: Neither a tag nor a keyword; a tag that no data set has.
        """
        dataset, tag = self._place(key)
        little = dataset.index.little
        dataset._edit(tag, edit.element(tag, vr, value, Dataset.over, little=little))

    def get(self, key: Key, default: Any = None) -> Any:
        """The value of a keyword, or the `Element` of a tag, as pydicom gives them.

        Args:
            key: A keyword, or a tag as `Tag.of` reads it; of text, always the value is given.
            default: What to return when there is no such element.
        """
        if key not in self:
            return default
        element = self[key]
        return element.value if isinstance(key, str) else element

    def private_block(self, group: int, creator: str, *, create: bool = False) -> PrivateBlock:
        """The elements of one owner in a private group (PS3.5 7.8.1).

        Args:
            group: An odd number.
            creator: The name of the owner.
            create: Whether to reserve a block when there is none.

        Raises:
            KeyError: There is no such block, or no room for another.
            ValueError: An even group.
        """
        from russet.data.block import private_block

        return private_block(self, group, creator, create=create)

    # --- all of them ------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Element]:
        if self._edits is None:
            return map(self.row, range(len(self._index)))
        order = self._edits.order(self._index)
        return (self.row(step) if isinstance(step, int) else step for step in order)

    def __len__(self) -> int:
        return len(self._index) if self._edits is None else len(self._edits.order(self._index))

    def __bool__(self) -> bool:
        return len(self) > 0

    def __dir__(self) -> list[str]:
        keywords = map(codec.keyword_of, self.tags())
        return sorted({*object.__dir__(self), *filter(None, keywords)})

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Dataset):
            return NotImplemented
        return len(self) == len(other) and all(map(Element.__eq__, self, other))

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        from russet.data.text import text

        return text(self)

    def __repr__(self) -> str:
        where = f" of {self.filename}" if self.filename else ""
        return f"<Dataset{where}, {len(self)} elements>"

    def tags(self) -> list[Tag]:
        """The tags in the order of the file."""
        if self._edits is None:
            return list(map(Tag, self._index.tags()))
        return [element.tag for element in self]

    # --- where it comes from, and where it goes ---------------------------------------------

    @property
    def index(self) -> codec.DatasetIndex:
        """Where each element is in the bytes; edits are not in it."""
        return self._index

    @property
    def origin(self) -> codec.FileIndex | Given | None:
        """What it was read from; None for items, and for what was made anew."""
        return self._origin or self._index.file

    @property
    def is_edited(self) -> bool:
        """Whether anything in it was set or deleted since it was read."""
        return self._edits is not None or self._is_nested_edit

    @property
    def edits(self) -> Mapping[int, Element | None]:
        """What was set, and as None what was deleted, by tag; not what is edited in sequences."""
        return self._edits or {}

    def edited_rows(self) -> list[int]:
        """The rows of the index with sequences in which something was edited."""
        return [row for row, element in (self._elements or {}).items() if element.is_edited]

    def seen(self) -> Iterator[Element]:
        """The elements that somebody has asked for or set: only in those anything can be edited."""
        yield from (self._elements or {}).values()
        yield from filter(None, (self._edits or {}).values())

    def row(self, row: int) -> Element:
        """The element in a row of the index, whatever was edited."""
        elements = self._elements
        if elements is None:
            elements = {}
            _put(self, "_elements", elements)
        found = elements.get(row)
        if found is None:
            found = elements[row] = Element(self._index, row, Dataset.over)
        return found

    @property
    def filename(self) -> str | None:
        """The file it was read from; None for items and what came as bytes."""
        origin = self.origin
        return origin.filename if isinstance(origin, codec.FileIndex) else None

    @property
    def file_meta(self) -> Dataset | None:
        """The file meta information (PS3.10 7.1); None when there is none, and for items.

        Its edits count when the data set is saved.
        """
        known: Dataset | None = getattr(self, "_meta", None)
        if known is None and isinstance(origin := self.origin, codec.FileIndex):
            meta = origin.meta
            if meta is not None:
                known = Dataset.over(meta)
                _put(self, "_meta", known)
        return known

    @file_meta.setter
    def file_meta(self, meta: Dataset) -> None:
        _put(self, "_meta", meta)

    @property
    def transfer_syntax(self) -> Uid | None:
        """The transfer syntax it was read in; None for items, and for what was made anew."""
        origin = self.origin
        return Uid(origin.transfer_syntax) if origin else None

    @property
    def warnings(self) -> list[tuple[str, int, int | None]]:
        """What was odd but readable: a sentence, the offset in bytes, the tag if there is one."""
        origin = self.origin
        file = origin if isinstance(origin, codec.FileIndex) else None
        found = (file or self._index).warnings
        row = self._index.find(_SPECIFIC_CHARACTER_SET)
        named = row >= 0 and self.row(row).is_text
        terms = "\\".join(self.row(row).texts) if named else ""
        for term in codec.unknown_charset_terms(terms):
            text = f"character set {term!r} is not known: beyond ASCII, a character is a byte"
            found.append((text, self._index.offset(row), _SPECIFIC_CHARACTER_SET))
        return found

    def copy(self) -> Dataset:
        """The same data set with edits of its own; what is edited in sequences is encoded first."""
        if self._is_nested_edit:
            made = Dataset.over(self.as_read().index, self.origin)
            # It is not what its origin has.
            _put(made, "_edits", edit.Edits())
        else:
            made = Dataset.over(self._index, self._origin)
            if self._edits is not None:
                alone = {tag: new and new.alone() for tag, new in self._edits.items()}
                _put(made, "_edits", edit.Edits(alone))
        meta: Dataset | None = getattr(self, "_meta", None)
        if meta is not None:
            _put(made, "_meta", meta.copy())
        return made

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> Dataset:
        return self.copy()

    def as_read(self) -> Dataset:
        """The same data set with its edits in its bytes; itself when nothing was edited."""
        if not self.is_edited:
            return self
        from russet.data.write import as_edited, known_charset

        syntax = own_syntax(self._index)
        data = as_edited(self)
        around = known_charset(self._index)
        return Dataset.over(codec.read_dataset(data, syntax, fallback_charset=around))

    # --- beneath ----------------------------------------------------------------------------

    @property
    def _is_nested_edit(self) -> bool:
        """Whether anything is edited in its sequences, read or new."""
        if not self._elements and not self._edits:
            return False
        return any(element.is_edited for element in self.seen())

    def _place(self, key: Key) -> tuple[Dataset, Tag]:
        """The data set, of this one and its items, and the tag that a key means."""
        if isinstance(key, str) and ("." in key or "[" in key):
            from russet.data.path import place

            return place(self, key)
        return self, Tag.of(key)

    def _found(self, tag: int) -> Element | None:
        if self._edits is not None and tag in self._edits:
            return self._edits[tag]
        row = self._index.find(tag)
        return None if row < 0 else self.row(row)

    def _edit(self, tag: Tag, element: Element | None) -> None:
        if self._edits is None:
            _put(self, "_edits", edit.Edits())
        assert self._edits is not None
        self._edits.put(tag, element)
        self.__dict__.pop(tag.keyword, None)


def own_syntax(index: codec.DatasetIndex) -> str:
    """The transfer syntax that encodes elements as they are encoded in `index` (PS3.5 A)."""
    if not index.explicit:
        return _IMPLICIT
    return EXPLICIT if index.little else _BIG_ENDIAN
