"""What follows requests: on threads of its own, in turn, and no longer than the server runs."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

import russet
from russet.association.effects import Destination, Effects, Pause
from russet.errors import AbortedError
from russet.net.following import Followed, Following
from russet.net.timeouts import Timeouts
from russet.services.storage_commitment import (
    CommitmentRequest,
    StorageCommitmentService,
    commit,
)
from tests.net.test_commitment import ASKED, CONTEXTS, Reports, held
from tests.net.test_serving import instance_file
from tests.support.bodies import Body, until

PATIENCE = 10.0


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Ends:
    """What became of things that follow: whether each failed, by whose it was."""

    def __init__(self) -> None:
        self.failed: dict[str, bool] = {}

    def of(self, whose: str, effects: Effects) -> Followed:
        return Followed(whose, effects, _nothing, partial(self._note, whose))

    def _note(self, whose: str, *, failed: bool) -> None:
        self.failed[whose] = failed


def _nothing(_: object) -> None:
    pass


def steps(*taken: Callable[[], object] | Pause) -> Effects:
    for each in taken:
        if isinstance(each, Pause):
            yield each
        else:
            each()


def ended(following: Following, clock: Clock) -> None:
    """End it at once, and expect its threads to end."""
    following.close(clock.now)
    until(lambda: not any("russet-later" in each.name for each in threading.enumerate()))


def test_while_one_pauses_its_thread_is_for_others() -> None:
    clock, ends = Clock(), Ends()
    following = Following(clock, threads=1)
    following.add(ends.of("ONE", steps(Pause(100.0))))
    following.add(ends.of("TWO", steps(Pause(100.0))))
    following.add(ends.of("THREE", steps(_now)))
    until(lambda: ends.failed == {"THREE": False})
    clock.now = 100.0
    following.add(ends.of("FOUR", steps(_now)))
    until(lambda: ends.failed == dict.fromkeys(["ONE", "TWO", "THREE", "FOUR"], False))
    ended(following, clock)


def _now() -> None:
    pass


def test_there_are_no_more_threads_than_that_and_all_have_their_turn() -> None:
    clock, ends, go = Clock(), Ends(), threading.Event()
    running, most = [0], [0]

    def work() -> None:
        running[0] += 1
        most[0] = max(running[0], most[0])
        assert go.wait(PATIENCE)
        running[0] -= 1

    following = Following(clock, threads=2)
    for number in range(6):
        following.add(ends.of(str(number), steps(work)))
    until(lambda: running[0] == 2)
    go.set()
    until(lambda: len(ends.failed) == 6)
    assert (most[0], set(ends.failed.values())) == (2, {False})
    ended(following, clock)


def test_two_that_come_at_once_do_not_share_the_one_thread_that_rests() -> None:
    clock, ends, both = Clock(), Ends(), threading.Barrier(2, timeout=PATIENCE)
    following = Following(clock, threads=2)
    following.add(ends.of("ONE", steps(_now)))
    until(lambda: following._idle == 1)
    with following._changed:  # It cannot wake between the two.
        following.add(ends.of("TWO", steps(both.wait)))
        following.add(ends.of("THREE", steps(both.wait)))
    until(lambda: ends.failed == dict.fromkeys(["ONE", "TWO", "THREE"], False))
    ended(following, clock)


def test_what_is_too_much_is_not_done_and_told(caplog: pytest.LogCaptureFixture) -> None:
    clock, ends, go, begun = Clock(), Ends(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        assert go.wait(PATIENCE)

    following = Following(clock, threads=1, most=1)
    following.add(ends.of("ONE", steps(work)))
    assert begun.wait(PATIENCE)
    following.add(ends.of("TWO", steps(_now)))
    following.add(ends.of("THREE", steps(_now)))
    assert ends.failed == {"THREE": True}
    assert "a request of THREE failed: 1 others wait already" in caplog.text
    go.set()
    until(lambda: len(ends.failed) == 3)
    ended(following, clock)


@pytest.mark.parametrize("error", [SystemExit(3), ValueError("broken"), AbortedError("gone")])
def test_what_one_raises_is_told_and_the_next_is_done(
    error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise error

    clock, ends = Clock(), Ends()
    following = Following(clock, threads=1)
    following.add(ends.of("ONE", steps(fail)))
    following.add(ends.of("TWO", steps(_now)))
    until(lambda: ends.failed == {"ONE": True, "TWO": False})
    assert "follow a request of ONE failed" in caplog.text
    ended(following, clock)


def test_what_does_not_end_well_is_told_and_the_next_is_done(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*, failed: bool) -> None:
        raise ValueError("broken")

    clock, ends = Clock(), Ends()
    following = Following(clock, threads=1)
    following.add(Followed("ONE", steps(_now), _nothing, broken))
    following.add(ends.of("TWO", steps(_now)))
    until(lambda: ends.failed == {"TWO": False})
    assert "what followed a request of ONE did not end well" in caplog.text
    ended(following, clock)


def test_at_the_end_what_would_pause_for_longer_is_given_up_and_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock, ends, begun, go = Clock(), Ends(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        assert go.wait(PATIENCE)

    following = Following(clock, threads=1)
    following.add(ends.of("SOON", steps(work, Pause(1000.0))))
    assert begun.wait(PATIENCE)
    following.add(ends.of("NEXT", steps(_now)))
    closing = threading.Thread(target=following.close, args=(10.0,))
    closing.start()
    until(lambda: following._until is not None)
    following.add(ends.of("LATE", steps(_now)))
    go.set()
    closing.join(PATIENCE)
    until(lambda: ends.failed == {"LATE": True, "NEXT": False, "SOON": True})
    for whose in ("LATE", "SOON"):
        assert f"a request of {whose} failed: the server stops" in caplog.text
    ended(following, clock)


def test_what_no_thread_is_to_be_had_for_is_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    clock, ends = Clock(), Ends()
    following = Following(clock, threads=1)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    following.add(ends.of("ONE", steps(_now)))
    monkeypatch.undo()
    assert "a request of ONE failed: can't start new thread" in caplog.text
    following.add(ends.of("TWO", steps(_now)))
    until(lambda: ends.failed == {"ONE": True, "TWO": False})
    ended(following, clock)


def test_what_does_not_end_in_time_is_told(caplog: pytest.LogCaptureFixture) -> None:
    clock, ends, begun, go = Clock(), Ends(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        assert go.wait(PATIENCE)

    following = Following(clock, threads=1)
    following.add(ends.of("SLOW", steps(work)))
    assert begun.wait(PATIENCE)
    following.add(ends.of("NEXT", steps(_now)))
    following.close(clock.now)
    assert "what followed a request of SLOW did not end in time" in caplog.text
    assert "what was to follow a request of NEXT failed: the server stops" in caplog.text
    go.set()
    ended(following, clock)


def test_what_another_thread_goes_on_with_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    clock, ends, begun, go = Clock(), Ends(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        assert go.wait(PATIENCE)

    class Slow(Following):
        """Its first thread is slow: another one goes on before that is done with the pause."""

        def _wait(self, followed: Followed, due: float) -> bool:
            waits = super()._wait(followed, due)
            assert begun.wait(PATIENCE)
            return waits

    following = Slow(clock, threads=2)
    following.add(ends.of("SLOW", steps(Pause(0.0), work)))
    assert begun.wait(PATIENCE)
    until(lambda: following._idle == 1)
    following.close(clock.now)
    assert "what followed a request of SLOW did not end in time" in caplog.text
    go.set()
    ended(following, clock)


def test_receivers_that_nobody_reaches_keep_no_store_waiting(body: Body, tmp_path: Any) -> None:
    go, reports = threading.Event(), Reports()
    image = instance_file(tmp_path / "image.dcm")
    policy = russet.Policy(check_called=False, max_associations=2, window=(1, 1))
    with russet.serve(0, services=[reports.service]) as modality:

        def reach(_: str) -> Destination:
            assert go.wait(PATIENCE)
            return Destination("127.0.0.1", modality.port, "ME")

        services = [StorageCommitmentService(held, reach)]
        how = {"handlers": {"store": lambda _: None}, "policy": policy, "services": services}
        with body.serve(**how) as archive:
            with russet.connect("127.0.0.1", archive.port, contexts=CONTEXTS) as association:
                for _ in range(6):
                    association.request(commit(ASKED))
            with body.connect(archive.port) as other:
                assert other.store(image).ok
            go.set()
            until(lambda: len(reports.all) == 6)


def test_a_server_that_ends_lets_a_report_under_way_get_through() -> None:
    go, begun, reports = threading.Event(), threading.Event(), Reports()

    def judge(asked: CommitmentRequest) -> dict[str, int]:
        begun.set()
        assert go.wait(PATIENCE)
        return held(asked)

    with russet.serve(0, services=[reports.service]) as modality:
        home = {"ME": Destination("127.0.0.1", modality.port, "ME")}
        archive = russet.serve(0, services=[StorageCommitmentService(judge, home)])
        with russet.connect(
            "127.0.0.1", archive.port, calling="ME", contexts=CONTEXTS
        ) as association:
            association.request(commit(ASKED))
        assert begun.wait(PATIENCE)
        closing = threading.Thread(target=archive.close)
        closing.start()
        until(lambda: archive._acceptor.following._until is not None)
        go.set()
        closing.join(PATIENCE)
        assert reports.one().failed == {"1.2.2": 0x0119}


def test_a_server_that_ends_says_whom_it_did_not_report_to(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    begun = threading.Event()

    def reach(_: str) -> Destination:
        begun.set()
        return Destination("127.0.0.1", port, "ME")  # Nobody is there.

    service = StorageCommitmentService(held, reach, (600,))
    with russet.serve(0, services=[service], timeouts=Timeouts(drain=5.0)) as archive:
        with russet.connect(
            "127.0.0.1", archive.port, calling="ME", contexts=CONTEXTS
        ) as association:
            association.request(commit(ASKED))
        assert begun.wait(PATIENCE)
    assert "what was to follow a request of ME failed: the server stops" in caplog.text
