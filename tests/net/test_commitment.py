"""Storage commitment over sockets: reports on the same association and on one of their own."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

import russet
from russet.association import Row
from russet.association.effects import Destination
from russet.association.rights import OPEN_TO_STRANGERS
from russet.errors import StatusError
from russet.net.terms import NATIVE
from russet.net.timeouts import Timeouts
from russet.services.storage_commitment import (
    STORAGE_COMMITMENT,
    Commitment,
    CommitmentReports,
    CommitmentRequest,
    StorageCommitmentService,
    commit,
    service,
)
from tests.support.bodies import Body, until
from tests.support.pair import CT

PATIENCE = 10.0
ASKED = [(CT, "1.2.1"), (CT, "1.2.2")]
CONTEXTS = [(STORAGE_COMMITMENT, NATIVE)]


class Reports:
    """Reports that have come, waited for without sleeping."""

    def __init__(self) -> None:
        self.all: list[Commitment] = []
        self.service = CommitmentReports(self._take)
        self.come = threading.Event()

    def _take(self, commitment: Commitment) -> None:
        self.all.append(commitment)
        self.come.set()

    def one(self) -> Commitment:
        assert self.come.wait(PATIENCE), "no report came"
        (commitment,) = self.all
        return commitment


def held(asked: CommitmentRequest) -> dict[str, int]:
    return {"1.2.1": 0, "1.2.2": 0x0119}


async def held_later(asked: CommitmentRequest) -> dict[str, int]:
    await asyncio.sleep(0)
    return held(asked)


Handler = Callable[[CommitmentRequest], Any]
both_kinds = pytest.mark.parametrize("handler", [held, held_later])


@both_kinds
def test_a_report_on_the_same_association(handler: Handler) -> None:
    reports = Reports()
    how: Any = {"contexts": CONTEXTS, "services": [reports.service]}
    with (
        russet.serve(0, services=[StorageCommitmentService(handler)]) as archive,
        russet.connect("127.0.0.1", archive.port, **how) as association,
    ):
        asked = commit(ASKED)
        (outcome,) = association.perform(asked)
        assert outcome.status == 0x0000
        association.listen(PATIENCE, reports.come.is_set)
        expected = Commitment(asked.transaction_uid, ["1.2.1"], {"1.2.2": 0x0119})
        assert reports.one() == expected


@both_kinds
def test_a_report_on_an_association_of_its_own_after_the_first_has_ended(handler: Handler) -> None:
    reports = Reports()
    ended = threading.Event()

    def judge(asked: CommitmentRequest) -> Any:
        assert ended.wait(PATIENCE)
        return handler(asked)

    with russet.serve(0, services=[reports.service]) as modality:
        home = {"ME": Destination("127.0.0.1", modality.port, "ME", "ARCHIVE")}
        service = StorageCommitmentService(judge, home)
        with russet.serve(0, services=[service], on_association=lambda _: ended.set()) as archive:
            with russet.connect(
                "127.0.0.1", archive.port, calling="ME", contexts=CONTEXTS
            ) as association:
                (outcome,) = association.perform(commit(ASKED))
            assert outcome.status == 0x0000
            assert reports.one().failed == {"1.2.2": 0x0119}


def test_a_report_waits_for_its_receiver_and_no_longer_than_the_server_runs(
    caplog: pytest.LogCaptureFixture, port: int
) -> None:
    asked = threading.Event()

    def judge(_: CommitmentRequest) -> list[str]:
        asked.set()
        return []

    # Nobody is there, and the next attempt is far away.
    service = StorageCommitmentService(judge, {"ME": Destination("127.0.0.1", port, "ME")}, (600,))
    with (
        russet.serve(0, services=[service]) as archive,
        russet.connect("127.0.0.1", archive.port, calling="ME", contexts=CONTEXTS) as association,
    ):
        association.wait(association.start(commit(ASKED)))
        assert asked.wait(PATIENCE)


@both_kinds
def test_a_receiver_that_comes_late_is_told_all_the_same(
    body: Body, handler: Handler, port: int
) -> None:
    reports = Reports()
    home = {"ME": Destination("127.0.0.1", port, "ME")}
    service = StorageCommitmentService(handler, home, [0.05] * 100)
    with (
        body.serve(services=[service]) as archive,
        russet.connect("127.0.0.1", archive.port, calling="ME", contexts=CONTEXTS) as association,
    ):
        association.wait(association.start(commit(ASKED)))
        with russet.serve(port, services=[reports.service]):
            assert not reports.one().ok


def test_without_the_role_there_is_no_report(caplog: pytest.LogCaptureFixture) -> None:
    """Strangers may send us no reports: that takes the right to the service."""
    refused = threading.Event()
    service = CommitmentReports(lambda _: pytest.fail("not for us"))
    closed = russet.Policy(check_called=False, rows=[Row("strangers", rights=OPEN_TO_STRANGERS)])
    with russet.serve(
        0, services=[service], policy=closed, on_association=lambda _: refused.set()
    ) as modality:
        home = {"ME": Destination("127.0.0.1", modality.port, "ME")}
        with (
            russet.serve(0, services=[StorageCommitmentService(held, home)]) as archive,
            russet.connect(
                "127.0.0.1", archive.port, calling="ME", contexts=CONTEXTS
            ) as association,
        ):
            association.wait(association.start(commit(ASKED)))
            assert refused.wait(PATIENCE)


@both_kinds
def test_both_ways_on_a_loop(handler: Handler) -> None:
    async def run() -> None:
        loop, taken = asyncio.get_running_loop(), asyncio.Queue[Commitment]()

        def take(commitment: Commitment) -> None:
            loop.call_soon_threadsafe(taken.put_nowait, commitment)

        reports = CommitmentReports(take)
        async with russet.aio.serve(0, services=[reports]) as modality:
            home = {"HOME": Destination("127.0.0.1", modality.port, "HOME")}
            service = StorageCommitmentService(handler, home)
            async with russet.aio.serve(0, services=[service]) as archive:
                for title in ("HOME", "ELSEWHERE"):
                    how: Any = {"contexts": CONTEXTS, "services": [reports]}
                    async with russet.aio.connect(
                        "127.0.0.1", archive.port, calling=title, **how
                    ) as association:
                        asked = commit(ASKED)
                        (outcome,) = await association.wait(await association.start(asked))
                        assert outcome.status == 0x0000
                        report = await asyncio.wait_for(taken.get(), PATIENCE)
                    assert report.transaction_uid == asked.transaction_uid
                    assert report.failed == {"1.2.2": 0x0119}

    asyncio.run(run())


@both_kinds
def test_a_loop_that_ends_does_not_wait_for_reports_that_never_get_through(
    port: int, handler: Handler
) -> None:
    async def run() -> None:
        asked, loop = asyncio.Event(), asyncio.get_running_loop()

        def home(_: str) -> Destination:
            loop.call_soon_threadsafe(asked.set)
            return Destination("127.0.0.1", port, "ME")

        service = StorageCommitmentService(handler, home, (600,))
        async with (
            russet.aio.serve(0, services=[service], timeouts=Timeouts(drain=0.05)) as archive,
            russet.aio.connect(
                "127.0.0.1", archive.port, calling="ME", contexts=CONTEXTS
            ) as association,
        ):
            await association.wait(await association.start(commit(ASKED)))
            await asked.wait()

    asyncio.run(run())


@pytest.mark.parametrize(("limit", "number"), [("_MOST", 2), ("_HELD", 2 * len(ASKED))])
def test_what_waits_for_its_report_is_bounded(
    body: Body, limit: str, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks on and on, and takes no reports, is told to come again later."""
    monkeypatch.setattr(service, limit, number)
    begun, go = threading.Semaphore(0), threading.Event()

    def judge(asked: CommitmentRequest) -> dict[str, int]:
        begun.release()
        assert go.wait(PATIENCE)
        return held(asked)

    reports = Reports()
    how: dict[str, Any] = {"contexts": CONTEXTS, "services": [reports.service]}
    with (
        body.serve(handlers={"commit": judge}) as archive,
        russet.connect("127.0.0.1", archive.port, **how) as association,
    ):
        for _ in range(2):
            association.request(commit(ASKED))
            assert begun.acquire(timeout=PATIENCE)
        with pytest.raises(StatusError) as refused:
            association.request(commit(ASKED))
        assert refused.value.status == 0x0213
        go.set()
        association.listen(PATIENCE, lambda: len(reports.all) == 2)
    assert len(reports.all) == 2


def test_what_a_server_that_ends_did_not_judge_is_not_reported() -> None:
    begun, ended = threading.Event(), threading.Event()

    async def judge(_: CommitmentRequest) -> list[str]:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return []

    reports = Reports()
    with russet.serve(0, services=[reports.service]) as modality:
        home = {"ME": Destination("127.0.0.1", modality.port, "ME")}
        services = [StorageCommitmentService(judge, home)]
        with russet.serve(0, services=services, timeouts=Timeouts(drain=0.05)) as archive:
            how: dict[str, Any] = {"calling": "ME", "contexts": CONTEXTS}
            with russet.connect("127.0.0.1", archive.port, **how) as association:
                association.request(commit(ASKED))
            assert begun.wait(PATIENCE)
        assert ended.wait(PATIENCE)
        until(lambda: not any("russet-work" in each.name for each in threading.enumerate()))
    assert reports.all == []
