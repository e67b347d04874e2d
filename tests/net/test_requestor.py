"""What a client on threads performs for its peer, on the thread of its caller."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import pytest

import russet
from russet.association import normalized
from russet.association.effects import Await, Destination, Effects, Later, Pause, call
from russet.association.normalized import (
    NormalizedRequest,
    NormalizedResult,
    NormalizedService,
)
from russet.association.reporting import report
from russet.codec import Command
from russet.data import Dataset
from russet.dimse.models import MODELS
from russet.errors import AbortedError
from russet.net.channel import Channel
from russet.net.loop_thread import LoopThread
from russet.net.terms import NATIVE
from russet.services.storage import Instance
from russet.services.storage_commitment import (
    INSTANCE,
    STORAGE_COMMITMENT,
    Commitment,
    CommitmentReports,
    CommitmentRequest,
)
from russet.services.verification import VERIFICATION
from tests.net.test_serving import instance_file
from tests.support.instances import data_set
from tests.support.pair import CT
from tests.support.raw_provider import Provider, providing

GET = MODELS["study"].get
LAMP = "1.2.826.0.1.3680043.8.498.100"
LAMPS: dict[str, Any] = {"contexts": [(LAMP, NATIVE), (VERIFICATION, NATIVE)]}
ITEM = Dataset(ReferencedSOPClassUID=CT, ReferencedSOPInstanceUID="1.2.1")
ASK = Dataset(TransactionUID="1.2.3", ReferencedSOPSequence=[ITEM])
PATIENCE = 10.0


def loops() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "russet-loop"]


def test_c_get_brings_instances_to_a_coroutine(tmp_path: Path) -> None:
    images = [instance_file(tmp_path / f"{number}.dcm", f"1.{number}") for number in range(1, 4)]
    got: list[str] = []

    async def take(instance: Instance) -> None:
        await asyncio.sleep(0)
        got.append(instance.sop_instance_uid)

    with (
        russet.serve(0, handlers={"get": lambda _: images}) as receiver,
        russet.connect("127.0.0.1", receiver.port) as association,
    ):
        *_, last = association.get(take, level="image")
    assert (last.status, got) == (0, ["1.1", "1.2", "1.3"])


def storing(at: Provider, *numbers: int) -> None:
    """Have a provider send instances of a C-GET without waiting for an answer."""
    for number in numbers:
        command = Command(
            0x0001,
            message_id=number,
            affected_sop_class_uid=CT,
            affected_sop_instance_uid=f"1.{number}",
            priority=0,
            command_data_set_type=1,
        )
        at.say(at.context_of(CT), command, data_set(instance=f"1.{number}"))


def test_answers_do_not_wait_until_the_next_result_is_taken(tmp_path: Path) -> None:
    answered = threading.Event()

    def script(at: Provider) -> list[int | None]:
        at.accept().request()
        storing(at, 1, 2, 3)
        at.respond(0xFF00)
        statuses = [at.answer() for _ in range(3)]
        answered.set()
        at.respond(0x0000).see_off()
        return statuses

    with (
        providing(script, GET) as provider,
        russet.connect("127.0.0.1", provider.port) as association,
    ):
        results = association.get(tmp_path, level="image")
        assert next(results).status == 0xFF00
        assert answered.wait(PATIENCE)
        assert next(results).status == 0
    assert provider.ends == [[0, 0, 0]]


def test_an_answer_does_not_wait_for_the_next_instance_when_those_take_their_time() -> None:
    answered = threading.Event()

    def script(at: Provider) -> None:
        at.accept().request()
        storing(at, 1, 2)
        assert at.answer() == 0
        answered.set()
        assert at.answer() == 0
        at.respond(0x0000).see_off()

    def take(instance: Instance) -> None:
        if instance.sop_instance_uid == "1.1":
            time.sleep(0.005)
        else:
            assert answered.wait(PATIENCE)

    with (
        providing(script, GET) as provider,
        russet.connect("127.0.0.1", provider.port) as association,
    ):
        *_, last = association.get(take, level="image")
    assert (last.status, provider.ends) == (0, [None])


def test_what_comes_with_the_end_of_what_was_cancelled_is_answered_before_the_release() -> None:
    def script(at: Provider) -> int | None:
        at.accept().request()
        at.respond(0xFF00)
        assert at.answer() is None  # the C-CANCEL
        together: list[bytes] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(at.peer, "send", together.append)
            storing(at, 1)
            at.respond(0xFE00)
        at.peer.send(b"".join(together))
        status = at.answer()
        at.see_off()
        return status

    with (
        providing(script, GET) as provider,
        russet.connect("127.0.0.1", provider.port) as association,
    ):
        results = association.get(lambda _: None, level="image")
        assert next(results).status == 0xFF00
        results.close()
    assert provider.ends == [0]


def reporting(at: Provider) -> None:
    """Answer a request for commitment, and report on it at once."""
    at.accept().request()
    at.respond(0x0000)
    report = Command(
        0x0100,
        message_id=1,
        affected_sop_class_uid=STORAGE_COMMITMENT,
        affected_sop_instance_uid=INSTANCE,
        event_type_id=1,
        command_data_set_type=1,
    )
    at.say(at.context_id, report, bytes(ASK.encode(NATIVE[1])))


def test_a_report_is_answered_before_whoever_waited_for_it_goes_on() -> None:
    answered = threading.Event()

    def script(at: Provider) -> bytes:
        reporting(at)
        assert at.answer() == 0
        answered.set()
        return at.see_off()

    with (
        providing(script, STORAGE_COMMITMENT) as provider,
        russet.connect("127.0.0.1", provider.port) as association,
    ):
        made = association.commit([(CT, "1.2.1")], transaction_uid="1.2.3")
        assert made.reported
        assert answered.wait(PATIENCE)
    assert provider.ends == [b"\x05"]


def test_what_is_to_be_answered_is_answered_before_the_release() -> None:
    def script(at: Provider) -> int | None:
        reporting(at)
        return at.answer()

    with providing(script, STORAGE_COMMITMENT) as provider:
        with russet.connect("127.0.0.1", provider.port) as association:
            association.commit([(CT, "1.2.1")], transaction_uid="1.2.3")
        provider.close()
    assert provider.ends == [0]


def test_a_release_that_cannot_be_sent_closes_the_connection_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(_: Channel, *, wait: bool = False) -> None:
        raise AbortedError("the connection broke")

    close, closed = Channel.close, []

    def closing(channel: Channel) -> None:
        closed.append(channel)
        close(channel)

    with russet.serve(0) as receiver:
        association = russet.connect("127.0.0.1", receiver.port)
        monkeypatch.setattr(Channel, "flush", broken)
        monkeypatch.setattr(Channel, "close", closing)
        association.release()
        monkeypatch.undo()
    assert association.is_over
    assert association._channel in closed


def test_a_report_comes_to_a_coroutine() -> None:
    come: list[Commitment] = []

    async def take(commitment: Commitment) -> None:
        await asyncio.sleep(0)
        come.append(commitment)

    def held(asked: CommitmentRequest) -> list[str]:
        return [each.sop_instance_uid for each in asked.references]

    services = [CommitmentReports(take)]
    where: dict[str, Any] = {"contexts": [(STORAGE_COMMITMENT, NATIVE)], "services": services}
    with (
        russet.serve(0, handlers={"commit": held}) as archive,
        russet.connect("127.0.0.1", archive.port, **where) as association,
    ):
        association.request(normalized.action(STORAGE_COMMITMENT, INSTANCE, 1, ASK))
        association.listen(PATIENCE, lambda: bool(come))
    assert [each.committed for each in come] == [["1.2.1"]]
    for each in loops():
        each.join(PATIENCE)
    assert not loops()


class Switch:
    """What serves: it reports an event to whoever has something done."""

    def action(self, _: NormalizedRequest) -> NormalizedResult:
        return NormalizedResult(afterwards=call(normalized.event_report(LAMP, "1.2", 7)))


class Watch:
    """What a client has for events: something follows each."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def event_report(self, _: NormalizedRequest) -> NormalizedResult:
        return NormalizedResult(afterwards=self._afterwards())

    def _afterwards(self) -> Effects:
        yield Later(self._later())
        self.seen.append("the event is done with")

    def _later(self) -> Effects:
        yield Await(asyncio.sleep(0))
        self.seen.append("waited")
        elsewhere = Destination("127.0.0.1", 1, "ELSEWHERE")
        try:
            yield from report(lambda: normalized.event_report(LAMP, "1.2", 8), elsewhere, ())
        except AbortedError:
            self.seen.append("nobody else is told")
        yield Pause(1.0)


