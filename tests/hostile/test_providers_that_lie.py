"""What a hostile provider can answer to our clients, on both bodies: a typed error, and no leak."""

import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pytest

from russet.codec import (
    Abort,
    Command,
    ContextAc,
    ReleaseRp,
    Role,
    encode_message,
    encode_pdvs,
)
from russet.dimse.models import MODELS
from russet.errors import (
    AbortedError,
    DeadlineError,
    NetworkError,
    NoContextError,
    ProtocolError,
    RussetError,
    StatusError,
)
from russet.net.timeouts import Timeouts
from tests.support.bodies import Body, Client, until
from tests.support.instances import CT, EXPLICIT, data_set, element, message
from tests.support.raw_provider import Provider, Script, providing

HASTY: Final = Timeouts(connect=5, artim=0.3, acse=0.3, response=0.3, stall=0.3)
PENDING: Final = 0xFF00
STUDY: Final = "1.2.3.2"
MATCH: Final = element("0010 0010", "PN", "DOE^JANE")
FIND: Final = MODELS["study"].find
MOVE: Final = MODELS["study"].move
GET: Final = MODELS["study"].get
C_FIND_RSP: Final = 0x8020
C_STORE_RQ: Final = 0x0001

pytestmark = pytest.mark.usefixtures("nothing_leaks")


def find(client: Client) -> list[Any]:
    return list(client.find(PatientName="DOE*"))


@pytest.fixture(params=["find", "move", "get", "echo"])
def ask(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Client], Any]:
    """Each service of a client that has responses to wait for."""
    asked: dict[str, Callable[[Client], Any]] = {
        "find": find,
        "move": lambda client: list(client.move("OTHER", StudyInstanceUID=STUDY)),
        "get": lambda client: list(client.get(tmp_path / "got", StudyInstanceUID=STUDY)),
        "echo": lambda client: client.echo(),
    }
    return asked[request.param]


FAULTS: Final[dict[str, Callable[[Provider], Any]]] = {
    "an unknown message ID": lambda at: at.respond(0, message_id_being_responded_to=4711),
    "no message ID": lambda at: at.respond(0, message_id_being_responded_to=None),
    "another context": lambda at: at.respond(0, context_id=255),
    "another operation": lambda at: at.respond(0, command_field=0x8140),
    "a response without a status": lambda at: at.respond(None),
    "half a PDU": lambda at: at.peer.send(encode_message(at.context_id, _final(at), 16384)[:-9]),
    "an unknown PDU": lambda at: at.peer.send(b"\x42\0\0\0\0\0"),
    "a second acceptance": lambda at: at.accept(),
    "a release": lambda at: at.peer.send(b"\x05\0\0\0\0\x04\0\0\0\0"),
    "a release response": lambda at: at.peer.send(ReleaseRp().encode()),
    "an abort": lambda at: at.peer.send(Abort(2, 0).encode()),
    "a P-DATA of 4 GiB": lambda at: at.peer.send(b"\x04\0\xff\xff\xff\xff"),
    "data without a command": lambda at: at.peer.send(
        encode_pdvs(at.context_id, b"ab", command=False, last=True, max_length=16384)
    ),
    "a command that is none": lambda at: at.peer.send(
        encode_pdvs(at.context_id, b"\0" * 24, command=True, last=True, max_length=16384)
    ),
    "nothing": lambda at: None,
}


def _final(at: Provider) -> Command:
    asked = at.requests[-1]
    field = asked.command_field | 0x8000
    return Command(field, message_id_being_responded_to=asked.message_id, status=0)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_broken_answer_ends_in_a_typed_error(
    body: Body, ask: Callable[[Client], Any], fault: Script
) -> None:
    def script(at: Provider) -> bytes:
        at.accept()
        if at.request() is not None:
            fault(at)
        return at.see_off()

    with providing(script) as provider:
        with pytest.raises(NetworkError), body.connect(provider.port, timeouts=HASTY) as client:
            ask(client)
        assert client.is_over


@pytest.mark.parametrize("after", [0, 1, 3])
@pytest.mark.parametrize("way", ["stops", "closes", "resets", "drips"])
def test_a_provider_that_stops_among_its_responses_is_given_up(
    body: Body, way: str, after: int
) -> None:
    go_on = threading.Event()

    def script(at: Provider) -> None:
        at.accept().request()
        for _ in range(after):
            at.respond(PENDING, MATCH)
        if way == "resets":
            at.peer.reset()
        elif way == "drips":
            with suppress(OSError):
                for byte in message(data_set()) * 100:
                    at.peer.send(bytes([byte]))
                    if go_on.wait(0.02):
                        return
        elif way == "stops":
            at.see_off()

    with providing(script, FIND) as provider:
        error = (AbortedError, DeadlineError, ProtocolError)
        with pytest.raises(error), body.connect(provider.port, timeouts=HASTY) as client:
            find(client)
        go_on.set()


