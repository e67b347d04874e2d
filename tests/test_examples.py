"""The programs under docs/examples: each runs as a user runs it, and does what it says."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import russet
from tests.net.test_serving import instance_file
from tests.support.instances import CT, INSTANCE, STUDY
from tests.support.pair import MR
from tests.support.places import ROOT
from tests.support.processes import Listener

EXAMPLES = ROOT / "docs" / "examples"
ANNOUNCES = r"port (\d+)"


def run(name: str, *arguments: object, folder: Path) -> str:
    """Run an example to its end in a folder; what it prints."""
    command = [sys.executable, str(EXAMPLES / name), *map(str, arguments)]
    ended = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=25, cwd=folder
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@contextmanager
def running(name: str, *arguments: object, folder: Path) -> Iterator[Listener]:
    """Have an example serve, on the port that it says."""
    command = [sys.executable, str(EXAMPLES / name), *map(str, arguments)]
    log = folder / f"{name}.log"
    with Listener(command, log, None, ANNOUNCES, folder) as listener:
        yield listener


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    for number, sop_class in enumerate((CT, CT, MR), 1):
        instance_file(folder / f"{number}.dcm", f"{INSTANCE}.{number}", sop_class)
    return folder


def test_every_example_is_run_here() -> None:
    tests = Path(__file__).read_text(encoding="utf-8")
    assert [each.name for each in EXAMPLES.glob("*.py") if f'"{each.name}"' not in tests] == []


def test_store_scp_and_scu(tmp_path: Path, images: Path) -> None:
    with running("store_scp.py", 0, folder=tmp_path) as scp:
        printed = run("store_scu.py", "127.0.0.1", scp.port, images, folder=tmp_path)
    assert printed.count("0000H") == 4  # an echo and three instances
    assert len(list((tmp_path / "received" / STUDY).glob("*.dcm"))) == 3


def test_query_retrieve_scp_and_scu(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.mkdir()
    for number in (1, 2):
        path = instance_file(archive / f"{number}.dcm", f"{INSTANCE}.{number}")
        dataset = russet.dcmread(path)
        dataset.PatientName, dataset.PatientID, dataset.Modality = "DOE^JANE", "1", "CT"
        dataset.save_as(path)
    with running("query_retrieve_scp.py", archive, 0, folder=tmp_path) as scp:
        printed = run("query_retrieve_scu.py", "127.0.0.1", scp.port, "DOE*", folder=tmp_path)
    assert f"DOE^JANE  {STUDY}" in printed.replace("None", "")
    assert "2 instances: 0000H" in printed
    assert len(list((tmp_path / "fetched").glob("*.dcm"))) == 2


def test_worklist_scp_and_scu(tmp_path: Path) -> None:
    with running("worklist_scp.py", 0, folder=tmp_path) as scp:
        printed = run("worklist_scu.py", "127.0.0.1", scp.port, "CT", folder=tmp_path)
    assert printed.splitlines() == ["090000 CT DOE^JANE", "100000 CT ROE^RICHARD"]


@pytest.mark.parametrize("route", ["*", "CT"])
def test_router(route: str, tmp_path: Path, images: Path) -> None:
    for path in images.iterdir():
        dataset = russet.dcmread(path)
        dataset.Modality = "CT"
        dataset.save_as(path)
    with (
        russet.serve(0, data=tmp_path / "all") as there,
        running("router.py", 0, f"{route}=127.0.0.1:{there.port}", folder=tmp_path) as router,
        russet.connect("127.0.0.1", router.port) as association,
    ):
        assert [stored.ok for stored in association.store(sorted(images.iterdir()))] == [True] * 3
        assert there.folder is not None
        sent = sorted(bytes(russet.dcmread(path).encode()) for path in images.iterdir())
        kept = there.folder.instances.rglob("*.dcm")
        assert sorted(bytes(russet.dcmread(path).encode()) for path in kept) == sent


def test_user_identity(tmp_path: Path) -> None:
    printed = run("user_identity.py", folder=tmp_path)
    assert printed.splitlines() == ["eva: 0000H (Success: success)", "not eva: 1/2/1"]


def test_private_sop_class(tmp_path: Path) -> None:
    made, switched, asked, another = run("private_sop_class.py", folder=tmp_path).splitlines()
    assert made.startswith("made: 0000H")
    assert (switched, asked) == ("switched: ON", "asked: ON")
    assert another.startswith("another: 0112H")


def test_asyncio_store(tmp_path: Path, images: Path) -> None:
    printed = run("asyncio_store.py", *sorted(images.iterdir()), folder=tmp_path)
    assert printed.count("took") == 9
    assert "sent 9" in printed


def test_procedure_step_scp_and_scu(tmp_path: Path) -> None:
    with running("procedure_step_scp.py", 0, folder=tmp_path) as scp:
        printed = run("procedure_step_scu.py", "127.0.0.1", scp.port, folder=tmp_path)
        scp.wait_for("CT1: .* COMPLETED")
    assert "completed: 0000H" in printed
    assert "IN PROGRESS" in scp.text


def test_storage_commitment_scp_and_scu(tmp_path: Path, images: Path) -> None:
    paths = sorted(images.iterdir())
    with running("storage_commitment_scp.py", 0, folder=tmp_path) as scp:
        printed = run("storage_commitment_scu.py", "127.0.0.1", scp.port, *paths, folder=tmp_path)
    assert printed.splitlines() == ["sent 2, committed 2", f"failed {INSTANCE}.3: 0112H"]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("procedure_step_scp.py", ["0"]),
        ("query_retrieve_scp.py", [".", "0"]),
        ("router.py", ["0"]),
        ("storage_commitment_scp.py", ["0"]),
        ("store_scp.py", ["0"]),
        ("worklist_scp.py", ["0"]),
    ],
)
def test_a_server_ends_quietly_with_ctrl_c(name: str, arguments: list[str], tmp_path: Path) -> None:
    with running(name, *arguments, folder=tmp_path) as scp:
        assert scp.stop(signal.SIGINT) == 0
        assert "Traceback" not in scp.text
