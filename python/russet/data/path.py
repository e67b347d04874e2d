"""Where an element is, as text: `ReferencedSeriesSequence[0].SeriesInstanceUID`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from russet import codec
from russet.data.tag import Tag

if TYPE_CHECKING:
    from russet.data.dataset import Dataset
    from russet.data.element import Element

__all__ = ["Step", "join", "name", "parse", "place", "resolve", "resolve_item", "text"]

_STEP: Final = re.compile(r"([^\[\].]+)(?:\[\s*(-?\d{1,9})\s*\]\s*)?")


class Step(NamedTuple):
    """An element, and the item of it that the path goes on in."""

    tag: Tag
    """The tag of the element."""
    item: int | None = None
    """Which item, counted from 0, or from -1 backwards; None when the path does not say."""


def parse(path: str) -> tuple[Step, ...]:
    """Read a path: keywords or tags with points between them, items in brackets.

    `Seq[0].Keyword`, `Seq.Keyword` for the first item, `(0008,1115)[0].(0020,000E)`, and
    `00081115[0]` for an item as a whole.

    Raises:
        ValueError: It is not written like that, or names something that is no tag or keyword.
    """
    steps = []
    for part in path.split("."):
        found = _STEP.fullmatch(part)
        if found is None:
            raise ValueError(f"{path!r} is no path: {part!r} is neither an element nor an item")
        steps.append(Step(Tag.of(found[1].strip()), None if found[2] is None else int(found[2])))
    return tuple(steps)


def text(steps: tuple[Step, ...], *, keywords: bool = True) -> str:
    """Write a path, by keywords where there are any, or by tags; `parse` reads it back."""
    words = (
        (name(tag) if keywords else str(tag)) + ("" if item is None else f"[{item}]")
        for tag, item in steps
    )
    return ".".join(words)


def join(path: str, tag: int, item: int | None = None) -> str:
    """Go on from `path`, which is empty or ends in an item, to an element, or to an item of it."""
    step = name(tag) if item is None else f"{name(tag)}[{item}]"
    return f"{path}.{step}" if path else step


@lru_cache(maxsize=8192)
def name(tag: int) -> str:
    """The keyword that is read as `tag` again, else the tag as `(gggg,eeee)`."""
    keyword = codec.keyword_of(tag)
    # A keyword of a repeating group has a tag for each plane (PS3.5 7.6).
    return keyword if keyword and codec.tag_of(keyword) == tag else str(Tag(tag))


def place(dataset: Dataset, path: str) -> tuple[Dataset, Tag]:
    """The data set or item that an element at a path is in, or would be, and its tag.

    Raises:
        ValueError: The path cannot be read.
        KeyError: There is no such item; the sentence says where the path breaks.
        DecodeError: A sequence on the way cannot be read.
    """
    steps = parse(path)
    tag, item = steps[-1]
    if item is not None:
        raise KeyError(f"{path} is an item, and no element in it")
    return _inside(dataset, steps[:-1]), tag


def resolve(dataset: Dataset, path: str) -> Element:
    """The element at a path.

    Raises:
        ValueError: The path cannot be read.
        KeyError: There is no such element; the sentence says where the path breaks.
        DecodeError: A sequence on the way cannot be read.
    """
    around, tag = place(dataset, path)
    return _element(around, tag, parse(path)[:-1])


def resolve_item(dataset: Dataset, path: str) -> Dataset:
    """The item at a path that ends in one, such as `Seq[0]`, or in a sequence, for its first.

    Raises:
        ValueError: The path cannot be read.
        KeyError: There is no such item; the sentence says where the path breaks.
        DecodeError: A sequence on the way cannot be read.
    """
    return _inside(dataset, parse(path))


def _inside(dataset: Dataset, steps: tuple[Step, ...]) -> Dataset:
    for at, (tag, item) in enumerate(steps):
        element = _element(dataset, tag, steps[:at])
        here = text((*steps[:at], Step(tag)))
        if element.vr != "SQ":
            raise KeyError(f"{here} is {element.vr}, and no sequence")
        items = element.items()
        number = item or 0
        if not -len(items) <= number < len(items):
            count = f"{len(items)} items" if len(items) != 1 else "1 item"
            raise KeyError(f"no item {number} in {here}: it has {count}")
        dataset = items[number]
    return dataset


def _element(dataset: Dataset, tag: Tag, before: tuple[Step, ...]) -> Element:
    if tag in dataset:
        return dataset[tag]
    where = text(before) or "this data set"
    raise KeyError(f"no {tag.keyword or 'element'} {tag} in {where}")
