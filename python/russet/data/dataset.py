"""Data sets: a view over bytes and the index of what is in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from russet import codec
from russet.data.element import Element
from russet.data.tag import Key, Tag, nearest_keyword
from russet.data.uid import Uid

if TYPE_CHECKING:
    from pydicom import FileDataset

    from russet.data.read import Buffer

__all__ = ["Dataset", "NoElementError", "Origin"]

_put = object.__setattr__
_SPECIFIC_CHARACTER_SET: Final = 0x0008_0005
_DECODED: Final = frozenset(
    {"", "ISO IR 6", "ISO 2022 IR 6", "ISO IR 100", "ISO 2022 IR 100", "ISO IR 192", "UTF8"}
)


class Origin(NamedTuple):
    """What a data set was read from."""

    data: Buffer
    """The bytes: of the whole file, or of the data set."""
    transfer_syntax: str
    """The transfer syntax it was read in."""
    file: codec.FileIndex | None = None
    """Where meta and data set are; None when the bytes are no file."""
    filename: str | None = None
    """Where the file is."""


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


class Dataset:
    """A data set or an item of a sequence, read-only: elements by keyword or tag.

        ds.PatientName, ds["PatientName"], ds[0x00100010], ds[0x0010, 0x0010], ds["(0010,0010)"]

    An attribute is a value, a subscript an `Element`. Nothing is decoded before it is asked for,
    and then once. Iteration gives elements in the order of the file; `str(ds)` looks like
    dcmdump's.
    """

    __slots__ = ("__dict__", "__weakref__", "_elements", "_index", "_origin")

    _elements: dict[int, Element]
    _index: codec.DatasetIndex
    _origin: Origin | None

    def __init__(self, index: codec.DatasetIndex, origin: Origin | None = None) -> None:
        """View the elements of `index`. Use `russet.dcmread` or `russet.data.read_dataset`."""
        _put(self, "_index", index)
        _put(self, "_origin", origin)
        _put(self, "_elements", {})

    def __getattr__(self, name: str) -> Any:
        tag = codec.tag_of(name)
        row = -1 if tag is None else self._index.find(tag)
        if row < 0:
            raise NoElementError(name, name=name, obj=self)
        # Found as an ordinary attribute from now on: a second access costs as little as any.
        value = self.__dict__[name] = self._element(row).value
        return value

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{name} cannot be set: a Dataset is read-only, edit ds.to_pydicom()")

    def __getitem__(self, key: Key) -> Element:
        tag = Tag.of(key)
        row = self._index.find(tag)
        if row < 0:
            raise KeyError(f"no {tag.keyword or 'element'} {tag} in this data set")
        return self._element(row)

    def __contains__(self, key: Key) -> bool:
        try:
            return self._index.find(Tag.of(key)) >= 0
        except ValueError:
            return False

    def __iter__(self) -> Iterator[Element]:
        return map(self._element, range(len(self._index)))

    def __len__(self) -> int:
        return len(self._index)

    def __bool__(self) -> bool:
        return len(self._index) > 0

    def __dir__(self) -> list[str]:
        keywords = map(codec.keyword_of, self._index.tags())
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

    def tags(self) -> list[Tag]:
        """The tags in the order of the file."""
        return list(map(Tag, self._index.tags()))

    @property
    def index(self) -> codec.DatasetIndex:
        """Where each element is in the bytes."""
        return self._index

    @property
    def origin(self) -> Origin | None:
        """What it was read from; None for items."""
        return self._origin

    @property
    def filename(self) -> str | None:
        """The file it was read from; None for items and what came as bytes."""
        return self._origin.filename if self._origin else None

    @property
    def file_meta(self) -> Dataset | None:
        """The file meta information (PS3.10 7.1); None when there is none, and for items."""
        meta = self._origin.file.meta if self._origin and self._origin.file else None
        return None if meta is None else Dataset(meta)

    @property
    def transfer_syntax(self) -> Uid | None:
        """The transfer syntax it was read in; None for items."""
        return Uid(self._origin.transfer_syntax) if self._origin else None

    @property
    def warnings(self) -> list[tuple[str, int, int | None]]:
        """What was odd but readable: a sentence, the offset in bytes, the tag if there is one."""
        file = self._origin.file if self._origin else None
        found = (file or self._index).warnings
        row = self._index.find(_SPECIFIC_CHARACTER_SET)
        terms = self._element(row).texts if row >= 0 else []
        for term in terms:
            if term.replace("-", " ").replace("_", " ") not in _DECODED:
                text = f"character set {term!r} is not decoded yet: one character stands for a byte"
                found.append((text, self._index.offset(row), _SPECIFIC_CHARACTER_SET))
        return found

    def to_json_dict(self) -> dict[str, Any]:
        """The DICOM JSON Model (PS3.18 F.2) as Python objects; bulk data inline."""
        from russet.data.json import model

        return model(self)

    def to_json(self) -> str:
        """The DICOM JSON Model (PS3.18 F.2); bulk data inline."""
        from russet.data.json import text

        return text(self)

    def to_pydicom(self) -> FileDataset:
        """A real pydicom data set over the same bytes, to edit, show or save; no value is decoded.

        Raises:
            ImportError: pydicom is not installed.
        """
        from russet.data.pydicom import convert

        return convert(self)

    def _element(self, row: int) -> Element:
        found = self._elements.get(row)
        if found is None:
            found = self._elements[row] = Element(self._index, row, Dataset)
        return found
