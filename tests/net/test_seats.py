"""How many associations there may be, and who verifies users meanwhile: for both bodies."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

import russet
from russet.association import Caller, Policy, Rejection, Rights, Row
from russet.association.identity import Claim, Verified, username
from russet.codec import Identity
from russet.errors import RejectedError
from russet.net.seats import Seat, Seats
from tests.association.test_policy_rows import rq
from tests.support.bodies import Body, until
from tests.support.pair import CT

PATIENCE = 10.0


def seat_of(policy: Policy) -> Callable[[str], Seat]:
    seats = Seats(policy, bool)
    return lambda address: Seat(seats, Caller(address))


def test_a_seat_is_taken_when_it_is_given_and_not_when_the_association_stands() -> None:
    make = seat_of(Policy(check_called=False, max_associations=1))
    first, second = make("10.0.0.1"), make("10.0.0.1")
    assert isinstance(first.take(rq(CT)), Caller)
    assert second.take(rq(CT)) is Rejection.LOCAL_LIMIT_EXCEEDED
    second.leave()
    assert second.take(rq(CT)) is Rejection.LOCAL_LIMIT_EXCEEDED
    first.leave()
    first.leave()
    assert isinstance(second.take(rq(CT)), Caller)
    assert first.take(rq(CT)) is Rejection.LOCAL_LIMIT_EXCEEDED


def test_of_one_address_no_more_are_taken_than_its_row_allows() -> None:
    rows = [Row("each", rights=Rights(associations=2))]
    make = seat_of(Policy(check_called=False, rows=rows))
    first, second, third = (make("10.0.0.1") for _ in range(3))
    assert first.take(rq(CT)) == Caller("10.0.0.1", active=0)
    assert second.take(rq(CT)) == Caller("10.0.0.1", active=1)
    assert third.take(rq(CT)) is Rejection.LOCAL_LIMIT_EXCEEDED
    assert make("10.0.0.2").take(rq(CT)) == Caller("10.0.0.2", active=0)
    first.leave()
    assert third.take(rq(CT)) == Caller("10.0.0.1", active=1)


def test_there_is_no_seat_for_anybody_while_a_server_stops() -> None:
    seats = Seats(Policy(check_called=False), lambda: True)
    assert Seat(seats, Caller()).take(rq(CT)) is Rejection.TEMPORARY_CONGESTION


class Door:
    """Verifies everybody, and who is called SLOW only when told to."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.go = threading.Event()

    def plain(self, who: Identity, _: Claim) -> Verified:
        if who.primary == b"SLOW":
            self.asked.set()
            assert self.go.wait(PATIENCE)
        return Verified()

    async def coroutine(self, who: Identity, claim: Claim) -> Verified:
        if who.primary == b"SLOW":
            self.asked.set()
            assert await asyncio.to_thread(self.go.wait, PATIENCE)
        return Verified()


@pytest.fixture(params=["plain", "coroutine"])
def door(request: pytest.FixtureRequest) -> Any:
    made = Door()
    return made, getattr(made, request.param)


def in_thread(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_who_is_slow_to_verify_a_user_keeps_nobody_else_waiting(body: Body, door: Any) -> None:
    made, verifier = door
    policy = russet.Policy(check_called=False, verifier=verifier)
    statuses: list[int] = []
    with body.serve(policy=policy, handlers={"store": print}) as receiver:

        def slowly() -> None:
            with russet.connect(
                "127.0.0.1", receiver.port, identity=username("SLOW")
            ) as association:
                statuses.append(association.echo().status)

        thread = in_thread(slowly)
        assert made.asked.wait(PATIENCE)
        try:
            with russet.connect(
                "127.0.0.1", receiver.port, identity=username("QUICK")
            ) as association:
                assert association.echo().status == 0x0000
        finally:
            made.go.set()
            thread.join(PATIENCE)
    assert statuses == [0x0000]


def test_whose_user_is_being_verified_has_a_seat(body: Body, door: Any) -> None:
    made, verifier = door
    policy = russet.Policy(check_called=False, verifier=verifier, max_associations=1)
    with body.serve(policy=policy, handlers={"store": print}) as receiver:

        def slowly() -> None:
            with russet.connect(
                "127.0.0.1", receiver.port, identity=username("SLOW")
            ) as association:
                association.echo()

        thread = in_thread(slowly)
        assert made.asked.wait(PATIENCE)
        try:
            with pytest.raises(RejectedError, match="local limit exceeded"):
                russet.connect("127.0.0.1", receiver.port, identity=username("QUICK"))
        finally:
            made.go.set()
            thread.join(PATIENCE)
        until(lambda: _echoes(receiver.port))


def _echoes(port: int) -> bool:
    """Whether there is a seat again."""
    try:
        with russet.connect("127.0.0.1", port) as association:
            return association.echo().status == 0x0000
    except RejectedError:
        return False


@pytest.mark.parametrize("error", [SystemExit(3), ValueError("the directory is away")])
def test_a_verifier_that_fails_lets_nobody_in_and_the_server_lives_on(
    body: Body, error: BaseException
) -> None:
    def fail(who: Identity, _: Claim) -> Verified:
        if who.primary == b"EVA":
            raise error
        return Verified()

    policy = russet.Policy(check_called=False, verifier=fail)
    with body.serve(policy=policy, handlers={"store": print}) as receiver:
        with pytest.raises(RejectedError):
            russet.connect("127.0.0.1", receiver.port, identity=username("EVA"))
        with russet.connect("127.0.0.1", receiver.port, identity=username("BOB")) as association:
            assert association.echo().status == 0x0000
