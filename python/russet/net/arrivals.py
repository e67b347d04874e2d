"""What a C-GET brings: each instance is taken once, if it was asked for (PS3.4 C.4.3)."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any, Final

from russet.errors import StatusError
from russet.net.asking import saving
from russet.services.retrieve import Retrieve
from russet.services.storage import Instance, Sink, StoreFunction, StoreRequest, StoreResult
from russet.storage.functions import FunctionReceiver

__all__ = ["Arrivals"]

_SUCCESS: Final = 0x0000
_DOES_NOT_MATCH: Final = 0xA900
_NOT_AUTHORIZED: Final = 0x0124


class Arrivals:
    """A store handler for the associations of one retrieval.

    Attributes:
        operation: The C-GET that is out.
        came: The SOP class of every instance that has come.
        refused: Why some of them were not taken.
    """

    def __init__(self, into: str | PathLike[str] | StoreFunction, operation: Retrieve) -> None:
        """Be ready for what comes.

        Args:
            into: A folder for files by their SOP Instance UID, or a function that takes each
                `Instance`.
            operation: The first C-GET.
        """
        self.operation = operation
        self.came: dict[str, str] = {}
        self.refused: dict[str, str] = {}
        self._function = into if callable(into) else saving(Path(into))
        self._receiver = FunctionReceiver(self._take)
        self._earlier: frozenset[str] = frozenset()
        self.place = self._receiver.place

    def open(self, request: StoreRequest) -> Sink | StoreResult:
        """Take an instance that is new; one that came over another association is here already."""
        if self.operation.done:
            raise StatusError("the C-GET is over", _NOT_AUTHORIZED)
        if request.sop_instance_uid in self._earlier:
            return StoreResult(_SUCCESS)
        self.came[request.sop_instance_uid] = request.sop_class_uid
        return self._receiver.open(request)

    def renew(self) -> None:
        """Be ready for another association."""
        self._earlier = frozenset(self.came)

    def fail(self, uid: str) -> None:
        """The peer says that it failed to send an instance: if it came now, we refused it."""
        if uid in self.came and uid not in self._earlier:
            self.refused.setdefault(uid, "it came, and was refused here")

    def _take(self, instance: Instance) -> Any:
        try:
            if not self.operation.asks_for(instance.dataset):
                raise StatusError("this instance was not asked for", _DOES_NOT_MATCH)
            return self._function(instance)
        except Exception as error:
            self.refused[instance.sop_instance_uid] = f"it came, and was refused here: {error}"
            raise
