"""`russet scan`, as a user runs it: what it writes, where, and how it ends."""

import csv
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from russet.cli.exit_codes import ExitCode
from tests.support.encoding import explicit, part10_file
from tests.support.processes import RUSSET

FORMS = ("csv", "ndjson", "parquet")


def image(number: int) -> bytes:
    return part10_file(
        explicit(0x00080060, "CS", b"CT")
        + explicit(0x00104000, "LT", b'two\r\nlines, "quoted"')
        + explicit(0x00200013, "IS", b"%4d" % number)
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three images, one of them in a folder of its own."""
    folder = tmp_path / "images"
    (folder / "more").mkdir(parents=True)
    for number, name in enumerate(("1.dcm", "2.dcm", "more/3.dcm"), 1):
        (folder / name).write_bytes(image(number))
    return folder


def scan(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [RUSSET, "scan", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)


def rows(path: Path) -> list[dict[str, object]]:
    """What is in a file of any of the forms."""
    if path.suffix == ".csv":
        with path.open(newline="") as lines:
            return [{k: v or None for k, v in row.items()} for row in csv.DictReader(lines)]
    if path.suffix == ".ndjson":
        return [json.loads(line) for line in path.read_text().splitlines()]
    found: list[dict[str, object]] = pyarrow.parquet.read_table(path).to_pylist()
    return found


@pytest.mark.parametrize("form", FORMS)
def test_a_file_has_a_row_for_each_image(folder: Path, tmp_path: Path, form: str) -> None:
    output = tmp_path / f"meta.{form}"
    ended = scan(folder, "-o", output, "--tags", "InstanceNumber,PatientComments,(0008,0060)")
    assert ended.returncode == ExitCode.OK, ended.stderr
    assert ended.stdout == ""
    assert ended.stderr.startswith("3 files  ")
    found = rows(output)
    assert [str(row["path"]) for row in found] == [
        *(str(folder / name) for name in ("1.dcm", "2.dcm", "more/3.dcm"))
    ]
    assert [int(str(row["InstanceNumber"])) for row in found] == [1, 2, 3]
    assert {row["PatientComments"] for row in found} == {'two\r\nlines, "quoted"'}
    assert {row["error"] for row in found} == {None}


@pytest.mark.parametrize("form", FORMS)
def test_an_output_that_is_there_is_begun_anew_when_told(
    folder: Path, tmp_path: Path, form: str
) -> None:
    output = tmp_path / f"meta.{form}"
    assert scan(folder / "2.dcm", "-o", output).returncode == ExitCode.OK
    again = scan(folder / "1.dcm", "-o", output)
    assert again.returncode == ExitCode.OUTPUT
    assert "exists: --resume goes on with it, --overwrite begins anew" in again.stderr
    assert [row["path"] for row in rows(output)] == [str(folder / "2.dcm")]
    assert scan(folder / "1.dcm", "-o", output, "--overwrite").returncode == ExitCode.OK
    assert [row["path"] for row in rows(output)] == [str(folder / "1.dcm")]


@pytest.mark.parametrize("form", FORMS)
def test_a_scan_goes_on_where_it_was(folder: Path, tmp_path: Path, form: str) -> None:
    output = tmp_path / f"meta.{form}"
    assert scan(folder / "2.dcm", "-o", output).returncode == ExitCode.OK
    first = rows(output)
    assert scan(folder, "-o", output).returncode == ExitCode.OUTPUT
    assert rows(output) == first, "nothing is overwritten"
    assert scan(folder, "-o", output, "--resume").stderr.startswith("2 files  ")
    ended = scan(folder, "-o", output, "--resume")
    assert (ended.returncode, ended.stderr[:9]) == (ExitCode.OK, "0 files  ")
    names = [Path(str(row["path"])).name for row in rows(output)]
    assert names == ["2.dcm", "1.dcm", "3.dcm"]
    ended = scan(folder, "-o", output, "--resume", "--tags", "Rows")
    assert ended.returncode == ExitCode.USAGE
    assert "has other columns" in ended.stderr
    assert len(rows(output)) == 3


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_half_a_row_that_a_dead_writer_left_is_written_anew(
    folder: Path, tmp_path: Path, form: str
) -> None:
    output, whole = tmp_path / f"cut.{form}", tmp_path / f"whole.{form}"
    tags = ("--tags", "PatientComments,InstanceNumber")
    scan(folder, "-o", whole, *tags)
    text = whole.read_bytes()
    for cut in range(len(text) - 30, len(text)):
        output.write_bytes(text[:cut])
        ended = scan(folder, "-o", output, "--resume", *tags) if cut % 7 == 0 else None
        assert ended is None or output.read_bytes() == text, cut


def test_a_killed_scan_leaves_what_it_had(tmp_path: Path) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    for number in range(3000):
        (folder / f"{number:04}").write_bytes(image(number))
    for form in FORMS:
        output = tmp_path / f"meta.{form}"
        part = output.with_name("meta.parquet.part") if form == "parquet" else output
        command = [RUSSET, "scan", str(folder), "-o", str(output), "--threads", "1"]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            deadline = time.monotonic() + 10
            while not (part.exists() and part.stat().st_size > 100_000):
                if process.poll() is not None or time.monotonic() > deadline:
                    break
                time.sleep(0.001)
            process.send_signal(signal.SIGKILL)
        ended = scan(folder, "-o", output, "--resume")
        assert ended.returncode == ExitCode.OK, ended.stderr
        paths = [row["path"] for row in rows(output)]
        assert paths == [str(folder / f"{number:04}") for number in range(3000)]
        assert not part.exists() or form != "parquet"


def test_a_place_for_failures_that_cannot_be_is_told_of_before_anything_is_read(
    folder: Path, tmp_path: Path
) -> None:
    output = tmp_path / "meta.csv"
    for place in (tmp_path, tmp_path / "nowhere" / "failures.tsv"):
        ended = scan(folder, "-o", output, "--failures", place)
        assert ended.returncode == ExitCode.OUTPUT
        assert str(place) in ended.stderr
        assert not output.exists()


def test_failures_are_rows_and_told_and_counted(folder: Path, tmp_path: Path) -> None:
    cut, notes, listed = folder / "cut.dcm", folder / "notes.txt", tmp_path / "failures.tsv"
    cut.write_bytes(image(9)[:-2])
    notes.write_text("no image")
    ended = scan(folder, "-o", tmp_path / "meta.csv", "--failures", listed, "--json")
    assert ended.returncode == ExitCode.SOME_FAILED
    error = "2 more bytes needed at offset 0xd2 in (0020,0013)"
    assert ended.stderr.splitlines()[0] == f"{cut}: {error}"
    assert ended.stderr.strip().endswith("failed 1  skipped 1 not DICOM")
    assert listed.read_text() == f"{cut}\t{error}\n"
    report = json.loads(ended.stdout)
    assert (report["files"], report["failed"], report["skipped"]) == (5, 1, 1)
    errors = {Path(str(row["path"])).name: row["error"] for row in rows(tmp_path / "meta.csv")}
    assert errors["1.dcm"] is None
    assert str(errors["notes.txt"]).startswith("not DICOM")


@pytest.mark.parametrize("name", ["absent", "notes.txt", "empty"])
def test_nothing_that_can_be_read_is_the_inputs_fault(tmp_path: Path, name: str) -> None:
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / "empty").mkdir()
    ended = scan(tmp_path / name, "-o", tmp_path / "meta.csv")
    assert ended.returncode == ExitCode.INPUT


def test_an_output_that_cannot_be_written_is_said(folder: Path, tmp_path: Path) -> None:
    ended = scan(folder, "-o", tmp_path / "absent" / "meta.csv")
    assert ended.returncode == ExitCode.OUTPUT
    assert ended.stderr.startswith("russet: ")
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("form", FORMS)
def test_a_full_disk_is_said(folder: Path, tmp_path: Path, form: str) -> None:
    output = tmp_path / f"meta.{form}"
    program = (
        "import resource, sys; from russet.cli import main; "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300)); "
        f"sys.argv = ['russet', 'scan', {str(folder)!r}, '-o', {str(output)!r}]; main()"
    )
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    assert ended.returncode == ExitCode.OUTPUT, ended.stderr
    assert "File too large" in ended.stderr.splitlines()[-1]


def test_a_device_is_no_table(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "meta.csv"
    output.symlink_to("/dev/null")
    assert scan(folder, "-o", output, "--resume").returncode == ExitCode.OUTPUT


def test_a_pipe_gets_csv_or_ndjson(folder: Path) -> None:
    ended = scan(folder, "--tags", "Modality,InstanceNumber")
    header, *lines = ended.stdout.splitlines()
    assert header == "path,Modality,InstanceNumber,error"
    assert lines[0] == f"{folder}/1.dcm,CT,1,"
    ended = scan(folder, "--tags", "Modality,InstanceNumber", "--json")
    assert json.loads(ended.stdout.splitlines()[2]) == {
        "path": f"{folder}/more/3.dcm",
        "Modality": "CT",
        "InstanceNumber": 3,
        "error": None,
    }


def test_mistakes_of_usage_are_said(folder: Path, tmp_path: Path) -> None:
    for arguments, said in [
        (("--tags", "Modalty"), "did you mean Modality?"),
        (("-o", "meta.xls"), "the suffix is one of .csv, .ndjson, .parquet"),
        (("--resume",), "--resume needs the output"),
        ((), ""),
    ]:
        ended = scan(folder, *arguments)
        assert said in ended.stderr
        assert ended.returncode == (ExitCode.USAGE if arguments else ExitCode.OK)


def test_without_pyarrow_the_command_that_installs_it_is_said(folder: Path, tmp_path: Path) -> None:
    program = (
        "import sys; sys.modules['pyarrow'] = None; from russet.cli import main; "
        f"sys.argv = ['russet', 'scan', {str(folder)!r}, '-o', {str(tmp_path / 'm.parquet')!r}]; "
        "main()"
    )
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == ExitCode.OUTPUT
    said = "Parquet files need pyarrow, which is not installed: pip install 'pyarrow>=18'"
    assert ended.stderr == f"russet: {said}\n"


def test_help_shows_how_it_is_used() -> None:
    assert "russet scan ./ct -o meta.parquet" in scan("--help").stdout
