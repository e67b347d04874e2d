import asyncio
import mmap
from collections.abc import Awaitable

import pytest

from russet.association import Place
from russet.services.storage import Instance, Sink, StoreResult
from russet.storage import FunctionReceiver
from tests.support.instances import data_set, element, request


def status_of(sink: Sink) -> int:
    result = sink.finish()
    assert isinstance(result, StoreResult)
    return result.status


def test_a_coroutine_function_may_look_at_its_data_until_it_is_done() -> None:
    large, seen = data_set(element("0010 4000", "LT", "x" * 5000)), []

    async def take(instance: Instance) -> int:
        await asyncio.sleep(0)
        seen.append(bytes(instance.data) == large)
        return 0xB006

    receiver = FunctionReceiver(take, in_memory=1000)
    sink = receiver.open(request())
    sink.write([large])
    result = sink.finish()
    assert not isinstance(result, StoreResult)
    assert asyncio.run(awaited(result)) == StoreResult(0xB006)
    assert (seen, receiver.place) == ([True], Place.LOOP)


async def awaited(result: Awaitable[StoreResult]) -> StoreResult:
    return await result


def test_a_function_gets_one_buffer_and_gives_the_status() -> None:
    seen = []

    def take(instance: Instance) -> int:
        seen.append((instance.sop_instance_uid, bytes(instance.data)))
        return 0xB000

    sink = FunctionReceiver(take).open(request())
    sink.write([data_set()[:20]])
    sink.write([data_set()[20:]])
    assert status_of(sink) == 0xB000
    assert seen == [("1.2.3.4", data_set())]


def test_past_the_bound_the_data_wait_in_a_file_and_are_one_buffer_all_the_same() -> None:
    large = data_set(element("0010 4000", "LT", "x" * 5000))
    kinds = []

    def take(instance: Instance) -> None:
        kinds.append((type(instance.data), bytes(instance.data) == large))

    sink = FunctionReceiver(take, in_memory=1000).open(request())
    for start in range(0, len(large), 512):
        sink.write([large[start : start + 512]])
    assert status_of(sink) == 0x0000
    assert kinds == [(mmap.mmap, True)]


@pytest.mark.parametrize(
    ("data", "status"), [(data_set()[:-1], 0xC000), (data_set(instance="9"), 0xA900)]
)
def test_the_function_never_sees_what_is_not_what_it_claims(data: bytes, status: int) -> None:
    sink = FunctionReceiver(lambda _: pytest.fail("was called")).open(request())
    sink.write([data])
    assert status_of(sink) == status


def test_what_the_function_raises_comes_out() -> None:
    def fail(_: Instance) -> None:
        raise ValueError("no")

    sink = FunctionReceiver(fail).open(request())
    sink.write([data_set()])
    with pytest.raises(ValueError, match="no"):
        sink.finish()
