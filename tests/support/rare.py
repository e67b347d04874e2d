"""A study of what archives rarely hold: private and retired SOP classes, rare transfer syntaxes."""

from pathlib import Path
from typing import Final

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRLittleEndian

__all__ = ["PRIVATE", "RARE_STUDY", "rare"]

PRIVATE: Final = "1.2.826.0.1.3680043.10.1461.1"
RARE_STUDY: Final = "2.25.7021894663"
_CT: Final = "1.2.840.10008.5.1.4.1.1.2"
_JPEG: Final = "1.2.840.10008.1.2.4."
# SOP class, transfer syntax.
_KINDS: Final = (
    (_CT, ExplicitVRLittleEndian),
    (_CT, _JPEG + "57"),
    (_CT, _JPEG + "81"),
    (_CT, _JPEG + "201"),
    ("1.2.840.10008.5.1.4.1.1.77.1.4.1", _JPEG + "102"),  # Video Photographic Image
    ("1.2.840.10008.5.1.4.1.1.6", ExplicitVRLittleEndian),  # Ultrasound Image, retired
    ("1.2.840.10008.5.1.4.1.1.78.6", ExplicitVRLittleEndian),  # Spectacle Prescription Report
    (PRIVATE, ExplicitVRLittleEndian),
)


@pytest.fixture(scope="session")
def rare(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Path]:
    """The files, one of each kind, by SOP class and transfer syntax."""
    folder = tmp_path_factory.mktemp("rare")
    return {kind: _saved(folder, number, *kind) for number, kind in enumerate(_KINDS, 1)}


def _saved(folder: Path, number: int, sop_class: str, syntax: str) -> Path:
    dataset = Dataset()
    dataset.SOPClassUID = sop_class
    dataset.SOPInstanceUID = f"{RARE_STUDY}.{number % 2 + 1}.{number}"
    dataset.StudyDate = "20260101"
    dataset.StudyTime = "1200"
    dataset.AccessionNumber = "R1"
    dataset.Modality = "OT"
    dataset.PatientName = "RARE^JANE"
    dataset.PatientID = "R1"
    dataset.StudyInstanceUID = RARE_STUDY
    dataset.SeriesInstanceUID = f"{RARE_STUDY}.{number % 2 + 1}"
    dataset.StudyID = "R"
    dataset.SeriesNumber = str(number % 2 + 1)
    dataset.InstanceNumber = str(number)
    if syntax != ExplicitVRLittleEndian:
        dataset.Rows = dataset.Columns = 8
        dataset.SamplesPerPixel = 1
        dataset.PhotometricInterpretation = "MONOCHROME2"
        dataset.BitsAllocated = dataset.BitsStored = 8
        dataset.HighBit = 7
        dataset.PixelRepresentation = 0
        dataset.PixelData = encapsulate([b"no picture, but bytes to keep as they are"])
        dataset["PixelData"].VR = "OB"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    path = folder / f"{number}.dcm"
    dataset.save_as(path, enforce_file_format=True)
    return path
