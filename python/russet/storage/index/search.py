"""Queries: candidates by SQL, then the exact rules of matching (PS3.4 C.2.2.2 and C.4.1)."""

import sqlite3
from collections.abc import Generator, Iterator
from typing import Any, Final, NamedTuple

from russet import codec
from russet.data import EXPLICIT, Dataset, Tag
from russet.data.matching import Query
from russet.dimse.models import Model
from russet.storage.index.identifier import level_of, supported, unique_keys, unique_of
from russet.storage.index.keys import COMPUTED, KEYS, Level
from russet.storage.index.narrow import TABLES, Condition, narrow
from russet.storage.index.readers import Readers

__all__ = ["Matches", "Search"]

_UTF_8: Final = codec.encode_element(0x0008_0005, "CS", b"ISO_IR 192")
_AVAILABILITY: Final = {"InstanceAvailability": "ONLINE"}
_ROWS: Final = 256
_MOST_TWICE: Final = 16_000  # SQLite takes 32766 parameters in all
_JOINS: Final = {
    Level.PATIENT: " JOIN patient ON patient.id = study.patient",
    Level.STUDY: " JOIN study ON study.id = series.study",
    Level.SERIES: " JOIN series ON series.id = instance.series",
}
_COMPUTED: Final = {
    "NumberOfPatientRelatedStudies": "patient.studies",
    "NumberOfPatientRelatedSeries": "patient.series",
    "NumberOfPatientRelatedInstances": "patient.instances",
    "ModalitiesInStudy": "study.modalities",
    "SOPClassesInStudy": "study.sop_classes",
    "NumberOfStudyRelatedSeries": "study.series",
    "NumberOfStudyRelatedInstances": "study.instances",
    "NumberOfSeriesRelatedInstances": "series.instances",
}


class Matches(Iterator[Dataset]):
    """The responses to a query, found while they are asked for.

    Attributes:
        level: What they are about.
        unsupported: The keys that are neither matched nor answered, for which responses have the
            status FF01H instead of FF00H (PS3.4 C.4.1.1.4).
        warnings: What of the identifier was ignored or taken otherwise, and where.
    """

    def __init__(self, search: "Search", readers: Readers) -> None:
        self.level = search.level
        self.unsupported = list(search.query.unsupported)
        self.warnings = list(search.query.warnings)
        self._found = _found(search, readers)

    def __iter__(self) -> "Matches":
        return self

    def __next__(self) -> Dataset:
        return next(self._found)

    def close(self) -> None:
        """Look no further; needed only for those who do not take all."""
        self._found.close()


class _Statement(NamedTuple):
    """What is asked of SQL: its text, its parameters, and the computed attributes in its rows."""

    sql: str
    parameters: tuple[Any, ...]
    levels: list[Level]
    computed: list[Tag]


class Search:
    """An identifier that was checked and translated.

    Attributes:
        level: What it is about.
        query: The exact rules of matching.
        statement: What narrows the candidates.
    """

    def __init__(
        self, identifier: Dataset, model: Model, *, relational: bool, options: dict[str, Any]
    ) -> None:
        """Take an identifier apart.

        Raises:
            IdentifierError: When it breaks the rules of the model.
        """
        self.level = level_of(identifier, model)
        unique_keys(identifier, model, self.level, relational=relational)
        options["unique"] = unique_of(model, self.level)
        answer = {**_AVAILABILITY, **options.pop("answer", {})}
        self.query = Query(identifier, supported=supported(self.level), answer=answer, **options)
        self.statement = _statement(identifier, self.level, narrow(identifier, self.level, options))

    def response(self, row: tuple[Any, ...]) -> Dataset | None:
        """The response for a row, or None for one that does not match after all."""
        levels, computed = len(self.statement.levels), self.statement.computed
        data = b"".join(row[:levels])
        parts = [data] if data.isascii() else [_UTF_8, data]
        for tag, value in zip(computed, row[levels:], strict=True):
            parts.append(
                codec.encode_element(tag, KEYS[tag].vr, str(value).encode("ascii", "replace"))
            )
        candidate = Dataset.over(codec.read_dataset(b"".join(parts), EXPLICIT))
        if not self.query.matches(candidate):
            return None
        response: Dataset = self.query.response(candidate)
        return response


def _found(search: Search, readers: Readers) -> Generator[Dataset]:
    with readers.take() as connection:
        cursor = connection.execute(search.statement.sql, search.statement.parameters)
        try:
            yield from _responses(search, cursor)
        finally:
            cursor.close()


def _responses(search: Search, cursor: sqlite3.Cursor) -> Iterator[Dataset]:
    while rows := cursor.fetchmany(_ROWS):
        for row in rows:
            response = search.response(row)
            if response is not None:
                yield response


def _statement(identifier: Dataset, level: Level, conditions: list[Condition]) -> _Statement:
    """Read of the levels at or above the one that is asked for what has a key in the identifier."""
    tags: list[Tag] = identifier.tags()
    asked = {KEYS[tag].level for tag in tags if tag in KEYS and KEYS[tag].level <= level}
    levels = sorted(asked | {level})
    computed = [tag for tag in tags if tag in COMPUTED and KEYS[tag].level <= level]
    columns = [f"{TABLES[above]}.attributes" for above in levels]
    columns += [_COMPUTED[codec.keyword_of(tag)] for tag in computed]
    highest = min([*levels, *(condition.level for condition in conditions)])
    joins = [_JOINS[Level(above)] for above in range(level - 1, highest - 1, -1)]
    where = " AND ".join(condition.sql for condition in conditions) or "TRUE"
    sql = f"SELECT {', '.join(columns)} FROM {TABLES[level]}{''.join(joins)} WHERE {where}"
    parameters = tuple(value for condition in conditions for value in condition.parameters)
    keyed = dict.fromkeys(condition.column for condition in conditions if condition.column)
    if not keyed or len(parameters) > _MOST_TWICE:
        return _Statement(sql, parameters, levels, computed)
    # What has a value for each key comes first, without sorting anything: SQLite runs one half
    # after the other. What has none matches by the standard, but is seldom what is looked for.
    some = " AND ".join(f"{column} IS NOT ''" for column in keyed)
    none = " OR ".join(f"{column} IS ''" for column in keyed)
    sql = f"{sql} AND {some} UNION ALL {sql} AND ({none})"
    return _Statement(sql, parameters * 2, levels, computed)