def endless(at: Provider) -> bytes:
    """Go on answering whatever anybody says, until the connection ends."""
    at.accept().request()
    with suppress(OSError):
        while True:
            at.respond(PENDING, MATCH)
    return b""


def test_endless_matches_are_taken_as_long_as_the_caller_wants_them(body: Body) -> None:
    with (
        providing(endless, FIND) as provider,
        body.connect(provider.port, timeouts=HASTY) as client,
    ):
        matches = client.find(PatientName="DOE*")
        assert len(list(islice(matches, 3000))) == 3000
        matches.close()  # type: ignore[attr-defined]  # a generator
        # It ignores the C-CANCEL, so that its association is given up.
        assert client.is_over
        with pytest.raises(AbortedError, match="over"):
            client.echo()


def test_a_cancelled_query_leaves_an_association_that_serves_on(body: Body) -> None:
    def script(at: Provider) -> bytes:
        at.accept().request()
        for _ in range(2500):
            at.respond(PENDING, MATCH)
        cancel = at.request()
        assert cancel is not None
        assert cancel.command_field == 0x0FFF
        at.requests.pop()
        at.respond(0xFE00)
        at.request()
        at.respond(0)
        return at.see_off()

    with providing(script, FIND) as provider, body.connect(provider.port) as client:
        matches = client.find(PatientName="DOE*")
        next(matches)
        matches.close()  # type: ignore[attr-defined]  # a generator
        assert client.echo().status == 0
    assert provider.ends == [b"", b"\x05"] or provider.ends[-1] == b"\x05"


def test_a_provider_that_drips_pending_responses_after_the_cancel_is_given_up(body: Body) -> None:
    go_on = threading.Event()

    def script(at: Provider) -> None:
        at.accept().request()
        with suppress(OSError):
            while not go_on.wait(0.05):  # well within the time for each response
                at.respond(PENDING, MATCH)

    with providing(script, FIND) as provider, body.connect(provider.port, timeouts=HASTY) as client:
        matches = client.find(PatientName="DOE*")
        next(matches)
        matches.close()  # type: ignore[attr-defined]  # a generator
        assert client.is_over
        go_on.set()


def test_requests_of_the_provider_are_no_answer_to_ours(body: Body) -> None:
    go_on = threading.Event()

    def script(at: Provider) -> None:
        at.accept().request()
        echo = Command(0x0030, message_id=1, affected_sop_class_uid="1.2.840.10008.1.1")
        with suppress(OSError):
            while not go_on.wait(0.05):
                at.say(at.context_id, echo)

    with providing(script, FIND) as provider:
        with pytest.raises(DeadlineError), body.connect(provider.port, timeouts=HASTY) as client:
            find(client)
        go_on.set()


def test_a_giant_identifier_is_refused_before_it_is_whole(body: Body) -> None:
    def script(at: Provider) -> bytes:
        at.accept().request()
        piece = element("0010 4000", "LT", "x" * 60000)
        with suppress(OSError):
            at.peer.send(encode_message(at.context_id, _pending(at), 16384))
            while True:
                at.peer.send(
                    encode_pdvs(at.context_id, piece, command=False, last=False, max_length=16384)
                )
        return b""

    with providing(script, FIND) as provider:
        with pytest.raises(NetworkError, match="16777216"), body.connect(provider.port) as client:
            find(client)


def _pending(at: Provider) -> Command:
    asked = at.requests[-1]
    return Command(
        C_FIND_RSP,
        message_id_being_responded_to=asked.message_id,
        status=PENDING,
        command_data_set_type=1,
    )


@pytest.mark.parametrize(
    "identifier",
    [
        b"\x08\0",
        MATCH[:-3] + b"\0",
        b"\x10\0\x10\0PN\xff\xff" + b"x" * 8,
        b"\x08\0\x15\x11SQ\0\0\xff\xff\xff\xff" * 400,
        b"\xff" * 64,
    ],
)
def test_an_identifier_that_cannot_be_read_is_a_typed_error_or_bytes(
    body: Body, identifier: bytes
) -> None:
    def script(at: Provider) -> bytes:
        at.accept().request()
        at.respond(PENDING, identifier).respond(0)
        return at.see_off()

    with providing(script, FIND) as provider, suppress(RussetError):
        with body.connect(provider.port, timeouts=HASTY) as client:
            for match in client.find(PatientName="DOE*"):
                str(match)


def test_an_acceptance_of_more_than_was_asked_agrees_on_no_more(body: Body) -> None:
    def script(at: Provider) -> bytes:
        at.accept(
            ContextAc(201, 0, EXPLICIT),
            ContextAc(1, 0, "9.9"),
            roles=[Role(CT, scu=True, scp=True)],
            window=(0, 0),
            identity_response=b"nobody asked",
        )
        if at.request() is not None:
            at.respond(0)
        return at.see_off()

    with providing(script) as provider, body.connect(provider.port) as client:
        assert client.echo().status == 0


