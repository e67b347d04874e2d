"""What a C-GET brings: what has come, what was refused, and what may come again."""

import asyncio
import errno
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import pytest

from russet.association import Place
from russet.errors import StatusError, StorageError
from russet.net import asking
from russet.net.arrivals import Arrivals
from russet.services.storage import Instance, Sink, StoreResult
from tests.support.instances import CT, INSTANCE, data_set, element, request

DATA = data_set(instance="1.2.1")


def arrivals(into: Callable[[Instance], Any]) -> Arrivals:
    keys = {"SOPInstanceUID": ["1.2.1", "1.2.2"]}
    return Arrivals(into, asking.retrieve(None, "study", "IMAGE", keys))


def opened(arrived: Arrivals) -> Sink:
    sink = arrived.open(request(instance="1.2.1"))
    assert not isinstance(sink, StoreResult)
    return sink


def finished(sink: Sink) -> StoreResult:
    async def settled(result: Awaitable[StoreResult]) -> StoreResult:
        return await result

    sink.write([DATA])
    result = sink.finish()
    return result if isinstance(result, StoreResult) else asyncio.run(settled(result))


def test_what_was_cut_short_has_not_come_and_is_taken_over_the_next_association() -> None:
    taken: list[Instance] = []
    arrived = arrivals(taken.append)
    sink = opened(arrived)
    sink.write([DATA[:20]])
    sink.discard()
    assert arrived.came == {}
    arrived.renew()
    assert finished(opened(arrived)).status == 0x0000
    assert ([each.sop_instance_uid for each in taken], arrived.came) == (["1.2.1"], {"1.2.1": CT})


def test_what_has_come_stays_here_when_it_is_cut_short_a_second_time() -> None:
    arrived = arrivals(lambda _: None)
    assert finished(opened(arrived)).status == 0x0000
    opened(arrived).discard()
    assert arrived.came == {"1.2.1": CT}
    arrived.renew()
    assert arrived.open(request(instance="1.2.1")) == StoreResult(0x0000)


def raising(_: Instance) -> None:
    raise StatusError("no room", 0xA700)


async def raising_later(_: Instance) -> None:
    await asyncio.sleep(0)
    raise StatusError("no room", 0xA700)


@pytest.mark.parametrize("refuse", [raising, raising_later])
def test_what_was_refused_is_refused_again_and_not_told_to_be_here(
    refuse: Callable[[Instance], Any],
) -> None:
    arrived = arrivals(refuse)
    sink = opened(arrived)
    with pytest.raises(StatusError, match="no room"):
        finished(sink)
    sink.discard()
    arrived.renew()
    with pytest.raises(StatusError, match="it came, and was refused here: no room") as refused:
        arrived.open(request(instance="1.2.1"))
    assert (refused.value.status, arrived.came) == (0xC000, {"1.2.1": CT})


def test_what_a_status_refuses_is_refused_and_what_is_taken_after_all_is_here() -> None:
    statuses = [0xA700, 0x0000]
    arrived = arrivals(lambda _: statuses.pop(0))
    assert finished(opened(arrived)).status == 0xA700
    assert "A700H" in arrived.refused["1.2.1"]
    assert finished(opened(arrived)).status == 0x0000
    assert arrived.refused == {}


def saved(tmp_path: Path, data: bytes, **keys: str) -> int:
    """The status of an instance that comes into a folder, for a C-GET with these unique keys."""
    operation = asking.retrieve(None, "patient", "PATIENT", keys)
    arrived = Arrivals(tmp_path / "out", operation)
    sink = arrived.open(request())
    assert not isinstance(sink, StoreResult)
    sink.write([data])
    try:
        result = sink.finish()
        assert isinstance(result, StoreResult)
    except StatusError as error:
        result = StoreResult(error.status)
    sink.discard()
    arrived.close()
    return result.status


def patient(charset: str, identifier: bytes) -> bytes:
    fields = data_set(element("0010 0020", "LO", identifier))
    return element("0008 0005", "CS", charset) + fields


@pytest.mark.parametrize(
    ("charset", "encoding"), [("ISO_IR 100", "latin-1"), ("ISO_IR 192", "utf-8")]
)
def test_a_patient_is_told_from_another_in_any_character_set(
    tmp_path: Path, charset: str, encoding: str
) -> None:
    mine = patient(charset, "MÜLLER1".encode(encoding))
    assert saved(tmp_path, mine, PatientID="MÜLLER2") == 0xA900
    assert list((tmp_path / "out").iterdir()) == []
    assert saved(tmp_path, mine, PatientID="MÜLLER1") == 0x0000
    assert [path.name for path in (tmp_path / "out").iterdir()] == [f"{INSTANCE}.dcm"]


