"""What a hostile file can say: each lie ends in a result, or in an error with its place.

Each is told to a process that has little memory and little time, which opens it in every way and
does everything with it. What is wrong with a lie need not be found by every use: but no use may
crash, stall or bloat the process, or raise what is no error of russet's.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

import russet
from russet import codec
from russet.data import read_dataset
from russet.errors import DecodeError, RussetError
from tests.support.corpus import few
from tests.support.lied_to import IMPLICIT
from tests.support.lies import LIES, lie
from tests.support.places import ROOT
from tests.support.processes import RUSSET, run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of a process are Linux's")

PATIENCE: Final = 240.0
# Errors without an offset: of what has no encoding, of what is not there, of what is no DICOM.
NO_PLACE: Final = {"", "EncodeError", "KeyError", "UnreadableError"}

# What the reader has to refuse, however it is opened.
REFUSED: Final = {
    "nested 129 deep, endless": "nested sequences 129 above the limit of 128",
    "nested 1000000 deep, endless": "nested sequences 129 above the limit of 128",
    "nested a million deep in UN": "nested sequences 129 above the limit of 128",
    "undefined length of a text": "undefined length for a VR that cannot have one",
    "fragments of undefined length": "fragment of undefined length",
    "a bomb of 100 MB": "inflated bytes",
    "a bomb of 1 GB": "inflated bytes",
    "a bomb of 4 GB without end": "inflated bytes",
    "a zlib header": "not a deflate stream",
    "garbage instead of a deflate stream": "not a deflate stream",
    "no DICOM at all": "not DICOM",
    "an empty file": "not DICOM",
}


@pytest.mark.timeout(PATIENCE + 10)
@pytest.mark.parametrize("name", LIES)
def test_a_lie_ends_in_a_result_or_in_an_error_with_its_place(name: str, tmp_path: Path) -> None:
    child = subprocess.run(
        [sys.executable, "-m", "tests.support.lied_to", name, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
        timeout=PATIENCE,
    )
    told = [json.loads(line) for line in child.stdout.splitlines()]
    assert child.returncode == 0, (told[-1:], child.stderr[-2000:])
    for outcome in told:
        if outcome["error"] not in NO_PLACE:
            assert outcome["error"] == "DecodeError", outcome
            assert 0 <= outcome["offset"] <= outcome["size"], outcome


@pytest.mark.parametrize("name", REFUSED)
def test_a_lie_that_cannot_be_read_around_is_refused(name: str) -> None:
    with pytest.raises(RussetError, match=REFUSED[name]):
        russet.dcmread(lie(name).file)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_in_a_file_is_refused_when_it_arrives(name: str) -> None:
    told = lie(name)
    if "DICOM" in REFUSED[name]:
        return
    arriving = codec.Walk(told.syntax, [])
    with pytest.raises(DecodeError, match=REFUSED[name]):
        arriving.feed(told.data)


def test_more_may_be_inflated_where_the_caller_says_so() -> None:
    told = lie("a bomb of 100 MB")
    assert len(russet.dcmread(told.file, inflated=1 << 27).PixelData) == 100 << 20
    with pytest.raises(DecodeError, match="above the limit of 1000"):
        russet.dcmread(lie("a deflate stream that is cut").file, inflated=1000)


@pytest.mark.corpus
@pytest.mark.parametrize("number", range(3))
def test_a_real_file_cut_at_every_byte_ends_in_a_result_or_in_an_error_with_its_place(
    number: int,
) -> None:
    whole = sorted(few(), key=lambda file: len(file.dataset))[number].path.read_bytes()
    for length in range(len(whole)):
        error = believed(whole[:length])
        if isinstance(error, DecodeError):
            assert 0 <= error.offset <= length, (length, error)


def believed(data: bytes) -> RussetError | None:
    """What is wrong with a file that is opened and turned into something else."""
    try:
        dataset = russet.dcmread(data)
        dataset.to_json()
        dataset.index_arrays()
        str(dataset)
        dataset.encode(IMPLICIT, lengths="defined")
    except RussetError as error:
        return error
    return None


def test_a_cut_data_set_is_refused_when_it_arrives() -> None:
    told = lie("tags in no order")
    ends = {element.offset + element.length for element in read_dataset(told.data, told.syntax)}
    for length in range(1, len(told.data)):
        arriving = codec.Walk(told.syntax, [], nested=True)
        arriving.feed(told.data[:length])
        if length not in ends:
            with pytest.raises(DecodeError) as caught:
                arriving.finish()
            assert 0 <= caught.value.offset <= length


JSON_LIES: Final = {
    "nested a million deep": '{"00081115":{"vr":"SQ","Value":[' * 10**6,
    "nested a million deep where nothing is read": '{"00081115":{"x":' + "[" * 10**6,
    "an array of arrays": "[" * 10**6,
    "a number of a million digits": '{"00200013":{"vr":"IS","Value":[' + "9" * 10**6 + "]}}",
    "a power of ten": '{"00280010":{"vr":"US","Value":[1e999999999]}}',
    "a number that is almost one": '{"00280010":{"vr":"US","Value":[0.' + "9" * 10**6 + "]}}",
    "a text of a million escapes": '{"00100020":{"vr":"LO","Value":["' + "\\u0000" * 10**6 + '"]}}',
    "half a surrogate": '{"00100020":{"vr":"LO","Value":["\\ud800"]}}',
    "base64 of ten million zeros": '{"7FE00010":{"vr":"OW","InlineBinary":"' + "A" * 10**7 + '"}}',
    "base64 that is none": '{"7FE00010":{"vr":"OW","InlineBinary":"' + "=" * 10**6 + '"}}',
    "a million keys": "{" + ",".join(f'"{n:08X}":{{"vr":"UN"}}' for n in range(10**5)) + "}",
    "one key a hundred thousand times": "{" + '"00100020":{"vr":"LO"},' * 10**5 + "}",
    "a million empty items": '{"00081115":{"vr":"SQ","Value":[' + "{}," * 10**6 + "{}]}}",
    "a list of nothing": '{"00100020":{"vr":"LO","Value":[' + "null," * 10**6 + "null]}}",
    "a VR that is a list": '{"00100020":{"vr":["LO"]}}',
    "a cut text": '{"00100020":{"vr":"LO","Va',
}


@pytest.mark.parametrize("name", JSON_LIES)
def test_json_that_lies_ends_in_a_result_or_in_an_error_with_its_place(name: str) -> None:
    text = JSON_LIES[name]
    error: RussetError | None = None
    try:
        russet.Dataset.from_json(text).to_json()
    except RussetError as raised:
        error = raised
    if isinstance(error, DecodeError):
        assert 0 <= error.offset <= len(text.encode())


COMMANDS: Final = (
    ("dump",),
    ("dump", "--ndjson"),
    ("dump", "--json"),
    ("dump", "--table"),
    ("json",),
    ("scan",),
)
TOLD_TO_COMMANDS: Final = (
    "a value longer than the file",
    "a value of 4 GB",
    "a VR that is not the one of the tag",
    "a bomb of 1 GB",
    "a character set that is a sequence",
    "an offset table of three bytes",
    "control characters",
    "nested 1000 deep",
    "nested 10000 deep, endless",
    "a transfer syntax of garbage",
    "an empty file",
    "numbers that do not fill their value",
)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", TOLD_TO_COMMANDS)
def test_commands_end_with_an_honest_code_and_without_a_traceback(
    name: str, tmp_path: Path
) -> None:
    path, other = tmp_path / "lie.dcm", tmp_path / "other.dcm"
    path.write_bytes(lie(name).file)
    other.write_bytes(lie("tags in no order").file)
    calls = [(*command, str(path)) for command in COMMANDS]
    calls += [("diff", str(path), str(other)), ("diff", str(path), str(path))]
    for call in calls:
        done = run(RUSSET, *call)
        assert "Traceback" not in done.stdout, (call, done.stdout[-2000:])
        assert done.returncode in (0, 2, 20), (call, done.stdout[-2000:])
        assert "\x1b" not in done.stdout, call
