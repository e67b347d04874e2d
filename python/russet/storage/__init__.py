"""Durable instance files: written aside, checked on arrival, published whole or not at all."""

from russet.storage.folder import DataFolder
from russet.storage.functions import FunctionReceiver
from russet.storage.incoming import IncomingFile
from russet.storage.instances import Durability, InstanceFiles, OnDuplicate, Outcome
from russet.storage.layout import DEFAULT_LAYOUT, Layout
from russet.storage.receiver import InstanceReceiver

__all__ = [
    "DEFAULT_LAYOUT",
    "DataFolder",
    "Durability",
    "FunctionReceiver",
    "IncomingFile",
    "InstanceFiles",
    "InstanceReceiver",
    "Layout",
    "OnDuplicate",
    "Outcome",
]
