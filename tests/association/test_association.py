"""Two associations back to back: how they begin, how they end, and what goes between."""

import pytest

from russet.association import (
    Aborted,
    Association,
    Established,
    Limits,
    Policy,
    Proposal,
    Rejected,
    Rejection,
    Released,
    Request,
    Response,
    propose,
)
from russet.association.negotiation import IMPLEMENTATION_CLASS_UID
from russet.codec import (
    Abort,
    AssociateAc,
    AssociateRj,
    AssociateRq,
    Command,
    ContextAc,
    ContextRq,
    DataReceived,
    Identity,
    ReleaseRq,
    Role,
    UserInformation,
    decode_pdu,
    encode_message,
    encode_pdvs,
)
from russet.dimse.commands import CANCEL, response
from russet.errors import LocalProtocolError, NoContextError
from russet.services.verification import Echo
from tests.support.pair import (
    CONTEXTS,
    CT,
    EXPLICIT,
    IMPLICIT,
    MR,
    NOW,
    VERIFICATION,
    Pair,
    established,
    unconnected,
)

C_FIND_RQ, C_FIND_RSP = 0x0020, 0x8020


def sent(association: Association) -> object:
    return decode_pdu(association.data_to_send())


# --- the beginning


def test_both_sides_learn_what_was_agreed() -> None:
    pair = established()
    requestor, acceptor = pair.requestor.association, pair.acceptor.association
    assert {c: (a.abstract_syntax, a.transfer_syntax) for c, a in requestor.accepted.items()} == {
        1: (VERIFICATION, IMPLICIT),
        3: (CT, EXPLICIT),
        5: (MR, IMPLICIT),
    }
    assert [(a.scu, a.scp) for a in requestor.accepted.values()] == [(True, False)] * 3
    assert [(a.scu, a.scp) for a in acceptor.accepted.values()] == [(False, True)] * 3
    assert acceptor.peer is not None
    assert (acceptor.peer.calling, acceptor.peer.called) == ("TEST", "RUSSET")
    assert acceptor.peer.implementation_class_uid == IMPLEMENTATION_CLASS_UID
    assert acceptor.peer.implementation_version == "RUSSET_010"


def test_the_acceptance_repeats_the_titles_and_reserved_bytes_of_the_request() -> None:
    association = Association.acceptor(Policy(check_called=False), NOW)
    reserved = bytes(range(32))
    rq = AssociateRq(b"  any", b"\0\xff", list(CONTEXTS), UserInformation(), reserved=reserved)
    encoded = rq.encode()
    association.space()[: len(encoded)] = encoded
    association.filled(len(encoded), NOW)
    association.next_event(NOW)
    ac = association.data_to_send()
    assert ac[10:74] == encoded[10:74]


def test_128_contexts_with_20_syntaxes_each_are_more_than_64_kib_and_agreed_on() -> None:
    syntaxes = [f"1.2.840.10008.1.2.4.{number}.{'1' * 30}" for number in range(20)]
    proposal = Proposal("RUSSET", "TEST", propose([(CT, syntaxes)] * 128))
    pair = unconnected(proposal=proposal)
    rq = pair.requestor.association.data_to_send()
    assert len(rq) > 65536
    pair.acceptor.receive(rq, piece=1000)
    pair.settle()
    assert len(pair.requestor.association.accepted) == 128
    assert len(pair.acceptor.association.accepted) == 128


def test_an_association_without_an_accepted_context_is_still_accepted() -> None:
    pair = established(policy=Policy(refused={CT, MR, VERIFICATION}))
    assert pair.requestor.association.accepted == {}
    with pytest.raises(NoContextError, match="user rejection"):
        pair.requestor.association.begin(Echo(), NOW)


@pytest.mark.parametrize("row", Rejection)
def test_each_row_of_table_9_21_arrives_as_it_was_sent(row: Rejection) -> None:
    pair = unconnected(admit=lambda _rq: row)
    pair.settle()
    result, source, reason, words = row.value
    # Who is refused by its address is not told so; our own side is.
    heard = Rejection.NO_REASON.value[-1] if row is Rejection.ADDRESS else words
    for side, said in ((pair.requestor, heard), (pair.acceptor, words)):
        (event,) = side.told()
        assert isinstance(event, Rejected)
        assert (event.result, event.source, event.reason) == (result, source, reason)
        assert event.message.endswith(f": {said}")
    assert pair.requestor.association.should_close


