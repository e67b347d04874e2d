"""What a C-GET brings: each instance is taken once, if it was asked for (PS3.4 C.4.3)."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any, Final

from russet.association.effects import Place, place_of
from russet.data import Dataset, dcmread
from russet.dimse.status import Category, Status
from russet.errors import StatusError, StorageError
from russet.services.retrieve import UNIQUE_KEYS, Retrieve
from russet.services.storage import Instance, Sink, StoreFunction, StoreRequest, StoreResult
from russet.storage.check import ArrivalCheck
from russet.storage.functions import FunctionReceiver
from russet.storage.receiver import InstanceReceiver
from russet.storage.saving import check_folder, saving

__all__ = ["Arrivals"]

_SUCCESS: Final = 0x0000
_DOES_NOT_MATCH: Final = 0xA900
_NOT_AUTHORIZED: Final = 0x0124
_REFUSED: Final = 0xC000


class Arrivals:
    """A store handler for the associations of one retrieval.

    Attributes:
        operation: The C-GET that is out.
        came: The SOP class of every instance that has come whole, refused ones too, and of what is
            on its way.
        refused: Why some of them were not taken.
        unwritten: Why those of them were not that our disk refused, or the folder.
    """

    def __init__(self, into: str | PathLike[str] | StoreFunction, operation: Retrieve) -> None:
        """Be ready for what comes.

        Args:
            into: A folder for files by their SOP Instance UID, or a function that takes each
                `Instance`.
            operation: The first C-GET.

        Raises:
            StorageError: When there can be no such folder, or it takes no files of ours.
        """
        self.operation = operation
        self.came: dict[str, str] = {}
        self.refused: dict[str, str] = {}
        self.unwritten: dict[str, str] = {}
        self._into = into if callable(into) else Path(into)
        if isinstance(self._into, Path):
            check_folder(self._into)  # A peer is not to send what there is no place for.
        self._receiver: FunctionReceiver | InstanceReceiver | None = None
        self._earlier: frozenset[str] = frozenset()
        self.place = place_of(into) if callable(into) else Place.READER

    def open(self, request: StoreRequest) -> Sink | StoreResult:
        """Take an instance that is new; one that came over another association is here already."""
        if self.operation.done:
            raise StatusError("the C-GET is over", _NOT_AUTHORIZED)
        uid = request.sop_instance_uid
        if uid in self._earlier and uid in self.refused:
            raise StatusError(self.refused[uid], _REFUSED)
        if uid in self._earlier:
            return StoreResult(_SUCCESS)
        is_new = uid not in self.came
        self.came[uid] = request.sop_class_uid
        try:
            if self._receiver is None:  # Not before: who gets nothing needs no folder.
                self._receiver = self._begin()
            sink = self._receiver.open(request)
        except Exception as error:
            self.refuse(uid, error)
            raise
        return _Arrival(self, uid, sink, is_new=is_new)

    def renew(self) -> None:
        """Be ready for another association."""
        self._earlier = frozenset(self.came)

    def fail(self, uid: str) -> None:
        """The peer says that it failed to send an instance: if it came now, we refused it."""
        if uid in self.came and uid not in self._earlier:
            self.refused.setdefault(uid, "it came, and was refused here")

    def refuse(self, uid: str, why: Exception | str) -> None:
        """Hear that an instance was refused here, and why; unlike the peer we may know of paths."""
        if isinstance(why, StorageError) and isinstance(self._into, Path):
            why = self.unwritten[uid] = f"{why}, in {self._into}"
        self.refused[uid] = f"it came, and was refused here: {why}"

    def close(self) -> None:
        """Let go of what saving files needs."""
        if isinstance(self._receiver, InstanceReceiver):
            self._receiver.close()

    def _begin(self) -> FunctionReceiver | InstanceReceiver:
        if callable(self._into):
            return FunctionReceiver(partial(self._take, self._into))
        return saving(self._into, tags=UNIQUE_KEYS.values(), admit=self._admit)

    def _take(self, function: StoreFunction, instance: Instance) -> Any:
        self._check(instance.dataset)
        return function(instance)

    def _admit(self, check: ArrivalCheck, path: str) -> None:
        if not self.operation.clearly_asks_for(check.values(UNIQUE_KEYS.values())):
            self._check(dcmread(path))

    def _check(self, dataset: Dataset) -> None:
        if not self.operation.asks_for(dataset):
            raise StatusError("this instance was not asked for", _DOES_NOT_MATCH)


class _Arrival:
    """One instance on its way in: what is cut short has not come, and may come again."""

    def __init__(self, arrivals: Arrivals, uid: str, sink: Sink, *, is_new: bool) -> None:
        self._arrivals = arrivals
        self._is_new = is_new
        self._uid = uid
        self._sink = sink

    def write(self, parts: Sequence[bytes | memoryview]) -> None:
        """Pass on the next parts."""
        try:
            self._sink.write(parts)
        except Exception as error:
            self._arrivals.refuse(self._uid, error)
            raise

    def finish(self) -> StoreResult | Awaitable[StoreResult]:
        """Have the instance taken, and note when it is refused."""
        try:
            result = self._sink.finish()
        except Exception as error:
            self._arrivals.refuse(self._uid, error)
            raise
        return self._settle(result) if isinstance(result, Awaitable) else self._noted(result)

    async def _settle(self, result: Awaitable[StoreResult]) -> StoreResult:
        try:
            return self._noted(await result)
        except Exception as error:
            self._arrivals.refuse(self._uid, error)
            raise

    def _noted(self, result: StoreResult) -> StoreResult:
        status = Status(result.status, "C-STORE")
        if status.category is Category.FAILURE:
            self._arrivals.refuse(self._uid, result.comment or str(status))
        else:
            self._arrivals.refused.pop(self._uid, None)
            self._arrivals.unwritten.pop(self._uid, None)
        return result

    def discard(self) -> None:
        """Forget an instance that was cut short; one that was refused came whole."""
        if self._is_new and self._uid not in self._arrivals.refused:
            self._arrivals.came.pop(self._uid, None)
        self._sink.discard()
