"""Elements at any depth: all of them, those looked for, those in which two data sets differ."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from russet.data.path import join
from russet.data.same import is_identical, is_same
from russet.data.tag import Key, Tag
from russet.errors import DecodeError

if TYPE_CHECKING:
    from russet.data.dataset import Dataset
    from russet.data.element import Element

__all__ = ["Difference", "Kind", "What", "compare", "find", "walk"]

What = Key | Callable[["Element"], bool]
"""Which elements: a tag or keyword, the two letters of a VR, or a function that tells."""

Items = Sequence["Dataset"]

_SPECIFIC_CHARACTER_SET: Final = 0x0008_0005
_PIXEL_REPRESENTATION: Final = 0x0028_0103
_TRAILING_PADDING: Final = 0xFFFC_FFFC


class Kind(enum.StrEnum):
    """How two data sets differ in an element."""

    ADDED = "added"
    """Only the second has it."""
    REMOVED = "removed"
    """Only the first has it."""
    VR = "vr"
    """Both say what its VR is, and not the same."""
    VALUE = "value"
    """The values are not the same."""
    ITEMS = "items"
    """A sequence with more items in one than in the other; those that both have are compared."""


class Difference(NamedTuple):
    """An element in which two data sets differ."""

    path: str
    """Where it is, as `russet.data.path` reads it."""
    kind: Kind
    """How they differ."""
    ours: Element | None
    """The element of the first data set; None when it has none."""
    theirs: Element | None
    """The element of the second data set; None when it has none."""


def walk(dataset: Dataset) -> Iterator[tuple[str, Element]]:
    """Every element with its path, in the order of the file, sequences entered.

    Raises:
        DecodeError: A sequence that cannot be read.
    """
    # A stack and no recursion: how deep a file nests is not ours to say.
    stack = [("", iter(dataset))]
    while stack:
        prefix, elements = stack[-1]
        element = next(elements, None)
        if element is None:
            stack.pop()
            continue
        yield join(prefix, element.tag), element
        if element.vr == "SQ":
            items = [
                (join(prefix, element.tag, n), iter(item)) for n, item in enumerate(element.items())
            ]
            stack += reversed(items)


def find(dataset: Dataset, what: What) -> Iterator[tuple[str, Element]]:
    """Every element at any depth that is `what`, with its path.

    Raises:
        ValueError: `what` is neither a tag, a keyword nor a VR.
        DecodeError: A sequence that cannot be read.
    """
    test = _test(what)
    return (found for found in walk(dataset) if test(found[1]))


def compare(
    ours: Dataset,
    theirs: Dataset,
    *,
    ignore: Iterable[What] = (),
    only: Iterable[What] = (),
    meta: bool = False,
) -> Iterator[Difference]:
    """Where two data sets differ, in the order of their tags, items entered.

    Values are compared by what they mean: transfer syntax, padding, length encoding, and how a
    number is written do not count. Nor do group lengths and trailing padding.

    Args:
        ours: The first data set.
        theirs: The second data set.
        ignore: Elements that do not count, at any depth.
        only: If there are any: the only elements that count, at any depth, with what is in them.
        meta: Whether the file meta information counts too.

    Raises:
        ValueError: Something in `ignore` or `only` is neither a tag, a keyword nor a VR.
    """
    scope = _Scope([_test(what) for what in ignore], [_test(what) for what in only])
    pairs = [_Pair("", not scope.only, _half(ours), _half(theirs))]
    if meta:
        pairs.insert(0, _Pair("", not scope.only, _half(ours.file_meta), _half(theirs.file_meta)))
    return _differences(pairs, scope)


class _Scope(NamedTuple):
    """Which elements count."""

    ignore: list[Callable[[Element], bool]]
    only: list[Callable[[Element], bool]]

    def leaves_out(self, element: Element) -> bool:
        """Whether an element does not count; one that follows from the others never does."""
        follows = element.tag.element == 0 or element.tag == _TRAILING_PADDING
        return follows or any(test(element) for test in self.ignore)

    def names(self, element: Element) -> bool:
        """Whether an element is one of the only ones that count."""
        return any(test(element) for test in self.only)


class _Half(NamedTuple):
    """A data set or item, if there is one, and what else decides how its values are taken."""

    dataset: Dataset | None
    charset: bytes = b""
    signed: bytes = b""

    @property
    def reading(self) -> tuple[bool, bool, bytes, bytes]:
        """Where this is the same, the same bytes mean the same."""
        index = self.dataset.index if self.dataset is not None else None
        explicit, little = (index.explicit, index.little) if index else (True, True)
        return explicit, little, self.charset, self.signed


class _Pair(NamedTuple):
    """Two data sets or items to compare."""

    path: str
    inside: bool
    """Whether everything in them counts."""
    ours: _Half
    theirs: _Half


def _half(dataset: Dataset | None, around: _Half | None = None) -> _Half:
    """A data set or item; what it does not say itself is as in the one around it."""
    charset, signed = (around.charset, around.signed) if around else (b"", b"")
    if dataset is None:
        return _Half(None, charset, signed)
    if _SPECIFIC_CHARACTER_SET in dataset:
        charset = bytes(dataset[_SPECIFIC_CHARACTER_SET].raw)
    if _PIXEL_REPRESENTATION in dataset:
        signed = bytes(dataset[_PIXEL_REPRESENTATION].raw)
    return _Half(dataset, charset, signed)


def _differences(pairs: list[_Pair], scope: _Scope) -> Iterator[Difference]:
    # A stack and no recursion, here too.
    stack = [_each(pair, scope) for pair in reversed(pairs)]
    while stack:
        step = next(stack[-1], None)
        if step is None:
            stack.pop()
        elif isinstance(step, Difference):
            yield step
        else:
            stack.append(_each(step, scope))


def _each(pair: _Pair, scope: _Scope) -> Iterator[Difference | _Pair]:
    alike = pair.ours.reading == pair.theirs.reading
    for ours, theirs in _aligned(pair.ours.dataset, pair.theirs.dataset):
        if ours is not None and theirs is not None and alike and is_identical(ours, theirs):
            continue
        element = ours if ours is not None else theirs
        assert element is not None
        if scope.leaves_out(element):
            continue
        path = join(pair.path, element.tag)
        inside = pair.inside or scope.names(element)
        items = _items(ours, theirs)
        kind = _kind(ours, theirs, items) if inside else None
        if kind is not None:
            yield Difference(path, kind, ours, theirs)
        if items is not None and kind not in (Kind.ADDED, Kind.REMOVED):
            yield from _item_pairs(pair._replace(path=path, inside=inside), items)


def _item_pairs(around: _Pair, items: tuple[Items, Items]) -> Iterator[_Pair]:
    ours, theirs = items
    # Items that only one has are told of as a number, unless something in them is asked for.
    count = (min if around.inside else max)(len(ours), len(theirs))
    for at in range(count):
        yield _Pair(
            f"{around.path}[{at}]",
            around.inside,
            _half(ours[at] if at < len(ours) else None, around.ours),
            _half(theirs[at] if at < len(theirs) else None, around.theirs),
        )


def _items(ours: Element | None, theirs: Element | None) -> tuple[Items, Items] | None:
    """The items of sequences, one of which may be written as UN or be missing; else None."""
    vrs = {element.vr for element in (ours, theirs) if element is not None}
    if "SQ" not in vrs or not vrs <= {"SQ", "UN"}:
        return None
    try:
        return (
            ours.items() if ours is not None else (),
            theirs.items() if theirs is not None else (),
        )
    except DecodeError:
        return None


def _kind(
    ours: Element | None, theirs: Element | None, items: tuple[Items, Items] | None
) -> Kind | None:
    if ours is None:
        return Kind.ADDED
    if theirs is None:
        return Kind.REMOVED
    if items is not None:
        return Kind.ITEMS if len(items[0]) != len(items[1]) else None
    if ours.vr != theirs.vr and _says_vr(ours) and _says_vr(theirs):
        return Kind.VR
    return None if is_same(ours, theirs) else Kind.VALUE


def _says_vr(element: Element) -> bool:
    return element.index.explicit and element.written_vr != "UN"


def _aligned(
    ours: Dataset | None, theirs: Dataset | None
) -> Iterator[tuple[Element | None, Element | None]]:
    """Elements of the same tag beside each other; of a tag that is repeated, the first."""
    if ours is not None and theirs is not None and ours.tags() == theirs.tags():
        yield from zip(ours, theirs, strict=True)
        return
    mine, yours = _by_tag(ours), _by_tag(theirs)
    for tag in sorted(mine.keys() | yours.keys()):
        yield mine.get(tag), yours.get(tag)


def _by_tag(dataset: Dataset | None) -> dict[int, Element]:
    found: dict[int, Element] = {}
    for element in dataset or ():
        found.setdefault(element.tag, element)
    return found


def _test(what: What) -> Callable[[Element], bool]:
    if callable(what):
        return what
    if isinstance(what, str) and len(what) == 2 and what.isupper():
        return lambda element: element.vr == what
    tag = Tag.of(what)
    return lambda element: element.tag == tag
