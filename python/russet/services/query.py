"""C-FIND of every information model: queries, worklists and the like (PS3.4 C.4.1, K, PS3.7 9.1.2).

A handler gets a `FindRequest` and gives the identifiers that match, one by one: any iterable, a
generator, a coroutine or an asynchronous generator. `russet.data.matching` finds them in whatever
data sets there are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from russet.association.collecting import (
    IDENTIFIER_DOES_NOT_MATCH,
    Asked,
    Begin,
    Collecting,
    identifier_failure,
)
from russet.association.effects import END, Answer, Effects, Series, place_of
from russet.association.events import Peer, Request, Response
from russet.association.extended import FindOptions, WorklistOptions
from russet.association.provider import same_class
from russet.codec import Command
from russet.data import Dataset, read_dataset
from russet.data.path import name as path_name
from russet.data.path import resolve
from russet.dimse.commands import WITH_DATA_SET
from russet.dimse.commands import response as respond
from russet.dimse.models import MODELS, Model, model_of
from russet.dimse.status import Status

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["Find", "FindHandler", "FindRequest", "Found", "QueryService"]

_C_FIND_RQ: Final = 0x0020
_SUCCESS: Final = 0x0000
_PENDING: Final = 0xFF00
_SOME_KEYS_UNSUPPORTED: Final = 0xFF01
_CANCELLED: Final = 0xFE00
_NO_KEYS: Final = frozenset(("QueryRetrieveLevel", "SpecificCharacterSet", "TimezoneOffsetFromUTC"))
_A_MATCH: Final = Status(_PENDING, "C-FIND")


class Found(NamedTuple):
    """One response to a C-FIND.

    Attributes:
        status: Pending for a match; the last response has another.
        identifier: The match; None in the last response.
        comment: The Error Comment, where there is one.
    """

    status: Status
    identifier: Dataset | None
    comment: str | None = None


class Find:
    """Asks for what matches an identifier (C-FIND, SCU); its results are `Found`.

    Attributes:
        identifier: The keys.
        done: Whether the final response has come.
        all_keys_supported: Whether no response has said that it is a match for less than all keys,
            by FF01H (PS3.4 C.4.1.1.4).
        unsupported: The paths of those keys, as far as can be known: the first such response does
            not have them (PS3.4 C.2.2.1.3). None may be among them where the peer answers a key,
            and does not match by it.
    """

    command_field = _C_FIND_RQ
    transfer_syntax = None

    def __init__(self, sop_class_uid: str, identifier: Dataset, *, priority: int = 0) -> None:
        """Describe the query.

        Args:
            sop_class_uid: The SOP class of the information model, from `dimse.models`.
            identifier: The keys, with (0008,0052) where the model has levels.
            priority: 0 medium, 1 high, 2 low (PS3.7 9.3.2.1).
        """
        self.abstract_syntax = sop_class_uid
        self.all_keys_supported = True
        self.done = False
        self.unsupported: tuple[str, ...] = ()
        self.identifier = identifier
        self._priority = priority

    def request(self, message_id: int, transfer_syntax: str) -> tuple[Command, Buffer]:
        """Give the C-FIND-RQ (PS3.7 9.3.2.1) and the identifier."""
        command = Command(
            _C_FIND_RQ,
            message_id=message_id,
            affected_sop_class_uid=self.abstract_syntax,
            priority=self._priority,
            command_data_set_type=WITH_DATA_SET,
        )
        return command, self.identifier.encode(transfer_syntax)

    def receive(self, response: Response) -> Iterator[Found]:
        """Take a C-FIND-RSP.

        Raises:
            DecodeError: A match whose identifier cannot be read.
        """
        context, command, data = response
        code = command.status or 0
        status = _A_MATCH if code == _PENDING else Status(code, "C-FIND")
        self.done = status is not _A_MATCH and not status.is_pending
        identifier = None if data is None else read_dataset(data, context.transfer_syntax)
        if code == _SOME_KEYS_UNSUPPORTED and self.all_keys_supported:
            self.all_keys_supported = False
            if identifier is not None:
                self.unsupported = tuple(_not_in(identifier, self.key_paths()))
        yield Found(status, identifier, command.error_comment)

    def key_paths(self) -> Iterator[str]:
        """Give the paths of the keys, those in the items of sequences too."""
        return _keys(self.identifier, "")


def _keys(identifier: Dataset, around: str) -> Iterator[str]:
    for element in identifier:
        path = around + path_name(element.tag)
        items = list(element.items()[:1]) if element.vr == "SQ" else []
        if any(map(len, items)):
            yield from _keys(items[0], f"{path}.")
        elif element.keyword not in _NO_KEYS:
            yield path


def _not_in(match: Dataset, keys: Iterable[str]) -> Iterator[str]:
    """Give the keys that a match lacks."""
    for key in keys:
        try:
            resolve(match, key)
        except KeyError:
            around = key.rpartition(".")[0]
            # A sequence without items may have had no value, and says nothing of what is in it.
            if around not in match or match[around].length:
                yield key


class FindRequest(Asked):
    """A C-FIND request, for a handler.

    Attributes:
        model: The information model that is asked; None for a SOP class of one's own.
        options: What extended negotiation agreed on (PS3.4 C.5.1.1, K.5.1).
    """

    def __init__(self, request: Request, peer: Peer, dataset: Dataset) -> None:
        """Take what the request says."""
        super().__init__(request, peer, dataset)
        self.model: Model | None = model_of(self.sop_class_uid)
        options = peer.agreement.options
        self.options: FindOptions | WorklistOptions = options(self.sop_class_uid, FindOptions)
        if self.sop_class_uid == MODELS["worklist"].find:
            self.options = options(self.sop_class_uid, WorklistOptions)

    @property
    def identifier(self) -> Dataset:
        """The keys to match (PS3.4 C.4.1.1.3)."""
        return self.dataset

    @property
    def level(self) -> str | None:
        """The Query/Retrieve Level, (0008,0052), in capitals; None where there is none."""
        level = self.dataset.get("QueryRetrieveLevel")
        return level.strip().upper() if isinstance(level, str) else None


FindHandler = Callable[[FindRequest], Any]
"""Takes a `FindRequest` and gives the matches: `Dataset`, or (status, `Dataset`) for FF01H."""


class QueryService:
    """Performs C-FIND (SCP) with a handler.

    Attributes:
        sop_classes: What it serves.
        extended: What it supports of extended negotiation, by SOP class; nothing unless it is told.
    """

    command_fields = frozenset({_C_FIND_RQ})
    class_mismatch = IDENTIFIER_DOES_NOT_MATCH
    covers = same_class

    def __init__(self, handler: FindHandler, sop_classes: Collection[str] | None = None) -> None:
        """Serve `sop_classes`, those of the Query/Retrieve service class without.

        Args:
            handler: Takes a `FindRequest` and gives the matches. What it raises is answered with
                a failure: a `StatusError` with its own status, everything else with C000H.
            sop_classes: The SOP classes to serve.
        """
        queries = (MODELS[name].find for name in ("patient", "study", "patient-study"))
        self.sop_classes = frozenset(sop_classes or filter(None, queries))
        self.extended: Mapping[str, FindOptions | WorklistOptions] = {}
        self._handler = handler
        self._place = place_of(handler)

    def serves(self, abstract_syntax: str) -> bool:
        """Serve the SOP classes that were named."""
        return abstract_syntax in self.sop_classes

    def perform(self, request: Request, peer: Peer) -> Begin:
        """Begin to perform a C-FIND."""
        return Collecting(request, peer, self._find, self._place, FindRequest)

    def failure(self, error: Exception) -> int:
        """Say A900H of an identifier that cannot be read or matched, C000H of the rest."""
        return identifier_failure(error)

    def _find(self, asked: Any) -> Effects:
        matches = Series(self._handler(asked))
        syntax = asked.transfer_syntax
        pending: dict[int, Command] = {}
        try:
            while (match := (yield from matches.next())) is not END:
                if asked.cancelled:
                    yield Answer(respond(asked.command, _CANCELLED))
                    return
                status, identifier = match if isinstance(match, tuple) else (_PENDING, match)
                if not isinstance(identifier, Dataset):
                    raise TypeError(f"the find handler gave {identifier!r}: a match is a Dataset")
                command = pending.get(status)
                if command is None:
                    command = pending[status] = respond(asked.command, status, has_data=True)
                yield Answer(command, identifier.encode(syntax), None, True)  # noqa: FBT003 (more)
        finally:
            matches.close()
        yield Answer(respond(asked.command, _CANCELLED if asked.cancelled else _SUCCESS))
