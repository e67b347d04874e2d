"""What the index keeps of an instance, read from the head of its file."""

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from russet import codec
from russet.data import EXPLICIT, Dataset
from russet.data.same import little_endian
from russet.errors import EncodeError, RussetError, UnreadableError
from russet.storage.index import forms
from russet.storage.index.keys import KEYS, UNIQUE, Level

__all__ = [
    "COLUMNS",
    "TAGS",
    "Entity",
    "File",
    "Record",
    "entity",
    "merge",
    "read_record",
]

_SPECIFIC_CHARACTER_SET: Final = 0x0008_0005
_SOP_CLASS_UID: Final = 0x0008_0016
_SOP_INSTANCE_UID: Final = 0x0008_0018
_MEDIA_STORAGE: Final = {_SOP_CLASS_UID: 0x0002_0002, _SOP_INSTANCE_UID: 0x0002_0003}
_SOURCE_AE_TITLE: Final = 0x0002_0016
_PATIENT_NAME: Final = 0x0010_0010
_ISSUER: Final = 0x0010_0021
_UTF_8: Final = "ISO_IR 192"
_SHORT: Final = 1 << 10
_ROOM: Final = 1 << 15
"""Bytes of an entity that its long values share: what a peer made up is no reason to keep much."""
_ESCAPE: Final = 0x1B
_DIRECTORY: Final = "1.2.840.10008.1.3.10"

# The VRs of text in a character set (PS3.5 6.1.2.3).
_CODED: Final = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})

_FORMS: Final[dict[str, Callable[[list[str]], str]]] = {
    "DA": forms.date,
    "TM": forms.time,
    "IS": forms.number,
}

COLUMNS: Final = {
    Level.PATIENT: {
        "patient_id": 0x0010_0020,
        "issuer": _ISSUER,
        "birth_date": 0x0010_0030,
        "sex": 0x0010_0040,
    },
    Level.STUDY: {
        "date": 0x0008_0020,
        "time": 0x0008_0030,
        "accession_number": 0x0008_0050,
        "study_id": 0x0020_0010,
        "description": 0x0008_1030,
    },
    Level.SERIES: {
        "modality": 0x0008_0060,
        "number": 0x0020_0011,
        "date": 0x0008_0021,
        "description": 0x0008_103E,
    },
    Level.IMAGE: {"number": 0x0020_0013},
}
"""By level: the columns to narrow a search by, with the attributes that they hold."""

TAGS: Final = sorted({_SPECIFIC_CHARACTER_SET, *(k.tag for k in KEYS.values() if k.kind != "C")})
"""What is read of an instance."""


class Entity(NamedTuple):
    """A patient, study, series or instance.

    Attributes:
        uid: What tells it from others of its level.
        columns: In the order of `COLUMNS`; of a patient, the groups of the name come last.
        attributes: A data set of what is known of it: Explicit VR Little Endian, in UTF-8.
    """

    uid: str
    columns: tuple[str | None, ...]
    attributes: bytes


class File(NamedTuple):
    """A file that holds an instance.

    Attributes:
        path: Relative to the data folder, with `/`.
        transfer_syntax: What its data set is encoded in.
        size: In bytes.
        modified: In nanoseconds, as the file system has it.
        digest: SHA-256 of the data set in hexadecimal; empty when it was not computed.
        calling: The title of who sent it; empty when unknown.
        received: When, in seconds since 1970.
    """

    path: str
    transfer_syntax: str
    size: int
    modified: int
    digest: str
    calling: str
    received: float


class Record(NamedTuple):
    """An instance with all that is above it."""

    sop_class_uid: str
    patient: Entity
    study: Entity
    series: Entity
    instance: Entity
    file: File


def read_record(
    root: str, path: str, *, digest: str = "", calling: str | None = None, received: float = 0.0
) -> Record:
    """Read the head of a file; pixel data and what comes after them are not looked at.

    Args:
        root: The data folder.
        path: The file in it.
        digest: As in `File`.
        calling: As in `File`; None for what the file meta says.
        received: As in `File`; 0 for when the file was modified.

    Raises:
        OSError: It cannot be read.
        UnreadableError: It is no DICOM file, or does not say which instance it is.
        DecodeError: It cannot be decoded.
    """
    whole = os.path.join(root, path)
    status = os.stat(whole)
    index = codec.read_path(whole, only=TAGS)
    file = index.file
    sop_class, instance = (
        _uid(index, tag) or _uid(file.meta, _MEDIA_STORAGE[tag])
        for tag in (_SOP_CLASS_UID, _SOP_INSTANCE_UID)
    )
    if not (sop_class and instance) or sop_class == _DIRECTORY:
        raise UnreadableError(f"{path}: no instance, without SOP Class UID and SOP Instance UID")
    if calling is None:
        calling = _uid(file.meta, _SOURCE_AE_TITLE)
    patient, study, series, image = _read(index)
    return Record(
        sop_class,
        _patient(patient, study.uid or f"\\{instance}"),
        # Without a UID it is a study or series of its own, which no query can name.
        study if study.uid else study._replace(uid=f"\\{instance}"),
        series if series.uid else series._replace(uid=f"\\{instance}"),
        _identified(image, sop_class, instance),
        File(
            path,
            file.transfer_syntax,
            status.st_size,
            status.st_mtime_ns,
            digest,
            calling,
            received or status.st_mtime,
        ),
    )


