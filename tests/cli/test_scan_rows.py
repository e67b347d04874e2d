"""`russet scan`: one row for each file, whatever it is called, and however often it is named."""

import csv
import os
import sys
from pathlib import Path
from typing import Final

import pytest

from russet import scan
from russet.cli.exit_codes import ExitCode
from tests.support.encoding import explicit, part10_file
from tests.support.processes import RUSSET, run

FILE: Final = part10_file(explicit(0x00100020, "LO", b"7 "))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "ct" / "series"
    inside.mkdir(parents=True)
    for name in ("1.dcm", "2.dcm"):
        (inside / name).write_bytes(FILE)
    return tmp_path / "ct"


def paths(output: Path) -> list[str]:
    with output.open(encoding="utf-8", newline="") as lines:
        return [row["path"] for row in csv.DictReader(lines)]


def test_a_file_that_is_named_in_two_ways_is_one_row(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    one = Path("ct", "series", "1.dcm")
    several: list[list[str | Path]] = [
        ["ct", "ct"],
        ["ct", "./ct", "ct/", folder],
        ["ct", one],
        [one, "ct"],
        ["ct/series", "ct"],
        [one, one, "ct/series/2.dcm"],
    ]
    for named in several:
        found = scan(named, ["PatientID"])
        assert sorted(Path(str(path)).name for path in found.column("path")) == ["1.dcm", "2.dcm"]


def test_what_a_search_passes_over_is_read_when_it_is_named(folder: Path) -> None:
    hidden = folder / ".hidden.dcm"
    hidden.write_bytes(FILE)
    assert len(scan([folder], ["PatientID"])) == 2
    assert len(scan([folder, hidden], ["PatientID"])) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are bytes there")
def test_names_that_are_no_text_are_told_apart(folder: Path, tmp_path: Path) -> None:
    for name in (b"\xff.dcm", b"\xfe.dcm", b"\\\xfe.dcm"):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(FILE)
    found = scan(folder, ["PatientID"]).column("path")
    assert sorted(str(path).rpartition("/")[2] for path in found) == [
        "1.dcm",
        "2.dcm",
        r"\\\xfe.dcm",
        r"\xfe.dcm",
        r"\xff.dcm",
    ]
    output = tmp_path / "out.csv"
    for _ in range(2):
        done = run(RUSSET, "scan", folder, "-o", output, "--resume", "--tags", "PatientID")
        assert done.returncode == ExitCode.OK, done.stdout
        assert sorted(paths(output)) == sorted(map(str, found))
    named = os.fsdecode(os.fsencode(folder) + b"/\xff.dcm")
    done = run(RUSSET, "dump", named, folder / "series" / "1.dcm")
    assert done.returncode == ExitCode.OK, done.stdout


def test_a_scan_that_goes_on_knows_other_spellings(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    output = tmp_path / "out.csv"
    for named in ("ct", "./ct", folder, "ct/series/../series"):
        done = run(RUSSET, "scan", named, "-o", output, "--resume", "--tags", "PatientID")
        assert done.returncode == ExitCode.OK, done.stdout
    assert len(paths(output)) in (2, 4)  # Only the file system knows what `..` is.


def test_parquet_that_was_finished_but_for_the_last_step_has_each_row_once(
    folder: Path, tmp_path: Path
) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    arrow = pytest.importorskip("pyarrow")
    output = tmp_path / "out.parquet"
    assert run(RUSSET, "scan", folder, "-o", output, "--tags", "PatientID").returncode == 0
    rows = parquet.read_table(output)
    with arrow.ipc.new_stream(tmp_path / "out.parquet.part", rows.schema) as part:
        part.write_table(rows)
    done = run(RUSSET, "scan", folder, "-o", output, "--resume", "--tags", "PatientID")
    assert done.returncode == 0, done.stdout
    assert parquet.read_table(output).num_rows == 2


@pytest.mark.parametrize("name", ["notes.csv", "notes.ndjson", "notes.parquet"])
@pytest.mark.parametrize("text", ["my notes", "my notes\n", "[1]\n", '"a\n'])
def test_a_file_that_is_no_table_is_left_alone(
    folder: Path, tmp_path: Path, name: str, text: str
) -> None:
    output = tmp_path / name
    output.write_text(text)
    done = run(RUSSET, "scan", folder, "-o", output, "--resume", "--tags", "PatientID")
    assert done.returncode == ExitCode.USAGE
    assert "Traceback" not in done.stdout
    assert output.read_text() == text


def test_blank_lines_are_no_rows(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    output.write_text("path,PatientID,error\r\n\r\n")
    done = run(RUSSET, "scan", folder, "-o", output, "--resume", "--tags", "PatientID")
    assert done.returncode == ExitCode.OK, done.stdout
    assert len(paths(output)) == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("command", ["dump", "dump --ndjson", "dump --table", "json", "scan"])
def test_a_full_disk_behind_a_pipe_is_the_outputs_fault(folder: Path, command: str) -> None:
    file = folder / "series" / "1.dcm"
    done = run("sh", "-c", f"{RUSSET} {command} {file} > /dev/full")
    assert done.returncode == ExitCode.OUTPUT, done.stdout
    assert "No space left" in done.stdout
    assert "Traceback" not in done.stdout
    assert "Exception ignored" not in done.stdout


@pytest.mark.parametrize("command", ["dump", "dump --ndjson", "json --ndjson", "scan --json"])
def test_a_reader_that_has_seen_enough_is_no_failure(folder: Path, command: str) -> None:
    file = folder / "series" / "1.dcm"
    done = run("bash", "-c", f"{RUSSET} {command} {file} | true; exit ${{PIPESTATUS[0]}}")
    assert done.returncode == ExitCode.OK, done.stdout
    assert not done.stdout


def test_an_output_with_a_bad_name_is_said(folder: Path) -> None:
    file = folder / "series" / "1.dcm"
    model = folder.parent / "model.json"
    model.write_text('{"00080016":{"Value":["1.2"]},"00080018":{"Value":["1.3"]}}')
    for call in (
        ("scan", file, "-o", "/nonexistent/out.csv"),
        ("scan", file, "-o", "/" + "x" * 300 + ".csv"),
        ("scan", file, "--failures", "/nonexistent/failures"),
        ("json", file, "-o", "/nonexistent/out.json"),
        ("json", "--read", model, "-o", "/nonexistent/out.dcm"),
    ):
        done = run(RUSSET, *call)
        assert done.returncode == ExitCode.OUTPUT, (call, done.stdout)
        assert "Traceback" not in done.stdout
