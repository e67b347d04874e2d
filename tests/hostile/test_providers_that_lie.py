"""What a hostile provider can answer to our clients, on both bodies: a typed error, and no leak."""

import threading
from collections.abc import Callable
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
from tests.support.bodies import Body, Client
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

    with (
        providing(script) as provider,
        pytest.raises(NetworkError),
        body.connect(provider.port, timeouts=HASTY) as client,
    ):
        ask(client)


@pytest.mark.parametrize("after", [0, 1, 3])
@pytest.mark.parametrize("way", ["stops", "closes", "resets", "drips"])
def test_a_provider_that_stops_among_its_responses_is_given_up(
    body: Body, way: str, after: int
) -> None:
    pause = threading.Event()

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
                    if pause.wait(0.02):
                        return
        elif way == "stops":
            at.see_off()

    with providing(script, FIND) as provider:
        error = (AbortedError, DeadlineError, ProtocolError)
        with pytest.raises(error), body.connect(provider.port, timeouts=HASTY) as client:
            find(client)


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
        matches.close()
        # It ignores the C-CANCEL, so that its association is given up.
        assert client.is_over
        with pytest.raises(AbortedError, match="over"):
            client.echo()


def test_a_cancelled_query_leaves_an_association_that_serves_on(body: Body) -> None:
    def script(at: Provider) -> bytes:
        at.accept().request()
        for _ in range(2500):
            at.respond(PENDING, MATCH)
        assert at.answer() is None  # the C-CANCEL, which has no status
        at.respond(0xFE00)
        at.request()
        at.respond(0)
        return at.see_off()

    with providing(script, FIND) as provider, body.connect(provider.port) as client:
        matches = client.find(PatientName="DOE*")
        next(matches)
        matches.close()
        assert client.echo().status == 0
    assert provider.ends == [b"\x05"]


def test_a_provider_that_drips_pending_responses_after_the_cancel_is_given_up(body: Body) -> None:
    pause = threading.Event()

    def script(at: Provider) -> None:
        at.accept().request()
        with suppress(OSError):
            while not pause.wait(0.05):  # well within the time for each response
                at.respond(PENDING, MATCH)

    with providing(script, FIND) as provider, body.connect(provider.port, timeouts=HASTY) as client:
        matches = client.find(PatientName="DOE*")
        next(matches)
        matches.close()
        assert client.is_over


def test_requests_of_the_provider_are_no_answer_to_ours(body: Body) -> None:
    pause = threading.Event()

    def script(at: Provider) -> None:
        at.accept().request()
        echo = Command(0x0030, message_id=1, affected_sop_class_uid="1.2.840.10008.1.1")
        with suppress(OSError):
            while not pause.wait(0.05):
                at.say(at.context_id, echo)

    with (
        providing(script, FIND) as provider,
        pytest.raises(DeadlineError),
        body.connect(provider.port, timeouts=HASTY) as client,
    ):
        find(client)


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

    with (
        providing(script, FIND) as provider,
        pytest.raises(NetworkError, match="16777216"),
        body.connect(provider.port) as client,
    ):
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

    with (
        providing(script, FIND) as provider,
        suppress(RussetError),
        body.connect(provider.port, timeouts=HASTY) as client,
    ):
        for match in client.find(PatientName="DOE*"):
            str(match)


def test_an_acceptance_of_more_than_was_asked_agrees_on_no_more(body: Body) -> None:
    def script(at: Provider) -> bytes:
        at.accept(
            ContextAc(201, 0, EXPLICIT),
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

    with (
        providing(script) as provider,
        body.connect(provider.port) as client,
        pytest.raises(NoContextError),
    ):
        client.echo()


def _without_contexts(at: Provider) -> Any:
    rq = at.rq
    return type(rq)(rq.called, rq.calling, [], rq.user)


@pytest.mark.parametrize("window", [(0, 0), (65535, 65535), (8, 0)])
def test_a_window_without_end_is_bounded_by_ours(body: Body, window: tuple[int, int]) -> None:
    def script(at: Provider) -> bytes:
        at.accept(window=window)
        while at.request() is not None:
            at.respond(0)
        return at.see_off()

    with providing(script) as provider, body.connect(provider.port, window=(4, 4)) as client:
        assert [client.echo().status for _ in range(9)] == [0] * 9


def lying_counts(at: Provider) -> bytes:
    at.accept().request()
    counts = ("remaining", "completed", "failed", "warning")
    lies = [(0, 65535, 65535, 65535), (65535, 0, 0, 0), (1, 2, 3, 4)]
    for lie in lies:
        said: dict[str, Any] = {
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


@pytest.mark.parametrize("cut", [0, 3, 6, 30, 200])
def test_an_acceptance_cut_short_is_a_typed_error(body: Body, cut: int) -> None:
    def script(at: Provider) -> None:
        with suppress(OSError):
            at.peer.send(b"\x02\0\0\0\x10\0" + bytes(250)) if not cut else at.peer.send(
                b"\x02\0\0\0\x01\0"[:cut] + bytes(max(cut - 6, 0))
            )
            at.see_off()

    with (
        providing(script) as provider,
        pytest.raises(NetworkError),
        body.connect(provider.port, timeouts=HASTY),
    ):
        pass


def test_a_client_that_is_left_in_the_middle_of_a_full_queue_ends(body: Body) -> None:
    """Nobody takes the rest, and nobody closes the iterator before the release."""
    with (
        providing(endless, FIND) as provider,
        body.connect(provider.port, timeouts=HASTY) as client,
    ):
        kept = client.find(PatientName="DOE*")
        next(kept)
        client.release()
        assert client.is_over
        kept.close()


def test_a_failure_is_told_with_its_status(body: Body) -> None:
    def script(at: Provider) -> bytes:
        at.accept().request()
        at.respond(PENDING, MATCH).respond(0xA700, error_comment="x" * 64)
        return at.see_off()

    with (
        providing(script, FIND) as provider,
        body.connect(provider.port) as client,
        pytest.raises(StatusError, match="A700"),
    ):
        find(client)