def entity(level: Level, attributes: bytes) -> Entity:
    """Make out the columns of an entity from its attributes."""
    index = codec.read_dataset(attributes, EXPLICIT, fallback_charset=_UTF_8)
    columns: list[str | None] = [
        _FORMS.get(KEYS[tag].vr, forms.text)(_texts(index, tag)) for tag in COLUMNS[level].values()
    ]
    if level is Level.PATIENT:
        columns += forms.name_groups(_texts(index, _PATIENT_NAME))
        # A Patient ID is unique to who issued it (PS3.3 C.2.1).
        uid = "\\".join(_texts(index, UNIQUE[level]) + _texts(index, _ISSUER))
        return Entity(uid if _texts(index, UNIQUE[level]) else "", tuple(columns), attributes)
    return Entity(forms.text(_texts(index, UNIQUE[level])), tuple(columns), attributes)


def merge(known: bytes, new: bytes) -> bytes:
    """Put what `new` knows where `known` has nothing; otherwise what was known stays."""
    old, other = (codec.read_dataset(data, EXPLICIT) for data in (known, new))
    empty = {tag for row, tag in enumerate(old.tags()) if not old.length(row)}
    better = {
        tag: row
        for row, tag in enumerate(other.tags())
        if other.length(row) and (tag in empty or old.find(tag) < 0)
    }
    rows = {tag: (known, old, row) for row, tag in enumerate(old.tags())}
    rows |= {tag: (new, other, row) for tag, row in better.items()}
    parts = []
    for tag in sorted(rows):
        data, index, row = rows[tag]
        parts.append(data[index.header(row) : index.offset(row) + index.length(row)])
    return b"".join(parts)


def _identified(image: Entity, sop_class: str, instance: str) -> Entity:
    """The instance by the UIDs that its file meta has, where the data set lacks them."""
    parts = ((_SOP_CLASS_UID, sop_class), (_SOP_INSTANCE_UID, instance))
    known = b"".join(codec.encode_element(t, "UI", codec.encode_value("UI", u)) for t, u in parts)
    return image._replace(uid=instance, attributes=merge(image.attributes, known))


def _patient(patient: Entity, study: str) -> Entity:
    """Of a patient without an ID nobody knows whether it is that of another study."""
    return patient if patient.uid else patient._replace(uid=f"\\\\{study}")


def _read(index: codec.DatasetIndex) -> Iterator[Entity]:
    """The four entities of an instance."""
    parts: dict[Level, list[bytes]] = {level: [] for level in Level}
    room = dict.fromkeys(Level, _ROOM)
    # A file may be out of order, or repeat a tag: the first counts, as for whoever reads it.
    for tag in sorted(set(index.tags())):
        key, row = KEYS.get(tag), index.find(tag)
        if key is not None and key.kind != "C" and index.length(row) < _ROOM:
            vr = index.value_vr(row)
            # What cannot be decoded cannot be searched for either.
            with contextlib.suppress(RussetError):
                encoded = _encoded(index, row, vr, bytes(index.raw(row)))
                part = codec.encode_element(tag, vr, encoded)
                left = room[key.level] - len(part)
                if len(part) <= _SHORT or left >= 0:
                    parts[key.level].append(part)
                    room[key.level] = left if len(part) > _SHORT else room[key.level]
    return (entity(level, b"".join(found)) for level, found in parts.items())


def _encoded(index: codec.DatasetIndex, row: int, vr: str, value: bytes) -> bytes:
    if vr == "SQ":
        return b"".join(map(_item, index.items(row)))
    if vr in _CODED and not _is_plain(value):
        texts = codec.decode_texts(vr, value, index.charset)
        return codec.encode_value(vr, texts, charset=_UTF_8, check=False)
    if not index.little:
        return little_endian(Dataset.over(index)[index.tags()[row]])
    return value


def _is_plain(data: bytes) -> bool:
    """Whether a text means the same in every character set: ASCII without escape sequences."""
    return data.isascii() and _ESCAPE not in data


def _item(index: codec.DatasetIndex) -> bytes:
    data = codec.recode(index, EXPLICIT, lengths="defined")
    if not _is_plain(data):
        item = Dataset.over(index).copy()
        item.SpecificCharacterSet = _UTF_8
        data = bytes(item.encode(EXPLICIT, lengths="defined"))
    if len(data) >= _ROOM:
        raise EncodeError("an item that is too long to be searched")
    return b"\xfe\xff\x00\xe0" + len(data).to_bytes(4, "little") + data


def _texts(index: codec.DatasetIndex, tag: int) -> list[str]:
    row = index.find(tag)
    if row < 0 or not index.length(row):
        return []
    found = codec.decode_texts(KEYS[tag].vr, bytes(index.raw(row)), _UTF_8)
    return [] if found == [""] else found


def _uid(index: codec.DatasetIndex | None, tag: int) -> str:
    row = -1 if index is None else index.find(tag)
    if index is None or row < 0:
        return ""
    return bytes(index.raw(row)).strip(b"\0 ").decode("latin-1")
