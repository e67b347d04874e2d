"""The SCP side of an association: requests to services, data to their sinks, answers back.

No I/O and no thread: `receive` takes an event and gives the work that it completes, as a generator
of effects. Whoever drives it decides where that work runs.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, Final, NamedTuple, Protocol

from russet.association.answers import Answers
from russet.association.association import Association
from russet.association.effects import Answer, Effects, Place
from russet.association.events import Aborted, Event, Peer, Released, Request
from russet.codec import DataReceived
from russet.dimse.commands import CANCEL, EVENT_REPORT, fault, is_uid, message_name, response
from russet.errors import IdentifierError, RussetError, StatusError

__all__ = ["Performance", "Provider", "Refusal", "Service", "Work", "same_class"]

_LOG: Final = logging.getLogger("russet.scp")

_REMEMBERED: Final = 256
_INVALID_SOP_INSTANCE: Final = 0x0117
_SOP_CLASS_NOT_SUPPORTED: Final = 0x0122
_DUPLICATE_INVOCATION: Final = 0x0210
_UNRECOGNISED_OPERATION: Final = 0x0211
_RESOURCE_LIMITATION: Final = 0x0213
_OUT_OF_RESOURCES: Final = {0x0001: 0xA700, 0x0010: 0xA702, 0x0020: 0xA700, 0x0021: 0xA702}
"""Of C-STORE, C-GET, C-FIND and C-MOVE, which have their own (PS3.4 B.2.3, C.4)."""


class Refusal(NamedTuple):
    """A status to answer with instead of performing.

    Attributes:
        status: Which.
        comment: Its Error Comment (0000,0902).
        offending: The tags of its Offending Element (0000,0901), as group * 65536 + element.
    """

    status: int
    comment: str = ""
    offending: Sequence[int] = ()


class Performance(Protocol):
    """One request being performed."""

    @property
    def collects(self) -> bool:
        """Whether the data set is to be collected in memory first, where it is small."""
        ...

    @property
    def place(self) -> Place:
        """Where `finish` may run."""
        ...

    def write(self, parts: Sequence[bytes | memoryview]) -> None:
        """Take the next part of the data set; the buffers hold only until this returns."""
        ...

    def finish(self) -> Effects:
        """Perform the request, now complete: its `Answer`s, the last one final, and what it takes.

        After the final one nothing more is answered, whatever happens then. It is closed when the
        association ends first.
        """
        ...

    def discard(self) -> None:
        """Leave no trace: the request was cut short, or something failed. Never raises."""
        ...

    def cancel(self) -> None:
        """End early if the service can (C-CANCEL); the final response still comes."""
        ...


class Service(Protocol):
    """The SCP of a service class."""

    @property
    def command_fields(self) -> Collection[int]:
        """The Command Fields of the requests it performs."""
        ...

    @property
    def class_mismatch(self) -> int:
        """The status for a request whose SOP class is not that of its context."""
        ...

    def serves(self, abstract_syntax: str) -> bool:
        """Say whether the contexts of an abstract syntax are this service's."""
        ...

    def covers(self, abstract_syntax: str, sop_class_uid: str) -> bool:
        """Say whether a context carries requests of a SOP class; only Meta ones carry others."""
        ...

    def perform(self, request: Request, peer: Peer) -> Performance | Refusal:
        """Begin to perform a request, before any of its data has arrived."""
        ...

    def failure(self, error: Exception) -> int:
        """Give the status for an exception that the service let escape."""
        ...


def same_class(_service: object, abstract_syntax: str, sop_class_uid: str) -> bool:
    """Be `Service.covers` of a service whose contexts carry their own SOP class and no other."""
    return abstract_syntax == sop_class_uid


class _Refused:
    """Stands in for the performance of a refused request: its data are drained, then answered."""

    collects = False
    place = Place.READER

    def __init__(self, request: Request, refusal: Refusal, error: Exception | None = None) -> None:
        status, comment, offending = refusal
        related: dict[str, Any] = {"offending_element": list(offending)} if offending else {}
        self.command = response(request.command, status, comment, **related)
        self.error = error

    def write(self, parts: Sequence[bytes | memoryview]) -> None:
        pass

    def finish(self) -> Effects:
        yield Answer(self.command, None, self.error)

    def discard(self) -> None:
        pass

    def cancel(self) -> None:
        pass


