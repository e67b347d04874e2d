"""What a C-GET brings: what has come, what was refused, and what may come again."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from russet.errors import StatusError
from russet.net import asking
from russet.net.arrivals import Arrivals
from russet.services.storage import Instance, Sink, StoreResult
from tests.support.instances import CT, data_set, request

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
