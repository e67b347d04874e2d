"""Files written: preamble, file meta information and data set (PS3.10 7)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from russet import codec
from russet.data.dataset import Dataset
from russet.data.element import Element
from russet.data.uid import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION, Uid
from russet.data.write import encode, target_syntax
from russet.errors import EncodeError

if TYPE_CHECKING:
    from russet.data.read import Buffer

__all__ = ["dcmwrite"]

_PREAMBLE: Final = bytes(128)
_PREFIX: Final = b"DICM"
_VERSION: Final = b"\0\1"
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_SOP_CLASS_UID: Final = 0x0008_0016
_SOP_INSTANCE_UID: Final = 0x0008_0018
_MODE: Final = 0o666
_AS_READ: Final = {"lengths": "as-written", "group_lengths": "keep"}


def dcmwrite(
    target: str | os.PathLike[str] | BinaryIO,
    dataset: Dataset,
    *,
    transfer_syntax: str | None = None,
    lengths: str = "as-written",
    group_lengths: str = "keep",
) -> None:
    """Write a data set as a file (PS3.10 7).

    A file that was read and not edited is written byte for byte, unless it was none to the letter.
    A file that is there already is replaced at once and as a whole.

    Args:
        target: A path, or a file opened for writing bytes.
        dataset: What to write.
        transfer_syntax: The UID; None for the one that was put into the file meta, else the one it
            was read in, else Explicit VR Little Endian.
        lengths: Of sequences and items: "as-written", "defined" or "undefined" (PS3.5 7.5).
        group_lengths: "keep", "remove" or "add" them (PS3.5 7.2).

    Raises:
        OSError: The file cannot be written.
        EncodeError: Text beyond its character set; pixel data that would have to be decoded; no SOP
            class or instance to put into the file meta.
    """
    options = {"lengths": lengths, "group_lengths": group_lengths}
    parts = _parts(dataset, transfer_syntax, options)
    if isinstance(target, (str, os.PathLike)):
        _replace(os.fspath(target), parts)
        return
    for part in parts:
        target.write(part)


def _parts(dataset: Dataset, transfer_syntax: str | None, options: dict[str, str]) -> list[Buffer]:
    syntax = transfer_syntax or target_syntax(dataset)
    file = dataset.origin if isinstance(dataset.origin, codec.FileIndex) else None
    meta = dataset.file_meta
    body = encode(dataset, syntax, **options)
    if file and meta and _tells_the_truth(file, meta, dataset, syntax):
        as_read = not dataset.is_edited and dataset.index.is_complete
        if as_read and options == _AS_READ:
            return [file.raw()]
        return [file.head(), body]
    preamble = (file.preamble if file else None) or _PREAMBLE
    return [preamble, _PREFIX, _meta(dataset, meta, syntax), body]


def _tells_the_truth(file: codec.FileIndex, meta: Dataset, dataset: Dataset, syntax: str) -> bool:
    """Whether what stands in front of the data set in a file can stand there again."""
    if file.preamble is None or meta.is_edited or meta.get("TransferSyntaxUID") != syntax:
        return False
    return not dataset.is_edited or all(
        dataset.get(word) in (None, meta.get(f"MediaStorage{word}"))
        for word in ("SOPClassUID", "SOPInstanceUID")
    )


def _meta(dataset: Dataset, known: Dataset | None, syntax: str) -> bytes | memoryview:
    """The file meta information (PS3.10 7.1): what is known of it, corrected and completed."""
    meta = Dataset() if known is None else known.copy()
    for keyword, value in (
        ("MediaStorageSOPClassUID", _uid(dataset, _SOP_CLASS_UID)),
        ("MediaStorageSOPInstanceUID", _uid(dataset, _SOP_INSTANCE_UID)),
        ("TransferSyntaxUID", syntax),
    ):
        if value:
            _set(meta, keyword, value)
        elif not meta.get(keyword):
            word = keyword.removeprefix("MediaStorage")
            raise EncodeError(f"a file names its instance, and there is no {word}: set ds.{word}")
    for keyword, new in (
        ("FileMetaInformationVersion", _VERSION),
        ("ImplementationClassUID", IMPLEMENTATION_CLASS_UID),
    ):
        if not meta.get(keyword):
            _set(meta, keyword, new)
    if known is None:
        _set(meta, "ImplementationVersionName", IMPLEMENTATION_VERSION)
    # The number comes with the writing.
    meta.FileMetaInformationGroupLength = 0
    return encode(meta)


def _uid(dataset: Dataset, tag: int) -> Element | str | None:
    """A UID of the data set, as it is written when it is none; None where there is none."""
    found: Element | None = dataset.get(tag)
    if found is None or not found.value:
        return None
    return found.value if Uid(found.value).is_valid else found


def _set(meta: Dataset, keyword: str, value: Any) -> None:
    known = meta.get(keyword)
    if known != (value.value if isinstance(value, Element) else value):
        meta[keyword] = value


def _replace(path: str, parts: list[Buffer]) -> None:
    """Write a new file, or one beside the old one that then takes its place."""
    try:
        _create(path, parts)
    except FileExistsError:
        if not os.path.isfile(path):
            # A pipe, a terminal, /dev/null.
            with open(path, "wb") as target:
                target.writelines(parts)
            return
        # A link goes on pointing to what it did.
        path = os.path.realpath(path)
        beside = f"{path}.{os.getpid()}.partial"
        _create(beside, parts)
        try:
            os.chmod(beside, os.stat(path).st_mode)
            os.replace(beside, path)
        except OSError:
            os.unlink(beside)
            raise


def _create(path: str, parts: list[Buffer]) -> None:
    descriptor = os.open(path, _NEW, _MODE)
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as target:
            for buffer in parts:
                part, written = memoryview(buffer), 0
                while written < len(part):
                    written += target.write(part[written:]) or 0
    except BaseException:
        os.unlink(path)
        raise
