"""pynetdicom as a receiver at its best: PDUs of any length, raw bytes to files, nothing decoded.

Usage: pynetdicom_receiver.py PORT FOLDER
"""

import socket
import struct
import sys
from pathlib import Path
from typing import Any

from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, evt
from pynetdicom.presentation import AllStoragePresentationContexts

__all__ = ["main"]


def _element(element: int, value: bytes) -> bytes:
    padded = value + b"\0" * (len(value) % 2)
    return struct.pack("<HH2sH", 2, element, b"UI", len(padded)) + padded


def _head(sop_class: str, instance: str, syntax: str) -> bytes:
    """Preamble and file meta (PS3.10 7.1), as short as they can be: pydicom would be slower."""
    meta = b"".join(
        _element(element, value.encode())
        for element, value in ((2, sop_class), (3, instance), (16, syntax))
    )
    return bytes(128) + b"DICM" + struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(meta)) + meta


def main(port: int, folder: Path) -> None:
    """Receive until killed."""

    def on_store(event: Any) -> int:
        request = event.request
        instance = str(request.AffectedSOPInstanceUID)
        syntax = str(event.context.transfer_syntax)
        with (folder / f"{instance}.dcm").open("wb") as file:
            file.write(_head(str(request.AffectedSOPClassUID), instance, syntax))
            file.write(request.DataSet.getbuffer())
        return 0x0000

    entity = AE("PYNETDICOM")
    entity.maximum_pdu_size = 0
    for context in AllStoragePresentationContexts:
        entity.add_supported_context(context.abstract_syntax, ALL_TRANSFER_SYNTAXES)
    server = entity.start_server(
        ("127.0.0.1", port), block=False, evt_handlers=[(evt.EVT_C_STORE, on_store)]
    )
    # Inherited by every connection: Nagle would cost each answer a delayed acknowledgement.
    server.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
