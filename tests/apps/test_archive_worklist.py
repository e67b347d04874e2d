"""A worklist from files, and the procedure steps that take items off it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import russet
from russet.apps.archive import StepFiles, WorklistFolder
from russet.data import Dataset
from russet.services import procedure_step
from russet.storage.small_files import SmallFiles
from tests.support.serving import BODIES, serving
from tests.support.worklist import ENDED, STEP, ended, scheduled, started

KEYS = Dataset(
    PatientName="",
    StudyInstanceUID="",
    ScheduledProcedureStepSequence=[Dataset(ScheduledProcedureStepID="", Modality="")],
)


def item(name: str, study: str = "1.2.3", step: str = "S1") -> Dataset:
    made = scheduled()
    made.PatientName = name
    made.StudyInstanceUID = study
    made.ScheduledProcedureStepSequence[0].ScheduledProcedureStepID = step
    made.SOPClassUID, made.SOPInstanceUID = "1.2.840.10008.5.1.4.31", f"{study}.1"
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One item for everybody as a DICOM file and one as JSON, one for OTHER, and what is none."""
    made = tmp_path / "worklist"
    (made / "OTHER").mkdir(parents=True)
    item("ALL^Dicom").save_as(made / "a.wl")
    (made / "b.json").write_text(item("ALL^Json", "1.2.4").to_json(), encoding="utf-8")
    item("OTHER^Only", "1.2.5").save_as(made / "OTHER" / "c.dcm")
    (made / "readme.txt").write_text("not an item")
    (made / "empty.json").write_text("{}")
    (made / "broken.wl").write_bytes(b"not DICOM at all, whatever it is called")
    return made


@contextmanager
def node(body: str, tmp_path: Path, folder: Path) -> Iterator[int]:
    with (
        russet.Archive(tmp_path / "data", worklist=folder) as archive,
        serving(body, services=archive.services, policy=archive.policy) as port,
    ):
        yield port


def names(port: int, called: str = "RUSSET") -> list[str]:
    with russet.connect("127.0.0.1", port, called=called) as association:
        return sorted(str(each.PatientName) for each in association.find(KEYS, model="worklist"))


both_bodies = pytest.mark.parametrize("body", BODIES)


@both_bodies
def test_items_are_for_everybody_or_for_who_calls_by_a_title(
    body: str, tmp_path: Path, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with node(body, tmp_path, folder) as port:
        assert names(port) == ["ALL^Dicom", "ALL^Json"]
        assert names(port, "OTHER") == ["ALL^Dicom", "ALL^Json", "OTHER^Only"]
        assert names(port, "../data") == ["ALL^Dicom", "ALL^Json"]
    left_out = [record for record in caplog.records if "left out" in record.getMessage()]
    assert ["broken.wl" in record.getMessage() for record in left_out] == [True, False]
    assert "empty.json: there is nothing in it" in left_out[1].getMessage()


def test_keys_match_inside_the_step(tmp_path: Path, folder: Path) -> None:
    step = Dataset(Modality="MR")
    with (
        node("threads", tmp_path, folder) as port,
        russet.connect("127.0.0.1", port) as association,
    ):
        found = association.find(
            model="worklist", PatientName="all*", ScheduledProcedureStepSequence=[step]
        )
        assert list(found) == []
        step.Modality = "CT"
        found = association.find(
            model="worklist", PatientName="all*", ScheduledProcedureStepSequence=[step]
        )
        assert [each.ScheduledProcedureStepSequence[0].Modality for each in found] == ["CT", "CT"]


def test_files_that_change_come_and_go_are_seen_at_the_next_query(
    tmp_path: Path, folder: Path
) -> None:
    with node("threads", tmp_path, folder) as port:
        assert names(port) == ["ALL^Dicom", "ALL^Json"]
        (folder / "b.json").unlink()
        item("NEW^Item", "1.2.6").save_as(folder / "d.wl")
        item("ALL^Changed").save_as(folder / "a.wl")
        assert names(port) == ["ALL^Changed", "NEW^Item"]


@both_bodies
@pytest.mark.parametrize("how", ["completed", "discontinued"])
def test_a_step_that_has_ended_takes_its_item_off_the_list_for_good(
    body: str, how: str, tmp_path: Path, folder: Path
) -> None:
    end = ended() if how == "completed" else procedure_step.discontinue(ENDED)
    with node(body, tmp_path, folder) as port:
        contexts = [(procedure_step.PROCEDURE_STEP, ["1.2.840.10008.1.2.1"])]
        with russet.connect("127.0.0.1", port, contexts=contexts) as association:
            (made,) = association.perform(procedure_step.create(STEP, started()))
            assert made.status == 0x0000
            assert "ALL^Dicom" in names(port)
            (over,) = association.perform(procedure_step.change(STEP, end))
            assert over.status == 0x0000
            assert "ALL^Dicom" not in names(port)
            (again,) = association.perform(procedure_step.change(STEP, end))
            assert again.status == 0x0110
    assert (folder / "a.wl").exists()
    with node(body, tmp_path, folder) as port:
        assert names(port) == ["ALL^Json"]
        contexts = [(procedure_step.RETRIEVE, ["1.2.840.10008.1.2.1"])]
        with russet.connect("127.0.0.1", port, contexts=contexts) as association:
            (kept,) = association.perform(procedure_step.retrieve(STEP))
    assert kept.dataset is not None
    assert kept.dataset.PerformedProcedureStepStatus == how.upper()
    assert str(kept.dataset.PatientName) == "Müller^Änne"


def test_of_an_item_with_several_steps_those_that_ended_are_left_out(tmp_path: Path) -> None:
    several = item("SEVERAL^Steps")
    step = several.ScheduledProcedureStepSequence[0].copy()
    step.ScheduledProcedureStepID = "S2"
    several.ScheduledProcedureStepSequence = [several.ScheduledProcedureStepSequence[0], step]
    several.save_as(tmp_path / "a.wl")
    done = {("1.2.3", "S1")}
    worklist = WorklistFolder(tmp_path, lambda *which: which in done)
    (left,) = worklist.items()
    assert [s.ScheduledProcedureStepID for s in left.ScheduledProcedureStepSequence] == ["S2"]
    done.add(("1.2.3", "S2"))
    assert list(worklist.items()) == []


def test_a_step_that_cannot_be_read_is_left_and_told_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = SmallFiles(tmp_path)
    files.put("1.2.dcm", b"garbage" * 99)
    StepFiles(SmallFiles(tmp_path)).load()
    assert "1.2.dcm" in caplog.text


def test_a_small_file_is_whole_or_as_it_was(tmp_path: Path) -> None:
    files = SmallFiles(tmp_path / "small")
    assert (files.names(), files.read("a")) == ([], None)
    files.put("a", b"one")
    files.put("a", b"two")
    (tmp_path / "small" / "b.part").write_bytes(b"half")
    again = SmallFiles(tmp_path / "small")
    assert (again.names(), again.read("a")) == (["a"], b"two")
    again.remove("a")
    again.remove("a")
    assert again.names() == []


def test_a_disk_that_refuses_leaves_what_was(tmp_path: Path) -> None:
    files = SmallFiles(tmp_path)
    (tmp_path / "a.part").mkdir()
    with pytest.raises(russet.errors.StorageError, match="cannot write"):
        files.put("a", b"one")
    (tmp_path / "a").mkdir()
    with pytest.raises(russet.errors.StorageError, match="cannot remove"):
        files.remove("a")
