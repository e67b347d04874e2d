"""What a retrieval is of, and whether an instance is here (PS3.4 C.4.2, C.4.3 and J.3)."""

import enum
import os
from typing import Final, NamedTuple

from russet.data import Dataset
from russet.errors import IdentifierError
from russet.storage.index.identifier import Model, level_of, unique_keys
from russet.storage.index.keys import UNIQUE, Level
from russet.storage.index.narrow import TABLES
from russet.storage.index.readers import Readers

__all__ = ["Holding", "Indexed", "holding", "select"]

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
    """An instance that is here.

    Attributes:
        sop_class_uid: Its SOP class.
        sop_instance_uid: Its identity.
        transfer_syntax: What its data set is encoded in.
        path: Its file, relative to the data folder.
        size: Of the file, in bytes.
        digest: SHA-256 of the data set in hexadecimal; empty when it was not computed.
    """

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax: str
    path: str
    size: int
    digest: str


class Holding(enum.IntEnum):
    """Whether an instance is here: else the Failure Reason of a commitment (PS3.3 C.14.1.1)."""

    HERE = 0x0000
    NO_SUCH_INSTANCE = 0x0112
    CLASS_INSTANCE_CONFLICT = 0x0119


def select(
    identifier: Dataset, model: Model, readers: Readers, *, relational: bool
) -> list[Indexed]:
    """The instances of a retrieval, those of a series together.

    Raises:
        IdentifierError: When it breaks the rules of the model, or names nothing at its level.
    """
    level = level_of(identifier, model)
    keys = unique_keys(identifier, model, level, relational=relational)
    wanted = keys.pop(level, [])
    if not wanted or (level is Level.PATIENT and len(wanted) > 1):
        raise IdentifierError(
            f"a retrieval of level {level.name} names what it wants by its unique key",
            UNIQUE[level],
        )
    where = "".join(f" AND {_column(above)} = ?" for above in keys)
    above = [value for known in keys.values() for value in known[:1]]
    found: list[Indexed] = []
    with readers.take() as connection:
        for start in range(0, len(wanted), _PART):
            part = list(dict.fromkeys(wanted))[start : start + _PART]
            marks = ", ".join("?" * len(part))
            sql = (
                f"{_COLUMNS}{_JOINS} WHERE {_column(level)} IN ({marks}){where}"
                " ORDER BY series.id, instance.id"
            )
            found += map(Indexed._make, connection.execute(sql, (*part, *above)))
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
    known = Indexed._make(row)
    if known.sop_class_uid != sop_class:
        return Holding.CLASS_INSTANCE_CONFLICT, known
    try:
        is_whole = os.stat(os.path.join(root, known.path)).st_size == known.size
    except OSError:
        is_whole = False
    return (Holding.HERE, known) if is_whole else (Holding.NO_SUCH_INSTANCE, None)


def _column(level: Level) -> str:
    return "patient.patient_id" if level is Level.PATIENT else f"{TABLES[level]}.uid"
