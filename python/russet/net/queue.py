"""A queue of instances to one peer: associations as they are needed, reused while there is more."""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, Final, Self

from russet.association.calls import Call
from russet.association.contexts import plan
from russet.errors import AbortedError, NetworkError, RussetError
from russet.net.client import ClientAssociation
from russet.net.outcome import Address, Stored
from russet.net.sending import Sending
from russet.net.terms import Terms

__all__ = ["SendQueue"]

_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 5.0
_PLANNED: Final = 1000
_NO_END: Final = 1 << 62


@dataclass(slots=True, eq=False)
class _Item:
    """An instance in the queue."""

    sending: Sending
    future: "Future[Stored]" = field(default_factory=Future)
    failures: int = 0

    @property
    def pair(self) -> tuple[str, str]:
        operation = self.sending.operation
        assert operation is not None
        return operation.abstract_syntax, operation.transfer_syntax


class SendQueue:
    """Sends instances to a peer in the background, in the order in which they are put in.

    An association is opened when there is something to send, with contexts for all that waits, and
    kept for `linger` seconds after the last. When it breaks, what was not answered is sent again
    over a new one: a C-STORE may be repeated. Use as a context manager: it ends with `close`.
    """

    def __init__(
        self,
        address: Address,
        *,
        linger: float = 0.5,
        attempts: int = 3,
        on_result: Callable[[Stored], None] | None = None,
    ) -> None:
        """Make an empty queue to `address`.

        Args:
            address: Whom to send to; its `requests_per_association` bounds what one association
                carries.
            linger: Seconds that an association waits for more.
            attempts: How often an instance is tried before it has failed.
            on_result: Hears what became of each instance, on the thread of the queue.
        """
        self.address = address
        self._linger = linger
        self._attempts = attempts
        self._on_result = on_result
        self._waiting: deque[_Item] = deque()
        self._changed = threading.Condition()
        self._closing = self._cancelled = False
        self._association: ClientAssociation | None = None
        self._thread = threading.Thread(
            target=self._run, name=f"russet-queue-{address.called}", daemon=True
        )
        self._thread.start()

    def __enter__(self) -> Self:
        """Use as a context manager that ends with `close`."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Send what waits, and end; drop it when leaving because of an exception."""
        self.close(cancel=kind is not None)

    def __bool__(self) -> bool:
        """Be true, also while nothing waits: it is a way to a peer before it is a count."""
        return True

    def __len__(self) -> int:
        """Count what nobody has begun to send."""
        return len(self._waiting)

    def put(self, what: Any) -> "Future[Stored]":
        """Put an instance in: a path, a `Dataset`, the bytes of a file, a pydicom data set.

        Returns:
            What becomes of it. Its result is a `Stored`, also when it failed; on asyncio,
            `asyncio.wrap_future` awaits it.

        Raises:
            RussetError: When the queue is closed.
        """
        item = _Item(Sending.of(what))
        if item.sending.operation is None:
            self._resolve(item, item.sending.settle(None, self.address))
            return item.future
        with self._changed:
            if self._closing:
                raise RussetError(f"the queue to {self.address} is closed")
            self._waiting.append(item)
            self._changed.notify()
        return item.future

    def close(self, *, cancel: bool = False) -> None:
        """Send what waits and release; with `cancel` abort at once and have the rest fail."""
        with self._changed:
            self._closing = True
            self._cancelled |= cancel
            self._changed.notify()
        self._thread.join()

    # --- on the thread of the queue ---

    def _run(self) -> None:
        failures = 0
        while self._wait(None):
            try:
                with ClientAssociation(self.address, self._terms()) as association:
                    failures = 0
                    self._carry(association)
            except NetworkError as error:
                failures += 1
                self._fail(error, failures)

    def _wait(self, timeout: float | None) -> bool:
        """Wait for something to send; False when there is nothing, or nothing is to be sent."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing, timeout)
            if self._cancelled:
                self._drop(AbortedError(f"the queue to {self.address} was cancelled"))
            return bool(self._waiting)

    def _terms(self) -> Terms:
        """Plan contexts for what waits, the first of it for certain."""
        with self._changed:
            waiting = [item.pair for _, item in zip(range(_PLANNED), self._waiting, strict=False)]
        return Terms(plan(waiting)[0])

    def _carry(self, association: ClientAssociation) -> None:
        """Send what fits an association, until nothing comes for a while or it carried enough."""
        out: deque[tuple[_Item, Call | None]] = deque()
        left = self.address.requests_per_association or _NO_END
        try:
            while (item := self._next(association, left, 0.0 if out else self._linger)) or out:
                if item is not None and (association.has_room or not out):
                    self._waiting.popleft()
                    out.append((item, None))
                    item.sending, call = association.begin(item.sending)
                    out[-1] = (item, call)
                    left -= 1
                else:
                    item, call = out[0]
                    self._resolve(item, association.settle(item.sending, call))
                    out.popleft()
        except NetworkError:
            # The first is what the peer did not answer; all of them go again, in order.
            if out:
                out[0][0].failures += 1
            self._waiting.extendleft(item for item, _ in reversed(out))
            raise

    def _next(self, association: ClientAssociation, left: int, timeout: float) -> _Item | None:
        """The first that waits, or comes in time, if the association may and can carry it."""
        if not left or not self._wait(timeout):
            return None
        item = self._waiting[0] if self._waiting else None
        fits = item is not None and item.sending.fits(association.terms)
        return item if fits and not self._cancelled else None

    def _fail(self, error: NetworkError, failures: int) -> None:
        """Give up what was tried often enough, and wait a little before the next try."""
        first = self._waiting[0] if self._waiting else None
        if failures >= self._attempts:
            with self._changed:
                self._drop(error)
        elif first is not None and first.failures >= self._attempts:
            self._waiting.popleft()
            self._resolve(first, first.sending.failed(error).settle(None, self.address))
        with self._changed:
            pause = min(_FIRST_PAUSE * 2**failures, _LONGEST_PAUSE)
            self._changed.wait_for(lambda: self._cancelled, pause if self._waiting else 0)

    def _drop(self, error: RussetError) -> None:
        while self._waiting:
            item = self._waiting.popleft()
            self._resolve(item, item.sending.failed(error).settle(None, self.address))

    def _resolve(self, item: _Item, stored: Stored) -> None:
        item.future.set_result(stored)
        if self._on_result is not None:
            self._on_result(stored)
