"""The DIMSE-N services with pynetdicom, both ways, for classes that have no service here."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
from pydicom.dataset import Dataset as PydicomDataset
from pynetdicom import AE, build_context, evt
from pynetdicom.sop_class import BasicFilmSession, Printer

import russet
from russet.association import normalized
from russet.association.normalized import NormalizedRequest, NormalizedResult, NormalizedService
from russet.data import Dataset
from russet.errors import StatusError
from russet.net.terms import NATIVE
from tests.support.pynetdicom_peer import associate
from tests.support.pynetdicom_scu import identifier

pytestmark = pytest.mark.interop

SESSION: Final[Any] = BasicFilmSession
PRINTER: Final[Any] = Printer
UID: Final = "1.2.3"
COPIES: Final = 0x2000_0010


def row(direction: str) -> pytest.MarkDecorator:
    return pytest.mark.interop_row(
        peer="pynetdicom", service="DIMSE-N", direction=direction, judged="statuses and attributes"
    )


class Sessions:
    """Keeps film sessions, and tells of a printer."""

    def __init__(self) -> None:
        self.held: dict[str | None, Dataset] = {}

    def create(self, asked: NormalizedRequest) -> NormalizedResult | Dataset:
        if asked.sop_instance_uid in self.held:
            return NormalizedResult(0x0111, comment="there is one")
        self.held[asked.sop_instance_uid] = asked.dataset
        return asked.dataset

    def set(self, asked: NormalizedRequest) -> NormalizedResult | Dataset:
        session = self._session(asked)
        if asked.dataset.get("PrintPriority") == "SOON":
            return NormalizedResult(0x0106, Dataset(PrintPriority="SOON"), "no such priority")
        session.PrintPriority = asked.dataset.PrintPriority
        return session

    def get(self, asked: NormalizedRequest) -> NormalizedResult:
        return NormalizedResult(0x0001, Dataset(PrinterStatus="NORMAL"))

    def action(self, asked: NormalizedRequest) -> Dataset:
        self._session(asked)
        return Dataset(ReferencedPrintJobSequence=[Dataset(ReferencedSOPInstanceUID="1.9")])

    def delete(self, asked: NormalizedRequest) -> None:
        self._session(asked)
        del self.held[asked.sop_instance_uid]

    def _session(self, asked: NormalizedRequest) -> Dataset:
        if asked.sop_instance_uid not in self.held:
            raise StatusError("no such session", 0x0112)
        return self.held[asked.sop_instance_uid]


@row("peer asks")
def test_pynetdicom_asks_for_every_service() -> None:
    service = NormalizedService(Sessions(), {SESSION, PRINTER})
    contexts = [build_context(SESSION), build_context(PRINTER)]
    with (
        russet.serve(port=0, services=[service]) as scp,
        associate(scp.port, "RUSSET", contexts) as association,
    ):
        two = identifier(NumberOfCopies=2)
        status, made = association.send_n_create(two, SESSION, UID)
        assert (status.Status, made) == (0x0000, two)
        status, _ = association.send_n_create(two, SESSION, UID)
        assert (status.Status, status.ErrorComment) == (0x0111, "there is one")
        status, changed = association.send_n_set(identifier(PrintPriority="LOW"), SESSION, UID)
        assert (status.Status, changed.PrintPriority) == (0x0000, "LOW")
        status, _ = association.send_n_set(identifier(PrintPriority="SOON"), SESSION, UID)
        assert status.Status == 0x0106
        status, printer = association.send_n_get([0x21100010], PRINTER, "1.2.840.10008.5.1.1.17")
        assert (status.Status, printer.PrinterStatus) == (0x0001, "NORMAL")
        status, job = association.send_n_action(None, 1, SESSION, UID)
        assert job.ReferencedPrintJobSequence[0].ReferencedSOPInstanceUID == "1.9"
        assert association.send_n_delete(SESSION, UID).Status == 0x0000
        assert association.send_n_delete(SESSION, UID).Status == 0x0112


@contextmanager
def printing() -> Iterator[int]:
    """pynetdicom as a printer that keeps one film session; its port."""
    held: dict[str, PydicomDataset] = {}

    def create(event: Any) -> tuple[int, PydicomDataset | None]:
        uid = str(event.request.AffectedSOPInstanceUID)
        if uid in held:
            return 0x0111, None
        held[uid] = event.attribute_list
        return 0x0000, held[uid]

    def change(event: Any) -> tuple[int, PydicomDataset | None]:
        held[str(event.request.RequestedSOPInstanceUID)].update(event.modification_list)
        return 0x0000, held[str(event.request.RequestedSOPInstanceUID)]

    def act(event: Any) -> tuple[int, PydicomDataset]:
        return 0x0000, identifier(PrintPriority=f"TYPE {event.action_type}")

    def delete(event: Any) -> int:
        return 0x0000 if held.pop(str(event.request.RequestedSOPInstanceUID), None) else 0x0112

    entity = AE("PYNETDICOM")
    entity.add_supported_context(SESSION)
    entity.add_supported_context(PRINTER)
    handlers = [
        (evt.EVT_N_CREATE, create),
        (evt.EVT_N_SET, change),
        (evt.EVT_N_GET, lambda _: (0x0000, identifier(PrinterStatus="NORMAL"))),
        (evt.EVT_N_ACTION, act),
        (evt.EVT_N_DELETE, delete),
    ]
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    try:
        yield server.socket.getsockname()[1]
    finally:
        server.shutdown()


@row("peer answers")
def test_pynetdicom_answers_every_service() -> None:
    operations = (
        normalized.create(SESSION, UID, Dataset(NumberOfCopies=2)),
        normalized.create(SESSION, UID, Dataset(NumberOfCopies=2)),
        normalized.set_attributes(SESSION, UID, Dataset(PrintPriority="LOW")),
        normalized.get(PRINTER, "1.2.840.10008.5.1.1.17", [0x2110_0010]),
        normalized.action(SESSION, UID, 1),
        normalized.delete(SESSION, UID),
        normalized.delete(SESSION, UID),
    )
    contexts = [(str(SESSION), NATIVE), (str(PRINTER), NATIVE)]
    with (
        printing() as port,
        russet.connect("127.0.0.1", port, contexts=contexts) as association,
    ):
        found = [outcome for each in operations for outcome in association.perform(each)]
    assert [each.status for each in found] == [0, 0x0111, 0, 0, 0, 0, 0x0112]
    made, _, changed, printer, job, *_ = found
    assert made.dataset == Dataset(NumberOfCopies=2)
    assert changed.dataset == Dataset(NumberOfCopies=2, PrintPriority="LOW")
    assert printer.dataset == Dataset(PrinterStatus="NORMAL")
    assert job.dataset == Dataset(PrintPriority="TYPE 1")
