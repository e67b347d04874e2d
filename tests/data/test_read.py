"""Opening files: from wherever they come, and with errors that name them."""

import errno
import io
import mmap
import os
import threading
from pathlib import Path

import pytest

import russet
from russet.data import read_dataset
from russet.errors import DecodeError, UnreadableError
from tests.support.encoding import EXPLICIT, explicit, implicit, part10_file

DATASET = explicit(0x00100010, "PN", b"CITIZEN^Jan ")
FILE = part10_file(DATASET)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    written = tmp_path / "image.dcm"
    written.write_bytes(FILE)
    return written


def test_a_file_opens_by_its_path(path: Path) -> None:
    for where in (path, str(path)):
        ds = russet.dcmread(where)
        assert ds.PatientName == "CITIZEN^Jan"
        assert ds.filename == str(path)


def test_a_file_opens_from_its_bytes(path: Path) -> None:
    for data in (FILE, bytearray(FILE), memoryview(FILE), io.BytesIO(FILE)):
        ds = russet.dcmread(data)
        assert ds.PatientName == "CITIZEN^Jan"
        assert ds.filename is None
    with path.open("rb") as opened:
        assert russet.dcmread(opened).filename == str(path)
    with path.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        assert russet.dcmread(whole).PatientName == "CITIZEN^Jan"


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(FILE,))
    writer.start()
    assert russet.dcmread(pipe).PatientName == "CITIZEN^Jan"
    writer.join()


def test_a_file_tells_its_meta_and_its_syntax(path: Path) -> None:
    ds = russet.dcmread(path)
    assert ds.transfer_syntax == EXPLICIT
    assert ds.file_meta is not None
    assert ds.file_meta.TransferSyntaxUID.name == "Explicit VR Little Endian"
    assert ds.file_meta.file_meta is None
    assert ds.warnings == []


def test_a_data_set_without_file_opens_too() -> None:
    for ds in (russet.dcmread(DATASET), read_dataset(DATASET, EXPLICIT)):
        assert ds.PatientName == "CITIZEN^Jan"
        assert ds.file_meta is None
        assert ds.transfer_syntax == EXPLICIT


def test_what_is_not_dicom_is_refused_by_name(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("These are my notes of Monday. Nothing in here is an image.\n" * 9)
    said = "notes.txt: not DICOM: no preamble, and byte 0 is no element header"
    with pytest.raises(UnreadableError, match=said):
        russet.dcmread(notes)


def test_what_cannot_be_opened_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"absent\.dcm"):
        russet.dcmread(tmp_path / "absent.dcm")
    with pytest.raises(IsADirectoryError) as caught:
        russet.dcmread(tmp_path)
    assert caught.value.filename == str(tmp_path)


def test_a_name_that_no_file_can_have_is_refused_by_name() -> None:
    with pytest.raises(OSError, match="NUL") as raised:
        russet.dcmread("a\0b")
    assert (raised.value.errno, raised.value.filename) == (errno.EINVAL, "a\0b")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.dcm").touch()
    with pytest.raises((UnreadableError, DecodeError), match=r"empty\.dcm: "):
        russet.dcmread(tmp_path / "empty.dcm")


def test_what_is_odd_is_noted_and_in_strict_mode_refused(tmp_path: Path) -> None:
    cut = tmp_path / "cut.dcm"
    cut.write_bytes(FILE[:-2])
    ds = russet.dcmread(cut)
    [(message, _offset, tag)] = ds.warnings
    assert tag == 0x00100010
    assert "(0010,0010)" in message
    with pytest.raises(DecodeError, match=r"cut\.dcm: ") as caught:
        russet.dcmread(cut, strict=True)
    assert caught.value.tag == 0x00100010


def test_an_unknown_syntax_is_read_as_explicit_vr() -> None:
    assert read_dataset(DATASET, "1.2.3").PatientName == "CITIZEN^Jan"


def test_implicit_vr_is_read_by_the_dictionary() -> None:
    ds = read_dataset(implicit(0x00280010, b"\x00\x02"), "1.2.840.10008.1.2")
    assert (ds.Rows, ds["Rows"].vr) == (512, "US")


def test_large_values_stay_in_the_file_until_they_are_asked_for(tmp_path: Path) -> None:
    pixels = bytes(range(256)) * 4000
    path = tmp_path / "large.dcm"
    trailer = explicit(0xFFFCFFFC, "OB", bytes(10))
    path.write_bytes(part10_file(DATASET + explicit(0x7FE00010, "OW", pixels) + trailer))
    opened, forgotten, changed = (russet.dcmread(path) for _ in range(3))
    assert opened.PatientName == "CITIZEN^Jan"
    assert [element.length for element in opened] == [12, len(pixels), 10]
    assert opened.PixelData == pixels
    assert russet.dcmread(path, defer=False).PixelData == pixels
    path.write_bytes(path.read_bytes() + bytes(2))
    assert changed.PatientName == "CITIZEN^Jan"
    with pytest.raises(UnreadableError, match="has changed since it was opened"):
        _ = changed.PixelData
    path.unlink()
    assert forgotten.PatientName == "CITIZEN^Jan"
    with pytest.raises(FileNotFoundError):
        _ = forgotten.PixelData
    assert opened.PixelData == pixels


def test_reading_ends_where_it_is_told_to(path: Path) -> None:
    many = explicit(0x00080060, "CS", b"CT") + DATASET + explicit(0x00200013, "IS", b"1 ")
    path.write_bytes(part10_file(many + explicit(0x7FE00010, "OW", bytes(200_000))))
    for source in (path, path.read_bytes()):
        for options, tags in (
            ({"stop_before_pixels": True}, [0x00080060, 0x00100010, 0x00200013]),
            ({"until": "PatientName"}, [0x00080060]),
            ({"until": 0x00100011}, [0x00080060, 0x00100010]),
            ({"until": 0x00080060}, []),
            ({"specific_tags": ["InstanceNumber", 0x00080060]}, [0x00080060, 0x00200013]),
            ({"specific_tags": ["PatientID"]}, []),
            ({"specific_tags": []}, []),
        ):
            assert russet.dcmread(source, **options).tags() == tags


def test_a_header_is_read_from_the_first_part_of_a_file_alone(path: Path) -> None:
    path.write_bytes(part10_file(DATASET + explicit(0x7FE00010, "OW", bytes(1 << 20))))
    ds = russet.dcmread(path, stop_before_pixels=True)
    path.unlink()
    assert ds.PatientName == "CITIZEN^Jan"


def test_what_is_far_behind_a_large_value_is_found(path: Path) -> None:
    large = explicit(0x00091010, "OB", bytes(300_000))
    late = explicit(0x00280103, "US", b"\1\0") + explicit(0x00280106, "SS", b"\xfe\xff")
    path.write_bytes(part10_file(large + DATASET + late))
    ds = russet.dcmread(path)
    assert (ds.PatientName, ds.SmallestImagePixelValue) == ("CITIZEN^Jan", -2)
