"""Message ids and the responses to them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from russet.codec import Command
from russet.dimse.exchange import Exchange, Outstanding
from russet.errors import ProtocolError

C_STORE, C_FIND, C_ECHO = 0x0001, 0x0020, 0x0030
SUCCESS, PENDING = 0x0000, 0xFF00


def answer(message_id: int | None, field: int = C_ECHO, status: int | None = SUCCESS) -> Command:
    return Command(field | 0x8000, message_id_being_responded_to=message_id, status=status)


def test_ids_start_at_1_and_a_response_gives_its_id_back() -> None:
    exchange = Exchange()
    assert exchange.open(1, C_ECHO) == 1
    assert exchange.match(1, answer(1)) == Outstanding(1, 1, C_ECHO)
    assert len(exchange) == 0
    assert exchange.open(1, C_ECHO) == 2


def test_a_pending_response_leaves_the_request_out() -> None:
    exchange = Exchange()
    exchange.open(3, C_FIND)
    exchange.match(3, answer(1, C_FIND, PENDING))
    assert 1 in exchange
    exchange.match(3, answer(1, C_FIND))
    assert 1 not in exchange


def test_the_window_is_the_number_of_requests_that_may_be_out() -> None:
    exchange = Exchange(window=2)
    assert [exchange.open(1, C_STORE), exchange.open(1, C_STORE)] == [1, 2]
    assert not exchange.has_room
    with pytest.raises(RuntimeError, match="2 requests are out"):
        exchange.open(1, C_STORE)
    exchange.match(1, answer(2, C_STORE))
    assert exchange.open(1, C_STORE) == 3


def test_a_window_of_0_is_as_wide_as_there_are_ids() -> None:
    exchange = Exchange(window=0)
    assert {exchange.open(1, C_STORE) for _ in range(65535)} == set(range(1, 65536))
    assert not exchange.has_room


def test_ids_run_round_past_those_that_are_out() -> None:
    exchange = Exchange(window=3)
    exchange.open(1, C_STORE)
    for message_id in range(2, 65536):
        assert exchange.open(1, C_STORE) == message_id
        exchange.match(1, answer(message_id, C_STORE))
    assert exchange.open(1, C_STORE) == 2


def test_a_request_that_was_never_sent_gives_its_id_back() -> None:
    exchange = Exchange()
    exchange.close(exchange.open(1, C_STORE))
    assert exchange.has_room


@pytest.mark.parametrize(
    ("context_id", "command", "message"),
    [
        (1, answer(2), "C-ECHO-RSP to no request of ours"),
        (1, answer(None), "C-ECHO-RSP to no request of ours"),
        (3, answer(1), "C-ECHO-RSP on context 3, asked on 1"),
        (1, answer(1, C_STORE), "C-STORE-RSP to a C-ECHO-RQ"),
        (1, answer(1, status=None), "C-ECHO-RSP without a status"),
        (1, answer(1, 0x0031), "message 8031H to a C-ECHO-RQ"),
    ],
)
def test_a_stray_response_is_an_abort_by_the_user(
    context_id: int, command: Command, message: str
) -> None:
    exchange = Exchange()
    exchange.open(1, C_ECHO)
    with pytest.raises(ProtocolError, match=message) as raised:
        exchange.match(context_id, command)
    assert (raised.value.source, raised.value.reason) == (0, 0)
    assert 1 in exchange


@given(st.lists(st.booleans(), max_size=200), st.integers(1, 8))
def test_no_id_is_out_twice_and_the_window_holds(opens: list[bool], window: int) -> None:
    exchange, out = Exchange(window), []
    for wants_to_open in opens:
        if wants_to_open and exchange.has_room:
            message_id = exchange.open(1, C_STORE)
            assert message_id not in out
            out.append(message_id)
        elif out:
            exchange.match(1, answer(out.pop(0), C_STORE))
        assert len(exchange) == len(out) <= window
