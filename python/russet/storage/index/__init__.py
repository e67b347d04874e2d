"""The index of a data folder: SQLite, written by one thread, read by all (PS3.4 C).

with DataFolder(path) as folder, Index(folder) as index:
    print(index.reconcile())
    for response in index.find(identifier, model="study"):
        print(response.StudyInstanceUID)
"""

from russet.storage.index.answering import Answering
from russet.storage.index.index import Index
from russet.storage.index.keys import Level
from russet.storage.index.receiver import IndexedReceiver
from russet.storage.index.reconcile import Reconciliation
from russet.storage.index.record import Record, read_record
from russet.storage.index.retrieve import Holding, Indexed
from russet.storage.index.search import Matches
from russet.storage.index.writer import Ticket

__all__ = [
    "Answering",
    "Holding",
    "Index",
    "Indexed",
    "IndexedReceiver",
    "Level",
    "Matches",
    "Reconciliation",
    "Record",
    "Ticket",
    "read_record",
]
