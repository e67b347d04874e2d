"""Which SOP class instances are of, asked by C-FIND level by level (PS3.4 C.4.1)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import islice
from typing import Any, Final

from russet.association.agreement import Agreement
from russet.association.extended import FindOptions
from russet.data import Dataset
from russet.dimse.commands import is_uid
from russet.dimse.models import MODELS, Level, Model
from russet.services.query import Find, Found

__all__ = ["Inquiry", "asked_in", "naming"]

_QUESTIONS: Final = 200
"""C-FINDs of one inquiry; an archive of many series in one patient would keep us for long."""
_MATCHES: Final = 100_000
"""Matches that one inquiry takes; a peer may have no end of them."""
_KEY_LENGTH: Final = 64
"""Characters of a unique key, VR UI or LO: a longer one is none, and would be kept."""
_SYNTAXES: Final = 64
"""Transfer syntaxes that one inquiry takes: as many as there are."""
_LOWEST: Final = "IMAGE"
_TOP: Final = frozenset({"PatientID", "StudyInstanceUID"})


def asked_in(model: Model | None) -> Model | None:
    """Give the information model to ask about instances that are retrieved by `model`.

    It is the same one where that has a C-FIND down to instances; None where there are no levels.
    """
    if model is None or not model.levels:
        return None
    goes_down = model.find is not None and model.levels[-1].name == _LOWEST
    return model if goes_down else MODELS["study"]


def naming(level: str, keys: Mapping[str, Any]) -> Dataset:
    """Make the identifier for what has these unique keys (PS3.4 C.4.1.1.3).

    UIDs are what the peer wrote, leading zeros and all: it knows them by no other name.
    """
    made = Dataset(QueryRetrieveLevel=level)
    for keyword, value in keys.items():
        if isinstance(value, str) and is_uid(value) and keyword.endswith("UID"):
            made.add(keyword, "UI", value.encode())
        else:
            made[keyword] = value
    return made


class Inquiry:
    """Asks what instances there are, until what is wanted is known. No I/O.

    Attributes:
        classes: The SOP class of each instance that the peer told of.
        keys: The unique keys of each, with those of its series and study.
        syntaxes: The transfer syntaxes that it says it can send them in, (0008,3002).
    """

    def __init__(self, model: Model, identifier: Dataset, agreement: Agreement) -> None:
        """Be ready to ask.

        Args:
            model: From `asked_in`.
            identifier: The unique keys of what is asked about.
            agreement: That of the association to ask on.
        """
        self.classes: dict[str, str] = {}
        self.keys: dict[str, Mapping[str, Any]] = {}
        self.syntaxes: dict[str, None] = {}
        assert model.find is not None
        self._find = model.find
        self._levels = model.levels
        self._relational = agreement.options(model.find, FindOptions).relational
        keys = {level.unique_key for level in (*MODELS["patient"].levels, *model.levels)}
        known = {key: identifier.get(key) for key in keys if identifier.get(key)}
        # Without one of these a query that goes down by levels would be of the whole archive.
        begins = known if self._relational else known.keys() & _TOP
        self._left: list[Mapping[str, Any]] = [known] if begins else []
        self._asked = 0
        self._taken = 0
        self._keys: Mapping[str, Any] = {}
        self._level = model.levels[-1]

    def next(self, wanted: Collection[str]) -> Find | None:
        """Give the next question; None when there is nothing more to ask.

        Args:
            wanted: The instances that this is about; none when they are not known.
        """
        known = wanted and all(uid in self.classes for uid in wanted)
        if known or not self._left or self._asked == _QUESTIONS:
            return None
        self._asked += 1
        self._keys = self._left.pop()
        self._level = self._next_level(self._keys)
        names = (*self._above(), self._level.unique_key)
        question = naming(self._level.name, {key: self._keys.get(key, "") for key in names})
        if self._level.name == _LOWEST:
            question["SOPClassUID"] = ""
            question["AvailableTransferSyntaxUID"] = ""
        return Find(self._find, question)

    def take(self, found: Found) -> bool:
        """Take a response to the last question, and say whether to take more of them."""
        self._taken += 1
        if self._taken == _MATCHES:
            self._left.clear()
        elif found.identifier is not None:
            self._match(found.identifier)
        return self._taken < _MATCHES

    def _match(self, match: Dataset) -> None:
        uid = _key_of(match, self._level.unique_key)
        if uid is None:
            return
        if self._level.name != _LOWEST:
            self._left.append({**self._keys, self._level.unique_key: uid})
        elif is_uid(uid) and is_uid(sop_class := str(match.get("SOPClassUID"))):
            self.classes[uid] = sop_class
            above = {key: _key_of(match, key) or self._keys.get(key) for key in self._names()[:-1]}
            self.keys[uid] = {**above, self._level.unique_key: uid}
            syntaxes = match.get("AvailableTransferSyntaxUID") or ()
            each = [syntaxes] if isinstance(syntaxes, str) else syntaxes
            room = _SYNTAXES - len(self.syntaxes)
            self.syntaxes.update(dict.fromkeys(islice(filter(is_uid, map(str, each)), room)))

    def _next_level(self, keys: Mapping[str, Any]) -> Level:
        """Give the first level whose entity is not known yet; the lowest for relational queries."""
        unknown = (each for each in self._levels if not isinstance(keys.get(each.unique_key), str))
        return self._levels[-1] if self._relational else next(unknown, self._levels[-1])

    def _names(self) -> list[str]:
        return [each.unique_key for each in self._levels]

    def _above(self) -> list[str]:
        """Give the unique keys to ask with above the level."""
        names = self._names()
        above = names[: names.index(self._level.unique_key)]
        if self._relational:
            return [*above, *(self._keys.keys() - {*names})]
        # Those that are no part of the model, as the patient of a study, are for its top.
        return above or [key for key in self._keys if key not in names]


def _key_of(match: Dataset, keyword: str) -> str | None:
    """Give a unique key that a match has; None for what nothing can be asked with."""
    value = match.get(keyword)
    if not isinstance(value, str) or not value or len(value) > _KEY_LENGTH:
        return None
    if keyword.endswith("UID"):
        return value if is_uid(value) else None
    return value if value.isascii() and value.isprintable() and "\\" not in value else None
