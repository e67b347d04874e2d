import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from russet.data import Dataset
from russet.storage import DataFolder, Durability
from russet.storage.index import Index
from tests.support.indexed import Archive, instance
from tests.support.instances import CT

PATH = "instances/1.2.3.2/1.2.3.3/1.2.3.4.dcm"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[DataFolder]:
    with DataFolder(tmp_path / "data") as made:
        yield made


@pytest.fixture
def archive(folder: DataFolder) -> Iterator[Archive]:
    made = Archive(folder)
    yield made
    made.close()


def uids(index: Index) -> set[str]:
    """The instances that are found."""
    identifier = Dataset(QueryRetrieveLevel="IMAGE", SOPInstanceUID="")
    return {str(found.SOPInstanceUID) for found in index.find(identifier, relational=True)}


def test_files_without_a_row_get_one(archive: Archive, tmp_path: Path) -> None:
    for number in range(5):
        archive.store(instance(SOPInstanceUID=f"1.{number + 1}"))
    before = uids(archive.index)
    with DataFolder(tmp_path / "other") as other:
        shutil.copytree(archive.folder.instances, other.instances, dirs_exist_ok=True)
        with Index(other) as index:
            found = index.reconcile(digest=True)
            assert (found.files, len(found.added)) == (5, 5)
            assert uids(index) == before
            assert index.reconcile()[1:] == ([], [], [], [])
            wanted = Dataset(QueryRetrieveLevel="STUDY", StudyInstanceUID="1.2.3.2")
            for copied, row in zip(index.select(wanted), archive.index.select(wanted), strict=True):
                assert copied[:-1] == row[:-1]


def test_rows_without_a_file_go(archive: Archive) -> None:
    for number in (1, 2):
        archive.store(instance(SOPInstanceUID=f"1.{number}", StudyInstanceUID=f"2.{number}"))
    gone = "instances/2.1/1.2.3.3/1.1.dcm"
    (archive.folder.root / gone).unlink()
    assert not archive.index.holds(CT, "1.1"), "what is not there is not promised"
    assert archive.index.reconcile().removed == [gone]
    assert uids(archive.index) == {"1.2"}
    assert len(archive.find("STUDY")) == 1


def test_the_oldest_copy_takes_the_place_of_what_is_gone(archive: Archive) -> None:
    for number in (1, 2, 3):
        archive.store(instance(InstanceNumber=number))
    (archive.folder.root / PATH).unlink()
    found = archive.index.reconcile()
    assert (found.files, found.removed) == (2, [PATH])
    (left,) = archive.find("IMAGE", InstanceNumber=None)
    assert left.InstanceNumber == 2
    assert archive.index.reconcile()[:4] == (2, [], [], [])


def test_a_file_that_became_another_instance_is_read_again(archive: Archive) -> None:
    archive.store(instance())
    instance(SOPInstanceUID="1.9", StudyInstanceUID="1.8").save_as(archive.folder.root / PATH)
    assert archive.index.reconcile().changed == [PATH]
    assert uids(archive.index) == {"1.9"}
    assert len(archive.find("STUDY")) == 1


def test_what_is_no_instance_is_told_and_left_alone(archive: Archive) -> None:
    odd = archive.folder.instances / "notes.txt"
    odd.write_text("no instance")
    (archive.folder.instances / "empty").mkdir()
    archive.store(instance())
    found = archive.index.reconcile()
    assert [path for path, _ in found.unreadable] == ["instances/notes.txt"]
    assert odd.exists()
    assert "1 unreadable" in str(found)


def test_a_name_that_is_no_text_is_told_too(archive: Archive) -> None:
    name = os.fsencode(archive.folder.instances) + b"/odd-\xff.dcm"
    instance().save_as(os.fsdecode(name))
    (found,) = archive.index.reconcile().unreadable
    assert found[0] == "instances/odd-\udcff.dcm"


