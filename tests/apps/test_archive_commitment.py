"""Storage commitment by an archive: reports arrive, after a restart too, or are given up aloud."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import russet
from russet.apps.archive import CommitmentOutbox
from russet.association.effects import Destination
from russet.association.peers import Peers, read_peers
from russet.errors import StatusError, StorageError
from russet.net.terms import NATIVE
from russet.services.storage_commitment import (
    STORAGE_COMMITMENT,
    Commitment,
    CommitmentReports,
    CommitmentRequest,
    Reference,
    commit,
)
from russet.storage.small_files import SmallFiles
from tests.support.indexed import instance
from tests.support.instances import CT
from tests.support.serving import BODIES, serving

PATIENCE = 10.0
MR = "1.2.840.10008.5.1.4.1.1.4"
ASKED = [(CT, "9.1"), (CT, "9.2"), (MR, "9.3")]
MISSING = {"9.2": 0x0112, "9.3": 0x0119}
CONTEXTS = [(STORAGE_COMMITMENT, NATIVE)]


class Modality:
    """Takes reports, and lets one wait for so many of them."""

    def __init__(self, status: int = 0x0000) -> None:
        self.reports: list[Commitment] = []
        self.service = CommitmentReports(self._take)
        self._status = status
        self._changed = threading.Condition()

    def _take(self, report: Commitment) -> int:
        with self._changed:
            self.reports.append(report)
            self._changed.notify_all()
        return self._status

    def wait(self, count: int = 1) -> list[Commitment]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.reports) >= count, PATIENCE)
            return self.reports

    @contextmanager
    def listening(self, port: int = 0) -> Iterator[int]:
        policy = russet.Policy(check_called=False, scu_classes={STORAGE_COMMITMENT})
        with russet.serve(port, services=[self.service], policy=policy) as receiver:
            yield receiver.port


def peers(port: int) -> Peers:
    return read_peers(f'[[peer]]\ntitle = "CT"\nhost = "127.0.0.1"\nport = {port}\n')


@contextmanager
def node(data: Path, known: Peers | None, body: str = "threads") -> Iterator[int]:
    with (
        russet.Archive(data, peers=known) as archive,
        serving(body, services=archive.services, policy=archive.policy) as port,
    ):
        yield port


def ask(port: int, transaction: str = "1.2.77") -> int:
    """Store two instances and ask for three."""
    with russet.connect("127.0.0.1", port, calling="CT", contexts=CONTEXTS) as association:
        association.store(instance(SOPInstanceUID="9.1"))
        association.store(instance(SOPInstanceUID="9.3"))
    with russet.connect("127.0.0.1", port, calling="CT", contexts=CONTEXTS) as association:
        (outcome,) = association.perform(commit(ASKED, transaction))
    return int(outcome.status)


def wait_until(condition: Callable[[], bool]) -> None:
    pause, until = threading.Event(), 1000
    while not condition():
        until -= 1
        assert until
        pause.wait(0.01)


@pytest.mark.parametrize("body", BODIES)
def test_a_report_says_what_is_held_and_from_where(body: str, tmp_path: Path) -> None:
    modality = Modality()
    with modality.listening() as there, node(tmp_path, peers(there), body) as port:
        assert ask(port) == 0x0000
        (report,) = modality.wait()
    assert report == Commitment("1.2.77", ["9.1"], MISSING, "RUSSET")
    assert not list((tmp_path / "commitment").iterdir())


@pytest.mark.parametrize("body", BODIES)
def test_who_is_no_peer_hears_on_its_own_association(body: str, tmp_path: Path) -> None:
    modality = Modality()
    how: Any = {"contexts": CONTEXTS, "services": [modality.service]}
    with (
        node(tmp_path, None, body) as port,
        russet.connect("127.0.0.1", port, **how) as association,
    ):
        association.perform(commit(ASKED, "1.2.78"))
        (outcome,) = association.perform(commit(ASKED, "1.2.78"))
        assert outcome.status == 0x0000
        association.listen(PATIENCE, lambda: bool(modality.reports))
    assert modality.reports[0].failed.keys() == {"9.1", "9.2", "9.3"}


def test_a_report_outlives_a_restart(
    tmp_path: Path, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    modality = Modality()
    known = peers(port)
    with node(tmp_path, known) as archive:
        assert ask(archive) == 0x0000
        wait_until(lambda: "no report" in caplog.text)
    assert len(list((tmp_path / "commitment").glob("*.json"))) == 1
    with modality.listening(port), node(tmp_path, known):
        (report,) = modality.wait()
        wait_until(lambda: not list((tmp_path / "commitment").iterdir()))
    assert report.failed == MISSING


class Asked(CommitmentRequest):
    """A request without the network."""

    def __init__(self, transaction: str) -> None:
        self.calling, self.called = "CT", "ARCHIVE"
        self.transaction_uid = transaction
        self.references = [Reference(CT, "9.1")]


@contextmanager
def outbox(
    folder: Path, port: int, pauses: tuple[float, ...], now: float | None = None
) -> Iterator[CommitmentOutbox]:
    """Keep requests in a folder; with `now` the clock stands."""

    def destination(_title: str, calling: str) -> Destination:
        return Destination("127.0.0.1", port, "CT", calling)

    clock = time.time if now is None else lambda: now
    made = CommitmentOutbox(SmallFiles(folder), lambda _: {}, destination, pauses, clock)
    made.start()
    yield made
    made.close()


def take(made: CommitmentOutbox, transaction: str) -> None:
    begin = made.take(Asked(transaction))
    assert begin is not None
    begin()


def test_a_receiver_that_comes_late_is_told_all_the_same(tmp_path: Path, port: int) -> None:
    modality = Modality()
    with outbox(tmp_path, port, (0.02,) * 500) as made:
        take(made, "1.2.1")
        with modality.listening(port):
            (report,) = modality.wait()
            assert report.ok


def test_reports_leave_in_the_order_in_which_they_were_asked_for(tmp_path: Path, port: int) -> None:
    asked = threading.Event()
    transactions = [f"1.2.{number}" for number in range(1, 9)]

    def judge(_: object) -> dict[str, int]:
        assert asked.wait(10.0)
        return {}

    modality = Modality()
    to = Destination("127.0.0.1", port, "CT", "ARCHIVE")
    made = CommitmentOutbox(SmallFiles(tmp_path), judge, lambda *_: to)
    with modality.listening(port):
        for transaction in transactions:
            take(made, transaction)
        asked.set()
        reports = modality.wait(len(transactions))
    made.close()
    assert [each.transaction_uid for each in reports] == transactions


def test_a_disk_that_takes_no_note_of_an_attempt_holds_up_no_report(
    tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    modality, files = Modality(), SmallFiles(tmp_path)
    to = Destination("127.0.0.1", port, "CT", "ARCHIVE")
    made = CommitmentOutbox(files, lambda _: {}, lambda *_: to)
    begin = made.take(Asked("1.2.1"))

    def full(*_: object) -> None:
        raise StorageError("No space left on device")

    monkeypatch.setattr(files, "put", full)
    with modality.listening(port):
        assert begin is not None
        begin()
        assert modality.wait()[0].ok
    made.close()


@pytest.mark.parametrize("status", [None, 0x0110])
def test_what_nobody_takes_is_given_up_and_kept(
    status: int | None, tmp_path: Path, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    modality = Modality(status or 0)
    with outbox(tmp_path, port, (0.01, 0.01)) as made:
        if status is None:
            take(made, "1.2.1")
            wait_until(lambda: "given up" in caplog.text)
            assert "transaction 1.2.1, attempt 2 of 3: " in caplog.text
        else:
            with modality.listening(port):
                take(made, "1.2.1")
                wait_until(lambda: "given up" in caplog.text)
            assert len(modality.reports) == 1
        wait_until(lambda: [each.suffix for each in tmp_path.iterdir()] == [".failed"])
    with outbox(tmp_path, port, ()) as made:
        assert made.start() == 0


def test_a_restart_does_not_hasten_the_next_attempt(
    tmp_path: Path, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    with outbox(tmp_path, port, (60.0,), now=1000.0) as made:
        take(made, "1.2.1")
        wait_until(lambda: "attempt 1 of 2" in caplog.text)
    modality = Modality()
    with modality.listening(port):
        for restart in range(3):
            with outbox(tmp_path, port, (60.0,), now=1059.0) as made:
                take(made, f"1.2.2.{restart}")  # What is due goes first: the other is not.
                modality.wait(restart + 1)
                wait_until(lambda: len(list(tmp_path.iterdir())) == 1)
        with outbox(tmp_path, port, (60.0,), now=1060.0):
            reports = modality.wait(4)
    came = [report.transaction_uid for report in reports]
    assert came == ["1.2.2.0", "1.2.2.1", "1.2.2.2", "1.2.1"]


def kept(folder: Path, **other: object) -> None:
    """A file as Russet wrote it before it knew when the next attempt is due, and what else."""
    request = {"calling": "CT", "called": "ARCHIVE", "transaction": "1.2.1"}
    counted = {"references": [[CT, "9.1"]], "duplicate": False, "attempts": 1}
    (folder / "1.json").write_text(json.dumps({**request, **counted, **other}))


@pytest.mark.parametrize("due", [9e9, -9e9, float("inf"), float("nan")])
def test_a_clock_that_jumped_delays_a_report_by_its_pause_at_most(
    due: float, tmp_path: Path, port: int
) -> None:
    kept(tmp_path, due=due)
    modality = Modality()
    with modality.listening(port), outbox(tmp_path, port, (0.02, 0.02)):
        modality.wait()


def test_a_file_without_the_time_of_the_next_attempt_counts_and_is_due_at_once(
    tmp_path: Path, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    kept(tmp_path)
    with outbox(tmp_path, port, (9e9, 9e9)):
        wait_until(lambda: "attempt 2 of 3" in caplog.text)


def test_a_transaction_that_is_open_is_not_judged_twice(tmp_path: Path, port: int) -> None:
    modality = Modality()
    with outbox(tmp_path, port, (0.02,) * 500) as made:
        take(made, "1.2.1")
        take(made, "1.2.1")
        with modality.listening(port):
            reports = modality.wait(2)
    assert sorted(tuple(report.failed.values()) for report in reports) == [(), (0x0131,)]


def test_a_file_that_is_no_request_is_left_where_it_is(
    tmp_path: Path, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    for name, content in (
        ("1.json", "{}"),
        ("2.json", "["),
        ("3.json", '{"references": [1]}'),
        ("4.json", '{"references": [], "attempts": "some"}'),
    ):
        (tmp_path / name).write_text(content)
    with outbox(tmp_path, port, ()):
        pass
    assert len([r for r in caplog.records if "is left" in r.getMessage()]) == 4
    assert len(list(tmp_path.iterdir())) == 4


def test_too_many_are_refused(tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("russet.apps.archive.commitment._MOST", 1)
    with outbox(tmp_path, port, (60.0,)) as made:
        take(made, "1.2.1")
        with pytest.raises(StatusError) as caught:
            made.take(Asked("1.2.2"))
    assert caught.value.status == 0x0213
