"""PDUs (PS3.8 9.3) beside pynetdicom, on the same bytes."""

from collections.abc import Callable

import pytest
from pynetdicom import pdu as peer
from pytest_benchmark.fixture import BenchmarkFixture

from russet import codec

_CONTEXTS = 128
_SYNTAXES = ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"]
_KIB = 1024


def _associate_rq() -> codec.AssociateRq:
    contexts = [
        codec.ContextRq(2 * number + 1, f"1.2.840.10008.5.1.4.1.1.{number}", _SYNTAXES)
        for number in range(_CONTEXTS)
    ]
    user = codec.UserInformation(max_length=16384, implementation_class_uid="1.2.3.4")
    return codec.AssociateRq(b"CALLED", b"CALLING", contexts, user)


def _russet_contexts(data: bytes) -> int:
    found = codec.decode_pdu(data)
    assert isinstance(found, codec.AssociateRq)
    return len(found.contexts)


def _pynetdicom_contexts(data: bytes) -> int:
    found = peer.A_ASSOCIATE_RQ()
    found.decode(data)
    return len(found.presentation_context)


@pytest.mark.benchmark(group="decode A-ASSOCIATE-RQ, 128 contexts")
@pytest.mark.parametrize("decode", [_russet_contexts, _pynetdicom_contexts])
def test_decode_associate_rq_128_contexts(
    benchmark: BenchmarkFixture, decode: Callable[[bytes], int]
) -> None:
    assert benchmark(decode, _associate_rq().encode()) == _CONTEXTS


@pytest.mark.benchmark(group="encode A-ASSOCIATE-RQ, 128 contexts")
@pytest.mark.parametrize("who", ["russet", "pynetdicom"])
def test_encode_associate_rq_128_contexts(benchmark: BenchmarkFixture, who: str) -> None:
    ours = _associate_rq()
    theirs = peer.A_ASSOCIATE_RQ()
    theirs.decode(ours.encode())
    assert benchmark(ours.encode if who == "russet" else theirs.encode) == ours.encode()


def _russet_fragment(data: bytes) -> int:
    found = codec.decode_pdu(data)
    assert isinstance(found, codec.PData)
    return len(found.pdvs[0].fragment)


def _pynetdicom_fragment(data: bytes) -> int:
    found = peer.P_DATA_TF()
    found.decode(data)
    return len(found.presentation_data_value_items[0].presentation_data_value) - 1


@pytest.mark.parametrize("size", [16 * _KIB, 256 * _KIB])
@pytest.mark.parametrize("decode", [_russet_fragment, _pynetdicom_fragment])
def test_decode_p_data_tf(
    benchmark: BenchmarkFixture, decode: Callable[[bytes], int], size: int
) -> None:
    benchmark.group = f"decode P-DATA-TF, {size // _KIB} KiB"
    data = codec.encode_pdvs(1, bytes(size - 6), command=False, last=True, max_length=size)
    assert benchmark(decode, data) == size - 6


def _pynetdicom_pdus(data: bytes) -> bytes:
    step = 16 * _KIB - 6
    out = []
    for start in range(0, len(data), step):
        part = data[start : start + step]
        item = peer.PresentationDataValueItem()
        item.presentation_context_id = 1
        item.presentation_data_value = bytes([2 * (start + step >= len(data))]) + part
        found = peer.P_DATA_TF()
        found.presentation_data_value_items = [item]
        out.append(found.encode())
    return b"".join(out)


def _russet_pdus(data: bytes) -> bytes:
    return codec.encode_pdvs(1, data, command=False, last=True, max_length=16 * _KIB)


@pytest.mark.benchmark(group="encode a data set of 512 KiB as P-DATA-TF of 16 KiB")
@pytest.mark.parametrize("encode", [_russet_pdus, _pynetdicom_pdus])
def test_encode_p_data_tf_512_kib(
    benchmark: BenchmarkFixture, encode: Callable[[bytes], bytes]
) -> None:
    data = bytes(512 * _KIB)
    assert benchmark(encode, data) == _russet_pdus(data)
