"""What type checkers are told of keywords: each has the type that its value has."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from russet import codec
from tests.support.places import ROOT

STUB = ROOT / "python" / "russet" / "data" / "keywords.pyi"

READ = [
    ("ds.PatientName", "PersonName"),
    ("ds.OtherPatientNames", "PersonName | list[PersonName]"),
    ("ds.PatientName.family_name", "str"),
    ("ds.PatientID", "str"),
    ("ds.ImageType", "str | list[str]"),
    ("ds.StudyDate", "str"),
    ("ds.SOPInstanceUID", "Uid"),
    ("ds.InstanceNumber", "int | None"),
    ("ds.PixelSpacing", "float | list[float | None] | None"),
    ("ds.Rows", "int | None"),
    ("ds.PixelPaddingValue", "int | None"),
    ("ds.DiffusionBValue", "float | None"),
    ("ds.FrameIncrementPointer", "Tag | list[Tag] | None"),
    ("ds.PixelData", "memoryview[int]"),
    ("ds.ReferencedImageSequence", "Sequence"),
    ("ds.ReferencedImageSequence[0].ReferencedSOPInstanceUID", "Uid"),
    ("ds.LUTData", "memoryview[int] | int | list[int] | None"),
]
RIGHT = [
    'ds.PatientName = "CITIZEN^Jan"',
    'ds.ImageType = ["ORIGINAL", "PRIMARY"]',
    "ds.StudyDate = datetime.date(2026, 11, 5)",
    "ds.Rows = 512",
    "ds.Rows = None",
    'ds.PixelSpacing = [0.5, Decimal("0.25")]',
    'ds.InstanceNumber = "7"',
    'ds.PixelData = b"12"',
    'ds.FrameIncrementPointer = "FrameTime"',
    "ds.ReferencedImageSequence = [Dataset(PatientID=1)]",
    "del ds.PatientID",
    "ds.filename, ds.file_meta, ds.to_json()",
]
WRONG = [
    ("ds.PatientNam", '"Dataset" has no attribute "PatientNam"'),
    ('ds.PatientNam = "A"', '"Dataset" has no attribute "PatientNam"'),
    ("ds.PatientName = 5", 'has type "int"'),
    ('ds.Rows = "512"', 'has type "str"'),
    ("ds.PatientName.rows", '"PersonName" has no attribute "rows"'),
]


def test_the_stub_is_that_of_the_script() -> None:
    command = [sys.executable, str(ROOT / "tools" / "keywords.py"), "--check"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")


def test_every_keyword_has_a_line() -> None:
    listed = re.findall(r"^    (\w+): _\w+$", STUB.read_text(), re.MULTILINE)
    missing = set(codec.keywords()) - set(listed)
    assert missing == {"Item", "ItemDelimitationItem", "SequenceDelimitationItem"}


@pytest.mark.timeout(180)
def test_a_keyword_has_the_type_of_its_value(tmp_path: Path) -> None:
    lines = [f"reveal_type({expression})" for expression, _ in READ]
    found = checked(tmp_path, [*lines, *RIGHT, *(line for line, _ in WRONG)])
    for at, (expression, wanted) in enumerate(READ):
        kind = found.pop(at).removeprefix('note: Revealed type is "').removesuffix('"')
        assert re.sub(r"\b[a-z_]+\.(?:\w+\.)*", "", kind) == wanted, expression
    for at, (line, why) in enumerate(WRONG, len(READ) + len(RIGHT)):
        assert why in found.pop(at, "no error"), line
    assert found == {}


def checked(folder: Path, lines: list[str]) -> dict[int, str]:
    """What mypy says of each of these lines."""
    head = [
        "import datetime",
        "from decimal import Decimal",
        "from russet import Dataset",
        "def look(ds: Dataset) -> None:",
    ]
    (folder / "snippet.py").write_text("\n".join([*head, *(f"    {line}" for line in lines)]))
    command = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml"]
    run = subprocess.run(
        [*command, str(folder / "snippet.py")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stderr == ""
    said = re.findall(
        r"^\S*snippet\.py:(\d+): ((?:note|error): .*?)(?:  \[.*)?$", run.stdout, re.MULTILINE
    )
    return {int(number) - len(head) - 1: text for number, text in said}
