"""Fast, crash-safe networking and data sets for DICOM(R): a Rust codec, Python on top.

with russet.connect("localhost", 11112, called="RUSSET") as association:
    association.echo()
    association.store("image.dcm")

with russet.serve(port=0, data="received") as receiver: ...

russet.dcmread("image.dcm").PatientName
russet.scan("ct", ["PatientID", "Modality"]).rows()
"""

import importlib
import logging
from typing import TYPE_CHECKING, Any, Final

from russet import errors as errors

if TYPE_CHECKING:
    from russet import aio as aio
    from russet.apps.archive import Archive as Archive
    from russet.association import Policy as Policy
    from russet.data import Dataset as Dataset
    from russet.data import dcmread as dcmread
    from russet.data.scan import scan as scan
    from russet.net.client import connect as connect
    from russet.net.client import send as send
    from russet.net.outcome import Address as Address
    from russet.net.queue import SendQueue as SendQueue
    from russet.net.serving import serve as serve
    from russet.net.timeouts import Timeouts as Timeouts
    from russet.net.tls import ClientTls as ClientTls
    from russet.net.tls import ServerTls as ServerTls
    from russet.services.storage import Instance as Instance

    __version__: str

__all__ = [
    "Address",
    "Archive",
    "ClientTls",
    "Dataset",
    "Instance",
    "Policy",
    "SendQueue",
    "ServerTls",
    "Timeouts",
    "__version__",
    "aio",
    "connect",
    "dcmread",
    "errors",
    "scan",
    "send",
    "serve",
]

logging.getLogger(__name__).addHandler(logging.NullHandler())

# Loaded at first use: whoever reads a file needs no sockets, and `import russet` stays short.
_HOMES: Final = {
    "Archive": "russet.apps.archive",
    "ClientTls": "russet.net.tls",
    "Dataset": "russet.data",
    "Address": "russet.net.outcome",
    "Instance": "russet.services.storage",
    "Policy": "russet.association",
    "ServerTls": "russet.net.tls",
    "Timeouts": "russet.net.timeouts",
    "SendQueue": "russet.net.queue",
    "connect": "russet.net.client",
    "dcmread": "russet.data",
    "scan": "russet.data.scan",
    "send": "russet.net.client",
    "serve": "russet.net.serving",
}


def __getattr__(name: str) -> Any:
    """Load what is public from where it lives."""
    if name == "__version__":
        return importlib.import_module("importlib.metadata").version("russet")
    if name == "aio":
        return importlib.import_module("russet.aio")
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'russet' has no attribute {name!r}")
    found = getattr(importlib.import_module(home), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """What is public, loaded or not."""
    return __all__
