"""Requests to services: what is refused, what fails, what is cut short, and that life goes on."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from russet.association import (
    Aborted,
    Answer,
    Peer,
    Place,
    Policy,
    Proposal,
    Refusal,
    Released,
    Request,
    Work,
)
from russet.association.effects import Effects
from russet.association.provider import same_class
from russet.codec import (
    Abort,
    Command,
    DataReceived,
    PData,
    ReleaseRq,
    Role,
    decode_command,
    decode_pdu,
    encode_message,
    encode_pdvs,
)
from russet.dimse.commands import CANCEL, MESSAGES
from russet.dimse.commands import response as respond
from russet.errors import DecodeError, StorageError
from russet.services.verification import Echo, VerificationService
from tests.support.pair import CONTEXTS, CT, MR, VERIFICATION, Pair, established

C_STORE, C_FIND, C_ECHO = 0x0001, 0x0020, 0x0030


class Recorder:
    """A service for CT that records what it is asked, and can be told to fail anywhere."""

    command_fields = frozenset({C_STORE, C_FIND})
    class_mismatch = 0xA900
    covers = same_class
    place = Place.READER

    def __init__(self, fail: str = "", error: Exception | None = None) -> None:
        self.log: list[str] = []
        self.data = b""
        self.collects = True
        self.lazy = False
        self._fail = fail
        self._error = error or ValueError("what only the log may say")
        self._command = Command(0)

    def serves(self, abstract_syntax: str) -> bool:
        return abstract_syntax == CT

    def perform(self, request: Request, peer: Peer) -> Recorder | Refusal:
        self._command = request.command
        self.note("perform")
        if self._fail == "refuse":
            return Refusal(0xA701, "no room for this")
        return self

    def write(self, parts: Sequence[bytes | memoryview]) -> None:
        self.note("write")
        self.data += b"".join(parts)

    def finish(self) -> Effects:
        self.note("finish")
        if self._command.command_field == C_FIND:
            yield Answer(respond(self._command, 0xFF00, has_data=True), b"\x10\x00\x10\x00\0\0\0\0")
            self.note("pending")
        yield Answer(respond(self._command, 0x0000))

    def discard(self) -> None:
        self.log.append("discard")

    def cancel(self) -> None:
        self.log.append("cancel")

    def failure(self, error: Exception) -> int:
        return 0xA700 if isinstance(error, OSError) else 0x0110

    def note(self, what: str) -> None:
        self.log.append(what)
        if what == self._fail:
            raise self._error


def request(field: int = C_STORE, **changes: object) -> Command:
    elements: dict[str, object] = {
        "message_id": 7,
        "affected_sop_class_uid": CT,
        "affected_sop_instance_uid": "1.2.3",
        "priority": 0,
        "command_data_set_type": 0x0001 if MESSAGES[field].data == "M" else 0x0101,
        **changes,
    }
    return Command(field, **elements)  # type: ignore[arg-type]


def encoded(
    command: Command, context_id: int = 3, data: bytes = b"\x08\x00\x05\x00\0\0\0\0"
) -> bytes:
    head = encode_message(context_id, command, 0)
    return head + (encode_pdvs(context_id, data, False, True, 16384) if command.has_data else b"")


def statuses(pair: Pair) -> list[tuple[int, int, int | None, str | None]]:
    """Read what the acceptor answers: field, message id, status and comment of each response."""
    data = pair.acceptor.association.data_to_send()
    found = []
    while data:
        length = 6 + int.from_bytes(data[2:6], "big")
        pdu = decode_pdu(data[:length])
        assert isinstance(pdu, PData), pdu
        for pdv in pdu.pdvs:
            if pdv.control == 3:
                c = decode_command(pdv.fragment)
                assert c.message_id_being_responded_to is not None
                answer = (c.command_field, c.message_id_being_responded_to)
                found.append((*answer, c.status, c.error_comment))
        data = data[length:]
    return found


def performed(work: Work | None) -> list[int | None]:
    """Drive work that only answers, and give the status of each answer."""
    assert work is not None
    return [answer.command.status for answer in work.effects if isinstance(answer, Answer)]


def asked(pair: Pair, command: Command, context_id: int = 3) -> tuple[int | None, str | None]:
    """Send one request and give the status and comment of its one response."""
    pair.acceptor.receive(encoded(command, context_id))
    ((field, message_id, status, comment),) = statuses(pair)
    assert field == command.command_field | 0x8000
    assert message_id == (command.message_id or 0)
    return status, comment


def lives_on(pair: Pair) -> bool:
    """Say whether an honest C-ECHO is still answered."""
    return pair.perform(Echo()) == [0]


def test_a_request_with_data_is_performed_once_its_data_are_there() -> None:
    recorder = Recorder()
    pair = established(recorder)
    data = encoded(request())
    pair.acceptor.receive(data[:-1])
    assert recorder.log == ["perform"]
    pair.acceptor.receive(data[-1:])
    assert recorder.log == ["perform", "write", "finish"]
    assert recorder.data == b"\x08\x00\x05\x00\0\0\0\0"
    assert statuses(pair) == [(0x8001, 7, 0x0000, None)]


def test_a_service_may_have_its_data_as_they_arrive() -> None:
    recorder = Recorder()
    recorder.collects = False
    pair = established(recorder)
    pair.acceptor.receive(encoded(request(), data=bytes(range(256)) * 400), piece=10_000)
    assert recorder.log.count("write") > 5
    assert recorder.data == bytes(range(256)) * 400


def test_a_service_may_answer_more_than_once_and_with_data() -> None:
    pair = established(Recorder())
    pair.acceptor.receive(encoded(request(C_FIND)))
    assert [status for _, _, status, _ in statuses(pair)] == [0xFF00, 0x0000]


# --- what is refused


@pytest.mark.parametrize(
    ("command", "context_id", "status"),
    [
        (Command(0x0002, message_id=7), 3, 0x0211),
        (Command(0x0002), 3, 0x0211),
        (Command(0x0002, message_id=7, command_data_set_type=0), 3, 0x0211),
        (request(C_ECHO), 3, 0x0211),
        (request(message_id=None), 3, 0x0212),
        (request(affected_sop_class_uid=None), 3, 0x0212),
        (request(affected_sop_instance_uid=None), 3, 0x0212),
        (request(priority=None), 3, 0x0212),
        (request(command_data_set_type=0x0101), 3, 0x0212),
        (request(C_ECHO, affected_sop_class_uid=VERIFICATION, command_data_set_type=0), 1, 0x0212),
        (request(affected_sop_class_uid=MR), 5, 0x0122),
        (request(affected_sop_class_uid=MR), 3, 0xA900),
        (request(C_ECHO, affected_sop_class_uid=CT), 1, 0x0122),
        (request(affected_sop_class_uid="../x"), 3, 0xA900),
        (request(affected_sop_instance_uid="../../x"), 3, 0x0117),
        (request(affected_sop_instance_uid="/etc/passwd"), 3, 0x0117),
        (request(affected_sop_instance_uid=".."), 3, 0x0117),
        (request(affected_sop_instance_uid="1" * 66), 3, 0x0117),
        (request(affected_sop_instance_uid="1.2\0.3"), 3, 0x0117),
    ],
)
def test_what_cannot_be_performed_is_answered_drained_and_lived_through(
    command: Command, context_id: int, status: int
) -> None:
    recorder = Recorder()
    pair = established(recorder, VerificationService())
    assert asked(pair, command, context_id)[0] == status
    assert recorder.log == []
    assert lives_on(pair)


def test_a_refusal_is_answered_after_the_last_of_its_data_and_not_before() -> None:
    pair = established(Recorder())
    data = encoded(request(affected_sop_instance_uid=".."), data=bytes(100_000))
    pair.acceptor.receive(data[:-2], piece=1000)
    assert statuses(pair) == []
    pair.acceptor.receive(data[-2:])
    assert [status for _, _, status, _ in statuses(pair)] == [0x0117]


def test_a_service_may_refuse_before_its_data_arrive() -> None:
    recorder = Recorder(fail="refuse")
    pair = established(recorder, VerificationService())
    assert asked(pair, request()) == (0xA701, "no room for this")
    assert recorder.log == ["perform"]
    assert lives_on(pair)


def test_nothing_is_performed_in_a_role_that_was_not_agreed_on() -> None:
    asked_for = (Role(CT, scu=False, scp=True),)
    pair = established(
        Recorder(),
        proposal=Proposal("RUSSET", "TEST", CONTEXTS, roles=asked_for),
        policy=Policy(scu_classes={CT}),
    )
    assert asked(pair, request())[0] == 0x0122


def test_a_message_id_in_use_is_a_duplicate_and_free_again_afterwards() -> None:
    recorder = Recorder()
    pair = established(recorder)
    acceptor = pair.acceptor.association
    provider = pair.acceptor.provider
    first = Request(acceptor.accepted[3], request(C_FIND))
    assert provider.receive(acceptor, first._replace(command=request(C_FIND))) is None
    assert performed(provider.receive(acceptor, DataReceived(3, [b""], True))) == [0xFF00, 0x0000]
    assert provider.receive(acceptor, first) is None
    later = provider.receive(acceptor, DataReceived(3, [b""], True))
    assert asked(pair, request())[0] == 0x0210
    assert performed(later) == [0xFF00, 0x0000]
    assert asked(pair, request())[0] == 0x0000


def test_a_cancel_reaches_the_request_that_is_being_performed() -> None:
    recorder = Recorder()
    pair = established(recorder)
    acceptor, provider = pair.acceptor.association, pair.acceptor.provider
    provider.receive(acceptor, Request(acceptor.accepted[3], request(C_FIND)))
    work = provider.receive(acceptor, DataReceived(3, [], True))
    assert work is not None
    next(work.effects)
    pair.acceptor.receive(encoded(Command(CANCEL, message_id_being_responded_to=7)))
    assert recorder.log == ["perform", "finish", "cancel"]
    assert performed(work) == [0x0000]


def test_a_cancel_of_nothing_is_ignored() -> None:
    recorder = Recorder()
    pair = established(recorder, VerificationService())
    pair.acceptor.receive(encoded(Command(CANCEL, message_id_being_responded_to=7)))
    pair.acceptor.receive(encoded(Command(CANCEL)))
    assert (recorder.log, statuses(pair)) == ([], [])
    assert lives_on(pair)


# --- what fails


@pytest.mark.parametrize(
    ("where", "log"),
    [
        ("perform", ["perform"]),
        ("write", ["perform", "write", "discard"]),
        ("finish", ["perform", "write", "finish", "discard"]),
    ],
)
@pytest.mark.parametrize(
    ("error", "status", "comment"),
    [
        (ValueError("/var/lib/secret"), 0x0110, "ValueError"),
        (OSError(28, "No space left on device", "/data/x"), 0xA700, "OSError"),
        (StorageError("x" * 100), 0x0110, "x" * 61 + "..."),
        (DecodeError("length past the end", "PastEnd", 9), 0x0110, "length past the end"),
    ],
)
def test_an_exception_is_a_failure_for_the_peer_and_a_record_for_the_log(
    where: str, log: list[str], error: Exception, status: int, comment: str
) -> None:
    recorder = Recorder(where, error)
    pair = established(recorder, VerificationService())
    assert asked(pair, request()) == (status, comment)
    assert recorder.log == log
    assert pair.acceptor.errors == [error]
    recorder._fail = ""
    assert asked(pair, request()) == (0x0000, None)
    assert lives_on(pair)


def test_an_exception_amid_the_answers_still_ends_them() -> None:
    pair = established(Recorder("pending"))
    pair.acceptor.receive(encoded(request(C_FIND)))
    assert [status for _, _, status, _ in statuses(pair)] == [0xFF00, 0x0110]


def test_what_is_left_after_a_failed_write_is_drained() -> None:
    recorder = Recorder("write")
    recorder.collects = False
    pair = established(recorder, VerificationService())
    pair.acceptor.receive(encoded(request(), data=bytes(500_000)), piece=1000)
    assert recorder.log == ["perform", "write", "discard"]
    assert [status for _, _, status, _ in statuses(pair)] == [0x0110]
    assert lives_on(pair)


# --- what is cut short


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (Abort(0, 0).encode(), Aborted),
        (ReleaseRq().encode(), Released),
        (b"\xff\0\0\0\0\0", Aborted),
    ],
)
@pytest.mark.parametrize("collects", [True, False])
def test_data_cut_short_leave_nothing_and_answer_nothing(
    end: bytes, told: type, collects: bool
) -> None:
    recorder = Recorder()
    recorder.collects = collects
    pair = established(recorder)
    whole = encode_message(3, request(), 0) + encode_pdvs(3, bytes(5000), False, False, 16384)
    pair.acceptor.receive(whole + end)
    assert isinstance(pair.acceptor.events[-1], told)
    assert recorder.log[-1] == "discard"
    assert "finish" not in recorder.log
    sent = pair.acceptor.association.data_to_send()
    assert not sent or sent[0] in (0x06, 0x07)


def test_a_connection_cut_amid_the_data_discards_them() -> None:
    recorder = Recorder()
    pair = established(recorder)
    pair.acceptor.receive(encoded(request())[:-3])
    pair.acceptor.close()
    assert recorder.log == ["perform", "discard"]


def test_what_is_being_performed_when_the_peer_goes_is_cancelled_and_not_discarded() -> None:
    recorder = Recorder()
    pair = established(recorder)
    acceptor, provider = pair.acceptor.association, pair.acceptor.provider
    provider.receive(acceptor, Request(acceptor.accepted[3], request(C_FIND)))
    work = provider.receive(acceptor, DataReceived(3, [], True))
    assert work is not None
    next(work.effects)
    pair.acceptor.close()
    assert recorder.log == ["perform", "finish", "cancel"]
