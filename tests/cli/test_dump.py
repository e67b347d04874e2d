"""`russet dump`: what it prints, where, and how it ends."""

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from russet.cli import russet
from russet.cli.exit_codes import ExitCode
from tests.support.encoding import explicit, item, part10_file, undefined
from tests.support.processes import RUSSET

DATASET = explicit(0x00080060, "CS", b"CT") + explicit(0x00100010, "PN", b"CITIZEN^Jan ")
NAME_LINE = "(0010,0010) PN [CITIZEN^Jan]                            #  12, 1 PatientName"


@pytest.fixture
def image(tmp_path: Path) -> str:
    path = tmp_path / "image.dcm"
    path.write_bytes(part10_file(DATASET))
    return str(path)


@pytest.fixture
def notes(tmp_path: Path) -> str:
    path = tmp_path / "notes.txt"
    path.write_text("Nothing in here is an image.\n" * 9)
    return str(path)


def dump(*arguments: str, data: bytes | None = None) -> tuple[Result, int]:
    """Run the command; its output, and the code that the process would end with."""
    result = CliRunner().invoke(russet, ["dump", *arguments], input=data, standalone_mode=False)
    code = ExitCode.USAGE if result.exception else result.return_value
    return result, code


def test_a_file_is_shown_as_dcmdump_shows_it(image: str) -> None:
    result, code = dump(image)
    assert code == ExitCode.OK
    assert result.stdout.splitlines()[0] == "# Dicom-File-Format"
    assert result.stdout.splitlines()[-1] == NAME_LINE
    assert "\x1b" not in result.stdout


def test_only_what_was_asked_for_is_shown(image: str) -> None:
    for tags in ("PatientName", "00100010", "PatientID, (0010,0010)"):
        result, code = dump(image, "--tags", tags)
        assert (result.stdout, code) == (NAME_LINE + "\n", ExitCode.OK)


def test_the_options_of_dcmdump_are_taken(image: str) -> None:
    asked, _ = dump("-M", "+L", "+P", "PatientID", "+P", "0008,0060", image)
    same, _ = dump("--all", "--tags", "PatientID,Modality", image)
    assert asked.output == same.output != ""


def test_an_unknown_keyword_is_a_usage_error_with_the_nearest_one(image: str) -> None:
    result, code = dump(image, "--tags", "PatientNames")
    assert code == ExitCode.USAGE
    assert "did you mean PatientName?" in str(result.exception)


def test_json_is_one_line_per_file(image: str) -> None:
    result, code = dump("--json", image, image)
    first, second = result.stdout.splitlines()
    assert first == second
    assert code == ExitCode.OK
    assert json.loads(first)["00100010"] == {"vr": "PN", "Value": [{"Alphabetic": "CITIZEN^Jan"}]}
    narrow, _code = dump("--json", image, "--tags", "Modality")
    assert json.loads(narrow.stdout) == {"00080060": {"vr": "CS", "Value": ["CT"]}}


@pytest.fixture
def report(tmp_path: Path) -> str:
    code = item(explicit(0x00080100, "SH", b"T-1 "), explicit(0x00080104, "LO", b"tab\there"))
    path = tmp_path / "report.dcm"
    pixels = explicit(0x7FE00010, "OB", bytes(40))
    path.write_bytes(part10_file(undefined(0x0040A043, "SQ", code) + pixels))
    return str(path)


def test_a_path_goes_into_sequences(report: str) -> None:
    for path in (
        "ConceptNameCodeSequence[0].CodeValue",
        "ConceptNameCodeSequence.CodeValue",
        "(0040,A043)[0].(0008,0100)",
        "0040,a043.0008,0100",
    ):
        result, code = dump(report, "--tags", path)
        assert result.stdout.startswith("(0008,0100) SH [T-1] ")
        assert (result.stdout.count("\n"), code) == (1, ExitCode.OK)
    result, _code = dump(report, "--tags", "ConceptNameCodeSequence[0],TransferSyntaxUID")
    starts = ["(0008,0100) SH", "(0008,0104) LO", "(0002,0010) UI"]
    assert [line[:14] for line in result.stdout.splitlines()] == starts
    assert dump(report, "--tags", "ConceptNameCodeSequence[7].CodeValue")[0].stdout == ""
    assert dump(report, "--json", "--tags", "ConceptNameCodeSequence.CodeValue")[1] == 1


def test_ndjson_is_one_line_per_element_at_any_depth(report: str, image: str) -> None:
    result, code = dump(report, "--ndjson")
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert code == ExitCode.OK
    assert [entry["path"] for entry in found] == [
        "FileMetaInformationGroupLength",
        "TransferSyntaxUID",
        "ConceptNameCodeSequence",
        "ConceptNameCodeSequence[0].CodeValue",
        "ConceptNameCodeSequence[0].CodeMeaning",
        "PixelData",
    ]
    assert found[0]["value"] == [28]
    assert found[2]["items"] == 1
    path = "ConceptNameCodeSequence[0].CodeValue"
    facts = {"path": path, "tag": "00080100", "vr": "SH", "keyword": "CodeValue", "value": ["T-1"]}
    assert found[3] == facts
    assert found[5]["length"] == 40
    whole = dump(report, "--ndjson", "--all", "--tags", "PixelData")[0].stdout
    assert json.loads(whole)["binary"] == "A" * 54 + "=="
    several = dump(report, image, "--ndjson", "--tags", "Modality")[0].stdout
    assert json.loads(several)["file"] == image


