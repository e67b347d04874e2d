"""pynetdicom in both roles, with data sets as bytes: nothing is decoded or encoded anew."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydicom.uid import UID
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, _config, evt
from pynetdicom.presentation import AllStoragePresentationContexts, build_context
from pynetdicom.sop_class import Verification

import tests.support.pynetdicom_pause  # noqa: F401 (mends pynetdicom)
from tests.support.part10 import Part10

__all__ = ["PynetdicomScp", "associate", "echo", "pynetdicom_scp", "store"]

_config.UNRESTRICTED_STORAGE_SERVICE = True  # retired classes too
_config.STORE_SEND_CHUNKED_DATASET = True  # a file's bytes as they are, not decoded and encoded


@dataclass
class PynetdicomScp:
    """A receiver in this process: what arrived is in `arrived`, by SOP Instance UID."""

    port: int
    arrived: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    status: int = 0x0000


@pytest.fixture
def pynetdicom_scp() -> Iterator[PynetdicomScp]:
    """pynetdicom as SCP of Verification and of every storage class and transfer syntax it knows."""
    scp = PynetdicomScp(0)

    def on_store(event: Any) -> int:
        request = event.request
        data = request.DataSet.getvalue()
        syntax = str(event.context.transfer_syntax)
        scp.arrived[str(request.AffectedSOPInstanceUID)] = (syntax, data)
        return scp.status

    entity = AE("PYNETDICOM")
    entity.maximum_pdu_size = 0
    entity.add_supported_context(Verification)
    for context in AllStoragePresentationContexts:
        entity.add_supported_context(context.abstract_syntax, ALL_TRANSFER_SYNTAXES)
    handlers = [(evt.EVT_C_STORE, on_store), (evt.EVT_C_ECHO, lambda _: 0x0000)]
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    scp.port = server.socket.getsockname()[1]
    try:
        yield scp
    finally:
        server.shutdown()


@contextmanager
def associate(port: int, called: str, contexts: Sequence[Any], **more: Any) -> Iterator[Any]:
    """An association as requestor; `more` is pynetdicom's: `ext_neg`, `evt_handlers`."""
    entity = AE("PYNETDICOM")
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = 20
    association = entity.associate("127.0.0.1", port, list(contexts), called, **more)
    assert association.is_established, "pynetdicom got no association"
    try:
        yield association
    finally:
        association.release()


def echo(port: int, called: str = "RUSSET") -> int:
    """The status of a C-ECHO."""
    with associate(port, called, [build_context(Verification)]) as association:
        return int(association.send_c_echo().Status)


def store(files: Sequence[Part10], port: int, called: str = "RUSSET") -> list[int]:
    """The status of each C-STORE; data sets go out as they are, one context for each kind."""
    kinds = sorted({(file.sop_class, file.transfer_syntax) for file in files})
    contexts = [build_context(UID(sop_class), UID(syntax)) for sop_class, syntax in kinds]
    with associate(port, called, contexts) as association:
        return [int(association.send_c_store(file.path).Status) for file in files]
