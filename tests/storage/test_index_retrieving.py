from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from russet.data import Dataset
from russet.errors import IdentifierError
from russet.storage import DataFolder, Durability
from russet.storage.index import Holding
from tests.support.indexed import Archive, instance
from tests.support.instances import CT, EXPLICIT

MR = "1.2.840.10008.5.1.4.1.1.4"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with DataFolder(tmp_path / "data") as folder:
        made = Archive(folder, durability=Durability.NONE)
        for patient, study, series, uid in (
            ("P1", "1.1", "1.1.1", "9.1"),
            ("P1", "1.1", "1.1.2", "9.2"),
            ("P1", "1.1", "1.1.2", "9.3"),
            ("P2", "1.2", "1.2.1", "9.4"),
        ):
            made.store(
                instance(
                    PatientID=patient,
                    StudyInstanceUID=study,
                    SeriesInstanceUID=series,
                    SOPInstanceUID=uid,
                )
            )
        made.index.flush()
        yield made
        made.close()


def selected(archive: Archive, level: str, **keys: Any) -> list[str]:
    how = {word: keys.pop(word) for word in ("model", "relational") if word in keys}
    identifier = Dataset(QueryRetrieveLevel=level, **keys)
    return [row.sop_instance_uid for row in archive.index.select(identifier, **how)]


@pytest.mark.parametrize(
    ("level", "keys", "expected"),
    [
        ("PATIENT", {"model": "patient", "PatientID": "P1"}, ["9.1", "9.2", "9.3"]),
        ("STUDY", {"StudyInstanceUID": "1.1"}, ["9.1", "9.2", "9.3"]),
        ("STUDY", {"StudyInstanceUID": ["1.2", "1.1", "1.2"]}, ["9.1", "9.2", "9.3", "9.4"]),
        ("STUDY", {"StudyInstanceUID": "1.9"}, []),
        ("STUDY", {"model": "patient", "PatientID": "P2", "StudyInstanceUID": "1.1"}, []),
        ("SERIES", {"StudyInstanceUID": "1.1", "SeriesInstanceUID": "1.1.2"}, ["9.2", "9.3"]),
        ("SERIES", {"StudyInstanceUID": "1.2", "SeriesInstanceUID": "1.1.2"}, []),
        ("SERIES", {"relational": True, "SeriesInstanceUID": ["1.1.1", "1.2.1"]}, ["9.1", "9.4"]),
        (
            "IMAGE",
            {
                "StudyInstanceUID": "1.1",
                "SeriesInstanceUID": "1.1.2",
                "SOPInstanceUID": ["9.3", "9.1"],
            },
            ["9.3"],
        ),
        ("IMAGE", {"relational": True, "SOPInstanceUID": ["9.3", "9.1"]}, ["9.1", "9.3"]),
        ("IMAGE", {"model": "composite", "SOPInstanceUID": ["9.4", "9.1"]}, ["9.1", "9.4"]),
    ],
)
def test_unique_keys_select_instances(
    archive: Archive, level: str, keys: dict[str, Any], expected: list[str]
) -> None:
    assert selected(archive, level, **keys) == expected


@pytest.mark.parametrize(
    ("level", "keys"),
    [
        ("STUDY", {}),
        ("STUDY", {"StudyInstanceUID": ""}),
        ("SERIES", {"SeriesInstanceUID": "1.1.1"}),
        ("SERIES", {"StudyInstanceUID": ["1.1", "1.2"], "SeriesInstanceUID": "1.1.1"}),
        ("PATIENT", {"PatientID": "P1"}),
        ("PATIENT", {"model": "patient", "PatientID": ["P1", "P2"]}),
        ("FRAME", {"SOPInstanceUID": "9.1"}),
    ],
)
def test_a_retrieval_that_names_nothing_or_too_much_is_refused(
    archive: Archive, level: str, keys: dict[str, Any]
) -> None:
    with pytest.raises(IdentifierError):
        selected(archive, level, **keys)


def test_more_uids_than_one_statement_takes_are_all_looked_for(archive: Archive) -> None:
    wanted = [f"7.{number}" for number in range(1, 25_000)] + ["9.4"]
    assert selected(archive, "IMAGE", relational=True, SOPInstanceUID=wanted) == ["9.4"]


def test_what_is_selected_says_how_to_send_it(archive: Archive) -> None:
    identifier = Dataset(QueryRetrieveLevel="STUDY", StudyInstanceUID="1.2")
    (row,) = archive.index.select(identifier)
    assert row[:4] == (CT, "9.4", EXPLICIT, "instances/1.2/1.2.1/9.4.dcm")


def test_what_is_selected_gives_its_data_set_as_it_arrived(archive: Archive) -> None:
    identifier = Dataset(QueryRetrieveLevel="STUDY", StudyInstanceUID="1.2")
    (row,) = archive.index.select(identifier)
    sent = instance(
        PatientID="P2", StudyInstanceUID="1.2", SeriesInstanceUID="1.2.1", SOPInstanceUID="9.4"
    )
    assert bytes(row.data()) == bytes(sent.encode(EXPLICIT))


def test_what_took_its_place_meanwhile_is_not_sent_for_it(archive: Archive) -> None:
    identifier = Dataset(QueryRetrieveLevel="STUDY", StudyInstanceUID="1.2")
    (row,) = archive.index.select(identifier)
    instance(SOPInstanceUID="9.5").save_as(row.file)
    with pytest.raises(OSError, match="another instance"):
        row.data()
    row.file.write_bytes(b"nothing that could be read")
    with pytest.raises(OSError, match=r"no DICOM|not DICOM"):
        row.data()
    row.file.unlink()
    with pytest.raises(FileNotFoundError):
        row.data()


def test_a_commitment_learns_whether_an_instance_is_here(archive: Archive) -> None:
    holding = archive.index.holding
    assert holding(CT, "9.1")[0] is Holding.HERE
    assert holding(CT, "9.9") == (Holding.NO_SUCH_INSTANCE, None)
    assert holding(MR, "9.1")[0] is Holding.CLASS_INSTANCE_CONFLICT
    assert (Holding.NO_SUCH_INSTANCE, Holding.CLASS_INSTANCE_CONFLICT) == (0x0112, 0x0119)


def test_a_file_that_was_cut_short_is_not_promised(archive: Archive) -> None:
    path = archive.folder.root / "instances/1.1/1.1.1/9.1.dcm"
    path.write_bytes(path.read_bytes()[:-2])
    assert archive.index.holding(CT, "9.1")[0] is Holding.NO_SUCH_INSTANCE
