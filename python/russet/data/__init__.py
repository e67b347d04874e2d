"""Data sets, their elements and values."""

from russet.data.dataset import EXPLICIT, Dataset, Given, NoElementError
from russet.data.element import Element
from russet.data.forms import IndexArrays
from russet.data.name import PersonName
from russet.data.part10 import dcmwrite
from russet.data.read import dcmread, read_dataset
from russet.data.sequence import Sequence
from russet.data.tag import Tag
from russet.data.uid import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION, Uid

__all__ = [
    "EXPLICIT",
    "IMPLEMENTATION_CLASS_UID",
    "IMPLEMENTATION_VERSION",
    "Dataset",
    "Element",
    "Given",
    "IndexArrays",
    "NoElementError",
    "PersonName",
    "Sequence",
    "Tag",
    "Uid",
    "dcmread",
    "dcmwrite",
    "read_dataset",
]
