"""Person names as conditions (PS3.4 C.2.2.2.1 and C.2.2.2.4)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from russet.data.matching.condition import Test, has_wild_card, pattern

__all__ = ["exact", "folded", "fuzzy", "phonetic", "single"]

_ACCENTS: Final = re.compile("[\u0300-\u036f]+")
_BETWEEN_WORDS: Final = re.compile(r"[\s^,.\-‐-―·・]+")
_DROPPED: Final = str.maketrans("", "", "'’`´")
# Letters that Unicode does not take apart.
_SPECIAL: Final = str.maketrans(
    {"æ": "ae", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ł": "l", "ø": "o", "œ": "oe", "þ": "th"}
)
_UMLAUTS: Final = re.compile("(?<=[aou])e")
_GROUPS: Final = 3
_LONGEST: Final = 256

# In this order, once each.
_SOUNDS: Final = tuple(
    (re.compile(letters), sound)
    for letters, sound in (
        ("^(?:kn|gn|pn)", "n"),
        ("^(?:wr|rh)", "r"),
        ("^ps", "s"),
        ("ph|v|w", "f"),
        ("tsch|sch|sh|cz|ch(?=[ei])|tch", "x"),
        ("ck|ch|q|c(?![eiy])", "k"),
        ("x(?=$)", "ks"),
        ("c|z|ts|tz", "s"),
        ("th|dt|d", "t"),
        ("b", "p"),
        ("g", "k"),
    )
)
_SILENT: Final = re.compile("[aeiouyh]+")
_DOUBLE: Final = re.compile(r"(.)\1+")


def folded(name: str) -> str:
    """A name without case, accents, and spaces and empty components that mean nothing.

    Accents are those of Latin, Greek and Cyrillic: the marks of other scripts are letters. Narrow
    katakana and wide Latin letters are as the usual ones.
    """
    name = name.casefold()
    if not name.isascii():
        apart = unicodedata.normalize("NFKD", name)
        name = unicodedata.normalize("NFC", _ACCENTS.sub("", apart)).translate(_SPECIAL)
    return exact(name) if " " in name else name.rstrip("^")


def exact(name: str) -> str:
    """A name without the spaces and empty components that mean nothing (PS3.5 6.2.1.1)."""
    if " " in name:
        # Not by an expression, which would take all day for a name of spaces alone.
        name = "^".join(component.strip(" ") for component in name.strip().split("^"))
    return name.rstrip("^ ")


def single(text: str, *, fold: bool = True) -> Test:
    """The test for a name, with wild cards or without.

    A key of one component group matches any group of a name: the alphabetic, the ideographic or
    the phonetic one (PS3.5 6.2.1.2). One of several matches each of its groups with the same group
    of the name; a group that is empty or `*` matches all.

    Args:
        text: The value of the key.
        fold: Whether case and accents do not count.
    """
    normal = folded if fold else exact
    tests = [_group(group, normal) for group in text.split("=", _GROUPS - 1)]
    if len(tests) > 1:
        return lambda name: _each(tests, normal, str(name))
    (test,) = tests
    if test is None:
        return lambda _name: True

    def matches(name: str) -> object:
        if "=" in name:
            return any(test(normal(group)) for group in name.split("=", _GROUPS - 1))
        return test(normal(name))

    return matches


def _each(tests: list[Test | None], normal: Callable[[str], str], name: str) -> bool:
    groups = [*name.split("=", _GROUPS - 1), "", ""]
    return all(
        test is None or test(normal(group)) for test, group in zip(tests, groups, strict=False)
    )


def _group(text: str, normal: Callable[[str], str]) -> Test | None:
    """The test for a group; None for one that matches all."""
    wanted = normal(text)
    if not wanted.strip("*"):
        return None
    if not has_wild_card(wanted):
        return lambda group: group == wanted
    match, carets = pattern(wanted), wanted.count("^")
    if not carets:
        return match

    # `DOE^*` is meant to find DOE too: its other components are there, and empty.
    def matches(group: str) -> object:
        return match(group) or match(group + "^" * max(0, carets - group.count("^")))

    return matches


def fuzzy(text: str) -> Test:
    """The test for a name by its words (PS3.4 C.2.2.2.1.1).

    Each word of the key must be found among the words of one component group, whatever their
    order and components. A word is found when it is the beginning of another one, or sounds like
    it: see `phonetic`. Case, accents and how umlauts are written do not count. A word with wild
    cards matches a whole word. A key of several groups is taken group by group, as in `single`.
    """
    groups = [tuple(map(_word, words)) for words in map(_split, text.split("=", _GROUPS - 1))]

    def matches(name: str) -> bool:
        known = [_words(group) for group in str(name).split("=", _GROUPS - 1)]
        if len(groups) == 1:
            return any(_finds(groups[0], words) for words in known)
        known += [()] * _GROUPS
        return all(_finds(tests, words) for tests, words in zip(groups, known, strict=False))

    return matches


Words = tuple[tuple[str, str], ...]
"""Each with its sound."""


def _finds(tests: tuple[Callable[[tuple[str, str]], object], ...], words: Words) -> bool:
    return all(any(map(test, words)) for test in tests)


def _word(wanted: str) -> Callable[[tuple[str, str]], object]:
    if has_wild_card(wanted):
        match = pattern(wanted)
        return lambda word: match(word[0])
    sound = phonetic(wanted)
    # Less than two consonants are in too many names.
    is_telling = len(sound.removeprefix("a")) > 1

    def matches(word: tuple[str, str]) -> bool:
        return word[0].startswith(wanted) or (is_telling and word[1] == sound)

    return matches


def _words(group: str) -> Words:
    # What no name is would only push names out.
    return _known_words(group) if len(group) <= _LONGEST else _sounding(group)


def _sounding(group: str) -> Words:
    return tuple((word, phonetic(word)) for word in _split(group))


_known_words: Final = lru_cache(maxsize=4096)(_sounding)


def _split(group: str) -> list[str]:
    name = _UMLAUTS.sub("", folded(group).translate(_DROPPED))
    return [word for word in _BETWEEN_WORDS.split(name) if word]


def phonetic(word: str) -> str:
    """How a folded word sounds, roughly: MEYER, MAIER and MAYR alike, SMITH and SMYTH too.

    Letters that sound alike in European languages are taken as one, vowels only count at the
    start, and there as one; a double letter counts once. Words of other scripts have no sound.
    """
    if not (word.isascii() and word.isalpha()):
        return ""
    for letters, sound in _SOUNDS:
        word = letters.sub(sound, word)
    start = "a" if _SILENT.match(word) else ""
    return _DOUBLE.sub(r"\1", start + _SILENT.sub("", word))
