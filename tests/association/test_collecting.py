"""Identifiers and attribute lists that are cut short: a failure, and never half a request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from russet.association import Policy, Proposal, Row, propose
from russet.association.normalized import NormalizedService, create
from russet.association.rights import EVERYTHING
from russet.data import Dataset
from russet.services.procedure_step import PROCEDURE_STEP, ProcedureStepService
from russet.services.procedure_step import create as create_step
from russet.services.query import Find, QueryService
from russet.services.retrieve import Retrieve, RetrieveService
from russet.services.storage_commitment import (
    STORAGE_COMMITMENT,
    StorageCommitmentService,
    commit,
)
from tests.support.pair import CT, EXPLICIT, IMPLICIT, established

LAMP = "1.2.826.0.1.3680043.8.498.100"
STUDY_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
STUDY_GET = "1.2.840.10008.5.1.4.1.2.2.3"
BIG = "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
SYNTAXES = [EXPLICIT, IMPLICIT, BIG, DEFLATED]
IDENTIFIER = Dataset(
    QueryRetrieveLevel="STUDY",
    PatientName="DOE^J",
    ReferencedStudySequence=[Dataset(ReferencedSOPInstanceUID="1.2.3")],
    StudyInstanceUID="1.2.3",
)


def never(*_: object) -> Any:
    pytest.fail("half a request was performed")


class Never:
    create = staticmethod(never)


class Cut:
    """An operation whose data set loses its end on the way."""

    def __init__(self, operation: Any, end: int) -> None:
        self._operation = operation
        self._end = end

    def __getattr__(self, name: str) -> Any:
        return getattr(self._operation, name)

    def request(self, message_id: int, transfer_syntax: str) -> Any:
        command, data = self._operation.request(message_id, transfer_syntax)
        return command, bytes(data)[: self._end]


ASKING: list[tuple[Any, str, Callable[[], Any], int]] = [
    (QueryService(never), STUDY_FIND, lambda: Find(STUDY_FIND, IDENTIFIER), 0xA900),
    (RetrieveService(never), STUDY_GET, lambda: Retrieve(STUDY_GET, IDENTIFIER), 0xA900),
    (NormalizedService(Never, {LAMP}), LAMP, lambda: create(LAMP, "1.2", IDENTIFIER), 0x0115),
    (
        ProcedureStepService(never),
        PROCEDURE_STEP,
        lambda: create_step("1.2", IDENTIFIER),
        0x0106,
    ),
    (
        StorageCommitmentService(never),
        STORAGE_COMMITMENT,
        lambda: commit([(CT, "1.2.3")], "1.2"),
        0x0115,
    ),
]


def ends(encoded: bytes, transfer_syntax: str) -> set[int]:
    """Where a whole number of elements has arrived: nothing is missing that anybody could see."""
    if transfer_syntax == DEFLATED:
        return {0}
    whole = set()
    for count in range(len(IDENTIFIER) + 1):
        some = IDENTIFIER.copy()
        for tag in list(some.tags())[count:]:
            del some[tag]
        whole.add(len(bytes(some.encode(transfer_syntax))))
    assert max(whole) == len(encoded)
    return whole


@pytest.mark.parametrize("transfer_syntax", SYNTAXES)
def test_a_query_cut_anywhere_is_refused(transfer_syntax: str) -> None:
    contexts = propose([(STUDY_FIND, [transfer_syntax])])
    everybody = Policy(also={STUDY_FIND}, rows=[Row("everybody", rights=EVERYTHING)])
    proposal = Proposal("RUSSET", "TEST", contexts)
    pair = established(QueryService(never), proposal=proposal, policy=everybody)
    encoded = bytes(IDENTIFIER.encode(transfer_syntax))
    for end in sorted(set(range(0, len(encoded), 2)) - ends(encoded, transfer_syntax)):
        operation: Any = Cut(Find(STUDY_FIND, IDENTIFIER), end)
        (found,) = pair.perform(operation)
        assert found.status == 0xA900, end


@pytest.mark.parametrize(("service", "sop_class", "operation", "status"), ASKING)
def test_each_service_has_its_own_word_for_it(
    service: Any, sop_class: str, operation: Callable[[], Any], status: int
) -> None:
    contexts = propose([(sop_class, [EXPLICIT])])
    everybody = Policy(also={sop_class}, rows=[Row("everybody", rights=EVERYTHING)])
    pair = established(service, proposal=Proposal("RUSSET", "TEST", contexts), policy=everybody)
    _, data = operation().request(1, EXPLICIT)
    for end in (2, len(bytes(data)) - 2):
        (result,) = pair.perform(Cut(operation(), end))
        assert result.status == status
        assert "more bytes needed" in (result.comment or "")
