"""Who fits which row of a policy, and what each row leads to (PS3.8 Table 9-21)."""

from ipaddress import ip_network

import pytest

from russet.association.caller import LOOPBACK, Caller, Certificate
from russet.association.contexts import propose
from russet.association.identity import Claim, Verified, username
from russet.association.negotiation import Acceptance, accept
from russet.association.policy import Policy, Rejection
from russet.association.preference import TransferSyntaxes
from russet.association.rights import (
    EVERYTHING,
    NOTHING,
    OPEN_TO_STRANGERS,
    Right,
    Rights,
    right_for,
)
from russet.association.row import Row
from russet.codec import AssociateRj, AssociateRq, Identity, UserInformation, uids
from tests.support.pair import CT, EXPLICIT, IMPLICIT, MR, VERIFICATION

STUDY_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
MPPS = "1.2.840.10008.3.1.2.3.3"
TEN = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
SHOWN = Certificate("CN=ct1,O=House", ("ct1.example", "10.0.0.9"), "ab" * 32)


def rq(
    *classes: str,
    calling: str = "CTSCAN",
    called: str = "RUSSET",
    who: Identity | None = None,
    max_length: int = 0,
    syntaxes: tuple[str, ...] = (IMPLICIT,),
    version: int = 1,
    application_context: str = "1.2.840.10008.3.1.1.1",
) -> AssociateRq:
    return AssociateRq(
        called.encode(),
        calling.encode(),
        propose([(uid, syntaxes) for uid in classes or (CT,)]),
        UserInformation(max_length=max_length, identity=who),
        application_context,
        version,
    )


def results(policy: Policy, request: AssociateRq, caller: Caller | None = None) -> list[int]:
    accepted = accept(request, policy, 16384, caller)
    assert isinstance(accepted, Acceptance)
    return [context.result for context in accepted.ac.contexts]


# --- who fits

_FITS: list[tuple[Row, Caller, bool]] = [
    (Row(), Caller(), True),
    (Row(calling=["CTSCAN"]), Caller(), True),
    (Row(calling=["OTHER", " CTSCAN "]), Caller(), True),
    (Row(calling=["ctscan"]), Caller(), False),
    (Row(calling=[]), Caller(), False),
    (Row(called=["RUSSET"]), Caller(), True),
    (Row(called=["ARCHIVE"]), Caller(), False),
    (Row(networks=TEN), Caller("10.255.0.1"), True),
    (Row(networks=TEN), Caller("::ffff:10.0.0.1"), True),
    (Row(networks=TEN), Caller("fd00::1%eth0"), True),
    (Row(networks=TEN), Caller("11.0.0.1"), False),
    (Row(networks=TEN), Caller("10.0.0.256"), False),
    (Row(networks=TEN), Caller(""), False),
    (Row(networks=TEN), Caller(), False),
    (Row(networks=()), Caller("10.0.0.1"), False),
    (Row(networks=LOOPBACK), Caller("127.9.9.9"), True),
    (Row(networks=LOOPBACK), Caller("::1"), True),
    (Row(networks=LOOPBACK), Caller("::ffff:127.0.0.1"), True),
    (Row(networks=LOOPBACK), Caller("128.0.0.1"), False),
    (Row(encrypted=True), Caller(encrypted=True), True),
    (Row(encrypted=True), Caller(), False),
    (Row(certificates=[Certificate()]), Caller(certificate=SHOWN), False),
    (Row(certificates=[Certificate("CN=ct1,O=House")]), Caller(certificate=SHOWN), True),
    (Row(certificates=[Certificate("CN=ct1")]), Caller(certificate=SHOWN), False),
    (Row(certificates=[Certificate("CN=ct1,O=House")]), Caller(), False),
    (Row(certificates=[Certificate(names=("x", "CT1.example"))]), Caller(certificate=SHOWN), True),
    (Row(certificates=[Certificate(names=("x",))]), Caller(certificate=SHOWN), False),
    (
        Row(certificates=[Certificate(fingerprint=":".join(["AB"] * 32))]),
        Caller(certificate=SHOWN),
        True,
    ),
    (Row(certificates=[Certificate(fingerprint="ac" * 32)]), Caller(certificate=SHOWN), False),
    (
        Row(certificates=[Certificate("CN=ct1,O=House", ("x",))]),
        Caller(certificate=SHOWN),
        False,
    ),
    (
        Row(certificates=[Certificate("CN=x"), Certificate(names=("ct1.example",))]),
        Caller(certificate=SHOWN),
        True,
    ),
    (Row(users=["eva"]), Caller(user="eva"), True),
    (Row(users=["eva"]), Caller(user="Eva"), False),
    (Row(users=["eva"]), Caller(), False),
    (Row(users=[""]), Caller(), False),
    (Row(calling=["CTSCAN"], networks=TEN), Caller("11.0.0.1"), False),
    (Row(calling=["OTHER"], networks=TEN), Caller("10.0.0.1"), False),
    (Row(calling=["CTSCAN"], networks=TEN), Caller("10.0.0.1"), True),
]


