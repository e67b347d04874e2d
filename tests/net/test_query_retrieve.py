"""C-FIND, C-MOVE and C-GET over sockets, on threads and on an event loop, in both roles."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import russet
from russet.association.effects import Destination
from russet.data.matching import select
from russet.errors import NoContextError, StatusError, TlsError
from russet.net.aio.requestor import AsyncRequestor
from russet.net.report import AssociationReport
from russet.net.requestor import Requestor
from russet.services.query import FindRequest
from russet.services.retrieve import RetrieveRequest
from russet.services.storage import Instance
from tests.net.test_aio import on_a_loop
from tests.net.test_serving import instance_file
from tests.support.bodies import Body, until
from tests.support.instances import CT
from tests.support.pair import MR
from tests.support.raw_peer import RawPeer
from tests.support.requests import query, rq_for_all

STUDIES = [
    russet.Dataset(
        PatientName=f"Doe^{name}", PatientID=str(number), StudyInstanceUID=f"1.2.{number}"
    )
    for number, name in enumerate(("Jane", "John", "Jim", "Ann"))
]


def find(request: FindRequest) -> Iterator[russet.Dataset]:
    return select(request.identifier, STUDIES)


def names(found: list[russet.Dataset]) -> list[str]:
    return [str(each.PatientName) for each in found]


def test_a_query_gives_its_matches_one_by_one() -> None:
    with (
        russet.serve(0, handlers={"find": find}) as receiver,
        russet.connect("127.0.0.1", receiver.port) as association,
    ):
        found = list(association.find(PatientName="Doe^J*", StudyInstanceUID=""))
        assert names(found) == ["Doe^Jane", "Doe^John", "Doe^Jim"]
        assert [each.StudyInstanceUID for each in found] == ["1.2.0", "1.2.1", "1.2.2"]
        assert list(association.find(PatientName="Nobody")) == []


@pytest.mark.parametrize("kind", ["list", "generator", "coroutine", "asynchronous generator"])
def test_handlers_of_every_kind_answer(kind: str) -> None:
    async def later(request: FindRequest) -> list[russet.Dataset]:
        await asyncio.sleep(0)
        return list(find(request))

    async def one_by_one(request: FindRequest) -> AsyncIterator[russet.Dataset]:
        for match in find(request):
            await asyncio.sleep(0)
            yield match

    handlers: dict[str, Callable[..., Any]] = {
        "list": lambda request: list(find(request)),
        "generator": find,
        "coroutine": later,
        "asynchronous generator": one_by_one,
    }

    async def on_loop() -> list[russet.Dataset]:
        async with (
            russet.aio.serve(0, handlers={"find": handlers[kind]}) as receiver,
            russet.aio.connect("127.0.0.1", receiver.port) as association,
        ):
            return [match async for match in association.find(PatientName="*", level="study")]

    with (
        russet.serve(0, handlers={"find": handlers[kind]}) as receiver,
        russet.connect("127.0.0.1", receiver.port) as association,
    ):
        on_threads = list(association.find(PatientName="*", level="study"))
    assert names(on_threads) == names(asyncio.run(on_loop())) == names(STUDIES)


def test_who_wants_no_more_matches_cancels_and_goes_on() -> None:
    over = threading.Event()

    def endless(request: FindRequest) -> Iterator[russet.Dataset]:
        try:
            while True:
                yield STUDIES[0]
        finally:
            if request.cancelled:
                over.set()

    with (
        russet.serve(0, handlers={"find": endless}) as receiver,
        russet.connect("127.0.0.1", receiver.port) as association,
    ):
        matches = association.find(PatientName="")
        assert [next(matches).PatientID for _ in range(3)] == ["0", "0", "0"]
        matches.close()
        assert over.wait(10)
        assert next(iter(association.find(PatientName=""))).PatientID == "0"


@on_a_loop
async def test_who_wants_no_more_matches_on_a_loop_cancels_and_goes_on() -> None:
    over = asyncio.Event()

    async def endless(request: FindRequest) -> AsyncIterator[russet.Dataset]:
        while True:
            await asyncio.sleep(0)
            if request.cancelled:
                over.set()
            yield STUDIES[0]

    async with (
        russet.aio.serve(0, handlers={"find": endless}) as receiver,
        russet.aio.connect("127.0.0.1", receiver.port) as association,
    ):
        matches = association.find(PatientName="")
        assert (await anext(matches)).PatientID == "0"
        await matches.aclose()
        await over.wait()
        assert (await association.echo()).status == 0


def test_a_status_of_the_handler_and_what_it_raises_come_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(request: FindRequest) -> list[russet.Dataset]:
        if request.level == "SERIES":
            raise StatusError("too much to ask", 0xA700)
        raise ValueError("a path that is nobody's business: /etc/passwd")

    with (
        russet.serve(0, handlers={"find": refuse}) as receiver,
        russet.connect("127.0.0.1", receiver.port) as association,
    ):
        with pytest.raises(StatusError, match=r"A700H.*too much to ask"):
            list(association.find(SeriesInstanceUID=""))
        with pytest.raises(StatusError, match="C000H") as failed:
            list(association.find(StudyInstanceUID=""))
        assert "passwd" not in str(failed.value)
        assert association.echo().status == 0
    assert "nobody's business" in caplog.text


@pytest.mark.parametrize("refused", ["a status", "no context"])
def test_an_association_on_which_something_was_refused_is_released(
    body: Body, refused: str
) -> None:
    def refuse(_: FindRequest) -> list[russet.Dataset]:
        raise StatusError("not to you", 0xA700)

    reports: list[AssociationReport] = []
    handlers = {"find": refuse} if refused == "a status" else {}
    with body.serve(handlers=handlers, on_association=reports.append) as receiver:
        with (
            pytest.raises((StatusError, NoContextError)),
            body.connect(receiver.port) as association,
        ):
            list(association.find(PatientName=""))
        until(lambda: len(reports) == 2)
    assert [each.outcome for each in reports] == ["released", "released"]


def test_a_service_that_nobody_performs_is_refused_by_name() -> None:
    with (
        russet.serve(0) as receiver,
        russet.connect("127.0.0.1", receiver.port) as association,
        pytest.raises(NoContextError, match="does not support this SOP class"),
    ):
        list(association.find(PatientName=""))


@pytest.fixture
def images(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "images"
    folder.mkdir()
    return [
        instance_file(folder / f"{number}.dcm", f"1.{number}", MR if number % 3 == 0 else CT)
        for number in range(1, 21)
    ]


def test_c_get_brings_instances_into_a_folder(images: list[Path], tmp_path: Path) -> None:
    with (
        russet.serve(0, handlers={"get": lambda _: images}) as receiver,
        russet.connect("127.0.0.1", receiver.port) as association,
    ):
        progress = list(association.get(tmp_path / "out", level="image"))
    last = progress[-1]
    assert (last.status, last.completed, last.failed, last.remaining) == (0, 20, 0, None)
    counts = [(each.remaining or 0, each.completed or 0) for each in progress[:-1]]
    assert counts, "what was done is told of before the end"
    assert all(remaining + completed == 20 for remaining, completed in counts)
    assert counts == sorted(set(counts), reverse=True)
    for image in images:
        sent = russet.dcmread(image)
        got = russet.dcmread(tmp_path / "out" / f"{sent.SOPInstanceUID}.dcm")
        assert bytes(got.encode()) == bytes(sent.encode())


@on_a_loop
async def test_c_get_on_a_loop_brings_instances_to_a_coroutine(images: list[Path]) -> None:
    taken = []

    async def take(instance: Instance) -> None:
        await asyncio.sleep(0)
        taken.append(instance.sop_instance_uid)

    async with (
        russet.aio.serve(0, handlers={"get": lambda _: images}) as receiver,
        russet.aio.connect("127.0.0.1", receiver.port) as association,
    ):
        progress = [each async for each in association.get(take, level="image")]
    assert (progress[-1].status, progress[-1].completed) == (0, 20)
    assert sorted(taken) == sorted(f"1.{number}" for number in range(1, 21))


@pytest.mark.parametrize("body", ["threads", "loop"])
def test_c_move_sends_to_who_is_named_and_says_from_whom(images: list[Path], body: str) -> None:
    taken: list[str] = []

    def take(instance: Instance) -> int:
        taken.append(instance.sop_instance_uid)
        return 0xA700 if instance.sop_instance_uid == "1.7" else 0

    def wanted(request: RetrieveRequest) -> list[Path]:
        assert request.destination == "THERE"
        return images

    with russet.serve(0, handlers={"store": take}) as there:
        where = {"THERE": Destination("127.0.0.1", there.port, "THERE", "ARCHIVE")}
        if body == "threads":
            with (
                russet.serve(0, handlers={"move": wanted}, destinations=where) as archive,
                russet.connect("127.0.0.1", archive.port) as association,
            ):
                progress = list(association.move("THERE", StudyInstanceUID="1.2"))
                unknown = list(association.move("NOWHERE", StudyInstanceUID="1.2"))
        else:
            progress, unknown = asyncio.run(_moved_on_loop(wanted, where))
    assert sorted(taken) == sorted(f"1.{number}" for number in range(1, 21))
    last = progress[-1]
    assert (last.status, last.completed, last.failed) == (0xB000, 19, 1)
    assert last.failed_uids == ("1.7",)
    assert [each.status for each in unknown] == [0xA801]


async def _moved_on_loop(handler: Any, where: dict[str, Destination]) -> tuple[Any, Any]:
    async with (
        russet.aio.serve(0, handlers={"move": handler}, destinations=where) as archive,
        russet.aio.connect("127.0.0.1", archive.port) as association,
    ):
        moved = [each async for each in association.move("THERE", StudyInstanceUID="1.2")]
        unknown = [each async for each in association.move("NOWHERE", StudyInstanceUID="1.2")]
        return moved, unknown


def test_a_destination_that_is_not_there_fails_every_suboperation(images: list[Path]) -> None:
    with russet.serve(0) as gone:
        where = {"GONE": Destination("127.0.0.1", gone.port, "GONE")}
    with (
        russet.serve(0, handlers={"move": lambda _: images}, destinations=where) as archive,
        russet.connect("127.0.0.1", archive.port) as association,
    ):
        progress = list(association.move("GONE", StudyInstanceUID="1.2"))
    assert (progress[-1].status, progress[-1].failed) == (0xA702, 20)
    assert len(progress[-1].failed_uids) == 20


def test_an_instance_that_cannot_be_sent_fails_alone(
    images: list[Path], tmp_path: Path, body: Body
) -> None:
    """A data set of an odd length takes no place in the window, of which there is one."""
    images[1].write_bytes(images[1].read_bytes() + b"\0")
    with (
        body.serve(handlers={"get": lambda _: images[:2] + images[3:4]}) as receiver,
        body.connect(receiver.port) as association,
    ):
        last = list(association.get(tmp_path / "out", level="image"))[-1]
        assert association.echo().status == 0
    assert (last.status, last.completed, last.failed_uids) == (0xB000, 2, ("1.2",))


def test_a_destination_that_ends_badly_holds_nobody_up(
    images: list[Path], body: Body, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may refuse our certificate as late as that; the next request has its turn all the same."""

    refused = TlsError("it does not take our certificate", "refused-ours")

    def release(association: Requestor, end: Callable[..., Any] = Requestor.release) -> None:
        end(association)
        raise refused

    async def release_on_loop(
        association: AsyncRequestor, end: Callable[..., Any] = AsyncRequestor.release
    ) -> None:
        await end(association)
        raise refused

    monkeypatch.setattr(Requestor, "release", release)
    monkeypatch.setattr(AsyncRequestor, "release", release_on_loop)
    policy = russet.Policy(check_called=False, window=(1, 1))
    with russet.serve(0, handlers={"store": lambda _: 0}) as there:
        where = {"OTHER": Destination("127.0.0.1", there.port, "OTHER")}
        how: dict[str, Any] = {"handlers": {"move": lambda _: images[:1]}, "destinations": where}
        with body.serve(policy=policy, **how) as archive, RawPeer(archive.port) as peer:
            assert peer.send(rq_for_all()).pdu()[:1] == b"\x02"
            peer.send(query("move", 1), query("move", 2))
            assert [peer.status() for _ in range(4)] == [0xFF00, 0x0000] * 2


