"""More requests than fit, before the peer reads anything: who waits for it is not waited for."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import russet
from russet.association.policy import Policy
from russet.codec import Command, encode_message
from russet.dimse.commands import response
from russet.dimse.models import MODELS
from russet.net.timeouts import Timeouts
from russet.net.workers import Workers
from russet.services.query import FindRequest
from russet.services.storage import Instance, Sink, StoreRequest
from russet.storage.functions import FunctionReceiver, _Collected
from tests.net.test_requestor import storing
from tests.net.test_serving import instance_file
from tests.support.bodies import Asyncio, Body, until
from tests.support.instances import STUDY, data_set, element, message
from tests.support.raw_peer import RawPeer
from tests.support.raw_provider import Provider, providing
from tests.support.requests import cancel, query, rq_for_all

BEHIND = 40
WAITING = 17  # as many as wait beside the one that runs, without a window
C_STORE_RQ = 0x0001


@pytest.fixture
def images(tmp_path: Path) -> list[Path]:
    return [instance_file(tmp_path / f"{number}.dcm", f"1.{number}") for number in (1, 2, 3)]


def asking(port: int) -> RawPeer:
    peer = RawPeer(port).send(rq_for_all(window=None))
    assert peer.pdu()[:1] == b"\x02"
    return peer


def taken(peer: RawPeer, finals: int) -> tuple[dict[int | None, int | None], list[str | None]]:
    """Take what a C-GET brings: the final status of each request, and the instances."""
    statuses: dict[int | None, int | None] = {}
    came = []
    while len(statuses) < finals:
        command = peer.command()
        if command.command_field == C_STORE_RQ:
            came.append(command.affected_sop_instance_uid)
            peer.send(encode_message(1, response(command, 0x0000), 16384))
        elif command.status != 0xFF00:
            statuses[command.message_id_being_responded_to] = command.status
    return statuses, came


def behind(kind: str) -> bytes:
    """Requests with the message ids from 2."""
    big = element("0010 4000", "LT", "x" * 40_000)
    made = {
        "find": lambda number: query("find", number),
        "store": lambda number: message(
            data_set(big, instance=f"2.{number}"), f"2.{number}", message_id=number
        ),
    }
    return b"".join(made[kind](number) for number in range(2, 2 + BEHIND))


@pytest.mark.parametrize("kind", ["find", "store"])
def test_a_c_get_is_performed_whatever_its_peer_asks_before_it_answers(
    body: Body, images: list[Path], kind: str
) -> None:
    """What fits is performed after it; the rest is refused, as the answers come behind it."""
    handlers = {
        "get": lambda _: images,
        "find": lambda _: [russet.Dataset(StudyInstanceUID=STUDY)],
        "store": lambda _: None,
    }
    with body.serve(handlers=handlers) as served, asking(served.port) as peer:
        peer.send(query("get"), behind(kind))
        statuses, came = taken(peer, 1 + BEHIND)
        peer.release()
    assert (statuses.pop(1), came) == (0x0000, ["1.1", "1.2", "1.3"])
    assert [statuses[number] for number in range(2, 2 + WAITING)] == [0x0000] * WAITING
    assert Counter(statuses.values()) == {0x0000: WAITING, 0xA700: BEHIND - WAITING}


def test_a_c_cancel_is_heard_behind_as_many_requests_as_fit(body: Body) -> None:
    cancelled = threading.Event()

    def find(_: FindRequest) -> Iterator[russet.Dataset]:
        while not cancelled.is_set():
            yield russet.Dataset(StudyInstanceUID=STUDY)

    with body.serve(handlers={"find": find}) as served, asking(served.port) as peer:
        peer.send(query("find"), behind("find")[: WAITING * len(query("find", 2))], cancel(1))
        statuses, _ = taken(peer, 1)
        cancelled.set()
        rest, _ = taken(peer, WAITING)
        peer.release()
    assert statuses == {1: 0xFE00}
    assert [*rest.items()] == [(number, 0x0000) for number in range(2, 2 + WAITING)]


def test_who_gets_instances_takes_as_many_as_come_at_once(body: Body) -> None:
    """A C-GET of ours is out, but nothing that it brings waits for the answer to that."""
    got: list[str] = []

    def script(at: Provider) -> list[int | None]:
        at.accept().request()
        storing(at, *range(1, 1 + BEHIND))
        statuses = [at.answer() for _ in range(BEHIND)]
        at.respond(0x0000, command_field=0x8010).see_off()
        return statuses

    with (
        providing(script, MODELS["study"].get) as provider,
        body.connect(provider.port) as client,
    ):
        *_, last = client.get(lambda each: got.append(each.sop_instance_uid), level="image")
    assert (last.status, len(got)) == (0x0000, BEHIND)
    assert provider.ends == [[0x0000] * BEHIND]


def test_who_takes_no_answers_is_held_back(body: Body, tmp_path: Path) -> None:
    """Else those to its C-ECHOs pile up behind the instance that it asked for and does not read."""
    pixels = element("7FE0 0010", "OB", b"")[:-2] + bytes(2) + (1 << 25).to_bytes(4, "little")
    path = instance_file(tmp_path / "large.dcm")
    path.write_bytes(path.read_bytes() + pixels + bytes(1 << 25))
    with (
        body.serve(handlers={"get": lambda _: [path]}) as served,
        asking(served.port) as peer,
    ):
        peer.send(query("get"))
        assert peer.command().command_field == C_STORE_RQ
        peer.socket.settimeout(0.5)
        with pytest.raises(TimeoutError):
            echo(peer, 500_000)


def echo(peer: RawPeer, count: int) -> None:
    command = Command(
        0x0030,
        message_id=7,
        affected_sop_class_uid="1.2.840.10008.1.1",
        command_data_set_type=0x0101,
    )
    together = encode_message(3, command, 16384) * 1000
    for _ in range(0, count, 1000):
        peer.send(together)


def test_what_waits_for_room_is_dropped_with_the_rest_when_the_server_stops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a loop the task that reads is cancelled."""
    left: set[str] = set()
    receive, discard = FunctionReceiver.open, _Collected.discard

    def opened(receiver: FunctionReceiver, request: StoreRequest) -> Sink:
        left.add(request.sop_instance_uid)
        return receive(receiver, request)

    def discarded(collected: _Collected) -> None:
        left.discard(collected._request.sop_instance_uid)
        discard(collected)

    async def forever(_: Instance) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(FunctionReceiver, "open", opened)
    monkeypatch.setattr(_Collected, "discard", discarded)
    with (
        Asyncio().serve(handlers={"store": forever}, timeouts=Timeouts(drain=0.1)) as served,
        asking(served.port) as peer,
    ):
        peer.send(behind("store"))
        until(lambda: len(left) == 1 + WAITING + 1, lambda: left)
        served.close()
    assert not left


