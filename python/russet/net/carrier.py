"""An association that we asked for, with further ones to the same peer for what it cannot carry."""

from collections.abc import Callable
from typing import Self

from russet.net.outcome import Address
from russet.net.requestor import Requestor
from russet.net.terms import NATIVE, Terms

__all__ = ["Carrier"]


class Carrier(Requestor):
    """An association, and further ones to its peer; they end with it.

    What can be asked on associations of ours is asked of this: it finds the one that carries it.
    """

    def __init__(self, address: Address, terms: Terms) -> None:
        """Connect and associate.

        Raises:
            NetworkError: Each of its kinds, with the likely cause and what to try.
        """
        self._further: list[Self] = []
        super().__init__(address, terms)

    def _conclude(self) -> None:
        """Release what nothing is out on, and abort the rest; what was to be sent is not."""
        for each in self._further:
            each._conclude()  # noqa: SLF001 (of this class)
        super()._conclude()

    def release(self) -> None:
        """End in good order (PS3.8 7.2); without effect when it is over already.

        Raises:
            TurnError: When another thread uses it.
        """
        with self._turn:
            for each in self._further:
                each.release()
            super().release()

    def abort(self) -> None:
        """End at once (PS3.8 7.3); without effect when it is over already."""
        for each in self._further:
            each.abort()
        super().abort()

    def carrier(self, sop_class_uid: str) -> Self:
        """Give an association to this peer that asked for a SOP class, as `another` does."""

        def fits(terms: Terms) -> bool:
            return any(terms.offers(sop_class_uid, syntax) for syntax in NATIVE)

        return self.another(fits, self.terms.carrying(sop_class_uid))

    def another(self, fits: Callable[[Terms], bool], terms: Terms) -> Self:
        """Give an association to this peer whose terms fit, or open one with `terms`.

        Some peers take one association at a time, so it takes the place of one that nothing is out
        on, this one first; while something is out on all of them, there is one more.

        Raises:
            NetworkError: Each of its kinds, with the likely cause and what to try.
            TurnError: When another thread uses one of them.
        """
        with self._turn as turn:
            turn.begin(self._is_out)
            return self._another(fits, terms)

    def _is_out(self) -> bool:
        """Whether a request is out, on one that further ones came to as well."""
        further = (each._is_out() for each in self._further)  # noqa: SLF001 (of this class)
        return super()._is_out() or any(further)

    def _another(self, fits: Callable[[Terms], bool], terms: Terms) -> Self:
        for each in (self, *self._further):
            if not each.is_over and fits(each.terms):
                return each
        for each in (self, *self._further):
            if not len(each._calls):  # noqa: SLF001 (of this class)
                each._release()  # noqa: SLF001 (of this class)
                each._open(terms)  # noqa: SLF001 (of this class)
                return each
        further = type(self)(self.address, terms)
        further._turn = self._turn  # noqa: SLF001 (of this class)
        self._further.append(further)
        return further
