"""The rows of an instance put in and taken out, with the counts of all that is above it.

One row for each SOP Instance UID. Which file it stands for is the rule of the receiver: the first,
or with `replaces` the last. Every other file of the UID is a row of `copy`. A patient, study or
series is what its first instance says, and what that leaves empty is what later ones say. A study
stays with the patient of its first instance.
"""

import logging
import os
import sqlite3
from collections import Counter
from typing import Any, Final, NamedTuple

from russet.storage.index import forms
from russet.storage.index.keys import Level
from russet.storage.index.record import COLUMNS, Entity, File, Record, entity, merge

__all__ = ["Rows"]

_LOG: Final = logging.getLogger("russet.index")
_FILE: Final = "path, transfer_syntax, size, modified, digest, calling, received"
_KNOWN_SERIES: Final = 256


def _columns(level: Level) -> tuple[str, ...]:
    names = ("name_alphabetic", "name_ideographic", "name_phonetic")
    return (*COLUMNS[level], *(names if level is Level.PATIENT else ()))


_TABLES: Final = {Level.PATIENT: "patient", Level.STUDY: "study", Level.SERIES: "series"}
_PARENTS: Final = {Level.PATIENT: "", Level.STUDY: "patient", Level.SERIES: "study"}


def _find(level: Level) -> str:
    above = f"{_PARENTS[level]} = ? AND " if level is Level.SERIES else ""
    parent = _PARENTS[level] or "NULL"
    return f"SELECT id, attributes, {parent} FROM {_TABLES[level]} WHERE {above}uid = ?"


def _insert(level: Level) -> str:
    parent = (_PARENTS[level],) if _PARENTS[level] else ()
    names = ("uid", "attributes", *_columns(level), *parent)
    marks = ", ".join("?" * len(names))
    return f"INSERT INTO {_TABLES[level]} ({', '.join(names)}) VALUES ({marks})"


def _update(level: Level) -> str:
    names = ", ".join(f"{name} = ?" for name in ("attributes", *_columns(level)))
    return f"UPDATE {_TABLES[level]} SET {names} WHERE id = ?"


_FINDS: Final = {level: _find(level) for level in _TABLES}
_INSERTS: Final = {level: _insert(level) for level in _TABLES}
_UPDATES: Final = {level: _update(level) for level in _TABLES}
_INSERT_INSTANCE: Final = (
    f"INSERT INTO instance (uid, series, sop_class, attributes, number, {_FILE}) VALUES "
)
_ROW: Final = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_TOGETHER: Final = 64  # rows of one statement: Python is entered once for all of them
_INSERT_COPY: Final = (
    f"INSERT INTO copy (uid, {_FILE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (path) DO UPDATE SET transfer_syntax = excluded.transfer_syntax,"
    " size = excluded.size, modified = excluded.modified, digest = excluded.digest,"
    " calling = excluded.calling, received = excluded.received"
)


class _Place(NamedTuple):
    """The rows above an instance, and what its series was told to be."""

    rows: tuple[int, int, int]
    told: tuple[Entity, Entity, Entity]


