"""The bridge to pydicom: what it hands over is what pydicom would have read."""

import io
import subprocess
import sys

import pydicom
import pytest
from pydicom.dataelem import RawDataElement

import russet
from russet.data import read_dataset
from tests.support.corpus import CorpusFile, files
from tests.support.encoding import EXPLICIT, explicit, implicit, item, part10_file, undefined

pytestmark = pytest.mark.usefixtures("pydicom_is_quiet")

NAME = explicit(0x00100010, "PN", b"CITIZEN^Jan ")

# What pydicom does not read in these, and russet does.
UNEQUAL = {
    "compressed/jpip/made__ts_4_205_jpip_htj2k_referenced_deflate.dcm": "deflated, not inflated",
    "compressed/jpip/made__ts_4_95_jpip_referenced_deflate.dcm": "deflated, not inflated",
    "compressed/other/made__ts_private_ge_implicit_le_bigendian_pixels.dcm": "guessed, not known",
}


def test_a_file_becomes_a_data_set_of_raw_elements() -> None:
    found = russet.dcmread(part10_file(NAME)).to_pydicom()
    assert isinstance(found, pydicom.FileDataset)
    assert isinstance(found.get_item("PatientName"), RawDataElement)
    assert found.PatientName.family_name == "CITIZEN"
    assert found.file_meta.TransferSyntaxUID == EXPLICIT
    assert found.preamble == bytes(128)


def test_what_pydicom_writes_is_what_was_read() -> None:
    sequence = undefined(0x00081140, "SQ", item(explicit(0x00081155, "UI", b"1.2.3\0")))
    data = part10_file(sequence + NAME)
    written = io.BytesIO()
    found = russet.dcmread(data).to_pydicom()
    found.save_as(written)
    assert written.getvalue() == data
    assert found.ReferencedImageSequence[0].ReferencedSOPInstanceUID == "1.2.3"
    assert found["ReferencedImageSequence"].is_undefined_length


def test_a_sequence_in_un_is_a_sequence() -> None:
    inner = item(implicit(0x00081155, b"1.2.3\0"))
    found = read_dataset(undefined(0x00091001, "UN", inner), EXPLICIT).to_pydicom()
    assert found[0x00091001].VR == "SQ"
    assert found[0x00091001].value[0].ReferencedSOPInstanceUID == "1.2.3"


def test_a_missing_pydicom_is_one_sentence_with_the_command() -> None:
    code = (
        "import sys; sys.modules['pydicom'] = None\n"
        "import russet\n"
        "try: russet.dcmread(b'\\x08\\0\\x60\\0CS\\2\\0CT').to_pydicom()\n"
        "except ImportError as error: print(error)"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert said.stdout == 'pydicom is not installed: pip install "pydicom>=3.0"\n'


@pytest.mark.corpus
@pytest.mark.parametrize(
    "file",
    [file for file in files() if file.kind != "broken" and file.oracle["pydicom_read"] == "ok"],
    ids=lambda file: file.name,
)
def test_every_file_is_what_pydicom_reads(file: CorpusFile) -> None:
    theirs = pydicom.dcmread(file.path)
    ours = russet.dcmread(file.path).to_pydicom()
    assert ours.file_meta == theirs.file_meta
    assert ours.preamble == theirs.preamble
    if file.name not in UNEQUAL:
        assert ours.original_encoding == theirs.original_encoding
        assert ours.original_character_set == theirs.original_character_set
        assert ours == theirs