def test_a_refused_identity_is_a_rejection() -> None:
    proposal = Proposal("RUSSET", "TEST", CONTEXTS, identity=Identity(1, False, b"eve"))
    pair = unconnected(proposal=proposal, policy=Policy(verifier=lambda _who, _claim: None))
    pair.settle()
    (event,) = pair.requestor.told()
    assert isinstance(event, Rejected)
    assert (event.result, event.source, event.reason) == (1, 2, 1)


def request_with(*ids: int) -> bytes:
    contexts = [ContextRq(context_id, CT, [IMPLICIT]) for context_id in ids]
    return AssociateRq(b"RUSSET", b"TEST", contexts, UserInformation(max_length=0)).encode()


@pytest.mark.parametrize("ids", [(2,), (0,), (1, 1), (1, 3, 5, 3)])
def test_bad_context_ids_make_the_request_an_invalid_pdu(ids: tuple[int, ...]) -> None:
    pair = unconnected()
    pair.acceptor.receive(request_with(*ids))
    # Evt19 while the request is still awaited (Sta2) is AA-1: by the user. The log hears of it.
    assert sent(pair.acceptor.association) == Abort(0, 0)
    (event,) = pair.acceptor.told()
    assert isinstance(event, Aborted)
    assert (event.source, event.reason, event.by_peer) == (0, 0, False)
    assert "presentation context id" in event.message


def test_a_request_without_a_context_is_an_abort_for_an_invalid_parameter() -> None:
    pair = unconnected()
    pair.acceptor.receive(request_with())
    (event,) = pair.acceptor.told()
    assert isinstance(event, Aborted)
    assert (event.source, event.reason, event.by_peer) == (2, 6, False)
    assert sent(pair.acceptor.association) == Abort(2, 6)


@pytest.mark.parametrize("title", ["", " ", "x" * 17, "A\\B", "A\n", "\u00e4"])
def test_a_title_that_is_none_is_refused_before_anything_is_sent(title: str) -> None:
    with pytest.raises(ValueError, match="AE title"):
        Association.requestor(Proposal(title, "TEST", CONTEXTS), NOW)


def answered(pair: Pair, user: UserInformation, contexts: list[ContextAc] | None = None) -> None:
    """Let the requestor have an acceptance that no acceptor of ours would send."""
    pair.requestor.association.data_to_send()
    contexts = contexts or [ContextAc(c.context_id, 0, c.transfer_syntaxes[0]) for c in CONTEXTS]
    pair.requestor.receive(AssociateAc(b"RUSSET", b"TEST", contexts, user).encode())


def test_a_peer_that_takes_no_fragment_is_aborted() -> None:
    pair = unconnected()
    answered(pair, UserInformation(max_length=6))
    (event,) = pair.requestor.told()
    assert isinstance(event, Aborted)
    assert "no room" in event.message
    assert sent(pair.requestor.association) == Abort(0, 0)


@pytest.mark.parametrize(
    ("asked", "granted"),
    [((1, 1), (1, 1)), ((0, 0), (16, 16)), ((4, 2), (4, 2)), ((100, 1), (16, 1))],
)
def test_the_window_is_what_is_asked_within_what_is_offered(
    asked: tuple[int, int], granted: tuple[int, int]
) -> None:
    pair = established(proposal=Proposal("RUSSET", "TEST", CONTEXTS, window=asked))
    assert pair.requestor.association.exchange.window == granted[0]
    assert pair.acceptor.association.exchange.window == granted[1]
    assert pair.acceptor.association.window == granted[0]
    assert pair.requestor.association.window == granted[1]


def test_roles_let_the_acceptor_send_what_the_policy_allows() -> None:
    asked = (Role(CT, scu=False, scp=True), Role(MR, scu=True, scp=True))
    proposal = Proposal("RUSSET", "TEST", CONTEXTS, roles=asked)
    pair = established(proposal=proposal, policy=Policy(scu_classes={CT}))
    acceptor, requestor = pair.acceptor.association, pair.requestor.association
    assert acceptor.context_for(CT).context_id == 3
    assert (requestor.accepted[3].scu, requestor.accepted[3].scp) == (False, True)
    assert (requestor.accepted[5].scu, requestor.accepted[5].scp) == (True, False)
    with pytest.raises(NoContextError, match="not in the role of SCU"):
        requestor.context_for(CT)
    with pytest.raises(NoContextError):
        acceptor.context_for(MR)


# --- the end