@pytest.mark.parametrize(("row", "caller", "fits"), _FITS)
def test_a_row_fits_when_all_that_it_gives_holds(row: Row, caller: Caller, fits: bool) -> None:
    assert row.fits(b"RUSSET          ", b"CTSCAN          ", caller) is fits


# --- what it leads to


def test_the_first_row_that_fits_counts() -> None:
    policy = Policy(
        rows=[
            Row("no", calling=["CTSCAN"], networks=TEN, rejection=Rejection.NO_REASON),
            Row("yes", calling=["CTSCAN"], rights=Rights({Right.ECHO})),
            Row("never", calling=["CTSCAN"]),
        ]
    )
    assert policy.rejection(rq(), caller=Caller("10.0.0.1")) is Rejection.NO_REASON
    assert policy.rights(rq(), Caller("10.0.0.1")) == NOTHING
    assert policy.rejection(rq(), caller=Caller("11.0.0.1")) is None
    assert policy.rights(rq(), Caller("11.0.0.1")) == Rights({Right.ECHO})


def test_who_fits_no_row_is_not_recognized() -> None:
    policy = Policy(rows=[Row(calling=["OTHER"])])
    assert policy.rejection(rq()) is Rejection.CALLING_AE_TITLE
    assert policy.rights(rq()) == NOTHING


@pytest.mark.parametrize("row", Rejection)
def test_a_row_may_refuse_with_each_row_of_table_9_21(row: Rejection) -> None:
    assert Policy(rows=[Row(rejection=row)]).rejection(rq()) is row


_REACHED: list[tuple[tuple[int, int, int], Policy, AssociateRq, dict[str, object]]] = [
    ((1, 1, 1), Policy(networks=TEN), rq(), {"caller": Caller("11.0.0.1")}),
    ((1, 1, 2), Policy(), rq(application_context="1.2.3"), {}),
    ((1, 1, 3), Policy(calling=["OTHER"]), rq(), {}),
    ((1, 1, 7), Policy(titles=["ARCHIVE"]), rq(called="OTHER"), {}),
    ((1, 2, 1), Policy(), rq(max_length=7), {}),
    ((1, 2, 2), Policy(), rq(version=2), {}),
    ((2, 3, 1), Policy(), rq(), {"congested": True}),
    ((2, 3, 2), Policy(max_associations=3), rq(), {"active": 3}),
    (
        (2, 3, 2),
        Policy(rows=[Row(rights=Rights(associations=2))]),
        rq(),
        {"active": 2, "caller": Caller("10.0.0.1", active=2)},
    ),
]


@pytest.mark.parametrize(("numbers", "policy", "request_", "others"), _REACHED)
def test_each_row_of_table_9_21_is_reached(
    numbers: tuple[int, int, int],
    policy: Policy,
    request_: AssociateRq,
    others: dict[str, object],
) -> None:
    found = policy.rejection(request_, **others)  # type: ignore[arg-type]
    assert found is not None
    assert found.rj == AssociateRj(*numbers)


def test_those_are_all_the_rows() -> None:
    assert {numbers for numbers, *_ in _REACHED} == {row.value[:3] for row in Rejection}


def test_each_of_our_titles_is_ours() -> None:
    policy = Policy(titles=["ARCHIVE"])
    assert policy.rejection(rq(called="ARCHIVE")) is None
    assert policy.rejection(rq(called="RUSSET")) is None


def test_a_peer_below_its_limit_is_welcome() -> None:
    policy = Policy(rows=[Row(rights=Rights(associations=2))])
    assert policy.rejection(rq(), active=200, caller=Caller("10.0.0.1", active=1)) is None


# --- users


def policy_of_users() -> Policy:
    def verify(who: Identity, _claim: Claim) -> Verified | None:
        return None if who.primary == b"mallory" else Verified()

    return Policy(
        verifier=verify,
        also={STUDY_FIND},
        rows=[
            Row("eva", users=["eva"]),
            Row("bob", users=["bob"], rejection=Rejection.CALLING_AE_TITLE),
            Row("busy", users=["joe"], rights=Rights(associations=1)),
            Row("strangers", networks=TEN, rights=Rights({Right.STORE})),
        ],
    )


@pytest.mark.parametrize(
    ("name", "address", "first", "then"),
    [
        ("eva", "11.0.0.1", None, [0, 0]),
        ("joe", "10.0.0.1", None, Rejection.LOCAL_LIMIT_EXCEEDED),
        ("bob", "10.0.0.1", None, Rejection.CALLING_AE_TITLE),
        ("ann", "10.0.0.1", None, [1, 0]),
        ("ann", "11.0.0.1", None, Rejection.CALLING_AE_TITLE),
        ("mallory", "10.0.0.1", None, Rejection.PROVIDER_NO_REASON),
        ("", "10.0.0.1", None, [1, 0]),
        ("", "11.0.0.1", Rejection.CALLING_AE_TITLE, None),
    ],
)
def test_a_row_of_a_user_waits_until_the_identity_is_verified(
    name: str, address: str, first: Rejection | None, then: Rejection | list[int] | None
) -> None:
    policy = policy_of_users()
    request = rq(STUDY_FIND, CT, who=username(name) if name else None)
    caller = Caller(address, active=1)
    assert policy.rejection(request, caller=caller) is first
    if first is None:
        accepted = accept(request, policy, 16384, caller)
        if isinstance(accepted, Acceptance):
            assert [context.result for context in accepted.ac.contexts] == then
        else:
            assert accepted is then


