"""Data sets, their elements and values."""

from russet.data.dataset import Dataset, NoElementError, Origin
from russet.data.element import Element
from russet.data.name import PersonName
from russet.data.read import dcmread, read_dataset
from russet.data.sequence import Sequence
from russet.data.tag import Tag
from russet.data.uid import Uid

__all__ = [
    "Dataset",
    "Element",
    "NoElementError",
    "Origin",
    "PersonName",
    "Sequence",
    "Tag",
    "Uid",
    "dcmread",
    "read_dataset",
]
