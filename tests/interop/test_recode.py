"""Data sets in other transfer syntaxes, beside what DCMTK writes and reads."""

from pathlib import Path
from typing import Final

import pytest

from russet import codec
from russet.errors import EncodeError
from tests.support import part10
from tests.support.corpus import CorpusFile, files
from tests.support.encoding import part10_file
from tests.support.opened import file_of
from tests.support.processes import run

pytestmark = [pytest.mark.interop, pytest.mark.corpus]

SYNTAXES: Final = {
    "+ti": "1.2.840.10008.1.2",
    "+te": "1.2.840.10008.1.2.1",
    "+tb": "1.2.840.10008.1.2.2",
    "+td": "1.2.840.10008.1.2.1.99",
}

# Where dcmconv writes something else.
PRIVATE_DICTIONARY: Final = {
    "enhanced/dicom2nifti__philips_enhanced_anatomical_001_implicit_IM1.dcm",
    "enhanced/dicom2nifti__philips_enhanced_fmri_001_implicit_IM-0001-9600-0001.dcm",
    "native/implicit/nibabel__0.dcm",
    "native/implicit/nibabel__siemens_dwi_0.dcm",
    "native/implicit/qa_ts__2.dcm",
}
PADDING_REMOVED: Final = {
    "native/implicit/pydicom-data__gdcm-US-ALOKA-16.dcm",
    "structure/made__allvr_bigendian.dcm",
    "structure/made__allvr_deflated.dcm",
    "structure/made__allvr_explicit.dcm",
}
OW_FOR_PIXELS_OF_8_BITS: Final = {
    "native/implicit/pydicom__SC_rgb_jpeg_dcmd.dcm",
    "seg/highdicom__seg_image_ct_true_fractional.dcm",
    "structure/pydicom-data__OT-PAL-8-face.dcm",
}
OTHERWISE: Final = {
    "structure/made__allvr_implicit.dcm",  # OB for Dark Current Counts
    "structure/pydicom__UN_sequence.dcm",  # a UN as the sequence that it is
}
UNLIKE: Final = PRIVATE_DICTIONARY | PADDING_REMOVED | OW_FOR_PIXELS_OF_8_BITS | OTHERWISE

native = pytest.mark.parametrize(
    "file",
    [
        file
        for file in files()
        if file.kind != "broken" and file.oracle["dcmdump_rc"] == "0" and file.name not in UNLIKE
    ],
    ids=lambda file: file.name,
)


@native
def test_dcmconv_writes_the_same_bytes(file: CorpusFile, tmp_path: Path) -> None:
    opened = file_of(file.path.read_bytes())
    index, own = opened.dataset, opened.transfer_syntax
    for number, (option, syntax) in enumerate(SYNTAXES.items()):
        if option == "+td":
            continue  # no two deflaters give the same bytes
        lengths, as_option = (("defined", "+e"), ("undefined", "-e"))[number % 2]
        try:
            ours = codec.recode(index, syntax, from_syntax_uid=own, lengths=lengths)
        except EncodeError:
            return
        theirs = tmp_path / option
        ended = run("dcmconv", "-g", as_option, option, str(file.path), str(theirs))
        if ended.returncode:
            assert "no conversion to transfer syntax" in ended.stdout
            return
        converted = part10.read(theirs)
        assert converted is not None
        assert ours == converted.dataset, option


@native
def test_dcmdump_reads_without_complaint(file: CorpusFile, tmp_path: Path) -> None:
    opened = file_of(file.path.read_bytes())
    index, own = opened.dataset, opened.transfer_syntax
    for option, syntax in SYNTAXES.items():
        try:
            written = codec.recode(
                index, syntax, from_syntax_uid=own, lengths="undefined", group_lengths="add"
            )
        except EncodeError:
            return
        (tmp_path / option).write_bytes(part10_file(written, syntax))
    ended = run("dcmdump", "+E", "-q", *(str(tmp_path / option) for option in SYNTAXES))
    assert ended.returncode == 0, ended.stdout
