"""Presentation contexts: planned and negotiated (PS3.8 9.3.2.2, 9.3.3.2)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from russet.association.agreement import AcceptedContext, Agreement, accepted_contexts
from russet.association.contexts import negotiate, negotiate_roles, plan, propose
from russet.association.policy import Policy
from russet.association.preference import IMAGE_SYNTAXES, TransferSyntaxes
from russet.association.retrieval import plan_retrieval
from russet.codec import ContextAc, ContextRq, Role
from russet.errors import NoContextError, ProtocolError

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
VERIFICATION = "1.2.840.10008.1.1"
IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
JPEG = "1.2.840.10008.1.2.4.50"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
JPEG_LS = "1.2.840.10008.1.2.4.80"
STUDY_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
STUDY_GET = "1.2.840.10008.5.1.4.1.2.2.3"
_SYNTAX = st.sampled_from([IMPLICIT, EXPLICIT, JPEG, JPEG_LS, DEFLATED])
PRIVATE = "1.3.6.1.4.1.9999.1"


def listed(contexts: list[ContextRq]) -> list[tuple[int, str, list[str]]]:
    return [(c.context_id, c.abstract_syntax, c.transfer_syntaxes) for c in contexts]


def accept(_uid: str) -> int:
    return 0


# --- proposing and planning


def test_contexts_are_numbered_with_odd_ids() -> None:
    proposed = propose([(CT, [EXPLICIT, IMPLICIT]), (VERIFICATION, [IMPLICIT])])
    assert listed(proposed) == [(1, CT, [EXPLICIT, IMPLICIT]), (3, VERIFICATION, [IMPLICIT])]


@pytest.mark.parametrize("count", [0, 129])
def test_an_association_has_1_to_128_contexts(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 128"):
        propose([(CT, [IMPLICIT])] * count)


def test_128_contexts_use_every_id() -> None:
    proposed = propose([(CT, [IMPLICIT])] * 128)
    assert [context.context_id for context in proposed] == list(range(1, 256, 2))


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([], []),
        ([(CT, IMPLICIT)], [[(1, CT, [IMPLICIT])]]),
        ([(CT, EXPLICIT)] * 3, [[(1, CT, [EXPLICIT]), (3, CT, [IMPLICIT])]]),
        ([(CT, DEFLATED)], [[(1, CT, [DEFLATED]), (3, CT, [EXPLICIT, IMPLICIT])]]),
        (
            [(CT, JPEG), (MR, EXPLICIT), (CT, EXPLICIT)],
            [
                [
                    (1, CT, [JPEG]),
                    (3, CT, [EXPLICIT]),
                    (5, CT, [IMPLICIT]),
                    (7, MR, [EXPLICIT]),
                    (9, MR, [IMPLICIT]),
                ]
            ],
        ),
    ],
)
def test_each_pair_gets_a_context_of_its_own_and_each_class_the_default_syntax(
    pairs: list[tuple[str, str]], expected: list[list[tuple[int, str, list[str]]]]
) -> None:
    assert [listed(contexts) for contexts in plan(pairs)] == expected


@given(
    st.lists(
        st.tuples(
            st.integers(1, 150).map(lambda n: f"1.2.{n}"),
            st.sampled_from([IMPLICIT, EXPLICIT, DEFLATED, JPEG]),
        ),
        max_size=400,
    )
)
def test_a_plan_carries_every_pair_once_in_as_few_contexts_as_it_takes(
    pairs: list[tuple[str, str]],
) -> None:
    planned = plan(pairs)
    alone = [
        (c.abstract_syntax, c.transfer_syntaxes[0])
        for contexts in planned
        for c in contexts
        if len(c.transfer_syntaxes) == 1 and (c.abstract_syntax, c.transfer_syntaxes[0]) in pairs
    ]
    assert sorted(alone) == sorted(set(pairs))
    for contexts in planned:
        assert 1 <= len(contexts) <= 128
        offered = {c.abstract_syntax for c in contexts if IMPLICIT in c.transfer_syntaxes}
        assert offered == {c.abstract_syntax for c in contexts}


def test_every_association_of_a_plan_has_what_else_is_asked_for_first() -> None:
    also = [(STUDY_FIND, [EXPLICIT, IMPLICIT])]
    planned = plan([(f"1.2.{n}", IMPLICIT) for n in range(200)], also)
    assert [len(contexts) for contexts in planned] == [128, 74]
    for contexts in planned:
        assert listed(contexts)[0] == (1, STUDY_FIND, [EXPLICIT, IMPLICIT])


def test_a_plan_without_room_for_instances_is_refused() -> None:
    with pytest.raises(ValueError, match="no room"):
        plan([(CT, IMPLICIT)], [(VERIFICATION, [IMPLICIT])] * 128)


# --- retrieving


def test_an_association_that_gets_asks_for_the_scp_role_of_each_storage_class() -> None:
    planned = plan_retrieval([STUDY_FIND, STUDY_GET], [CT, MR, MR], fill=False, compressed=[JPEG])
    native = [EXPLICIT, IMPLICIT]
    assert listed(planned.contexts) == [
        (1, STUDY_FIND, native),
        (3, STUDY_GET, native),
        (5, MR, native),
        (7, CT, native),
        (9, MR, [JPEG]),
        (11, CT, [JPEG]),
    ]
    assert planned.roles == [Role(uid, scu=False, scp=True) for uid in (MR, CT)]
    assert planned.left_out == []


def test_an_association_that_gets_and_sends_asks_for_both_roles() -> None:
    planned = plan_retrieval([STUDY_GET], [CT], fill=False, scu=True)
    assert planned.roles == [Role(CT, scu=True, scp=True)]


@pytest.mark.parametrize("wanted", [[], [PRIVATE], [PRIVATE, CT]])
def test_room_that_is_left_goes_to_the_classes_of_the_standard(wanted: list[str]) -> None:
    planned = plan_retrieval([STUDY_GET], wanted)
    assert len(planned.contexts) == 128
    native = [c.abstract_syntax for c in planned.contexts if IMPLICIT in c.transfer_syntaxes]
    # Each class is offered in the default transfer syntax, and once.
    assert len(set(native)) == len(native)
    assert set(native) == {c.abstract_syntax for c in planned.contexts}
    assert native[1 : 1 + len(wanted)] == wanted
    assert {CT, MR, *wanted} < {role.sop_class_uid for role in planned.roles}


def test_wanted_classes_without_room_are_named_the_rarest_last() -> None:
    classes = [f"1.2.{n}" for n in range(130)]
    planned = plan_retrieval([STUDY_GET], [*classes, classes[-1]])
    assert planned.contexts[1].abstract_syntax == classes[-1]
    assert planned.left_out == classes[126:129]


def test_a_retrieval_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="1 to 128"):
        plan_retrieval([], fill=False)


# --- negotiating


def test_every_context_is_answered_with_the_first_syntax_offered() -> None:
    proposed = [ContextRq(1, CT, [JPEG, IMPLICIT]), ContextRq(3, CT, [PRIVATE])]
    assert negotiate(proposed, accept) == [ContextAc(1, 0, JPEG), ContextAc(3, 0, PRIVATE)]


def test_preferred_syntaxes_are_chosen_in_our_order_and_others_refused() -> None:
    proposed = [
        ContextRq(1, CT, [IMPLICIT, EXPLICIT, JPEG]),
        ContextRq(3, CT, [IMPLICIT]),
        ContextRq(5, CT, [JPEG]),
    ]
    answered = negotiate(proposed, accept, (EXPLICIT, IMPLICIT))
    assert [(c.result, c.transfer_syntax) for c in answered] == [
        (0, EXPLICIT),
        (0, IMPLICIT),
        (4, IMPLICIT),
    ]


_VERIFICATION_SYNTAXES = (EXPLICIT, BIG_ENDIAN, IMPLICIT)
_ACCEPTED = TransferSyntaxes(
    rest=(IMPLICIT,),
    by_class={"echo": _VERIFICATION_SYNTAXES, "store": IMAGE_SYNTAXES, MR: (JPEG, EXPLICIT)},
)

_PREFERENCES = """
class         offered                     ours        requestor's
VERIFICATION  IMPLICIT,EXPLICIT           EXPLICIT    IMPLICIT
VERIFICATION  IMPLICIT,BIG_ENDIAN         BIG_ENDIAN  IMPLICIT
VERIFICATION  JPEG                        -           -
CT            IMPLICIT,EXPLICIT,JPEG      JPEG        IMPLICIT
CT            EXPLICIT,JPEG,JPEG_LS       JPEG_LS     EXPLICIT
CT            IMPLICIT,EXPLICIT           EXPLICIT    IMPLICIT
CT            DEFLATED                    -           -
MR            IMPLICIT,EXPLICIT,JPEG      JPEG        EXPLICIT
MR            IMPLICIT                    -           -
STUDY_FIND    EXPLICIT,IMPLICIT           IMPLICIT    IMPLICIT
"""


@pytest.mark.parametrize("row", _PREFERENCES.splitlines()[2:])
@pytest.mark.parametrize("by_requestor", [False, True])
def test_transfer_syntaxes_are_chosen_by_class_or_service_in_our_order_or_theirs(
    row: str, by_requestor: bool
) -> None:
    name, offered, ours, theirs = row.split()
    accepted = replace(_ACCEPTED, by_requestor=by_requestor)
    policy = Policy(transfer_syntaxes=accepted)
    proposed = [ContextRq(1, globals()[name], [globals()[each] for each in offered.split(",")])]
    (context,) = negotiate(proposed, accept, policy.choices)
    expected = theirs if by_requestor else ours
    if expected == "-":
        assert context.result == 4
    else:
        assert (context.result, context.transfer_syntax) == (0, globals()[expected])


def test_the_order_for_images_has_lossless_before_lossy_before_uncompressed() -> None:
    assert len(IMAGE_SYNTAXES) == 12
    assert IMAGE_SYNTAXES[-3:] == _VERIFICATION_SYNTAXES


@given(
    preferred=st.none() | st.lists(_SYNTAX),
    offered=st.lists(_SYNTAX),
    by_requestor=st.booleans(),
)
def test_a_choice_is_offered_and_preferred(
    preferred: list[str] | None, offered: list[str], by_requestor: bool
) -> None:
    rules = TransferSyntaxes(preferred, by_requestor=by_requestor)
    (context,) = negotiate(
        [ContextRq(1, CT, offered)], accept, Policy(transfer_syntaxes=rules).choices
    )
    possible = [each for each in offered if preferred is None or each in preferred]
    assert (context.result == 0) == bool(possible)
    if possible:
        assert context.transfer_syntax in possible


@pytest.mark.parametrize("result", [1, 2, 3])
def test_the_rule_says_how_a_class_is_refused(result: int) -> None:
    answered = negotiate([ContextRq(1, CT, [JPEG])], lambda _uid: result)
    assert answered == [ContextAc(1, result, IMPLICIT)]


@pytest.mark.parametrize(
    ("context", "result"),
    [
        (ContextRq(3, "", [IMPLICIT]), 3),
        (ContextRq(3, "1" * 65, [IMPLICIT]), 3),
        (ContextRq(3, "../../x", [IMPLICIT]), 3),
        (ContextRq(3, CT, []), 4),
        (ContextRq(3, CT, ["", "1" * 65, "1..2"]), 4),
        (ContextRq(3, CT, ["", IMPLICIT]), 0),
    ],
)
def test_a_bad_uid_refuses_its_own_context_only(context: ContextRq, result: int) -> None:
    answered = negotiate([ContextRq(1, CT, [EXPLICIT]), context], accept)
    assert answered == [ContextAc(1, 0, EXPLICIT), ContextAc(3, result, IMPLICIT)]


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([2], "id 2 is not odd"),
        ([1, 0], "id 0 is not odd"),
        ([1, 3, 1], "id 1 is used twice"),
        ([], "no presentation context"),
    ],
)
def test_bad_ids_are_an_abort_for_an_invalid_parameter(ids: list[int], message: str) -> None:
    with pytest.raises(ProtocolError, match=message) as raised:
        negotiate([ContextRq(context_id, CT, [IMPLICIT]) for context_id in ids], accept)
    assert (raised.value.source, raised.value.reason) == (2, 6)


# --- roles and agreement

_TRUTH_TABLE = """
RQ  AC    SCU SCP
--  --    1   0
--  10    1   0
--  11    1   0
--  01    1   0
--  00    1   0
11  --    1   0
11  11    1   1
11  10    1   0
11  01    0   1
11  00    0   0
10  10    1   0
10  11    1   0
10  01    0   0
10  00    0   0
01  01    0   1
01  11    0   1
01  10    0   0
01  00    0   0
10  --    1   0
01  --    1   0
"""


def roles(cell: str) -> list[Role]:
    if cell == "--":
        return []
    return [Role(CT, scu=cell[0] == "1", scp=cell[1] == "1")]


@pytest.mark.parametrize("row", _TRUTH_TABLE.splitlines()[2:])
def test_roles_follow_the_truth_table(row: str) -> None:
    asked, granted, scu, scp = row.split()
    expected = (scu == "1", scp == "1")
    proposed, answered = [ContextRq(1, CT, [IMPLICIT])], [ContextAc(1, 0, IMPLICIT)]
    given = (roles(asked), roles(granted))
    requestor = accepted_contexts(proposed, answered, given, requestor=True)
    acceptor = accepted_contexts(proposed, answered, given, requestor=False)
    assert requestor == {1: AcceptedContext(1, CT, IMPLICIT, *expected)}
    assert acceptor == {1: AcceptedContext(1, CT, IMPLICIT, *reversed(expected))}


def test_we_grant_the_scp_role_only_for_classes_that_we_would_send() -> None:
    asked = [
        Role(CT, scu=True, scp=True),
        Role(MR, scu=False, scp=True),
        Role(CT, scu=False, scp=True),
        Role("1.2.3", scu=False, scp=False),
        Role("../x", scu=True, scp=True),
    ]
    assert negotiate_roles(asked, {CT}.__contains__) == [
        Role(CT, scu=True, scp=True),
        Role(MR, scu=False, scp=False),
    ]


def test_an_answer_that_does_not_fit_its_proposal_agrees_on_nothing() -> None:
    proposed = [ContextRq(1, CT, [EXPLICIT]), ContextRq(3, CT, [IMPLICIT])]
    answered = [ContextAc(1, 0, JPEG), ContextAc(3, 4, ""), ContextAc(5, 0, IMPLICIT)]
    assert accepted_contexts(proposed, answered, requestor=True) == {}


def test_the_context_to_send_on_has_exactly_the_syntax_of_the_data() -> None:
    both = [AcceptedContext(1, CT, IMPLICIT), AcceptedContext(3, CT, JPEG)]
    agreement = Agreement(both)
    assert agreement.context_for(CT, JPEG).context_id == 3
    assert agreement.context_for(CT).context_id == 1


@pytest.mark.parametrize(
    ("abstract", "transfer", "message"),
    [
        (
            CT,
            EXPLICIT,
            r"accepted it only in Implicit VR Little Endian \(1.2.840.10008.1.2\), JPEG",
        ),
        (MR, IMPLICIT, "does not support this SOP class"),
        (VERIFICATION, None, "supports none of the transfer syntaxes"),
        ("1.2.3", None, "not proposed"),
        ("1.2.4", IMPLICIT, "not in the role of SCU"),
    ],
)
def test_the_lack_of_a_context_is_explained(
    abstract: str, transfer: str | None, message: str
) -> None:
    accepted = [
        AcceptedContext(1, CT, IMPLICIT),
        AcceptedContext(3, CT, JPEG),
        AcceptedContext(5, "1.2.4", IMPLICIT, scu=False, scp=True),
    ]
    agreement = Agreement(accepted, [(CT, 0), (MR, 3), (VERIFICATION, 4), ("1.2.4", 0)])
    with pytest.raises(NoContextError, match=message):
        agreement.context_for(abstract, transfer)