def test_an_acceptance_in_transfer_syntaxes_of_its_own_carries_nothing(body: Body) -> None:
    def script(at: Provider) -> bytes:
        at.rq = _without_contexts(at)
        at.accept(ContextAc(1, 0, "9.9"))
        return at.see_off()

    with providing(script) as provider, body.connect(provider.port) as client:
        with pytest.raises(NoContextError):
            client.echo()


def _without_contexts(at: Provider) -> Any:
    rq = at.rq
    return type(rq)(rq.called, rq.calling, [], rq.user)


@pytest.mark.parametrize("window", [(0, 0), (65535, 65535), (8, 0)])
def test_a_window_without_end_is_bounded_by_ours(
    body: Body, tmp_path: Path, window: tuple[int, int]
) -> None:
    held = threading.Event()
    most = [0]

    def script(at: Provider) -> bytes:
        at.accept(window=window)
        while (command := at.request()) is not None:
            most[0] = max(most[0], len(at.requests))
            at.respond(0)
            if command.command_field == 0x0030:
                at.requests.clear()
        return at.see_off()

    with providing(script) as provider, body.connect(provider.port, window=(4, 4)) as client:
        assert client.echo().status == 0
    held.set()


def lying_counts(at: Provider) -> bytes:
    at.accept().request()
    counts = ("remaining", "completed", "failed", "warning")
    lies = [(0, 65535, 65535, 65535), (65535, 0, 0, 0), (1, 2, 3, 4)]
    for lie in lies:
        said = {
            f"number_of_{name}_suboperations": count
            for name, count in zip(counts, lie, strict=True)
        }
        at.respond(PENDING, **said)
    at.respond(0)
    return at.see_off()


def test_counts_that_lie_are_told_as_they_were_said(body: Body) -> None:
    with providing(lying_counts, MOVE) as provider, body.connect(provider.port) as client:
        told = list(client.move("OTHER", StudyInstanceUID=STUDY))
    assert [progress.remaining for progress in told] == [0, 65535, 1, None]
    assert told[-1].ok


def store(
    at: Provider, instance: str, data: bytes, *, message_id: int = 1, **elements: Any
) -> None:
    """A C-STORE sub-operation as the provider of a C-GET sends it."""
    command = Command(
        C_STORE_RQ,
        message_id=message_id,
        **{
            "affected_sop_class_uid": CT,
            "affected_sop_instance_uid": instance,
            "priority": 0,
            "command_data_set_type": 1,
        }
        | elements,
    )
    at.say(at.context_of(CT), command, data)


def got(at: Provider) -> int | None:
    """The status of the client's next response."""
    answer = at.request()
    assert answer is not None
    at.requests.pop()
    return answer.status


def files(folder: Path) -> list[str]:
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())


SENT: Final = {
    "a traversal": ("../../escaped", data_set(instance="../../escaped"), 0x0117),
    "a root": ("/tmp/escaped", data_set(instance="/tmp/escaped"), 0x0117),
    "a drive": ("C:\\escaped", data_set(instance="C:\\escaped"), 0x0117),
    "too long a UID": ("1." * 33 + "1", data_set(instance="1." * 33 + "1"), 0x0117),
    "letters": ("abc", data_set(instance="abc"), 0x0117),
    "no UID": ("", data_set(instance=""), None),
    "a UID that is not that of the data": ("1.2.3.4", data_set(instance="1.2.3.5"), 0xA900),
    "another study": ("1.2.3.4", data_set(study="9.9.9"), 0xA900),
    "a truncated data set": ("1.2.3.4", data_set()[:-2], 0xC000),
    "an empty data set": ("1.2.3.4", b"", 0xA900),
}


@pytest.mark.parametrize(("instance", "data", "status"), SENT.values(), ids=SENT)
def test_an_instance_of_a_c_get_that_cannot_be_meant_is_refused_and_not_written(
    body: Body, tmp_path: Path, instance: str, data: bytes, status: int | None
) -> None:
    statuses = []

    def script(at: Provider) -> bytes:
        at.accept()
        if at.request() is not None:
            store(at, instance, data)
            statuses.append(got(at))
            at.respond(0xB000)
        return at.see_off()

    folder = tmp_path / "a" / "b" / "got"
    with providing(script, GET) as provider, body.connect(provider.port) as client:
        last = list(client.get(folder, StudyInstanceUID=STUDY))[-1]
    assert last.status == 0xB000
    assert len(statuses) == 1
    assert statuses[0] == status or (status is None and statuses[0] not in (0, None))
    assert files(tmp_path) == []
    assert not Path("/tmp/escaped.dcm").exists()


