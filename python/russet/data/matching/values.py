"""What a key asks of one attribute, by its VR and its values (PS3.4 C.2.2.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from russet.data.element import Element
from russet.data.matching.condition import (
    NUMBERS,
    WILD,
    Condition,
    Test,
    has_wild_card,
    pattern,
    plain,
)
from russet.data.matching.key import Key
from russet.data.matching.moments import in_range, range_of
from russet.data.matching.options import Options
from russet.data.matching.person import fuzzy, single
from russet.data.range import Range
from russet.data.tag import Tag
from russet.errors import DecodeError, IdentifierError

__all__ = ["MOMENTS", "Warn", "condition_of", "is_for_empty", "moments_of", "values_of"]

Warn = Callable[[str, Tag], None]
"""Is told what was odd in a key."""

MOMENTS: Final = frozenset(("DA", "DT", "TM"))
"""The VRs with ranges (PS3.4 C.2.2.2.5)."""

_LONGEST: Final = 1024
"""Characters of a key that more than equality is asked of."""
_EMPTY: Final = '""'
_ALL_OF: Final = frozenset(("AE", "AS", "AT", "CS", "LO", "PN", "SH", "UC"))


def values_of(key: Key, element: Element, warn: Warn) -> list[Any]:
    """The values that a key is matched by; none for a universal one (PS3.4 C.2.2.2.3).

    Raises:
        IdentifierError: Bytes that are no such value.
    """
    try:
        if not element.is_text:
            value = element.value
            return [] if value is None else value if isinstance(value, list) else [value]
        texts = [text for text in map(str, element.texts) if text.strip()]
    except DecodeError as error:
        raise IdentifierError(f"the key {key.keyword} cannot be read: {error}", key.tag) from None
    if any(text.strip("*") for text in texts):
        return texts
    if texts and key.vr not in WILD:
        warn(f"{key.vr} has no wild cards (PS3.4 C.2.2.2.4): * is taken for any value", key.tag)
    return []


def is_for_empty(key: Key, values: list[Any], options: Options) -> bool:
    """Whether what has no value is looked for (PS3.4 C.2.2.2.7)."""
    has_it = key.vr in WILD or key.vr in MOMENTS
    return has_it and values == [_EMPTY] and options.get("empty_value", False)


def condition_of(
    key: Key, values: list[Any], options: Options, *, unknown: bool, warn: Warn
) -> Condition:
    """The condition of a key with values.

    Args:
        key: The key; of DT only what looks for empty values.
        values: As `values_of` gives them.
        options: Of the query.
        unknown: Whether an attribute without a value matches.
        warn: Is told of several values where the standard has one.

    Raises:
        IdentifierError: A value that cannot be a key.
    """
    if is_for_empty(key, values, options):
        return Condition((_never,), unknown=True, vr=key.vr)
    if len(values) > 1 and options.get("multiple_value") and key.vr in _ALL_OF:
        tests = tuple(_test(key, [value], options) for value in values)
        return Condition(tests, unknown=unknown, vr=key.vr)
    if len(values) > 1 and key.vr != "UI":
        warn(f"several values in a key of {key.vr}: any of them is taken for a match", key.tag)
    return Condition((_test(key, values, options),), unknown=unknown, vr=key.vr)


def moments_of(key: Key, value: str) -> Range[Any]:
    """The range of a key of DA, DT or TM; a single moment is all that it may mean.

    Raises:
        IdentifierError: No such value.
    """
    _refuse_wild_cards(key, [value])
    try:
        return range_of(key.vr, value)
    except ValueError as error:
        raise IdentifierError(f"the key {key.keyword}: {error}", key.tag) from None


def _test(key: Key, values: list[Any], options: Options) -> Test:
    """The test for any of these values."""
    if key.vr in NUMBERS:
        return plain(_number(key, value) for value in values)
    if key.vr in MOMENTS or (key.vr in WILD and any(map(has_wild_card, values))) or key.vr == "PN":
        _refuse_long(key, values)
    if key.vr in MOMENTS:
        return _any([in_range(key.vr, moments_of(key, value)) for value in values])
    if key.vr == "PN":
        return _any([_name(value, options) for value in values])
    if key.vr not in WILD:
        _refuse_wild_cards(key, values)
        return plain(values)
    wild = list(filter(has_wild_card, values))
    rest = [value for value in values if value not in wild]
    return _any([*map(pattern, wild), *([plain(rest)] if rest else [])])


def _name(value: str, options: Options) -> Test:
    if options.get("fuzzy"):
        return fuzzy(value)
    return single(value, fold=options.get("fold_names", True))


def _any(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]
    return lambda value: any(test(value) for test in tests)


def _never(_value: object) -> bool:
    return False


def _number(key: Key, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        message = f"the key {key.keyword} is {value!r}, but {key.vr} needs a number"
        raise IdentifierError(message, key.tag) from None


def _refuse_long(key: Key, values: list[str]) -> None:
    """What is tried value by value would keep a server busy for as long as a peer likes."""
    length = sum(map(len, values))
    if length > _LONGEST:
        message = f"the key {key.keyword} has {length} characters, which are more than {_LONGEST}"
        raise IdentifierError(message, key.tag)


def _refuse_wild_cards(key: Key, values: list[str]) -> None:
    """To ignore them would find everything, to take them literally nothing."""
    found = next(filter(has_wild_card, values), None)
    if found is not None:
        message = f"{key.vr} has no wild cards, but the key {key.keyword} is {found!r}"
        raise IdentifierError(f"{message} (PS3.4 C.2.2.2.4)", key.tag)
