"""An operation is one request: its object keeps what the responses said."""

import asyncio

import pytest

import russet
from russet.association.calls import Calls
from russet.dimse.exchange import WindowFullError
from russet.services.verification import Echo
from tests.support.pair import NOW, established

AGAIN = "this Echo was performed already: make another one"


def test_an_operation_that_is_out_is_not_sent_again() -> None:
    calls = Calls(established().requestor.association)
    echo = Echo()
    calls.begin(echo, NOW)
    with pytest.raises(RuntimeError, match=AGAIN):
        calls.begin(echo, NOW)
    assert len(calls) == 1


def test_a_full_window_is_another_thing() -> None:
    calls = Calls(established().requestor.association)
    calls.begin(Echo(), NOW)
    with pytest.raises(WindowFullError):
        calls.begin(Echo(), NOW)


def test_performing_twice_is_a_mistake_on_threads_and_the_association_lives_on() -> None:
    echo = Echo()
    with russet.serve(0) as receiver, russet.connect("127.0.0.1", receiver.port) as association:
        assert list(association.perform(echo)) == [0x0000]
        with pytest.raises(RuntimeError, match=AGAIN):
            list(association.perform(echo))
        assert association.echo().status == 0x0000


def test_performing_twice_is_a_mistake_on_a_loop_too() -> None:
    async def run() -> None:
        echo = Echo()
        async with (
            russet.aio.serve(0) as receiver,
            russet.aio.connect("127.0.0.1", receiver.port) as association,
        ):
            assert [each async for each in association.perform(echo)] == [0x0000]
            with pytest.raises(RuntimeError, match=AGAIN):
                [each async for each in association.perform(echo)]
            assert (await association.echo()).status == 0x0000

    asyncio.run(run())