class _Incoming(NamedTuple):
    request: Request
    service: Service | None
    performance: Performance


class Work(NamedTuple):
    """A request whose data have arrived, ready to be performed.

    Attributes:
        request: What is asked.
        place: Where its effects may be driven.
        effects: What it takes, its answers among it; driving them performs it.
        discard: Drops it instead, without a trace.
    """

    request: Request
    place: Place
    effects: Effects
    discard: Callable[[], None]


class Provider:
    """Performs the requests of one association; make one for each.

    A request that is refused, or that fails, is answered with its status once its data have been
    drained; the association lives on. One that is cut short leaves nothing and is not answered.
    """

    def __init__(
        self, services: Iterable[Service], escape: type[BaseException] = Exception
    ) -> None:
        """Perform `services`.

        Args:
            services: The service classes.
            escape: What handlers may raise on a thread of their own and have answered as a
                failure: where nothing else is raised there, BaseException.
        """
        self._services = tuple(services)
        self._escape = escape
        self._serving: dict[tuple[str, int], Service | None] = {}
        self._performing: dict[int, Performance] = {}
        self._incoming: _Incoming | None = None

    @property
    def is_receiving(self) -> bool:
        """Whether a request has begun whose data set is not complete."""
        return self._incoming is not None

    def receive(self, association: Association, event: Event) -> Work | None:
        """Take an event and give the work that it completes, for the caller to drive.

        The answers to requests of one association may be sent in any order.
        """
        if isinstance(event, DataReceived):
            return self._data(event)
        if isinstance(event, Request):
            return self._request(association, event)
        if isinstance(event, (Aborted, Released)):
            self.discard()
        return None

    def discard(self) -> None:
        """Discard what has not arrived completely, and cancel the rest: nobody is there to hear."""
        if self._incoming is not None:
            request, _, performance = self._incoming
            self._incoming = None
            self._forget(request, performance)
            performance.discard()
        for running in list(self._performing.values()):
            running.cancel()

    def _request(self, association: Association, request: Request) -> Work | None:
        command = request.command
        if command.command_field == CANCEL:
            running = self._performing.get(command.message_id_being_responded_to or 0)
            if running is not None:
                running.cancel()
            return None
        service = self._service(request.context.abstract_syntax, command.command_field)
        performance = self._begin(association, request, service)
        incoming = _Incoming(request, service, performance)
        if not command.has_data:
            return self._work(incoming)
        if not performance.collects:
            association.pass_data()
        self._incoming = incoming
        return None

    def _service(self, abstract_syntax: str, command_field: int) -> Service | None:
        """Find who serves: of several the one with this request, as SCP and SCU of reports are."""
        asked = abstract_syntax, command_field
        if asked not in self._serving:
            serving = [service for service in self._services if service.serves(abstract_syntax)]
            performing = (service for service in serving if command_field in service.command_fields)
            if len(self._serving) >= _REMEMBERED:
                self._serving.clear()
            self._serving[asked] = next(performing, serving[0] if serving else None)
        return self._serving[asked]

    def _begin(
        self, association: Association, request: Request, service: Service | None
    ) -> Performance:
        refusal = self._refusal(request, service)
        if refusal is not None or service is None or association.peer is None:
            return _Refused(request, refusal or Refusal(_SOP_CLASS_NOT_SUPPORTED))
        try:
            begun = service.perform(request, association.peer)
        except Exception as error:  # noqa: BLE001 - whatever a handler does, the association lives on
            return _failed(request, service, error)
        if isinstance(begun, Refusal):
            return _Refused(request, begun)
        self._performing[request.command.message_id or 0] = begun
        return begun

    def _refusal(self, request: Request, service: Service | None) -> Refusal | None:
        """Check what holds for every request (PS3.7 C); None when it may be performed."""
        context, command = request
        if wrong := fault(command):
            name = message_name(command.command_field)
            return Refusal(wrong, f"{name} lacks what PS3.7 9.3 or 10.3 asks for")
        if command.message_id in self._performing:
            return Refusal(_DUPLICATE_INVOCATION, f"message id {command.message_id} is in use")
        # Events are reported by the SCP, so that it is the SCU who takes them (PS3.7 10.1.1).
        serves = context.scu if command.command_field == EVENT_REPORT else context.scp
        if service is None or not serves:
            return Refusal(_SOP_CLASS_NOT_SUPPORTED, "not served on this context")
        if command.command_field not in service.command_fields:
            name = message_name(command.command_field)
            return Refusal(_UNRECOGNISED_OPERATION, f"{name} is not performed for this SOP class")
        return _uid_refusal(request, service)

    def _data(self, event: DataReceived) -> Work | None:
        incoming = self._incoming
        if incoming is None:
            return None
        try:
            if event.parts:
                incoming.performance.write(event.parts)
        except Exception as error:  # noqa: BLE001 - as above; the rest of the data is drained
            incoming = self._fail(incoming, error)
            self._incoming = incoming
        if not event.last:
            return None
        self._incoming = None
        return self._work(incoming)

    def _work(self, incoming: _Incoming) -> Work:
        performance = incoming.performance
        effects = self._effects(incoming)
        return Work(incoming.request, performance.place, effects, performance.discard)

    def _effects(self, incoming: _Incoming) -> Effects:
        request, _, performance = incoming
        answers = Answers()
        try:
            yield from answers.once(performance.finish())
        except GeneratorExit:
            raise
        except (Exception, self._escaping(performance)) as raised:  # noqa: BLE001 (answered)
            error = raised if isinstance(raised, Exception) else _escaped(raised)
            if answers.final:
                # What was answered holds: the peer is told nothing else, and nothing is undone.
                _tell(request, error)
            else:
                yield from self._fail(incoming, error).performance.finish()
        finally:
            self._forget(request, performance)

    def _escaping(self, performance: Performance) -> type[BaseException]:
        """Say what a handler may raise where it runs."""
        return self._escape if performance.place is Place.WORKER else Exception

    def refuse(self, work: Work) -> Effects:
        """Give effects that answer work with "out of resources" instead of performing it.

        Args:
            work: What `receive` gave, not begun.
        """
        work.effects.close()
        work.discard()
        command = work.request.command
        performing = self._performing.get(command.message_id or 0)
        if performing is not None and performing.discard == work.discard:
            self._forget(work.request, performing)
        status = _OUT_OF_RESOURCES.get(command.command_field, _RESOURCE_LIMITATION)
        yield from _Refused(work.request, Refusal(status, "too much to do at present")).finish()

    def _fail(self, incoming: _Incoming, error: Exception) -> _Incoming:
        incoming.performance.discard()
        self._forget(incoming.request, incoming.performance)
        assert incoming.service is not None
        refused = _failed(incoming.request, incoming.service, error)
        return incoming._replace(performance=refused)

    def _forget(self, request: Request, performance: Performance) -> None:
        # Not the performance of another request under the same id, which this one was refused for.
        if self._performing.get(request.command.message_id or 0) is performance:
            del self._performing[request.command.message_id or 0]


