"""One final response for each request, whatever a service does after it: for every service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from russet.association import Answer, Policy, Proposal, Request, Row, Service, propose
from russet.association import normalized as n
from russet.association.effects import Effects, Later
from russet.association.normalized import NormalizedResult, NormalizedService
from russet.association.rights import EVERYTHING
from russet.codec import Command, Role
from russet.data import Dataset
from russet.dimse.commands import response as respond
from russet.errors import StatusError
from russet.services.procedure_step import (
    NOTIFICATION,
    PROCEDURE_STEP,
    ProcedureStepReports,
    ProcedureStepService,
    StepEvent,
    create,
    notify,
)
from russet.services.query import Find, QueryService
from russet.services.retrieve import Retrieve, RetrieveService
from russet.services.storage import StorageService, Store
from russet.services.storage_commitment import (
    STORAGE_COMMITMENT,
    CommitmentReports,
    StorageCommitmentService,
    commit,
    outcome_report,
)
from russet.services.verification import VERIFICATION, Echo, VerificationService
from russet.storage.functions import FunctionReceiver
from tests.support.pair import CT, EXPLICIT, Pair, established
from tests.support.worklist import STEP, started

LAMP = "1.2.826.0.1.3680043.8.498.100"
STUDY_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
STUDY_GET = "1.2.840.10008.5.1.4.1.2.2.3"
STUDY = Dataset(QueryRetrieveLevel="STUDY", StudyInstanceUID="1.2.3")
CLASSES = [
    VERIFICATION,
    CT,
    STUDY_FIND,
    STUDY_GET,
    LAMP,
    PROCEDURE_STEP,
    NOTIFICATION,
    STORAGE_COMMITMENT,
]
DATA = bytes(Dataset(SOPClassUID=CT, SOPInstanceUID="1.2.1").encode(EXPLICIT))


class Lamp:
    def get(self, _: object) -> None:
        """Have nothing to say."""


Make = Callable[[], Any]
SERVICES: list[tuple[Make, Make]] = [
    (VerificationService, Echo),
    (
        lambda: StorageService(FunctionReceiver(lambda _: None)),
        lambda: Store(CT, "1.2.1", EXPLICIT, DATA),
    ),
    (lambda: QueryService(lambda _: [STUDY]), lambda: Find(STUDY_FIND, STUDY)),
    (lambda: RetrieveService(lambda _: []), lambda: Retrieve(STUDY_GET, STUDY)),
    (lambda: NormalizedService(Lamp(), {LAMP}), lambda: n.get(LAMP, "1.2")),
    (ProcedureStepService, lambda: create(STEP, started())),
    (lambda: ProcedureStepReports(lambda *_: None), lambda: notify(STEP, StepEvent.UPDATED)),
    (lambda: StorageCommitmentService(lambda _: []), lambda: commit([(CT, "1.2.1")])),
    (lambda: CommitmentReports(lambda _: None), lambda: outcome_report("1.2.9", [], {})),
]


class Spoilt:
    """A service whose performances go on after their final answer."""

    def __init__(self, service: Service, then: Callable[[Command], Effects]) -> None:
        self._service = service
        self._then = then

    def __getattr__(self, name: str) -> Any:
        return getattr(self._service, name)

    def perform(self, request: Request, peer: Any) -> Any:
        performance: Any = self._service.perform(request, peer)
        finish, then = performance.finish, self._then

        def spoilt() -> Effects:
            yield from finish()
            yield from then(request.command)

        performance.finish = spoilt
        return performance


def associated(service: Any) -> Pair:
    roles = [Role(uid, scu=True, scp=True) for uid in CLASSES]
    contexts = propose((uid, [EXPLICIT]) for uid in CLASSES)
    proposal = Proposal("RUSSET", "TEST", contexts, roles=roles)
    everybody = [Row("everybody", rights=EVERYTHING)]
    policy = Policy(also=CLASSES, scu_classes=CLASSES, rows=everybody)
    services = (service, VerificationService())
    taking = (CommitmentReports(lambda _: None),)
    return established(*services, proposal=proposal, policy=policy, reports=taking)


def fail(_: Command) -> Effects:
    yield from ()
    raise ValueError("after all was said")


def refuse(_: Command) -> Effects:
    yield from ()
    raise StatusError("nobody is there to be told", 0x0110)


def again(command: Command) -> Effects:
    yield Answer(respond(command, 0x0110))
    yield Answer(respond(command, 0xFF00))


def apart(command: Command) -> Effects:
    yield Later(again(command))


@pytest.mark.parametrize(("service", "operation"), SERVICES)
@pytest.mark.parametrize("then", [fail, refuse, again, apart])
def test_after_the_final_answer_nothing_else_is_answered(
    service: Make,
    operation: Make,
    then: Callable[[Command], Effects],
    caplog: pytest.LogCaptureFixture,
) -> None:
    expected = associated(service()).perform(operation())
    assert caplog.records == []
    pair = associated(Spoilt(service(), then))
    # Another response would answer no request of ours: the requestor would abort.
    assert [status(each) for each in pair.perform(operation())] == [
        status(each) for each in expected
    ]
    assert pair.acceptor.association.data_to_send() == b""
    assert not pair.requestor.association.should_close
    assert "answer to" in caplog.text, "what went wrong is in the log"


def status(result: Any) -> int:
    return int(getattr(result, "status", result))


def test_what_follows_an_answer_of_a_handler_may_fail(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def get(self, _: object) -> NormalizedResult:
            return NormalizedResult(comment="there", afterwards=fail(Command(0)))

    pair = associated(NormalizedService(Broken(), {LAMP}))
    (outcome,) = pair.perform(n.get(LAMP, "1.2"))
    assert (outcome.status, outcome.comment) == (0x0000, "there")
    assert "what follows the answer to N-GET-RQ failed: after all was said" in caplog.text
    assert pair.perform(Echo()) == [0x0000]


def test_an_answer_that_cannot_be_encoded_is_none(caplog: pytest.LogCaptureFixture) -> None:
    """The failure that it is goes out instead."""

    class Odd:
        def get(self, asked: Any) -> NormalizedResult:
            return NormalizedResult(sop_instance_uid="\u2603")

    (outcome,) = associated(NormalizedService(Odd(), {LAMP})).perform(n.get(LAMP, "1.2"))
    assert outcome.status == 0x0110
