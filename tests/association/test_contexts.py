"""Presentation contexts: planned and negotiated (PS3.8 9.3.2.2, 9.3.3.2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from russet.association.agreement import AcceptedContext, Agreement, accepted_contexts
from russet.association.contexts import negotiate, negotiate_roles, plan, propose
from russet.codec import ContextAc, ContextRq, Role
from russet.errors import NoContextError, ProtocolError

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
VERIFICATION = "1.2.840.10008.1.1"
IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
JPEG = "1.2.840.10008.1.2.4.50"
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
        (CT, EXPLICIT, f"accepted it only in {IMPLICIT}, {JPEG}"),
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
