"""Reading files and data sets."""

from __future__ import annotations

import os
from collections.abc import Iterable
from mmap import mmap
from typing import Any, BinaryIO, Final, NoReturn

from russet import codec
from russet.data.dataset import Dataset, Given
from russet.data.tag import Key, Tag
from russet.errors import DecodeError, UnreadableError

__all__ = ["Buffer", "Source", "dcmread", "read_dataset"]

Buffer = bytes | bytearray | memoryview | mmap
"""Bytes that stay as they are while a data set refers to them."""

Source = str | os.PathLike[str] | Buffer | BinaryIO
"""Where a file may come from."""

_PIXELS: Final = 0x7FE0_0008


def dcmread(
    source: Source,
    *,
    strict: bool = False,
    stop_before_pixels: bool = False,
    specific_tags: Iterable[Key] | None = None,
    until: Key | None = None,
    defer: bool = True,
    fallback_charset: str = "",
    inflated: int | None = None,
) -> Dataset:
    """Open a DICOM file (PS3.10 7), also one without preamble, meta or an honest transfer syntax.

    Args:
        source: A path, the bytes of a file, or a file opened for reading bytes.
        strict: Raise at any deviation from the standard, instead of a note in `ds.warnings`.
        stop_before_pixels: Do not read pixel data, nor what comes after them.
        specific_tags: Keep only these elements, and Specific Character Set; reading ends after the
            greatest.
        until: Reading ends in front of the first element with this tag or a greater one.
        defer: Leave large values in the file until they are asked for. The file must then stay as
            it is: an element of one that has changed raises UnreadableError.
        fallback_charset: Specific Character Set where it is absent or empty, "ISO_IR 100" say.
        inflated: How many bytes a deflated data set (PS3.5 A.5) may inflate to; None for 32 MiB,
            and for up to 1 GiB where that is no more than 500 for each byte of the file.

    Raises:
        OSError: The file cannot be read.
        UnreadableError: It is not DICOM at all.
        DecodeError: It is, and cannot be decoded.
        ValueError: Neither a tag nor a keyword; a character set that the standard does not have.
    """
    bound, only, filename = None, None, None
    if until is not None or stop_before_pixels:
        bound = Tag(_PIXELS) if until is None else Tag.of(until)
        bound = min(bound, Tag(_PIXELS)) if stop_before_pixels else bound
    if specific_tags is not None:
        only = list(map(Tag.of, specific_tags))
    try:
        if type(source) is str:
            filename = source
        elif isinstance(source, (str, os.PathLike)):
            filename = os.fsdecode(source)
        else:
            filename, data = _content(source)
            made: Dataset = codec.view(
                Dataset,
                codec.read_file(data, strict, bound, only, fallback_charset, filename, inflated),
            )
            return made
        opened: Dataset = codec.read_path(
            filename, strict, bound, only, fallback_charset, defer, inflated, Dataset
        )
        return opened
    except (DecodeError, UnreadableError) as error:
        _raise_named(error, filename)


def read_dataset(
    data: Buffer,
    transfer_syntax: str,
    *,
    strict: bool = False,
    fallback_charset: str = "",
    inflated: int | None = None,
) -> Dataset:
    """View the bytes of a data set as they travel in a C-STORE: no preamble, no meta.

    Args:
        data: The bytes; they are not copied, and must not change.
        transfer_syntax: The UID; an unknown one is read as Explicit VR Little Endian.
        strict: Raise at any deviation from the standard, instead of a note in `ds.warnings`.
        fallback_charset: Specific Character Set where it is absent or empty, "ISO_IR 100" say.
        inflated: As for `dcmread`.

    Raises:
        DecodeError: The bytes are no data set in this syntax.
        ValueError: A character set that the standard does not have.
    """
    index = codec.read_dataset(
        data, transfer_syntax, 0, strict, fallback_charset=fallback_charset, inflated=inflated
    )
    return Dataset.over(index, Given(transfer_syntax, data))


def _content(source: Buffer | BinaryIO) -> tuple[str | None, Any]:
    if type(source) is bytes:
        return None, source
    if not isinstance(source, Buffer) and hasattr(source, "read"):
        name = getattr(source, "name", None)
        return name if isinstance(name, str) else None, source.read()
    # Whatever else gives bytes, an array say. The codec says so when it does not.
    return None, source


def _raise_named(error: DecodeError | UnreadableError, filename: str | None) -> NoReturn:
    if filename is None:
        raise error
    message = f"{filename}: {error}"
    if isinstance(error, DecodeError):
        raise DecodeError(message, error.kind, error.offset, error.tag, error.needed) from None
    raise UnreadableError(message) from None
