"""Messages cut into blocks of whole PDUs, one message at a time (PS3.8 9.3.5, E)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from russet.association.sender import PDU_LENGTH, blocks
from russet.codec import Command, PData, decode_command, decode_pdu
from russet.dimse.commands import response
from russet.errors import EncodeError
from russet.services.storage import Store
from russet.services.verification import Echo, VerificationService
from tests.support.pair import CT, EXPLICIT, NOW, established

REQUEST = Store(CT, "1.2.3", EXPLICIT, b"").request(1, "1.2")[0]
ECHO = Echo().request(1, "1.2")[0]


def pdus(block: bytes) -> list[tuple[int, PData]]:
    """Read the P-DATA-TF PDUs of a block with the lengths of their variable fields."""
    found = []
    while block:
        length = int.from_bytes(block[2:6], "big")
        pdu = decode_pdu(block[: 6 + length])
        assert isinstance(pdu, PData)
        found.append((length, pdu))
        block = block[6 + length :]
    return found


@given(
    size=st.integers(0, 3_000_000).map(lambda size: size * 2),
    max_length=st.one_of(st.integers(64, 70_000), st.integers(70_000, PDU_LENGTH)),
)
def test_the_fragments_put_together_are_the_message(size: int, max_length: int) -> None:
    size = min(size, max_length * 400)
    data = (b"0123456789" * (size // 10 + 1))[:size]
    command, received = b"", b""
    ends = []
    for length, pdu in (
        found for block in blocks(3, REQUEST, data, max_length) for found in pdus(block)
    ):
        assert length <= max_length
        for pdv in pdu.pdvs:
            assert pdv.context_id == 3
            if pdv.control & 1:
                command += pdv.fragment
            else:
                received += pdv.fragment
            if pdv.control & 2:
                ends.append(pdv.control & 1)
    assert decode_command(command) == REQUEST
    assert received == data
    assert ends == [1, 0]


def test_the_command_and_the_first_data_are_one_block() -> None:
    (block,) = blocks(3, REQUEST, bytes(14_000), 16384)
    assert [[pdv.control for pdv in pdu.pdvs] for _, pdu in pdus(block)] == [[3], [2]]


def test_blocks_are_of_about_1_mib_and_their_pdus_full() -> None:
    found = list(blocks(3, REQUEST, bytes(5_000_000), 16384))
    assert all(len(block) < (1 << 20) + 4096 for block in found)
    assert len(found) == 6
    lengths = [length for block in found for length, _ in pdus(block)]
    assert set(lengths[1:-1]) == {16384}


def test_a_peer_without_a_limit_gets_long_pdus() -> None:
    found = list(blocks(3, REQUEST, bytes(5_000_000), PDU_LENGTH))
    assert max(length for block in found for length, _ in pdus(block)) == PDU_LENGTH


def test_the_smallest_length_still_carries_everything() -> None:
    (block,) = blocks(1, ECHO, None, 8)
    fragments = [pdv.fragment for _, pdu in pdus(block) for pdv in pdu.pdvs]
    assert {len(fragment) for fragment in fragments} == {2}
    assert decode_command(b"".join(fragments)) == ECHO


@pytest.mark.parametrize(("command", "data"), [(REQUEST, None), (ECHO, b"\0\0")])
def test_a_command_that_says_otherwise_than_its_data_is_refused(
    command: Command, data: bytes | None
) -> None:
    with pytest.raises(ValueError, match="Command Data Set Type"):
        next(blocks(3, command, data, 16384))


def test_an_odd_length_is_refused_before_anything_is_sent() -> None:
    pair = established(VerificationService())
    association = pair.requestor.association
    with pytest.raises(EncodeError, match="odd length"):
        association.begin(Store(CT, "1.2.3", EXPLICIT, bytes(3_000_001)), NOW)
    assert pair.perform(Echo()) == [0]


def test_a_half_sent_message_lets_no_other_begin() -> None:
    pair = established()
    association = pair.requestor.association
    association.exchange.window = 2
    half = association.begin(Store(CT, "1.2.3", EXPLICIT, bytes(1_000_000)), NOW)
    next(half.blocks)
    other = association.begin(Echo(), NOW)
    with pytest.raises(RuntimeError, match="half sent"):
        next(other.blocks)


def test_a_small_message_waits_for_the_end_of_a_long_one() -> None:
    pair = established()
    association = pair.requestor.association
    long = association.begin(Store(CT, "1.2.3", EXPLICIT, bytes(1_000_000)), NOW)
    first = next(long.blocks)
    context = association.accepted[1]
    association.send(context, response(Command(0x0030, message_id=5), 0), now=NOW)
    assert association.data_to_send() == b""
    rest = list(long.blocks)
    controls = [
        pdv.control for block in (first, *rest) for _, pdu in pdus(block) for pdv in pdu.pdvs
    ]
    assert controls == [3, *[0] * (len(controls) - 3), 2, 3]


def test_what_was_queued_before_leaves_before() -> None:
    pair = established()
    association = pair.requestor.association
    context = association.accepted[1]
    association.send(context, response(Command(0x0030, message_id=5), 0), now=NOW)
    (block,) = association.begin(Echo(), NOW).blocks
    assert len(pdus(block)) == 2


def test_what_was_queued_is_not_copied_together_with_something_long() -> None:
    pair = established()
    association = pair.requestor.association
    context = association.accepted[1]
    association.send(context, response(Command(0x0030, message_id=5), 0), now=NOW)
    queued, long = association.begin(Store(CT, "1.2.3", EXPLICIT, bytes(100_000)), NOW).blocks
    assert len(pdus(queued)) == 1
    assert pdus(long)[0][1].pdvs[0].control == 3
