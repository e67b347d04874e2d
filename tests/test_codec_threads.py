"""Other threads run while the codec works on much, and while much becomes objects of Python."""

import operator
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from russet import codec

EXPLICIT = "1.2.840.10008.1.2.1"
IMPLICIT = "1.2.840.10008.1.2"
SEQUENCE = b"\x08\0\x15\x11SQ\0\0"
ITEM = b"\xfe\xff\0\xe0\x0a\0\0\0\x08\0\x60\0CS\x02\0CT"
DVH_DATA = b"\x04\x30\x58\0"
COUNT = 1_000_000


@pytest.fixture
def others() -> Iterator[list[None]]:
    """Grows by one whenever another thread has a turn, for which it asks at once."""
    turns: list[None] = []
    over = threading.Event()

    def run() -> None:
        while not over.is_set():
            turns.append(None)
            time.sleep(0)

    interval = sys.getswitchinterval()
    thread = threading.Thread(target=run)
    sys.setswitchinterval(1e-6)
    try:
        thread.start()
        yield turns
    finally:
        sys.setswitchinterval(interval)
        over.set()
        thread.join()


def lets_run(others: list[None], function: Any, *arguments: Any) -> bool:
    """Whether another thread has had a turn within a call, be it at the tenth try.

    No step is one of Python's own, between which a thread may always have its turn.
    """
    steps: tuple[Callable[[], Any], ...] = (
        others.__len__,
        partial(function, *arguments),
        others.__len__,
    )
    for _ in range(10):
        before, _, after = map(operator.call, steps)
        if before != after:
            return True
    return False


def sequence(count: int) -> codec.DatasetIndex:
    length = struct.pack("<I", count * len(ITEM))
    return codec.read_dataset(SEQUENCE + length + ITEM * count, EXPLICIT)


def decimals() -> bytes:
    return b"\\".join([b"0.5"] * COUNT) + b" "


def test_other_threads_run_while_the_items_of_a_long_sequence_are_found(
    others: list[None],
) -> None:
    index = sequence(200_000)
    assert lets_run(others, index.items, 0)
    assert [item.tags() for item in index.items(0)[-2:]] == [[0x00080060], [0x00080060]]


def test_other_threads_run_while_many_fragments_are_found(others: list[None]) -> None:
    fragment = b"\xfe\xff\0\xe0\0\0\0\0"
    pixels = b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff" + fragment * COUNT
    index = codec.read_dataset(pixels + b"\xfe\xff\xdd\xe0\0\0\0\0", EXPLICIT)
    assert lets_run(others, codec.fragments, index, 0)
    assert codec.fragments(index, 0)[-1] == (12 + 8 * COUNT, 0)


def test_other_threads_run_while_a_data_set_becomes_a_dict(others: list[None]) -> None:
    index = sequence(200_000)
    assert lets_run(others, codec.values, index)
    items = codec.values(index)["ReferencedSeriesSequence"]
    assert (len(items), items[-1]) == (200_000, {"Modality": "CT"})


@pytest.mark.parametrize("how", ["number_array", "decode_value", "decode_texts", "value", "values"])
def test_other_threads_run_while_numbers_written_as_text_are_read(
    others: list[None], how: str
) -> None:
    value = decimals()
    index = codec.read_dataset(DVH_DATA + struct.pack("<I", len(value)) + value, IMPLICIT)
    if how == "value":
        assert lets_run(others, index.value, 0)
        assert index.value(0) == [0.5] * COUNT
    elif how == "values":
        assert lets_run(others, codec.values, index)
        assert codec.values(index) == {"DVHData": [0.5] * COUNT}
    else:
        assert lets_run(others, getattr(codec, how), "DS", value)


def test_numbers_that_become_objects_in_parts_are_all_there_and_in_order() -> None:
    words = struct.pack("<200001H", *(number & 0xFFFF for number in range(200_001)))
    found = codec.decode_value("US", words)
    assert found == [number & 0xFFFF for number in range(200_001)]
