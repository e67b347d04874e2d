"""What a retrieval is of, and whether an instance is here (PS3.4 C.4.2, C.4.3 and J.3)."""

import enum
import errno
import os
from pathlib import Path
from typing import Final, NamedTuple

from russet import codec
from russet.data import Dataset
from russet.dimse.models import Model
from russet.errors import IdentifierError, RussetError
from russet.storage.index.identifier import level_of, unique_keys
from russet.storage.index.keys import UNIQUE, Level
from russet.storage.index.narrow import TABLES
from russet.storage.index.readers import Readers
from russet.storage.source import read_whole

__all__ = ["Holding", "Indexed", "holding", "retrieval_keys", "select"]

_COLUMNS: Final = (
    "SELECT instance.sop_class, instance.uid, instance.transfer_syntax, instance.path,"
    " instance.size, instance.digest FROM instance"
)
_JOINS: Final = (
    " JOIN series ON series.id = instance.series JOIN study ON study.id = series.study"
    " JOIN patient ON patient.id = study.patient"
)
_PART: Final = 10_000  # UIDs in one statement; SQLite takes 32766 parameters in all


class Indexed(NamedTuple):
    """An instance that is here, ready to be sent.

    Attributes:
        sop_class_uid: Its SOP class.
        sop_instance_uid: Its identity.
        transfer_syntax: What its data set is encoded in.
        path: Its file, relative to the data folder.
        size: Of the file, in bytes.
        digest: SHA-256 of the data set in hexadecimal; empty when it was not computed.
        root: The data folder.
    """

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax: str
    path: str
    size: int
    digest: str
    root: str

    @property
    def file(self) -> Path:
        """Its file."""
        return Path(self.root, self.path)

    def data(self) -> memoryview:
        """Its data set, as it was sent; that of a large file is mapped, not read.

        Raises:
            OSError: It cannot be read, or is not what it was when it was looked for.
        """
        try:
            source, data = read_whole(self.file)
        except RussetError as error:
            raise OSError(errno.EIO, str(error), self.path) from error
        if (source.sop_class_uid, source.sop_instance_uid, source.transfer_syntax) != self[:3]:
            raise OSError(errno.ESTALE, "another instance took its place", self.path)
        return data


class Holding(enum.IntEnum):
    """Whether an instance is here: else the Failure Reason of a commitment (PS3.3 C.14.1.1)."""

    HERE = 0x0000
    NO_SUCH_INSTANCE = 0x0112
    CLASS_INSTANCE_CONFLICT = 0x0119


def retrieval_keys(
    identifier: Dataset, model: Model, *, relational: bool
) -> dict[Level, list[str]]:
    """The unique keys of a retrieval: those above its level, and last those of the level.

    Raises:
        IdentifierError: When it breaks the rules of the model, or names nothing at its level.
    """
    level = level_of(identifier, model)
    keys = unique_keys(identifier, model, level, relational=relational)
    wanted = keys.get(level, [])
    if not wanted or (level is Level.PATIENT and len(wanted) > 1):
        raise IdentifierError(
            f"level {level.name} is retrieved by its {codec.keyword_of(UNIQUE[level])}",
            UNIQUE[level],
        )
    return keys


def select(keys: dict[Level, list[str]], readers: Readers, root: str) -> list[Indexed]:
    """The instances that `retrieval_keys` name, those of a series together."""
    *above, level = keys
    wanted = list(dict.fromkeys(keys[level]))
    where = "".join(f" AND {_column(one)} = ?" for one in above)
    values = [keys[one][0] for one in above]
    found: list[Indexed] = []
    with readers.take() as connection:
        for start in range(0, len(wanted), _PART):
            part = wanted[start : start + _PART]
            marks = ", ".join("?" * len(part))
            sql = (
                f"{_COLUMNS}{_JOINS} WHERE {_column(level)} IN ({marks}){where}"
                " ORDER BY series.id, instance.id"
            )
            rows = connection.execute(sql, (*part, *values))
            found += (Indexed._make((*row, root)) for row in rows)
    return found


def holding(
    sop_class: str, sop_instance: str, readers: Readers, root: str
) -> tuple[Holding, Indexed | None]:
    """Whether an instance is here, its file too."""
    with readers.take() as connection:
        row = connection.execute(
            f"{_COLUMNS} WHERE instance.uid = ?",
            (sop_instance,),
        ).fetchone()
    if row is None:
        return Holding.NO_SUCH_INSTANCE, None
    known = Indexed._make((*row, root))
    if known.sop_class_uid != sop_class:
        return Holding.CLASS_INSTANCE_CONFLICT, known
    try:
        is_whole = os.stat(known.file).st_size == known.size
    except OSError:
        is_whole = False
    return (Holding.HERE, known) if is_whole else (Holding.NO_SUCH_INSTANCE, None)


def _column(level: Level) -> str:
    return "patient.patient_id" if level is Level.PATIENT else f"{TABLES[level]}.uid"
