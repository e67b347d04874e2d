"""The DICOM upper layer (PS3.8): its state table as data, and a connection without any I/O."""

from russet.ul.connection import (
    AbortIndication,
    AssociateConfirmed,
    AssociateIndication,
    Connection,
    RejectedIndication,
    ReleaseConfirmed,
    ReleaseIndication,
    Role,
)
from russet.ul.machine import Machine
from russet.ul.table import Event, State

__all__ = [
    "AbortIndication",
    "AssociateConfirmed",
    "AssociateIndication",
    "Connection",
    "Event",
    "Machine",
    "RejectedIndication",
    "ReleaseConfirmed",
    "ReleaseIndication",
    "Role",
    "State",
]