def test_a_c_get_without_a_thread_fails_at_once_instead_of_waiting_for_what_nobody_reads(
    monkeypatch: pytest.MonkeyPatch, images: list[Path]
) -> None:
    run = Workers.run

    def no_thread(workers: Workers, task: Callable[[], None]) -> bool:
        return workers._name != "russet-work" and run(workers, task)

    monkeypatch.setattr(Workers, "run", no_thread)
    with (
        russet.serve(0, handlers={"get": lambda _: images}) as served,
        asking(served.port) as peer,
    ):
        peer.send(query("get"))
        assert taken(peer, finals=1) == ({1: 0xA702}, [])


def test_a_window_of_any_number_has_room_for_many(body: Body, images: list[Path]) -> None:
    """PS3.7 D.3.3.3: 0 is unlimited; who pipelines within that is refused nothing."""
    handlers = {"get": lambda _: images, "store": lambda _: None}
    policy = Policy(ae_title="RUSSET", check_called=False, window=(0, 0))
    with body.serve(handlers=handlers, policy=policy) as served:
        peer = RawPeer(served.port).send(rq_for_all(window=(0, 0)))
        with peer:
            assert peer.pdu()[:1] == b"\x02"
            peer.send(query("get"), behind("store"))
            statuses, came = taken(peer, finals=1 + BEHIND)
    assert (set(statuses.values()), len(came)) == ({0x0000}, len(images))
