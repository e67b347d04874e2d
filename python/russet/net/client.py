"""A client for threads: an association to a peer, and batches over as many as they take."""

import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, overload

from russet.association.calls import Call
from russet.association.contexts import plan, propose
from russet.codec import ContextRq
from russet.data import Dataset
from russet.dimse.status import Category
from russet.errors import (
    AbortedError,
    DeadlineError,
    EncodeError,
    NoContextError,
    RussetError,
    StatusError,
    UnreadableError,
)
from russet.net.outcome import TAKEN, Address, Echoed, Stored
from russet.net.requestor import Requestor, Terms
from russet.services.storage import Store
from russet.services.verification import VERIFICATION, Echo
from russet.storage.source import InstanceSource, Unsendable, examine

__all__ = ["Address", "ClientAssociation", "Echoed", "Sent", "Stored", "connect", "send"]

_NATIVE: Final = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2")
_ATTEMPTS: Final = 3
_SINGLE: Final = (str, bytes, bytearray, memoryview, Dataset)
_ODD: Final = (
    "its data set has an odd length, {} bytes, which cannot be sent as it is; "
    "saving it anew with pydicom mends that"
)


class Sent(NamedTuple):
    """An instance whose answer has not come."""

    file: InstanceSource
    length: int
    call: Call


class ClientAssociation(Requestor):
    """An association that we asked for, and what can be asked on it.

    Use as a context manager: it ends with a release.
    """

    def __init__(self, address: Address, terms: Terms) -> None:
        """Connect and associate.

        Raises:
            NetworkError: Each of its kinds, with the likely cause and what to try.
        """
        super().__init__(address, terms)
        self._batches: list[Iterator[Stored]] = []

    def echo(self) -> Echoed:
        """C-ECHO (PS3.4 A): does the peer answer?

        Raises:
            StatusError: When it answers with a failure.
            NetworkError: When it does not answer.
        """
        began = time.perf_counter()
        (status,) = self.perform(Echo())
        if status.category not in TAKEN:
            raise StatusError(f"{self.address} answered {status}", status)
        return Echoed(status, time.perf_counter() - began)

    @overload
    def store(self, what: str | bytes | Dataset | Path | InstanceSource) -> Stored: ...  # type: ignore[overload-overlap]  # text and bytes can be iterated, but are one
    @overload
    def store(self, what: Iterable[Path | str | Dataset | InstanceSource]) -> Iterator[Stored]: ...
    @overload
    def store(self, what: Any) -> Any: ...
    def store(self, what: Any) -> Stored | Iterator[Stored]:
        """C-STORE (PS3.4 B): send an instance, or many.

        Args:
            what: A path, a `Dataset`, the bytes of a file, a pydicom data set, or an iterable of
                such. Files are sent as they are.

        Returns:
            What became of it, or an iterator of that, one per instance, in order. What nobody has
            taken from the iterator by the time of the release is sent then. When no context of
            this association fits, a new one to the same peer takes its place.

        Raises:
            NetworkError: When the association broke; what was not answered may not be stored.
        """
        # A pydicom data set, which has a `save_as`, can be iterated but is one instance.
        single = isinstance(what, _SINGLE) or hasattr(what, "save_as") or hasattr(what, "read")
        if single or not isinstance(what, Iterable):
            return next(self._store([what]))
        results = self._store(what)
        self._batches.append(results)
        return results

    def release(self) -> None:
        """End in good order (PS3.8 7.2); without effect when it is over already."""
        for batch in self._batches:
            deque(batch, maxlen=0)
        super().release()

    def offers(self, sop_class_uid: str, transfer_syntax: str) -> bool:
        """Whether this association asked for that context, whatever the answer was."""
        return (sop_class_uid, transfer_syntax) in self._offered

    def _open(self, terms: Terms) -> None:
        self._terms = terms
        self._offered = {
            (context.abstract_syntax, transfer_syntax)
            for context in terms.contexts
            for transfer_syntax in context.transfer_syntaxes
        }
        super()._open(terms)

    def _store(self, instances: Iterable[Any]) -> Iterator[Stored]:
        """Send instances, as many at once as the window allows; what became of each, in order."""
        out: deque[Stored | Sent] = deque()
        for what in instances:
            file = what if isinstance(what, InstanceSource) else examine(what)
            offered = isinstance(file, Unsendable) or self.offers(
                file.sop_class_uid, file.transfer_syntax
            )
            while out and not (offered and self._calls.has_room):
                yield self.settle_file(out.popleft())
            if not offered:
                assert isinstance(file, InstanceSource)
                self._open_for(file)
            out.append(self._begin_store(file))
        while out:
            yield self.settle_file(out.popleft())

    def _open_for(self, file: InstanceSource) -> None:
        """Take a new association to the same peer, as this one does not carry the instance."""
        super().release()
        pairs = [(VERIFICATION, _NATIVE[1]), (file.sop_class_uid, file.transfer_syntax)]
        self._open(self._terms._replace(contexts=plan(pairs)[0], roles=(), extended=()))

    def _begin_store(self, file: InstanceSource | Unsendable) -> "Stored | Sent":
        if isinstance(file, Unsendable):
            return Stored(file.path, reason=file.reason, error=UnreadableError(file.reason))
        return self.begin_file(file)

    def begin_file(self, file: InstanceSource) -> "Stored | Sent":
        """Send one instance on this association, and on no other; `settle_file` waits for it.

        Raises:
            NetworkError: When the association broke.
        """
        try:
            data = file.data()
        except OSError as error:
            return _failed(file, UnreadableError(f"cannot be read: {error.strerror}"))
        if len(data) % 2:
            # PS3.8 E.2: fragments are even, and filling it up would alter the instance.
            return _failed(file, EncodeError(_ODD.format(len(data))))
        operation = Store(file.sop_class_uid, file.sop_instance_uid, file.transfer_syntax, data)
        try:
            return Sent(file, len(data), self.start(operation))
        except NoContextError as error:
            return _failed(file, error)

    def settle_file(self, sent: "Stored | Sent") -> Stored:
        """Wait for what became of an instance.

        Raises:
            NetworkError: When the association broke.
        """
        if isinstance(sent, Stored):
            return sent
        (status,) = self.wait(sent.call)
        reason = "" if status.category is Category.SUCCESS else f"{self.address} answered {status}"
        file = sent.file
        return Stored(file.path, file.sop_instance_uid, status, reason, sent.length)


