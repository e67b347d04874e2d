"""Every conforming file written: what is not edited is as it was, beside pydicom and DCMTK."""

import io
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from shutil import which
from typing import Final

import pytest

import russet
from russet.data import Dataset
from russet.errors import DecodeError, RussetError, UnreadableError
from tests.support.beside_pydicom import different, quiet, read_by_pydicom
from tests.support.corpus import files
from tests.support.edits import EDITS
from tests.support.paths import (
    changed,
    group_lengths_are_true,
    values_by_path,
    written_by_path,
)
from tests.support.places import absent
from tests.support.pydicom_files import pydicom_files

pytestmark = pytest.mark.corpus

LONGEST: Final = 2 << 20
# Deflated data sets that pydicom and DCMTK do not inflate.
JPIP: Final = ("1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205")
DEFLATED: Final = ("1.2.840.10008.1.2.1.99", *JPIP)
# Left without items, and of undefined length still: a sequence (PS3.5 6.2.2), to pydicom no value.
EMPTIED: Final = "(2001,105F)"


@cache
def every() -> dict[str, Path]:
    """Each file of both sets."""
    return {**pydicom_files(), **{file.name: file.path for file in files()}}


@cache
def conforming() -> dict[str, Path]:
    """Those in which nothing is odd, and that are small enough to be edited often."""
    return {name: path for name, path in every().items() if _conforms(path)}


def _conforms(path: Path) -> bool:
    if path.stat().st_size > LONGEST:
        return False
    try:
        found = russet.dcmread(path)
        values_by_path(found)
    except RussetError:
        return False
    legal = not any(tag.group in {0x0001, 0x0003, 0x0005, 0x0007, 0xFFFF} for tag in found.tags())
    named = path.read_bytes()[128:132] == b"DICM" and found.get("SOPInstanceUID")
    return bool(named) and legal and not found.warnings and found.index.is_sorted


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with quiet():
        yield


def each(names: dict[str, Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("name", names)


def saved(dataset: Dataset) -> bytes:
    target = io.BytesIO()
    dataset.save_as(target)
    return target.getvalue()


def test_most_files_conform() -> None:
    assert len(conforming()) > 400


@each(conforming())
def test_what_is_not_edited_is_written_byte_for_byte(name: str) -> None:
    assert saved(russet.dcmread(every()[name])) == every()[name].read_bytes()


@each(every())
def test_what_is_odd_is_written_with_its_values(name: str) -> None:
    try:
        found = russet.dcmread(every()[name])
        before = values_by_path(found)
    except (DecodeError, UnreadableError):
        return
    if not (found.get("SOPClassUID") and found.get("SOPInstanceUID")):
        return
    data = saved(found)
    assert values_by_path(russet.dcmread(data)) == before


@each(conforming())
def test_an_element_set_to_its_own_value_is_as_it_was(name: str) -> None:
    found = russet.dcmread(every()[name])
    before = written_by_path(found)
    for element in list(found):
        # Group lengths are made right, UN is written as what it is known to be, and there are
        # several ways to switch between character sets.
        plain = element.vr == "SQ" or b"\x1b" not in bytes(element.raw)
        if element.tag.element and element.vr == element.written_vr and plain:
            found[element.tag] = element
    after = written_by_path(russet.dcmread(saved(found)))
    assert {path for path in changed(before, after) if not path.endswith(",0000)")} == set()


@each(conforming())
def test_an_edit_changes_only_what_it_says(name: str) -> None:
    path = every()[name]
    before = written_by_path(russet.dcmread(path))
    known = {place for place, *_ in different(russet.dcmread(path), read_by_pydicom(path))}
    for edit in EDITS:
        found = russet.dcmread(path)
        expected = edit(found)
        if expected is None:
            continue
        data = saved(found)
        back = russet.dcmread(data)
        assert shortened(changed(before, written_by_path(back)), expected) == expected, edit
        assert group_lengths_are_true(back)
        assert back.warnings == []
        if back.transfer_syntax not in JPIP:
            theirs = read_by_pydicom(io.BytesIO(data))
            assert {place for place, *_ in different(back, theirs)} <= {*known, EMPTIED}, edit


def shortened(paths: set[str], expected: set[str]) -> set[str]:
    """`paths` without group lengths, and those below an expected item as that item."""
    items = [path for path in expected if path.endswith(("]", "["))]
    return {
        next((item for item in items if path.startswith(item)), path)
        for path in paths
        if not path.endswith(",0000)")
    }


@each(conforming())
def test_text_keeps_its_meaning_in_another_character_set(name: str) -> None:
    found = russet.dcmread(every()[name])
    if "SpecificCharacterSet" not in found:
        return
    before = values_by_path(found)
    found.SpecificCharacterSet = "ISO_IR 192"
    data = saved(found)
    back = russet.dcmread(data)
    after = values_by_path(back)
    assert shortened(changed(before, after), set()) <= {"(0008,0005)"}
    assert after["(0008,0005)"] == "ISO_IR 192"


@pytest.mark.interop
@each(conforming())
def test_dcmdump_has_no_more_to_say_of_an_edited_file(name: str, tmp_path: Path) -> None:
    found = russet.dcmread(every()[name])
    if found.transfer_syntax in JPIP:
        return
    for edit in EDITS:
        edit(found)
    written = tmp_path / "written.dcm"
    found.save_as(written)
    assert said_by_dcmdump(written) <= said_by_dcmdump(every()[name])


def said_by_dcmdump(path: Path) -> set[str]:
    """Its warnings and errors, without the numbers in them."""
    command = [which("dcmdump") or absent("dcmdump"), "+fo", str(path)]
    done = subprocess.run(command, capture_output=True, check=False)
    lines = done.stderr.decode(errors="replace").splitlines()
    return {re.sub(r"[0-9]+|: /.*", "", line) for line in lines}
