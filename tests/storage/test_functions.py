import mmap

import pytest

from russet.services.storage import Instance
from russet.storage import FunctionReceiver
from tests.support.instances import data_set, element, request


def test_a_function_gets_one_buffer_and_gives_the_status() -> None:
    seen = []

    def take(instance: Instance) -> int:
        seen.append((instance.sop_instance_uid, bytes(instance.data)))
        return 0xB000

    sink = FunctionReceiver(take).open(request())
    sink.write([data_set()[:20]])
    sink.write([data_set()[20:]])
    assert sink.finish().status == 0xB000
    assert seen == [("1.2.3.4", data_set())]


def test_past_the_bound_the_data_wait_in_a_file_and_are_one_buffer_all_the_same() -> None:
    large = data_set(element("0010 4000", "LT", "x" * 5000))
    kinds = []

    def take(instance: Instance) -> None:
        kinds.append((type(instance.data), bytes(instance.data) == large))

    sink = FunctionReceiver(take, in_memory=1000).open(request())
    for start in range(0, len(large), 512):
        sink.write([large[start : start + 512]])
    assert sink.finish().status == 0x0000
    assert kinds == [(mmap.mmap, True)]


@pytest.mark.parametrize(
    ("data", "status"), [(data_set()[:-1], 0xC000), (data_set(instance="9"), 0xA900)]
)
def test_the_function_never_sees_what_is_not_what_it_claims(data: bytes, status: int) -> None:
    sink = FunctionReceiver(lambda _: pytest.fail("was called")).open(request())
    sink.write([data])
    assert sink.finish().status == status


def test_what_the_function_raises_comes_out() -> None:
    def fail(_: Instance) -> None:
        raise ValueError("no")

    sink = FunctionReceiver(fail).open(request())
    sink.write([data_set()])
    with pytest.raises(ValueError, match="no"):
        sink.finish()
