"""Files as the codec opens them."""

from typing import Any

from russet import codec

__all__ = ["file_of"]


def file_of(data: bytes, **options: Any) -> codec.FileIndex:
    """The file in `data`, with its data set as `.dataset`."""
    file = codec.read_file(data, **options).file
    assert file is not None
    return file
