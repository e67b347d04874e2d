"""`russet diff`: what it prints, and how it ends."""

import json
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from russet.cli import russet
from russet.cli.exit_codes import ExitCode
from tests.support.encoding import IMPLICIT, explicit, implicit, item, part10_file
from tests.support.processes import RUSSET

CT = explicit(0x00080060, "CS", b"CT")
MR = explicit(0x00080060, "CS", b"MR")
NAME = explicit(0x00100010, "PN", b"A ")
PRIVATE = explicit(0x00091001, "LO", b"\x1b[2J")
PIXELS = explicit(0x7FE00010, "OB", bytes(40))


def uid(number: int) -> bytes:
    return explicit(0x00080018, "UI", b"1.2.%d\0" % number)


def file(path: Path, *elements: bytes, syntax: str = "1.2.840.10008.1.2.1") -> str:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(part10_file(b"".join(elements), syntax))
    return str(path)


def diff(*arguments: str | Path) -> tuple[Result, int]:
    """Run the command; its output, and the code that the process would end with."""
    words = ["diff", *map(str, arguments)]
    result = CliRunner().invoke(russet, words, standalone_mode=False)
    return result, ExitCode.USAGE if result.exception else result.return_value


def test_files_that_mean_the_same_are_the_same(tmp_path: Path) -> None:
    ours = file(tmp_path / "a", CT, NAME)
    theirs = file(
        tmp_path / "b", implicit(0x00080060, b"CT"), implicit(0x00100010, b"A"), syntax=IMPLICIT
    )
    result, code = diff(ours, theirs)
    assert (result.output, code) == ("", ExitCode.OK)
    result, code = diff(ours, theirs, "--meta")
    assert "- TransferSyntaxUID UI 1.2.840.10008.1.2.1\n" in result.stdout
    assert code == ExitCode.SOME_FAILED


def test_each_difference_is_a_line_for_either_file(tmp_path: Path) -> None:
    ours = file(tmp_path / "a", CT, explicit(0x00081140, "SQ", item(NAME) + item()), PIXELS)
    theirs = file(tmp_path / "b", MR, PRIVATE, explicit(0x00081140, "SQ", item()))
    result, code = diff(ours, theirs)
    assert code == ExitCode.SOME_FAILED
    assert result.stdout.splitlines() == [
        f"--- {ours}",
        f"+++ {theirs}",
        "- Modality CS CT",
        "+ Modality CS MR",
        "- ReferencedImageSequence SQ (2 items)",
        "+ ReferencedImageSequence SQ (1 item)",
        "- ReferencedImageSequence[0].PatientName PN A",
        r"+ (0009,1001) LO \x1b[2J",
        f"- PixelData OB (40 bytes, SHA-256 {sha256(bytes(40)).hexdigest()})",
    ]


def test_what_is_ignored_does_not_count(tmp_path: Path) -> None:
    ours = file(tmp_path / "a", CT, NAME, PIXELS)
    theirs = file(tmp_path / "b", MR, PRIVATE, NAME)
    assert diff(ours, theirs, "--ignore", "0008,0060,private,OB")[1] == ExitCode.OK
    assert diff(ours, theirs, "--only", "PatientName")[1] == ExitCode.OK
    result, code = diff(ours, theirs, "--only", "PatientName,Modality")
    assert (result.stdout.count("Modality"), code) == (2, ExitCode.SOME_FAILED)
    assert diff(ours, theirs, "--ignore", "Modalty")[1] == ExitCode.USAGE


def test_json_is_one_line_per_difference(tmp_path: Path) -> None:
    ours = file(tmp_path / "a", CT, PIXELS)
    theirs = file(tmp_path / "b", MR)
    result, code = diff("--json", ours, theirs)
    modality, pixels = map(json.loads, result.stdout.splitlines())
    assert code == ExitCode.SOME_FAILED
    assert modality == {
        "files": [ours, theirs],
        "path": "Modality",
        "tag": "00080060",
        "keyword": "Modality",
        "kind": "value",
        "ours": {"vr": "CS", "value": ["CT"]},
        "theirs": {"vr": "CS", "value": ["MR"]},
    }
    assert (pixels["kind"], pixels["theirs"]) == ("removed", None)
    assert pixels["ours"].keys() == {"vr", "length", "sha256"}


def test_files_of_folders_belong_together_by_instance(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for folder in (ours, theirs):
        file(folder / "unnamed", NAME)
        (folder / "notes.txt").write_text(f"No image, but of {folder.name}.\n" * 9)
    first = file(ours / "1", uid(1), CT)
    file(ours / "2", uid(2), CT)
    same = file(theirs / "x", uid(1), MR)
    file(theirs / "y", uid(2), CT)
    last = file(theirs / "z", uid(3), CT)
    result, code = diff(ours, theirs)
    assert code == ExitCode.SOME_FAILED
    assert result.stdout.splitlines() == [
        f"--- {first}",
        f"+++ {same}",
        "- Modality CS CT",
        "+ Modality CS MR",
        f"Only one has {last}",
    ]
    assert diff(ours, ours)[1] == ExitCode.OK


@pytest.mark.parametrize("name", ["absent", "notes.txt"])
def test_trouble_is_told_from_a_difference(tmp_path: Path, name: str) -> None:
    (tmp_path / "notes.txt").write_text("Nothing in here is an image.\n" * 9)
    result, code = diff(file(tmp_path / "a", CT), tmp_path / name)
    assert code == ExitCode.INPUT
    assert name in result.stderr
    assert result.stderr.count("\n") == 1
    assert diff(tmp_path, tmp_path / "a")[1] == ExitCode.USAGE


def test_the_process_ends_with_the_code(tmp_path: Path) -> None:
    ours, theirs = file(tmp_path / "a", CT), file(tmp_path / "b", MR)
    ended = subprocess.run([RUSSET, "diff", ours, theirs], capture_output=True, check=False)
    assert ended.returncode == ExitCode.SOME_FAILED
    assert b"\x1b" not in ended.stdout