def test_a_file_that_was_damaged_later_loses_its_row(archive: Archive) -> None:
    archive.store(instance())
    (archive.folder.root / PATH).write_bytes(b"garbage")
    found = archive.index.reconcile()
    assert (found.removed, [path for path, _ in found.unreadable]) == ([PATH], [PATH])
    assert uids(archive.index) == set()


def test_instances_may_arrive_meanwhile(archive: Archive) -> None:
    for number in range(20):
        archive.store(instance(SOPInstanceUID=f"1.{number + 1}"))
        assert archive.index.reconcile()[1:] == ([], [], [], [])
    assert archive.index.count() == 20


def test_folders_are_compared_in_the_order_of_whole_paths(archive: Archive) -> None:
    """`a.b` comes before `a/b` and after `a-b`, whatever is listed first."""
    for number, name in enumerate(("a/b", "a.b", "a-b", "a/a/a", "a", "ab/c")):
        path = archive.folder.instances / f"{name}/x.dcm"
        path.parent.mkdir(parents=True, exist_ok=True)
        instance(SOPInstanceUID=f"1.{number + 1}").save_as(path)
    assert len(archive.index.reconcile().added) == 6
    assert archive.index.reconcile()[:4] == (6, [], [], [])


# --- kill -9 ----------------------------------------------------------------------------------

CHILD = """
import os, signal, sys
from pathlib import Path
from russet.storage import DataFolder, Durability
from tests.support.indexed import Archive, instance

archive = Archive(DataFolder(Path(sys.argv[1])), durability=Durability(sys.argv[2]))
{before}
for number in range(1, 100_000):
    series = f"2.{{number // 9 + 1}}"
    archive.store(instance(SOPInstanceUID=f"1.{{number}}", SeriesInstanceUID=series))
    print(f"1.{{number}}", flush=True)
"""
KILLED_BEFORE_THE_ROW = """
add = archive.index.add
def dying(record, **how):
    if record.instance.uid == "1.5":
        os.kill(os.getpid(), signal.SIGKILL)
    return add(record, **how)
archive.index.add = dying
"""


def start(root: Path, durability: Durability, before: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CHILD.format(before=before), str(root), durability.value]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": _path()}
    )


def _path() -> str:
    return os.pathsep.join(map(os.path.abspath, sys.path))


def test_a_process_that_dies_between_file_and_row_heals_at_the_next_start(tmp_path: Path) -> None:
    with start(tmp_path / "data", Durability.FSYNC, KILLED_BEFORE_THE_ROW) as child:
        acknowledged = set(child.communicate()[0].split())
    assert child.returncode == -signal.SIGKILL
    assert acknowledged == {"1.1", "1.2", "1.3", "1.4"}
    with DataFolder(tmp_path / "data") as folder, Index(folder) as index:
        assert uids(index) == acknowledged
        assert index.reconcile().added == ["instances/1.2.3.2/2.1/1.5.dcm"]
        assert uids(index) == acknowledged | {"1.5"}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("durability", list(Durability))
def test_killed_at_any_moment_nothing_acknowledged_is_missing(
    tmp_path: Path, durability: Durability, seed: int
) -> None:
    wanted = random.Random(seed).randrange(1, 60)
    with start(tmp_path / "data", durability) as child:
        assert child.stdout is not None
        acknowledged = {child.stdout.readline().strip() for _ in range(wanted)}
        child.kill()
        acknowledged |= set(child.communicate()[0].split()[:-1])
    with DataFolder(tmp_path / "data") as folder, Index(folder) as index:
        if durability is Durability.FSYNC:
            assert acknowledged <= uids(index), "Success waits for the row"
        found = index.reconcile()
        assert found.removed == []
        assert acknowledged <= uids(index)
        assert index.count() == found.files == len(uids(index))
        (study,) = index.find(
            Dataset(QueryRetrieveLevel="STUDY", NumberOfStudyRelatedInstances=None)
        )
        assert study.NumberOfStudyRelatedInstances == found.files
