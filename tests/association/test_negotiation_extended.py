"""SOP class extended and common extended negotiation, byte by byte (PS3.4 B.3.1, C.5, K.5.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from russet.association.contexts import propose
from russet.association.extended import (
    FindOptions,
    Options,
    RetrieveOptions,
    StorageOptions,
    WorklistOptions,
    agreed_options,
    answers,
    decode,
    extended,
)
from russet.association.negotiation import answer
from russet.association.policy import Policy
from russet.association.related import common_extended, general_classes
from russet.codec import (
    AssociateAc,
    AssociateRq,
    CommonExtended,
    Extended,
    UserInformation,
    uids,
)
from tests.support.pair import CT, IMPLICIT

PATIENT_FIND = "1.2.840.10008.5.1.4.1.2.1.1"
STUDY_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
STUDY_MOVE = "1.2.840.10008.5.1.4.1.2.2.2"
STUDY_GET = "1.2.840.10008.5.1.4.1.2.2.3"
WITHOUT_BULK_DATA_GET = "1.2.840.10008.5.1.4.1.2.5.3"
WORKLIST_FIND = "1.2.840.10008.5.1.4.31"
UPS_PULL = "1.2.840.10008.5.1.4.34.6.3"
COMMITMENT = "1.2.840.10008.1.20.1"

ENHANCED_SR = "1.2.840.10008.5.1.4.1.1.88.22"

_BYTES: list[tuple[str, bytes, Options | bytes]] = [
    (CT, b"\2\0\1\0\0\0", StorageOptions(level=2, signature=1, coercion=0)),
    (CT, b"\3\0\0\0\2\0", StorageOptions()),
    (PATIENT_FIND, b"\0", FindOptions()),
    (PATIENT_FIND, b"\1", FindOptions(relational=True)),
    (STUDY_FIND, b"\0\1", FindOptions(date_time=True)),
    (STUDY_FIND, b"\0\0\1", FindOptions(fuzzy=True)),
    (STUDY_FIND, b"\0\0\0\1", FindOptions(timezone=True)),
    (STUDY_FIND, b"\0\0\0\0\1", FindOptions(view=True)),
    (STUDY_FIND, b"\0\0\0\0\0\1", FindOptions(empty=True)),
    (STUDY_FIND, b"\1\0\0\0\0\0\1", FindOptions(relational=True, multiple=True)),
    (STUDY_MOVE, b"\1", RetrieveOptions(relational=True)),
    (STUDY_GET, b"\0\1", RetrieveOptions(view=True)),
    (WITHOUT_BULK_DATA_GET, b"\0\1", RetrieveOptions(view=True)),
    (WORKLIST_FIND, b"\1\1\0", WorklistOptions()),
    (WORKLIST_FIND, b"\1\1\1", WorklistOptions(fuzzy=True)),
    (UPS_PULL, b"\1\1\0\1", WorklistOptions(timezone=True)),
    (COMMITMENT, b"\1\2", b"\1\2"),
    ("1.2.3", b"\1\2", b"\1\2"),
]


@pytest.mark.parametrize(("uid", "information", "options"), _BYTES)
def test_options_are_these_bytes_both_ways(
    uid: str, information: bytes, options: Options | bytes
) -> None:
    assert decode(uid, information) == options
    assert extended(uid, options) == Extended(uid, information)


@pytest.mark.parametrize(
    ("uid", "information", "options"),
    [
        (CT, b"", StorageOptions()),
        (CT, b"\1\0", StorageOptions(level=1)),
        (CT, b"\1\0\0\0\1\0extra", StorageOptions(1, 0, 1)),
        (STUDY_FIND, b"", FindOptions()),
        (STUDY_FIND, b"\1\0\0\0\0\0\0\1\1", FindOptions(relational=True)),
        (STUDY_FIND, b"\xff\2\1", FindOptions(fuzzy=True)),
        (WORKLIST_FIND, b"\1", WorklistOptions()),
        (WORKLIST_FIND, b"\0\0\1", WorklistOptions(fuzzy=True)),
    ],
)
def test_too_few_and_too_many_bytes_are_taken_for_what_they_say(
    uid: str, information: bytes, options: Options
) -> None:
    assert decode(uid, information) == options


@pytest.mark.parametrize(
    ("ours", "offered", "answered"),
    [
        (StorageOptions(2, 1, 1), b"\3\0\0\0\2\0", b"\2\0\1\0\1\0"),
        (FindOptions(relational=True, fuzzy=True), b"\1", b"\1"),
        (FindOptions(relational=True, fuzzy=True), b"\1\1\1", b"\1\0\1"),
        (FindOptions(fuzzy=True), b"\1\0\0\0\0\0\0", b"\0\0\0\0\0\0\0"),
        (FindOptions(multiple=True), b"\1\0\0\0\0\0\1\1\1", b"\0\0\0\0\0\0\1"),
        (FindOptions(), b"", b""),
        (RetrieveOptions(view=True), b"\1\1", b"\0\1"),
        (WorklistOptions(fuzzy=True, timezone=True), b"\1\1\1", b"\1\1\1"),
        (WorklistOptions(fuzzy=True), b"\1\1\1\1", b"\1\1\1\0"),
        (WorklistOptions(fuzzy=True), b"\1\1", b"\1\1\0"),
    ],
)
def test_an_acceptor_grants_what_is_offered_and_supported_in_as_many_bytes(
    ours: Options, offered: bytes, answered: bytes
) -> None:
    assert ours.answer(offered) == answered


@pytest.mark.parametrize(
    ("uid", "offered", "answered", "held"),
    [
        (CT, b"\3\0\0\0\2\0", b"\2\0\0\0\1\0", StorageOptions(2, 0, 1)),
        (STUDY_FIND, b"\1\0\1", b"\1\1\0", FindOptions(relational=True)),
        (STUDY_FIND, b"\1\0\1", b"", FindOptions()),
        (WORKLIST_FIND, b"\1\1\1", b"\1\1\1\1", WorklistOptions(fuzzy=True)),
        ("1.2.3", b"ask", b"tell", b"tell"),
    ],
)
def test_what_holds_is_what_was_offered_and_answered(
    uid: str, offered: bytes, answered: bytes, held: Options | bytes
) -> None:
    assert agreed_options([Extended(uid, offered)], [Extended(uid, answered)]) == {uid: held}


@given(
    uid=st.sampled_from([CT, STUDY_FIND, STUDY_MOVE, WORKLIST_FIND, "1.2.3"]),
    offered=st.binary(max_size=12),
    answered=st.binary(max_size=12),
)
def test_any_bytes_are_decoded_and_answered(uid: str, offered: bytes, answered: bytes) -> None:
    ours = decode(uid, answered)
    rule = (lambda _offer: answered) if isinstance(ours, bytes) else ours
    found = answers([Extended(uid, offered)], {uid: rule})
    held = agreed_options([Extended(uid, offered)], found)
    assert type(held[uid]) is type(ours)
    # What is agreed on can be proposed anew.
    assert decode(uid, extended(uid, held[uid]).information) == held[uid]


# --- common extended negotiation


def test_table_b_3_3_names_storage_classes_only() -> None:
    storage = {entry.uid for entry in uids() if entry.storage}
    special = [uid for uid in storage if general_classes(uid)]
    assert len(special) == 22
    for uid in special:
        assert set(general_classes(uid)) <= storage - {uid}


def test_a_requestor_names_the_general_classes_of_what_it_proposes() -> None:
    (item,) = common_extended([CT, ENHANCED_SR, ENHANCED_SR])
    assert item.sop_class_uid == ENHANCED_SR
    assert item.service_class_uid == "1.2.840.10008.4.2"
    assert item.related == [f"1.2.840.10008.5.1.4.1.1.88.{n}" for n in (33, 34, 35)]


@pytest.mark.parametrize(
    ("policy", "items", "result"),
    [
        (Policy(private=False), [("1.2.3", "1.2.840.10008.4.2", [ENHANCED_SR])], 3),
        (Policy(private=False, related=True), [], 3),
        (
            Policy(private=False, related=True),
            [("1.2.3", "1.2.840.10008.4.2", ["1.2.5", ENHANCED_SR])],
            0,
        ),
        (Policy(private=False, related=True), [("1.2.3", "1.2.3.4", [ENHANCED_SR])], 3),
        (Policy(private=False, related=True), [("1.2.3", "1.2.840.10008.4.2", ["1.2.5"])], 3),
        (
            Policy(private=False, related=True, refused={ENHANCED_SR}),
            [("1.2.3", "1.2.840.10008.4.2", [ENHANCED_SR])],
            3,
        ),
        (
            Policy(private=False, related=True, refused={"1.2.3"}),
            [("1.2.3", "1.2.840.10008.4.2", [ENHANCED_SR])],
            1,
        ),
    ],
)
def test_an_unknown_class_is_accepted_for_the_general_class_it_names_if_the_policy_says_so(
    policy: Policy, items: list[tuple[str, str, list[str]]], result: int
) -> None:
    user = UserInformation(max_length=0, common_extended=[CommonExtended(*each) for each in items])
    rq = AssociateRq(b"RUSSET", b"TEST", propose([("1.2.3", [IMPLICIT])]), user)
    ac = answer(rq, policy, 16384)
    assert isinstance(ac, AssociateAc)
    assert [context.result for context in ac.contexts] == [result]
    assert ac.user.common_extended == []