def test_what_follows_an_answer_is_done_at_once(caplog: pytest.LogCaptureFixture) -> None:
    watch = Watch()
    services = [NormalizedService(watch, {LAMP})]
    with (
        russet.serve(0, services=[NormalizedService(Switch(), {LAMP})]) as lamp,
        russet.connect("127.0.0.1", lamp.port, **LAMPS, services=services) as association,
    ):
        association.request(normalized.action(LAMP, "1.2", 1))
        association.listen(PATIENCE, lambda: len(watch.seen) == 3)
        assert association.echo().status == 0
    assert watch.seen == ["waited", "nobody else is told", "the event is done with"]
    assert "what was to follow a request failed" in caplog.text


class Patient:
    """Does not go on with what follows an event before its peer has the answer."""

    def __init__(self, then: Callable[[Effects], Effects]) -> None:
        self.answered = threading.Event()
        self.seen: list[bool] = []
        self._then = then

    def event_report(self, _: NormalizedRequest) -> NormalizedResult:
        return NormalizedResult(afterwards=self._then(self._wait()))

    def _wait(self) -> Effects:
        self.seen.append((yield Await(asyncio.to_thread(self.answered.wait, PATIENCE))))


def later(effects: Effects) -> Effects:
    yield Later(effects)


def at_once(effects: Effects) -> Effects:
    yield from effects


@pytest.mark.parametrize("then", [later, at_once])
def test_an_answer_does_not_wait_for_what_follows_it(then: Callable[[Effects], Effects]) -> None:
    patient = Patient(then)
    report = Command(
        0x0100,
        message_id=9,
        affected_sop_class_uid=LAMP,
        affected_sop_instance_uid="1.2",
        event_type_id=1,
        command_data_set_type=0x0101,
    )

    def script(at: Provider) -> int | None:
        at.accept().say(at.context_of(LAMP), report)
        status = at.answer()
        patient.answered.set()
        at.see_off()
        return status

    services = [NormalizedService(patient, {LAMP})]
    with (
        providing(script) as provider,
        russet.connect("127.0.0.1", provider.port, **LAMPS, services=services) as association,
    ):
        association.listen(PATIENCE, lambda: bool(patient.seen))
    assert (patient.seen, provider.ends) == ([True], [0x0000])


def test_a_loop_that_ends_tells_who_waits_for_it() -> None:
    loop, begun, told = LoopThread(), threading.Event(), threading.Event()

    async def never() -> None:
        begun.set()
        await asyncio.Event().wait()

    def wait() -> None:
        with pytest.raises(CancelledError):
            loop.run(never())
        told.set()

    waiter = threading.Thread(target=wait)
    waiter.start()
    assert begun.wait(PATIENCE)
    loop.close()
    waiter.join(PATIENCE)
    assert told.is_set()
    with pytest.raises(AbortedError):
        loop.run(never())
