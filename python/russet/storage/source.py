"""Instances to send: what they are, from the first bytes of their files, and their data sets."""

import errno
import mmap
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO, FileIO
from pathlib import Path
from typing import Any, Final

from russet import codec
from russet.data import Dataset, dcmread
from russet.data.write import DEFLATED, target_syntax
from russet.errors import DecodeError, RussetError, UnreadableError

__all__ = [
    "InstanceSource",
    "Unsendable",
    "examine",
    "find",
    "of_dataset",
    "read_head",
    "read_whole",
]

_HEAD_LENGTH: Final = 1 << 12
_MAP_FROM: Final = 1 << 25
_READ: Final = os.O_RDONLY | getattr(os, "O_BINARY", 0)
_SOP_CLASS_UID: Final = 0x0008_0016
_SOP_INSTANCE_UID: Final = 0x0008_0018
_UIDS: Final = codec.Tags([_SOP_CLASS_UID, _SOP_INSTANCE_UID])
_DIRECTORY: Final = "1.2.840.10008.1.3.10"


@dataclass(frozen=True, slots=True)
class InstanceSource:
    """An instance that can be sent as it is.

    Attributes:
        path: Its file; None for one in memory.
        sop_class_uid: (0008,0016) of its data set, else (0002,0002) of its file meta.
        sop_instance_uid: (0008,0018), else (0002,0003).
        transfer_syntax: What its data set is encoded in.
        dataset_offset: Where its data set begins, in bytes from the start of file or content.
        content: The bytes of one in memory.
    """

    path: Path | None
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax: str
    dataset_offset: int
    content: memoryview | None = None

    def data(self) -> memoryview:
        """The data set, as it stands; that of a large file is mapped, not read.

        Raises:
            OSError: When the file cannot be read any more.
        """
        if self.content is not None:
            return self.of(self.content)
        assert self.path is not None
        return self.of(_content(self.path))

    def of(self, content: memoryview) -> memoryview:
        """The data set in the content of the file."""
        data = content[self.dataset_offset :]
        if len(data) % 2 and self.transfer_syntax in DEFLATED:
            # The end of a deflated stream is anywhere, a file has it as it is, and what is sent
            # has one more zero byte (PS3.5 A.5).
            return memoryview(bytes(data) + b"\0")
        return data


@dataclass(frozen=True, slots=True)
class Unsendable:
    """A file that cannot be sent, and why.

    Attributes:
        path: The file; None for a data set in memory.
        reason: A sentence.
        named: Whether the caller named it; one merely found in a folder may be skipped.
    """

    path: Path | None
    reason: str
    named: bool = True


def find(paths: Iterable[Path]) -> Iterator[InstanceSource | Unsendable]:
    """What there is to send in files and, recursively, folders; each folder in name order."""
    for path in paths:
        if not path.is_dir():
            yield examine(path)
            continue
        for folder, folders, names in os.walk(path):
            folders.sort()
            for name in sorted(names):
                yield examine(Path(folder, name), named=False)


def examine(what: Any, *, named: bool = True) -> InstanceSource | Unsendable:
    """What a path or a data set is, or why it cannot be sent."""
    path = Path(what) if isinstance(what, (str, os.PathLike)) else None
    try:
        return of_dataset(what) if path is None else read_head(path)
    except OSError as error:
        return Unsendable(path, f"cannot be read: {error.strerror}")
    except RussetError as error:
        return Unsendable(path, str(error), named)


def read_head(path: Path) -> InstanceSource:
    """What a file is, from its file meta and the first elements; the rest is not looked at.

    Raises:
        OSError: When the file cannot be read.
        UnreadableError: When it is not DICOM, or does not say which instance it is.
        DecodeError: When it is damaged.
    """
    with _opened(path) as file:
        return _made_out(path, file.read(_HEAD_LENGTH), file.read)


