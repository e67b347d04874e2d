"""The README: its examples run as they stand, against a receiver."""

import re
from pathlib import Path

import pytest

import russet
from russet import codec
from tests.support.instances import CT, EXPLICIT, data_set, element
from tests.support.places import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place with the files that the examples name."""
    content = codec.encode_file_head(CT, "1.2.3.4", EXPLICIT, "1.2", "T", "ME") + data_set(
        element("0008 0060", "CS", "CT"), element("0010 0010", "PN", "DOE^JANE")
    )
    (tmp_path / "ct").mkdir()
    for name in ("image.dcm", "ct/1.dcm", "ct/2.dcm"):
        (tmp_path / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_there_are_three_examples() -> None:
    assert len(EXAMPLES) == 3


@pytest.mark.parametrize(
    ("example", "prints"), [*zip(EXAMPLES, ["ct/2.dcm", "RUSSET CT", "DOE^JANE"], strict=True)]
)
def test_an_example_runs_as_it_stands(
    example: str, prints: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with russet.serve(0, data=folder / "data", durability="none") as receiver:
        program = example.replace("11112", str(receiver.port))
        exec(compile(program, "README.md", "exec"), {})  # noqa: S102 - our own text
    assert prints in capsys.readouterr().out
