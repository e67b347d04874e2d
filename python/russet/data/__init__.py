"""Data sets, their elements and values."""

import importlib
from typing import TYPE_CHECKING, Any, Final

from russet.data.dataset import EXPLICIT, Dataset, Given, NoElementError
from russet.data.element import Element
from russet.data.forms import IndexArrays
from russet.data.name import PersonName
from russet.data.part10 import dcmwrite
from russet.data.read import dcmread, read_dataset
from russet.data.sequence import Sequence
from russet.data.tag import Tag
from russet.data.uid import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION, Uid

if TYPE_CHECKING:
    from russet.data.moment import Date as Date
    from russet.data.moment import DateTime as DateTime
    from russet.data.moment import Time as Time
    from russet.data.moment import timezone_of as timezone_of
    from russet.data.range import Range as Range

__all__ = [
    "EXPLICIT",
    "IMPLEMENTATION_CLASS_UID",
    "IMPLEMENTATION_VERSION",
    "Dataset",
    "Date",
    "DateTime",
    "Element",
    "Given",
    "IndexArrays",
    "NoElementError",
    "PersonName",
    "Range",
    "Sequence",
    "Tag",
    "Time",
    "Uid",
    "dcmread",
    "dcmwrite",
    "read_dataset",
    "timezone_of",
]

# Loaded at first use: they cost more than all the rest, and reading needs none of them.
_HOMES: Final = {
    "Date": "russet.data.moment",
    "DateTime": "russet.data.moment",
    "Range": "russet.data.range",
    "Time": "russet.data.moment",
    "timezone_of": "russet.data.moment",
}


def __getattr__(name: str) -> Any:
    """Load what is public from where it lives."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'russet.data' has no attribute {name!r}")
    found = globals()[name] = getattr(importlib.import_module(home), name)
    return found
