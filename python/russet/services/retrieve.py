"""C-MOVE and C-GET: have instances sent, to somebody else or to oneself (PS3.4 C.4.2, C.4.3, Y, Z).

A handler gets a `RetrieveRequest` and gives what is to be sent: anything that has the attributes of
`Sendable`, such as what `russet.storage.source.examine` makes of a path.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

from russet.association.collecting import (
    IDENTIFIER_DOES_NOT_MATCH,
    Asked,
    Begin,
    Collecting,
    identifier_failure,
)
from russet.association.effects import END, Destination, Effects, Series, place_of, settled
from russet.association.events import Peer, Request, Response
from russet.association.extended import RetrieveOptions
from russet.association.provider import same_class
from russet.association.suboperations import Sendable, Suboperations
from russet.codec import Command
from russet.data import Dataset, Tag, read_dataset
from russet.dimse.commands import WITH_DATA_SET
from russet.dimse.models import MODELS, Model, model_of
from russet.dimse.status import Category, Status
from russet.errors import IdentifierError, StatusError

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = [
    "UNIQUE_KEYS",
    "Destinations",
    "Progress",
    "Retrieve",
    "RetrieveRequest",
    "RetrieveService",
    "Sendable",
]

_C_GET_RQ: Final = 0x0010
_C_MOVE_RQ: Final = 0x0021
_DESTINATION_UNKNOWN: Final = 0xA801
_QUERY_RETRIEVE_LEVEL: Final = 0x0008_0052
_PADDING: Final = b"\0 "
_WITHOUT_BULK_DATA: Final = MODELS["without-bulk-data"].get
_BULK_DATA: Final = (
    "PixelData",
    "FloatPixelData",
    "DoubleFloatPixelData",
    "PixelDataProviderURL",
    "SpectroscopyData",
    "EncapsulatedDocument",
)
_BULK_GROUPS: Final = {0x3000: (0x50, 0x60), 0x200C: (0x50,)}
"""Elements of the repeating groups 50xx and 60xx (PS3.4 Z.1.2): Overlay Data, Curve Data and
Audio Sample Data."""

UNIQUE_KEYS: Final = {
    level.unique_key: Tag.of(level.unique_key)
    for model in MODELS.values()
    for level in model.levels
}
"""Of the levels of the information models (PS3.4 C.6), and their tags."""


class Progress(NamedTuple):
    """One response to a C-MOVE or C-GET.

    Attributes:
        status: Pending while sub-operations go on; the last response has another.
        remaining: Sub-operations to come; None where the peer does not say.
        completed: Sub-operations that succeeded.
        failed: Those that failed.
        warning: Those that ended with a warning.
        failed_uids: The SOP Instance UIDs of failed ones, in the last response.
        comment: The Error Comment, where there is one.
        reasons: Why each of the failed ones is not here, of a C-GET, in the last response.
    """

    status: Status
    remaining: int | None = None
    completed: int | None = None
    failed: int | None = None
    warning: int | None = None
    failed_uids: Sequence[str] = ()
    comment: str | None = None
    reasons: Mapping[str, str] = MappingProxyType({})

    @property
    def ok(self) -> bool:
        """Whether it goes on, or everything was sent."""
        return self.status.category in (Category.PENDING, Category.SUCCESS)


class Retrieve:
    """Has what matches an identifier sent (C-MOVE or C-GET, SCU); its results are `Progress`.

    Attributes:
        identifier: The unique keys.
        done: Whether the final response has come.
    """

    transfer_syntax = None

    def __init__(
        self,
        sop_class_uid: str,
        identifier: Dataset,
        destination: str | None = None,
        *,
        priority: int = 0,
    ) -> None:
        """Describe what is wanted.

        Args:
            sop_class_uid: The SOP class of the information model, from `dimse.models`.
            identifier: The unique keys, with (0008,0052) where the model has levels.
            destination: The AE title to send to, which makes it a C-MOVE; None for a C-GET.
            priority: 0 medium, 1 high, 2 low.
        """
        self.command_field = _C_GET_RQ if destination is None else _C_MOVE_RQ
        self.abstract_syntax = sop_class_uid
        self.done = False
        self.identifier = identifier
        self._destination = destination
        self._priority = priority

    def request(self, message_id: int, transfer_syntax: str) -> tuple[Command, Buffer]:
        """Give the C-MOVE-RQ or C-GET-RQ (PS3.7 9.3.3, 9.3.4) and the identifier."""
        command = Command(
            self.command_field,
            message_id=message_id,
            affected_sop_class_uid=self.abstract_syntax,
            priority=self._priority,
            move_destination=self._destination,
            command_data_set_type=WITH_DATA_SET,
        )
        return command, self.identifier.encode(transfer_syntax)

    def again(self, identifier: Dataset | None = None) -> Self:
        """Give the same request, to be made once more, or with another identifier."""
        wanted = self.identifier if identifier is None else identifier
        return type(self)(self.abstract_syntax, wanted, self._destination, priority=self._priority)

    def asks_for(self, dataset: Dataset) -> bool:
        """Say whether an instance is among what the unique keys of the identifier name.

        Of frames the instance that they were taken out of has to be (PS3.4 Y.3.3).
        """
        if self._is_of_frames:
            origins = dataset.get("FrameExtractionSequence") or ()
            sources = [each.get("MultiFrameSourceSOPInstanceUID") for each in origins]
            return self.identifier.get("SOPInstanceUID") in sources
        for keyword, wanted in self._wanted.items():
            value = dataset.get(keyword)
            if value is not None and str(value) not in wanted:
                return False
        return True

    def clearly_asks_for(self, values: Mapping[int, bytes]) -> bool:
        """Say whether raw values are byte for byte those of the identifier; else see `asks_for`.

        Args:
            values: Of `UNIQUE_KEYS`, those that the instance has.
        """
        return not self._is_of_frames and all(
            values.get(UNIQUE_KEYS[keyword], b"").rstrip(_PADDING) in wanted
            for keyword, wanted in self._wanted_bytes.items()
        )

    @cached_property
    def _is_of_frames(self) -> bool:
        return bool(self.identifier.get("QueryRetrieveLevel") == "FRAME")

    @cached_property
    def _wanted(self) -> dict[str, frozenset[str]]:
        """The unique keys that have a value, and what each may be."""
        found = {}
        for keyword in UNIQUE_KEYS:
            if asked := self.identifier.get(keyword):
                found[keyword] = frozenset([asked] if isinstance(asked, str) else map(str, asked))
        return found

    @cached_property
    def _wanted_bytes(self) -> dict[str, frozenset[bytes]]:
        """The same as bytes, where those mean the same in every character set."""
        return {
            keyword: frozenset(each.encode() for each in wanted if each.isascii())
            for keyword, wanted in self._wanted.items()
        }

    def receive(self, response: Response) -> Iterator[Progress]:
        """Take a response."""
        command = response.command
        service = "C-GET" if self._destination is None else "C-MOVE"
        status = Status(command.status or 0, service)
        self.done = not status.is_pending
        yield Progress(
            status,
            command.number_of_remaining_suboperations,
            command.number_of_completed_suboperations,
            command.number_of_failed_suboperations,
            command.number_of_warning_suboperations,
            _failed_uids(response),
            command.error_comment,
        )


def _failed_uids(response: Response) -> Sequence[str]:
    if response.data is None:
        return ()
    dataset = read_dataset(response.data, response.context.transfer_syntax)
    listed = dataset.get("FailedSOPInstanceUIDList")
    if isinstance(listed, str):
        return (listed,)
    return [str(uid) for uid in listed or ()]


class RetrieveRequest(Asked):
    """A C-MOVE or C-GET request, for a handler.

    Attributes:
        model: The information model that is asked; None for a SOP class of one's own.
        destination: The AE title to send to; None for C-GET.
        options: What extended negotiation agreed on (PS3.4 C.5.2.1, C.5.3.1).
    """

    def __init__(self, request: Request, peer: Peer, dataset: Dataset) -> None:
        """Take what the request says."""
        super().__init__(request, peer, dataset)
        self.model: Model | None = model_of(self.sop_class_uid)
        self.options = peer.agreement.options(self.sop_class_uid, RetrieveOptions)
        self.destination: str | None = None
        if self.command.command_field == _C_MOVE_RQ:
            self.destination = (self.command.move_destination or "").strip()

    @property
    def identifier(self) -> Dataset:
        """The unique keys (PS3.4 C.4.2.1.4)."""
        return self.dataset

    @property
    def level(self) -> str | None:
        """The Query/Retrieve Level, (0008,0052), in capitals; None where there is none."""
        level = self.dataset.get("QueryRetrieveLevel")
        return level.strip().upper() if isinstance(level, str) else None


def _itself(item: Any) -> Sendable:
    return item  # type: ignore[no-any-return]  # a handler is taken by its word


Destinations = Mapping[str, Destination] | Callable[[str], Any]
"""Where AE titles are to be found: a mapping, or a function or coroutine that gives None for no."""


class RetrieveService:
    """Performs C-MOVE and C-GET (SCP): a handler says what, this sends it.

    Attributes:
        sop_classes: What it serves.
        command_fields: C-GET, and C-MOVE where there are destinations.
        extended: What it supports of extended negotiation, by SOP class; nothing unless it is told.
    """

    class_mismatch = IDENTIFIER_DOES_NOT_MATCH
    covers = same_class

    def __init__(
        self,
        handler: Callable[[RetrieveRequest], Any],
        destinations: Destinations | None = None,
        sop_classes: Collection[str] | None = None,
        sendable: Callable[[Any], Sendable] = _itself,
    ) -> None:
        """Serve `sop_classes`, those of the Query/Retrieve service class without.

        Args:
            handler: Takes a `RetrieveRequest` and gives `Sendable` things. What it raises is
                answered with a failure: a `StatusError` with its own status, the rest with C000H.
            destinations: Where each AE title is to be found, for C-MOVE: a mapping, or a function
                that gives a `Destination` or None.
            sop_classes: The SOP classes to serve.
            sendable: Makes something `Sendable` of what a handler gives.
        """
        names = ("patient", "study", "patient-study", "composite", "without-bulk-data")
        moves = [MODELS[name].move for name in names] if destinations is not None else []
        gets = [MODELS[name].get for name in names]
        self.sop_classes = frozenset(sop_classes or filter(None, (*moves, *gets)))
        fields = {_C_GET_RQ} if destinations is None else {_C_GET_RQ, _C_MOVE_RQ}
        self.command_fields = frozenset(fields)
        self.extended: Mapping[str, RetrieveOptions] = {}
        self._handler = handler
        self._sendable = sendable
        self._place = place_of(handler)
        find = destinations if callable(destinations) else (destinations or {}).get
        self._destination = find

    def serves(self, abstract_syntax: str) -> bool:
        """Serve the SOP classes that were named."""
        return abstract_syntax in self.sop_classes

    def perform(self, request: Request, peer: Peer) -> Begin:
        """Begin to perform a C-MOVE or C-GET."""
        return Collecting(request, peer, self._retrieve, self._place, RetrieveRequest)

    def failure(self, error: Exception) -> int:
        """Say A900H of an identifier that cannot be read or meant, C000H of the rest."""
        return identifier_failure(error)

    def _retrieve(self, asked: Any) -> Effects:
        _check_level(asked)
        destination = None
        if asked.destination is not None:
            destination = yield from settled(self._destination(asked.destination))
            if destination is None:
                raise StatusError("the move destination is not known here", _DESTINATION_UNKNOWN)
        items: list[Sendable] = []
        matches = Series(self._handler(asked))
        while (item := (yield from matches.next())) is not END:
            items.append(self._sendable(item))
        strip = _without_bulk_data if asked.sop_class_uid == _WITHOUT_BULK_DATA else None
        yield from Suboperations(asked, items, strip).run(destination)


def _check_level(asked: RetrieveRequest) -> None:
    levels = asked.model.levels if asked.model else ()
    if levels and asked.level not in {level.name for level in levels}:
        said = "no Query/Retrieve Level" if asked.level is None else f"level {asked.level[:16]}"
        raise IdentifierError(f"{said} in this information model", _QUERY_RETRIEVE_LEVEL)


def _without_bulk_data(data: Any, transfer_syntax: str) -> Buffer:
    """Leave out what PS3.4 Z.1.2 calls bulk data; icon images stay."""
    dataset = read_dataset(data, transfer_syntax)
    for keyword in _BULK_DATA:
        if keyword in dataset:
            del dataset[keyword]
    for tag in dataset.tags():
        if tag.group >> 8 in _BULK_GROUPS.get(tag.element, ()):
            del dataset[tag]
    for item in dataset.get("WaveformSequence") or ():
        if "WaveformData" in item:
            del item["WaveformData"]
    return dataset.encode(transfer_syntax)