def test_a_value_that_cannot_be_read_is_an_error_in_its_line(tmp_path: Path) -> None:
    path = tmp_path / "odd.dcm"
    path.write_bytes(part10_file(explicit(0x00280010, "US", b"abc") + DATASET))
    result, code = dump(str(path), "--ndjson", "--tags", "Rows,Modality")
    rows, modality = map(json.loads, result.stdout.splitlines())
    assert (rows["value"], modality["value"], code) == ([], ["CT"], ExitCode.OK)
    assert "multiple of 2" in rows["error"]


def test_a_table_in_a_pipe_has_tabs(report: str) -> None:
    result, code = dump(report, "--table")
    rows = [line.split("\t") for line in result.stdout.splitlines()]
    assert code == ExitCode.OK
    assert rows[0] == ["path", "VR", "length", "keyword", "value"]
    assert rows[3:6] == [
        ["(0040,A043)", "SQ", "u/l", "ConceptNameCodeSequence", "(1 item)"],
        ["(0040,A043)[0].(0008,0100)", "SH", "4", "CodeValue", "T-1"],
        ["(0040,A043)[0].(0008,0104)", "LO", "8", "CodeMeaning", r"tab\x09here"],
    ]
    assert rows[6][4].startswith(r"00\00")
    assert rows[6][4].endswith("...")


def test_a_table_of_several_files_has_a_row_for_each(image: str, report: str) -> None:
    result, code = dump(image, report, "--table", "--tags", "Modality,PatientName")
    assert code == ExitCode.OK
    assert result.stdout.splitlines() == [
        "file\tModality\tPatientName",
        f"{image}\tCT\tCITIZEN^Jan",
        f"{report}\t\t",
    ]


def test_forms_exclude_each_other(image: str) -> None:
    result, code = dump(image, "--json", "--table")
    assert code == ExitCode.USAGE
    assert "--json and --table exclude each other" in str(result.exception)


def test_standard_input_is_a_file_too() -> None:
    result, code = dump("-", data=part10_file(DATASET))
    assert NAME_LINE in result.stdout
    assert code == ExitCode.OK


def test_what_is_not_dicom_is_said_in_one_sentence(notes: str) -> None:
    result, code = dump(notes)
    assert code == ExitCode.INPUT
    assert result.stdout == ""
    assert result.stderr == (
        f"russet: {notes}: not DICOM: no preamble, and byte 0 is no element header\n"
    )


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    result, code = dump(str(tmp_path / "absent.dcm"))
    assert code == ExitCode.INPUT
    assert "absent.dcm: No such file or directory" in result.stderr


def test_the_others_are_shown_when_one_fails(image: str, notes: str) -> None:
    result, code = dump(notes, image)
    assert code == ExitCode.SOME_FAILED
    assert NAME_LINE in result.stdout
    assert f"# {image}" in result.stdout
    assert "not DICOM" in result.stderr


def test_what_is_odd_is_shown_with_a_warning_and_refused_when_strict(tmp_path: Path) -> None:
    cut = tmp_path / "cut.dcm"
    cut.write_bytes(part10_file(DATASET)[:-2])
    result, code = dump(str(cut))
    assert code == ExitCode.OK
    assert result.stderr.startswith(f"W: {cut}: ")
    assert "PatientName" in result.stdout
    assert dump("--strict", str(cut))[1] == ExitCode.INPUT


def test_long_values_are_shown_whole_on_request(tmp_path: Path) -> None:
    path = tmp_path / "long.dcm"
    path.write_bytes(explicit(0x00104000, "LT", b"x" * 100))
    assert "x" * 65 not in dump(str(path))[0].stdout
    assert "x" * 100 in dump("--all", str(path))[0].stdout


def test_help_shows_how_it_is_used() -> None:
    result = CliRunner().invoke(russet, ["dump", "--help"])
    assert "russet dump image.dcm --tags PatientID,Modality" in result.output


def test_a_reader_that_has_seen_enough_is_no_failure(tmp_path: Path) -> None:
    path = tmp_path / "many.dcm"
    path.write_bytes(
        part10_file(b"".join(explicit(0x00090010 + n, "LO", b"x" * 60) for n in range(9000)))
    )
    with subprocess.Popen(
        [RUSSET, "dump", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith("# Dicom-")
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == ExitCode.OK


def test_the_process_ends_with_the_code(notes: str) -> None:
    ended = subprocess.run([RUSSET, "dcmdump", notes], capture_output=True, check=False)
    assert ended.returncode == ExitCode.INPUT
