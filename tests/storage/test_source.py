import zlib
from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest

from russet import codec
from russet.data import dcmread, read_dataset
from russet.storage.source import InstanceSource, Unsendable, examine, find, read_whole
from tests.support.instances import CT, EXPLICIT, INSTANCE, data_set

DEFLATED = "1.2.840.10008.1.2.1.99"


def part10(data: bytes, *, sop_class: str = CT, instance: str = INSTANCE) -> bytes:
    return codec.encode_file_head(sop_class, instance, EXPLICIT, "1.2", "TEST", "ME") + data


def found(what: object) -> InstanceSource:
    source = examine(what)
    assert isinstance(source, InstanceSource), source
    return source


@pytest.mark.parametrize(
    "content",
    [
        part10(data_set()),
        part10(data_set(), instance="9.9.9"),  # the data set counts, not the meta
        data_set(),  # neither preamble nor meta
    ],
)
def test_a_file_says_what_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    source = found(path)
    assert (source.sop_class_uid, source.sop_instance_uid) == (CT, INSTANCE)
    assert source.transfer_syntax == EXPLICIT
    assert bytes(source.data()) == data_set()


def test_data_sets_in_memory_can_be_sent_too(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(part10(data_set()))
    for what in (part10(data_set()), dcmread(path), pydicom.dcmread(path)):
        source = found(what)
        assert source.path is None
        assert source.sop_instance_uid == INSTANCE
        assert bytes(source.data()) == data_set()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"not an image", "not DICOM"),
        (b"", "not DICOM"),
        (part10(b"", sop_class="1.2.840.10008.1.3.10"), "DICOMDIR"),
    ],
)
def test_what_cannot_be_sent_says_why(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    refused = examine(path)
    assert isinstance(refused, Unsendable)
    assert says in refused.reason
    assert refused.named


def test_a_name_that_no_file_can_have_is_of_one_that_cannot_be_sent(tmp_path: Path) -> None:
    for refused in (examine("a\0b"), examine("\ud800"), *find([tmp_path / "a\0b"])):
        assert isinstance(refused, Unsendable)
        assert refused.reason == "cannot be read: a name that no file can have"


def test_a_folder_is_searched_and_its_other_files_are_not_meant(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "2").write_bytes(part10(data_set()))
    (tmp_path / "1.txt").write_text("hello")
    kinds = [(type(each), str(each.path)) for each in find([tmp_path, tmp_path / "none"])]
    assert kinds == [
        (Unsendable, str(tmp_path / "1.txt")),
        (InstanceSource, str(tmp_path / "b" / "2")),
        (Unsendable, str(tmp_path / "none")),
    ]
    assert [each.named for each in find([tmp_path]) if isinstance(each, Unsendable)] == [False]


@pytest.mark.parametrize(
    "read", [lambda path: found(path).data(), lambda path: read_whole(path)[1]]
)
def test_a_deflated_stream_of_odd_length_is_sent_with_one_more_zero_byte(
    tmp_path: Path, read: Callable[[Path], memoryview]
) -> None:
    """PS3.5 A.5; with any other transfer syntax an odd length is wrong, and nothing is added."""
    streams = (zlib.compress(data_set(instance=f"1.{n}"), wbits=-15) for n in range(1, 99))
    odd = next(stream for stream in streams if len(stream) % 2)
    path = tmp_path / "file"
    path.write_bytes(codec.encode_file_head(CT, INSTANCE, DEFLATED, "1.2", "TEST", "ME") + odd)
    assert bytes(read(path)) == odd + b"\0"
    assert read_dataset(odd + b"\0", DEFLATED).SOPClassUID == CT
    path.write_bytes(part10(data_set() + b"\0"))
    assert bytes(read(path)) == data_set() + b"\0"
