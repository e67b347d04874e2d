"""The DICOM upper layer (PS3.8): its state table as data, and a connection without any I/O."""

from russet.ul.connection import Connection
from russet.ul.indications import (
    AbortIndication,
    AssociateConfirmed,
    AssociateIndication,
    Indication,
    RejectedIndication,
    ReleaseConfirmed,
    ReleaseIndication,
)
from russet.ul.machine import Machine, Role
from russet.ul.table import Event, State

__all__ = [
    "AbortIndication",
    "AssociateConfirmed",
    "AssociateIndication",
    "Connection",
    "Event",
    "Indication",
    "Machine",
    "RejectedIndication",
    "ReleaseConfirmed",
    "ReleaseIndication",
    "Role",
    "State",
]
