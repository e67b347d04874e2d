"""The database of the index: its tables, their versions, and how it is opened."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from russet.errors import IndexDamagedError, StorageError

__all__ = ["MIGRATIONS", "connect", "damaged", "move_aside", "prepare"]

_APPLICATION_ID: Final = 0x5255_5353  # RUSS
_BUSY_SECONDS: Final = 10.0
_BESIDE: Final = ("", "-wal", "-shm")  # SQLite's own names of the files of one database
_STATEMENTS: Final = 256
_OLDEST: Final = (3, 37, 0)

_FIRST: Final = """
CREATE TABLE patient (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,          -- Patient ID and issuer; of one without ID, its study
  patient_id TEXT NOT NULL, issuer TEXT NOT NULL, birth_date TEXT NOT NULL, sex TEXT NOT NULL,
  name_alphabetic TEXT, name_ideographic TEXT, name_phonetic TEXT,
  attributes BLOB NOT NULL,
  studies INTEGER NOT NULL DEFAULT 0,
  series INTEGER NOT NULL DEFAULT 0,
  instances INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX patient_by_id ON patient (patient_id);
CREATE INDEX patient_by_birth_date ON patient (birth_date);
CREATE INDEX patient_by_alphabetic ON patient (name_alphabetic);
CREATE INDEX patient_by_ideographic ON patient (name_ideographic);
CREATE INDEX patient_by_phonetic ON patient (name_phonetic);

CREATE TABLE study (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  patient INTEGER NOT NULL REFERENCES patient (id),
  date TEXT NOT NULL, time TEXT NOT NULL, accession_number TEXT NOT NULL,
  study_id TEXT NOT NULL, description TEXT NOT NULL,
  attributes BLOB NOT NULL,
  series INTEGER NOT NULL DEFAULT 0,
  instances INTEGER NOT NULL DEFAULT 0,
  modalities TEXT NOT NULL DEFAULT '',     -- values with backslashes between them
  sop_classes TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX study_by_patient ON study (patient);
CREATE INDEX study_by_date ON study (date, time);
CREATE INDEX study_by_accession_number ON study (accession_number);
CREATE INDEX study_by_study_id ON study (study_id);

CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL,
  study INTEGER NOT NULL REFERENCES study (id),
  modality TEXT NOT NULL, number TEXT NOT NULL, date TEXT NOT NULL, description TEXT NOT NULL,
  attributes BLOB NOT NULL,
  instances INTEGER NOT NULL DEFAULT 0,
  UNIQUE (study, uid)
) STRICT;
CREATE INDEX series_by_uid ON series (uid);
CREATE INDEX series_by_modality ON series (study, modality);

CREATE TABLE instance (
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL UNIQUE,
  series INTEGER NOT NULL REFERENCES series (id),
  sop_class TEXT NOT NULL, number TEXT NOT NULL,
  attributes BLOB NOT NULL,
  path TEXT NOT NULL UNIQUE, transfer_syntax TEXT NOT NULL, size INTEGER NOT NULL,
  modified INTEGER NOT NULL, digest TEXT NOT NULL, calling TEXT NOT NULL, received REAL NOT NULL
) STRICT;
CREATE INDEX instance_by_series ON instance (series, sop_class);

CREATE TABLE copy (                        -- other files of the same SOP Instance UID
  id INTEGER PRIMARY KEY,
  uid TEXT NOT NULL REFERENCES instance (uid),
  path TEXT NOT NULL UNIQUE, transfer_syntax TEXT NOT NULL, size INTEGER NOT NULL,
  modified INTEGER NOT NULL, digest TEXT NOT NULL, calling TEXT NOT NULL, received REAL NOT NULL
) STRICT;
CREATE INDEX copy_by_uid ON copy (uid);
"""

MIGRATIONS: Final = (_FIRST,)
"""What leads from each version of the schema to the next; the first one from nothing."""


def connect(path: Path, *, read_only: bool = False, durable: bool = False) -> sqlite3.Connection:
    """Open the database; one thread at a time may use the connection.

    Args:
        path: Where it is.
        read_only: Whether nothing can be changed through it.
        durable: Whether a commit is on the medium when it returns; otherwise a power cut may take
            the last of them, and never leaves half of one.

    Raises:
        StorageError: When it cannot be opened.
    """
    if sqlite3.sqlite_version_info < _OLDEST:
        raise StorageError(f"SQLite {sqlite3.sqlite_version} is too old: the index needs 3.37")
    with damaged(path):
        connection = sqlite3.connect(
            path,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=_STATEMENTS,
        )
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            connection.execute(f"PRAGMA query_only = {'ON' if read_only else 'OFF'}")
        except BaseException:
            connection.close()
            raise
    return connection


def prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the database at `path` to the present version, in one step for each version.

    Raises:
        IndexDamagedError: When it is no index, or a damaged one.
        StorageError: When it is that of a newer russet, or the disk refuses.
    """
    with damaged(path):
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        if application != _APPLICATION_ID and (tables or version or application):
            raise IndexDamagedError(f"{path} is a database, but not of russet: {_CURE}")
        if version > len(MIGRATIONS):
            raise StorageError(
                f"the index {path} is of a newer russet (version {version} of its tables, this one "
                f"knows {len(MIGRATIONS)}): use that one, or have it built anew from the files"
            )
        connection.execute("PRAGMA journal_mode = WAL")
        for number in range(version, len(MIGRATIONS)):
            connection.executescript(
                f"BEGIN IMMEDIATE; {MIGRATIONS[number]} PRAGMA user_version = {number + 1};"
                f"PRAGMA application_id = {_APPLICATION_ID}; COMMIT;"
            )
        for table in ("patient", "study", "series", "instance", "copy"):
            connection.execute(f"SELECT * FROM {table} LIMIT 1").fetchone()


_CURE: Final = (
    "open it with rebuild=True, as `russet serve --rebuild-index` does, to have it moved aside and"
    " built anew from the files"
)


@contextlib.contextmanager
def damaged(path: Path) -> Iterator[None]:
    """Say what is wrong with the database at `path`, instead of what SQLite calls it.

    Raises:
        IndexDamagedError: When its file is no database, or a broken one.
        StorageError: When it cannot be used: a disk that is full, say.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StorageError(f"cannot use the index {path}: {error}") from error
    except sqlite3.DatabaseError as error:
        raise IndexDamagedError(f"the index {path} is damaged ({error}): {_CURE}") from error


def move_aside(path: Path) -> Path | None:
    """Give a database another name, with all that belongs to it; which, or None without one."""
    if not path.exists():
        return None
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    for suffix in _BESIDE:
        with contextlib.suppress(FileNotFoundError):
            os.replace(f"{path}{suffix}", f"{aside}{suffix}")
    return aside
