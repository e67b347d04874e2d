"""pynetdicom as SCP of every service, a program: `python -m ... PORT SCRIPT`.

The script, written by `tests.support.pynetdicom_services`, says what to answer. What is heard is
printed, one JSON object a line.
"""

import json
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.filereader import read_file_meta_info
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, build_context, build_role, evt
from pynetdicom.presentation import (
    AllStoragePresentationContexts,
    BasicWorklistManagementPresentationContexts,
    QueryRetrievePresentationContexts,
)
from pynetdicom.sop_class import (
    ModalityPerformedProcedureStep,
    StorageCommitmentPushModel,
    Verification,
)

import tests.support.pynetdicom_pause  # noqa: F401 (mends pynetdicom)

# Its own order counts, not that of the requestor: Explicit VR first.
_SYNTAXES: Final = [ExplicitVRLittleEndian, *ALL_TRANSFER_SYNTAXES]
_PENDING: Final = 0xFF00
_CANCELLED: Final = 0xFE00
_COMMITTED: Final = 1  # Event Type IDs (PS3.4 J.3.3.1)
_NOT_ALL: Final = 2
_NO_SUCH_INSTANCE: Final = 0x0112
_TWICE: Final = 0x0111
_FINAL_STATE: Final = 0x0110
_COMMIT_INSTANCE: Final = "1.2.840.10008.1.20.1.1"

_Steps = dict[str, Dataset]


class _Peer:
    """The handlers, and what they know."""

    def __init__(self, script: dict[str, Any]) -> None:
        self._script = script
        self._steps: _Steps = {}

    def echo(self, event: evt.Event) -> int:
        _heard(event, "C-ECHO", None)
        return int(self._script["status"])

    def store(self, event: evt.Event) -> int:
        _heard(event, "C-STORE", None, uid=str(event.request.AffectedSOPInstanceUID))
        return int(self._script["status"])

    def find(self, event: evt.Event) -> Iterator[tuple[int, Dataset | None]]:
        _heard(event, "C-FIND", event.identifier)
        for identifier in self._matches():
            if event.is_cancelled:
                _heard(event, "C-CANCEL", None)
                yield _CANCELLED, None
                return
            yield _PENDING, identifier
        if self._script["final"]:
            yield self._script["final"], None

    def move(self, event: evt.Event) -> Iterator[Any]:
        _heard(event, "C-MOVE", event.identifier, destination=event.move_destination)
        port = self._script["hosts"].get(event.move_destination)
        files = [dcmread(path) for path in self._script["files"]]
        kinds = {
            (f.file_meta.MediaStorageSOPClassUID, f.file_meta.TransferSyntaxUID) for f in files
        }
        contexts = [build_context(*kind) for kind in sorted(kinds)]
        yield ("127.0.0.1", port, {"contexts": contexts}) if port else (None, None)
        yield from self._sub_operations(event, files)

    def retrieve(self, event: evt.Event) -> Iterator[Any]:
        _heard(event, "C-GET", event.identifier)
        yield from self._sub_operations(event, [dcmread(path) for path in self._script["files"]])

    def create(self, event: evt.Event) -> tuple[int, Dataset | None]:
        uid = str(event.request.AffectedSOPInstanceUID)
        _heard(event, "N-CREATE", event.attribute_list, uid=uid)
        if self._script["status"]:
            return self._script["status"], None
        if uid in self._steps:
            return _TWICE, None
        self._steps[uid] = event.attribute_list
        return 0x0000, event.attribute_list

    def set(self, event: evt.Event) -> tuple[int, Dataset | None]:
        uid = str(event.request.RequestedSOPInstanceUID)
        _heard(event, "N-SET", event.modification_list, uid=uid)
        if self._script["status"]:
            return self._script["status"], None
        if uid not in self._steps:
            return _NO_SUCH_INSTANCE, None
        step = self._steps[uid]
        if step.PerformedProcedureStepStatus != "IN PROGRESS":
            return _FINAL_STATE, None
        step.update(event.modification_list)
        return 0x0000, event.modification_list

    def action(self, event: evt.Event) -> tuple[int, Dataset | None]:
        asked = event.action_information
        _heard(event, "N-ACTION", asked)
        if not self._script["status"]:
            # The response goes first; the report waits for this handler to return.
            threading.Thread(target=self._report, args=(event.assoc, asked), daemon=True).start()
        return self._script["status"], None

    def _matches(self) -> Iterator[Dataset]:
        found = [Dataset.from_json(text) for text in self._script["identifiers"]]
        yield from found
        while self._script["endless"]:
            # pynetdicom reads nothing while it has something to send: it would hear no C-CANCEL.
            time.sleep(0.002)
            yield from found

    def _sub_operations(self, event: evt.Event, files: list[Dataset]) -> Iterator[Any]:
        yield len(files)
        for file in files:
            if event.is_cancelled:
                _heard(event, "C-CANCEL", None)
                yield _CANCELLED, Dataset()
                return
            yield _PENDING, file
        if self._script["final"]:
            yield self._script["final"], Dataset()

    def _report(self, association: Any, asked: Dataset) -> None:
        report, kind = self._outcome(asked)
        port = self._script["report_to"]
        if port is None:
            _report_on(association, report, kind)
            return
        entity = AE("PYNETDICOM")
        role = build_role(StorageCommitmentPushModel, scp_role=True)
        other = entity.associate(
            "127.0.0.1",
            port,
            [build_context(StorageCommitmentPushModel)],
            association.requestor.ae_title,
            ext_neg=[role],
        )
        if other.is_established:
            _report_on(other, report, kind)
            other.release()

    def _outcome(self, asked: Dataset) -> tuple[Dataset, int]:
        report = Dataset()
        report.TransactionUID = asked.TransactionUID
        lost = set(self._script["lost"])
        referenced = list(asked.ReferencedSOPSequence)
        kept = [i for i in referenced if i.ReferencedSOPInstanceUID not in lost]
        failed = [i for i in referenced if i.ReferencedSOPInstanceUID in lost]
        if kept:
            report.ReferencedSOPSequence = kept
        if not failed:
            return report, _COMMITTED
        for item in failed:
            item.FailureReason = _NO_SUCH_INSTANCE
        report.FailedSOPSequence = failed
        return report, _NOT_ALL