def connect(
    host: str,
    port: int,
    *,
    called: str = "ANY-SCP",
    calling: str = "RUSSET",
    contexts: Sequence[tuple[str, Sequence[str]]] = ((VERIFICATION, _NATIVE),),
    **how: Any,
) -> ClientAssociation:
    """Associate with a peer; use the result as a context manager.

    Args:
        host: Name or IP address.
        port: TCP port, usually 104 or 11112.
        called: The peer's AE title.
        calling: Ours.
        contexts: SOP classes, each with transfer syntaxes, to ask for at once. `store` asks for
            what it needs by itself.
        **how: `max_pdu`, `timeouts`, `window`, `identity` and `tls` of `Address`; `roles`,
            `extended`, `common_extended` and `services` of `Terms`.

    Raises:
        NetworkError: Each of its kinds, with the likely cause and what to try.
    """
    terms = {name: how.pop(name) for name in Terms._fields if name in how}
    address = Address(host, port, called, calling, **how)
    return ClientAssociation(address, Terms(propose(contexts), **terms))


def send(files: Sequence[InstanceSource], address: Address) -> Iterator[Stored]:
    """Send a batch over as many associations as its SOP classes and transfer syntaxes need.

    Files keep their order within an association. One that the peer refuses does not stop the
    rest; when an association breaks, its file has failed and the rest goes over a new one.

    Raises:
        NetworkError: When the peer cannot be reached, rejects us, or breaks association after
            association.
    """
    left = list(files)
    for contexts in plan((file.sop_class_uid, file.transfer_syntax) for file in left):
        offered = {
            (each.abstract_syntax, syntax) for each in contexts for syntax in each.transfer_syntaxes
        }
        batch = [file for file in left if (file.sop_class_uid, file.transfer_syntax) in offered]
        left = [file for file in left if (file.sop_class_uid, file.transfer_syntax) not in offered]
        yield from _send_batch(batch, address, contexts)


def _send_batch(
    files: Sequence[InstanceSource], address: Address, contexts: Sequence[ContextRq]
) -> Iterator[Stored]:
    left, failures = deque(files), 0
    while left:
        with ClientAssociation(address, Terms(contexts)) as association:
            out: deque[Stored | Sent] = deque()
            begun = 0
            try:
                while left:
                    while begun < len(left) and (association.has_room or not out):
                        out.append(association.begin_file(left[begun]))
                        begun += 1
                    stored = association.settle_file(out.popleft())
                    left.popleft()
                    begun -= 1
                    failures = 0
                    yield stored
            except (AbortedError, DeadlineError) as error:
                # What else was on its way is sent again: a C-STORE may be repeated.
                failures += 1
                yield _failed(left.popleft(), error)
                if failures == _ATTEMPTS:
                    raise


def _failed(file: InstanceSource, error: RussetError) -> Stored:
    return Stored(file.path, file.sop_instance_uid, reason=str(error), error=error)
