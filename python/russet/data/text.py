"""Data sets as text, in the layout of dcmdump."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from russet import codec
from russet.data.dataset import Dataset, own_syntax
from russet.data.element import Element
from russet.errors import DecodeError, EncodeError

__all__ = ["LONGEST", "as_shown", "escape", "shown", "text", "write", "write_elements"]

LONGEST: Final = 64
"""Characters of a value before it is cut."""

_UTF8: Final = "ISO_IR 192"

escape: Final = codec.escape

Write = Callable[[str], object]


def text(dataset: Dataset, *, longest: int | None = LONGEST) -> str:
    """What dcmdump would show: headings, one line an element, items indented.

    Args:
        dataset: What to show; a file with its meta.
        longest: Characters of a value before it is cut; None for no cut.
    """
    parts: list[str] = []
    write(dataset, parts.append, longest=longest)
    return "".join(parts).removesuffix("\n")


def as_shown(dataset: Dataset) -> Dataset:
    """As `as_read`, for who shows text: it may be any where no character set is named.

    Raises:
        EncodeError: Text beyond the character set that is named.
        DecodeError: A sequence that has to be written anew, and cannot be read.
    """
    try:
        return dataset.as_read()
    except EncodeError:
        from russet.data.write import as_edited

        data = as_edited(dataset, _UTF8)
        read = codec.read_dataset(data, own_syntax(dataset.index), fallback_charset=_UTF8)
        return Dataset.over(read)


def write(dataset: Dataset, out: Write, *, longest: int | None = LONGEST) -> None:
    """Write what `text` gives, whole lines, many at a time: as little is held of large data sets.

    Args:
        dataset: What to show; a file with its meta.
        out: Called with text; what it raises ends the writing.
        longest: Characters of a value before it is cut; None for no cut.
    """
    meta = dataset.file_meta
    if dataset.filename is not None or meta is not None:
        out("# Dicom-File-Format\n\n")
    if meta is not None:
        out("# Dicom-Meta-Information-Header\n# Used TransferSyntax: Explicit VR Little Endian\n")
        codec.dump(meta.as_read().index, out, None, longest)
        out("\n")
    syntax = dataset.transfer_syntax
    if syntax is not None:
        out(f"# Dicom-Data-Set\n# Used TransferSyntax: {escape(syntax.name)}\n")
    codec.dump(as_shown(dataset).index, out, None, longest)


def write_elements(
    elements: Iterable[Element], out: Write, *, longest: int | None = LONGEST
) -> None:
    """Write the lines of some elements, and of everything in them."""
    for element in elements:
        codec.dump(element.index, out, [element.row], longest)


def shown(element: Element, *, longest: int | None = LONGEST) -> str:
    """The value of an element in one line; of a sequence, how many items it has."""
    try:
        if element.vr == "SQ":
            return f"({_count(len(element.items()), 'item')})"
        if element.is_undefined_length:
            return f"({_count(len(element.fragments()), 'fragment')})"
        if element.is_text:
            return _cut("\\".join(element.texts), longest)
        return codec.dump_value(element.index, element.row, longest) if element.length else ""
    except DecodeError as error:
        return f"({error})"


def _cut(value: str, longest: int | None) -> str:
    if longest is None or len(value) <= longest:
        return escape(value)
    return escape(value[:longest]) + "..."


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
