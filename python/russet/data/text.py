"""Data sets as text, in the layout of dcmdump."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from russet import codec
from russet.data.dataset import Dataset
from russet.data.element import Element

__all__ = ["LONGEST", "element_lines", "escape", "lines", "text"]

LONGEST: Final = 64
"""Characters of a value before it is cut."""

# Rows at a time: a data set of any size is shown in little memory.
_ROWS: Final = 256

escape = codec.escape


def text(dataset: Dataset, *, longest: int | None = LONGEST) -> str:
    """What dcmdump would show: headings, one line an element, items indented.

    Args:
        dataset: What to show; a file with its meta.
        longest: Characters of a value before it is cut; None for no cut.
    """
    return "\n".join(_blocks(dataset, longest))


def lines(dataset: Dataset, *, longest: int | None = LONGEST) -> Iterator[str]:
    """As `text`, line by line."""
    return (line for block in _blocks(dataset, longest) for line in block.split("\n"))


def element_lines(elements: Iterable[Element], *, longest: int | None = LONGEST) -> Iterator[str]:
    """The lines of some elements, such as those of a data set, and of everything in them."""
    return (line for element in elements for line in element.dump(longest).split("\n"))


def _blocks(dataset: Dataset, longest: int | None) -> Iterator[str]:
    meta = dataset.file_meta
    if dataset.filename is not None or meta is not None:
        yield "# Dicom-File-Format\n"
    if meta is not None:
        yield "# Dicom-Meta-Information-Header"
        yield "# Used TransferSyntax: Explicit VR Little Endian"
        yield from _all(meta, longest)
        yield ""
    syntax = dataset.transfer_syntax
    if syntax is not None:
        yield f"# Dicom-Data-Set\n# Used TransferSyntax: {syntax.name}"
    yield from _all(dataset, longest)


def _all(dataset: Dataset, longest: int | None) -> Iterator[str]:
    index = dataset.as_read().index
    for first in range(0, len(index), _ROWS):
        yield codec.dump(index, (first, min(first + _ROWS, len(index))), longest)
