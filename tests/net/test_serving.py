import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest

import russet
from russet import codec
from russet.association import Policy, Right, Rights, Row
from russet.codec import AssociateAc, AssociateRq, ContextRq, UserInformation, decode_pdu
from russet.errors import (
    ConnectError,
    DeadlineError,
    NoContextError,
    RejectedError,
    RussetError,
    StorageError,
)
from russet.net.outcome import Stored
from russet.net.report import AssociationReport
from russet.net.serving import Receiver
from russet.net.timeouts import Timeouts
from russet.services.storage import Instance, Sink, StoreRequest
from russet.storage import FunctionReceiver
from tests.support.bodies import Body
from tests.support.instances import CT, EXPLICIT, INSTANCE, data_set, element, message
from tests.support.raw_peer import RawPeer, associate_rq

PATIENCE = 10.0


class Reports:
    """The reports of ended associations, waited for without sleeping."""

    def __init__(self) -> None:
        self.all: list[AssociationReport] = []
        self._come = threading.Condition()

    def __call__(self, report: AssociationReport) -> None:
        with self._come:
            self.all.append(report)
            self._come.notify_all()

    def wait(self, count: int = 1) -> AssociationReport:
        with self._come:
            assert self._come.wait_for(lambda: len(self.all) >= count, PATIENCE), self.all
            return self.all[count - 1]


@pytest.fixture
def reports() -> Reports:
    return Reports()


@pytest.fixture
def receiver(tmp_path: Path, reports: Reports) -> Iterator[Receiver]:
    with russet.serve(
        0, data=tmp_path / "data", durability="none", on_association=reports
    ) as serving:
        yield serving


@pytest.fixture
def image(tmp_path: Path) -> Path:
    return instance_file(tmp_path / "image.dcm")


def instance_file(path: Path, instance: str = INSTANCE, sop_class: str = CT) -> Path:
    body = data_set(instance=instance, sop_class=sop_class)
    path.write_bytes(codec.encode_file_head(sop_class, instance, EXPLICIT, "1.2", "T", "ME") + body)
    return path


def kept(receiver: Receiver) -> list[str]:
    assert receiver.folder is not None
    return sorted(path.name for path in receiver.folder.instances.rglob("*.dcm"))


def test_echo_and_store_over_one_association(
    receiver: Receiver, image: Path, reports: Reports
) -> None:
    with russet.connect("127.0.0.1", receiver.port, calling="ME", called="RUSSET") as association:
        assert association.echo().status == 0x0000
        stored = association.store(image)
        assert (stored.ok, stored.status, stored.path) == (True, 0x0000, image)
        assert association.peer.implementation_version == "RUSSET_010"
    assert kept(receiver) == [f"{INSTANCE}.dcm"]
    reports.wait(2)  # Of two associations, which end on threads of their own: in any order.
    assert {report.calling for report in reports.all} == {"ME"}
    assert sorted(report.instances for report in reports.all) == [0, 1]
    assert {report.outcome for report in reports.all} == {"released"}


