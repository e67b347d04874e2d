"""Private elements that only you know (PS3.5 7.8): make their VRs and names known to russet.

    register("ACME 1.1", {"(0029,xx10)": ("LO", "1", "Name of the Reader")})

Many vendors' are known from the start: see `russet.codec.private_entry`. What is registered holds
for the whole process, for data sets that are read afterwards and for values not yet taken.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from russet import codec
from russet.data.tag import Tag

__all__ = ["Known", "private_dictionary", "register"]

_VRS: Final = (
    "AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR "
    "US UT UV"
)
_BLOCK: Final = "10"
_LINE: Final = re.compile(
    r'\((?P<group>[0-9A-Fa-f]{4}),"(?P<creator>[^"]+)",(?P<element>[0-9A-Fa-f]{2})\)'
    r"\t(?P<vr>[A-Z]{2})\t(?P<name>[^\t]*)\t(?P<vm>[^\t]*)"
)


class Known(NamedTuple):
    """What is known of a private element."""

    vr: str
    """Two letters."""
    vm: str = "1"
    """The value multiplicity, such as `1-n`."""
    name: str = ""
    """What it is called."""


def register(creator: str, elements: Mapping[str | int, Known | tuple[str, str, str]]) -> None:
    """Make private elements known to the whole process, in place of what is known of them.

    Args:
        creator: The owner of the block; spaces around it do not count.
        elements: Their tags, as `(0029,xx10)` or as `Tag.of` reads them in any block, and VR, value
            multiplicity and name of each.

    Raises:
        ValueError: A tag that is in no private block, or no VR.
    """
    rows = []
    for key, (vr, vm, name) in elements.items():
        tag = Tag.of(key.lower().replace("xx", _BLOCK) if isinstance(key, str) else key)
        if not tag.is_private or tag.element < 0x1000:
            raise ValueError(f"{tag} is in no private block: (gggg,1000) to (gggg,FFFF), gggg odd")
        if not _is_vr(vr):
            raise ValueError(f"{vr!r} is no VR of PS3.5 6.2")
        rows.append((int(tag), vr, vm, name))
    codec.register_private(creator, rows)


def private_dictionary(lines: Iterable[str]) -> dict[str, dict[str | int, Known]]:
    """Read the private elements of a dictionary as DCMTK's tools have it, by creator.

        for creator, elements in private_dictionary(Path("private.dic").open()).items():
            register(creator, elements)

    Lines that are something else are left out.
    """
    found: dict[str, dict[str | int, Known]] = defaultdict(dict)
    for line in lines:
        if row := _LINE.match(line):
            tag = f"({row['group']},xx{row['element']})"
            known = Known(row["vr"], row["vm"].strip(), row["name"])
            if _is_vr(known.vr) and int(row["group"], 16) & 1:
                found[row["creator"]][tag] = known
    return dict(found)


def _is_vr(text: str) -> bool:
    return len(text) == 2 and text in _VRS and " " not in text
