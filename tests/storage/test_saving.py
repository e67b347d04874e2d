"""Instances saved in a plain folder, by their SOP Instance UID."""

from pathlib import Path

import pytest

import russet
from russet.errors import StatusError, StorageError
from russet.services.storage import StoreResult
from russet.storage import InstanceReceiver
from russet.storage.check import ArrivalCheck
from russet.storage.saving import saving
from tests.support.instances import INSTANCE, data_set, element, request

OTHER = data_set(element("0020 0013", "IS", "7"))


def save(receiver: InstanceReceiver, data: bytes) -> StoreResult:
    sink = receiver.open(request())
    sink.write([data[:30]])
    sink.write([data[30:]])
    result = sink.finish()
    sink.discard()
    return result


def test_an_instance_is_a_file_by_its_uid_with_nothing_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "here"
    receiver = saving(folder)
    assert save(receiver, data_set()).status == 0x0000
    assert save(receiver, data_set()).status == 0x0000
    receiver.close()
    (path,) = folder.iterdir()
    assert path.name == f"{INSTANCE}.dcm"
    assert path.read_bytes().endswith(data_set())
    assert russet.dcmread(path).SOPInstanceUID == INSTANCE


def test_another_data_set_of_the_same_uid_goes_beside_the_first(tmp_path: Path) -> None:
    receiver = saving(tmp_path)
    save(receiver, data_set())
    assert save(receiver, OTHER).differing
    first, beside = sorted(tmp_path.iterdir(), key=lambda path: len(path.name))
    assert first.read_bytes().endswith(data_set())
    assert beside.read_bytes().endswith(OTHER)
    assert beside.name.startswith(f"{INSTANCE}.")


def test_what_was_not_admitted_or_cut_short_leaves_nothing(tmp_path: Path) -> None:
    seen = []

    def admit(check: ArrivalCheck, path: str) -> None:
        seen.append((check.values([0x0020_000D]), russet.dcmread(path).SOPInstanceUID))
        raise StatusError("not that one", 0xA900)

    receiver = saving(tmp_path, tags=[0x0020_000D], admit=admit)
    with pytest.raises(StatusError, match="not that one"):
        save(receiver, data_set())
    cut = receiver.open(request())
    cut.write([data_set()[:30]])
    cut.discard()
    ((values, instance),) = seen
    assert values[0x0020_000D].rstrip(b"\0") == b"1.2.3.2"
    assert instance == INSTANCE
    assert list(tmp_path.iterdir()) == []


def test_two_may_save_into_one_folder_where_files_need_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("russet.storage.incoming._ANONYMOUS", 0)
    one, other = saving(tmp_path), saving(tmp_path)
    sinks = [one.open(request("1.1")), other.open(request("1.2"))]
    assert all(path.name.startswith(".") for path in tmp_path.iterdir())
    for sink, instance in zip(sinks, ("1.1", "1.2"), strict=True):
        sink.write([data_set(instance=instance)])
        assert sink.finish().status == 0x0000
        sink.discard()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.1.dcm", "1.2.dcm"]


def test_a_folder_that_cannot_be_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=r"cannot write .*file"):
        saving(tmp_path / "file" / "below")
