"""Write dictionary.tsv, uids.tsv (the tables of PS3.6 chapters 6 to 9, annex A) and private.tsv.

The elements come from the installed pydicom, which carries PS3.6 as data; the UIDs from a JSON file
given as argument, and from pydicom where that has none. Same input, same bytes.

The private elements, those of vendors (PS3.5 7.8), come from pydicom (MIT licence, Copyright
2008-2020 Darcy Mason and pydicom contributors), whose list was made from that of GDCM (BSD licence,
Copyright 1993-2005 CREATIS and 2006-2016 Mathieu Malaterre); see NOTICE.

    python rust/codec/src/tables.py ../shared/standard/uids.json [--check]
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary
from pydicom._private_dict import private_dictionaries
from pydicom._uid_dict import UID_dictionary

__all__ = ["main"]

Row = tuple[str, ...]

_HERE: Final = Path(__file__).parent
_ELEMENT_COLUMNS: Final = ("tag", "vr", "vm", "keyword", "name", "retired")
_UID_COLUMNS: Final = ("uid", "name", "keyword", "type", "retired", "category", "storage")
_PRIVATE_COLUMNS: Final = ("creator", "tag", "vr", "vm", "name")
_NO_NAMES: Final = {"?", "Unknown"}
# PS3.6 chapter 9, the elements of real-time video, which pydicom does not carry.
_REAL_TIME: Final = {
    "00060001": (
        "SQ",
        "1",
        "Current Frame Functional Groups Sequence",
        "",
        "CurrentFrameFunctionalGroupsSequence",
    )
}
_RETIRED: Final = "retired"
_STORAGE: Final = "storage"


def elements() -> Iterator[Row]:
    """Rows of PS3.6 chapters 6 to 9; an `x` in a tag stands for any digit (repeating groups)."""
    entries = {f"{tag:08X}": entry for tag, entry in DicomDictionary.items()}
    entries |= {tag.upper().replace("X", "x"): entry for tag, entry in RepeatersDictionary.items()}
    entries |= _REAL_TIME
    for tag, (vr, vm, name, retired, keyword) in entries.items():
        # The items of a sequence have no VR; the standard left a few retired rows without a name.
        known_vr = "" if vr == "NONE" else vr
        known_name = "" if name == "Retired-blank" else name
        yield tag, known_vr, vm, keyword, known_name, _RETIRED if retired else ""


def uids(source: dict[str, list[dict[str, Any]]]) -> Iterator[Row]:
    """Rows of PS3.6 annex A: those of `source`, then what only pydicom has."""
    known = set()
    for section in ("transfer_syntaxes", "sop_classes", "well_known"):
        for entry in source[section]:
            known.add(entry["uid"])
            yield (
                entry["uid"],
                entry["name"] or "",
                entry["keyword"] or "",
                entry.get("type", "Transfer Syntax"),
                _RETIRED if entry["retired"] else "",
                entry.get("service_category") or "",
                _STORAGE if entry.get("storage") else "",
            )
    for uid, (name, kind, _info, retired, keyword) in UID_dictionary.items():
        if uid not in known:
            yield uid, name, keyword, kind, _RETIRED if retired else "", "", ""


def private() -> Iterator[Row]:
    """Rows of vendors' elements in order, `ggggxxee` with any block for the `xx`.

    Only the first row of a creator names it.
    """
    found = {}
    for creator, entries in private_dictionaries.items():
        # Of an element that is there with and without its block, the one with it comes last.
        for tag, (vr, vm, name, _retired) in sorted(entries.items(), reverse=True):
            group, block, element = tag[:4], tag[4:6], tag[6:]
            if "x" in element or group[3] in "02468ACE":
                continue  # a creator itself, or not private
            known_name = "" if name in _NO_NAMES else name
            if vr != "UN" or known_name:
                key = creator.strip(), f"{group}xx{element}"
                found[key] = vr.replace("_", " or "), vm, known_name
            assert block in {"xx", "00", "10"}
    last = ""
    for (creator, tag), (vr, vm, name) in sorted(found.items()):
        yield "" if creator == last else creator, tag, vr, vm, name
        last = creator


def table(columns: Row, rows: Iterable[Row]) -> bytes:
    """One line per row, sorted by its first column."""
    return text(columns, sorted(rows))


def text(columns: Row, rows: Iterable[Row]) -> bytes:
    """One line per row."""
    return "".join("\t".join(line) + "\n" for line in [columns, *rows]).encode()


def main() -> int:
    """Rewrite the files, or with --check say which are stale; 1 when any is."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("uids", type=Path, help="JSON with the UIDs of PS3.6 annex A")
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args()
    wanted = {
        "dictionary.tsv": table(_ELEMENT_COLUMNS, elements()),
        "private.tsv": text(_PRIVATE_COLUMNS, private()),
        "uids.tsv": table(_UID_COLUMNS, uids(json.loads(options.uids.read_text("utf-8")))),
    }
    stale = [name for name, text in wanted.items() if _content(_HERE / name) != text]
    for name in stale:
        if options.check:
            print(f"{name} is stale: run {Path(__file__).name} again", file=sys.stderr)
        else:
            (_HERE / name).write_bytes(wanted[name])
    return 1 if options.check and stale else 0


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


if __name__ == "__main__":
    sys.exit(main())
