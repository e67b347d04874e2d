"""Private blocks: the elements that one owner has in a private group (PS3.5 7.8.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from russet.data.element import Element
from russet.data.tag import Tag

if TYPE_CHECKING:
    from russet.data.dataset import Dataset

__all__ = ["PrivateBlock", "private_block"]

_FIRST: Final = 0x10
_LAST: Final = 0xFF


class PrivateBlock:
    """A block of a data set: `block[0x01]` is the element whose tag ends in 01, wherever it is.

    Attributes:
        creator: The name of the owner.
        group: The private group.
        number: The block, 10H to FFH: it holds the tags (gggg,nn00) to (gggg,nnFF).
    """

    __slots__ = ("_dataset", "creator", "group", "number")

    def __init__(self, dataset: Dataset, group: int, number: int, creator: str) -> None:
        """Use `Dataset.private_block`."""
        self._dataset = dataset
        self.group = group
        self.number = number
        self.creator = creator

    def tag(self, element: int) -> Tag:
        """The tag of an element of the block.

        Args:
            element: The last two digits of its tag, 00H to FFH.

        Raises:
            ValueError: A greater number.
        """
        if not 0 <= element <= 0xFF:
            raise ValueError(f"{element:#x} is no element of a private block: they go to 0xff")
        return Tag.of((self.group, self.number << 8 | element))

    def __getitem__(self, element: int) -> Element:
        return self._dataset[self.tag(element)]

    def __setitem__(self, element: int, value: Any) -> None:
        self._dataset[self.tag(element)] = value

    def __delitem__(self, element: int) -> None:
        del self._dataset[self.tag(element)]

    def __contains__(self, element: int) -> bool:
        return self.tag(element) in self._dataset

    def __iter__(self) -> Iterator[Element]:
        low = self.tag(0)
        return (element for element in self._dataset if low <= element.tag <= low | 0xFF)

    def get(self, element: int, default: Any = None) -> Any:
        """The value of an element; `default` when there is none."""
        return self[element].value if element in self else default

    def add(self, element: int, vr: str, value: Any) -> None:
        """Set an element; see `Dataset.add`.

        Raises:
            EncodeError: A value that the VR cannot hold.
            ValueError: No element of a block.
        """
        self._dataset.add(self.tag(element), vr, value)

    def __repr__(self) -> str:
        return f"<PrivateBlock ({self.group:04X},{self.number:02X}xx) of {self.creator!r}>"


def private_block(
    dataset: Dataset, group: int, creator: str, *, create: bool = False
) -> PrivateBlock:
    """The block that `creator` has reserved in a private group of `dataset`.

    Args:
        dataset: Where to look; a reservation is not inherited by items.
        group: An odd number.
        creator: The name of the owner.
        create: Whether to reserve the first free block when there is none.

    Raises:
        KeyError: There is no such block, or no room for another.
        ValueError: An even group.
    """
    if not group & 1:
        raise ValueError(f"group {group:04X} is not private: private groups are odd (PS3.5 7.8)")
    free = None
    for number in range(_FIRST, _LAST + 1):
        element = dataset.get((group, number))
        if element is None:
            free = number if free is None else free
        elif element.value == creator:
            return PrivateBlock(dataset, group, number, creator)
    if not create:
        raise KeyError(f"no block of {creator!r} in group {group:04X} of this data set")
    if free is None:
        raise KeyError(f"group {group:04X} has no room for another private block")
    dataset.add((group, free), "LO", creator)
    return PrivateBlock(dataset, group, free, creator)