class Rows:
    """The tables, as their one writer has them; between `begin` and `commit`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._places: dict[tuple[str, str], _Place] = {}
        self._pending: dict[str, Record] = {}
        self._instances: Counter[tuple[int, int, int]] = Counter()
        self._kinds: dict[int, set[tuple[str | None, str]]] = {}

    def begin(self) -> None:
        """Start what is to be seen as a whole or not at all."""
        self._connection.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Bring the counts up to date and let all see what was done."""
        self._insert()
        self._count()
        self._connection.execute("COMMIT")

    def rollback(self) -> None:
        """Undo what was done since `begin`."""
        self._pending.clear()
        self._places.clear()
        self._forget()
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def add(self, record: Record, *, replaces: bool = False) -> None:
        """Put an instance in; again the same file is what it was, or now is."""
        if replaces or record.instance.uid in self._pending:
            self._insert()
        self._pending[record.instance.uid] = record
        if replaces or len(self._pending) >= _TOGETHER:
            self._insert(replaces=replaces)

    def remove(self, path: str) -> list[str]:
        """Take out a file; if it stood for its instance, that too.

        Returns:
            Other files of the instance, which have no row any more: the oldest may be added again.
        """
        self._insert()
        return self._remove(path)

    def renew(self, record: Record) -> list[str]:
        """Put in what a file now is, whatever it was.

        Returns:
            As `remove`, when it was another instance.
        """
        path, left = record.file.path, []
        self._insert()
        for table in ("instance", "copy"):
            found = self._connection.execute(f"SELECT uid FROM {table} WHERE path = ?", (path,))
            if any(uid != record.instance.uid for (uid,) in found.fetchall()):
                left += self._remove(path)
        self.add(record)
        return left

    def _remove(self, path: str) -> list[str]:
        execute = self._connection.execute
        execute("DELETE FROM copy WHERE path = ?", (path,))
        found = execute("SELECT uid FROM instance WHERE path = ?", (path,)).fetchone()
        if found is None:
            return []
        uid = found[0]
        copies = execute("SELECT path FROM copy WHERE uid = ? ORDER BY received, id", (uid,))
        left = [other for (other,) in copies.fetchall()]
        self._take_out(uid)
        return left

    def _insert(self, *, replaces: bool = False) -> None:
        """Insert the instances that are pending; those whose UID is there already go their way."""
        pending, self._pending = self._pending, {}
        if not pending:
            return
        marks = ", ".join("?" * len(pending))
        found = self._connection.execute(
            f"SELECT uid FROM instance WHERE uid IN ({marks})",
            tuple(pending),
        )
        again = [pending.pop(uid) for (uid,) in found.fetchall()]
        if pending:
            self._insert_new(list(pending.values()))
        for record in again:
            self._add_again(record, replaces=replaces)

    def _insert_new(self, new: list[Record], *, over: bool = False) -> None:
        places = [self._place(record) for record in new]
        values: list[Any] = []
        for record, place in zip(new, places, strict=True):
            values += _instance_row(record, place.rows[2])
        try:
            marks = ", ".join([_ROW] * len(new))
            self._connection.execute(f"{_INSERT_INSTANCE}{marks}", values)
        except sqlite3.IntegrityError:
            if over:
                raise
            # A path was that of another instance, whose file was replaced behind our back.
            self._insert_over(new)
            return
        for record, place in zip(new, places, strict=True):
            self._instances[place.rows] += 1
            kind = (record.series.columns[0], record.sop_class_uid)
            self._kinds.setdefault(place.rows[1], set()).add(kind)

    def _insert_over(self, new: list[Record]) -> None:
        """Insert instances whose paths may be those of others, which are not there any more."""
        for record in new:
            self._remove(record.file.path)
        # Their rows may be gone with those of the others.
        for record in new:
            self._insert_new([record], over=True)

    # --- an instance that is there already ----------------------------------------------------

    def _add_again(self, record: Record, *, replaces: bool) -> None:
        execute, uid = self._connection.execute, record.instance.uid
        known = execute(
            f"SELECT sop_class, {_FILE} FROM instance WHERE uid = ?",
            (uid,),
        ).fetchone()
        old = File(*known[1:])
        if old.path == record.file.path:
            if old[2:5] == (
                record.file.size,
                record.file.modified,
                record.file.digest or old.digest,
            ):
                return
        elif not replaces:
            added = execute(_INSERT_COPY, (uid, *record.file)).rowcount > 0
            # Of one in the same folder the receiver has told.
            if added and os.path.dirname(old.path) != os.path.dirname(record.file.path):
                _LOG.warning("%s has the UID of %s, which is found", record.file.path, old.path)
            return
        copies = execute(f"SELECT {_FILE} FROM copy WHERE uid = ?", (uid,)).fetchall()
        self._take_out(uid)
        self._insert_new([record])
        if old.path != record.file.path:
            copies.append(old)
        for copy in copies:
            if copy[0] != record.file.path:
                execute(_INSERT_COPY, (uid, *copy))

    def _take_out(self, uid: str) -> None:
        """Remove an instance with its copies, and what is above it when nothing else is there."""
        self._count()
        execute = self._connection.execute
        place = execute(
            "SELECT study.patient, study.id, series.id FROM instance"
            " JOIN series ON series.id = instance.series JOIN study ON study.id = series.study"
            " WHERE instance.uid = ?",
            (uid,),
        ).fetchone()
        execute("DELETE FROM copy WHERE uid = ?", (uid,))
        execute("DELETE FROM instance WHERE uid = ?", (uid,))
        self._recount(*place)
        self._places.clear()

    def _recount(self, patient: int, study: int, series: int) -> None:
        execute = self._connection.execute
        execute(
            "UPDATE series SET instances = (SELECT count(*) FROM instance"
            " WHERE instance.series = series.id) WHERE id = ?",
            (series,),
        )
        execute("DELETE FROM series WHERE id = ? AND instances = 0", (series,))
        execute(
            "UPDATE study SET series = (SELECT count(*) FROM series WHERE series.study = study.id),"
            " instances = (SELECT coalesce(sum(instances), 0) FROM series"
            " WHERE series.study = study.id) WHERE id = ?",
            (study,),
        )
        self._collect(study)
        execute("DELETE FROM study WHERE id = ? AND instances = 0", (study,))
        execute(
            "UPDATE patient SET (studies, series, instances) = (SELECT count(*),"
            " coalesce(sum(series), 0), coalesce(sum(instances), 0) FROM study"
            " WHERE study.patient = patient.id) WHERE id = ?",
            (patient,),
        )
        execute("DELETE FROM patient WHERE id = ? AND instances = 0", (patient,))

    def _collect(self, study: int) -> None:
        """Collect the modalities and SOP classes of a study from what is below it."""
        execute = self._connection.execute
        modalities = execute("SELECT DISTINCT modality FROM series WHERE study = ?", (study,))
        classes = execute(
            "SELECT DISTINCT sop_class FROM series JOIN instance ON instance.series = series.id"
            " WHERE study = ?",
            (study,),
        )
        execute(
            "UPDATE study SET modalities = ?, sop_classes = ? WHERE id = ?",
            (_joined({value for (value,) in modalities}), _joined({v for (v,) in classes}), study),
        )

    # --- what is above an instance ------------------------------------------------------------

    def _place(self, record: Record) -> _Place:
        key = (record.study.uid, record.series.uid)
        told = (record.patient, record.study, record.series)
        known = self._places.get(key)
        if known is not None and known.told == told:
            return known
        patient, study = self._study(record)
        series, _ = self._entity(Level.SERIES, record.series, study)
        if len(self._places) >= _KNOWN_SERIES:
            self._places.clear()
        place = self._places[key] = _Place((patient, study, series), told)
        return place

    def _study(self, record: Record) -> tuple[int, int]:
        """The rows of study and patient; a study stays with the patient that it first had."""
        known = self._connection.execute(_FINDS[Level.STUDY], (record.study.uid,)).fetchone()
        if known is None:
            patient, _ = self._entity(Level.PATIENT, record.patient)
            return patient, self._entity(Level.STUDY, record.study, patient)[0]
        study, patient = self._entity(Level.STUDY, record.study)
        uid = self._connection.execute("SELECT uid FROM patient WHERE id = ?", (patient,))
        if uid.fetchone()[0] == record.patient.uid:
            self._entity(Level.PATIENT, record.patient)
        return patient, study

    def _entity(self, level: Level, told: Entity, parent: int | None = None) -> tuple[int, int]:
        """The row of an entity and that of its parent, made or completed by what is told of it."""
        execute = self._connection.execute
        above = (parent,) if level is Level.SERIES else ()
        found = execute(_FINDS[level], (*above, told.uid)).fetchone()
        if found is None:
            below = () if parent is None else (parent,)
            made = execute(_INSERTS[level], (told.uid, told.attributes, *told.columns, *below))
            self._count_new(level, parent)
            return made.lastrowid or 0, parent or 0
        if found[1] != told.attributes:
            merged = merge(found[1], told.attributes)
            if merged != found[1]:
                execute(_UPDATES[level], (merged, *entity(level, merged).columns, found[0]))
        return found[0], found[2] or 0

    def _count_new(self, level: Level, parent: int | None) -> None:
        execute = self._connection.execute
        if level is Level.STUDY:
            execute("UPDATE patient SET studies = studies + 1 WHERE id = ?", (parent,))
        elif level is Level.SERIES:
            execute("UPDATE study SET series = series + 1 WHERE id = ?", (parent,))
            execute(
                "UPDATE patient SET series = series + 1"
                " WHERE id = (SELECT patient FROM study WHERE id = ?)",
                (parent,),
            )

    # --- counts, once for many instances ------------------------------------------------------

    def _count(self) -> None:
        counts = self._instances.items()
        for which, table in enumerate(("patient", "study", "series")):
            self._connection.executemany(
                f"UPDATE {table} SET instances = instances + ? WHERE id = ?",
                [(count, rows[which]) for rows, count in counts],
            )
        for study, kinds in self._kinds.items():
            self._mention(study, kinds)
        self._forget()

    def _mention(self, study: int, kinds: set[tuple[str | None, str]]) -> None:
        """Have a study name the modalities and SOP classes of what came to it."""
        execute = self._connection.execute
        known = execute("SELECT modalities, sop_classes FROM study WHERE id = ?", (study,))
        modalities, classes = (set(text.split("\\")) for text in known.fetchone())
        found = (
            _joined(modalities | {modality or "" for modality, _ in kinds}),
            _joined(classes | {sop_class for _, sop_class in kinds}),
        )
        if found != (_joined(modalities), _joined(classes)):
            execute(
                "UPDATE study SET modalities = ?, sop_classes = ? WHERE id = ?", (*found, study)
            )

    def _forget(self) -> None:
        self._instances.clear()
        self._kinds.clear()


def _instance_row(record: Record, series: int) -> tuple[Any, ...]:
    instance = record.instance
    return (
        *(instance.uid, series, record.sop_class_uid),
        *(instance.attributes, *instance.columns, *record.file),
    )


def _joined(values: set[str]) -> str:
    return "\\".join(sorted(values - {"", forms.ODD}))
