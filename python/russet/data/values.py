"""Several values of one element as a list: a change of it is an edit of the data set."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, Self, SupportsIndex

from russet import codec
from russet.data.name import PersonName
from russet.data.tag import Tag
from russet.data.uid import Uid

__all__ = ["CLASSES", "Values"]

CLASSES: Final[dict[str, Callable[[Any], Any]]] = {"AT": Tag, "PN": PersonName, "UI": Uid}
"""What single values are made to, by VR, where text or a number is not all there is to say."""

# Any text can be set, in whatever character set it will be written.
_UTF8: Final = "ISO_IR 192"


class Values(list[Any]):
    """The values of an element (PS3.5 6.4), as an ordinary list that can be changed in its place.

    What is put in is checked and converted as when an element is set. It does not refer to its
    element: that looks here before its bytes are used.
    """

    __slots__ = ("_vr", "is_changed")

    def __init__(self, vr: str, values: Iterable[Any]) -> None:
        """Hold `values`, which were decoded by `vr`."""
        super().__init__(values)
        self._vr = vr
        self.is_changed = False

    def append(self, value: Any, /) -> None:
        """Put a value behind the last one.

        Raises:
            EncodeError: The VR cannot hold it.
        """
        self.insert(len(self), value)

    def insert(self, at: SupportsIndex, value: Any, /) -> None:
        """Put a value in front of another.

        Raises:
            EncodeError: The VR cannot hold it.
        """
        super().insert(at, self._fitted(value))
        self.is_changed = True

    def extend(self, values: Iterable[Any], /) -> None:
        """Put several values behind the last one.

        Raises:
            EncodeError: The VR cannot hold one of them; then none is put in.
        """
        self[len(self) :] = values

    def pop(self, at: SupportsIndex = -1, /) -> Any:
        """Take a value out."""
        value = super().pop(at)
        self.is_changed = True
        return value

    def remove(self, value: Any, /) -> None:
        """Take out the first value that equals this one."""
        super().remove(value)
        self.is_changed = True

    def clear(self) -> None:
        """Take all values out."""
        super().clear()
        self.is_changed = True

    def reverse(self) -> None:
        """Turn the order of the values around."""
        super().reverse()
        self.is_changed = True

    def sort(self, **options: Any) -> None:
        """Put the values in order."""
        super().sort(**options)
        self.is_changed = True

    def __setitem__(self, at: Any, value: Any) -> None:
        new = list(map(self._fitted, value)) if isinstance(at, slice) else self._fitted(value)
        super().__setitem__(at, new)
        self.is_changed = True

    def __delitem__(self, at: SupportsIndex | slice) -> None:
        super().__delitem__(at)
        self.is_changed = True

    def __iadd__(self, values: Iterable[Any]) -> Self:  # type: ignore[misc]
        self.extend(values)
        return self

    def __imul__(self, count: SupportsIndex) -> Self:
        self.is_changed = True
        return super().__imul__(count)

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[Any, ...]:
        # Copies belong to no element.
        return list, (list(self),)

    def _fitted(self, value: Any) -> Any:
        """One value as it will be read back."""
        data = codec.encode_value(self._vr, [value], charset=_UTF8, query=True)
        found = codec.decode_value(self._vr, data, charset=_UTF8)
        kind = CLASSES.get(self._vr)
        return found if kind is None or found is None else kind(found)
