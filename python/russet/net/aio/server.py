"""A server for asyncio: one task per association, on the loop of whoever starts it."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Generator, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from russet.association.association import Association
from russet.association.caller import Caller
from russet.association.effects import Connect
from russet.association.events import Rejected, Released
from russet.association.negotiation import Limits
from russet.association.policy import Policy
from russet.association.provider import Provider, Service
from russet.errors import AbortedError, ConnectError, DeadlineError, NetworkError
from russet.net.aio.client import AsyncAssociation
from russet.net.aio.dialogue import Dialogue, End
from russet.net.aio.stream import AsyncByteStream, LoopStream
from russet.net.aio.threads import Threads
from russet.net.blocking import listen
from russet.net.outcome import Address
from russet.net.pending import TLS_COST
from russet.net.report import AssociationReport
from russet.net.seats import Seat, Seats
from russet.net.terms import Terms
from russet.net.timeouts import Timeouts
from russet.net.wiring import Handler, Keeping, Wiring, wire
from russet.services.retrieve import Destinations
from russet.storage.instances import Durability, OnDuplicate

if TYPE_CHECKING:
    from russet.net.tls import ServerTls

__all__ = ["AsyncReceiver", "Serving", "serve"]

_LOG: Final = logging.getLogger("russet.scp")
_FAREWELL: Final = 2.0
_PAUSE: Final = 0.01
_FOLLOWERS: Final = 16
_SILENT_LIMIT: Final = 4096
_SILENT_BYTES: Final = 1 << 24
_GREETED_LIMIT: Final = _SILENT_BYTES // TLS_COST


class AsyncReceiver:
    """A server on an event loop. Use it as a context manager, or `close` it.

    Attributes:
        port: The port it listens on; 0 for a Unix socket.
        active: How many associations are established.
        folder: The data folder, if instances are kept.
    """

    def __init__(
        self,
        wiring: Wiring,
        *,
        max_pdu: int = 1 << 20,
        timeouts: Timeouts | None = None,
        on_association: Callable[[AssociationReport], None] | None = None,
    ) -> None:
        """Be ready to `listen`, or to `serve_stream`."""
        self.port = 0
        self.active = 0
        self.folder = wiring.folder
        self._wiring = wiring
        self._timeouts = timeouts or Timeouts()
        self._limits = Limits(artim=self._timeouts.artim, max_length=max_pdu)
        self._on_association = on_association
        policy = wiring.policy
        self._seats = Seats(policy, lambda: self._draining)
        self._threads = Threads("russet-work", policy.max_associations * policy.widest_window)
        self._followers = Threads("russet-later", _FOLLOWERS)
        self._tls: ServerTls | None = None
        self._server: asyncio.Server | None = None
        self._draining = False
        self._listener: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._dialogues: dict[Dialogue, asyncio.Task[Any]] = {}
        self._silent: dict[Dialogue, asyncio.Task[Any]] = {}
        self._greeted: dict[LoopStream, asyncio.Task[Any]] = {}  # within the TLS handshake
        self._lasting: set[asyncio.Task[None]] = set()

    async def listen(
        self, bind: str, port: int, *, path: str | None = None, tls: ServerTls | None = None
    ) -> Self:
        """Listen on an address and port, or on the Unix socket `path`.

        Raises:
            CertificateFileError: When a file of `tls` cannot be used.
            ConnectError: When the port is taken or may not be had.
        """
        loop = asyncio.get_running_loop()
        if tls is not None:
            tls.context()  # Better said now than to each client.
        self._tls = tls
        if path is not None:
            self._server = await loop.create_unix_server(self._protocol, path)
            return self
        self._listener = listener = listen(bind, port)
        self.port = listener.getsockname()[1]
        self._accepting = loop.create_task(self._accept(listener))
        return self

    def admit(self, policy: Policy) -> None:
        """Accept by another policy from now on; associations that are there stay as they are."""
        self._wiring.open_to(policy)
        self._seats.policy = self._wiring.policy

    async def __aenter__(self) -> Self:
        """Use as a context manager that ends with `close`."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop: let operations under way end, close the rest."""
        await self.close()

    async def close(self) -> None:
        """Stop accepting, let operations under way end within `drain` seconds, close the rest."""
        self._draining = True
        if self._server is not None:
            self._server.close()
        for dialogue in list(self._dialogues):
            dialogue.stop()
        if self._accepting is not None and self._listener is not None:
            self._accepting.cancel()
            await asyncio.wait([self._accepting])
            self._listener.close()
        for task in self._greeted.values():
            task.cancel()
        until = self._timeouts.clock() + self._timeouts.drain
        # What an association leaves behind ends after it.
        while tasks := {*self._dialogues.values(), *self._lasting}:
            left = max(until - self._timeouts.clock(), 0.0)
            _, late = await asyncio.wait(tasks, timeout=left)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
                break
        self._threads.close()
        self._followers.close()
        self._wiring.close()

    async def serve_stream(self, stream: AsyncByteStream) -> AssociationReport:
        """See one connection through, from its first byte to its close, whatever carries it.

        Raises:
            AbortedError: When the server is being closed.
        """
        if self._draining:
            stream.close()
            raise AbortedError("the server stops")
        report = AssociationReport(stream.peer)
        began = self._timeouts.clock()
        caller = _caller(stream)
        seat = Seat(self._seats, caller)
        association = Association.acceptor(
            lambda: self._seats.policy, began, self._limits, seat.take, caller
        )
        provider = Provider(self._wiring.services, BaseException)
        dialogue = Dialogue(association, stream, provider, self._timeouts, self._threads)
        dialogue.on_answer = report.note
        dialogue.on_rejected = seat.leave
        dialogue.performing.connect = self._connect
        dialogue.performing.lasting = self._lasting
        dialogue.performing.followers = self._followers
        task = asyncio.current_task()
        assert task is not None
        self._dialogues[dialogue] = task
        self._make_room(dialogue, task)
        try:
            await self._serve(dialogue, report)
        finally:
            del self._dialogues[dialogue]
            self._silent.pop(dialogue, None)
            await dialogue.let_go(AbortedError("the association ended"))
            stream.close()
            seat.leave()
            report.octets = dialogue.pace.received
            report.seconds = self._timeouts.clock() - began
            if self._on_association:
                self._on_association(report)
        return report

    async def _serve(self, dialogue: Dialogue, report: AssociationReport) -> None:
        established = False

        def begin() -> None:
            nonlocal established
            established = True
            self.active += 1
            self._silent.pop(dialogue, None)
            if dialogue.association.peer is not None:
                report.begin(dialogue.association.peer)

        dialogue.on_established = begin
        try:
            end = await dialogue.run(self._timeouts.idle)
        except DeadlineError as error:
            await _break_off(dialogue, report, str(error))
        except AbortedError as error:
            report.outcome = f"aborted: {error}"
        except asyncio.CancelledError:
            await _break_off(dialogue, report, "the server stops")
            raise
        else:
            if end is None:
                await _break_off(dialogue, report, "the server stops")
            else:
                await self._end(dialogue, report, end)
        finally:
            self.active -= established

    async def _end(self, dialogue: Dialogue, report: AssociationReport, end: End) -> None:
        if isinstance(end, Rejected):
            dialogue.on_rejected()
        report.end(end, dialogue.association.peer, unfinished=dialogue.unfinished)
        await dialogue.let_go(AbortedError("the association ended"))
        # Whoever had no association is not worth a task for as long as ARTIM runs.
        released = isinstance(end, Released)
        await dialogue.finish(self._timeouts.artim if released else _FAREWELL)

    async def _accept(self, listener: socket.socket) -> None:
        """In a task of its own: take connections, one by one."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(listener)
                await loop.connect_accepted_socket(self._protocol, connection)
            except OSError as error:
                # Out of descriptors: the oldest silent connection is worth less than a new one.
                _LOG.warning("cannot accept a connection: %s", error)
                waiting = self._silent or self._greeted
                if waiting:
                    waiting[next(iter(waiting))].cancel()  # type: ignore[index]  # of its own keys
                await asyncio.sleep(_PAUSE)

    def _protocol(self) -> LoopStream:
        timeouts = self._timeouts
        return LoopStream(self._connected, timeouts.stall, timeouts.floor)

    def _connected(self, connection: LoopStream) -> None:
        task = asyncio.get_running_loop().create_task(self._begin(connection))
        task.add_done_callback(_retrieve)

    async def _begin(self, connection: LoopStream) -> None:
        """See a connection through, after the TLS handshake where there is one."""
        stream: AsyncByteStream | None = connection
        if self._tls is not None:
            from russet.net.aio.tls import accept

            task = asyncio.current_task()
            assert task is not None
            self._greeted[connection] = task
            if len(self._greeted) > _GREETED_LIMIT:
                self._greeted[next(iter(self._greeted))].cancel()
            try:
                stream = await accept(connection, self._tls.context, self._timeouts.handshake)
            finally:
                del self._greeted[connection]
        if stream is not None:
            await self.serve_stream(stream)

    def _make_room(self, dialogue: Dialogue, task: asyncio.Task[Any]) -> None:
        """Let silent peers keep nobody out: the oldest goes, or the one that holds the most."""
        silent = self._silent
        silent[dialogue] = task
        if len(silent) > _SILENT_LIMIT:
            silent.pop(next(iter(silent))).cancel()
        if sum(map(_held, silent)) > _SILENT_BYTES:
            silent.pop(max(silent, key=_held)).cancel()

    async def _connect(self, effect: Connect) -> AsyncAssociation:
        to = effect.destination
        timeouts = self._timeouts
        address = Address(to.host, to.port, to.called, to.calling, timeouts=timeouts, tls=to.tls)
        return await AsyncAssociation(address).open(Terms(effect.contexts, effect.roles))


def _caller(stream: AsyncByteStream) -> Caller:
    """What the transport knows of a peer."""
    address = getattr(stream, "address", None)
    certificate = getattr(stream, "certificate", None)
    encrypted = getattr(stream, "encrypted", False)
    return Caller(address, certificate=certificate, encrypted=encrypted)


def _held(dialogue: Dialogue) -> int:
    """Bytes that a silent connection costs, as far as they differ."""
    cost = TLS_COST if getattr(dialogue.stream, "encrypted", False) else 0
    return cost + dialogue.pace.received


async def _break_off(dialogue: Dialogue, report: AssociationReport, why: str) -> None:
    if dialogue.association.should_close or dialogue.association.peer is None:
        report.outcome = f"aborted by us: {why}"  # There is nobody to say it to.
        return
    report.break_off(why)
    dialogue.abort()
    await dialogue.let_go(AbortedError(why))
    await dialogue.finish(_FAREWELL)


def _retrieve(task: asyncio.Task[Any]) -> None:
    """Have a task that failed tell of it, and one that was cancelled keep quiet."""
    if not task.cancelled() and (error := task.exception()) is not None:
        if isinstance(error, NetworkError):
            return
        asyncio.get_running_loop().call_exception_handler(
            {"message": "an association ended by a fault of ours", "exception": error}
        )


class Serving:
    """A server to come: `await` it, or enter it with `async with`."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._receiver: AsyncReceiver

    def __await__(self) -> Generator[Any, None, AsyncReceiver]:
        """Listen."""
        made: Generator[Any, None, AsyncReceiver] = self._make().__await__()
        return made

    async def __aenter__(self) -> AsyncReceiver:
        """Listen; the server ends with the block."""
        self._receiver = await self
        return self._receiver

    async def __aexit__(self, *_: object) -> None:
        """Stop: let operations under way end, close the rest."""
        await self._receiver.close()


