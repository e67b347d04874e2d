"""The bridge to pydicom: the same bytes in its own classes, and back."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, MutableMapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from russet import codec
from russet.data.dataset import EXPLICIT, Dataset
from russet.data.read import dcmread, read_dataset

if TYPE_CHECKING:
    import pydicom

__all__ = ["from_pydicom", "to_pydicom"]

_CHARSET: Final = 0x00080005
_DEFAULT: Final = "ISO_IR 6"
_PLAIN: Final = {
    (True, True): "1.2.840.10008.1.2",
    (False, True): EXPLICIT,
    (False, False): "1.2.840.10008.1.2.2",
}


def to_pydicom(dataset: Dataset) -> pydicom.FileDataset:
    """A pydicom data set over the bytes of `dataset`; an element is made when it is looked at.

    Raises:
        ImportError: pydicom is not installed.
    """
    theirs = _pydicom()
    if dataset.is_edited:
        dataset = _written(dataset)
    index, origin = dataset.index, dataset.origin
    file = origin if isinstance(origin, codec.FileIndex) else None
    implicit, little = not index.explicit, index.little
    found = _new(theirs.shape("FileDataset", implicit, little), _elements(index))
    known = file.meta if file else None
    meta = _elements(known) if known else {}
    parts = vars(found)
    parts["preamble"] = file.preamble if file else None
    parts["file_meta"] = _new(theirs.shape("FileMetaDataset", implicit, little), meta)
    filename = file.filename if file else None
    if filename is not None:
        parts |= {"filename": filename, "fileobj_type": open, "buffer": None}
    row = index.find(_CHARSET)
    terms = index.value(row) if row >= 0 else None
    if not terms and index.charset != _DEFAULT:
        terms = index.charset.split("\\")  # a fallback
    parts[theirs.charset] = theirs.default if terms is None else theirs.encodings(terms)
    made: pydicom.FileDataset = found
    return made


def from_pydicom(dataset: pydicom.Dataset) -> Dataset:
    """The data set of a pydicom data set, encoded by pydicom as it would save it.

    With file meta when it has the meta of a file; else in the encoding it was read in, or in
    Explicit VR Little Endian.

    Raises:
        ImportError: pydicom is not installed.
        ValueError: What pydicom raises about values that it cannot write.
    """
    try:
        from pydicom.filebase import DicomBytesIO
        from pydicom.filewriter import write_dataset
    except ImportError:
        raise ImportError('pydicom is not installed: pip install "pydicom>=3.0"') from None
    if getattr(dataset, "file_meta", None) and "TransferSyntaxUID" in dataset.file_meta:
        file = io.BytesIO()
        dataset.save_as(file, enforce_file_format=True)
        return dcmread(file.getvalue())
    syntax = _PLAIN.get(dataset.original_encoding, EXPLICIT)
    target = DicomBytesIO()
    target.is_implicit_VR = syntax == _PLAIN[True, True]
    target.is_little_endian = syntax != _PLAIN[False, False]
    write_dataset(target, dataset)
    return read_dataset(target.getvalue(), syntax)


def _written(dataset: Dataset) -> Dataset:
    """The same data set with its edits in its bytes."""
    if not isinstance(dataset.origin, codec.FileIndex):
        return dataset.as_read()
    file = io.BytesIO()
    dataset.save_as(file)
    return dcmread(file.getvalue())


def _elements(index: codec.DatasetIndex) -> MutableMapping[Any, Any]:
    # Of a tag that is repeated pydicom takes the last; the index finds the first.
    return _LazyElements(index) if index.is_sorted else _raw(index)


class _Shape(NamedTuple):
    """What an empty data set of pydicom's is made of."""

    kind: Any
    state: dict[str, Any]
    """Its attributes."""
    holder: str
    """Which of them holds the elements."""
    own: tuple[str, ...]
    """Those that are dicts, of which each data set has its own."""


class _Pydicom(NamedTuple):
    """What is needed of pydicom, looked up once."""

    shape: Callable[[str, bool, bool], _Shape]
    encodings: Callable[[Any], Any]
    default: str
    charset: str
    """The attribute that says which character set a data set was read in."""


@cache
def _pydicom() -> _Pydicom:
    try:
        from pydicom.charset import convert_encodings, default_encoding
        from pydicom.dataset import Dataset as Theirs
    except ImportError:
        raise ImportError('pydicom is not installed: pip install "pydicom>=3.0"') from None
    marked, mark = Theirs(), object()
    marked.set_original_encoding(None, None, mark)
    charset = next(name for name, value in vars(marked).items() if value is mark)
    return _Pydicom(cache(_shape), convert_encodings, default_encoding, charset)


def _shape(name: str, implicit: bool, little: bool) -> _Shape:  # noqa: FBT001 (cached by place)
    from pydicom import dataset

    kind, elements = getattr(dataset, name), dict[Any, Any]()
    if name == "FileDataset":
        made = kind(io.BytesIO(), elements, is_implicit_VR=implicit, is_little_endian=little)
        made.set_original_encoding(implicit, little)
    else:
        made = kind(elements)
    holder = next(name for name, value in vars(made).items() if value is elements)
    own = (name for name, value in vars(made).items() if isinstance(value, dict))
    return _Shape(kind, dict(vars(made)), holder, tuple(name for name in own if name != holder))


def _new(shape: _Shape, elements: MutableMapping[Any, Any]) -> Any:
    """A pydicom data set that holds `elements`.

    Its constructor sets twenty attributes one by one through a `__setattr__` in Python; here a
    data set that it made is copied.
    """
    made = shape.kind.__new__(shape.kind)
    state = shape.state | {shape.holder: elements}
    for name in shape.own:
        state[name] = state[name].copy()
    object.__setattr__(made, "__dict__", state)
    return made


def _raw(index: codec.DatasetIndex, rows: list[int] | None = None) -> dict[Any, Any]:
    from pydicom.dataelem import RawDataElement
    from pydicom.tag import BaseTag

    found: dict[Any, Any] = codec.raw_elements(index, rows, RawDataElement, BaseTag)
    return found


class _LazyElements(MutableMapping[Any, Any]):
    """The elements of a pydicom data set by tag, each made when it is first looked at.

    Whoever looks at all of them, or takes one out, gets an ordinary dict from then on.
    """

    __slots__ = ("_index", "_made")

    def __init__(self, index: codec.DatasetIndex) -> None:
        self._index: codec.DatasetIndex | None = index
        self._made: dict[Any, Any] = {}

    def __getitem__(self, tag: Any) -> Any:
        found = self._made.get(tag)
        if found is not None or self._index is None:
            return self._made[tag] if found is None else found
        row = self._index.find(tag) if isinstance(tag, int) else -1
        if row < 0:
            raise KeyError(tag)
        self._made |= _raw(self._index, [row])
        return self._made[tag]

    def __setitem__(self, tag: Any, element: Any) -> None:
        self._made[tag] = element

    def __delitem__(self, tag: Any) -> None:
        del self._all()[tag]

    def __contains__(self, tag: object) -> bool:
        if tag in self._made:
            return True
        return self._index is not None and isinstance(tag, int) and self._index.find(tag) >= 0

    def __iter__(self) -> Iterator[Any]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __eq__(self, other: object) -> bool:
        return self._all() == (other._all() if isinstance(other, _LazyElements) else other)

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (self._all(),)

    def copy(self) -> dict[Any, Any]:
        """An ordinary dict of all elements."""
        return self._all().copy()

    def _all(self) -> dict[Any, Any]:
        if self._index is not None:
            made, self._made = self._made, _raw(self._index)
            self._index = None
            self._made |= made
        return self._made
