import errno
import os
import threading
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from russet.data import dcmread
from russet.errors import StorageError
from russet.services.storage import Sink, StoreResult
from russet.storage import DataFolder, Durability, InstanceFiles, InstanceReceiver, OnDuplicate
from russet.storage import incoming as incoming_module
from russet.storage.receiver import InstanceReceiver as Receiver
from tests.support.instances import (
    CT,
    EXPLICIT,
    INSTANCE,
    SERIES,
    STUDY,
    data_set,
    element,
    request,
)

NAME = f"{STUDY}/{SERIES}/{INSTANCE}.dcm"
OTHER = data_set(element("0010 0010", "PN", "OTHER"))


@pytest.fixture(params=["without a name", "with a name"])
def folder(
    tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[DataFolder]:
    if request.param == "with a name":  # as on a file system that has no O_TMPFILE
        monkeypatch.setattr(incoming_module, "_ANONYMOUS", 0)
    with DataFolder(tmp_path / "data") as made:
        yield made


def receive(folder: DataFolder, data: bytes, **how: str) -> StoreResult:
    return store(receiver(folder, **how), data)


def receiver(folder: DataFolder, *, duplicates: str = "keep", durability: str = "none") -> Receiver:
    files = InstanceFiles(folder, Durability(durability), OnDuplicate(duplicates))
    return InstanceReceiver(files)


def store(receiver: Receiver, data: bytes, instance: str = INSTANCE) -> StoreResult:
    sink = receiver.open(request(instance))
    sink.write([data])
    result = sink.finish()
    if result.afterwards:
        result.afterwards()
    return result


def _write_and_finish(sink: Sink) -> StoreResult:
    sink.write([data_set()])
    result = sink.finish()
    assert isinstance(result, StoreResult)
    return result


def contents(folder: DataFolder) -> dict[str, bytes]:
    """The data sets under final names; what is incoming must be gone."""
    assert list(folder.incoming.iterdir()) == []
    files = [path for path in folder.instances.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder.instances)): body(path) for path in files}


def body(path: Path) -> bytes:
    return bytes(dcmread(path).encode())


@pytest.mark.parametrize("durability", ["none", "fsync"])
def test_an_instance_is_kept_byte_for_byte_under_its_uids(
    folder: DataFolder, durability: str
) -> None:
    assert receive(folder, data_set(), durability=durability).status == 0x0000
    assert contents(folder) == {NAME: data_set()}
    meta = dcmread(folder.instances / NAME).file_meta
    assert meta is not None
    assert (meta.MediaStorageSOPClassUID, meta.SourceApplicationEntityTitle) == (CT, "SENDER")


def test_nothing_has_a_final_name_before_the_last_byte(folder: DataFolder) -> None:
    sink = receiver(folder).open(request())
    sink.write([data_set()])
    assert not any(path.is_file() for path in folder.instances.rglob("*"))
    sink.discard()
    assert contents(folder) == {}


def test_the_same_data_set_again_is_success_and_one_file(folder: DataFolder) -> None:
    assert [receive(folder, data_set()).status for _ in range(3)] == [0, 0, 0]
    assert contents(folder) == {NAME: data_set()}


def test_keep_loses_neither_of_two_that_differ_and_tells_of_both(
    folder: DataFolder, caplog: pytest.LogCaptureFixture
) -> None:
    results = [receive(folder, data) for data in (data_set(), OTHER, OTHER)]
    assert [result.status for result in results] == [0, 0, 0]
    assert [result.differing for result in results] == [False, True, False]
    found = contents(folder)
    assert found[NAME] == data_set()
    assert sorted(found.values()) == sorted([data_set(), OTHER])
    (warning,) = caplog.messages
    for name in found:
        assert f"{folder.instances / name}" in warning


def test_replace_takes_the_later_one(folder: DataFolder) -> None:
    for data in (data_set(), OTHER):
        assert receive(folder, data, duplicates="replace").status == 0x0000
    assert contents(folder) == {NAME: OTHER}


def test_reject_says_duplicate_and_keeps_the_first(folder: DataFolder) -> None:
    assert receive(folder, data_set(), duplicates="reject").status == 0x0000
    assert receive(folder, OTHER, duplicates="reject").status == 0x0111
    assert contents(folder) == {NAME: data_set()}


def test_eight_at_once_with_one_uid_all_survive(folder: DataFolder) -> None:
    shared = receiver(folder)
    variants = [data_set(element("0010 0010", "PN", f"NUMBER {n}")) for n in range(8)]
    start = threading.Barrier(len(variants))
    statuses = []

    def work(data: bytes) -> None:
        start.wait()
        statuses.append(store(shared, data).status)

    threads = [threading.Thread(target=work, args=(data,)) for data in variants]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [0] * 8
    assert sorted(contents(folder).values()) == sorted(variants)


