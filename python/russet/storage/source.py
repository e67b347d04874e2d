"""Instance files to send: what they are, from their first bytes, and their data sets as they stand."""

import mmap
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from russet import codec
from russet.errors import DecodeError, UnreadableError

__all__ = ["InstanceFile", "Unsendable", "examine", "find", "read_head"]

_HEAD_LENGTH: Final = 1 << 12
_MAP_FROM: Final = 1 << 25
_SOP_CLASS_UID: Final = 0x0008_0016
_SOP_INSTANCE_UID: Final = 0x0008_0018
_DIRECTORY: Final = "1.2.840.10008.1.3.10"


@dataclass(frozen=True, slots=True)
class InstanceFile:
    """One file that can be sent: what its file meta says (PS3.10 7.1).

    Attributes:
        path: The file.
        sop_class_uid: Its (0002,0002), else (0008,0016).
        sop_instance_uid: Its (0002,0003), else (0008,0018).
        transfer_syntax: What its data set is encoded in.
        dataset_offset: Where its data set begins, in bytes.
    """

    path: Path
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax: str
    dataset_offset: int

    def data(self) -> memoryview:
        """The data set, as it stands in the file; large ones are mapped, not read."""
        with self.path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size >= _MAP_FROM:
                whole = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            else:
                whole = memoryview(file.read())
        return whole[self.dataset_offset :]


@dataclass(frozen=True, slots=True)
class Unsendable:
    """A file that cannot be sent, and why.

    Attributes:
        path: The file.
        reason: A sentence.
        named: Whether the caller named it; one merely found in a folder may be skipped.
    """

    path: Path
    reason: str
    named: bool


def find(paths: Iterable[Path]) -> Iterator[InstanceFile | Unsendable]:
    """What there is to send in files and, recursively, folders; each folder in name order."""
    for path in paths:
        if not path.is_dir():
            yield examine(path)
            continue
        for folder, folders, names in os.walk(path):
            folders.sort()
            for name in sorted(names):
                yield examine(Path(folder, name), named=False)


def examine(path: Path | str, *, named: bool = True) -> InstanceFile | Unsendable:
    """What one file is, or why it cannot be sent."""
    path = Path(path)
    try:
        return read_head(path)
    except OSError as error:
        return Unsendable(path, f"cannot be read: {error.strerror}", named=True)
    except (UnreadableError, DecodeError) as error:
        return Unsendable(path, str(error), named)


def read_head(path: Path) -> InstanceFile:
    """What `path` is, from its file meta; the data set is looked at only when there is none.

    Raises:
        OSError: When the file cannot be read.
        UnreadableError: When it is not DICOM, or does not say which instance it is.
        DecodeError: When it is damaged.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_LENGTH)
        try:
            meta = codec.read_meta(head)
        except DecodeError as error:
            if error.kind != "Truncated":
                raise
            meta = codec.read_meta(head + file.read())
        found = InstanceFile(
            path,
            meta.sop_class_uid or "",
            meta.sop_instance_uid or "",
            meta.transfer_syntax or "",
            meta.dataset_offset,
        )
        if not (found.sop_class_uid and found.sop_instance_uid and found.transfer_syntax):
            file.seek(0)
            found = _from_data_set(path, file.read(), found)
    if found.sop_class_uid == _DIRECTORY:
        raise UnreadableError("a DICOMDIR: the index of a medium, not an instance")
    return found


def _from_data_set(path: Path, whole: bytes, meta: InstanceFile) -> InstanceFile:
    """Complete what an absent or partial file meta leaves open."""
    file = codec.read_file(whole)

    def uid(tag: int) -> str:
        row = file.dataset.find(tag)
        return "" if row < 0 else str(bytes(file.dataset.raw(row)).strip(b"\0 "), "latin-1")

    sop_class_uid = meta.sop_class_uid or uid(_SOP_CLASS_UID)
    sop_instance_uid = meta.sop_instance_uid or uid(_SOP_INSTANCE_UID)
    if not (sop_class_uid and sop_instance_uid):
        raise UnreadableError("no SOP Class UID and SOP Instance UID, so no instance to send")
    return InstanceFile(
        path, sop_class_uid, sop_instance_uid, file.transfer_syntax, file.dataset_offset
    )
