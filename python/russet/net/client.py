"""A client for threads: an association to a peer, and batches over as many as they take."""

import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, overload

from russet.association.calls import Call
from russet.association.contexts import plan, propose
from russet.codec import ContextRq
from russet.data import Dataset
from russet.errors import (
    AbortedError,
    DeadlineError,
    NetworkError,
    NoContextError,
    UnreadableError,
)
from russet.net.outcome import Address, Echoed, Stored
from russet.net.results import Results
from russet.net.sending import Sending, instances
from russet.net.terms import NATIVE, Terms
from russet.net.verbs.commitment import CommitmentVerbs
from russet.net.verbs.procedure_step import StepVerbs
from russet.net.verbs.query import QueryVerbs
from russet.services.verification import VERIFICATION, Echo
from russet.storage.source import InstanceSource, Unsendable, examine

__all__ = ["Address", "ClientAssociation", "Echoed", "Stored", "connect", "send", "send_batch"]

_ATTEMPTS: Final = 3


class ClientAssociation(QueryVerbs, CommitmentVerbs, StepVerbs):
    """An association that we asked for, and what can be asked on it.

    Use as a context manager: it ends with a release. It is for one thread at a time.
    """

    def __init__(self, address: Address, terms: Terms) -> None:
        """Connect and associate.

        Raises:
            NetworkError: Each of its kinds, with the likely cause and what to try.
        """
        super().__init__(address, terms)
        self._batches: list[Generator[Stored, None, None]] = []

    def echo(self) -> Echoed:
        """C-ECHO (PS3.4 A): does the peer answer?

        Raises:
            StatusError: When it answers with a failure.
            NetworkError: When it does not answer.
        """
        began = time.perf_counter()
        (status,) = self.perform(Echo())
        return Echoed.of(status, began, self.address)

    @overload
    def store(self, what: str | bytes | Dataset | Path | InstanceSource) -> Stored: ...  # type: ignore[overload-overlap]  # text and bytes can be iterated, but are one
    @overload
    def store(self, what: Iterable[Path | str | Dataset | InstanceSource]) -> Results[Stored]: ...
    @overload
    def store(self, what: Any) -> Any: ...
    def store(self, what: Any) -> Stored | Results[Stored]:
        """C-STORE (PS3.4 B): send an instance, or many.

        Args:
            what: A path, a `Dataset`, the bytes of a file, a pydicom data set, or an iterable of
                such. Files are sent as they are, as many at once as the window allows.

        Returns:
            What became of it, or an iterator of that, one per instance, in order, which sends
            while it is iterated. When no context of this association fits, a new one to the same
            peer takes its place.

        Raises:
            NetworkError: When the association broke; what was not answered may not be stored.
        """
        many = instances(what)
        if many is None:
            return next(self._store([what]))
        batch = self._store(many)
        self._batches.append(batch)
        return self._lazily("store", batch)

    def release(self) -> None:
        """End in good order (PS3.8 7.2); without effect when it is over already.

        Raises:
            TurnError: When another thread uses it.
        """
        with self._turn:
            for batch in self._batches:
                try:
                    batch.close()
                except ValueError as error:  # It runs, on another thread, between two requests.
                    raise self._turn.taken() from error
            super().release()

    def _store(self, many: Iterable[Any]) -> Generator[Stored, None, None]:
        out: deque[tuple[Sending, Call | None]] = deque()
        carrier = self
        try:
            for what in many:
                sending = Sending.of(what)
                fits = sending.fits(carrier.terms) and not carrier.is_over
                while out and not (fits and carrier.has_room):
                    yield carrier.settle(*out.popleft())
                    carrier.go_on()
                if not fits:
                    alone = self.terms._replace(contexts=sending.contexts(), roles=(), extended=())
                    carrier = self.another(sending.fits, alone)
                out.append(carrier.begin(sending))
            while out:
                yield carrier.settle(*out.popleft())
        except GeneratorExit:  # Nobody wants more: what is on its way is answered first.
            with suppress(NetworkError):
                for each in out:
                    carrier.settle(*each)
            raise

    def begin(self, sending: Sending) -> tuple[Sending, Call | None]:
        """Send one instance on this association, and on no other; for `settle`.

        Raises:
            NetworkError: When the association broke.
        """
        if sending.operation is None:
            return sending, None
        try:
            return sending, self.start(sending.operation)
        except NoContextError as error:
            return sending.failed(error), None

    def settle(self, sending: Sending, call: Call | None) -> Stored:
        """Wait for what became of an instance.

        Raises:
            NetworkError: When the association broke.
        """
        return sending.settle(None if call is None else self.wait(call), self.address)


def connect(
    host: str,
    port: int,
    *,
    called: str = "ANY-SCP",
    calling: str = "RUSSET",
    contexts: Sequence[tuple[str, Sequence[str]]] = ((VERIFICATION, NATIVE),),
    **how: Any,
) -> ClientAssociation:
    """Associate with a peer; use the result as a context manager.

    It is for one thread at a time: while one has something out on it, others get a `TurnError`, and
    nothing is asked for them. Connect once more for each thread, or use `russet.aio`, where any
    number of requests may be made at once; `SendQueue` takes what is to be sent from any thread.

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


def send(
    what: Any,
    host: str,
    port: int,
    *,
    called: str = "ANY-SCP",
    calling: str = "RUSSET",
    **how: Any,
) -> Results[Stored]:
    """Send instances to a peer, over as many associations as they need.

    Args:
        what: A path, a `Dataset`, the bytes of a file, a pydicom data set, or an iterable of such.
        host: Name or IP address.
        port: TCP port.
        called: The peer's AE title.
        calling: Ours.
        **how: `max_pdu`, `timeouts`, `window`, `identity`, `requests_per_association` and `tls` of
            `Address`.

    Returns:
        An iterator of what became of each, which sends while it is iterated; what is no instance
        comes first.

    Raises:
        NetworkError: When the peer cannot be reached, rejects us, or breaks association after
            association.
    """
    address = Address(host, port, called, calling, **how)
    return Results(_send(what, address), "send", address, lambda: False)


def _send(what: Any, address: Address) -> Generator[Stored, None, None]:
    many = instances(what)
    found = [examine(each) for each in ([what] if many is None else many)]
    for each in found:
        if isinstance(each, Unsendable):
            yield Stored(each.path, reason=each.reason, error=UnreadableError(each.reason))
    files = [each for each in found if isinstance(each, InstanceSource)]
    yield from send_batch(files, address)


def send_batch(files: Sequence[InstanceSource], address: Address) -> Iterator[Stored]:
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
        with ClientAssociation(address, Terms(contexts)) as association:
            out: deque[tuple[Sending, Call | None]] = deque()
            end = min(len(files), place + (address.requests_per_association or len(files)))
            try:
                while place < end:
                    while place + len(out) < end and (association.has_room or not out):
                        out.append(association.begin(Sending.of(files[place + len(out)])))
                    stored = association.settle(*out[0])
                    out.popleft()
                    place, failures = place + 1, 0
                    yield stored
                    association.go_on()
            except (AbortedError, DeadlineError) as error:
                # What else was on its way is sent again: a C-STORE may be repeated.
                failures += 1
                yield Sending.of(files[place]).failed(error).settle(None, address)
                place += 1
                if failures == _ATTEMPTS:
                    raise
