"""Keys as conditions of SQL that let everything pass that may match, and little more."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from russet.data import Dataset, Range
from russet.data.moment import MOMENTS
from russet.storage.index import forms
from russet.storage.index.identifier import values
from russet.storage.index.keys import KEYS, UNIQUE, Level
from russet.storage.index.record import COLUMNS

__all__ = ["TABLES", "Condition", "narrow"]

TABLES: Final = {
    Level.PATIENT: "patient",
    Level.STUDY: "study",
    Level.SERIES: "series",
    Level.IMAGE: "instance",
}

_PATIENT_NAME: Final = 0x0010_0010
_MODALITIES_IN_STUDY: Final = 0x0008_0061
_TIMEZONE: Final = 0x0008_0201
_SOP_CLASS: Final = 0x0008_0016
_HIGHEST: Final = "\U0010ffff"
_MOST_VALUES: Final = 10_000  # SQLite takes 32766 parameters in all
_GROUPS: Final = ("alphabetic", "ideographic", "phonetic")
_WILD: Final = frozenset({"*", "?"})
_EMPTY: Final = '""'


class Condition(NamedTuple):
    """A condition of SQL, and the levels whose tables it needs are that of its key.

    What has no value passes, too; then the column is empty, if there is one.
    """

    sql: str
    parameters: tuple[Any, ...]
    level: Level
    column: str = ""


def narrow(identifier: Dataset, level: Level, options: Mapping[str, Any]) -> list[Condition]:
    """The conditions of an identifier at a level; options are those of the query."""
    found = _known(level)
    # In another time zone it may be another day; a time that goes with a date may be any.
    moved = {"DA", "TM"} if values(identifier, _TIMEZONE) else set()
    moved |= {"TM"} if options.get("combined_datetime") else set()
    for column, tag, above, form in _narrowing(level):
        wanted = values(identifier, tag)
        if wanted and wanted != [_EMPTY] and KEYS[tag].vr not in moved:
            parts = form(column, wanted)
            if parts is not None:
                found.append(Condition(*parts, above, "" if form is _uids else column))
    if not options.get("fuzzy"):
        found += _name(values(identifier, _PATIENT_NAME))
    if level >= Level.STUDY:
        found += _modalities(values(identifier, _MODALITIES_IN_STUDY))
    return found


def _known(level: Level) -> list[Condition]:
    """Leave out studies and series without a UID: nobody can name them (PS3.4 C.2.2.1.1)."""
    if level not in (Level.STUDY, Level.SERIES):
        return []
    return [Condition(f"substr({TABLES[level]}.uid, 1, 1) <> ?", (forms.ODD,), level)]


_Parts = tuple[str, tuple[Any, ...]] | None
_Form = Callable[[str, list[str]], _Parts]


def _uids(column: str, wanted: list[str]) -> _Parts:
    """A list of UIDs (PS3.4 C.2.2.2.2)."""
    return _among(column, wanted) if len(wanted) <= _MOST_VALUES else None


def _texts(column: str, wanted: list[str]) -> _Parts:
    """A single value or a wild card (PS3.4 C.2.2.2.1 and C.2.2.2.4)."""
    wanted = [forms.text([value]) for value in wanted]
    if len(wanted) > _MOST_VALUES or forms.ODD in wanted or any(map(_is_universal, wanted)):
        return None
    if len(wanted) == 1 and _WILD & set(wanted[0]):
        return _pattern(column, wanted[0])
    if any(_WILD & set(value) for value in wanted):
        return None
    return _among(column, [*wanted, "", forms.ODD])


def _numbers(column: str, wanted: list[str]) -> _Parts:
    plain = [forms.number([value]) for value in wanted]
    return None if forms.ODD in plain else _among(column, [*plain, "", forms.ODD])


def _dates(column: str, wanted: list[str]) -> _Parts:
    """A date or a range of dates (PS3.4 C.2.2.2.5)."""
    found = _range("DA", wanted)
    if found is None:
        return None
    low = f"{found.start.earliest():%Y%m%d}".zfill(8) if found.start else ""
    high = f"{found.end.latest():%Y%m%d}".zfill(8) if found.end else _HIGHEST
    return _between(column, low, high)


def _times(column: str, wanted: list[str]) -> _Parts:
    found = _range("TM", wanted)
    if found is None:
        return None
    low = f"{found.start.earliest():%H%M%S}" if found.start else ""
    high = f"{found.end.latest():%H%M%S}" if found.end else _HIGHEST
    return _between(column, low, high)


def _range(vr: str, wanted: list[str]) -> Range[Any] | None:
    try:
        return Range.parse(wanted[0], MOMENTS[vr]) if len(wanted) == 1 else None
    except ValueError:
        return None


def _name(wanted: list[str]) -> Iterable[Condition]:
    """A name matches by any of its groups, or by each of those that the key has."""
    if len(wanted) != 1 or wanted == [_EMPTY]:
        return
    # A letter may fold to two of them, or to none.
    groups = [forms.fold(group).replace("?", "*") for group in wanted[0].split("=")[:3]]
    said = [group for group in groups if not _is_universal(group)]
    if not said:
        return
    sql: list[str] = []
    parameters: list[str] = []
    for group in _GROUPS:
        column = f"patient.name_{group}"
        part = _pattern(column, said[0]) if "*" in said[0] else _among(column, [said[0]])
        sql.append(part[0])
        parameters += part[1]
    either = " OR ".join([*sql, "patient.name_alphabetic IN ('', '\\')"])
    yield Condition(f"({either})", tuple(parameters), Level.PATIENT, "patient.name_alphabetic")


def _modalities(wanted: list[str]) -> Iterable[Condition]:
    """Any series of the study may have the modality."""
    found = _texts("part.modality", wanted) if wanted and wanted != [_EMPTY] else None
    if found is not None:
        sql = f"EXISTS (SELECT 1 FROM series part WHERE part.study = study.id AND {found[0]})"
        yield Condition(sql, found[1], Level.STUDY, "study.modalities")


def _among(column: str, wanted: list[str]) -> tuple[str, tuple[Any, ...]]:
    return f"{column} IN ({', '.join('?' * len(wanted))})", tuple(wanted)


def _between(column: str, low: str, high: str) -> tuple[str, tuple[Any, ...]]:
    return f"({column} BETWEEN ? AND ? OR {column} IN ('', '\\'))", (low, high)


def _pattern(column: str, wanted: str) -> tuple[str, tuple[Any, ...]]:
    """A wild card: first by how it begins, which an index can find."""
    begin = re.split(r"[*?]", wanted)[0]
    sql = f"({column} >= ? AND {column} < ? AND {column} GLOB ?"
    if not column.startswith("patient.name_"):
        sql += f" OR {column} IN ('', '\\')"
    return f"{sql})", (begin, begin + _HIGHEST, _glob(wanted))


def _glob(wanted: str) -> str:
    """The pattern for SQL, which takes for ever with many wild cards: two are enough to narrow."""
    parts = re.split(r"\*+", wanted)
    if len(parts) > 3:
        parts = [parts[0], max(parts[1:-1], key=len), parts[-1]]
    return "*".join(parts).replace("[", "[[]")


def _is_universal(text: str) -> bool:
    return not text.strip("*")


_FORMS: Final[dict[str, _Form]] = {"DA": _dates, "IS": _numbers, "TM": _times, "UI": _uids}


def _narrowing(level: Level) -> Iterable[tuple[str, int, Level, _Form]]:
    """Column, key and form of what narrows a search at a level."""
    for above in Level:
        if above <= level:
            table = TABLES[above]
            if above is not Level.PATIENT:
                yield f"{table}.uid", UNIQUE[above], above, _uids
            for column, tag in COLUMNS[above].items():
                yield f"{table}.{column}", tag, above, _FORMS.get(KEYS[tag].vr, _texts)
    if level is Level.IMAGE:
        yield "instance.sop_class", _SOP_CLASS, level, _uids
