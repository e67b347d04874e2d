"""The tables of PS3.6, beside what others have of it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from russet import codec
from tests.support.places import ROOT, SHARED, absent

UIDS: Final = SHARED / "standard" / "uids.json"

# DCMTK's own names for a choice that PS3.6 writes in words, or leaves to the context.
DCMTK_VRS: Final = {
    "lt": {"US or OW", "US or SS or OW", "OW"},
    "na": {""},
    "ox": {"OB or OW"},
    "px": {"OB or OW"},
    "up": {"UL"},
    "xs": {"US or SS"},
}


def test_the_tables_are_those_of_the_script() -> None:
    if not UIDS.exists():
        absent(f"the table {UIDS}")
    script = ROOT / "rust" / "codec" / "src" / "tables.py"
    run = subprocess.run(
        [sys.executable, script, UIDS, "--check"], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")


def test_an_element_of_dcmtk_is_known_with_the_same_vr_and_keyword() -> None:
    differing = []
    for tag, vr, keyword in dcmtk_elements():
        entry = codec.dictionary_entry(tag)
        if entry is None or (entry.keyword and entry.keyword != keyword):
            differing.append((f"{tag:08X}", keyword, entry and entry.keyword))
        elif entry.vr not in DCMTK_VRS.get(vr, {vr}):
            differing.append((f"{tag:08X}", vr, entry.vr))
    assert differing == []


def dcmtk_elements() -> Iterator[tuple[int, str, str]]:
    """Rows of DCMTK's dictionary: the elements of the standard that have one tag."""
    found = [*Path("/usr/share").glob("*dcmtk*/dicom.dic")]
    if not found:
        absent("DCMTK's dicom.dic")
    for line in found[0].read_text("latin-1").splitlines():
        if not line.startswith("("):
            continue
        tag, vr, keyword, _vm, source = line.split("\t")[:5]
        digits = tag.strip("()").replace(",", "")
        if source.startswith("DICOM") and len(digits) == 8 and digits.isalnum():
            name = keyword.removeprefix("RETIRED_").removeprefix("ACR_NEMA_")
            yield int(digits, 16), vr, name