def test_why_nothing_could_be_sent_is_told(tmp_path: Path) -> None:
    private = instance_file(tmp_path / "private.dcm", "1.9", "1.2.3.4.5")
    with (
        russet.serve(0, handlers={"get": lambda _: [private]}) as receiver,
        russet.connect("127.0.0.1", receiver.port) as association,
    ):
        *_, last = association.get(tmp_path / "out", level="image")
    assert last.status == 0xA702
    assert last.failed_uids == ("1.9",)
    assert last.comment == "no accepted presentation context for 1.2.3.4.5 in Explicit VR..."


def test_what_a_peer_says_of_an_instance_it_refuses_is_told(images: list[Path]) -> None:
    def full(_: Instance) -> None:
        raise StatusError("no room for CT", 0xA700)

    with (
        russet.serve(0, handlers={"store": full}) as receiver,
        russet.connect("127.0.0.1", receiver.port) as association,
    ):
        stored = association.store(images[0])
    assert stored.status is not None
    assert stored.status.comment == "no room for CT"
    assert stored.reason.endswith("A700H (Failure: refused: out of resources): no room for CT")


def test_what_was_not_asked_for_is_refused_by_who_gets(images: list[Path], tmp_path: Path) -> None:
    with (
        russet.serve(0, handlers={"get": lambda _: images[:3]}) as receiver,
        russet.connect("127.0.0.1", receiver.port) as association,
    ):
        wanted = {"SOPInstanceUID": ["1.1", "1.3"]}
        progress = list(association.get(tmp_path / "out", wanted, level="image"))
    assert (progress[-1].completed, progress[-1].failed_uids) == (2, ("1.2",))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["1.1.dcm", "1.3.dcm"]


