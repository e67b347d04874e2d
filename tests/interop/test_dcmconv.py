"""`compare` on what dcmconv wrote in another transfer syntax: nothing may differ."""

import shutil
from pathlib import Path
from typing import Final

import pytest

import russet
from russet.data.compare import compare
from tests.support import corpus
from tests.support.corpus import CorpusFile
from tests.support.processes import run

pytestmark = [pytest.mark.interop, pytest.mark.corpus]

_KINDS: Final = ("charset", "document", "enhanced", "native", "rt", "seg", "sr", "structure")


@pytest.mark.parametrize("option", ["+ti", "+te", "+tb"])
@pytest.mark.parametrize(
    "file",
    [file for file in corpus.files() if file.kind in _KINDS and file.readable],
    ids=lambda file: file.name,
)
def test_a_file_is_the_same_in_another_transfer_syntax(
    file: CorpusFile, option: str, tmp_path: Path
) -> None:
    if shutil.which("dcmconv") is None:
        pytest.skip("dcmconv is not installed")
    converted = tmp_path / "converted.dcm"
    if run("dcmconv", option, file.path, converted).returncode:
        pytest.skip("dcmconv does not convert it")
    ours, theirs = russet.dcmread(file.path), russet.dcmread(converted)
    found = [(difference.path, difference.kind) for difference in compare(ours, theirs)]
    assert found == []
