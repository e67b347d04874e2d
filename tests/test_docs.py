"""The pages under docs: their examples run as they stand, one after the other."""

import re
from pathlib import Path

import pytest

from russet import codec
from tests.support.indexed import instance
from tests.support.instances import CT, EXPLICIT, data_set, element
from tests.support.pages import run_page
from tests.support.places import ROOT
from tests.support.processes import run


def test_the_page_of_data_sets_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    content = codec.encode_file_head(CT, "1.2.3.4", EXPLICIT, "1.2", "T", "ME") + data_set(
        element("0008 0060", "CS", "CT"), element("0010 0010", "PN", "DOE^JANE")
    )
    (tmp_path / "image.dcm").write_bytes(content)
    monkeypatch.chdir(tmp_path)
    assert run_page("datasets.md") == 8
    printed = capsys.readouterr().out
    assert "DOE^JANE" in printed
    assert "[\u5c71\u7530^\u592a\u90ce]" in printed
    assert {"edited.dcm", "implicit.dcm", "plain.dcm"} <= {path.name for path in tmp_path.iterdir()}


def test_the_page_of_workflow_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    instance = data_set(element("0008 0060", "CS", "CT"), element("0020 000E", "UI", "1.2.9"))
    content = codec.encode_file_head(CT, "1.2.3.4", EXPLICIT, "1.2", "T", "ME") + instance
    (tmp_path / "image.dcm").write_bytes(content)
    monkeypatch.chdir(tmp_path)
    assert run_page("workflow.md")
    printed = capsys.readouterr().out
    assert "True ['1.2.3.4'] {}" in printed
    assert "IN PROGRESS\nIN PROGRESS\nCOMPLETED" in printed
    assert "action 1" in printed


def test_the_page_of_matching_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_page("matching.md")
    printed = capsys.readouterr().out
    assert "[DOE^JANE]" in printed
    assert "ROE" not in printed
    assert "Müller^Jörg ISO_IR 192" in printed
    assert "FF00" in printed
    assert "[3]" in printed


def test_the_page_of_tls_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    content = codec.encode_file_head(CT, "1.2.3.4", EXPLICIT, "1.2", "T", "ME") + data_set()
    (tmp_path / "image.dcm").write_bytes(content)
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / "tls.md").read_text(encoding="utf-8")
    (script,) = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    made = run("sh", "-e", "-c", script)
    assert made.returncode == 0, made.stdout
    assert run_page("tls.md") == 4
    printed = capsys.readouterr().out
    assert "CT1 is known: 0000" in printed
    assert "renewed: 0000" in printed
    assert "untrusted - no secure connection with localhost: its certificate is not" in printed
    assert "the key ca.key does not belong to the certificate server.crt" in printed
    assert len(list((tmp_path / "received").rglob("*.dcm"))) == 1


def test_the_page_of_transports_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    content = codec.encode_file_head(CT, "1.2.3.4", EXPLICIT, "1.2", "T", "ME") + data_set()
    (tmp_path / "image.dcm").write_bytes(content)
    monkeypatch.chdir(tmp_path)
    assert run_page("transports.md")
    printed = capsys.readouterr().out.splitlines()
    success = "0000H (Success: success)"
    assert printed == [
        f"echo: {success}",
        "kept 1.2.3.4",
        f"store: {success}",
        "RUSSET: released",
    ]


def test_the_page_of_the_archive_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    instance(PatientName="ROE^RICHARD").save_as(tmp_path / "image.dcm")
    monkeypatch.chdir(tmp_path)
    assert run_page("archive.md") == 5
    printed = capsys.readouterr().out
    assert "ROE^RICHARD CT ARCHIVE" in printed
    assert "1 moved" in printed
    assert "1 fetched" in printed
    assert "1 study" in printed
    assert "0 files: 0 new to the index" in printed
    assert "Müller^Jörg is due" in printed


def test_the_page_of_diagnosis_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_page("diagnosis.md") == 1
    assert "tcp failed the machine is there" in capsys.readouterr().out
