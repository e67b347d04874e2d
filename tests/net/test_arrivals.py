"""What a C-GET brings: what has come, what was refused, and what may come again."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from russet.errors import StatusError
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


def test_who_gets_nothing_needs_no_folder(tmp_path: Path) -> None:
    arrived = Arrivals(tmp_path / "out", asking.retrieve(None, "study", "IMAGE", {}))
    arrived.close()
    assert list(tmp_path.iterdir()) == []
