"""What a data set can be turned into, and made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from russet import codec

if TYPE_CHECKING:
    import os
    from typing import BinaryIO

    import pydicom

    from russet.data.dataset import Dataset

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

    def save_as(self, target: str | os.PathLike[str] | BinaryIO, **options: Any) -> None:
        """Write it as a file (PS3.10 7). See `russet.dcmwrite` for the arguments."""
        from russet.data.part10 import dcmwrite

        dcmwrite(target, self._itself, **options)

    def to_dict(self) -> dict[str, Any]:
        """Every value by keyword, else by the eight digits of its tag; sequences as lists of dicts.

        Text, also of names and UIDs, as str; bytes without a copy; what cannot be read as bytes.

        Raises:
            DecodeError: Sequences that cannot be read.
        """
        found: dict[str, Any] = codec.values(self._itself.as_read().index)
        return found

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

    def to_json_dict(self) -> dict[str, Any]:
        """The DICOM JSON Model (PS3.18 F.2) as Python objects; bulk data inline."""
        from russet.data.json import model

        return model(self._itself)

    def to_json(self) -> str:
        """The DICOM JSON Model (PS3.18 F.2); bulk data inline."""
        from russet.data.json import text

        return text(self._itself)

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
