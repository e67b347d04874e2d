"""What `russet move --self` listens with: it saves what comes, and knows what our disk refused."""

from __future__ import annotations

import errno
from collections.abc import Awaitable, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from russet.association.effects import Place
from russet.errors import ConnectError, StorageError
from russet.net.holder import holder_of
from russet.net.serving import Receiver, serve
from russet.storage.saving import check_folder, saving

if TYPE_CHECKING:
    from russet.services.storage import Sink, StoreRequest, StoreResult
    from russet.storage.receiver import InstanceReceiver, Published

__all__ = ["Came", "listen"]


def listen(title: str, port: int, came: Came) -> Receiver:
    """Listen for what we asked to be sent to us, as `title`.

    Raises:
        ConnectError: When the port is taken or may not be had.
    """
    try:
        return serve(
            port,
            bind="0.0.0.0",  # noqa: S104 (the peer has to reach it)
            aet=title,
            handlers={"store": came},
        )
    except ConnectError as error:
        if not isinstance(error.__cause__, OSError) or error.__cause__.errno != errno.EADDRINUSE:
            raise
        holder = holder_of(port) or "another program"
        raise ConnectError(
            f"port {port} is in use by {holder}: end that, or listen on another one with +P PORT, "
            f"which the peer then has to have for {title}"
        ) from error


class Came:
    """A store handler that saves what is moved to us, and counts it.

    Attributes:
        began: How many instances began to come.
    """

    place = Place.READER

    def __init__(self, folder: Path) -> None:
        """Be ready for what comes into a folder, which is made when something does.

        Raises:
            StorageError: When there can be no such folder, or it takes no files of ours.
        """
        check_folder(folder)
        self._count = 0
        self.began = 0
        self._folder = folder
        self._lock = Lock()
        self._receiver: InstanceReceiver | None = None
        self._refused: dict[str, str] = {}

    def open(self, request: StoreRequest) -> _Arriving:
        """Take an instance.

        Raises:
            StorageError: When our disk, or the folder, refuses it.
        """
        self.began += 1
        try:
            with self._lock:
                if self._receiver is None:
                    self._receiver = saving(self._folder, on_stored=self._stored)
            return _Arriving(self, request, self._receiver.open(request))
        except StorageError as error:
            self.refuse(request, error)
            raise

    def refuse(self, request: StoreRequest, error: StorageError) -> None:
        """Hear that our disk refused an instance."""
        self._refused[request.sop_instance_uid] = f"{error}, in {self._folder}"

    def taken(self) -> int:
        """How many instances are here."""
        return self._count

    def unwritten(self, failed: int) -> str:
        """Why our disk refused all of those that `failed`; empty when it did not."""
        if not failed or len(self._refused) < failed:
            return ""
        return next(iter(self._refused.values()))

    def close(self) -> None:
        """Let go of what saving files needs."""
        if self._receiver is not None:
            self._receiver.close()

    def _stored(self, published: Published) -> None:
        self._count += 1
        self._refused.pop(published.request.sop_instance_uid, None)


class _Arriving:
    """One instance on its way in."""

    def __init__(self, came: Came, request: StoreRequest, sink: Sink) -> None:
        self._came = came
        self._request = request
        self._sink = sink
        self.discard = sink.discard

    def write(self, parts: Sequence[bytes | memoryview]) -> None:
        """Pass on the next parts."""
        try:
            self._sink.write(parts)
        except StorageError as error:
            self._came.refuse(self._request, error)
            raise

    def finish(self) -> StoreResult | Awaitable[StoreResult]:
        """Have the instance kept."""
        try:
            return self._sink.finish()
        except StorageError as error:
            self._came.refuse(self._request, error)
            raise