def read_whole(path: Path) -> tuple[InstanceSource, memoryview]:
    """What a file is, as `read_head`, and its data set, as `InstanceSource.data`; opened once.

    Raises:
        OSError: When the file cannot be read.
        UnreadableError: When it is not DICOM, or does not say which instance it is.
        DecodeError: When it is damaged.
    """
    content = _content(path)
    rest = content[_HEAD_LENGTH:]
    source = _made_out(path, bytes(content[:_HEAD_LENGTH]), rest.tobytes)
    return source, source.of(content) if source.content is None else source.data()


def _opened(path: Path) -> FileIO:
    try:
        return open(path, "rb", buffering=0)
    except ValueError as error:
        raise _no_name(path) from error


def _no_name(path: Path) -> OSError:
    return OSError(errno.EINVAL, "a name that no file can have", str(path))


def _content(path: Path) -> memoryview:
    # Of small files opening, reading and closing are most of what sending them costs: nothing else.
    try:
        descriptor = os.open(path, _READ)
    except ValueError as error:
        raise _no_name(path) from error
    try:
        size = os.fstat(descriptor).st_size
        if size >= _MAP_FROM:
            return memoryview(mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ))
        content = os.read(descriptor, size)
        if size and len(content) == size:
            return memoryview(content)
        with open(descriptor, "rb", buffering=0, closefd=False) as rest:
            return memoryview(content + rest.read())
    finally:
        os.close(descriptor)


def _made_out(path: Path, head: bytes, rest: Callable[[], bytes]) -> InstanceSource:
    """What a file is, from its first bytes; `rest` gives those that follow, if they are needed."""
    try:
        meta = codec.read_meta(head)
    except DecodeError as error:
        if error.kind != "Truncated":
            raise
        head, rest = head + rest(), bytes
        meta = codec.read_meta(head)
    if meta.transfer_syntax is None:
        # No file meta, or not enough of it: only the data set can tell.
        return of_dataset(dcmread(head + rest()), path)
    values = _first_elements(meta.transfer_syntax, head[meta.dataset_offset :])
    return _named(
        InstanceSource(
            path,
            _uid(values.get(_SOP_CLASS_UID)) or meta.sop_class_uid or "",
            _uid(values.get(_SOP_INSTANCE_UID)) or meta.sop_instance_uid or "",
            meta.transfer_syntax,
            meta.dataset_offset,
        )
    )


def of_dataset(dataset: Any, path: Path | None = None) -> InstanceSource:
    """An instance in memory: a `Dataset`, the bytes of a file, an open file, a pydicom data set.

    Raises:
        UnreadableError: When it does not say which instance it is.
        TypeError: For what is none of these.
    """
    if isinstance(dataset, (bytes, bytearray, memoryview)) or hasattr(dataset, "read"):
        dataset = dcmread(dataset)
    elif hasattr(dataset, "save_as") and not isinstance(dataset, Dataset):
        written = BytesIO()
        dataset.save_as(written, enforce_file_format=True)
        dataset = dcmread(written.getvalue())
    if not isinstance(dataset, Dataset):
        raise TypeError(f"cannot send a {type(dataset).__name__}: give a path or a data set")
    syntax = target_syntax(dataset)
    return _named(
        InstanceSource(
            path,
            str(dataset.get("SOPClassUID", "")),
            str(dataset.get("SOPInstanceUID", "")),
            syntax,
            0,
            memoryview(dataset.encode(syntax)),
        )
    )


def _first_elements(transfer_syntax: str, data: bytes) -> dict[int, bytes]:
    """The UIDs of the data set, which count when the file meta says otherwise (PS3.4 B.1)."""
    walk = codec.Walk(transfer_syntax, _UIDS)
    try:
        walk.feed(data)
    except DecodeError:
        return {}  # Whoever receives it may say what is wrong; we send it as it is.
    return walk.values


def _uid(value: bytes | None) -> str:
    return (value or b"").strip(b"\0 ").decode("latin-1")


def _named(source: InstanceSource) -> InstanceSource:
    if source.sop_class_uid == _DIRECTORY:
        raise UnreadableError("a DICOMDIR: the index of a medium, not an instance")
    if not (source.sop_class_uid and source.sop_instance_uid):
        raise UnreadableError("no SOP Class UID and SOP Instance UID, so no instance to send")
    return source
