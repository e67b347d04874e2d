"""Performed procedure steps with pynetdicom, both ways, by the rules of PS3.4 F.7.2."""

import threading
from typing import Any

import pytest
from pydicom.dataset import Dataset as PydicomDataset
from pynetdicom import AE, _config, evt
from pynetdicom.sop_class import (
    ModalityPerformedProcedureStepNotification,
    ModalityPerformedProcedureStepRetrieve,
)

import russet
from russet.association.effects import Destination
from russet.data import Dataset
from russet.net.terms import NATIVE
from russet.services.procedure_step import (
    PROCEDURE_STEP,
    Observers,
    ProcedureStepService,
    change,
    create,
    discontinue,
)
from tests.support import pynetdicom_scu as scu
from tests.support.pynetdicom_peer import associate
from tests.support.pynetdicom_services import Services
from tests.support.worklist import ENDED, STEP, ended, started

pytestmark = pytest.mark.interop

_SERVICE = "Modality Performed Procedure Step"
_PATIENCE = 15.0


def row(direction: str, judged: str, service: str = _SERVICE) -> pytest.MarkDecorator:
    return pytest.mark.interop_row(
        peer="pynetdicom", service=service, direction=direction, judged=judged
    )


def as_pydicom(dataset: Dataset) -> PydicomDataset:
    return PydicomDataset.from_json(dataset.to_json())


@row("peer answers", "statuses")
def test_pynetdicom_keeps_what_we_make_of_a_worklist_item(
    pynetdicom_service_scp: Services,
) -> None:
    judge = pynetdicom_service_scp()
    operations = (
        change(STEP, ended()),
        create(STEP, started()),
        create(STEP, started()),
        change(STEP, ended()),
        change(STEP, discontinue(ENDED)),
    )
    contexts = [(PROCEDURE_STEP, NATIVE)]
    with russet.connect("127.0.0.1", judge.port, contexts=contexts) as association:
        statuses = [o.status for each in operations for o in association.perform(each)]
    assert statuses == [0x0112, 0x0000, 0x0111, 0x0000, 0x0110]
    (begun, _) = judge.heard("N-CREATE")
    assert begun["data"] == as_pydicom(started())
    last = judge.heard("N-SET")[-1]
    assert last["data"].PerformedProcedureStepStatus == "DISCONTINUED"


@row("peer asks", "statuses")
def test_we_keep_the_steps_of_pynetdicom() -> None:
    service = ProcedureStepService()
    begun, over = as_pydicom(started()), as_pydicom(ended())
    lacking = as_pydicom(started(Modality="gone"))
    with russet.serve(port=0, services=[service]) as scp:
        assert scu.n_create(scp.port, over, STEP) == 0x0106
        assert scu.n_create(scp.port, lacking, STEP) == 0x0120
        assert scu.n_set(scp.port, over, STEP) == 0x0112
        assert scu.n_create(scp.port, begun, STEP) == 0x0000
        assert scu.n_create(scp.port, begun, STEP) == 0x0111
        assert scu.n_set(scp.port, begun, STEP) == 0x0105
        assert scu.n_set(scp.port, over, STEP) == 0x0000
        assert scu.n_set(scp.port, over, STEP) == 0x0110
    step = service.steps.find(STEP)
    assert (step.PatientName, step.PerformedProcedureStepStatus) == ("Müller^Änne", "COMPLETED")


@row("peer asks", "a step, whole and in part", f"{_SERVICE} Retrieve")
def test_pynetdicom_retrieves_a_step() -> None:
    retrieve: Any = ModalityPerformedProcedureStepRetrieve
    service = ProcedureStepService()
    service.steps.put(STEP, started())
    entity = AE()
    entity.add_requested_context(retrieve)
    contexts = entity.requested_contexts
    with (
        russet.serve(port=0, services=[service]) as scp,
        associate(scp.port, "RUSSET", contexts) as association,
    ):
        status, whole = association.send_n_get([], retrieve, STEP)
        assert (status.Status, whole) == (0x0000, as_pydicom(started()))
        status, part = association.send_n_get([0x00080060, 0x00104000], retrieve, STEP)
        assert (status.Status, part.Modality) == (0x0001, "CT")
        status, _ = association.send_n_get([], retrieve, "1.2.3")
        assert status.Status == 0x0112


@row("peer answers", "the events", f"{_SERVICE} Notification")
def test_pynetdicom_is_told_of_a_step(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # It would take every class that it does not know for storage, and grant no roles for it.
    monkeypatch.setattr(_config, "UNRESTRICTED_STORAGE_SERVICE", False)
    told: list[tuple[str, int]] = []
    twice = threading.Event()

    def on_report(event: Any) -> tuple[int, None]:
        told.append((str(event.request.AffectedSOPInstanceUID), int(event.event_type)))
        if len(told) == 2:
            twice.set()
        return 0x0000, None

    entity = AE("RIS")
    entity.add_supported_context(
        ModalityPerformedProcedureStepNotification, scu_role=True, scp_role=True
    )
    handlers = [(evt.EVT_N_EVENT_REPORT, on_report)]
    server = entity.start_server(("127.0.0.1", port), block=False, evt_handlers=handlers)
    try:
        observers = Observers([Destination("127.0.0.1", port, "RIS")])
        with (
            russet.serve(port=0, services=[ProcedureStepService(observers=observers)]) as scp,
            russet.connect(
                "127.0.0.1", scp.port, contexts=[(PROCEDURE_STEP, NATIVE)]
            ) as association,
        ):
            for operation in (create(STEP, started()), change(STEP, ended())):
                (outcome,) = association.perform(operation)
                assert outcome.status == 0x0000
            assert twice.wait(_PATIENCE), told
    finally:
        server.shutdown()
    # Each goes over an association of its own, so that one may pass the other.
    assert sorted(told) == [(STEP, 1), (STEP, 2)]