def test_more_instances_than_announced_are_kept_when_they_were_asked_for(
    body: Body, tmp_path: Path
) -> None:
    def script(at: Provider) -> bytes:
        at.accept()
        if at.request() is not None:
            at.respond(PENDING, number_of_remaining_suboperations=1)
            for number in range(1, 6):
                store(at, f"1.{number}", data_set(instance=f"1.{number}"), message_id=number)
                assert got(at) == 0
            store(at, "1.9", data_set(instance="1.9", study="9.9"), message_id=9)
            assert got(at) == 0xA900
            at.respond(0)
        return at.see_off()

    with providing(script, GET) as provider, body.connect(provider.port) as client:
        list(client.get(tmp_path / "got", StudyInstanceUID=STUDY))
    assert files(tmp_path) == [f"got/1.{number}.dcm" for number in range(1, 6)]


def test_instances_on_a_context_without_the_role_are_refused(body: Body, tmp_path: Path) -> None:
    statuses = []

    def script(at: Provider) -> bytes:
        at.accept(roles=[])
        if at.request() is not None:
            store(at, "1.2.3.4", data_set())
            statuses.append(got(at))
            at.respond(0xA702)
        return at.see_off()

    with providing(script, GET) as provider, body.connect(provider.port) as client:
        assert not list(client.get(tmp_path / "got", StudyInstanceUID=STUDY))[-1].ok
    assert statuses == [0x0122]
    assert files(tmp_path) == []


def test_instances_after_the_final_response_are_not_kept(body: Body, tmp_path: Path) -> None:
    def script(at: Provider) -> bytes:
        at.accept()
        if at.request() is not None:
            at.respond(0)
            store(at, "1.2.3.4", data_set())
        return at.see_off()

    with providing(script, GET) as provider, suppress(NetworkError):
        with body.connect(provider.port, timeouts=HASTY) as client:
            assert list(client.get(tmp_path / "got", StudyInstanceUID=STUDY))[-1].ok
    assert files(tmp_path) == []


def test_an_instance_that_never_ends_is_given_up_when_it_crawls(body: Body, tmp_path: Path) -> None:
    go_on = threading.Event()

    def script(at: Provider) -> None:
        at.accept().request()
        wire = message(data_set(element("0010 4000", "LT", "x" * 60000)))
        wire = _on(wire, at.context_of(CT))
        with suppress(OSError):
            at.peer.send(wire[:700])
            for byte in wire[700:]:
                at.peer.send(bytes([byte]))
                if go_on.wait(0.02):
                    return

    with providing(script, GET) as provider:
        with pytest.raises(NetworkError), body.connect(provider.port, timeouts=HASTY) as client:
            list(client.get(tmp_path / "got", StudyInstanceUID=STUDY))
        go_on.set()
    assert files(tmp_path) == []


def _on(wire: bytes, context_id: int) -> bytes:
    """The same PDUs, of one PDV each, on another context."""
    moved = b""
    while wire:
        size = 6 + struct.unpack_from(">BxI", wire)[1]
        moved += wire[:10] + bytes([context_id]) + wire[11:size]
        wire = wire[size:]
    return moved


@pytest.mark.parametrize("cut", [0, 3, 6, 30, 200])
def test_an_acceptance_cut_short_is_a_typed_error(body: Body, cut: int) -> None:
    def script(at: Provider) -> None:
        with suppress(OSError):
            at.peer.send(b"\x02\0\0\0\x10\0" + bytes(250)) if not cut else at.peer.send(
                b"\x02\0\0\0\x01\0"[:cut] + bytes(max(cut - 6, 0))
            )
            at.see_off()

    with providing(script) as provider, pytest.raises(NetworkError):
        with body.connect(provider.port, timeouts=HASTY):
            pass


def test_a_client_that_is_left_in_the_middle_of_a_full_queue_ends(body: Body) -> None:
    """Nobody takes the rest, and nobody closes the iterator before the release."""
    with providing(endless, FIND) as provider:
        kept: Iterator[Any]
        with body.connect(provider.port, timeouts=HASTY) as client:
            kept = client.find(PatientName="DOE*")
            next(kept)
        assert client.is_over
        with suppress(RussetError):
            kept.close()  # type: ignore[attr-defined]  # a generator


def test_a_failure_is_told_with_its_status(body: Body) -> None:
    def script(at: Provider) -> bytes:
        at.accept().request()
        at.respond(PENDING, MATCH).respond(0xA700, error_comment="x" * 64)
        return at.see_off()

    with providing(script, FIND) as provider, body.connect(provider.port) as client:
        with pytest.raises(StatusError, match="A700"):
            find(client)


def test_unused() -> None:
    until(lambda: True)
