"""Instances on their way to a peer, and what becomes of each: for either body of a client."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from russet.association.contexts import plan
from russet.codec import ContextRq
from russet.data import Dataset
from russet.dimse.status import Category
from russet.errors import EncodeError, RussetError, UnreadableError
from russet.net.outcome import Address, Stored
from russet.net.terms import NATIVE, Terms
from russet.services.storage import Store
from russet.services.verification import VERIFICATION
from russet.storage.source import InstanceSource, Unsendable, examine

__all__ = ["Sending", "instances"]

_SINGLE: Final = (str, bytes, bytearray, memoryview, Dataset)
_ODD: Final = (
    "its data set has an odd length, {} bytes, which cannot be sent as it is: it is cut short, or "
    "a value in it is odd; `russet dump` shows which"
)


def instances(what: Any) -> Iterable[Any] | None:
    """Give the instances that `what` is a collection of; None when it is one itself."""
    # A pydicom data set, which has a `save_as`, can be iterated but is one instance.
    single = isinstance(what, _SINGLE) or hasattr(what, "save_as") or hasattr(what, "read")
    return None if single or not isinstance(what, Iterable) else what


@dataclass(frozen=True, slots=True)
class Sending:
    """One instance that is to be sent.

    Attributes:
        file: What it is, or why it is none.
        operation: The request; None when it cannot be sent.
        length: Bytes of its data set.
        error: Why it cannot be sent.
    """

    file: InstanceSource | Unsendable
    operation: Store | None = None
    length: int = 0
    error: RussetError | None = None

    @classmethod
    def of(cls, what: Any) -> Self:
        """Look at a path, the bytes of a file, or a data set, and make it ready."""
        file = what if isinstance(what, InstanceSource) else examine(what)
        if isinstance(file, Unsendable):
            return cls(file, error=UnreadableError(file.reason))
        try:
            data = file.data()
        except OSError as error:
            return cls(file, error=UnreadableError(f"cannot be read: {error.strerror}"))
        if len(data) % 2:
            # PS3.8 E.2: fragments are even, and filling it up would alter the instance.
            return cls(file, error=EncodeError(_ODD.format(len(data))))
        operation = Store(file.sop_class_uid, file.sop_instance_uid, file.transfer_syntax, data)
        return cls(file, operation, len(data))

    def fits(self, terms: Terms) -> bool:
        """Say whether an association of these terms is the one to send it on."""
        return self.operation is None or terms.sends(
            self.operation.abstract_syntax, self.operation.transfer_syntax
        )

    def contexts(self) -> list[ContextRq]:
        """Give the contexts of an association for it alone."""
        assert self.operation is not None
        own = (self.operation.abstract_syntax, self.operation.transfer_syntax)
        return plan([(VERIFICATION, NATIVE[1]), own])[0]

    def failed(self, error: RussetError) -> Self:
        """Give the same, which could not be sent."""
        return replace(self, operation=None, error=error)

    def settle(self, results: list[Any] | None, address: Address) -> Stored:
        """Say what became of it, by the one result of its request, or the error."""
        file = self.file
        uid = "" if isinstance(file, Unsendable) else file.sop_instance_uid
        if results is None:
            return Stored(file.path, uid, reason=str(self.error), error=self.error)
        (status,) = results
        said = f": {status.comment}" if status.comment else ""
        done = status.category is Category.SUCCESS
        reason = "" if done else f"{address} answered {status}{said}"
        return Stored(file.path, uid, status, reason, self.length)
