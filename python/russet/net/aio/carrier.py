"""An association on an event loop that we asked for, with further ones for what it cannot carry."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Self

from russet.net.aio.requestor import AsyncRequestor
from russet.net.outcome import Address
from russet.net.terms import NATIVE, Terms

__all__ = ["AsyncCarrier"]


class AsyncCarrier(AsyncRequestor):
    """An association, and further ones to its peer; they end with it.

    What can be asked on associations of ours is asked of this: it finds the one that carries it.
    """

    def __init__(self, address: Address) -> None:
        """Be ready to `open`."""
        super().__init__(address)
        self._further: list[Self] = []
        self._choosing = asyncio.Lock()

    async def release(self) -> None:
        """End in good order (PS3.8 7.2); without effect when it is over already."""
        for each in self._further:
            await each.release()
        await super().release()

    async def abort(self) -> None:
        """End at once (PS3.8 7.3); without effect when it is over already."""
        for each in self._further:
            await each.abort()
        await super().abort()

    async def carrier(self, sop_class_uid: str) -> Self:
        """Give an association to this peer that asked for a SOP class, as `another` does."""

        def fits(terms: Terms) -> bool:
            return any(terms.offers(sop_class_uid, syntax) for syntax in NATIVE)

        return await self.another(fits, self.terms.carrying(sop_class_uid))

    async def another(self, fits: Callable[[Terms], bool], terms: Terms) -> Self:
        """Give an association to this peer whose terms fit, or open one with `terms`.

        Some peers take one association at a time, so it takes the place of one that nothing is out
        on, this one first; while something is out on all of them, there is one more.

        Raises:
            NetworkError: Each of its kinds, with the likely cause and what to try.
        """
        async with self._choosing:
            for each in (self, *self._further):
                if not each.is_over and fits(each.terms):
                    return each
            for each in (self, *self._further):
                if not each._dialogue.is_asking:  # noqa: SLF001 (of this class)
                    await each._release()  # noqa: SLF001 (of this class)
                    return await each.open(terms)
            self._further.append(await type(self)(self.address).open(terms))
            return self._further[-1]