def test_a_level_that_the_model_does_not_have_is_an_identifier_that_does_not_match(
    images: list[Path],
) -> None:
    with (
        russet.serve(0, handlers={"get": lambda _: images}) as receiver,
        russet.connect("127.0.0.1", receiver.port) as association,
    ):
        (only,) = association.get(lambda _: None, level="PATIENT")
    assert only.status == 0xA900


def test_a_key_that_cannot_be_one_is_an_identifier_that_does_not_match() -> None:
    with (
        russet.serve(0, handlers={"find": find}) as receiver,
        russet.connect("127.0.0.1", receiver.port) as association,
        pytest.raises(StatusError, match=r"A900H.*StudyTime"),
    ):
        list(association.find(StudyTime="1200-1000"))


def test_while_matches_come_more_is_asked_and_fetched(images: list[Path], tmp_path: Path) -> None:
    handlers: dict[str, Callable[..., Any]] = {"find": find, "get": lambda _: images[:2]}
    with (
        russet.serve(0, handlers=handlers, data=None) as receiver,
        russet.connect("127.0.0.1", receiver.port) as association,
    ):
        for number, study in enumerate(association.find(PatientName="", StudyInstanceUID="")):
            uid = study.StudyInstanceUID
            again = list(association.find(StudyInstanceUID=uid, PatientID=""))
            assert [each.PatientID for each in again] == [str(number)]
            *_, last = association.get(tmp_path / uid, level="image")
            assert (last.status, last.completed) == (0, 2)
            assert association.echo().status == 0
    assert number == 3


