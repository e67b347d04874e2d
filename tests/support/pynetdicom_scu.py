"""pynetdicom as SCU of the services beyond echo and store."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from unittest.mock import patch

from pydicom.dataset import Dataset
from pydicom.uid import UID
from pynetdicom import AE, _config, build_context, build_role, evt
from pynetdicom.sop_class import (
    ModalityPerformedProcedureStep,
    StorageCommitmentPushModel,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
)

from tests.support.pynetdicom_peer import associate

__all__ = [
    "Found",
    "Retrieved",
    "commit",
    "find",
    "identifier",
    "move",
    "n_create",
    "n_set",
    "retrieve",
]

_COMMIT_INSTANCE: Final = UID("1.2.840.10008.1.20.1.1")
_REQUEST_COMMITMENT: Final = 1
_PATIENCE: Final = 15.0
_NATIVE: Final = ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2"]


@dataclass
class Found:
    """The answers to a C-FIND; `statuses` are those of every response."""

    identifiers: list[Dataset] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)


@dataclass
class Retrieved:
    """The answers to a C-GET or C-MOVE: statuses, the last response, and what C-GET brought."""

    statuses: list[int] = field(default_factory=list)
    last: Dataset = field(default_factory=Dataset)
    arrived: dict[str, bytes] = field(default_factory=dict)


def identifier(**values: Any) -> Dataset:
    """An identifier from keywords; "" asks for a value."""
    dataset = Dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


def find(
    port: int,
    query: Dataset,
    *,
    called: str = "RUSSET",
    model: str = StudyRootQueryRetrieveInformationModelFind,
    cancel_after: int = 0,
) -> Found:
    """C-FIND; after `cancel_after` responses a C-CANCEL is sent."""
    found = Found()
    with associate(port, called, [build_context(model)]) as association:
        for status, data in association.send_c_find(query, model, msg_id=7):
            found.statuses.append(int(status.Status))
            if data is not None:
                found.identifiers.append(data)
            if cancel_after and len(found.statuses) == cancel_after:
                association.send_c_cancel(7, query_model=model)
    return found


def retrieve(
    port: int, query: Dataset, classes: Sequence[str], *, called: str = "RUSSET"
) -> Retrieved:
    """C-GET in the Study Root model; instances of `classes` are taken."""
    model = StudyRootQueryRetrieveInformationModelGet
    retrieved = Retrieved()

    def on_store(event: Any) -> int:
        data = event.request.DataSet.getvalue()
        retrieved.arrived[str(event.request.AffectedSOPInstanceUID)] = data
        return 0x0000

    contexts = [build_context(model), *(build_context(UID(uid), _NATIVE) for uid in classes)]
    roles = [build_role(UID(uid), scp_role=True) for uid in classes]
    handlers = [(evt.EVT_C_STORE, on_store)]
    with associate(port, called, contexts, ext_neg=roles, evt_handlers=handlers) as association:
        _follow(association.send_c_get(query, model), retrieved)
    return retrieved


def move(port: int, query: Dataset, destination: str, *, called: str = "RUSSET") -> Retrieved:
    """C-MOVE in the Study Root model."""
    model = StudyRootQueryRetrieveInformationModelMove
    retrieved = Retrieved()
    with associate(port, called, [build_context(model)]) as association:
        _follow(association.send_c_move(query, destination, model), retrieved)
    return retrieved


def n_create(port: int, step: Dataset, uid: str, *, called: str = "RUSSET") -> int:
    """The status of an N-CREATE of a Modality Performed Procedure Step."""
    sop_class = ModalityPerformedProcedureStep
    with associate(port, called, [build_context(sop_class)]) as association:
        status, _ = association.send_n_create(step, sop_class, UID(uid))
        return int(status.Status)


def n_set(port: int, changes: Dataset, uid: str, *, called: str = "RUSSET") -> int:
    """The status of an N-SET of a Modality Performed Procedure Step."""
    sop_class = ModalityPerformedProcedureStep
    with associate(port, called, [build_context(sop_class)]) as association:
        status, _ = association.send_n_set(changes, sop_class, UID(uid))
        return int(status.Status)


def commit(
    port: int, asked: Dataset, *, called: str = "RUSSET", listen: int | None = None
) -> tuple[int, list[tuple[int, Dataset]]]:
    """Ask for storage commitment: the status, then (Event Type ID, report) as they came.

    One report is waited for: on the same association, or on another one to port `listen`.
    """
    sop_class = StorageCommitmentPushModel
    reports: list[tuple[int, Dataset]] = []
    come = threading.Event()

    def on_report(event: Any) -> tuple[int, None]:
        reports.append((int(event.event_type), event.event_information))
        come.set()
        return 0x0000, None

    handlers = [(evt.EVT_N_EVENT_REPORT, on_report)]
    with (
        _reports(listen, handlers),
        associate(port, called, [build_context(sop_class)], evt_handlers=handlers) as association,
    ):
        status, _ = association.send_n_action(
            asked, _REQUEST_COMMITMENT, sop_class, _COMMIT_INSTANCE
        )
        if status.Status == 0x0000:
            assert come.wait(_PATIENCE), "no N-EVENT-REPORT came"
    return int(status.Status), reports


@contextmanager
def _reports(port: int | None, handlers: list[Any]) -> Iterator[None]:
    if port is None:
        yield
        return
    entity = AE("PYNETDICOM")
    entity.add_supported_context(StorageCommitmentPushModel, scu_role=True, scp_role=True)
    # Without restrictions pynetdicom answers no role selection, and we would be the SCP.
    with patch.object(_config, "UNRESTRICTED_STORAGE_SERVICE", new=False):
        server = entity.start_server(("127.0.0.1", port), block=False, evt_handlers=handlers)
        try:
            yield
        finally:
            server.shutdown()


def _follow(responses: Any, retrieved: Retrieved) -> None:
    for status, _ in responses:
        retrieved.statuses.append(int(status.Status))
        retrieved.last = status