def test_a_release_tells_both_sides() -> None:
    pair = established()
    pair.requestor.association.release(NOW)
    pair.settle()
    assert pair.requestor.told() == [Released()]
    assert pair.acceptor.told() == [Released()]
    assert pair.requestor.association.should_close
    pair.acceptor.close()
    assert pair.acceptor.told() == []
    assert pair.acceptor.association.should_close


def test_the_acceptor_may_release_too() -> None:
    pair = established()
    pair.acceptor.association.release(NOW)
    pair.settle()
    assert (pair.requestor.told(), pair.acceptor.told()) == ([Released()], [Released()])


def test_a_release_collision_ends_in_good_order_for_both() -> None:
    pair = established()
    requestor, acceptor = pair.requestor.association, pair.acceptor.association
    requestor.release(NOW)
    acceptor.release(NOW)
    crossing = requestor.data_to_send(), acceptor.data_to_send()
    assert crossing == (ReleaseRq().encode(), ReleaseRq().encode())
    pair.acceptor.receive(crossing[0])
    pair.requestor.receive(crossing[1])
    pair.settle()
    assert (pair.requestor.told(), pair.acceptor.told()) == ([Released()], [Released()])
    assert requestor.should_close
    pair.acceptor.close()
    assert acceptor.should_close


def test_an_abort_arrives_with_its_source_and_reason() -> None:
    pair = established()
    pair.acceptor.receive(Abort(2, 5).encode())
    (event,) = pair.acceptor.told()
    assert isinstance(event, Aborted)
    assert (event.source, event.reason, event.by_peer) == (2, 5, True)
    assert pair.acceptor.association.should_close


def test_our_abort_is_by_the_user_and_tells_only_the_peer() -> None:
    pair = established()
    pair.requestor.association.abort(NOW)
    pair.settle()
    (event,) = pair.acceptor.told()
    assert isinstance(event, Aborted)
    assert (event.source, event.reason) == (0, 0)
    assert pair.requestor.told() == []


def test_a_connection_that_closes_is_an_abort_without_a_source() -> None:
    pair = established()
    pair.acceptor.close()
    (event,) = pair.acceptor.told()
    assert isinstance(event, Aborted)
    assert event.source is None


def test_an_unknown_pdu_is_an_abort_by_the_provider() -> None:
    pair = established()
    pair.acceptor.receive(b"\x08\x00\x00\x00\x00\x04\x00\x00\x00\x00")
    (event,) = pair.acceptor.told()
    assert isinstance(event, Aborted)
    assert (event.source, event.reason) == (2, 1)
    assert sent(pair.acceptor.association) == Abort(2, 1)


def test_artim_ends_the_wait_for_a_request() -> None:
    association = Association.acceptor(Policy(), NOW, Limits(artim=5.0))
    assert association.next_timer() == NOW + 5.0
    association.handle_timer(NOW + 4.9)
    assert not association.should_close
    association.handle_timer(NOW + 5.0)
    assert association.should_close
    assert association.next_timer() is None


# --- what goes between


def find_rq(message_id: int) -> Command:
    return Command(
        C_FIND_RQ,
        message_id=message_id,
        affected_sop_class_uid=CT,
        priority=0,
        command_data_set_type=1,
    )


class Find:
    """As much of a C-FIND as it takes to get responses with data."""

    command_field = C_FIND_RQ
    abstract_syntax = CT
    transfer_syntax = None
    done = False

    def request(self, message_id: int, _syntax: str) -> tuple[Command, bytes]:
        return find_rq(message_id), b"\x08\x00\x05\x00"

    def receive(self, _response: Response) -> None: ...


def begin_find(pair: Pair) -> Request:
    begun = pair.requestor.association.begin(Find(), NOW)  # type: ignore[arg-type]
    for block in begun.blocks:
        pair.acceptor.receive(block)
    request, data = pair.acceptor.told()
    assert isinstance(request, Request)
    assert isinstance(data, DataReceived)
    pair.acceptor.association.data_to_send()
    return request


def test_a_request_arrives_with_its_context_before_its_data() -> None:
    pair = established()
    request = begin_find(pair)
    assert request.context == pair.acceptor.association.accepted[3]
    assert request.command == find_rq(1)


