"""The queue: associations as they are needed, kept for what comes next, and tried again."""

import threading
from concurrent.futures import Future
from pathlib import Path

import pytest

import russet
from russet.association import Policy
from russet.errors import RussetError
from russet.net.outcome import Address, Stored
from russet.net.queue import SendQueue
from russet.net.report import AssociationReport
from russet.net.timeouts import Timeouts
from russet.services.storage import Instance
from tests.net.test_serving import Reports, instance_file
from tests.support.instances import CT
from tests.support.pair import MR

PATIENCE = 10.0


def images(folder: Path, count: int, sop_class: str = CT) -> list[Path]:
    return [
        instance_file(folder / f"{sop_class[-1]}{number}.dcm", f"1.{number}", sop_class)
        for number in range(1, count + 1)
    ]


def results(futures: list[Future[Stored]]) -> list[bool]:
    return [future.result(PATIENCE).ok for future in futures]


def test_what_is_put_in_while_an_association_lingers_goes_over_it(tmp_path: Path) -> None:
    reports = Reports()
    with (
        russet.serve(0, data=tmp_path / "data", on_association=reports) as receiver,
        SendQueue(Address("127.0.0.1", receiver.port), linger=PATIENCE) as queue,
    ):
        for image in images(tmp_path, 5):
            assert queue.put(image).result(PATIENCE).ok
    assert [report.instances for report in reports.all] == [5]


def test_without_linger_each_goes_over_an_association_of_its_own(tmp_path: Path) -> None:
    reports = Reports()
    with (
        russet.serve(0, data=tmp_path / "data", on_association=reports) as receiver,
        SendQueue(Address("127.0.0.1", receiver.port), linger=0.0) as queue,
    ):
        for number, image in enumerate(images(tmp_path, 3)):
            assert queue.put(image).result(PATIENCE).ok
            reports.wait(number + 1)
    assert [report.instances for report in reports.all] == [1, 1, 1]


def test_an_association_carries_no_more_requests_than_it_may(tmp_path: Path) -> None:
    reports = Reports()
    with russet.serve(0, data=tmp_path / "data", on_association=reports) as receiver:
        address = Address("127.0.0.1", receiver.port, requests_per_association=4)
        with SendQueue(address) as queue:
            assert results([queue.put(image) for image in images(tmp_path, 10)]) == [True] * 10
    counts = [report.instances for report in reports.all]
    assert (sum(counts), max(counts)) == (10, 4)


def test_another_sop_class_gets_an_association_that_carries_it(tmp_path: Path) -> None:
    with (
        russet.serve(0, data=tmp_path / "data") as receiver,
        SendQueue(Address("127.0.0.1", receiver.port), linger=PATIENCE) as queue,
    ):
        assert queue.put(images(tmp_path, 1)[0]).result(PATIENCE).ok
        assert queue.put(images(tmp_path, 1, MR)[0]).result(PATIENCE).ok


def test_what_was_not_answered_when_an_association_broke_is_sent_again(tmp_path: Path) -> None:
    taken: list[str] = []
    breaks = threading.Event()

    def take(instance: Instance) -> None:
        taken.append(instance.sop_instance_uid)
        if instance.sop_instance_uid == "1.3" and taken.count("1.3") == 1:
            breaks.set()
            threading.Event().wait(0.4)  # longer than the sender has patience

    with russet.serve(0, handlers={"store": take}) as receiver:
        address = Address(
            "127.0.0.1", receiver.port, timeouts=Timeouts(response=0.1), window=(1, 1)
        )
        with SendQueue(address) as queue:
            assert results([queue.put(image) for image in images(tmp_path, 5)]) == [True] * 5
    assert breaks.is_set()
    assert sorted(set(taken)) == ["1.1", "1.2", "1.3", "1.4", "1.5"]


def test_a_peer_that_is_not_there_is_given_up_after_as_many_attempts(tmp_path: Path) -> None:
    with russet.serve(0) as gone:
        address = Address("127.0.0.1", gone.port)
    heard: list[Stored] = []
    with SendQueue(address, attempts=2, on_result=heard.append) as queue:
        futures = [queue.put(image) for image in images(tmp_path, 3)]
    assert results(futures) == [False] * 3
    assert ["nothing listens" in stored.reason for stored in heard] == [True] * 3


def test_a_peer_that_rejects_has_everything_fail_with_its_words(tmp_path: Path) -> None:
    with (
        russet.serve(0, policy=Policy(ae_title="OTHER")) as receiver,
        SendQueue(Address("127.0.0.1", receiver.port), attempts=1) as queue,
    ):
        stored = queue.put(images(tmp_path, 1)[0]).result(PATIENCE)
    assert "called AE title not recognized" in stored.reason


def test_what_is_no_instance_fails_at_once_and_the_rest_goes(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("no image")
    with (
        russet.serve(0, data=tmp_path / "data") as receiver,
        SendQueue(Address("127.0.0.1", receiver.port)) as queue,
    ):
        futures = [queue.put(notes), *(queue.put(image) for image in images(tmp_path, 2))]
        assert results(futures) == [False, True, True]


def test_a_queue_that_is_cancelled_fails_what_waits(tmp_path: Path) -> None:
    entered, go = threading.Event(), threading.Event()

    def take(_: Instance) -> None:
        entered.set()
        go.wait(PATIENCE)

    reports: list[AssociationReport] = []
    with russet.serve(0, handlers={"store": take}, on_association=reports.append) as receiver:
        queue = SendQueue(Address("127.0.0.1", receiver.port, window=(1, 1)))
        futures = [queue.put(image) for image in images(tmp_path, 3)]
        assert entered.wait(PATIENCE)
        closing = threading.Thread(target=lambda: queue.close(cancel=True))
        closing.start()
        go.set()
        closing.join(PATIENCE)
        assert results(futures) == [True, False, False]
        with pytest.raises(RussetError, match="closed"):
            queue.put(images(tmp_path, 1)[0])


def test_an_empty_queue_is_true_since_it_is_a_way_to_a_peer() -> None:
    with SendQueue(Address("127.0.0.1", 1)) as queue:
        assert len(queue) == 0
        assert queue
