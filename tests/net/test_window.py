"""More than one request at a time: within the window, beyond it, cancelled, and cut off."""

import socket
import threading
from pathlib import Path

import pytest

import russet
from russet.association.effects import Destination
from russet.net.timeouts import Timeouts
from russet.services.storage import Instance
from tests.net.test_serving import Reports, instance_file
from tests.support.bodies import Body
from tests.support.instances import CT, data_set, message
from tests.support.raw_peer import RawPeer
from tests.support.raw_provider import Provider, providing

PATIENCE = 10.0


@pytest.fixture
def images(tmp_path: Path) -> list[Path]:
    return [instance_file(tmp_path / f"{number}.dcm", f"1.{number}") for number in range(1, 13)]


def test_within_the_window_handlers_run_at_the_same_time(images: list[Path]) -> None:
    together = threading.Barrier(4)

    def take(_: Instance) -> None:
        together.wait(PATIENCE)

    with (
        russet.serve(0, handlers={"store": take}) as receiver,
        russet.connect("127.0.0.1", receiver.port, window=(4, 1)) as association,
    ):
        assert [stored.ok for stored in association.store(images)] == [True] * 12


def test_without_a_window_handlers_run_one_after_the_other(images: list[Path]) -> None:
    running, most = [0], [0]

    def take(_: Instance) -> None:
        running[0] += 1
        most[0] = max(most[0], running[0])
        running[0] -= 1

    with (
        russet.serve(0, handlers={"store": take}) as receiver,
        russet.connect("127.0.0.1", receiver.port, window=(1, 1)) as association,
    ):
        assert [stored.ok for stored in association.store(images)] == [True] * 12
    assert most == [1]


def test_responses_may_come_in_another_order_and_results_do_not(images: list[Path]) -> None:
    last_is_done = threading.Event()

    def take(instance: Instance) -> int:
        if instance.sop_instance_uid == "1.4":
            last_is_done.set()
        elif instance.sop_instance_uid == "1.1":
            last_is_done.wait(PATIENCE)
        return 0xB000 + int(instance.sop_instance_uid[2:]) * (instance.sop_instance_uid == "1.6")

    with (
        russet.serve(0, handlers={"store": take}) as receiver,
        russet.connect("127.0.0.1", receiver.port, window=(4, 1)) as association,
    ):
        results = list(association.store(images[:6]))
    assert [stored.path for stored in results] == images[:6]
    assert results[-1].status == 0xB006


def test_who_pipelines_without_a_window_is_served_in_turn_and_held_back(body: Body) -> None:
    """Some peers never ask and send all the same: as many wait as fit, then TCP holds them back."""
    taken, go = [], threading.Semaphore(0)

    def take(instance: Instance) -> None:
        go.acquire()
        taken.append(instance.sop_instance_uid)

    count = 60
    with body.serve(handlers={"store": take}) as receiver, RawPeer(receiver.port) as peer:
        peer.associate()
        for number in range(1, count + 1):
            peer.send(message(data_set(instance=f"1.{number}"), f"1.{number}", message_id=number))
        for _ in range(count):
            go.release()
        statuses = [peer.status() for _ in range(count)]
    assert statuses == [0] * count
    assert taken == [f"1.{number}" for number in range(1, count + 1)]


def test_an_abort_is_seen_while_a_handler_works() -> None:
    reports, entered, go = Reports(), threading.Event(), threading.Event()

    def take(_: Instance) -> None:
        entered.set()
        go.wait(PATIENCE)

    with (
        russet.serve(0, handlers={"store": take}, on_association=reports) as receiver,
        RawPeer(receiver.port) as peer,
    ):
        peer.associate()
        peer.send(message(data_set()))
        assert entered.wait(PATIENCE)
        peer.send(b"\x07\0\0\0\0\x04\0\0\0\0")
        assert "abort" in reports.wait(1).outcome
        go.set()


def test_a_peer_that_vanishes_while_handlers_work_frees_what_it_had(images: list[Path]) -> None:
    reports, entered, go = Reports(), threading.Event(), threading.Event()
    running = threading.active_count()

    def take(_: Instance) -> None:
        entered.set()
        go.wait(PATIENCE)

    with russet.serve(
        0, handlers={"store": take}, on_association=reports, timeouts=Timeouts(idle=0.2)
    ) as receiver:
        with RawPeer(receiver.port) as peer:
            peer.associate()
            for number in range(1, 6):
                peer.send(message(data_set(), message_id=number))
            assert entered.wait(PATIENCE)
        assert "closed" in reports.wait(1).outcome
        go.set()
    assert threading.active_count() <= running + 1  # a worker may rest a little longer


def test_a_peer_that_waits_for_a_slow_handler_is_not_idle(images: list[Path]) -> None:
    never = threading.Event()

    def take(_: Instance) -> None:
        never.wait(0.3)  # three times as long as a peer may be idle

    with (
        russet.serve(0, handlers={"store": take}, timeouts=Timeouts(idle=0.1)) as receiver,
        russet.connect("127.0.0.1", receiver.port) as association,
    ):
        assert association.store(images[0]).ok


def test_what_was_answered_before_a_link_broke_is_not_moved_again(images: list[Path]) -> None:
    answered: list[str | None] = []

    def script(at: Provider) -> None:
        at.accept(window=(8, 8))
        while (asked := at.request()) is not None:
            at.respond(0x0000)
            answered.append(asked.affected_sop_instance_uid)
            if len(answered) == 1:
                at.peer.socket.shutdown(socket.SHUT_WR)
                at.see_off()  # It is told nothing of the others that it sends.

    with providing(script, CT) as provider:
        elsewhere = {"ELSEWHERE": Destination("127.0.0.1", provider.port, "ELSEWHERE")}
        with (
            russet.serve(0, handlers={"move": lambda _: images}, destinations=elsewhere) as archive,
            russet.connect("127.0.0.1", archive.port) as association,
        ):
            *_, last = association.move("ELSEWHERE", level="image")
    assert (last.status, last.completed) == (0x0000, len(images))
    assert len(set(answered)) == len(answered) == len(images)