def _report_on(association: Any, report: Dataset, kind: int) -> None:
    status, _ = association.send_n_event_report(
        report, kind, StorageCommitmentPushModel, _COMMIT_INSTANCE
    )
    _say(what="N-EVENT-REPORT", status=status.get("Status"))


def _heard(event: evt.Event, what: str, data: Dataset | None, **more: str) -> None:
    _say(
        what=what,
        calling=event.assoc.requestor.ae_title,
        sop_class=str(event.context.abstract_syntax),
        data=None if data is None else data.to_json_dict(),
        **more,
    )


def _say(**line: Any) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main(port: int, script: dict[str, Any]) -> None:
    """Serve until killed."""
    entity = AE("PYNETDICOM")
    entity.maximum_pdu_size = 0
    entity.add_supported_context(Verification)
    entity.add_supported_context(ModalityPerformedProcedureStep)
    entity.add_supported_context(StorageCommitmentPushModel, scu_role=True, scp_role=True)
    held = {read_file_meta_info(path).MediaStorageSOPClassUID for path in script["files"]}
    for syntax in held | {context.abstract_syntax for context in AllStoragePresentationContexts}:
        # For C-GET the requestor is the SCP of storage (PS3.7 D.3.3.4).
        entity.add_supported_context(syntax, _SYNTAXES, scu_role=True, scp_role=True)
    for context in (
        *QueryRetrievePresentationContexts,
        *BasicWorklistManagementPresentationContexts,
    ):
        entity.add_supported_context(context.abstract_syntax)
    peer = _Peer(script)
    handlers = [
        (evt.EVT_C_ECHO, peer.echo),
        (evt.EVT_C_STORE, peer.store),
        (evt.EVT_C_FIND, peer.find),
        (evt.EVT_C_MOVE, peer.move),
        (evt.EVT_C_GET, peer.retrieve),
        (evt.EVT_N_CREATE, peer.create),
        (evt.EVT_N_SET, peer.set),
        (evt.EVT_N_ACTION, peer.action),
    ]
    entity.start_server(("127.0.0.1", port), block=True, evt_handlers=handlers)


if __name__ == "__main__":
    main(int(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text()))
