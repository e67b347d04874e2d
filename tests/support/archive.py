"""A small archive made by pydicom: what queries look for and retrievals bring."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

__all__ = ["ROWS", "Row", "archive", "uid"]

_CT: Final = UID("1.2.840.10008.5.1.4.1.1.2")
_MR: Final = UID("1.2.840.10008.5.1.4.1.1.4")
_ROOT: Final = "2.25.3021894663"


@dataclass(frozen=True)
class Row:
    """One study of the archive."""

    patient_id: str
    patient_name: str
    study: int
    date: str
    accession: str
    modality: str
    series: int
    instances: int


# Studies of one patient, names that differ by case and by an accent, two dates, two modalities.
ROWS: Final = (
    Row("P1", "DOE^JANE", 1, "20200101", "A1", "CT", 2, 2),
    Row("P1", "DOE^JANE", 2, "20210615", "A2", "MR", 1, 3),
    Row("P2", "Doe^John", 3, "20210616", "A3", "CT", 1, 1),
    Row("P3", "M\u00fcller^J\u00fcrgen", 4, "20220301", "A4", "MR", 1, 2),
)


def uid(study: int, series: int = 0, instance: int = 0) -> str:
    """The UID of a study, of a series of it, or of an instance of that."""
    return ".".join([_ROOT, *(str(part) for part in (study, series, instance) if part)])


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """The files of `ROWS`; those of MR are in Implicit VR."""
    folder = tmp_path_factory.mktemp("archive")
    return tuple(_saved(dataset, folder) for row in ROWS for dataset in _instances(row))


def _instances(row: Row) -> Iterator[Dataset]:
    for series in range(1, row.series + 1):
        for instance in range(1, row.instances + 1):
            dataset = Dataset()
            dataset.SpecificCharacterSet = "ISO_IR 100"
            dataset.SOPClassUID = _CT if row.modality == "CT" else _MR
            dataset.SOPInstanceUID = uid(row.study, series, instance)
            dataset.StudyDate = row.date
            dataset.StudyTime = "101500"
            dataset.AccessionNumber = row.accession
            dataset.Modality = row.modality
            dataset.PatientName = row.patient_name
            dataset.PatientID = row.patient_id
            dataset.StudyInstanceUID = uid(row.study)
            dataset.SeriesInstanceUID = uid(row.study, series)
            dataset.StudyID = str(row.study)
            dataset.SeriesNumber = str(series)
            dataset.InstanceNumber = str(instance)
            yield dataset


def _saved(dataset: Dataset, folder: Path) -> Path:
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = (
        ImplicitVRLittleEndian if dataset.Modality == "MR" else ExplicitVRLittleEndian
    )
    path = folder / f"{dataset.SOPInstanceUID}.dcm"
    dataset.save_as(path, enforce_file_format=True)
    return path
