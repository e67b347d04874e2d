"""Whom a policy takes, whom it rejects, and with which row of PS3.8 Table 9-21."""

import pytest

from russet.association.contexts import propose
from russet.association.policy import Policy, Rejection, ae_title, is_storage, meaning
from russet.codec import AssociateRj, AssociateRq, UserInformation, uids
from tests.support.pair import CT, IMPLICIT, VERIFICATION


def rq(
    called: bytes = b"RUSSET          ",
    calling: bytes = b"CTSCAN          ",
    user: UserInformation | None = None,
    application_context: str = "1.2.840.10008.3.1.1.1",
    version: int = 1,
) -> AssociateRq:
    user = user or UserInformation(max_length=16384)
    contexts = propose([(CT, [IMPLICIT])])
    return AssociateRq(called, calling, contexts, user, application_context, version)


def test_a_request_that_keeps_every_rule_is_welcome() -> None:
    assert Policy().rejection(rq()) is None


@pytest.mark.parametrize(
    ("request_", "row"),
    [
        (rq(version=2), Rejection.PROTOCOL_VERSION),
        (rq(version=0), Rejection.PROTOCOL_VERSION),
        (rq(application_context="1.2.3"), Rejection.APPLICATION_CONTEXT),
        (rq(application_context=""), Rejection.APPLICATION_CONTEXT),
        (rq(called=b"OTHER           "), Rejection.CALLED_AE_TITLE),
        (rq(called=b"russet          "), Rejection.CALLED_AE_TITLE),
        (rq(called=b"RUSSET\xff         "), Rejection.CALLED_AE_TITLE),
        (rq(called=b" " * 16), Rejection.CALLED_AE_TITLE),
        (rq(calling=b"STRANGER        "), Rejection.CALLING_AE_TITLE),
        (rq(calling=b"CT SCAN         "), Rejection.CALLING_AE_TITLE),
        (rq(user=UserInformation(max_length=1)), Rejection.PROVIDER_NO_REASON),
        (rq(user=UserInformation(max_length=7)), Rejection.PROVIDER_NO_REASON),
    ],
)
def test_each_rule_has_its_row(request_: AssociateRq, row: Rejection) -> None:
    assert Policy(calling={"CTSCAN"}).rejection(request_) is row


def test_the_row_for_too_many_and_for_not_now() -> None:
    policy = Policy(max_associations=2)
    assert policy.rejection(rq(), active=1) is None
    assert policy.rejection(rq(), active=2) is Rejection.LOCAL_LIMIT_EXCEEDED
    assert policy.rejection(rq(), congested=True) is Rejection.TEMPORARY_CONGESTION


@pytest.mark.parametrize(
    "request_",
    [
        rq(version=3),
        rq(version=0x8001),
        rq(called=b"  RUSSET  "),
        rq(called=b"RUSSET\0\0\0\0\0\0\0\0\0\0"),
        rq(calling=b"\xff; rm -rf / '"),
        rq(user=UserInformation(max_length=0)),
        rq(user=UserInformation(max_length=8)),
        rq(user=UserInformation()),
    ],
)
def test_what_breaks_no_rule_is_welcome(request_: AssociateRq) -> None:
    assert Policy().rejection(request_) is None


def test_a_policy_may_answer_to_any_title() -> None:
    assert Policy(check_called=False).rejection(rq(called=b"ANY-SCP")) is None


def test_table_9_21_has_eight_rows() -> None:
    rows = {(row.rj.source, row.rj.reason): row.rj.result for row in Rejection}
    assert rows == {
        (1, 1): 1,
        (1, 2): 1,
        (1, 3): 1,
        (1, 7): 1,
        (2, 1): 1,
        (2, 2): 1,
        (3, 1): 2,
        (3, 2): 2,
    }


@pytest.mark.parametrize(
    ("rj", "words"),
    [
        (AssociateRj(1, 1, 7), "rejected permanently: called AE title not recognized"),
        (AssociateRj(2, 3, 2), "rejected for now: local limit exceeded"),
        (AssociateRj(1, 1, 9), "rejected permanently: source 1, reason 9"),
        (AssociateRj(7, 8, 9), "rejected with result 7: source 8, reason 9"),
    ],
)
def test_a_rejection_is_said_in_words(rj: AssociateRj, words: str) -> None:
    assert meaning(rj) == words


def test_titles_are_compared_without_the_spaces_around_them() -> None:
    assert ae_title(b"  CT 1  \0") == ae_title("CT 1") == b"CT 1"


# --- SOP classes

COMMITMENT = "1.2.840.10008.1.20.1"
FUTURE = "1.2.840.10008.5.1.4.1.1.99999"
PRIVATE = "1.2.840.113619.4.26"


def test_every_storage_class_is_accepted_retired_or_not() -> None:
    classes = [entry for entry in uids() if entry.storage]
    assert len(classes) > 200
    assert any(entry.retired for entry in classes)
    assert {Policy().abstract_syntax_result(entry.uid) for entry in classes} == {0}


@pytest.mark.parametrize(
    ("policy", "uid", "result"),
    [
        (Policy(), VERIFICATION, 0),
        (Policy(), PRIVATE, 0),
        (Policy(), FUTURE, 0),
        (Policy(), COMMITMENT, 3),
        (Policy(also={COMMITMENT}), COMMITMENT, 0),
        (Policy(private=False), PRIVATE, 3),
        (Policy(unknown=False), FUTURE, 3),
        (Policy(storage=False), CT, 3),
        (Policy(storage=False), VERIFICATION, 0),
        (Policy(refused={CT}), CT, 1),
    ],
)
def test_the_policy_says_which_classes_it_takes(policy: Policy, uid: str, result: int) -> None:
    assert policy.abstract_syntax_result(uid) == result


@pytest.mark.parametrize(
    ("uid", "expected"),
    [(CT, True), (PRIVATE, True), (FUTURE, True), (VERIFICATION, False), (COMMITMENT, False)],
)
def test_storage_is_what_no_other_service_has(uid: str, expected: bool) -> None:
    assert is_storage(uid) is expected
