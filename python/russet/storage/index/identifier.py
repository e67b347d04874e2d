"""What an identifier asks of the index, by the rules of its model (PS3.4 C.4.1 and C.4.2)."""

from typing import Final

from russet import codec
from russet.data import Dataset, Tag
from russet.dimse.models import Model
from russet.errors import IdentifierError
from russet.storage.index.keys import KEYS, UNIQUE, Level

__all__ = ["level_of", "supported", "unique_keys", "unique_of", "values"]

_QUERY_RETRIEVE_LEVEL: Final = 0x0008_0052
_SHOWN: Final = 16
"""Characters of a level, as many as VR CS has."""


def level_of(identifier: Dataset, model: Model) -> Level:
    """The level that an identifier is about.

    Raises:
        IdentifierError: When it names none, or one that the model does not have.
    """
    words = values(identifier, _QUERY_RETRIEVE_LEVEL)
    names = [level.name for level in _levels(model)]
    if len(words) != 1 or words[0] not in names:
        listed, said = ", ".join(names), "/".join(words)[:_SHOWN]
        message = f"level {said} is none of {listed}" if words else f"it names no level of {listed}"
        raise IdentifierError(message, _QUERY_RETRIEVE_LEVEL)
    return Level[words[0]]


def unique_keys(
    identifier: Dataset, model: Model, level: Level, *, relational: bool
) -> dict[Level, list[str]]:
    """The values of the unique keys of the level and of those above it, where there are any.

    Raises:
        IdentifierError: When one above the level is missing, or is not a single value; with
            `relational` only when it is no single value, or list of UIDs.
    """
    found = {}
    for above in _levels(model):
        if above > level:
            break
        known = values(identifier, UNIQUE[above])
        if above < level and not relational:
            _check_single(UNIQUE[above], known, level)
        if known:
            found[above] = known
    return found


def unique_of(model: Model, level: Level) -> list[int]:
    """The unique keys of a level and of those above it (PS3.4 C.6.1.1, C.6.2.1).

    In Study Root a Patient ID is a required key of studies, so none of these.
    """
    return [UNIQUE[above] for above in _levels(model) if above <= level]


def supported(level: Level) -> list[int]:
    """The keys that can be asked for at a level: its own, and those of the levels above."""
    return [tag for tag, key in KEYS.items() if key.level <= level]


def values(identifier: Dataset, tag: int) -> list[str]:
    """The values of a text key, without padding; none when it is empty or absent."""
    element = identifier.get(tag)
    if element is None or not element.is_text:
        return []
    found = [text.strip(" \0") for text in element.texts]
    return found if any(found) else []


def _levels(model: Model) -> list[Level]:
    return [Level[level.name] for level in model.levels if level.name in Level.__members__]


def _check_single(tag: int, known: list[str], level: Level) -> None:
    name = f"{codec.keyword_of(tag)} {Tag(tag)}"
    if not known:
        raise IdentifierError(f"level {level.name} needs one {name}", tag)
    if len(known) > 1 or "*" in known[0] or "?" in known[0]:
        raise IdentifierError(f"level {level.name} takes only one {name}", tag)
