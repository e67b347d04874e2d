"""`russet json`: what it writes, what it makes of it, and how it ends."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from russet.cli import russet
from russet.cli.exit_codes import ExitCode
from russet.data import dcmread
from tests.support.encoding import explicit, part10_file

DATASET = (
    explicit(0x00080016, "UI", b"1.2.840.10008.5.1.4.1.1.7\0")
    + explicit(0x00080018, "UI", b"1.2.3\0")
    + explicit(0x00100010, "PN", b"CITIZEN^Jan ")
)
MODEL = {
    "00080016": {"vr": "UI", "Value": ["1.2.840.10008.5.1.4.1.1.7"]},
    "00080018": {"vr": "UI", "Value": ["1.2.3"]},
    "00100010": {"vr": "PN", "Value": [{"Alphabetic": "CITIZEN^Jan"}]},
}


@pytest.fixture
def image(tmp_path: Path) -> str:
    path = tmp_path / "image.dcm"
    path.write_bytes(part10_file(DATASET))
    return str(path)


def run(*arguments: str, data: bytes | None = None) -> tuple[Result, int]:
    """Run the command; its output, and the code that the process would end with."""
    result = CliRunner().invoke(russet, ["json", *arguments], input=data, standalone_mode=False)
    return result, ExitCode.USAGE if result.exception else result.return_value


def test_one_file_is_an_object_and_several_are_an_array(image: str) -> None:
    result, code = run(image)
    assert (json.loads(result.stdout), code) == (MODEL, ExitCode.OK)
    assert json.loads(run(image, image, image)[0].stdout) == [MODEL] * 3


def test_lines_are_one_for_each_file(image: str) -> None:
    result, code = run("--ndjson", image, image)
    assert [json.loads(line) for line in result.stdout.splitlines()] == [MODEL] * 2
    assert code == ExitCode.OK
    assert run("--ndjson", "--indent", "2", image)[1] == ExitCode.USAGE


def test_lines_may_be_indented(image: str) -> None:
    assert run("--indent", "2", image)[0].stdout.splitlines()[1].startswith('  "00080016":')


def test_long_values_may_be_named(tmp_path: Path) -> None:
    path = tmp_path / "pixels.dcm"
    path.write_bytes(part10_file(explicit(0x7FE00010, "OW", bytes(2000))))
    result, _code = run(str(path), "--bulk", "/bulk/{path}")
    assert json.loads(result.stdout)["7FE00010"]["BulkDataURI"] == "/bulk/7FE00010"
    result, _code = run(str(path), "--bulk", "/bulk/{path}", "--bulk-above", "9999")
    assert "InlineBinary" in result.stdout


def test_what_fails_is_named_and_left_out(image: str, tmp_path: Path) -> None:
    result, code = run(image, str(tmp_path / "absent.dcm"), image)
    assert json.loads(result.stdout) == [MODEL] * 2
    assert "absent.dcm: No such file or directory" in result.stderr
    assert code == ExitCode.SOME_FAILED
    assert run(str(tmp_path / "absent.dcm"))[1] == ExitCode.INPUT


def test_json_becomes_a_file(tmp_path: Path) -> None:
    source, target = tmp_path / "model.json", tmp_path / "new.dcm"
    meta = {"00020010": {"vr": "UI", "Value": ["1.2.840.10008.1.2"]}}
    bulk = {"00420011": {"vr": "OB", "BulkDataURI": "http://host/1"}}
    source.write_text(json.dumps([meta | MODEL | bulk]))
    result, code = run("--read", str(source), "-o", str(target))
    assert (result.stderr, code) == (
        f"W: {source}: bulk data are not fetched, left empty: http://host/1\n",
        ExitCode.OK,
    )
    made = dcmread(target)
    assert made.to_json_dict() == MODEL | {"00420011": {"vr": "OB"}}
    assert made.file_meta is not None
    assert made.file_meta.MediaStorageSOPInstanceUID == "1.2.3"


def test_json_that_is_none_is_said_in_one_sentence(tmp_path: Path) -> None:
    target = tmp_path / "new.dcm"
    result, code = run(
        "--read", "-", "-o", str(target), data=b'{"00280010":{"vr":"US","Value":[-1]}}'
    )
    expected = "russet: -: US takes 0 to 65535, not -1 at byte 36 in 00280010\n"
    assert (result.stderr, code) == (expected, ExitCode.INPUT)
    assert not target.exists()
    assert run("--read", "a.json", "b.json")[1] == ExitCode.USAGE
