"""C-GET of what no usual presentation context brings, on both bodies of a client."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import russet
from russet.association.agreement import AcceptedContext, Agreement
from russet.association.extended import FindOptions
from russet.data import Dataset
from russet.dimse.models import MODELS
from russet.dimse.status import Status
from russet.errors import StatusError
from russet.net import asking
from russet.net.fetching import Fetch
from russet.net.report import AssociationReport
from russet.net.terms import Terms
from russet.services.query import FindRequest, Found
from russet.services.retrieve import Progress, RetrieveRequest
from russet.services.storage import Instance
from tests.support import part10
from tests.support.bodies import Body, Client
from tests.support.instances import CT, EXPLICIT
from tests.support.rare import PRIVATE, RARE_STUDY
from tests.support.russet_archive import Archive

Handlers = dict[str, Callable[..., Any]]


class Taken:
    """What a client was given."""

    def __init__(self) -> None:
        self.by_uid: dict[str, bytes] = {}

    def __call__(self, instance: Instance) -> None:
        assert instance.sop_instance_uid not in self.by_uid
        self.by_uid[instance.sop_instance_uid] = bytes(instance.data)


@pytest.fixture
def taken() -> Taken:
    return Taken()


@pytest.fixture
def files(rare: dict[tuple[str, str], Path]) -> list[Path]:
    return list(rare.values())


def data_sets(files: list[Path]) -> dict[str, bytes]:
    read = (part10.read(path) for path in files)
    return {file.sop_instance: file.dataset for file in read if file is not None}


def answering(files: list[Path]) -> Handlers:
    held = Archive(files)
    return {"get": held.retrieve, "find": held.find}


def test_what_the_peer_tells_of_is_asked_for_with_the_contexts_that_it_needs(
    files: list[Path], taken: Taken, body: Body
) -> None:
    with body.serve(handlers=answering(files)) as served, body.connect(served.port) as client:
        *progress, last = client.get(taken, StudyInstanceUID=RARE_STUDY)
        assert client.echo().status == 0x0000
    assert (last.status, last.completed, last.failed, last.failed_uids) == (0, 8, 0, ())
    assert progress[-1].completed == 8
    assert taken.by_uid == data_sets(files)


def test_what_is_asked_meanwhile_may_take_the_place_of_the_association_that_fetches(
    files: list[Path], taken: Taken, body: Body
) -> None:
    """It asks what did not come, and for that, on one of its own all the same."""
    handlers = answering(files)
    handlers["worklist"] = lambda _: [Dataset(PatientName="Doe^Jane")]
    with body.serve(handlers=handlers) as served, body.connect(served.port) as client:
        *_, last = meanwhile(client, client.get(taken, StudyInstanceUID=RARE_STUDY))
    assert (last.status, last.completed, last.failed_uids) == (0, 8, ())
    assert taken.by_uid == data_sets(files)


def meanwhile(client: Client, progress: Iterator[Progress]) -> Iterator[Progress]:
    for each in progress:
        client.echo()  # The final response to the C-GET may come with the one to this.
        (item,) = client.find(model="worklist", PatientName="")
        assert item.PatientName == "Doe^Jane"
        yield each


def test_a_peer_that_answers_no_query_is_asked_for_every_storage_class(
    files: list[Path], taken: Taken, body: Body
) -> None:
    """What is private, and nobody named, cannot be guessed."""
    with (
        body.serve(handlers={"get": lambda _: files}) as served,
        body.connect(served.port) as client,
    ):
        *_, last = client.get(taken, StudyInstanceUID=RARE_STUDY)
    (private,) = data_sets(files[-1:])
    assert (last.status, last.completed, last.failed_uids) == (0xB000, 7, (private,))
    assert last.reasons[private].endswith("nor say what it is")
    assert taken.by_uid == data_sets(files[:-1])


def test_contexts_that_the_caller_named_are_asked_for_first(
    files: list[Path], taken: Taken, body: Body
) -> None:
    reports: list[AssociationReport] = []
    named = [(PRIVATE, [EXPLICIT])]
    with (
        body.serve(handlers={"get": lambda _: files[-1:]}, on_association=reports.append) as served,
        body.connect(served.port, contexts=named) as client,
    ):
        *_, last = client.get(taken, StudyInstanceUID=RARE_STUDY)
    assert (last.status, last.completed) == (0, 1)
    assert [each.sent for each in reports if each.sent] == [1]


def test_a_peer_that_gives_up_is_asked_for_one_instance_at_a_time() -> None:
    """It stopped at the first of two, without a word about the other."""
    get = asking.retrieve(None, "study", None, {"StudyInstanceUID": "1.2"})
    fetch = Fetch(get, lambda _: None, Terms(()))
    nothing = Agreement()
    assert [each.identifier.StudyInstanceUID for each in fetch.operations(nothing)] == ["1.2"]
    assert list(fetch.take(Progress(Status(0xC000, "C-GET"), completed=0, failed=1))) == []
    inquiry = fetch.inquiry(nothing)
    assert inquiry is not None
    told = {
        "STUDY": [],
        "SERIES": [Dataset(SeriesInstanceUID="1.2.3")],
        "IMAGE": [Dataset(SOPInstanceUID=f"1.2.3.{n}", SOPClassUID=CT) for n in (1, 2)],
    }
    while (question := inquiry.next(fetch.listed)) is not None:
        for match in told[question.identifier.QueryRetrieveLevel]:
            inquiry.take(Found(Status(0xFF00, "C-FIND"), match))
    assert fetch.further()
    taking = AcceptedContext(1, CT, EXPLICIT, scu=False, scp=True)
    asked_for = [each.identifier for each in fetch.operations(Agreement([taking]))]
    assert [each.SOPInstanceUID for each in asked_for] == ["1.2.3.1", "1.2.3.2"]
    assert {each.SeriesInstanceUID for each in asked_for} == {"1.2.3"}
    assert {each.StudyInstanceUID for each in asked_for} == {"1.2"}
    assert {each.QueryRetrieveLevel for each in asked_for} == {"IMAGE"}


def test_what_a_peer_tells_is_asked_with_as_it_wrote_it_where_it_can_be() -> None:
    get = asking.retrieve(None, "patient", None, {"PatientID": "P1"})
    fetch = Fetch(get, lambda _: None, Terms(()))
    list(fetch.operations(Agreement()))
    list(fetch.take(Progress(Status(0xC000, "C-GET"), completed=0, failed=1)))
    inquiry = fetch.inquiry(Agreement())
    assert inquiry is not None
    told = {
        "STUDY": [{"StudyInstanceUID": b"1.02"}, {"StudyInstanceUID": b"1" * 65}],
        "SERIES": [{"SeriesInstanceUID": b"1.02.3"}, {"SeriesInstanceUID": b"none"}],
        "IMAGE": [
            {"PatientID": patient, "SOPInstanceUID": b"1.02.3.0%d" % n, "SOPClassUID": CT.encode()}
            for n, patient in enumerate((b"\xc4", b"P" * 65, b"P\\2"))
        ],
    }
    asked = []
    while (question := inquiry.next(fetch.listed)) is not None:
        asked.append(question.identifier.QueryRetrieveLevel)
        for elements in told[asked[-1]]:
            match = Dataset()
            for keyword, value in elements.items():
                match.add(keyword, "UT", value)  # which takes anything
            inquiry.take(Found(Status(0xFF00, "C-FIND"), match))
    assert asked == ["STUDY", "SERIES", "IMAGE"]
    assert fetch.further()
    taking = AcceptedContext(1, CT, EXPLICIT, scu=False, scp=True)
    again = [each.identifier for each in fetch.operations(Agreement([taking]))]
    assert [each.SOPInstanceUID for each in again] == ["1.02.3.00", "1.02.3.01", "1.02.3.02"]
    assert {each.SeriesInstanceUID for each in again} == {"1.02.3"}
    assert {each.PatientID for each in again} == {"P1"}
    assert all(each.encode(EXPLICIT) for each in again)


def test_nothing_is_asked_that_would_be_of_the_whole_archive() -> None:
    """Frames and instances are named by their own UID alone (PS3.4 Y): a relational query."""
    find = MODELS["study"].find or ""
    relational = Agreement()
    relational.extended = {find: FindOptions(relational=True)}
    for agreement, asked in ((Agreement(), None), (relational, "IMAGE")):
        get = asking.retrieve(None, "composite", "IMAGE", {"SOPInstanceUID": "1.2"})
        fetch = Fetch(get, lambda _: None, Terms(()))
        list(fetch.operations(agreement))
        list(fetch.take(Progress(Status(0xB000, "C-GET"), failed=1, failed_uids=["1.2"])))
        inquiry = fetch.inquiry(agreement)
        assert inquiry is not None
        question = inquiry.next(fetch.listed)
        level = None if question is None else question.identifier.QueryRetrieveLevel
        assert level == asked


def test_who_asks_for_frames_is_never_given_whole_instances() -> None:
    keys = {"QueryRetrieveLevel": "FRAME", "SOPInstanceUID": "1.2", "SimpleFrameList": [1]}
    fetch = Fetch(asking.retrieve(keys, "composite", None, {}), lambda _: None, Terms(()))
    list(fetch.operations(Agreement()))
    list(fetch.take(Progress(Status(0xA702, "C-GET"), failed=1, failed_uids=["1.2"])))
    assert fetch.inquiry(Agreement()) is None
    assert fetch.further()
    taking = AcceptedContext(1, CT, EXPLICIT, scu=False, scp=True)
    (again,) = fetch.operations(Agreement([taking]))
    assert again.identifier.QueryRetrieveLevel == "FRAME"


def test_a_peer_that_brings_nothing_more_is_left_alone(files: list[Path], body: Body) -> None:
    """It says of one that it failed, and does not say why, nor what it is."""
    asked: list[str | None] = []

    def retrieve(request: RetrieveRequest) -> list[Path]:
        asked.append(request.level)
        return files[-1:]

    with body.serve(handlers={"get": retrieve}) as served, body.connect(served.port) as client:
        *_, last = client.get(lambda _: None, StudyInstanceUID=RARE_STUDY)
    assert (last.status, last.failed) == (0xA702, 1)
    assert len(asked) == 4


def test_a_peer_that_has_no_end_of_matches_is_not_heard_to_the_end(
    files: list[Path], taken: Taken, body: Body, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("russet.net.inquiry._MATCHES", 100)

    def find(_: FindRequest) -> Iterator[Dataset]:
        while True:
            yield Dataset(SOPInstanceUID="1.2.3", SeriesInstanceUID="1.2", StudyInstanceUID="1")

    with (
        body.serve(handlers={"get": lambda _: files[:2], "find": find}) as served,
        body.connect(served.port) as client,
    ):
        *_, last = client.get(taken, StudyInstanceUID=RARE_STUDY)
    assert (last.status, last.completed) == (0, 2)


def test_a_query_that_fails_costs_nothing_of_what_has_come(
    files: list[Path], taken: Taken, body: Body
) -> None:
    def find(_: FindRequest) -> Iterator[russet.Dataset]:
        raise StatusError("not now", 0xA700)

    with (
        body.serve(handlers={"get": lambda _: files[::7], "find": find}) as served,
        body.connect(served.port) as client,
    ):
        *_, last = client.get(taken, StudyInstanceUID=RARE_STUDY)
    assert (last.status, last.completed, last.failed) == (0xB000, 1, 1)


def test_what_was_refused_here_is_not_asked_for_again(files: list[Path], body: Body) -> None:
    came = []

    def refuse(instance: Instance) -> None:
        came.append(instance.sop_instance_uid)
        raise StatusError("no room for it", 0xA700)

    with body.serve(handlers=answering(files[:1])) as served, body.connect(served.port) as client:
        *_, last = client.get(refuse, StudyInstanceUID=RARE_STUDY)
    (uid,) = data_sets(files[:1])
    assert came == [uid]
    assert (last.status, last.failed_uids) == (0xA702, (uid,))
    assert last.reasons == {uid: "it came, and was refused here: no room for it"}
