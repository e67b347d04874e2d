"""Command sets (PS3.7 6.3) beside pynetdicom, on the same bytes."""

import io
from collections.abc import Callable

import pytest
from pynetdicom.dsutils import decode as peer_decode
from pynetdicom.dsutils import encode as peer_encode
from pytest_benchmark.fixture import BenchmarkFixture

from russet import codec

_CT = "1.2.840.10008.5.1.4.1.1.2"
_INSTANCE = "2.25.302189466370124389071112390471"
_C_STORE_RQ = 0x0001
_WITH_DATA = 0x0001


def _store_rq() -> codec.Command:
    return codec.Command(
        _C_STORE_RQ,
        affected_sop_class_uid=_CT,
        message_id=7,
        priority=0,
        command_data_set_type=_WITH_DATA,
        affected_sop_instance_uid=_INSTANCE,
    )


def _russet(data: bytes) -> str | None:
    return codec.decode_command(data).affected_sop_instance_uid


def _pynetdicom(data: bytes) -> str | None:
    found = peer_decode(io.BytesIO(data), True, True)
    # pynetdicom reads each element to fill its primitive; so does this.
    values = {element.keyword: element.value for element in found}
    return str(values["AffectedSOPInstanceUID"])


@pytest.mark.benchmark(group="decode C-STORE-RQ")
@pytest.mark.parametrize("decode", [_russet, _pynetdicom])
def test_decode_c_store_rq(
    benchmark: BenchmarkFixture, decode: Callable[[bytes], str | None]
) -> None:
    assert benchmark(decode, _store_rq().encode()) == _INSTANCE


@pytest.mark.benchmark(group="encode C-STORE-RQ")
@pytest.mark.parametrize("who", ["russet", "pynetdicom"])
def test_encode_c_store_rq(benchmark: BenchmarkFixture, who: str) -> None:
    expected = _store_rq().encode()
    theirs = peer_decode(io.BytesIO(expected), True, True)
    list(theirs)

    def encode() -> bytes | None:
        if who == "russet":
            return _store_rq().encode()
        return peer_encode(theirs, True, True)

    assert benchmark(encode) == expected
