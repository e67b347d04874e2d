"""Whatever a peer asks, however its bytes are cut: one answer each, and nothing else breaks."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from russet.association import Aborted
from russet.codec import Command, PData, decode_command, decode_pdu, encode_message, encode_pdvs
from russet.dimse.commands import CANCEL, MESSAGES, RESPONSE
from russet.services.storage import Sink, StorageService, StoreRequest, StoreResult
from russet.services.verification import Echo, VerificationService
from tests.support.pair import CT, VERIFICATION, Pair, established

REQUESTS = [field for field in MESSAGES if not field & RESPONSE]
UIDS = st.sampled_from([CT, VERIFICATION, "1.2.3", "..", "", "1" * 64, "../../etc/passwd"])
NUMBERS = st.integers(0, 0xFFFF)


@st.composite
def commands(draw: st.DrawFn) -> Command:
    """Draw a request with any of its elements missing or nonsense."""
    elements = {
        "affected_sop_class_uid": UIDS,
        "requested_sop_class_uid": UIDS,
        "affected_sop_instance_uid": UIDS,
        "requested_sop_instance_uid": UIDS,
        "message_id": NUMBERS,
        "message_id_being_responded_to": NUMBERS,
        "priority": NUMBERS,
        "status": NUMBERS,
        "event_type_id": NUMBERS,
        "action_type_id": NUMBERS,
        "move_destination": st.sampled_from(["A", "x; rm -rf /"]),
        "error_comment": st.sampled_from(["", "c" * 1000]),
    }
    some = {name: draw(st.none() | values) for name, values in elements.items()}
    field = draw(st.sampled_from(REQUESTS) | st.integers(0, 0x7FFF))
    data_set = draw(st.sampled_from([0x0000, 0x0001, 0x0101, 0x0102]))
    return Command(field, command_data_set_type=data_set, **some)  # type: ignore[arg-type]


def message(command: Command, context_id: int) -> bytes:
    head = encode_message(context_id, command, 16384)
    if not command.has_data:
        return head
    return head + encode_pdvs(context_id, bytes(5000), False, True, 1024)


def answered(data: bytes) -> list[Command]:
    found = []
    while data:
        length = 6 + int.from_bytes(data[2:6], "big")
        pdu = decode_pdu(data[:length])
        assert isinstance(pdu, PData)
        found += [decode_command(pdv.fragment) for pdv in pdu.pdvs]
        data = data[length:]
    return found


class _Anything:
    """Takes any instance and forgets it."""

    def open(self, request: StoreRequest) -> Sink:
        return self

    def write(self, parts: Sequence[object]) -> None:
        pass

    def finish(self) -> StoreResult:
        return StoreResult(0)

    def discard(self) -> None:
        pass


def provider() -> Pair:
    return established(StorageService(_Anything()), VerificationService())


@given(st.lists(st.tuples(commands(), st.sampled_from([1, 3, 5])), max_size=8))
def test_every_request_but_cancel_is_answered_once_in_its_own_words(
    asked: list[tuple[Command, int]],
) -> None:
    pair = provider()
    for command, context_id in asked:
        pair.acceptor.receive(message(command, context_id))
    answers = answered(pair.acceptor.association.data_to_send())
    expected = [command for command, _ in asked if command.command_field != CANCEL]
    assert [answer.command_field for answer in answers] == [
        command.command_field | RESPONSE for command in expected
    ]
    assert [answer.message_id_being_responded_to for answer in answers] == [
        command.message_id or 0 for command in expected
    ]
    assert pair.acceptor.errors == []
    assert pair.perform(Echo()) == [0]


@given(
    asked=st.lists(st.tuples(commands(), st.sampled_from([1, 3, 5])), min_size=1, max_size=4),
    piece=st.integers(1, 600),
)
def test_any_split_of_the_requests_gives_the_same_answers(
    asked: list[tuple[Command, int]], piece: int
) -> None:
    whole, cut = provider(), provider()
    data = b"".join(message(command, context_id) for command, context_id in asked)
    whole.acceptor.receive(data)
    cut.acceptor.receive(data, piece)
    assert whole.acceptor.association.data_to_send() == cut.acceptor.association.data_to_send()


@given(data=st.binary(max_size=300))
def test_any_bytes_are_lived_through_or_abort(data: bytes) -> None:
    pair = provider()
    pair.acceptor.receive(data)
    ended = [event for event in pair.acceptor.events if isinstance(event, Aborted)]
    assert len(ended) <= 1
