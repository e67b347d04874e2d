"""Peers that end in the middle of something, on both bodies: what they had is free again."""

import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from russet.association.effects import Destination
from russet.codec import Abort, ReleaseRq
from russet.data import Dataset
from russet.net.timeouts import Timeouts
from tests.net.test_serving import Reports, instance_file
from tests.support.bodies import PATIENCE, Body, Served, until
from tests.support.instances import STUDY, data_set, element, message
from tests.support.raw_peer import RawPeer
from tests.support.raw_provider import Provider, providing
from tests.support.requests import REQUESTS, pdus, rq_for_all

HASTY: Final = Timeouts(artim=0.2, acse=0.2, response=0.2, idle=0.2, stall=0.2, drain=0.2)
ENDS: Final[dict[str, Callable[[RawPeer], Any]]] = {
    "releases": lambda peer: peer.send(ReleaseRq().encode()),
    "aborts": lambda peer: peer.send(Abort(0, 0).encode()),
    "closes": lambda peer: peer.socket.close(),
    "resets": lambda peer: peer.reset(),
    "says nothing more": lambda peer: None,
}

pytestmark = pytest.mark.usefixtures("nothing_leaks")


class Archive:
    """Handlers that begin, and then take as long as the test wants."""

    def __init__(self, folder: Path) -> None:
        self.entered = threading.Event()
        self.go = threading.Event()
        self._paths = [instance_file(folder / f"{n}.dcm", f"1.{n}") for n in range(1, 40)]

    def find(self, request: Any) -> Iterator[Any]:
        for number in range(100_000):
            self.entered.set()
            yield Dataset(StudyInstanceUID=f"{STUDY}.{number}", PatientComments="x" * 8000)

    def send(self, request: Any) -> Iterator[Path]:
        self.entered.set()
        yield from self._paths


@pytest.fixture
def reports() -> Reports:
    return Reports()


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path)


