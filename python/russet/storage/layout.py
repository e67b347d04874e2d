"""Where an instance is kept, below the folder of all instances: a template filled with its values.

A path component is made of a validated UID, of a harmless spelling of a text, or of a hash; what a
peer wrote never becomes a path as it is.
"""

import hashlib
import re
import string
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from russet import codec
from russet.errors import RussetError

__all__ = ["DEFAULT_LAYOUT", "Layout"]

DEFAULT_LAYOUT: Final = "{StudyInstanceUID}/{SeriesInstanceUID}/{SOPInstanceUID}.dcm"
_SOP_INSTANCE_UID: Final = 0x0008_0018

_UID: Final = re.compile(r"[0-9.]{1,64}")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._^+=-]+")
_RESERVED: Final = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_ABSENT: Final = "none"
_COMPONENT_LENGTH: Final = 100


class Layout:
    """A template such as ``{PatientID}/{StudyInstanceUID}/{SOPInstanceUID}.dcm``.

    Attributes:
        template: The text it was made of.
        tags: The elements whose values it needs, as group * 65536 + element.
    """

    def __init__(self, template: str = DEFAULT_LAYOUT) -> None:
        """Parse `template`; fields are keywords of PS3.6, `/` separates folders.

        Raises:
            RussetError: For an unknown keyword, a path that could leave the folder, or a template
                without SOPInstanceUID, in which two instances would want one name.
        """
        self.template = template
        try:
            pieces = list(string.Formatter().parse(template))
        except ValueError as error:
            raise RussetError(f"layout {template!r}: {error}") from error
        if any(part in {"", ".", ".."} for part in template.split("/")) or "\\" in template:
            raise RussetError(
                f"layout {template!r}: every folder needs a name below the data folder"
            )
        if any(spec or conversion for _, _, spec, conversion in pieces):
            raise RussetError(f"layout {template!r}: a field is a keyword in braces, no more")
        self._pieces = [(text, _tag(field, template)) for text, field, _, _ in pieces]
        self.tags = tuple(tag for _, tag in self._pieces if tag is not None)
        if _SOP_INSTANCE_UID not in self.tags:
            raise RussetError(
                f"layout {template!r}: without {{SOPInstanceUID}} two instances could want one name"
            )
        self._others = [tag for tag in dict.fromkeys(self.tags) if tag != _SOP_INSTANCE_UID]
        self._around = lru_cache(maxsize=1024)(self._fill)

    def path(self, values: Mapping[int, bytes]) -> str:
        """Fill the template from raw element `values`; a relative path, components all safe."""
        around = self._around(tuple([values.get(tag, b"") for tag in self._others]))
        return _component(_SOP_INSTANCE_UID, values.get(_SOP_INSTANCE_UID, b"")).join(around)

    def _fill(self, others: tuple[bytes, ...]) -> tuple[str, ...]:
        """The texts around each SOP Instance UID; the same for all instances of a series."""
        filled = dict(zip(self._others, others, strict=True))
        texts = [""]
        for text, tag in self._pieces:
            texts[-1] += text
            if tag == _SOP_INSTANCE_UID:
                texts.append("")
            elif tag is not None:
                texts[-1] += _component(tag, filled[tag])
        return tuple(texts)


def _tag(field: str | None, template: str) -> int | None:
    if field is None:
        return None
    tag = codec.tag_of(field)
    if tag is None:
        raise RussetError(f"layout {template!r}: {field!r} is no keyword of the data dictionary")
    return tag


def _component(tag: int, value: bytes) -> str:
    """Spell a raw element value as one path component."""
    text = value.strip(b"\0 ").decode("latin-1")
    if not text:
        return _ABSENT
    if _UID.fullmatch(text) and text.strip("."):
        return text
    entry = codec.dictionary_entry(tag)
    if entry is not None and entry.vr == "UI":
        # No UID by PS3.5 9.1, so not to be trusted as a name; a hash keeps its instances together.
        return "x-" + hashlib.sha256(value).hexdigest()[:32]
    safe = _UNSAFE.sub("_", text).strip(".")[:_COMPONENT_LENGTH] or _ABSENT
    return f"_{safe}" if _RESERVED.fullmatch(safe) else safe