def test_a_disk_that_refuses_is_no_instance_that_never_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The peer hears of no path; who asked does."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("russet.storage.incoming._write_all", full)
    arrived = Arrivals(tmp_path, asking.retrieve(None, "study", "IMAGE", {}))
    sink = arrived.open(request(instance="1.2.1"))
    assert not isinstance(sink, StoreResult)
    with pytest.raises(StorageError, match=r"^cannot store the instance: No space left on device$"):
        sink.write([DATA])
    sink.discard()
    assert arrived.came == {"1.2.1": CT}
    assert arrived.refused["1.2.1"].endswith(f"No space left on device, in {tmp_path}")


def test_a_folder_that_cannot_be_is_why_the_first_instance_is_refused(tmp_path: Path) -> None:
    arrived = Arrivals(tmp_path / "file" / "out", asking.retrieve(None, "study", "IMAGE", {}))
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=r"Not a directory$"):
        arrived.open(request(instance="1.2.1"))
    arrived.renew()
    with pytest.raises(StatusError, match=f"Not a directory, in {tmp_path}"):
        arrived.open(request(instance="1.2.1"))


def test_what_is_neither_folder_nor_function_is_refused_at_once() -> None:
    with pytest.raises(TypeError):
        Arrivals(cast("Any", None), asking.retrieve(None, "study", "IMAGE", {}))


@pytest.mark.parametrize(
    "study",
    [b"9.9" + bytes(4097), b"1.2.3.9", b"1.2.3.2\\1.2.3.9"],
    ids=["too long to be kept", "another", "one of two"],
)
def test_only_what_was_asked_for_is_saved(tmp_path: Path, study: bytes) -> None:
    head = element("0008 0016", "UI", CT) + element("0008 0018", "UI", INSTANCE)
    data = head + element("0020 000D", "UI", study)
    assert saved(tmp_path, data, StudyInstanceUID="1.2.3.2", PatientID="P") == 0xA900
    assert list((tmp_path / "out").iterdir()) == []


def test_a_value_in_another_character_set_is_not_taken_for_the_bytes_it_is_made_of(
    tmp_path: Path,
) -> None:
    """C3 9C is one letter in UTF-8, and two in ISO 8859-1."""
    data = patient("ISO_IR 192", "Ü".encode())
    assert saved(tmp_path, data, PatientID="Ã\x9c") == 0xA900
    assert saved(tmp_path, data, PatientID="Ü") == 0x0000


def test_who_asks_for_frames_is_given_no_whole_instance_in_a_folder(tmp_path: Path) -> None:
    operation = asking.retrieve(
        None, "composite", "FRAME", {"SOPInstanceUID": INSTANCE, "SimpleFrameList": [1]}
    )
    arrived = Arrivals(tmp_path, operation)
    sink = arrived.open(request())
    assert not isinstance(sink, StoreResult)
    sink.write([data_set()])
    with pytest.raises(StatusError, match="not asked for"):
        sink.finish()
    sink.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_saved_into_where_the_association_is_read_and_nothing_stays_open(
    tmp_path: Path,
) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    arrived = Arrivals(tmp_path, asking.retrieve(None, "study", "IMAGE", {}))
    assert arrived.place is Place.READER
    sink = opened(arrived)
    assert finished(sink).status == 0x0000
    sink.discard()
    arrived.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_who_gets_nothing_needs_no_folder(tmp_path: Path) -> None:
    arrived = Arrivals(tmp_path / "out", asking.retrieve(None, "study", "IMAGE", {}))
    arrived.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["file", "file/below", "x" * 300, "dangling"])
def test_a_folder_that_cannot_be_is_told_before_anything_is_asked(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    with pytest.raises(StorageError, match="cannot write into "):
        Arrivals(tmp_path / name, asking.retrieve(None, "study", "IMAGE", {}))


def test_a_folder_without_permission_is_told_and_so_is_one_to_be_made_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, _: path != tmp_path)
    for folder in (tmp_path, tmp_path / "out" / "below"):
        with pytest.raises(StorageError, match="no permission, or a read-only disk"):
            Arrivals(folder, asking.retrieve(None, "study", "IMAGE", {}))
