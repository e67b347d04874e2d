"""A client for threads: an association to a peer, and batches over as many as they take."""

import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Self, TypeVar, overload

from russet.association.association import Association
from russet.association.contexts import plan, propose
from russet.association.events import Aborted, Established, Operation, Rejected, Response
from russet.association.negotiation import Limits, Proposal
from russet.codec import ContextRq
from russet.data import Dataset
from russet.dimse.status import Category
from russet.errors import (
    AbortedError,
    DeadlineError,
    EncodeError,
    NetworkError,
    NoContextError,
    ProtocolError,
    RejectedError,
    RussetError,
    StatusError,
    UnreadableError,
)
from russet.net import blocking
from russet.net.channel import Channel
from russet.net.outcome import TAKEN, Address, Echoed, Stored
from russet.net.timeouts import Timeouts
from russet.services.storage import Store
from russet.services.verification import VERIFICATION, Echo
from russet.storage.source import InstanceSource, Unsendable, examine

__all__ = ["Address", "ClientAssociation", "Echoed", "Stored", "connect", "send"]

_NATIVE: Final = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2")
_ATTEMPTS: Final = 3
_SINGLE: Final = (str, bytes, bytearray, memoryview, Dataset)
_ODD: Final = (
    "its data set has an odd length, {} bytes, which cannot be sent as it is; "
    "saving it anew with pydicom mends that"
)
_ResultT = TypeVar("_ResultT")


class ClientAssociation:
    """An association that we asked for. Use as a context manager: it ends with a release.

    Attributes:
        address: Whom we called, and as whom.
        peer: Who answered.
    """

    def __init__(self, address: Address, contexts: Sequence[ContextRq]) -> None:
        """Connect and associate.

        Raises:
            NetworkError: Each of its kinds, with the likely cause and what to try.
        """
        self.address = address
        self._association: Association
        self._channel: Channel
        self._over = True
        self._batches: list[Iterator[Stored]] = []
        self._open(contexts)

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Release; abort when leaving because of an exception."""
        if kind is None:
            self.release()
        else:
            self.abort()

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
            return self._store(what)
        results = map(self._store, what)
        self._batches.append(results)
        return results

    def perform(self, operation: Operation[_ResultT]) -> Iterator[_ResultT]:
        """Have the peer perform `operation`, giving its results as they come.

        Raises:
            NoContextError: When the peer accepted no context for it.
            NetworkError: When the association broke.
        """
        if self._over:
            raise AbortedError(f"the association with {self.address} is over: connect again")
        begun = self._association.begin(operation, time.monotonic())
        try:
            self._channel.send(begun.blocks)
        except NetworkError:
            self.abort()  # A message half sent: nothing more can be said on this association.
            raise
        while not operation.done:
            yield from operation.receive(self._response())

    def release(self) -> None:
        """End in good order (PS3.8 7.2); without effect when it is over already."""
        for batch in self._batches:
            deque(batch, maxlen=0)
        self._release()

    def _release(self) -> None:
        if not self._over:
            self._over = True
            self._association.release(time.monotonic())
            self._channel.finish()

    def abort(self) -> None:
        """End at once (PS3.8 7.3); without effect when it is over already."""
        if self._over:
            return
        self._over = True
        self._association.abort(time.monotonic())
        try:
            self._channel.flush()
        except NetworkError:
            pass  # It is gone already, which is what was wanted.
        finally:
            self._channel.close()

    def offers(self, sop_class_uid: str, transfer_syntax: str) -> bool:
        """Whether this association asked for that context, whatever the answer was."""
        return (sop_class_uid, transfer_syntax) in self._offered

    def _open(self, contexts: Sequence[ContextRq]) -> None:
        address, timeouts = self.address, self.address.timeouts
        self._offered = {
            (context.abstract_syntax, transfer_syntax)
            for context in contexts
            for transfer_syntax in context.transfer_syntaxes
        }
        self._over = False
        stream = blocking.connect(address.host, address.port, timeouts.connect)
        stream.eager = True
        now = time.monotonic()
        self._association = Association.requestor(
            Proposal(address.called, address.calling, contexts),
            now,
            Limits(artim=timeouts.artim, max_length=address.max_pdu),
        )
        self._association.connected(now)
        self._channel = Channel(self._association, stream, timeouts)
        try:
            event = self._next()
            if not isinstance(event, Established):
                raise AbortedError(f"{address} answered nothing that makes sense")
            self.peer = event.peer
        except BaseException:
            self._over = True
            self._channel.close()
            raise

    def _store(self, what: Any) -> Stored:
        file = what if isinstance(what, InstanceSource) else examine(what)
        if isinstance(file, Unsendable):
            return Stored(file.path, reason=file.reason, error=UnreadableError(file.reason))
        if not self.offers(file.sop_class_uid, file.transfer_syntax):
            self._release()
            self._open(
                plan([(VERIFICATION, _NATIVE[1]), (file.sop_class_uid, file.transfer_syntax)])[0]
            )
        return self.store_file(file)

    def store_file(self, file: InstanceSource) -> Stored:
        """Send one instance on this association, and on no other.

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
            (status,) = self.perform(operation)
        except NoContextError as error:
            return _failed(file, error)
        reason = "" if status.category is Category.SUCCESS else f"{self.address} answered {status}"
        return Stored(file.path, file.sop_instance_uid, status, reason, len(data))

    def _response(self) -> Response:
        while True:
            event = self._next()
            if isinstance(event, Response):
                return event

    def _next(self) -> object:
        """The next event that is not the end.

        Raises:
            NetworkError: At the end, however it came.
        """
        try:
            event = self._channel.next_event(self.address.timeouts.response)
        except DeadlineError:
            self.abort()
            raise
        if isinstance(event, Rejected):
            self._fail(
                RejectedError(
                    _rejected(self.address, event), event.result, event.source, event.reason
                )
            )
        if isinstance(event, Aborted):
            established = self._association.peer is not None
            self._fail(_aborted(self.address, event, established=established))
        if event is None:
            self._fail(AbortedError(f"{self.address} closed the connection"))
        return event

    def _fail(self, error: NetworkError) -> None:
        self._over = True
        self._channel.close()
        raise error


