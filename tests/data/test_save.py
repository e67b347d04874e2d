"""Files saved: over their own source, over links, as a whole or not at all (PS3.10 7)."""

import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pydicom
import pytest

import russet
from russet.data import IMPLEMENTATION_CLASS_UID, Dataset, dcmread
from russet.errors import EncodeError
from tests.support.beside_pydicom import quiet
from tests.support.encoding import EXPLICIT, explicit, implicit, part10_file, undefined
from tests.support.pydicom_files import named

CLASS = explicit(0x00080016, "UI", b"1.2.840.10008.5.1.4.1.1.7\0")
INSTANCE = explicit(0x00080018, "UI", b"1.2.3\0")
NAME = explicit(0x00100010, "PN", b"CITIZEN^Jan ")
SIZE = 3 << 20


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with quiet():
        yield


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A file whose pixel data are left in it until they are asked for."""
    pixels = explicit(0x7FE00010, "OW", bytes(range(256)) * (SIZE >> 8))
    path = tmp_path / "large.dcm"
    path.write_bytes(part10_file(CLASS + INSTANCE + NAME + pixels))
    return path


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.dcm"
    path.write_bytes(part10_file(CLASS + INSTANCE + NAME))
    return path


def renamed(path: Path) -> Dataset:
    found = dcmread(path)
    found.PatientName = "DOE^Jane"
    return found


def test_a_file_is_saved_over_its_own_source(large: Path) -> None:
    found = renamed(large)
    found.save_as(large)
    back = dcmread(large)
    assert back.PatientName == "DOE^Jane"
    assert bytes(back.PixelData) == bytes(range(256)) * (SIZE >> 8)


def test_a_file_that_was_not_edited_is_saved_over_its_own_source(large: Path) -> None:
    data = large.read_bytes()
    dcmread(large).save_as(large)
    assert large.read_bytes() == data


def test_a_file_is_saved_again_and_again(small: Path) -> None:
    found = dcmread(small)
    for name in ("DOE^Jane", "ROE^Richard", "POE^Edgar^Allan"):
        found.PatientName = name
        found.save_as(small)
        assert pydicom.dcmread(small).PatientName == name


def test_a_deferred_value_of_a_replaced_file_is_refused(large: Path) -> None:
    found = renamed(large)
    found.save_as(large)
    with pytest.raises(russet.errors.UnreadableError, match="changed"):
        found.PixelData  # noqa: B018 (reading it is the test)


def test_a_file_object_gets_the_bytes(small: Path) -> None:
    target = io.BytesIO()
    renamed(small).save_as(target)
    assert dcmread(target.getvalue()).PatientName == "DOE^Jane"
    assert not target.closed


def test_a_failing_write_leaves_the_old_file(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = small.read_bytes()

    def full(*_args: Any, **_options: Any) -> NoReturn:
        raise OSError(28, "No space left on device")

    for name in ("replace", "fdopen", "chmod"):
        with monkeypatch.context() as patch:
            patch.setattr(os, name, full)
            with pytest.raises(OSError, match="No space"):
                renamed(small).save_as(small)
        assert small.read_bytes() == data
        assert list(small.parent.iterdir()) == [small]


def test_a_value_that_cannot_be_written_leaves_the_old_file(small: Path) -> None:
    data = small.read_bytes()
    found = dcmread(small)
    found.PatientName = "Müller"
    with pytest.raises(EncodeError):
        found.save_as(small)
    assert small.read_bytes() == data
    assert list(small.parent.iterdir()) == [small]


def test_a_failing_write_of_a_new_file_leaves_none(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.BytesIO):
        def write(self, _data: Any) -> NoReturn:
            raise OSError(28, "No space left on device")

    def opened(descriptor: int, *_args: Any, **_options: Any) -> Full:
        os.close(descriptor)
        return Full()

    monkeypatch.setattr(os, "fdopen", opened)
    with pytest.raises(OSError, match="No space"):
        renamed(small).save_as(tmp_path / "new.dcm")
    assert list(tmp_path.iterdir()) == [small]


def test_a_link_goes_on_pointing_to_its_target(small: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.dcm"
    link.symlink_to(small.name)
    renamed(link).save_as(link)
    assert link.is_symlink()
    assert dcmread(small).PatientName == "DOE^Jane"


def test_a_replaced_file_keeps_its_mode(small: Path) -> None:
    small.chmod(0o640)
    renamed(small).save_as(small)
    assert stat.S_IMODE(small.stat().st_mode) == 0o640


def test_a_new_file_has_the_mode_that_the_user_asked_for(small: Path, tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        renamed(small).save_as(tmp_path / "new.dcm")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "new.dcm").stat().st_mode) == 0o640


# --- file meta information --------------------------------------------------------------------


def test_edits_of_the_file_meta_are_saved(small: Path) -> None:
    found = dcmread(small)
    assert found.file_meta is not None
    found.file_meta.SourceApplicationEntityTitle = "RUSSET"
    copy = found.copy()
    for dataset in (found, copy):
        target = io.BytesIO()
        dataset.save_as(target)
        meta = pydicom.dcmread(io.BytesIO(target.getvalue())).file_meta
        assert meta.SourceApplicationEntityTitle == "RUSSET"
        assert meta.FileMetaInformationGroupLength == len(target.getvalue()) - 144 - len(
            CLASS + INSTANCE + NAME
        )


def test_the_file_meta_name_the_instance_that_follows(small: Path) -> None:
    found = dcmread(small)
    found.SOPInstanceUID = "1.2.3.4"
    target = io.BytesIO()
    found.save_as(target)
    meta = dcmread(target.getvalue()).file_meta
    assert meta is not None
    assert meta.MediaStorageSOPInstanceUID == "1.2.3.4"


def test_a_new_data_set_becomes_a_file_with_all_that_a_file_has(tmp_path: Path) -> None:
    made = Dataset(SOPClassUID="1.2.840.10008.5.1.4.1.1.7", SOPInstanceUID="1.2.3")
    made.save_as(tmp_path / "new.dcm")
    meta = pydicom.dcmread(tmp_path / "new.dcm").file_meta
    assert meta.FileMetaInformationVersion == b"\0\1"
    assert meta.MediaStorageSOPInstanceUID == "1.2.3"
    assert meta.TransferSyntaxUID == EXPLICIT
    assert meta.ImplementationClassUID == IMPLEMENTATION_CLASS_UID


def test_a_file_of_no_instance_is_refused() -> None:
    with pytest.raises(EncodeError, match=r"no SOPClassUID: set ds\.SOPClassUID"):
        Dataset(PatientID="7").save_as(io.BytesIO())


def test_a_uid_that_is_none_is_named_as_it_is_written() -> None:
    odd = explicit(0x00080018, "UI", b"1.02.x")
    found = dcmread(part10_file(CLASS + odd + NAME))
    found.PatientName = "DOE^Jane"
    target = io.BytesIO()
    found.save_as(target)
    meta = dcmread(target.getvalue()).file_meta
    assert meta is not None
    assert meta.MediaStorageSOPInstanceUID == "1.02.x"


def test_encapsulated_pixels_amid_implicit_vr_are_saved_as_what_they_are() -> None:
    # PS3.5 A.4: there are none in Implicit VR, but this file has them.
    found = dcmread(named("SC_rgb_jpeg.dcm"))
    assert found["PixelData"].vr == "OB"
    target = io.BytesIO()
    found.save_as(target)
    theirs = pydicom.dcmread(io.BytesIO(target.getvalue()))
    assert theirs.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.4.50"
    assert theirs.original_encoding == (False, True)
    assert theirs.PixelData == bytes(found.PixelData)


# --- lengths that lie -------------------------------------------------------------------------


def test_an_item_that_claims_more_than_it_has_does_not_swallow_the_next() -> None:
    reference = explicit(0x00081155, "UI", b"1.2.3\0")
    greedy = b"\xfe\xff\x00\xe0\xff\x00\x00\x00" + reference
    sequence = explicit(0x00081140, "SQ", greedy)
    found = dcmread(part10_file(CLASS + INSTANCE + sequence))
    found.ReferencedImageSequence.append(Dataset(ReferencedSOPInstanceUID="1.2.4"))
    back = dcmread(part10_file(bytes(found.encode())))
    uids = [one.ReferencedSOPInstanceUID for one in back.ReferencedImageSequence]
    assert uids == ["1.2.3", "1.2.4"]


def test_a_cut_value_does_not_swallow_what_is_added_after_it() -> None:
    cut = explicit(0x00100010, "PN", b"CITIZEN^Jan ", length=40)
    found = dcmread(part10_file(CLASS + INSTANCE + cut))
    found.PatientID = "7"
    back = dcmread(part10_file(bytes(found.encode())))
    assert (back.PatientName, back.PatientID) == ("CITIZEN^Jan", "7")


def test_an_unclosed_sequence_does_not_swallow_what_is_added_after_it() -> None:
    reference = implicit(0xFFFEE000, explicit(0x00081155, "UI", b"1.2.3\0"))
    unclosed = explicit(0x00081140, "SQ", reference, length=0xFFFFFFFF)
    found = dcmread(part10_file(CLASS + INSTANCE + unclosed))
    found.PatientID = "7"
    back = dcmread(part10_file(bytes(found.encode())))
    assert back.PatientID == "7"
    assert back.ReferencedImageSequence[0].ReferencedSOPInstanceUID == "1.2.3"


def test_an_item_without_an_end_does_not_swallow_the_next() -> None:
    reference = explicit(0x00081155, "UI", b"1.2.3\0")
    endless = b"\xfe\xff\x00\xe0\xff\xff\xff\xff" + reference
    for sequence in (
        undefined(0x00081140, "SQ", endless),
        explicit(0x00081140, "SQ", endless),
    ):
        found = dcmread(part10_file(CLASS + INSTANCE + sequence))
        found.ReferencedImageSequence.append(Dataset(ReferencedSOPInstanceUID="1.2.4"))
        back = dcmread(part10_file(bytes(found.encode())))
        uids = [one.ReferencedSOPInstanceUID for one in back.ReferencedImageSequence]
        assert uids == ["1.2.3", "1.2.4"]