@pytest.mark.parametrize("call", ["writev", "fdatasync", "link", "makedirs"])
def test_what_the_disk_refuses_is_out_of_resources_and_leaves_nothing(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    full = receiver(folder, durability="fsync")

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, call, refuse)
    sink = full.open(request())
    with pytest.raises(StorageError, match="No space left on device"):
        _write_and_finish(sink)
    sink.discard()
    monkeypatch.undo()
    assert contents(folder) == {}
    assert store(full, data_set()).status == 0x0000


def test_a_short_write_goes_on_where_it_stopped(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def short(descriptor: int, parts: Sequence[bytes]) -> int:
        return os.write(descriptor, b"".join(parts)[:7])

    monkeypatch.setattr(os, "writev", short)
    assert receive(folder, data_set()).status == 0x0000
    assert contents(folder) == {NAME: data_set()}


def test_folders_that_somebody_deleted_are_made_again(folder: DataFolder) -> None:
    keeping = receiver(folder)
    assert store(keeping, data_set()).status == 0x0000
    (folder.instances / NAME).unlink()
    (folder.instances / STUDY / SERIES).rmdir()
    (folder.instances / STUDY).rmdir()
    assert store(keeping, data_set()).status == 0x0000
    assert contents(folder) == {NAME: data_set()}


def test_a_file_system_without_hard_links_clobbers_nothing_either(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unlinkable(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(incoming_module, "_ANONYMOUS", 0)
    monkeypatch.setattr(os, "link", unlinkable)
    for data in (data_set(), OTHER, data_set()):
        assert receive(folder, data).status == 0x0000
    assert sorted(contents(folder).values()) == sorted([data_set(), OTHER])


@pytest.mark.parametrize(
    ("data", "status", "says"),
    [
        (data_set()[:-3], 0xC000, "offset"),  # the last value ends early
        (data_set() + b"\x28\x00", 0xC000, "offset"),  # half a tag
        (data_set(instance="9.9"), 0xA900, "SOPInstanceUID"),
        (data_set(sop_class="1.2.840.10008.5.1.4.1.1.4"), 0xA900, "SOPClassUID"),
    ],
)
def test_what_is_not_what_it_claims_to_be_is_refused(
    folder: DataFolder, data: bytes, status: int, says: str
) -> None:
    result = receive(folder, data)
    assert result.status == status
    assert says in result.comment
    assert contents(folder) == {}


def test_an_earlier_copy_survives_a_later_failure(folder: DataFolder) -> None:
    assert receive(folder, data_set()).status == 0x0000
    assert receive(folder, OTHER[:-1], duplicates="replace").status == 0xC000
    sink = receiver(folder, duplicates="replace").open(request())
    sink.write([OTHER])
    sink.discard()
    assert contents(folder) == {NAME: data_set()}


@given(cuts=st.lists(st.integers(0, len(OTHER)), max_size=6))
def test_any_split_of_the_data_is_the_same_file(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int]
) -> None:
    edges = [0, *sorted(cuts), len(OTHER)]
    with DataFolder(tmp_path_factory.mktemp("split")) as folder:
        sink = receiver(folder).open(request())
        for start, end in pairwise(edges):
            sink.write([memoryview(OTHER)[start:end]])
        result = sink.finish()
        assert result.status == 0x0000
        sink.discard()
        assert contents(folder) == {NAME: OTHER}


def test_a_damaged_file_under_the_name_does_not_keep_its_instance_out(folder: DataFolder) -> None:
    assert receive(folder, data_set()).status == 0x0000
    for left in (b"", bytes(100)):  # what a power cut may leave where nothing was synced
        (folder.instances / NAME).write_bytes(left)
        assert receive(folder, data_set()).status == 0x0000
        (folder.instances / NAME).unlink()
        (beside,) = folder.instances.rglob("*.dcm")
        assert body(beside) == data_set()
        beside.rename(folder.instances / NAME)


def test_the_same_bytes_in_another_syntax_are_another_instance(folder: DataFolder) -> None:
    keeping = receiver(folder)
    assert store(keeping, data_set()).status == 0x0000
    jpeg = "1.2.840.10008.1.2.4.50"
    for _ in range(2):
        sink = keeping.open(request(syntax=jpeg))
        sink.write([data_set()])
        assert sink.finish().status == 0x0000
        sink.discard()
    files = sorted(folder.instances.rglob("*.dcm"))
    assert len(files) == 2
    assert {dcmread(path).transfer_syntax for path in files} == {EXPLICIT, jpeg}


def test_a_second_copy_is_one_whoever_sends_it(folder: DataFolder) -> None:
    keeping = receiver(folder)
    for calling, data in (("A", data_set()), ("B", OTHER), ("C", OTHER)):
        sink = keeping.open(request()._replace(calling=calling))
        sink.write([data])
        assert sink.finish().status == 0x0000
        sink.discard()
    assert len(contents(folder)) == 2


def test_a_data_set_in_another_syntax_than_agreed_is_refused(folder: DataFolder) -> None:
    implicit = b"\x08\x00\x18\x00\x08\x00\x00\x001.2.3.4\0"
    result = receive(folder, implicit)
    assert (result.status, "no VR" in result.comment) == (0xC000, True)
