"""The forms in which commands print elements: lines, one JSON object each, tables."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

import click

from russet.errors import DecodeError

if TYPE_CHECKING:
    from russet.data import Dataset, Element

__all__ = [
    "BYTES",
    "Found",
    "chosen",
    "columns",
    "content",
    "echo",
    "everything",
    "facts",
    "is_painted",
    "objects",
    "out",
    "paths",
    "split",
    "table",
]

Found = tuple[str, "Element"]
"""An element and its path."""

_CHUNK: Final = 512
_HEAD: Final = len("(0010,0010) PN ")
BYTES: Final = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "UN"))
"""The VRs whose values are bytes, whatever those mean."""

# The commas of (0010,0010) and of 0010,0010 do not part two tags.
_ENTRY: Final = re.compile(
    r"(?:\([^)]*\)|(?<![0-9A-Za-z])[0-9A-Fa-f]{4},[0-9A-Fa-f]{4}(?![0-9A-Za-z])|[^,])+"
)


def split(written: str) -> list[str]:
    """The words of a list with commas, as people write it."""
    return [word for found in _ENTRY.findall(written) if (word := found.strip())]


def paths(written: str) -> list[str]:
    """The tags, keywords and paths in a list with commas.

    Raises:
        UsageError: One of them is none.
    """
    from russet.data.path import parse

    words = split(written)
    try:
        for word in words:
            parse(word)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    return words


def everything(dataset: Dataset) -> Iterator[Found]:
    """Every element of a file, that of its meta first, items entered."""
    from russet.data.compare import walk

    if dataset.file_meta is not None:
        yield from walk(dataset.file_meta)
    yield from walk(dataset)


def chosen(dataset: Dataset, wanted: Iterable[str]) -> Iterator[Found]:
    """The elements at some paths, as far as there are any; of an item, all that are in it."""
    from russet.data.path import join, parse, resolve, resolve_item, text

    for path in wanted:
        steps = parse(path)
        in_meta = steps[0].tag.group == 2 and dataset.file_meta is not None
        source = dataset.file_meta if in_meta else dataset
        assert source is not None
        try:
            if steps[-1].item is None:
                yield text(steps), resolve(source, path)
            else:
                item = resolve_item(source, path)
                yield from ((join(text(steps), element.tag), element) for element in item)
        except KeyError:
            continue


def is_painted() -> bool:
    """Whether what is printed has colours: where somebody looks, and does not mind."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def out(lines: str) -> None:
    """Print whole lines of a dump, in colours where somebody looks."""
    if is_painted():
        lines = "".join(map(_painted, lines.splitlines(keepends=True)))
    click.echo(lines, nl=False)


def objects(found: Iterable[Found], *, file: str | None = None, whole: bool = False) -> None:
    """Print a JSON object for each element, one a line.

    Args:
        found: The elements with their paths.
        file: The file they are in, if every object is to say so.
        whole: Whether bytes are given too, and not only their length.
    """
    head = {} if file is None else {"file": file}
    echo(
        json.dumps(head | facts(path, element) | content(element, whole=whole), ensure_ascii=False)
        for path, element in found
    )


def table(found: Iterable[Found], *, longest: int | None) -> None:
    """Print a row for each element: path by tags, VR, length, keyword and value."""
    from russet.data.path import parse, text
    from russet.data.text import shown

    rows = (
        (
            text(parse(path), keywords=False),
            element.written_vr,
            "u/l" if element.is_undefined_length else str(element.length),
            element.keyword,
            shown(element, longest=longest),
        )
        for path, element in found
    )
    columns(("path", "VR", "length", "keyword", "value"), rows)


def columns(head: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """Print a table: drawn where somebody looks, tabs between the columns in a pipe."""
    if not sys.stdout.isatty():
        echo(map("\t".join, chain([head], rows)))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(*head, header_style="bold", pad_edge=False)
    for row in rows:
        drawn.add_row(*map(Text, row))
    Console().print(drawn)


def facts(path: str, element: Element) -> dict[str, Any]:
    """What an element is, for JSON."""
    tag = f"{element.tag:08X}"
    return {"path": path, "tag": tag, "vr": element.vr, "keyword": element.keyword}


def content(element: Element, *, whole: bool) -> dict[str, Any]:
    """The values as the DICOM JSON Model has them; of a sequence and of bytes how much there is."""
    from russet.data.json import elements_text

    try:
        if element.vr == "SQ":
            return {"items": len(element.items())}
        if element.vr in BYTES and not whole:
            return {"length": element.length}
        if element.tag.element == 0:
            return {"value": [element.value]}  # The model leaves group lengths out.
        made: dict[str, Any] = next(iter(json.loads(elements_text([element])).values()), {})
    except DecodeError as error:
        return {"value": [], "error": str(error)}
    if "InlineBinary" in made:
        return {"length": element.length, "binary": made["InlineBinary"]}
    return {"value": made.get("Value", [])}


def echo(lines: Iterable[str]) -> None:
    """Print many lines at a time: each print is flushed, and files have thousands of lines."""
    lines = iter(lines)
    while chunk := list(islice(lines, _CHUNK)):
        click.echo("\n".join(chunk))


def _painted(line: str) -> str:
    if line.startswith(("#", "\n")):
        return line
    shown, mark, about = line.rstrip("\n").rpartition(" # ")
    head = len(shown) - len(shown.lstrip()) + _HEAD
    painted = click.style(shown[:head], fg="cyan") + shown[head:]
    return painted + click.style(mark + about, dim=True) + "\n"
