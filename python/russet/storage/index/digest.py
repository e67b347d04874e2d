"""The digest of a data set: what tells whether it is still the one that arrived."""

import hashlib
from typing import Final

from russet import codec
from russet.errors import DecodeError, UnreadableError

__all__ = ["digest_of"]

_BLOCK: Final = 1 << 20
_HEAD: Final = 1 << 14


def digest_of(path: str) -> str:
    """SHA-256 of the data set in a file; of the whole file when it has no file meta.

    Raises:
        OSError: It cannot be read.
    """
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        head = file.read(_HEAD)
        try:
            start = codec.read_meta(head).dataset_offset
        except (DecodeError, UnreadableError):
            start = 0
        digest.update(head[start:])
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