def _uid_refusal(request: Request, service: Service) -> Refusal | None:
    context, command = request
    class_uid = command.affected_sop_class_uid or command.requested_sop_class_uid
    if not service.covers(context.abstract_syntax, class_uid or ""):
        return Refusal(service.class_mismatch, "the SOP class is not that of the context")
    instance_uid = command.affected_sop_instance_uid or command.requested_sop_instance_uid
    if instance_uid is not None and not is_uid(instance_uid):
        return Refusal(_INVALID_SOP_INSTANCE, "the SOP Instance UID is no UID")
    return None


def _escaped(error: BaseException) -> Exception:
    """Stand in for what ends a thread elsewhere, such as SystemExit of a handler."""
    failure = RuntimeError(f"a handler raised {type(error).__name__}")
    failure.__cause__ = error
    return failure


def _tell(request: Request, error: Exception) -> None:
    name = message_name(request.command.command_field)
    unexpected = None if isinstance(error, RussetError) else error
    _LOG.warning("what follows the answer to %s failed: %s", name, error, exc_info=unexpected)


def _failed(request: Request, service: Service, error: Exception) -> _Refused:
    if isinstance(error, StatusError):
        # A handler's own word, and no failure of ours.
        return _Refused(request, Refusal(error.status, str(error), error.offending))
    offending = (error.tag,) if isinstance(error, IdentifierError) else ()
    return _Refused(request, Refusal(service.failure(error), _comment(error), offending), error)


def _comment(error: Exception) -> str:
    """Describe an exception to the peer: our own sentences, of others the name and no paths."""
    return str(error) if isinstance(error, RussetError) else type(error).__name__