def test_an_iterable_gives_a_result_for_each_in_order(receiver: Receiver, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no image")
    paths = [
        instance_file(tmp_path / "1.dcm", "1.1"),
        tmp_path / "notes.txt",
        instance_file(tmp_path / "2.dcm", "1.2"),
    ]
    with russet.connect("127.0.0.1", receiver.port) as association:
        results = list(association.store(paths))
    assert [(result.path, result.ok) for result in results] == list(
        zip(paths, [True, False, True], strict=True)
    )
    assert "not DICOM" in results[1].reason
    assert kept(receiver) == ["1.1.dcm", "1.2.dcm"]


def test_data_sets_in_memory_are_stored_as_they_are(receiver: Receiver, image: Path) -> None:
    with russet.connect("127.0.0.1", receiver.port) as association:
        results: list[Stored] = [
            association.store(russet.dcmread(image)),
            association.store(pydicom.dcmread(image)),
            association.store(image.read_bytes()),
        ]
    assert [result.status for result in results] == [0, 0, 0]
    assert kept(receiver) == [f"{INSTANCE}.dcm"]


def test_a_function_takes_instances(image: Path) -> None:
    taken = []

    def take(instance: Instance) -> int:
        taken.append((instance.sop_instance_uid, instance.calling, bytes(instance.data)))
        return 0xB007

    with (
        russet.serve(0, handlers={"store": take}) as receiver,
        russet.connect("127.0.0.1", receiver.port, calling="ME") as association,
    ):
        stored = association.store(image)
    assert (stored.ok, stored.warning, stored.status) == (True, True, 0xB007)
    assert taken == [(INSTANCE, "ME", data_set())]


def test_a_handler_that_raises_answers_a_failure_and_the_association_lives_on(
    image: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: Instance) -> None:
        raise ValueError("the database is away")

    with (
        russet.serve(0, handlers={"store": fail}) as receiver,
        russet.connect("127.0.0.1", receiver.port) as association,
    ):
        assert association.store(image).status == 0xC110
        assert association.store(image).status == 0xC110
    assert "the database is away" in caplog.text
    assert "Traceback" in caplog.text


def test_a_class_that_the_peer_refuses_does_not_stop_the_rest(tmp_path: Path) -> None:
    query = "1.2.840.10008.5.1.4.1.2.2.1"  # no storage class at all
    files = [
        instance_file(tmp_path / "1.dcm", "1.1", query),
        instance_file(tmp_path / "2.dcm", "1.2"),
    ]
    with (
        russet.serve(0, handlers={"store": lambda _: None}) as receiver,
        russet.connect("127.0.0.1", receiver.port) as association,
    ):
        refused, stored = association.store(files)
    assert isinstance(refused.error, NoContextError)
    assert refused.status is None
    assert stored.ok


@pytest.mark.parametrize(
    ("policy", "numbers"),
    [
        (Policy(ae_title="ELSE"), (1, 1, 7)),
        (Policy(check_called=False, calling=["FRIEND"]), (1, 1, 3)),
        (Policy(check_called=False, max_associations=0), (2, 3, 2)),
    ],
)
def test_a_rejection_says_which_titles_were_used(
    policy: Policy, numbers: tuple[int, int, int], image: Path
) -> None:
    with (
        russet.serve(0, handlers={"store": lambda _: None}, policy=policy) as receiver,
        pytest.raises(RejectedError, match=r"'PACS'.*'ME'") as caught,
    ):
        russet.connect("127.0.0.1", receiver.port, called="PACS", calling="ME")
    error = caught.value
    assert (error.result, error.source, error.reason) == numbers


def test_the_place_of_an_association_that_ends_is_free_again(reports: Reports) -> None:
    policy = Policy(check_called=False, max_associations=1)
    with russet.serve(0, policy=policy, on_association=reports) as receiver:
        with russet.connect("127.0.0.1", receiver.port) as first:
            with pytest.raises(RejectedError):
                russet.connect("127.0.0.1", receiver.port)
            first.echo()
        reports.wait(2)
        with russet.connect("127.0.0.1", receiver.port) as again:
            assert again.echo().status == 0


def test_nobody_there_and_no_such_host() -> None:
    with russet.serve(0) as receiver:
        port = receiver.port
    with pytest.raises(ConnectError, match="nothing listens"):
        russet.connect("127.0.0.1", port)
    with pytest.raises(ConnectError, match="no host named"):
        russet.connect("no-such-host.invalid", 104)


def test_a_port_or_a_folder_can_be_used_once(tmp_path: Path) -> None:
    with russet.serve(0, data=tmp_path) as receiver:
        with pytest.raises(ConnectError, match="in use"):
            russet.serve(receiver.port)
        with pytest.raises(StorageError, match="another russet"):
            russet.serve(0, data=tmp_path)
    with pytest.raises(RussetError, match="no service"):
        russet.serve(0, handlers={"found": lambda: None})


def test_a_proposal_of_128_contexts_with_20_syntaxes_each_is_answered(receiver: Receiver) -> None:
    syntaxes = [f"1.2.840.10008.1.2.4.{number}" for number in range(50, 70)]
    contexts = [ContextRq(2 * n + 1, CT, syntaxes) for n in range(128)]
    user = UserInformation(max_length=0, implementation_class_uid="1.2")
    rq = AssociateRq(b"RUSSET", b"BIG", contexts, user).encode()
    assert len(rq) > 1 << 16
    with RawPeer(receiver.port) as peer:
        assert peer.send(rq).pdu()[:1] == b"\x02"
        peer.release()


def test_a_peer_that_never_answers_is_given_up(receiver: Receiver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(DeadlineError, match="sent no whole message"):
            russet.connect("127.0.0.1", port, timeouts=Timeouts(acse=0.2, response=0.2))


def test_stopping_lets_the_operation_under_way_end() -> None:
    data = data_set(element("0010 4000", "LT", "x" * 40000))
    wire = message(data)
    begun = threading.Event()
    taken = []

    class Handler(FunctionReceiver):
        def open(self, request: StoreRequest) -> Sink:
            begun.set()
            return super().open(request)

    handler = Handler(lambda instance: taken.append(bytes(instance.data)))
    receiver = russet.serve(0, handlers={"store": handler})
    with receiver, RawPeer(receiver.port) as peer, RawPeer(receiver.port) as idle:
        idle.associate()
        peer.associate().send(wire[:20000])
        assert begun.wait(PATIENCE)
        stopping = threading.Thread(target=receiver.close)
        stopping.start()
        assert idle.rest()[-1][:1] == b"\x07"  # nothing under way: A-ABORT
        peer.send(wire[20000:])
        assert peer.status() == 0x0000
        assert peer.rest()[-1][:1] == b"\x07"
        stopping.join()
    assert taken == [data]


def test_a_data_set_that_trickles_is_given_up(tmp_path: Path, reports: Reports) -> None:
    timeouts = Timeouts(stall=0.2, floor=1 << 30)
    with (
        russet.serve(0, data=tmp_path, timeouts=timeouts, on_association=reports) as receiver,
        RawPeer(receiver.port) as peer,
    ):
        wire = message(data_set(element("0010 4000", "LT", "x" * 40000)))
        peer.associate().send(wire[:1000])
        threading.Event().wait(0.3)  # the slowness itself
        peer.send(wire[1000:1010])
        assert peer.rest()[-1][:1] == b"\x07"
        assert "bytes/s" in reports.wait().outcome
    assert list(tmp_path.rglob("*.dcm")) == []


def test_connections_that_say_nothing_or_half_of_it_cost_nobody_a_place(receiver: Receiver) -> None:
    halves = [b"", b"\x01", b"\x01\x00\x00\x00\x00\xd0", associate_rq()[:100]]
    peers = [RawPeer(receiver.port).send(half) for half in halves * 16]
    with russet.connect("127.0.0.1", receiver.port) as association:
        assert association.echo().status == 0
    assert threading.active_count() < 20
    for peer in peers:
        peer.socket.close()


def test_a_server_that_admits_others_turns_away_who_calls_from_then_on(body: Body) -> None:
    closed = Policy(ae_title="ARCHIVE", check_called=True)
    with body.serve(handlers={"find": lambda _: []}) as served:
        with body.connect(served.port, called="ANY") as before:
            served.admit(closed)
            with pytest.raises(RejectedError), body.connect(served.port, called="ANY"):
                pass
            assert before.echo().status == 0x0000
        with body.connect(served.port, called="ARCHIVE") as association:
            assert list(association.find(PatientName="")) == []


def test_who_connected_before_and_asks_afterwards_has_the_rights_of_afterwards(body: Body) -> None:
    echo_alone = Policy(
        check_called=False, rows=[Row("all", rights=Rights(frozenset([Right.ECHO])))]
    )
    with body.serve(handlers={"store": lambda _: None}) as served, RawPeer(served.port) as early:
        with body.connect(served.port) as late:
            assert late.echo().status == 0x0000  # By now the server has accepted the early one.
        served.admit(echo_alone)
        answer = decode_pdu(early.send(associate_rq()).pdu())
    assert isinstance(answer, AssociateAc)
    assert [each.result for each in answer.contexts] == [1, 0]
