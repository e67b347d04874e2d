"""pynetdicom for queries at its best: identifiers made beforehand, PDUs of any length, TCP_NODELAY.

Usage: pynetdicom_finder.py serve PORT MATCHES   |   pynetdicom_finder.py ask PORT
"""

import json
import socket
import sys
import time
from collections.abc import Iterator
from typing import Any, Final

from pydicom.dataset import Dataset
from pynetdicom import AE, evt

__all__ = ["ask", "serve"]

_FIND: Final = "1.2.840.10008.5.1.4.1.2.2.1"
_IMPLICIT: Final = "1.2.840.10008.1.2"
_STUDY: Final = "1.2.826.0.1.3680043.9.9999.1"


def _match(number: int) -> Dataset:
    dataset = Dataset()
    dataset.SOPInstanceUID = f"{_STUDY}.1.{10000 + number}"
    dataset.QueryRetrieveLevel = "IMAGE"
    dataset.StudyInstanceUID = _STUDY
    dataset.SeriesInstanceUID = f"{_STUDY}.1"
    dataset.InstanceNumber = number
    return dataset


def serve(port: int, count: int) -> None:
    """Answer every C-FIND with the same matches."""
    matches = [_match(number) for number in range(count)]

    def find(_: Any) -> Iterator[tuple[int, Dataset]]:
        for match in matches:
            yield 0xFF00, match

    entity = AE("PYNETDICOM")
    entity.maximum_pdu_size = 0
    entity.add_supported_context(_FIND, _IMPLICIT)
    server = entity.start_server(
        ("127.0.0.1", port), block=False, evt_handlers=[(evt.EVT_C_FIND, find)]
    )
    server.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    server.serve_forever()


def ask(port: int) -> None:
    """Ask once, and print how long the matches took."""
    entity = AE()
    entity.maximum_pdu_size = 0
    entity.add_requested_context(_FIND, _IMPLICIT)
    identifier = _match(0)
    identifier.SOPInstanceUID = identifier.InstanceNumber = None
    association = entity.associate("127.0.0.1", port)
    began = time.perf_counter()
    found = association.send_c_find(identifier, _FIND)
    count = sum(match is not None for _, match in found)
    print(json.dumps({"count": count, "seconds": time.perf_counter() - began}))
    association.release()


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(int(sys.argv[2]), int(sys.argv[3]))
    else:
        ask(int(sys.argv[2]))
