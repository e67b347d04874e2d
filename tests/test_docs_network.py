"""The pages about the network: their examples run as they stand, one after the other."""

from pathlib import Path
from typing import Any

import pytest

import russet
from russet import codec
from russet.data.matching import select
from tests.support.instances import CT, EXPLICIT, INSTANCE, STUDY, data_set, element
from tests.support.pages import run_page


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place with the files that the examples name."""
    (tmp_path / "ct").mkdir()
    for number, name in enumerate(("image.dcm", "ct/1.dcm", "ct/2.dcm")):
        uid = f"{INSTANCE}.{number}"
        head = codec.encode_file_head(CT, uid, EXPLICIT, "1.2", "T", "ME")
        body = data_set(element("0010 0010", "PN", "DOE^JANE"), instance=uid)
        (tmp_path / name).write_bytes(head + body)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_page_of_the_scu_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    images = [folder / "ct" / "1.dcm", folder / "ct" / "2.dcm"]
    taken = []
    study = russet.Dataset(PatientName="DOE^JANE", StudyInstanceUID=STUDY, StudyDate="20261128")
    handlers: dict[str, Any] = {
        "store": lambda instance: taken.append(instance.sop_instance_uid),
        "find": lambda request: select(request.identifier, [study]),
        "get": lambda _: images,
    }
    with russet.serve(0, handlers=handlers) as archive:
        assert run_page("scu.md", archive.port) == 3
    printed = capsys.readouterr().out
    assert f"study DOE^JANE {STUDY}\ngot 2 failed 0" in printed
    assert "queued [True, True]" in printed
    assert sorted(taken) == [f"{INSTANCE}.{number}" for number in (1, 1, 2, 2)]


def test_the_page_of_the_scp_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_page("scp.md") == 3
    printed = capsys.readouterr().out
    assert "['DOE^JANE']" in printed
    assert "refused 1 1 3" in printed
    assert (folder / f"{INSTANCE}.0.dcm").is_file()


def test_the_page_of_asyncio_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_page("asyncio.md") == 2
    printed = capsys.readouterr().out
    assert printed.count("0000H") == 3
    assert "given up" in printed