def serve(
    port: int | None = 11112,
    *,
    bind: str = "127.0.0.1",
    path: str | None = None,
    aet: str = "RUSSET",
    data: str | Path | None = None,
    handlers: Mapping[str, Handler] | None = None,
    services: Iterable[Service] = (),
    policy: Policy | None = None,
    durability: str = Durability.FSYNC,
    on_duplicate: str = OnDuplicate.KEEP,
    layout: str | None = None,
    destinations: Destinations | None = None,
    tls: ServerTls | None = None,
    **network: Any,
) -> Serving:
    """Serve on the running event loop: `async with russet.aio.serve(...) as receiver`, or await it.

    The arguments are those of `russet.serve`, and `path` for a Unix socket instead of a port; a
    port of None is for a receiver that is given its streams (`AsyncReceiver.serve_stream`).
    Handlers that are coroutines run on the loop, others on threads.

    Raises:
        ConnectError: When the port is taken or may not be had.
        StorageError: When the data folder cannot be used.
        RussetError: For a handler that has no service, or a layout that cannot be.
    """
    keeping = Keeping(durability, on_duplicate, layout, destinations or {})
    policy = policy or Policy(ae_title=aet, check_called=False)

    async def make() -> AsyncReceiver:
        wiring = wire(handlers or {}, services, policy, data, keeping)
        try:
            receiver = AsyncReceiver(wiring, **network)
            if port is None and path is None:
                return receiver
            return await receiver.listen(bind, port or 0, path=path, tls=tls)
        except OSError as error:
            wiring.close()
            raise ConnectError(f"cannot listen on {path}: {error.strerror or error}") from error
        except BaseException:
            wiring.close()
            raise

    return Serving(make)
