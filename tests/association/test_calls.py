"""An operation is one request: its object keeps what the responses said."""

import asyncio
from typing import Any

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


def test_a_request_may_begin_while_another_thread_takes_the_answer_to_one() -> None:
    calls = Calls(established().requestor.association)
    out: Any = calls._out

    class Answered:
        """Two that are out: while the first is looked at, the other is answered."""

        @property
        def operation(self) -> None:
            out.pop(102, None)

    out.update({101: Answered(), 102: Answered()})
    echo = Echo()
    call, _ = calls.begin(echo, NOW)
    assert call.operation is echo


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
