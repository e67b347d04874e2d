"""Large files of kinds that no test data have: many frames, many contours."""

from pathlib import Path
from typing import Final

import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, generate_uid

__all__ = ["enhanced", "structure_set"]

_FRAMES: Final = 1000
_ROIS: Final = 10
_CONTOURS: Final = 60
_POINTS: Final = 200


def enhanced(folder: Path, *, undefined: bool) -> Path:
    """A multi-frame image of 1000 frames with six functional groups each: 28 000 elements."""
    ds = _file("1.2.840.10008.5.1.4.1.1.4.1", ExplicitVRLittleEndian)
    ds.Rows = ds.Columns = 16
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, 12, 11
    ds.PixelRepresentation, ds.SamplesPerPixel = 0, 1
    ds.NumberOfFrames = _FRAMES
    ds.PerFrameFunctionalGroupsSequence = [_frame(at) for at in range(_FRAMES)]
    ds.PixelData = bytes(512 * _FRAMES)
    path = folder / f"enhanced_{'undefined' if undefined else 'defined'}.dcm"
    if undefined:
        _undefine(ds)
    ds.save_as(path, enforce_file_format=True)
    return path


def structure_set(folder: Path) -> Path:
    """An RTSTRUCT in Implicit VR with 600 contours of 200 points."""
    ds = _file("1.2.840.10008.5.1.4.1.1.481.3", ImplicitVRLittleEndian)
    ds.ROIContourSequence = [_roi(number) for number in range(_ROIS)]
    path = folder / "rtstruct.dcm"
    ds.save_as(path, enforce_file_format=True)
    return path


def _file(sop_class: str, syntax: str) -> Dataset:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = pydicom.uid.UID(syntax)
    ds.SOPClassUID = sop_class
    ds.SOPInstanceUID = generate_uid(entropy_srcs=[sop_class])
    ds.PatientName, ds.PatientID = "CITIZEN^Jan", "1"
    return ds


def _item(**values: object) -> Dataset:
    ds = Dataset()
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


def _frame(at: int) -> Dataset:
    return _item(
        FrameContentSequence=[
            _item(
                FrameAcquisitionNumber=at,
                TemporalPositionIndex=1,
                StackID="1",
                InStackPositionNumber=at + 1,
                DimensionIndexValues=[1, at + 1],
            )
        ],
        PlanePositionSequence=[_item(ImagePositionPatient=[0, 0, at])],
        PlaneOrientationSequence=[_item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])],
        PixelMeasuresSequence=[_item(PixelSpacing=[1, 1], SliceThickness=1)],
        FrameVOILUTSequence=[_item(WindowCenter=40, WindowWidth=400)],
        MREchoSequence=[_item(EffectiveEchoTime=float(at))],
    )


def _roi(number: int) -> Dataset:
    contours = [
        _item(
            ContourGeometricType="CLOSED_PLANAR",
            NumberOfContourPoints=_POINTS,
            ContourData=[
                f"{(number * 37 + at * 11 + point * 0.731) % 400 - 200:.3f}"
                for point in range(_POINTS * 3)
            ],
        )
        for at in range(_CONTOURS)
    ]
    return _item(ReferencedROINumber=number, ContourSequence=contours)


def _undefine(ds: Dataset) -> None:
    for element in ds:
        if element.VR == "SQ":
            element.is_undefined_length = True
            assert isinstance(element.value, Sequence)
            for item in element.value:
                item.is_undefined_length_sequence_item = True
                _undefine(item)
