"""Reading files and data sets."""

from __future__ import annotations

import os
from mmap import mmap
from typing import Any, BinaryIO, Final, NoReturn

from russet import codec
from russet.data.dataset import Dataset, Origin
from russet.errors import DecodeError, UnreadableError

__all__ = ["Buffer", "Source", "dcmread", "read_dataset"]

Buffer = bytes | bytearray | memoryview | mmap
"""Bytes that stay as they are while a data set refers to them."""

Source = str | os.PathLike[str] | Buffer | BinaryIO
"""Where a file may come from."""

_FLAGS: Final = os.O_RDONLY | getattr(os, "O_BINARY", 0)
# For what has no size to ask for: pipes, /proc.
_CHUNK: Final = 1 << 20


def dcmread(source: Source, *, strict: bool = False) -> Dataset:
    """Open a DICOM file (PS3.10 7), also one without preamble, meta or an honest transfer syntax.

    Args:
        source: A path, the bytes of a file, or a file opened for reading bytes.
        strict: Raise at any deviation from the standard, instead of a note in `ds.warnings`.

    Raises:
        OSError: The file cannot be read.
        UnreadableError: It is not DICOM at all.
        DecodeError: It is, and cannot be decoded.
    """
    filename, data = _content(source)
    try:
        file = codec.read_file(data, strict)
    except (DecodeError, UnreadableError) as error:
        _raise_named(error, filename)
    return Dataset(file.dataset, Origin(data, file.transfer_syntax, file, filename))


def read_dataset(data: Buffer, transfer_syntax: str, *, strict: bool = False) -> Dataset:
    """View the bytes of a data set as they travel in a C-STORE: no preamble, no meta.

    Args:
        data: The bytes; they are not copied, and must not change.
        transfer_syntax: The UID; an unknown one is read as Explicit VR Little Endian.
        strict: Raise at any deviation from the standard, instead of a note in `ds.warnings`.

    Raises:
        DecodeError: The bytes are no data set in this syntax.
    """
    index = codec.read_dataset(data, transfer_syntax, 0, strict)
    return Dataset(index, Origin(data, transfer_syntax))


def _content(source: Source) -> tuple[str | None, Any]:
    if isinstance(source, (str, os.PathLike)):
        path = os.fspath(source)
        return path, _read(path)
    if isinstance(source, Buffer):
        return None, source
    if hasattr(source, "read"):
        name = getattr(source, "name", None)
        return name if isinstance(name, str) else None, source.read()
    # An array: whatever else gives bytes. The codec says so when it does not.
    return None, source


def _read(path: str) -> bytes:
    # `open` costs as much again as all of this, `pathlib` twice as much.
    descriptor = os.open(path, _FLAGS)
    try:
        size = os.fstat(descriptor).st_size
        data = os.read(descriptor, size)
        return data if len(data) == size > 0 else data + _rest(descriptor)
    except OSError as error:
        error.filename = error.filename or path
        raise
    finally:
        os.close(descriptor)


def _rest(descriptor: int) -> bytes:
    """What one read did not give: it stops at 2 GiB, and for a pipe at what has arrived."""
    chunks = []
    while chunk := os.read(descriptor, _CHUNK):
        chunks.append(chunk)
    return b"".join(chunks)


def _raise_named(error: DecodeError | UnreadableError, filename: str | None) -> NoReturn:
    if filename is None:
        raise error
    message = f"{filename}: {error}"
    if isinstance(error, DecodeError):
        raise DecodeError(message, error.kind, error.offset, error.tag, error.needed) from None
    raise UnreadableError(message) from None