def test_a_response_comes_whole_with_its_data_set() -> None:
    pair = established()
    context, command = begin_find(pair)
    acceptor = pair.acceptor.association
    matched = response(command, 0xFF00, has_data=True)
    acceptor.send(context, matched, b"\x10\x00\x10\x00" * 1000, now=NOW)
    acceptor.send(context, response(command, 0x0000), now=NOW)
    pair.requestor.receive(acceptor.data_to_send(), piece=7)
    ours = pair.requestor.association.accepted[3]
    assert pair.requestor.told() == [
        Response(ours, matched, b"\x10\x00\x10\x00" * 1000),
        Response(ours, response(command, 0x0000)),
    ]
    assert len(pair.requestor.association.exchange) == 0


def test_a_response_with_an_endless_data_set_is_aborted() -> None:
    pair = established()
    context, command = begin_find(pair)
    head = encode_message(context.context_id, response(command, 0xFF00, has_data=True), 0)
    piece = encode_pdvs(context.context_id, bytes(1 << 19), False, False, 1 << 20)
    pair.requestor.receive(head)
    for _ in range(40):
        pair.requestor.receive(piece)
    event = pair.requestor.told()[0]
    assert isinstance(event, Aborted)
    assert "more than 16777216 B" in event.message


@pytest.mark.parametrize(
    ("context_id", "command"),
    [
        (3, Command(C_FIND_RSP, message_id_being_responded_to=2, status=0)),
        (5, Command(C_FIND_RSP, message_id_being_responded_to=1, status=0)),
        (3, Command(0x8001, message_id_being_responded_to=1, status=0)),
        (3, Command(C_FIND_RSP, message_id_being_responded_to=1)),
    ],
)
def test_a_stray_response_aborts_as_the_user(context_id: int, command: Command) -> None:
    pair = established()
    begin_find(pair)
    pair.requestor.receive(encode_message(context_id, command, 0))
    (event,) = pair.requestor.told()
    assert isinstance(event, Aborted)
    assert (event.source, event.reason, event.by_peer) == (0, 0, False)
    assert event.message.startswith("stray response: C-")
    assert sent(pair.requestor.association) == Abort(0, 0)


def test_nothing_that_follows_a_stray_response_is_told() -> None:
    pair = established()
    begin_find(pair)
    stray = encode_message(3, Command(C_FIND_RSP, message_id_being_responded_to=9, status=0), 0)
    good = encode_message(3, Command(C_FIND_RSP, message_id_being_responded_to=1, status=0), 0)
    pair.requestor.receive(stray + good + good)
    (event,) = pair.requestor.told()
    assert isinstance(event, Aborted)


def test_a_response_to_an_acceptor_that_asked_nothing_is_stray() -> None:
    pair = established()
    answer = Command(0x8030, message_id_being_responded_to=1, status=0)
    pair.acceptor.receive(encode_message(1, answer, 0))
    (event,) = pair.acceptor.told()
    assert isinstance(event, Aborted)


def test_a_cancel_names_its_request_on_its_context() -> None:
    pair = established()
    begin_find(pair)
    pair.requestor.association.cancel(1, NOW)
    pair.settle()
    context = pair.acceptor.association.accepted[3]
    assert pair.acceptor.told() == [
        Request(context, Command(CANCEL, message_id_being_responded_to=1))
    ]
    with pytest.raises(KeyError):
        pair.requestor.association.cancel(2, NOW)


def test_a_full_window_is_told_before_anything_is_sent() -> None:
    pair = established()
    begin_find(pair)
    with pytest.raises(RuntimeError, match="window"):
        pair.requestor.association.begin(Echo(), NOW)


def test_nothing_can_be_sent_once_the_association_is_over() -> None:
    pair = established()
    context = pair.requestor.association.accepted[1]
    pair.requestor.association.abort(NOW)
    with pytest.raises(LocalProtocolError):
        pair.requestor.association.send(context, Command(CANCEL), now=NOW)


def test_a_rejection_in_other_words_than_the_standard_has_is_still_told() -> None:
    pair = unconnected()
    pair.requestor.receive(AssociateRj(1, 1, 9).encode())
    (event,) = pair.requestor.told()
    assert event == Rejected(1, 1, 9, "rejected permanently: source 1, reason 9")


def test_an_acceptance_on_contexts_never_proposed_establishes_nothing_to_send_on() -> None:
    pair = unconnected()
    answered(pair, UserInformation(max_length=0), [ContextAc(9, 0, IMPLICIT)])
    (event,) = pair.requestor.told()
    assert isinstance(event, Established)
    assert pair.requestor.association.accepted == {}
    pair.requestor.receive(encode_message(9, Command(0x0030, message_id=1), 0))
    (event,) = pair.requestor.told()
    assert isinstance(event, Aborted)
    assert "context 9" in event.message
