"""The DIMSE-N services in both roles, for any SOP class (PS3.7 10.1): what the others build on.

A handler is an object with methods by the names of the services: `create`, `set`, `get`, `action`,
`delete` and `event_report`, as many as it performs. Each gets a `NormalizedRequest` and gives the
attributes to answer with, None for nothing, or a `NormalizedResult` for another status.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from russet.association.collecting import Asked, Begin, Collecting
from russet.association.effects import Answer, Effects, place_of, settled
from russet.association.events import Peer, Request, Response
from russet.association.provider import same_class
from russet.codec import Command
from russet.data import Dataset, read_dataset
from russet.dimse.commands import NO_DATA_SET, WITH_DATA_SET, message_name
from russet.dimse.commands import response as respond
from russet.dimse.status import Status
from russet.errors import DecodeError

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = [
    "Normalized",
    "NormalizedRequest",
    "NormalizedResult",
    "NormalizedService",
    "Outcome",
    "action",
    "answered",
    "create",
    "delete",
    "event_report",
    "get",
    "set_attributes",
]

_EVENT_REPORT: Final = 0x0100
_GET: Final = 0x0110
_SET: Final = 0x0120
_ACTION: Final = 0x0130
_CREATE: Final = 0x0140
_DELETE: Final = 0x0150
_METHODS: Final = {
    _EVENT_REPORT: "event_report",
    _GET: "get",
    _SET: "set",
    _ACTION: "action",
    _CREATE: "create",
    _DELETE: "delete",
}
# Of these the SOP class and instance are "requested", of the others "affected" (PS3.7 10.3).
_REQUESTED: Final = frozenset({_GET, _SET, _ACTION, _DELETE})
_PROCESSING_FAILURE: Final = 0x0110
_INVALID_ARGUMENT: Final = 0x0115
_CLASS_INSTANCE_CONFLICT: Final = 0x0119


class Outcome(NamedTuple):
    """What came of a DIMSE-N request.

    Attributes:
        status: Of the response.
        dataset: Its attributes, reply or event information; None without.
        sop_instance_uid: The instance it is about, where the response names one.
        comment: The Error Comment, where there is one.
        attributes: The tags of an Attribute Identifier List that goes with the status.
        error_id: The Error ID, where there is one.
    """

    status: Status
    dataset: Dataset | None = None
    sop_instance_uid: str | None = None
    comment: str | None = None
    attributes: Sequence[int] = ()
    error_id: int | None = None


class Normalized:
    """A DIMSE-N request (SCU); its one result is an `Outcome`.

    Attributes:
        command_field: Which service it is.
        abstract_syntax: The abstract syntax of the context it goes on.
        done: Whether the response has come.
    """

    transfer_syntax = None

    def __init__(
        self,
        command_field: int,
        sop_class_uid: str,
        sop_instance_uid: str | None,
        dataset: Dataset | None = None,
        *,
        abstract_syntax: str | None = None,
        **elements: Any,
    ) -> None:
        """Describe the request; `create` and its siblings say it in words.

        Args:
            command_field: Of the request.
            sop_class_uid: The SOP class it is about.
            sop_instance_uid: The instance; None for N-CREATE to have the provider name one.
            dataset: Its attributes, if it has any.
            abstract_syntax: That of the context, where it is a Meta SOP class or another.
            **elements: Further elements of the command set.
        """
        self.command_field = command_field
        self.abstract_syntax = abstract_syntax or sop_class_uid
        self.done = False
        self._names = (sop_class_uid, sop_instance_uid)
        self._dataset = dataset
        self._elements = elements

    def request(self, message_id: int, transfer_syntax: str) -> tuple[Command, Buffer | None]:
        """Give the request (PS3.7 10.3) and its data set."""
        kind = "requested" if self.command_field in _REQUESTED else "affected"
        sop_class_uid, sop_instance_uid = self._names
        elements: dict[str, Any] = {
            f"{kind}_sop_class_uid": sop_class_uid,
            f"{kind}_sop_instance_uid": sop_instance_uid,
            "command_data_set_type": NO_DATA_SET if self._dataset is None else WITH_DATA_SET,
            **self._elements,
        }
        command = Command(self.command_field, message_id=message_id, **elements)
        data = None if self._dataset is None else self._dataset.encode(transfer_syntax)
        return command, data

    def receive(self, response: Response) -> Iterator[Outcome]:
        """Take the response.

        Raises:
            DecodeError: Attributes that cannot be read.
        """
        self.done = True
        command = response.command
        service = message_name(self.command_field).removesuffix("-RQ")
        dataset = None
        if response.data is not None:
            dataset = read_dataset(response.data, response.context.transfer_syntax)
        yield Outcome(
            Status(command.status or 0, service),
            dataset,
            command.affected_sop_instance_uid,
            command.error_comment,
            command.attribute_identifier_list or (),
            command.error_id,
        )


def event_report(
    sop_class_uid: str, instance: str, event: int, information: Dataset | None = None
) -> Normalized:
    """Report an event to the SCU (N-EVENT-REPORT, PS3.7 10.1.1)."""
    return Normalized(_EVENT_REPORT, sop_class_uid, instance, information, event_type_id=event)


def get(sop_class_uid: str, instance: str, attributes: Sequence[int] = ()) -> Normalized:
    """Ask for attributes by their tags, for all without (N-GET, PS3.7 10.1.2)."""
    listed = list(attributes) or None
    return Normalized(_GET, sop_class_uid, instance, attribute_identifier_list=listed)


def set_attributes(sop_class_uid: str, instance: str, modifications: Dataset) -> Normalized:
    """Change attributes (N-SET, PS3.7 10.1.3)."""
    return Normalized(_SET, sop_class_uid, instance, modifications)


def action(
    sop_class_uid: str, instance: str, action_type: int, information: Dataset | None = None
) -> Normalized:
    """Have something done (N-ACTION, PS3.7 10.1.4)."""
    return Normalized(_ACTION, sop_class_uid, instance, information, action_type_id=action_type)


def create(
    sop_class_uid: str, instance: str | None = None, attributes: Dataset | None = None
) -> Normalized:
    """Make an instance (N-CREATE, PS3.7 10.1.5)."""
    return Normalized(_CREATE, sop_class_uid, instance, attributes)


def delete(sop_class_uid: str, instance: str) -> Normalized:
    """Delete an instance (N-DELETE, PS3.7 10.1.6)."""
    return Normalized(_DELETE, sop_class_uid, instance)


class NormalizedRequest(Asked):
    """A DIMSE-N request, for a handler.

    Attributes:
        sop_instance_uid: The instance; None where N-CREATE leaves it to us.
        event_type: Of N-EVENT-REPORT.
        action_type: Of N-ACTION.
        attributes: The tags that N-GET asks for; none for all.
    """

    def __init__(self, request: Request, peer: Peer, dataset: Dataset) -> None:
        """Take what the request says."""
        super().__init__(request, peer, dataset)
        command = request.command
        self.sop_instance_uid: str | None = (
            command.affected_sop_instance_uid or command.requested_sop_instance_uid
        )
        self.event_type: int | None = command.event_type_id
        self.action_type: int | None = command.action_type_id
        self.attributes: Sequence[int] = command.attribute_identifier_list or ()


class NormalizedResult(NamedTuple):
    """What a handler answers.

    Attributes:
        status: Of the response.
        dataset: Its attributes or reply.
        comment: Its Error Comment.
        sop_instance_uid: The instance that N-CREATE made, where the request named none.
        error_id: (0000,0903), where the status has one.
        attributes: Tags for the Attribute Identifier List of statuses that have one.
        afterwards: What to go on with once the response is sent.
    """

    status: int = 0
    dataset: Dataset | None = None
    comment: str = ""
    sop_instance_uid: str | None = None
    error_id: int | None = None
    attributes: Sequence[int] = ()
    afterwards: Effects | None = None


class NormalizedService:
    """Performs those DIMSE-N services that a handler has methods for (SCP; SCU for event reports).

    Attributes:
        sop_classes: What it serves.
        command_fields: The requests that its handler performs.
    """

    class_mismatch = _CLASS_INSTANCE_CONFLICT
    covers = same_class

    def __init__(self, handler: Any, sop_classes: Collection[str]) -> None:
        """Serve `sop_classes` with the methods of `handler`."""
        self.sop_classes = frozenset(sop_classes)
        self.command_fields = frozenset(
            field for field, name in _METHODS.items() if hasattr(handler, name)
        )
        self._handler = handler

    def serves(self, abstract_syntax: str) -> bool:
        """Serve the SOP classes that were named."""
        return abstract_syntax in self.sop_classes

    def perform(self, request: Request, peer: Peer) -> Begin:
        """Begin to perform a request."""
        method = getattr(self._handler, _METHODS[request.command.command_field])
        return Collecting(
            request, peer, lambda asked: _run(method, asked), place_of(method), NormalizedRequest
        )

    def failure(self, error: Exception) -> int:
        """Say 0115H of attributes that cannot be read, 0110H of the rest."""
        return _INVALID_ARGUMENT if isinstance(error, DecodeError) else _PROCESSING_FAILURE


def _run(method: Any, asked: Any) -> Effects:
    result = yield from settled(method(asked))
    yield from answered(asked, result)


def answered(asked: Asked, result: Dataset | NormalizedResult | None) -> Effects:
    """Answer a request, and go on with what is to follow, with `yield from`.

    Args:
        asked: The request.
        result: The attributes to answer with, None for nothing, or more than that.
    """
    if not isinstance(result, NormalizedResult):
        result = NormalizedResult(dataset=result)
    response = respond(
        asked.command,
        result.status,
        result.comment,
        has_data=result.dataset is not None,
        **_related(asked.command, result),
    )
    data = None if result.dataset is None else result.dataset.encode(asked.transfer_syntax)
    yield Answer(response, data)
    if result.afterwards is not None:
        yield from result.afterwards


def _related(command: Command, result: NormalizedResult) -> dict[str, Any]:
    """Give the elements that go with a response and its status (PS3.7 10.3, C)."""
    related: dict[str, Any] = {}
    if result.sop_instance_uid is not None:
        related["affected_sop_instance_uid"] = result.sop_instance_uid
    if result.error_id is not None:
        related["error_id"] = result.error_id
    if result.attributes:
        related["attribute_identifier_list"] = list(result.attributes)
    if result.dataset is not None:
        related["event_type_id"] = command.event_type_id
        related["action_type_id"] = command.action_type_id
    return related
