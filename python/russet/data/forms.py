"""What a data set can be turned into, and made from."""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from russet import codec

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator
    from typing import BinaryIO

    import pydicom

    from russet.data.compare import Difference, What
    from russet.data.dataset import Dataset
    from russet.data.element import Element
    from russet.data.frames import Frames
    from russet.data.json import FetchBulkData, Source

__all__ = ["Forms", "IndexArrays"]


class IndexArrays(NamedTuple):
    """Where the elements of a data set are, in its order; `numpy.frombuffer` takes each array."""

    tags: memoryview
    """Tags, 32 bits each."""
    vrs: bytes
    """VRs, two letters each."""
    offsets: memoryview
    """Where values start: bytes from the start of the file, 64 bits each."""
    lengths: memoryview
    """Bytes of values, 64 bits each."""
    depths: memoryview
    """How many sequences are around each, 16 bits each."""


class Forms:
    """The part of `Dataset` that turns all of it into something else."""

    __slots__ = ()

    def encode(self, transfer_syntax: str | None = None, **options: Any) -> bytes | memoryview:
        """The bytes of the data set, without preamble and meta, as they travel in a C-STORE.

        What was not edited is as it was read. See `russet.data.write.encode` for the arguments.
        """
        from russet.data.write import encode

        return encode(self._itself, transfer_syntax, **options)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle it as its bytes."""
        from russet.data.dataset import own_syntax
        from russet.data.read import dcmread, read_dataset
        from russet.data.write import as_edited, known_charset

        itself = self._itself
        if itself.file_meta is not None:
            file = io.BytesIO()
            self.save_as(file)
            return dcmread, (file.getvalue(),)
        syntax = itself.transfer_syntax or own_syntax(itself.index)
        data = self.encode() if itself.origin else as_edited(itself)
        revive = partial(read_dataset, fallback_charset=known_charset(itself.index))
        return revive, (bytes(data), str(syntax))

    def save_as(self, target: str | os.PathLike[str] | BinaryIO, **options: Any) -> None:
        """Write it as a file (PS3.10 7). See `russet.data.dcmwrite` for the arguments."""
        from russet.data.part10 import dcmwrite

        dcmwrite(target, self._itself, **options)

    def to_dict(self) -> dict[str, Any]:
        """Every value by keyword, else by the eight digits of its tag; sequences as lists of dicts.

        The keyword of a repeating group says no plane (PS3.5 7.6), so its values are by tag too.
        Text, also of names and UIDs, as str; bytes without a copy; what cannot be read as bytes.

        Raises:
            DecodeError: Sequences that cannot be read.
        """
        from russet.data.text import as_shown

        found: dict[str, Any] = codec.values(as_shown(self._itself).index)
        return found

    def walk(self) -> Iterator[tuple[str, Element]]:
        """Every element with its path, in the order of the file, sequences entered.

        Raises:
            DecodeError: A sequence that cannot be read.
        """
        from russet.data.compare import walk

        return walk(self._itself)

    def find(self, what: What) -> Iterator[tuple[str, Element]]:
        """Every element at any depth that is `what`, with its path.

        Args:
            what: A tag or keyword, the two letters of a VR, or a function of an element.

        Raises:
            ValueError: `what` is neither a tag, a keyword nor a VR.
            DecodeError: A sequence that cannot be read.
        """
        from russet.data.compare import find

        return find(self._itself, what)

    def compare(self, other: Dataset, **options: Any) -> Iterator[Difference]:
        """Where another data set differs. See `russet.data.compare` for the options."""
        from russet.data.compare import compare

        return compare(self._itself, other, **options)

    def frames(self) -> Frames:
        """The frames of its pixel data by number, as they stand in the bytes.

        Raises:
            KeyError: There are no pixel data.
            DecodeError: Frames that cannot be told apart, or that are not whole.
        """
        from russet.data.frames import frames

        return frames(self._itself)

    def index_arrays(self, *, nested: bool = True) -> IndexArrays:
        """Where every element is, without values; of an edited data set, in what `encode` gives.

        Args:
            nested: Whether to enter sequences.

        Raises:
            DecodeError: Sequences that cannot be read.
        """
        tags, vrs, offsets, lengths, depths = codec.index_arrays(
            self._itself.as_read().index, nested
        )
        return IndexArrays(
            memoryview(tags).cast("I"),
            vrs,
            memoryview(offsets).cast("Q"),
            memoryview(lengths).cast("Q"),
            memoryview(depths).cast("H"),
        )

    def to_json_dict(self, **options: Any) -> dict[str, Any]:
        """The DICOM JSON Model (PS3.18 F.2) as Python objects; options as of `to_json`."""
        from russet.data.json import model

        return model(self._itself, **options)

    def to_json(self, **options: Any) -> str:
        """The DICOM JSON Model (PS3.18 F.2), in one line, bulk data inline.

        See `russet.data.json.text` for other ways.
        """
        from russet.data.json import text

        return text(self._itself, **options)

    @staticmethod
    def from_json(source: Source, *, bulk_data: FetchBulkData | None = None) -> Dataset:
        """The data set of a DICOM JSON Model (PS3.18 F.2), encoded in Explicit VR Little Endian.

        Args:
            source: JSON as text or bytes, or the objects of it; one data set, or an array of one.
            bulk_data: Gives the bytes of a BulkDataURI, or None. Without it elements that have one
                stay empty, with a warning.

        Raises:
            DecodeError: What is no JSON, or not the model.
            EncodeError: A value that its VR or character set cannot hold.
        """
        from russet.data.json import read

        return read(source, bulk_data)

    def to_pydicom(self) -> pydicom.FileDataset:
        """A real pydicom data set over the same bytes; an element is made when it is looked at.

        Raises:
            ImportError: pydicom is not installed.
        """
        from russet.data.pydicom import to_pydicom

        return to_pydicom(self._itself)

    @staticmethod
    def from_pydicom(dataset: pydicom.Dataset) -> Dataset:
        """The data set of a pydicom data set, encoded by pydicom as it would save it.

        Raises:
            ImportError: pydicom is not installed.
            ValueError: What pydicom raises about values that it cannot write.
        """
        from russet.data.pydicom import from_pydicom

        return from_pydicom(dataset)

    @property
    def _itself(self) -> Dataset:
        return cast("Dataset", self)
