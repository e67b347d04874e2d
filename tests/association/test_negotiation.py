"""The request, its answer, and what both sides make of them (PS3.7 D.3.3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from russet.association import identity
from russet.association.agreement import Agreement
from russet.association.caller import Caller
from russet.association.contexts import propose
from russet.association.extended import ExtendedRule, FindOptions, extended
from russet.association.identity import Claim, Verified
from russet.association.negotiation import Acceptance, Proposal, accept, answer, missing, request
from russet.association.policy import Policy, Rejection
from russet.association.rights import Right, Rights
from russet.association.row import Row
from russet.association.window import Window, agreed_window, answer_window
from russet.codec import (
    AssociateAc,
    AssociateRq,
    ContextAc,
    Extended,
    Identity,
    Role,
    UserInformation,
)
from tests.support.pair import CT, EXPLICIT, IMPLICIT, MR, VERIFICATION

STUDY_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
STUDY_GET = "1.2.840.10008.5.1.4.1.2.2.3"
COMMITMENT = "1.2.840.10008.1.20.1"
LOOPBACK = Caller("127.0.0.1")
Rules = dict[str, ExtendedRule]


def asked(*classes: str, **items: object) -> AssociateRq:
    contexts = propose([(uid, [IMPLICIT]) for uid in classes or (CT,)])
    return request(Proposal("RUSSET", "TEST", contexts, **items), 16384)  # type: ignore[arg-type]


def accepted(rq: AssociateRq, policy: Policy, caller: Caller | None = None) -> AssociateAc:
    answered = answer(rq, policy, 16384, caller)
    assert isinstance(answered, AssociateAc)
    return answered


# --- asynchronous operations window

_WINDOWS = """
asked   ours    answered
--      16/1    --
1/1     16/1    1/1
5/5     16/1    5/1
99/1    16/1    16/1
0/0     16/1    16/1
0/0     0/0     0/0
7/0     0/3     7/3
0/7     3/0     3/7
65535/1 0/0     65535/1
"""


def window(cell: str) -> tuple[int, int] | None:
    if cell == "--":
        return None
    invoked, performed = cell.split("/")
    return int(invoked), int(performed)


@pytest.mark.parametrize("row", _WINDOWS.splitlines()[2:])
def test_the_window_is_answered_within_what_is_asked_and_what_we_offer(row: str) -> None:
    question, ours, expected = map(window, row.split())
    assert ours is not None
    assert answer_window(question, ours) == expected
    items = {} if question is None else {"window": question}
    answered = accepted(asked(**items), Policy(window=ours)).user.window
    # 1/1 is what holds without asking, so it is not sent.
    assert answered == (None if question == (1, 1) else expected)


@pytest.mark.parametrize(
    ("question", "answered", "requestor", "acceptor"),
    [
        (None, None, (1, 1), (1, 1)),
        (None, (9, 9), (1, 1), (1, 1)),
        ((8, 2), None, (1, 1), (1, 1)),
        ((8, 2), (4, 2), (4, 2), (2, 4)),
        ((8, 2), (9, 0), (8, 2), (2, 8)),
        ((0, 0), (0, 5), (0, 5), (5, 0)),
    ],
)
def test_both_sides_hold_the_same_window_and_never_more_than_was_asked(
    question: tuple[int, int] | None,
    answered: tuple[int, int] | None,
    requestor: tuple[int, int],
    acceptor: tuple[int, int],
) -> None:
    assert agreed_window(question, answered, requestor=True) == Window(*requestor)
    assert agreed_window(question, answered, requestor=False) == Window(*acceptor)


# --- roles

_ROLES = """
asked  may  granted
10     --   10
10     C-   10
01     --   00
01     -P   01
11     --   10
11     -P   11
"""


@pytest.mark.parametrize("row", _ROLES.splitlines()[2:])
def test_the_scp_role_is_granted_for_what_we_would_send(row: str) -> None:
    wish, may, granted = row.split()
    policy = Policy(scu_classes={CT} if "P" in may else ())
    (role,) = accepted(
        asked(roles=[Role(CT, scu=wish[0] == "1", scp=wish[1] == "1")]), policy
    ).user.roles
    assert f"{role.scu:d}{role.scp:d}" == granted


def test_whoever_may_get_is_sent_storage_classes_though_it_may_not_store() -> None:
    row = Row(rights=Rights({Right.GET}))
    policy = Policy(also={STUDY_GET}, rows=[row])
    roles = [Role(CT, scu=True, scp=True), Role(MR, scu=False, scp=True)]
    rq = asked(STUDY_GET, CT, MR, "1.2.840.10008.5.1.4.1.1.7", VERIFICATION, roles=roles)
    ac = accepted(rq, policy)
    assert [context.result for context in ac.contexts] == [0, 0, 0, 1, 1]
    assert ac.user.roles == [Role(CT, scu=False, scp=True), Role(MR, scu=False, scp=True)]
    agreement = Agreement.between(rq, ac, requestor=False)
    ours = {each.abstract_syntax: (each.scu, each.scp) for each in agreement.accepted.values()}
    assert ours == {STUDY_GET: (False, True), CT: (True, False), MR: (True, False)}


def test_a_class_that_is_refused_is_not_retrieved_either() -> None:
    policy = Policy(also={STUDY_GET}, refused={CT})
    rq = asked(STUDY_GET, CT, roles=[Role(CT, scu=False, scp=True)])
    ac = accepted(rq, policy, LOOPBACK)
    assert [context.result for context in ac.contexts] == [0, 1]
    assert ac.user.roles == [Role(CT, scu=False, scp=False)]


@pytest.mark.parametrize(
    ("rights", "results"),
    [({Right.COMMIT, Right.STORE}, [0, 0]), ({Right.STORE}, [1, 0]), ({Right.COMMIT}, [0, 1])],
)
def test_who_reports_to_us_needs_the_right_to_the_service(
    rights: set[Right], results: list[int]
) -> None:
    policy = Policy(scu_classes={COMMITMENT, CT}, rows=[Row(rights=Rights(rights))])
    roles = [Role(uid, scu=False, scp=True) for uid in (COMMITMENT, CT)]
    ac = accepted(asked(COMMITMENT, CT, roles=roles), policy)
    assert [context.result for context in ac.contexts] == results
    assert [role.scp for role in ac.user.roles] == [result == 0 for result in results]


def test_strangers_may_report_nothing_until_a_row_says_so() -> None:
    policy = Policy(scu_classes={COMMITMENT})
    rq = asked(COMMITMENT, roles=[Role(COMMITMENT, scu=False, scp=True)])
    (refused,) = accepted(rq, policy).contexts
    (granted,) = accepted(rq, policy, LOOPBACK).contexts
    assert (refused.result, granted.result) == (1, 0)


def test_nothing_is_sent_to_who_only_claims_to_get() -> None:
    policy = Policy(also={STUDY_GET})
    ac = accepted(asked(STUDY_GET, CT, roles=[Role(CT, scu=True, scp=True)]), policy)
    assert [context.result for context in ac.contexts] == [1, 0]
    assert ac.user.roles == [Role(CT, scu=True, scp=False)]


def test_the_first_role_of_a_class_counts_on_both_sides() -> None:
    rq = asked(roles=[Role(CT, scu=True, scp=False), Role(CT, scu=False, scp=True)])
    ac = accepted(rq, Policy(scu_classes={CT}))
    for requestor in (True, False):
        (context,) = Agreement.between(rq, ac, requestor=requestor).accepted.values()
        assert (context.scu, context.scp) == (requestor, not requestor)


# --- extended negotiation, as one association sees it


def test_extended_negotiation_is_answered_for_what_was_asked_and_accepted() -> None:
    rules: Rules = {
        STUDY_FIND: FindOptions(fuzzy=True, relational=True),
        MR: lambda offer: offer[:1],
    }
    policy = Policy(also={STUDY_FIND, STUDY_GET}, extended=rules)
    wishes = [
        extended(STUDY_FIND, FindOptions(fuzzy=True, date_time=True)),
        Extended(STUDY_FIND, b"\x01"),
        Extended(MR, b"\x02\x03"),
        Extended(CT, b"\x02\x03"),
    ]
    rq = asked(STUDY_FIND, CT, extended=wishes)
    ac = accepted(rq, policy, LOOPBACK)
    assert ac.user.extended == [Extended(STUDY_FIND, b"\x00\x00\x01")]
    for requestor in (True, False):
        agreement = Agreement.between(rq, ac, requestor=requestor)
        assert agreement.extended == {STUDY_FIND: FindOptions(fuzzy=True)}
        assert agreement.options(STUDY_FIND, FindOptions).fuzzy
        assert not agreement.options(STUDY_GET, FindOptions).fuzzy


def test_a_function_may_answer_in_bytes_of_its_own_or_not_at_all() -> None:
    policy = Policy(extended={"1.2.3": lambda offer: offer[::-1], "1.2.4": lambda _offer: None})
    wishes = [Extended("1.2.3", b"ab"), Extended("1.2.4", b"ab")]
    rq = asked("1.2.3", "1.2.4", extended=wishes)
    ac = accepted(rq, policy)
    assert Agreement.between(rq, ac, requestor=True).extended == {"1.2.3": b"ba"}


def test_an_answer_to_what_was_not_offered_means_nothing() -> None:
    user = UserInformation(max_length=0, extended=[Extended(CT, b"\1")], identity_response=b"x")
    ac = AssociateAc(b"A", b"B", [ContextAc(1, 0, IMPLICIT)], user)
    agreement = Agreement.between(asked(), ac, requestor=True)
    assert agreement.extended == {}
    assert agreement.identity_response is None


# --- user identity


@pytest.mark.parametrize(
    ("who", "asks", "expected"),
    [
        (identity.username("éva"), False, (1, "éva".encode(), b"")),
        (identity.passcode("éva", "söcret"), False, (2, "éva".encode(), "söcret".encode())),
        (identity.kerberos(b"\x00\xff ", response_requested=True), True, (3, b"\x00\xff ", b"")),
        (identity.saml("<a/>", response_requested=True), True, (4, b"<a/>", b"")),
        (identity.jwt("a.b.c"), False, (5, b"a.b.c", b"")),
    ],
)
def test_each_type_of_identity_keeps_its_bytes(
    who: Identity, asks: bool, expected: tuple[int, bytes, bytes]
) -> None:
    sent = asked(identity=who).user.identity
    assert sent is not None
    assert (sent.kind, sent.primary, sent.secondary) == expected
    assert sent.response_requested is asks


@pytest.mark.parametrize("name", ["", "x" * 65001])
def test_an_identity_that_fits_no_item_is_refused_when_it_is_made(name: str) -> None:
    with pytest.raises(ValueError, match="a user identity"):
        identity.username(name)


def test_an_identity_as_long_as_an_item_can_be_sent() -> None:
    assert len(asked(identity=identity.kerberos(b"\xff" * 65000)).encode()) > 65000


def verify(who: Identity, _claim: Claim) -> Verified | Rejection | None:
    """Take whoever has the passcode, and everybody else by the word that they say."""
    if who.primary == b"broken":
        raise OSError("no directory")
    answers: dict[bytes, Verified | Rejection] = {
        b"good": Verified(b"ticket"),
        b"later": Rejection.TEMPORARY_CONGESTION,
        b"other": Verified(user="eva"),
    }
    return answers.get(who.primary)


@pytest.mark.parametrize("kind", range(1, 6))
@pytest.mark.parametrize("asks", [False, True])
@pytest.mark.parametrize("good", [False, True])
def test_a_response_is_sent_only_when_requested_and_verified(
    kind: int, asks: bool, good: bool
) -> None:
    rq = asked(identity=Identity(kind, asks, b"good" if good else b"bad"))
    answered = answer(rq, Policy(verifier=verify), 16384)
    if not good:
        assert answered is Rejection.PROVIDER_NO_REASON
        assert (answered.rj.result, answered.rj.source, answered.rj.reason) == (1, 2, 1)
    else:
        assert isinstance(answered, AssociateAc)
        assert answered.user.identity_response == (b"ticket" if asks else None)


@pytest.mark.parametrize("asks", [False, True])
def test_without_a_verifier_every_identity_is_accepted_and_none_answered(asks: bool) -> None:
    ac = accepted(asked(identity=Identity(2, asks, b"bad")), Policy())
    assert ac.user.identity_response is None


@pytest.mark.parametrize("kind", [0, 6, 255])
def test_an_identity_of_no_type_is_refused_unseen(kind: int) -> None:
    rq = asked(identity=Identity(kind, True, b"good"))
    assert answer(rq, Policy(verifier=verify), 16384) is Rejection.PROVIDER_NO_REASON


def test_a_verifier_may_say_how_to_refuse_and_a_broken_one_lets_nobody_in(
    caplog: pytest.LogCaptureFixture,
) -> None:
    policy = Policy(verifier=verify)
    later = answer(asked(identity=identity.username("later")), policy, 16384)
    assert later is Rejection.TEMPORARY_CONGESTION
    broken = answer(asked(identity=identity.username("broken")), policy, 16384)
    assert broken is Rejection.PROVIDER_NO_REASON
    assert "could not be verified" in caplog.text


def test_the_verifier_is_told_who_calls_whom_from_where() -> None:
    seen = []

    def note(_who: Identity, claim: Claim) -> Verified:
        seen.append(claim)
        return Verified()

    accepted(asked(identity=identity.username("eva")), Policy(verifier=note), LOOPBACK)
    assert seen == [Claim("RUSSET", "TEST", LOOPBACK)]


def test_the_verified_user_is_told_by_the_name_of_the_verifier_or_of_the_identity() -> None:
    policy = Policy(verifier=verify)
    for name, user in (("good", "good"), ("other", "eva")):
        accepted_ = accept(asked(identity=identity.username(name)), policy, 16384)
        assert isinstance(accepted_, Acceptance)
        assert accepted_.user == user


def test_a_requestor_may_insist_on_a_response() -> None:
    proposal = Proposal(
        "RUSSET",
        "TEST",
        propose([(CT, [IMPLICIT])]),
        identity=identity.username("good"),
        require_identity_response=True,
    )
    rq = request(proposal, 16384)
    assert rq.user.identity == Identity(1, True, b"good")
    assert "without a response" in (missing(proposal, accepted(rq, Policy())) or "")
    assert missing(proposal, accepted(rq, Policy(verifier=verify))) is None


def test_who_does_not_insist_goes_on_without_a_response() -> None:
    proposal = Proposal("A", "B", propose([(CT, [IMPLICIT])]), identity=identity.username("x"))
    assert missing(proposal, accepted(request(proposal, 0), Policy(check_called=False))) is None


def test_a_response_cannot_be_required_without_an_identity() -> None:
    with pytest.raises(ValueError, match="no identity"):
        asked(require_identity_response=True)


@pytest.mark.parametrize(
    ("token", "signed"),
    [
        (b"eyJhbGciOiJSUzI1NiJ9.e30.c2ln", True),  # {"alg":"RS256"}
        (b"eyJhbGciOiJub25lIn0.e30.", False),  # {"alg":"none"}
        (b"eyJhbGciOiJub25lIn0.e30.c2ln", False),
        (b"eyJhbGciOiJOb05FIn0.e30.c2ln", False),  # {"alg":"NoNE"}
        (b"e30.e30.c2ln", False),  # {}
        (b"W10.e30.c2ln", False),  # []
        (b"\xff\xfe.e30.c2ln", False),
        (b"e30.e30", False),
        (b"", False),
    ],
)
def test_a_token_without_a_signature_is_known(token: bytes, signed: bool) -> None:
    assert identity.is_signed_jwt(token) is signed


@given(st.binary())
def test_any_bytes_are_a_signed_token_or_not(token: bytes) -> None:
    assert identity.is_signed_jwt(token) in (True, False)


# --- every answer lies within what was asked

_UIDS = st.sampled_from([CT, MR, VERIFICATION, STUDY_FIND, STUDY_GET, "1.2.3", "../x", ""])
_USERS = st.builds(
    UserInformation,
    max_length=st.just(0),
    window=st.none() | st.tuples(st.integers(0, 9), st.integers(0, 9)),
    roles=st.lists(st.builds(Role, _UIDS, st.booleans(), st.booleans()), max_size=5),
    extended=st.lists(st.builds(Extended, _UIDS, st.binary(max_size=9)), max_size=5),
    identity=st.none() | st.builds(Identity, st.integers(0, 6), st.booleans(), st.just(b"good")),
)


@given(
    user=_USERS,
    offers=st.lists(
        st.tuples(_UIDS, st.lists(st.sampled_from([IMPLICIT, EXPLICIT, ""]))), min_size=1
    ),
    right=st.sets(st.sampled_from(Right)),
    ours=st.tuples(st.integers(0, 9), st.integers(0, 9)),
)
def test_every_answer_is_within_what_was_asked(
    user: UserInformation,
    offers: list[tuple[str, list[str]]],
    right: set[Right],
    ours: tuple[int, int],
) -> None:
    rq = AssociateRq(b"RUSSET", b"TEST", propose(offers), user)
    rules: Rules = {CT: lambda offer: offer, STUDY_FIND: FindOptions(fuzzy=True)}
    rows = [Row(rights=Rights(right))]
    policy = Policy(also={STUDY_FIND, STUDY_GET}, rows=rows, window=ours, extended=rules)
    ac = accepted(rq, policy)
    assert [each.context_id for each in ac.contexts] == [each.context_id for each in rq.contexts]
    for offer, context in zip(rq.contexts, ac.contexts, strict=True):
        assert context.result or context.transfer_syntax in offer.transfer_syntaxes
    wished: dict[str, Role] = {}
    for role in user.roles:
        if role.scu or role.scp:
            wished.setdefault(role.sop_class_uid, role)
    for role in ac.user.roles:
        assert role.scu <= wished[role.sop_class_uid].scu
        assert role.scp <= wished[role.sop_class_uid].scp
    assert {each.sop_class_uid for each in ac.user.extended} <= {
        each.sop_class_uid for each in user.extended
    }
    assert (ac.user.window is None) == (user.window is None)
    for wish, grant in zip(user.window or (), ac.user.window or (), strict=True):
        assert (grant or 99) <= (wish or 99)
    assert ac.user.identity_response is None
