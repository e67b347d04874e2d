"""Data sets as text, in the layout of dcmdump."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from russet import codec
from russet.data.dataset import Dataset
from russet.data.element import Element
from russet.data.uid import Uid
from russet.errors import DecodeError

__all__ = ["LONGEST", "element_lines", "escape", "lines"]

LONGEST: Final = 64
"""Characters of a value before it is cut."""

_COLUMN: Final = 40
_INDENT: Final = "  "
_EMPTY: Final = "(no value available)"
# Bytes and words as dcmdump shows them: which numbers they are, their bytes, how one looks.
_WORDS: Final = {
    "OB": ("OB", 1, "02x"),
    "OD": ("FD", 8, "g"),
    "OF": ("FL", 4, "g"),
    "OL": ("UL", 4, "08x"),
    "OV": ("UV", 8, "016x"),
    "OW": ("US", 2, "04x"),
    "UN": ("OB", 1, "02x"),
}
# Spaces of other scripts that are no control characters: no-break, ideographic.
_SPACES: Final = "\xa0\u3000"

Steps = Iterator["str | Steps"]


def lines(dataset: Dataset, *, longest: int | None = LONGEST) -> Iterator[str]:
    """The lines that dcmdump would show: headings, one line an element, items indented.

    Args:
        dataset: What to show; a file with its meta.
        longest: Characters of a value before it is cut; None for no cut.
    """
    meta = dataset.file_meta
    if dataset.filename is not None or meta is not None:
        yield from ("# Dicom-File-Format", "")
    if meta is not None:
        yield from (
            "# Dicom-Meta-Information-Header",
            "# Used TransferSyntax: Explicit VR Little Endian",
        )
        yield from element_lines(meta, longest=longest)
        yield ""
    syntax = dataset.transfer_syntax
    if syntax is not None:
        yield from ("# Dicom-Data-Set", f"# Used TransferSyntax: {syntax.name}")
    yield from element_lines(dataset, longest=longest)


def element_lines(elements: Iterable[Element], *, longest: int | None = LONGEST) -> Iterator[str]:
    """The lines of some elements, such as those of a data set, and of everything in them."""
    # A stack and no recursion: how deep a file nests is not ours to say.
    stack = [_each(elements, "", longest)]
    while stack:
        step = next(stack[-1], None)
        if step is None:
            stack.pop()
        elif isinstance(step, str):
            yield step
        else:
            stack.append(step)


def escape(text: str) -> str:
    r"""`text` with what could move a cursor or hide written as `\x1b` or `\u202e`."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in _SPACES else _escaped(c) for c in text)


def _each(elements: Iterable[Element], indent: str, longest: int | None) -> Steps:
    for element in elements:
        try:
            if element.vr == "SQ":
                yield from _sequence(element, indent, longest)
            elif element.is_undefined_length:
                yield from _pixel_sequence(element, indent, longest)
            else:
                yield _line(element, indent, _shown(element, longest))
        except DecodeError as error:
            yield _line(element, indent, f"({error})")


def _sequence(element: Element, indent: str, longest: int | None) -> Steps:
    items = element.items()
    kind = "undefined" if element.is_undefined_length else "explicit"
    yield _line(element, indent, f"(Sequence with {kind} length #={len(items)})")
    for item in items:
        head = f"{indent}{_INDENT}(FFFE,E000) na"
        length = item.index.end - item.index.start
        yield _row(head, f"(Item #={len(item)})", f"{length:3}, 1 Item")
        yield _each(item, indent + _INDENT * 2, longest)


def _pixel_sequence(element: Element, indent: str, longest: int | None) -> Iterator[str]:
    fragments = element.fragments()
    yield _line(element, indent, f"(PixelSequence #={len(fragments)})")
    raw = element.raw
    for offset, length in fragments:
        start = offset - element.offset
        shown = length if longest is None else min(length, longest)
        words = "\\".join(f"{byte:02x}" for byte in raw[start : start + shown])
        head = f"{indent}{_INDENT}(FFFE,E000) pi"
        yield _row(head, _cut(words, longest) or _EMPTY, f"{length:3}, 1 Item")


def _line(element: Element, indent: str, shown: str) -> str:
    length = "u/l" if element.is_undefined_length else f"{element.length:3}"
    name = element.keyword or _private_name(element)
    return _row(
        f"{indent}{element.tag} {element.written_vr}", shown, f"{length}, {_vm(element)} {name}"
    )


def _row(head: str, shown: str, about: str) -> str:
    return f"{head} {shown:{_COLUMN}} # {about}"


def _private_name(element: Element) -> str:
    if element.tag.is_private_creator:
        return "PrivateCreator"
    return "GroupLength" if element.tag.element == 0 else "Unknown Tag & Data"


def _vm(element: Element) -> int:
    try:
        return element.vm
    except DecodeError:
        return 1


def _shown(element: Element, longest: int | None) -> str:
    if element.length == 0:
        return _EMPTY
    if element.vr in _WORDS:
        return _words(element, longest)
    if not element.is_text:
        value = element.value
        values = value if isinstance(value, list) else [value]
        return _cut("\\".join(map(str, values)), longest)
    texts = element.texts
    if element.vr == "UI" and len(texts) == 1 and (keyword := Uid(texts[0]).keyword):
        return f"={keyword}"
    joined = "\\".join(texts)
    return f"[{_cut(joined, longest)}]"


def _words(element: Element, longest: int | None) -> str:
    vr, unit, form = _WORDS[element.vr]
    raw = element.raw
    # Enough words to be cut, and no half one at the end.
    count = len(raw) // unit if longest is None else min(len(raw) // unit, longest)
    head = bytes(raw[: count * unit])
    words = head if vr == "OB" else codec.decode_value(vr, head, element.is_little_endian)
    words = words if isinstance(words, (bytes, list)) else [words]
    return _cut("\\".join(format(word, form) for word in words), longest)


def _cut(text: str, longest: int | None) -> str:
    if longest is None or len(text) <= longest:
        return escape(text)
    return escape(text[:longest]) + "..."


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
