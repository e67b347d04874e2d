"""An archive over sockets, on threads and on a loop: what comes in is found, and comes out."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

import russet
from russet.association.events import Response
from russet.association.extended import FindOptions, RetrieveOptions, extended
from russet.association.peers import read_peers
from russet.codec import Command
from russet.data import Dataset
from russet.dimse.models import MODELS
from russet.errors import ConfigurationError, NoContextError, RussetError
from russet.net.terms import NATIVE
from russet.services.query import Find, Found
from russet.services.storage import Instance
from russet.storage import DataFolder
from russet.storage.watermark import Watermark
from tests.support import part10
from tests.support.indexed import Archive as Received
from tests.support.indexed import instance, request_of
from tests.support.instances import CT, EXPLICIT
from tests.support.serving import BODIES, serving

STUDY_ROOT = MODELS["study"].find or ""
LEVELS: Any = (
    ("patient", "PATIENT", {"PatientID": "P1"}, {"PatientName": ["CITIZEN^Jan"]}),
    ("patient", "STUDY", {"PatientID": "P1", "StudyInstanceUID": ""}, {}),
    ("study", "STUDY", {"PatientName": "citizen*"}, {"NumberOfStudyRelatedInstances": [3]}),
    ("study", "SERIES", {"StudyInstanceUID": "1.2.3.2"}, {"Modality": ["CT"]}),
    (
        "study",
        "IMAGE",
        {"StudyInstanceUID": "1.2.3.2", "SeriesInstanceUID": "1.2.3.3"},
        {"SOPInstanceUID": ["9.1", "9.2", "9.3"]},
    ),
)


@contextmanager
def archive(body: str, data: Path, **how: Any) -> Iterator[tuple[russet.Archive, int]]:
    with (
        russet.Archive(data, **how) as made,
        serving(body, services=made.services, policy=made.policy) as port,
    ):
        yield made, port


@pytest.fixture(params=BODIES)
def node(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[russet.Archive, int]]:
    """An archive with three instances, which may move to STORESCP."""
    with ExitStack() as stack:
        receiver = stack.enter_context(russet.serve(0, data=tmp_path / "moved"))
        peers = read_peers(
            f'[[peer]]\ntitle = "STORESCP"\nhost = "127.0.0.1"\nport = {receiver.port}\n'
        )
        found = stack.enter_context(archive(request.param, tmp_path / "data", peers=peers))
        with russet.connect("127.0.0.1", found[1]) as association:
            for number in (1, 2, 3):
                sent = instance(SOPInstanceUID=f"9.{number}", InstanceNumber=str(number))
                assert association.store(sent).status == 0x0000
        yield found


Node = tuple[russet.Archive, int]


@pytest.mark.parametrize(("model", "level", "keys", "expected"), LEVELS)
def test_what_was_stored_is_found_at_each_level(
    node: Node, model: str, level: str, keys: dict[str, str], expected: dict[str, list[Any]]
) -> None:
    asked = Dataset(QueryRetrieveLevel=level, **keys)
    for keyword in expected:
        asked[keyword] = None
    with russet.connect("127.0.0.1", node[1]) as association:
        found = list(association.find(asked, model=model))
    assert found
    assert all(each.RetrieveAETitle == "RUSSET" for each in found)
    for keyword, values in expected.items():
        assert sorted(each[keyword].value for each in found) == values


def test_a_key_that_is_not_supported_is_told_by_ff01(node: Node) -> None:
    with russet.connect("127.0.0.1", node[1], contexts=[(STUDY_ROOT, NATIVE)]) as association:
        (*_, last) = [
            asked.status
            for keys in ({"StudyID": ""}, {"SliceThickness": None})
            for asked in association.perform(find("STUDY", StudyInstanceUID="", **keys))
            if asked.status.is_pending
        ]
    assert last == 0xFF01


def test_what_was_stored_comes_back_byte_for_byte_and_moves(node: Node, tmp_path: Path) -> None:
    port = node[1]
    sent = instance(SOPInstanceUID="9.2", InstanceNumber="2").encode(EXPLICIT)
    back = tmp_path / "back"
    with russet.connect("127.0.0.1", port) as association:
        *_, last = association.get(back, level="STUDY", StudyInstanceUID="1.2.3.2")
    assert (last.completed, last.failed) == (3, 0)
    assert part10.stored(back)["9.2"].dataset == bytes(sent)
    with russet.connect("127.0.0.1", port) as association:
        *_, last = association.move(
            "STORESCP", level="SERIES", StudyInstanceUID="1.2.3.2", SeriesInstanceUID="1.2.3.3"
        )
    assert (last.status, last.completed) == (0x0000, 3)
    assert part10.stored(tmp_path / "moved" / "instances")["9.2"].dataset == bytes(sent)


def test_nobody_is_moved_to_who_is_no_peer(node: Node) -> None:
    with russet.connect("127.0.0.1", node[1]) as association:
        (last,) = association.move("NOBODY", level="STUDY", StudyInstanceUID="1.2.3.2")
    assert last.status == 0xA801


@pytest.mark.parametrize("model", ["composite", "without-bulk-data"])
def test_instances_are_fetched_by_their_uid_alone(node: Node, model: str) -> None:
    arrived: list[Instance] = []
    with russet.connect("127.0.0.1", node[1]) as association:
        *_, last = association.get(
            arrived.append, model=model, level="IMAGE", SOPInstanceUID=["9.1", "9.3"]
        )
    assert last.completed == 2
    assert [each.sop_instance_uid for each in arrived] == ["9.1", "9.3"]


class Heard(Find):
    """A query that keeps the command of its last response."""

    command: Command

    def receive(self, response: Response) -> Iterator[Found]:
        self.command = response.command
        return super().receive(response)


def find(level: str, **keys: Any) -> Heard:
    return Heard(STUDY_ROOT, Dataset(QueryRetrieveLevel=level, **keys))


@pytest.mark.parametrize(
    ("level", "keys", "offending"),
    [
        ("SERIES", {"Modality": "CT"}, 0x0020_000D),
        ("HOSPITAL", {}, 0x0008_0052),
    ],
)
def test_an_identifier_that_breaks_the_rules_names_the_element(
    node: Node, level: str, keys: dict[str, str], offending: int
) -> None:
    with russet.connect("127.0.0.1", node[1], contexts=[(STUDY_ROOT, NATIVE)]) as association:
        asked = find(level, **keys)
        (found,) = association.perform(asked)
    assert (found.status, asked.command.offending_element) == (0xA900, [offending])


def test_a_level_that_no_retrieval_has_names_the_element(node: Node) -> None:
    with russet.connect("127.0.0.1", node[1]) as association:
        (last,) = association.move("STORESCP", level="HOSPITAL", StudyInstanceUID="1.2.3.2")
    assert (last.status, "level HOSPITAL" in (last.comment or "")) == (0xA900, True)


def test_what_was_negotiated_holds(node: Node) -> None:
    find, get = MODELS["study"].find or "", MODELS["study"].get or ""
    offered = [
        extended(find, FindOptions(relational=True, fuzzy=True, view=True)),
        extended(get, RetrieveOptions(relational=True)),
    ]
    contexts = [(uid, NATIVE) for uid in (find, get)]
    with russet.connect("127.0.0.1", node[1], contexts=contexts, extended=offered) as association:
        agreed = association.association.peer.agreement  # type: ignore[union-attr]
        assert agreed.options(find, FindOptions) == FindOptions(relational=True, fuzzy=True)
        found = list(association.find(level="IMAGE", PatientName="jan citizen", SOPInstanceUID=""))
    assert sorted(each.SOPInstanceUID for each in found) == ["9.1", "9.2", "9.3"]


@pytest.mark.parametrize("body", BODIES)
def test_who_has_no_right_is_refused_what_it_has_no_right_to(body: str, tmp_path: Path) -> None:
    peers = tmp_path / "peers.toml"
    peers.write_text(
        '[local]\ntitles = ["ARCHIVE", "OTHER"]\ncheck_called = true\n'
        '[[peer]]\ntitle = "CT"\nnetworks = ["127.0.0.1"]\nrights = ["store"]\n'
        '[[peer]]\ntitle = "BAD"\nnetworks = ["127.0.0.1"]\nrights = []\n'
    )
    with archive(body, tmp_path / "data", peers=peers) as (made, port):
        assert made.titles == ("ARCHIVE", "OTHER")
        with russet.connect("127.0.0.1", port, called="OTHER", calling="CT") as association:
            assert association.store(instance()).status == 0x0000
            with pytest.raises(NoContextError):
                list(association.find(level="STUDY", StudyInstanceUID=""))
        with russet.connect("127.0.0.1", port, called="ARCHIVE", calling="ME") as association:
            (found,) = association.find(level="STUDY", StudyInstanceUID="")
            assert found.RetrieveAETitle == "ARCHIVE"
        for called, calling in (("ARCHIVE", "BAD"), ("RUSSET", "CT")):
            with pytest.raises(russet.errors.RejectedError):
                russet.connect("127.0.0.1", port, called=called, calling=calling)


def test_without_an_index_instances_are_kept_and_nothing_is_asked(tmp_path: Path) -> None:
    with archive("threads", tmp_path, index=False) as (made, port):
        assert made.wait() is None
        with russet.connect("127.0.0.1", port) as association:
            assert association.store(instance()).status == 0x0000
            with pytest.raises(NoContextError):
                list(association.find(level="STUDY", StudyInstanceUID=""))
    assert not (tmp_path / "index.sqlite").exists()
    assert len(list((tmp_path / "instances").rglob("*.dcm"))) == 1


def test_what_came_without_an_index_is_found_once_there_is_one(tmp_path: Path) -> None:
    with (
        archive("threads", tmp_path, index=False) as (_, port),
        russet.connect("127.0.0.1", port) as association,
    ):
        association.store(instance())
    healed: list[Any] = []
    told = threading.Event()
    with archive("threads", tmp_path) as (made, port):
        made.on_whole(healed.append)
        made.on_whole(lambda _: told.set())
        with russet.connect("127.0.0.1", port) as association:
            assert len(list(association.find(level="STUDY", StudyInstanceUID=""))) == 1
        assert told.wait(10)
        assert len(healed[0].added) == 1
        assert made.wait() == healed[0]


def test_a_nearly_full_disk_takes_no_instance_until_there_is_room(tmp_path: Path) -> None:
    with (
        archive("threads", tmp_path, min_free=1 << 60) as (made, port),
        russet.connect("127.0.0.1", port) as association,
    ):
        assert association.store(instance()).status == 0xA700
        storing: Any = made.services[0]
        storing.handler.free = 0
        assert association.store(instance()).status == 0x0000
    assert list((tmp_path / "incoming").iterdir()) == []


def test_the_watermark_says_so_once_in_a_while(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    handler: Any = object()
    mark = Watermark(handler, tmp_path, 1 << 60)
    for _ in range(3):
        assert getattr(mark.open(request_of(instance())), "status", None) == 0xA700
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"durability": "maybe"}, "'maybe' is none of"),
        ({"on_duplicate": "both"}, "'both' is none of"),
        ({"layout": "{Nothing}"}, "Nothing"),
        ({"worklist": "nowhere"}, "there is no folder nowhere"),
        ({"peers": "nowhere.toml"}, "cannot read nowhere.toml"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_served(
    how: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(RussetError, match=message):
        russet.Archive(tmp_path / "data", **how)
    with russet.Archive(tmp_path / "data"):  # Nobody holds the folder.
        pass


def test_a_peers_file_that_cannot_be_meant_names_the_line(tmp_path: Path) -> None:
    file = tmp_path / "peers.toml"
    file.write_text('[[peer]]\ntitle = "A"\nport = 0\n')
    with pytest.raises(ConfigurationError, match="port"):
        russet.Archive(tmp_path / "data", peers=file)


def test_other_peers_count_from_then_on(tmp_path: Path) -> None:
    known = '[[peer]]\ntitle = "{}"\nhost = "10.0.0.1"\nport = 104\n'
    (tmp_path / "peers.toml").write_text(known.format("LATER"))
    with russet.Archive(tmp_path / "data", peers=read_peers(known.format("SOON"))) as made:
        assert (made.destination("SOON") is None, made.destination("LATER") is None) == (
            False,
            True,
        )
        before = made.policy
        made.reload(tmp_path / "peers.toml")
        assert (made.destination("SOON") is None, made.destination("LATER") is None) == (
            True,
            False,
        )
        assert before != made.policy
        with pytest.raises(ConfigurationError):
            made.reload(tmp_path / "nowhere.toml")
        assert made.destination("LATER") is not None


def test_responses_say_to_retrieve_from_what_the_archive_is_called_by_now(
    node: tuple[russet.Archive, int],
) -> None:
    made, port = node
    made.reload(read_peers('[local]\ntitles = ["AFTER"]\n'))
    with russet.connect("127.0.0.1", port) as association:
        (match,) = association.find(PatientName="citizen*", StudyInstanceUID="")
    assert match.RetrieveAETitle == "AFTER"


def test_a_title_of_the_command_line_is_the_only_one_unless_peers_name_others(
    tmp_path: Path,
) -> None:
    checked = russet.Policy(check_called=True)
    for text, titles in (
        ("", ("X",)),
        ('[local]\ntitles = ["RUSSET"]\n', ("X", "RUSSET")),
    ):
        peers = read_peers(text)
        with russet.Archive(tmp_path, aet="X", peers=peers, policy=checked) as made:
            assert (made.titles, (made.policy.ae_title, *made.policy.titles)) == (titles, titles)
    with archive("threads", tmp_path, aet="X", policy=checked) as (_, port):
        russet.connect("127.0.0.1", port, called="X").release()
        with pytest.raises(russet.errors.RejectedError):
            russet.connect("127.0.0.1", port, called="RUSSET")
    with russet.Archive(tmp_path) as made:
        assert made.titles == ("RUSSET",)


def test_what_has_its_uids_in_the_file_meta_alone_is_found_and_fetched_by_them(
    tmp_path: Path,
) -> None:
    with DataFolder(tmp_path / "data") as folder:
        received = Received(folder)
        sink: Any = received.receiver.open(request_of(instance()))
        sink.write([bytes(instance(SOPClassUID=None, SOPInstanceUID=None).encode(EXPLICIT))])
        assert sink.finish().status == 0x0000
        received.close()
    with (
        archive("threads", tmp_path / "data") as (_, port),
        russet.connect("127.0.0.1", port) as association,
    ):
        keys: Any = {"StudyInstanceUID": "1.2.3.2", "SeriesInstanceUID": "1.2.3.3"}
        (found,) = association.find(level="IMAGE", SOPInstanceUID="", SOPClassUID="", **keys)
        assert (found.SOPClassUID, found.SOPInstanceUID) == (CT, "1.2.3.4")
        *_, last = association.get(
            tmp_path / "back", level="IMAGE", SOPInstanceUID=found.SOPInstanceUID, **keys
        )
    assert (last.status, last.completed) == (0x0000, 1)


def test_an_error_in_the_file_of_peers_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "peers.toml"
    for text, told in (('[[peer]]\ntitle = "A"\n', "line 1: peer[1].host: "), ("[", "this is not")):
        file.write_text(text)
        with pytest.raises(ConfigurationError) as raised:
            russet.Archive(tmp_path / "data", peers=file)
        assert str(raised.value).startswith(f"{file}: {told}")
        assert raised.value.file == str(file)
