"""What a client asks of the other services, as operations: for either body of a client."""

import logging
from collections.abc import Mapping
from typing import Any, Final

from russet.association.normalized import Outcome
from russet.codec import keyword_of
from russet.data import Dataset, Tag
from russet.data.path import resolve
from russet.dimse.models import Model, named
from russet.errors import EncodeError, RussetError, StatusError
from russet.net.outcome import TAKEN, Address
from russet.net.terms import NATIVE
from russet.services.query import Find, Found
from russet.services.retrieve import Retrieve

__all__ = [
    "accomplished",
    "find",
    "identifier",
    "matched",
    "retrieve",
    "tell_unsupported",
]

_LOG: Final = logging.getLogger("russet.scu")
_LEVEL: Final = "QueryRetrieveLevel"
_UTF8: Final = "ISO_IR 192"


def identifier(
    query: Dataset | Mapping[str, Any] | None, model: Model, level: str | None, keys: dict[str, Any]
) -> Dataset:
    """Put the keys of a query together (PS3.4 C.4.1.1.3).

    Args:
        query: Keys by keyword or tag, as a data set or a mapping.
        model: The information model.
        level: The Query/Retrieve Level; without it that of `query`, else the lowest one whose
            unique key is asked for or named, else the top of the model.
        keys: Further keys by keyword.

    Raises:
        ValueError: A key that is neither tag nor keyword.
        EncodeError: A value that its VR cannot hold.
    """
    dataset = query.copy() if isinstance(query, Dataset) else Dataset(query or {})
    for keyword, value in keys.items():
        dataset[keyword] = value
    _name_charset(dataset)
    if not model.levels:
        return dataset
    if level is not None:
        dataset[_LEVEL] = level.upper()
    elif _LEVEL not in dataset:
        asked = [each.name for each in model.levels if each.unique_key in dataset]
        dataset[_LEVEL] = asked[-1] if asked else model.levels[0].name
    return dataset


def _name_charset(dataset: Dataset) -> None:
    """Say that keys are in UTF-8 where they need it and nothing is said (PS3.4 C.4.1.1.3.2)."""
    if dataset.get("SpecificCharacterSet"):
        return
    try:
        dataset.encode(NATIVE[0])
    except EncodeError:
        dataset["SpecificCharacterSet"] = _UTF8


def find(
    query: Dataset | Mapping[str, Any] | None,
    model: str,
    level: str | None,
    keys: dict[str, Any],
) -> Find:
    """Make the operation of a C-FIND.

    Raises:
        RussetError: For a model that cannot be queried.
        ValueError: For one that there is not.
    """
    found = named(model)
    if found.find is None:
        raise RussetError(f"the information model {model!r} has no C-FIND")
    return Find(found.find, identifier(query, found, level, keys))


def retrieve(
    query: Dataset | Mapping[str, Any] | None,
    model: str,
    level: str | None,
    keys: dict[str, Any],
    destination: str | None = None,
) -> Retrieve:
    """Make the operation of a C-MOVE to a destination, or of a C-GET for None.

    Raises:
        RussetError: For a model that cannot be retrieved from so.
        ValueError: For one that there is not.
    """
    found = named(model)
    sop_class = found.get if destination is None else found.move
    if sop_class is None:
        what = "C-GET" if destination is None else "C-MOVE"
        raise RussetError(f"the information model {model!r} has no {what}")
    return Retrieve(sop_class, identifier(query, found, level, keys), destination)


def accomplished(outcome: Outcome, address: Address) -> Outcome:
    """Give what came of a DIMSE-N request.

    Raises:
        StatusError: When the peer says that it failed; with the attributes that it blames.
    """
    status = outcome.status
    if status.category in TAKEN:
        return outcome
    said = f": {outcome.comment}" if outcome.comment else ""
    blamed = ", ".join(keyword_of(tag) or str(Tag(tag)) for tag in outcome.attributes)
    about = f" ({blamed})" if blamed else ""
    raise StatusError(f"{address} answered {status}{said}{about}", status)


def matched(found: Found, address: Address) -> Dataset | None:
    """Give the match of a response; None for the last one.

    Raises:
        StatusError: When the peer says that it failed.
    """
    if found.status.is_pending:
        return found.identifier if found.identifier is not None else Dataset()
    if found.status.category not in TAKEN:
        said = f": {found.comment}" if found.comment else ""
        raise StatusError(f"{address} answered {found.status}{said}", found.status)
    return None


def tell_unsupported(asked: Find, address: Address) -> None:
    """Tell the log of keys that the peer did not match by (PS3.4 C.4.1.1.4): nothing else shows it.

    Of a key without a value that is not answered only who wants to see it is told.
    """
    if asked.all_keys_supported:
        return
    valued = [key for key in asked.key_paths() if _has_value(asked.identifier, key)]
    unmatched = [key for key in valued if key in asked.unsupported]
    if unmatched:
        _LOG.warning(
            "%s did not match by %s, which it does not support (FF01H): "
            "there may be more matches than were asked for", address, ", ".join(unmatched),
        )  # fmt: skip
    elif asked.unsupported or not valued:
        unanswered = ", ".join(asked.unsupported) or "a key"
        _LOG.info("%s does not support %s (FF01H)", address, unanswered)
    else:
        _LOG.warning(
            "%s did not match by every key (FF01H): there may be more matches than were asked for",
            address,
        )


def _has_value(identifier: Dataset, key: str) -> bool:
    element = resolve(identifier, key)
    return element.vr != "SQ" and element.length > 0
