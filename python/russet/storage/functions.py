"""C-STORE into a plain function: the data set collected, in memory or past a bound in a file."""

import mmap
import tempfile
from collections.abc import Awaitable, Sequence
from typing import IO, Final

from russet.association.effects import place_of
from russet.errors import StorageError
from russet.services.storage import Instance, Sink, StoreFunction, StoreRequest, StoreResult
from russet.storage.check import ArrivalCheck

__all__ = ["FunctionReceiver"]

_IN_MEMORY: Final = 1 << 20


class FunctionReceiver:
    """A store handler that has a function take each instance, complete and checked."""

    def __init__(self, function: StoreFunction, in_memory: int = _IN_MEMORY) -> None:
        """Call `function` with each `Instance`; it gives a status, or None for Success.

        Args:
            function: Takes an instance. An exception is answered as a failure and logged.
            in_memory: Bytes of a data set that are kept in memory; larger ones go to a temporary
                file, which the function sees as one buffer all the same.
        """
        self.function = function
        self.in_memory = in_memory
        self.place = place_of(function)

    def open(self, request: StoreRequest) -> Sink:
        """Begin to collect the instance of `request`."""
        return _Collected(self, request)


class _Collected:
    """One instance on its way in."""

    def __init__(self, receiver: FunctionReceiver, request: StoreRequest) -> None:
        self._receiver = receiver
        self._request = request
        self._check = ArrivalCheck(request)
        self._memory = bytearray()
        self._file: IO[bytes] | None = None

    def write(self, parts: Sequence[bytes | memoryview]) -> None:
        """Check and keep the next `parts` of the data set."""
        if not self._check.feed(parts):
            self.discard()
            return
        try:
            for part in parts:
                if self._file is None:
                    self._memory += part
                else:
                    self._file.write(part)
            if self._file is None and len(self._memory) > self._receiver.in_memory:
                self._spill()
        except OSError as error:
            raise StorageError(f"cannot spill a data set: {error.strerror}") from error

    def finish(self) -> StoreResult | Awaitable[StoreResult]:
        """The data set is complete: have the function take it."""
        if refusal := self._check.finish():
            self.discard()
            return refusal
        status = self._receiver.function(Instance(self._request, self._data()))
        if isinstance(status, Awaitable):
            return self._settle(status)
        self.discard()
        return StoreResult(_status(status))

    async def _settle(self, status: Awaitable[int | None]) -> StoreResult:
        """Wait for a function that is a coroutine; it may look at the data until it is done."""
        try:
            return StoreResult(_status(await status))
        finally:
            self.discard()

    def discard(self) -> None:
        """Forget what was collected."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self._memory = bytearray()

    def _spill(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed by discard)
        self._file.write(self._memory)
        self._memory = bytearray()

    def _data(self) -> bytes | mmap.mmap:
        if self._file is None:
            return bytes(self._memory)
        self._file.flush()
        return mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)


def _status(given: object) -> int:
    """The status that a function gave.

    Raises:
        TypeError: When it is none; True and False are none either.
    """
    if given is None:
        return 0
    if isinstance(given, int) and not isinstance(given, bool):
        return int(given)
    raise TypeError(f"the store handler gave {given!r}: it gives a status as an int, or None")