def connect(
    host: str,
    port: int,
    *,
    called: str = "ANY-SCP",
    calling: str = "RUSSET",
    contexts: Sequence[tuple[str, Sequence[str]]] = ((VERIFICATION, _NATIVE),),
    max_pdu: int = 1 << 20,
    timeouts: Timeouts | None = None,
) -> ClientAssociation:
    """Associate with a peer; use the result as a context manager.

    Args:
        host: Name or IP address.
        port: TCP port, usually 104 or 11112.
        called: The peer's AE title.
        calling: Ours.
        contexts: SOP classes, each with transfer syntaxes, to ask for at once. `store` asks for
            what it needs by itself.
        max_pdu: Bytes of the longest P-DATA-TF that we take.
        timeouts: How long each phase may take.

    Raises:
        NetworkError: Each of its kinds, with the likely cause and what to try.
    """
    address = Address(host, port, called, calling, max_pdu, timeouts or Timeouts())
    return ClientAssociation(address, propose(contexts))


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
    place, failures = 0, 0
    while place < len(files):
        with ClientAssociation(address, contexts) as association:
            try:
                while place < len(files):
                    yield association.store_file(files[place])
                    place, failures = place + 1, 0
            except (AbortedError, DeadlineError) as error:
                failures += 1
                yield _failed(files[place], error)
                place += 1
                if failures == _ATTEMPTS:
                    raise


def _failed(file: InstanceSource, error: RussetError) -> Stored:
    return Stored(file.path, file.sop_instance_uid, reason=str(error), error=error)


def _aborted(address: Address, event: Aborted, *, established: bool) -> NetworkError:
    if event.source is None and not established:
        return ProtocolError(f"{address} answered nothing and closed: no DICOM port?", 0)
    if event.by_peer or event.source is None:
        return AbortedError(f"{address}: {event.message}", event.source, event.reason)
    hint = ": it wants TLS, which we do not speak yet" if "TLS" in event.message else ""
    message = f"{address} does not speak plain DICOM: {event.message}{hint}"
    return ProtocolError(message, 0, event.source, event.reason)


def _rejected(address: Address, event: Rejected) -> str:
    """Say which title was used, since that is what is usually wrong."""
    return (
        f"{address} {event.message}; we called it {address.called!r} and ourselves "
        f"{address.calling!r} (change them with -aec and -aet)"
    )