@on_a_loop
async def test_while_matches_come_on_a_loop_more_is_asked_and_fetched(
    images: list[Path], tmp_path: Path
) -> None:
    handlers: dict[str, Callable[..., Any]] = {"find": find, "get": lambda _: images[:2]}
    studies = 0
    async with (
        russet.aio.serve(0, handlers=handlers) as receiver,
        russet.aio.connect("127.0.0.1", receiver.port) as association,
    ):
        async for study in association.find(PatientName="", StudyInstanceUID=""):
            uid, studies = study.StudyInstanceUID, studies + 1
            async for again in association.find(StudyInstanceUID=uid, PatientID=""):
                assert again.StudyInstanceUID == uid
            into = tmp_path / uid
            progress = [each async for each in association.get(into, level="image")]
            assert (progress[-1].status, progress[-1].completed) == (0, 2)
    assert studies == 4


def test_what_is_fetched_while_matches_come_takes_one_association_more(
    images: list[Path], body: Body
) -> None:
    go = threading.Event()

    def slowly(_: FindRequest) -> Iterator[russet.Dataset]:
        yield STUDIES[0]
        assert go.wait(10.0)

    handlers: dict[str, Callable[..., Any]] = {"find": slowly, "get": lambda _: images[:2]}
    with body.serve(handlers=handlers) as receiver, body.connect(receiver.port) as association:
        matches = association.find(PatientName="", StudyInstanceUID="")
        assert next(matches).PatientName == "Doe^Jane"
        for _ in range(4):
            *_, last = association.get(lambda _: None, level="image")
            assert last.completed == 2
        until(lambda: receiver.active == 2)
        go.set()
        assert list(matches) == []
