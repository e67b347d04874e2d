"""A Part 10 reader of a few lines (PS3.10 7.1) that shares no code with what it judges."""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["Part10", "read", "stored"]

_LONG: Final = frozenset({b"OB", b"OW", b"OF", b"UN", b"UT", b"SQ"})
_SOP_CLASS: Final = 0x0002
_SOP_INSTANCE: Final = 0x0003
_TRANSFER_SYNTAX: Final = 0x0010


@dataclass(frozen=True)
class Part10:
    """A file cut in two: what the file meta says, and the bytes of the data set after it."""

    path: Path
    sop_class: str
    sop_instance: str
    transfer_syntax: str
    dataset: bytes

    @property
    def sendable(self) -> bool:
        """Whether the meta says all that a C-STORE-RQ needs."""
        return bool(self.sop_class and self.sop_instance and self.transfer_syntax and self.dataset)


def read(path: Path) -> Part10 | None:
    """Read `path`; None when it has no preamble and DICM prefix.

    The data set starts at the first element that is not of group 0002: a group length that is
    missing or wrong changes nothing.
    """
    data = path.read_bytes()
    if data[128:132] != b"DICM":
        return None
    position = 132
    meta: dict[int, bytes] = {}
    while len(data) - position >= 8:
        group, element, vr, length = struct.unpack_from("<HH2sH", data, position)
        if group != 2:
            break
        start = position + 8
        if vr in _LONG:
            (length,) = struct.unpack_from("<I", data, start)
            start += 4
        meta[element] = data[start : start + length]
        position = start + length
    return Part10(
        path,
        _uid(meta.get(_SOP_CLASS)),
        _uid(meta.get(_SOP_INSTANCE)),
        _uid(meta.get(_TRANSFER_SYNTAX)),
        data[position:],
    )


def stored(folder: Path) -> dict[str, Part10]:
    """Every Part 10 file under `folder` by SOP Instance UID; two of one instance are an error."""
    found: dict[str, Part10] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        file = read(path)
        if file is None:
            continue
        if file.sop_instance in found:
            message = f"{file.sop_instance} is in {found[file.sop_instance].path} and in {path}"
            raise AssertionError(message)
        found[file.sop_instance] = file
    return found


def _uid(value: bytes | None) -> str:
    return (value or b"").rstrip(b"\0 ").decode("latin-1")
