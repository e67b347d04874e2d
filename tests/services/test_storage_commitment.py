"""Storage commitment in both roles: requests, verdicts and reports (PS3.4 J), without sockets."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from russet.association import Policy, Proposal, Row, Service, propose
from russet.association.effects import Connect, Destination
from russet.association.normalized import Normalized, Outcome, action, event_report
from russet.association.rights import EVERYTHING
from russet.codec import Role
from russet.data import Dataset, read_dataset
from russet.errors import AbortedError, ConnectError, NoContextError, StatusError
from russet.services.storage_commitment import (
    INSTANCE,
    STORAGE_COMMITMENT,
    Commitment,
    CommitmentReports,
    CommitmentRequest,
    Reference,
    StorageCommitmentService,
    commit,
    outcome_report,
)
from tests.support.pair import CT, EXPLICIT, MR, NOW, Pair, established

CONTEXTS = propose([(STORAGE_COMMITMENT, [EXPLICIT])])
ASKED = [(CT, "1.2.1"), (MR, "1.2.2"), (CT, "1.2.3")]
TRANSACTION = "1.2.999"
EVERYBODY = [Row("everybody", rights=EVERYTHING)]
HOME = Destination("127.0.0.1", 104, "TEST", "RUSSET")


class Reports:
    """Takes reports; `association` is one that an SCP made for them."""

    def __init__(self, answer: object = None) -> None:
        self.taken: list[Commitment] = []
        self.connected: list[Connect] = []
        self.service = CommitmentReports(self.take)
        self._answer = answer

    def take(self, commitment: Commitment) -> object:
        self.taken.append(commitment)
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer

    def association(self, effect: Connect, granted: Sequence[str] = (STORAGE_COMMITMENT,)) -> Pair:
        self.connected.append(effect)
        to = effect.destination
        proposal = Proposal(to.called, to.calling, effect.contexts, roles=effect.roles)
        policy = Policy(ae_title=to.called, scu_classes=granted, rows=EVERYBODY)
        return established(self.service, proposal=proposal, policy=policy)


def asking(service: Service, reports: Reports) -> Pair:
    proposal = Proposal("RUSSET", "TEST", CONTEXTS)
    policy = Policy(also={STORAGE_COMMITMENT}, rows=EVERYBODY)
    return established(service, proposal=proposal, policy=policy, reports=(reports.service,))


def information(**changes: Any) -> Dataset:
    items = [
        Dataset(ReferencedSOPClassUID=sop_class, ReferencedSOPInstanceUID=instance)
        for sop_class, instance in ASKED
    ]
    elements = {"TransactionUID": TRANSACTION, "ReferencedSOPSequence": items, **changes}
    return Dataset({name: value for name, value in elements.items() if value != "gone"})


def item(*uids: str | None) -> Dataset:
    sop_class, instance = uids
    return Dataset(ReferencedSOPClassUID=sop_class, ReferencedSOPInstanceUID=instance)


# --- the request, and what the SCP says at once ---


def test_the_request_names_a_transaction_and_every_instance_once() -> None:
    asked: list[CommitmentRequest] = []

    def note(request: CommitmentRequest) -> list[str]:
        asked.append(request)
        return []

    pair = asking(StorageCommitmentService(note), Reports())
    operation = commit([*ASKED, ASKED[0]])
    (outcome,) = pair.perform(operation)
    assert outcome.status == 0x0000
    (request,) = asked
    assert request.transaction_uid == operation.transaction_uid
    assert operation.transaction_uid.startswith("2.25.")
    assert request.references == tuple(Reference(*each) for each in ASKED)
    assert (request.calling, request.called) == ("TEST", "RUSSET")


@pytest.mark.parametrize(
    ("operation", "status", "comment"),
    [
        (action(STORAGE_COMMITMENT, INSTANCE, 2, information()), 0x0123, "the one action type"),
        (action(STORAGE_COMMITMENT, "1.2.3", 1, information()), 0x0112, "the one instance"),
        (action(STORAGE_COMMITMENT, "no UID", 1, information()), 0x0117, "no UID"),
        (
            Normalized(
                0x0130,
                CT,
                INSTANCE,
                information(),
                abstract_syntax=STORAGE_COMMITMENT,
                action_type_id=1,
            ),
            0x0119,
            "the SOP class is not",
        ),
        (action(STORAGE_COMMITMENT, INSTANCE, 1), 0x0115, "no Transaction UID"),
        *(
            (action(STORAGE_COMMITMENT, INSTANCE, 1, information(**changes)), 0x0115, comment)
            for changes, comment in (
                ({"TransactionUID": "gone"}, "no Transaction UID"),
                ({"TransactionUID": None}, "no Transaction UID"),
                ({"ReferencedSOPSequence": "gone"}, "no instances"),
                ({"ReferencedSOPSequence": []}, "no instances"),
                ({"ReferencedSOPSequence": [Dataset()]}, "names no instance"),
                ({"ReferencedSOPSequence": [item(CT, None)]}, "names no instance"),
                ({"ReferencedSOPSequence": [item(None, "1.2")]}, "names no instance"),
                ({"ReferencedSOPSequence": [item(CT, "1.2"), item(MR, "1.2")]}, "twice"),
            )
        ),
        (Normalized(0x0140, STORAGE_COMMITMENT, INSTANCE), 0x0211, "N-CREATE-RQ is not performed"),
    ],
)
def test_what_is_no_such_request_is_refused(
    operation: Normalized, status: int, comment: str
) -> None:
    reports = Reports()
    pair = asking(StorageCommitmentService(lambda _: pytest.fail("not asked")), reports)
    (outcome,) = pair.perform(operation)
    assert outcome.status == status
    assert comment in (outcome.comment or "")
    assert reports.taken == []


# --- the verdict ---


async def later(asked: CommitmentRequest) -> set[str]:
    return {"1.2.1", "1.2.3"}


def raising(error: Exception) -> Callable[[CommitmentRequest], None]:
    def fail(_: CommitmentRequest) -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("handler", "failed"),
    [
        (lambda _: ["1.2.1", "1.2.2", "1.2.3", "1.2.4"], {}),
        (lambda _: dict.fromkeys(["1.2.1", "1.2.2", "1.2.3"], 0), {}),
        (lambda _: {"1.2.1"}, {"1.2.2": 0x0112, "1.2.3": 0x0112}),
        (lambda _: {"1.2.1": 0x0119, "1.2.2": 0, "1.2.3": 0}, {"1.2.1": 0x0119}),
        (lambda _: {"1.2.1": 0x0122}, {"1.2.1": 0x0122, "1.2.2": 0x0112, "1.2.3": 0x0112}),
        (later, {"1.2.2": 0x0112}),
        (lambda _: [], dict.fromkeys(["1.2.1", "1.2.2", "1.2.3"], 0x0112)),
        (raising(StatusError("full", 0x0213)), dict.fromkeys(["1.2.1", "1.2.2", "1.2.3"], 0x0213)),
        (raising(OSError("no disk")), dict.fromkeys(["1.2.1", "1.2.2", "1.2.3"], 0x0110)),
        (lambda _: None, dict.fromkeys(["1.2.1", "1.2.2", "1.2.3"], 0x0110)),
    ],
)
def test_the_report_covers_the_request(handler: Any, failed: dict[str, int]) -> None:
    reports = Reports()
    pair = asking(StorageCommitmentService(handler), reports)
    pair.perform(commit(ASKED, TRANSACTION))
    (commitment,) = reports.taken
    assert commitment.transaction_uid == TRANSACTION
    assert commitment.failed == failed
    assert commitment.committed == [uid for _, uid in ASKED if uid not in failed]
    assert commitment.ok == (not failed)
    assert pair.acceptor.errors == []


@pytest.mark.parametrize(
    ("failed", "event", "keywords"),
    [
        ({}, 1, ["TransactionUID", "ReferencedSOPSequence"]),
        ({"1.2.1": 0x0112}, 2, ["TransactionUID", "FailedSOPSequence", "ReferencedSOPSequence"]),
        (
            {"1.2.1": 0x0112, "1.2.2": 0x0110, "1.2.3": 0x0119},
            2,
            ["TransactionUID", "FailedSOPSequence"],
        ),
    ],
)
def test_the_event_type_says_whether_all_is_well(
    failed: dict[str, int], event: int, keywords: list[str]
) -> None:
    references = [Reference(*each) for each in ASKED]
    command, data = outcome_report(TRANSACTION, references, failed).request(7, EXPLICIT)
    assert (command.event_type_id, command.affected_sop_instance_uid) == (event, INSTANCE)
    assert data is not None
    found = read_dataset(bytes(data), EXPLICIT)
    assert {element.keyword for element in found} == set(keywords)
    reasons = [each.FailureReason for each in found.get("FailedSOPSequence") or ()]
    assert reasons == list(failed.values())


def test_a_transaction_that_is_in_use_fails_as_a_duplicate() -> None:
    reports = Reports()

    def judge(asked: CommitmentRequest) -> list[str]:
        # Asked again before the first has its report.
        (outcome,) = asking(service, reports).perform(commit(ASKED, TRANSACTION))
        assert outcome.status == 0x0000
        (again,) = reports.taken
        assert set(again.failed.values()) == {0x0131}
        return ["1.2.1", "1.2.2", "1.2.3"]

    service = StorageCommitmentService(judge)
    asking(service, reports).perform(commit(ASKED, TRANSACTION))
    assert [each.ok for each in reports.taken] == [False, True]


def test_a_transaction_that_was_reported_may_be_asked_again() -> None:
    reports = Reports()
    pair = asking(StorageCommitmentService(lambda _: ["1.2.1", "1.2.2", "1.2.3"]), reports)
    for _ in range(2):
        pair.perform(commit(ASKED, TRANSACTION))
    assert [each.ok for each in reports.taken] == [True, True]


# --- the report ---


def test_a_title_that_is_known_gets_its_report_over_an_association_of_its_own() -> None:
    reports = Reports()
    service = StorageCommitmentService(lambda _: [], {"TEST": HOME})
    pair = asking(service, Reports())
    pair.acceptor.connect = reports.association
    pair.perform(commit(ASKED, TRANSACTION))
    assert [each.transaction_uid for each in reports.taken] == [TRANSACTION]
    (connect,) = reports.connected
    assert connect.destination == HOME
    assert connect.roles == [Role(STORAGE_COMMITMENT, scu=False, scp=True)]


async def looked_up(title: str) -> Destination | None:
    return HOME if title == "TEST" else None


@pytest.mark.parametrize("destinations", [lambda title: HOME, looked_up])
def test_a_function_may_know_where_a_title_is(destinations: Any) -> None:
    reports = Reports()
    pair = asking(StorageCommitmentService(lambda _: [], destinations), Reports())
    pair.acceptor.connect = reports.association
    pair.perform(commit(ASKED, TRANSACTION))
    assert len(reports.taken) == 1


def test_a_report_that_does_not_get_through_is_tried_again() -> None:
    reports = Reports()
    tries = 0

    def connect(effect: Connect) -> Pair:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise ConnectError("nothing listens")
        return reports.association(effect)

    pair = asking(StorageCommitmentService(lambda _: [], {"TEST": HOME}, (1, 2, 4)), Reports())
    pair.acceptor.connect = connect
    pair.perform(commit(ASKED, TRANSACTION))
    assert pair.acceptor.pauses == [1, 2]
    assert len(reports.taken) == 1


def test_after_the_last_attempt_a_report_is_given_up() -> None:
    pair = asking(StorageCommitmentService(lambda _: [], {"TEST": HOME}, (1, 2)), Reports())
    pair.perform(commit(ASKED, TRANSACTION))
    assert pair.acceptor.pauses == [1, 2]
    (error,) = pair.acceptor.errors
    assert isinstance(error, ConnectError)
    (again,) = pair.perform(commit(ASKED, TRANSACTION))
    assert again.status == 0x0000


def test_a_peer_that_grants_no_role_is_not_tried_again() -> None:
    reports = Reports()
    pair = asking(StorageCommitmentService(lambda _: [], {"TEST": HOME}), Reports())
    pair.acceptor.connect = lambda effect: reports.association(effect, granted=())
    pair.perform(commit(ASKED, TRANSACTION))
    assert (reports.taken, pair.acceptor.pauses) == ([], [])
    (error,) = pair.acceptor.errors
    assert isinstance(error, NoContextError)


def test_a_report_that_is_refused_is_not_sent_again() -> None:
    reports = Reports(answer=0x0112)
    pair = asking(StorageCommitmentService(lambda _: [], {"TEST": HOME}), Reports())
    pair.acceptor.connect = reports.association
    pair.perform(commit(ASKED, TRANSACTION))
    assert (len(reports.taken), pair.acceptor.pauses) == (1, [])
    (error,) = pair.acceptor.errors
    assert isinstance(error, StatusError)
    assert error.status == 0x0112


def test_without_a_destination_a_report_ends_with_the_association() -> None:
    reports = Reports()

    def judge(_: CommitmentRequest) -> list[str]:
        pair.acceptor.association.abort(NOW)
        return []

    pair = asking(StorageCommitmentService(judge), reports)
    operation = commit(ASKED, TRANSACTION)
    for block in pair.requestor.association.begin(operation, NOW).blocks:
        pair.acceptor.receive(block)
    (error,) = pair.acceptor.errors
    assert isinstance(error, AbortedError)
    assert reports.taken == []


# --- taking reports ---


def told(operation: Normalized, reports: Reports) -> Outcome:
    connect = Connect(HOME, CONTEXTS, [Role(STORAGE_COMMITMENT, scu=False, scp=True)])
    (outcome,) = reports.association(connect).perform(operation)
    return outcome


@pytest.mark.parametrize(
    ("operation", "status"),
    [
        (event_report(STORAGE_COMMITMENT, INSTANCE, 3, information()), 0x0113),
        (event_report(STORAGE_COMMITMENT, "1.2.3", 1, information()), 0x0112),
        (event_report(STORAGE_COMMITMENT, INSTANCE, 1), 0x0115),
        (event_report(STORAGE_COMMITMENT, INSTANCE, 1, information(TransactionUID=None)), 0x0115),
    ],
)
def test_what_is_no_such_report_is_refused(operation: Normalized, status: int) -> None:
    reports = Reports()
    assert told(operation, reports).status == status
    assert reports.taken == []


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (None, 0x0000),
        (0x0213, 0x0213),
        (StatusError("not ours", 0x0112), 0x0112),
        (ValueError("a fault of ours"), 0x0110),
    ],
)
def test_what_a_handler_gives_or_raises_is_the_answer(answer: object, status: int) -> None:
    report = event_report(STORAGE_COMMITMENT, INSTANCE, 1, information(RetrieveAETitle="ARCHIVE"))
    reports = Reports(answer)
    assert told(report, reports).status == status
    (taken,) = reports.taken
    assert (taken.retrieve_title, taken.committed) == ("ARCHIVE", ["1.2.1", "1.2.2", "1.2.3"])


def test_one_side_may_be_both() -> None:
    reports = Reports()
    services = (StorageCommitmentService(lambda _: []), reports.service)
    classes = {STORAGE_COMMITMENT}
    policy = Policy(also=classes, scu_classes=classes, rows=EVERYBODY)
    asked = Proposal("RUSSET", "TEST", CONTEXTS, roles=[Role(STORAGE_COMMITMENT, True, True)])
    pair = established(*services, proposal=asked, policy=policy, reports=(Reports().service,))
    (accepted,) = pair.perform(commit(ASKED))
    (reported,) = pair.perform(event_report(STORAGE_COMMITMENT, INSTANCE, 1, information()))
    assert (accepted.status, reported.status, len(reports.taken)) == (0x0000, 0x0000, 1)


def test_a_failure_reason_is_shown_as_the_standard_writes_it_and_is_a_number() -> None:
    reports = Reports()
    asking(StorageCommitmentService(lambda _: []), reports).perform(commit(ASKED, TRANSACTION))
    reason = reports.taken[0].failed["1.2.1"]
    assert reason == 0x0112
    assert (str(reason), f"{reason:04X}") == ("0112H (no such object instance)", "0112")
    assert repr(reports.taken[0].failed).startswith("{'1.2.1': <FailureReason 0112H no such obj")
    assert json.dumps(reason) == "274"