@pytest.fixture
def silent() -> Iterator[int]:
    """A port whose owner never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def receiver(
    body: Body,
    archive: Archive,
    reports: Reports,
    silent: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Served]:
    spill = tmp_path / "spill"
    spill.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spill))
    handlers = {"find": archive.find, "get": archive.send, "move": archive.send}
    other = Destination("127.0.0.1", silent, "OTHER", "RUSSET")
    with body.serve(
        data=tmp_path / "data",
        durability="none",
        handlers=handlers,
        destinations={"OTHER": other},
        timeouts=HASTY,
        on_association=reports,
    ) as serving:
        yield serving
    assert list(spill.iterdir()) == []
    assert serving.folder is not None
    assert list(serving.folder.incoming.iterdir()) == []


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("service", REQUESTS)
def test_who_ends_while_it_is_served_leaves_nothing(
    receiver: Served, reports: Reports, service: str, end: Callable[[RawPeer], Any]
) -> None:
    with RawPeer(receiver.port) as peer:
        assert peer.send(rq_for_all()).pdu()[:1] == b"\x02"
        request = pdus(REQUESTS[service])
        peer.send(*(request[:2] if service == "store" else request))
        end(peer)
        assert reports.wait().outcome
        until(lambda: receiver.active == 0)


@pytest.mark.parametrize("service", ["find", "get"])
def test_who_ends_among_its_responses_leaves_nothing(
    receiver: Served, archive: Archive, reports: Reports, service: str
) -> None:
    for end in (ENDS["aborts"], ENDS["closes"], ENDS["resets"]):
        with RawPeer(receiver.port) as peer:
            assert peer.send(rq_for_all()).pdu()[:1] == b"\x02"
            peer.send(REQUESTS[service])
            assert peer.pdu()[:1] == b"\x04"
            end(peer)
            reports.wait()
            reports.all.clear()
    until(lambda: receiver.active == 0)


@pytest.mark.parametrize("service", ["find", "get"])
def test_who_takes_no_responses_is_given_up(
    receiver: Served, reports: Reports, service: str
) -> None:
    """It neither reads nor leaves: what waits for it is bounded, and ends in time."""
    with RawPeer(receiver.port) as peer:
        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        assert peer.send(rq_for_all()).pdu()[:1] == b"\x02"
        peer.send(REQUESTS[service])
        assert reports.wait().outcome
        until(lambda: receiver.active == 0)


@pytest.mark.parametrize("at", range(6))
def test_a_reset_at_any_boundary_of_pdus_is_the_end_of_that_association_only(
    body: Body, receiver: Served, reports: Reports, at: int
) -> None:
    exchange = [rq_for_all(), *pdus(REQUESTS["store"]), ReleaseRq().encode()]
    with RawPeer(receiver.port) as peer:
        for sent in exchange[:at]:
            peer.send(sent)
        if at:
            assert peer.pdu()[:1] == b"\x02"
        peer.reset()
    with body.connect(receiver.port) as association:
        assert association.echo().status == 0


SERVED: Final = {
    "closes": lambda at: None,
    "resets": lambda at: at.peer.reset(),
    "says nothing more": lambda at: at.see_off(),
    "aborts": lambda at: at.peer.send(Abort(0, 0).encode()),
    "releases": lambda at: (at.peer.send(ReleaseRq().encode()), at.see_off()),
}


@pytest.mark.parametrize("end", SERVED.values(), ids=SERVED)
def test_a_destination_that_ends_in_the_middle_of_a_c_move_fails_its_instances(
    body: Body, archive: Archive, end: Callable[[Provider], Any]
) -> None:
    def script(at: Provider) -> None:
        at.accept(window=(1, 1)).request()
        at.respond(0)
        at.request()
        end(at)

    with providing(script) as provider:
        other = Destination("127.0.0.1", provider.port, "OTHER", "RUSSET")
        serving = body.serve(
            handlers={"move": archive.send}, destinations={"OTHER": other}, timeouts=HASTY
        )
        with serving as receiver, RawPeer(receiver.port) as peer:
            assert peer.send(rq_for_all()).pdu()[:1] == b"\x02"
            peer.send(REQUESTS["move"])
            status = 0xFF00
            while status == 0xFF00:
                status = peer.status() or 0
            assert status == 0xB000


def test_a_handler_that_never_ends_does_not_outlast_the_drain(body: Body, tmp_path: Path) -> None:
    entered, go = threading.Event(), threading.Event()

    def take(_: Any) -> None:
        entered.set()
        go.wait(PATIENCE)

    with body.serve(handlers={"store": take}, timeouts=HASTY) as receiver:
        with RawPeer(receiver.port) as peer:
            assert peer.send(rq_for_all()).pdu()[:1] == b"\x02"
            peer.send(message(data_set()))
            assert entered.wait(PATIENCE)
            receiver.close()
            peer.rest()
        go.set()


def test_large_instances_cut_short_leave_no_temporary_file(
    body: Body, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    reports = Reports()
    large = data_set(*[element("0010 4000", "LT", "x" * 60000)] * 40)
    with body.serve(handlers={"store": print}, on_association=reports) as receiver:
        with RawPeer(receiver.port) as peer:
            assert peer.send(rq_for_all()).pdu()[:1] == b"\x02"
            peer.send(message(large)[:2_000_000]).reset()
        assert reports.wait().instances == 0
    assert list(tmp_path.iterdir()) == []


def test_an_instance_and_an_abort_that_come_together_leave_nothing_behind(
    body: Body, reports: Reports, tmp_path: Path
) -> None:
    """The abort is taken before what stores the instance, elsewhere, has begun."""
    with body.serve(data=tmp_path / "data", on_association=reports) as serving:
        for _ in range(8):
            with RawPeer(serving.port) as peer:
                assert peer.send(rq_for_all()).pdu()[:1] == b"\x02"
                peer.send(REQUESTS["store"] + Abort(0, 0).encode())
                assert reports.wait().outcome
                reports.all.clear()
        until(lambda: serving.active == 0)
        until(lambda: not list(serving.folder.incoming.iterdir()))