def test_an_identity_that_nobody_verifies_fits_no_row_of_a_user() -> None:
    policy = Policy(rows=[Row(users=["eva"])])
    assert policy.rejection(rq(who=username("eva"))) is Rejection.CALLING_AE_TITLE


# --- rights


def test_queries_are_closed_to_strangers_by_default() -> None:
    policy = Policy(also={STUDY_FIND, MPPS})
    request = rq(STUDY_FIND, MPPS, CT, VERIFICATION)
    for stranger in (None, Caller(), Caller("10.0.0.1"), Caller("nonsense")):
        assert results(policy, request, stranger) == [1, 1, 0, 0]
        assert policy.rights(request, stranger) == OPEN_TO_STRANGERS
    for ours in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
        assert results(policy, request, Caller(ours)) == [0, 0, 0, 0]
        assert policy.rights(request, Caller(ours)) == EVERYTHING


def test_what_nobody_serves_is_not_supported_whoever_asks() -> None:
    assert results(Policy(), rq(STUDY_FIND), Caller("127.0.0.1")) == [3]
    assert results(Policy(), rq(STUDY_FIND), Caller("10.0.0.1")) == [3]


def test_rights_may_name_the_only_classes_and_transfer_syntaxes() -> None:
    rights = Rights(sop_classes={CT}, transfer_syntaxes=TransferSyntaxes((EXPLICIT,)))
    policy = Policy(rows=[Row(rights=rights)])
    assert results(policy, rq(CT, MR)) == [4, 1]
    assert results(policy, rq(CT, MR, syntaxes=(IMPLICIT, EXPLICIT))) == [0, 1]


def test_rights_may_have_a_window_of_their_own() -> None:
    policy = Policy(rows=[Row(rights=Rights(window=(2, 3)))])
    user = UserInformation(max_length=0, window=(0, 0))
    request = AssociateRq(b"RUSSET", b"CTSCAN", propose([(CT, [IMPLICIT])]), user)
    accepted = accept(request, policy, 16384)
    assert isinstance(accepted, Acceptance)
    assert accepted.ac.user.window == (2, 3)
    assert accepted.rights.window == (2, 3)


@pytest.mark.parametrize(
    ("uid", "right"),
    [
        (VERIFICATION, Right.ECHO),
        (CT, Right.STORE),
        ("1.3.6.1.4.1.9999.1", Right.STORE),
        ("1.2.840.10008.5.1.4.1.1.99999", Right.STORE),
        (STUDY_FIND, Right.FIND),
        ("1.2.840.10008.5.1.4.1.1.201.6", Right.FIND),
        ("1.2.840.10008.5.1.4.38.2", Right.FIND),
        ("1.2.840.10008.5.1.4.37.1", Right.FIND),
        ("1.2.840.10008.5.1.4.1.2.2.2", Right.MOVE),
        ("1.2.840.10008.5.1.4.1.2.4.2", Right.MOVE),
        ("1.2.840.10008.5.1.4.1.2.2.3", Right.GET),
        ("1.2.840.10008.5.1.4.1.2.5.3", Right.GET),
        ("1.2.840.10008.5.1.4.31", Right.WORKLIST),
        (MPPS, Right.MPPS),
        ("1.2.840.10008.1.20.1", Right.COMMIT),
        ("1.2.840.10008.5.1.4.33", Right.AVAILABILITY),
        ("1.2.840.10008.5.1.4.34.6.5", Right.UPS),
        ("1.2.840.10008.5.1.1.9", Right.PRINT),
        ("1.2.840.10008.5.1.1.33", Right.OTHER),
        (IMPLICIT, Right.OTHER),
    ],
)
def test_each_service_has_its_right(uid: str, right: Right) -> None:
    assert right_for(uid) is right


def test_every_class_of_the_standard_needs_a_right() -> None:
    by_right: dict[Right, int] = {}
    for entry in uids():
        if entry.kind in ("SOP Class", "Meta SOP Class"):
            right = right_for(entry.uid)
            by_right[right] = by_right.get(right, 0) + 1
    assert set(by_right) == set(Right)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (Row("CT1"), ""),
        (
            Row("CT1", rights=OPEN_TO_STRANGERS),
            "refused 2 SOP classes: the rule for CT1 gives no right to find, mpps",
        ),
        (
            Row(rights=Rights(sop_classes={CT, MR, MPPS})),
            "refused 1 SOP class: the rule that fits does not list 1 of them in its SOP classes",
        ),
    ],
)
def test_what_rights_refuse_is_told_with_the_row(row: Row, told: str) -> None:
    policy = Policy(rows=[row], also={STUDY_FIND, MPPS}, refused={MR})
    accepted = accept(rq(CT, MR, STUDY_FIND, STUDY_FIND, MPPS), policy, 16384)
    assert isinstance(accepted, Acceptance)
    assert accepted.denied == told
