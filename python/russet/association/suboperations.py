"""The C-STORE sub-operations of one C-MOVE or C-GET, and the count of them (PS3.4 C.4.2, C.4.3)."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Protocol

from russet.association.collecting import Asked
from russet.association.contexts import plan
from russet.association.effects import (
    Answer,
    Connect,
    Destination,
    Effect,
    Effects,
    Start,
    Started,
    Wait,
)
from russet.association.store import Store
from russet.data import Dataset, read_dataset
from russet.dimse.commands import response as respond
from russet.dimse.status import Category
from russet.errors import NetworkError, NoContextError, RussetError

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["Sendable", "Suboperations"]

_SUCCESS: Final = 0x0000
_PENDING: Final = 0xFF00
_CANCELLED: Final = 0xFE00
_SOME_FAILED: Final = 0xB000
_ALL_FAILED: Final = 0xA702
_AHEAD: Final = 8
_TOGETHER: Final = 4
"""Of those out, how many a peer that is quick answers before more are sent."""
_ATTEMPTS: Final = 2
_MOST: Final = 0xFFFF
"""What the counts of sub-operations can say, VR US; more are said to be as many."""
_LISTED: Final = 10_000
"""Failed SOP Instance UIDs that a final response lists, some 640 kB."""
_NATIVE: Final = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2")


class Sendable(Protocol):
    """An instance that can be sent.

    Attributes:
        sop_class_uid: Its SOP class.
        sop_instance_uid: Its identity.
        transfer_syntax: What its data set is in.
    """

    @property
    def sop_class_uid(self) -> str: ...  # noqa: D102 (of the class)
    @property
    def sop_instance_uid(self) -> str: ...  # noqa: D102 (of the class)
    @property
    def transfer_syntax(self) -> str: ...  # noqa: D102 (of the class)

    def data(self) -> Any:
        """Give its data set; OSError when it is not to be had."""
        ...


class Suboperations:
    """Sends instances; pending responses tell how far it is, and the last one what came of it."""

    def __init__(
        self,
        asked: Asked,
        items: Iterable[Sendable],
        strip: Callable[[Any, str], Buffer] | None = None,
    ) -> None:
        """Be ready to send `items` for the request `asked`.

        Args:
            asked: The C-MOVE or C-GET.
            items: What to send.
            strip: Leaves something out of a data set, given with its transfer syntax.
        """
        self._asked = asked
        self._left = {id(item): item for item in items}
        self._told = len(self._left)
        self._strip = strip
        self._completed = 0
        self._warning = 0
        self._failed: list[str] = []
        self._why = ""
        self._elements: dict[str, Any] = {"priority": asked.command.priority or 0}
        if asked.command.move_destination is not None:
            self._elements["move_originator_application_entity_title"] = asked.calling
            self._elements["move_originator_message_id"] = asked.command.message_id

    def run(self, destination: Destination | None) -> Effects:
        """Send everything to a destination, or to who asks for None, and say what came of it."""
        items = list(self._left.values())
        if destination is None:
            yield from self._send(items, None)
        else:
            yield from self._move(items, destination)
        yield self._final()

    def _move(self, left: list[Sendable], destination: Destination) -> Effects:
        """Send over as many associations as the contexts need."""
        for contexts in plan((item.sop_class_uid, item.transfer_syntax) for item in left):
            offered = {
                (each.abstract_syntax, syntax)
                for each in contexts
                for syntax in each.transfer_syntaxes
            }
            batch = [item for item in left if (item.sop_class_uid, item.transfer_syntax) in offered]
            left = [
                item for item in left if (item.sop_class_uid, item.transfer_syntax) not in offered
            ]
            yield from self._move_batch(batch, destination, contexts)

    def _move_batch(
        self, batch: list[Sendable], destination: Destination, contexts: Any
    ) -> Effects:
        """Send over one association, and the rest over another one when it breaks."""
        why = ""
        for _ in range(_ATTEMPTS):
            try:
                link = yield Connect(destination, contexts)
                yield from self._send(batch, link)
            except NetworkError as error:
                why = str(error)
                batch = [item for item in batch if id(item) in self._left]
            else:
                return
        for item in batch:
            self._fail(item, why)

    def _send(self, items: Sequence[Sendable], link: Any) -> Effects:
        """Send on a link, None for the association that asks; some ahead of their answers."""
        out: deque[tuple[Sendable, Started]] = deque()
        try:
            for item in items:
                if self._asked.cancelled:
                    break
                started = yield from self._start(item, link)
                if started is not None:
                    out.append((item, started))
                yield from self._settle(out, ahead=_AHEAD)
            while out:
                yield from self._settle(out)
        except NetworkError:
            yield from self._settle_answered(out if link is not None else ())
            raise

    def _settle(self, out: deque[tuple[Sendable, Started]], ahead: int = 1) -> Effects:
        """Count what is answered, and tell of it; wait for some when `ahead` are out."""
        if len(out) >= ahead:
            company = [started for _, started in islice(out, _TOGETHER)]
            yield from self._count(*out[0], company)
            out.popleft()  # Now: the link may break in company, after this one was answered.
        while out and out[0][1].done:
            yield from self._count(*out.popleft())
        if len(self._left) < self._told:
            self._told = len(self._left)
            yield self._answer(_PENDING)

    def _settle_answered(self, out: Iterable[tuple[Sendable, Started]]) -> Effects:
        """Count what was answered before a link broke: it is not sent again."""
        for item, started in out:
            with contextlib.suppress(NetworkError):
                yield from self._count(item, started)

    def _start(self, item: Sendable, link: Any) -> Generator[Effect, Any, Started | None]:
        """Send one instance, re-encoded where the peer takes it only so; None when it cannot be."""
        syntax = item.transfer_syntax
        try:
            data = item.data()
            if self._strip is not None:
                data = self._strip(data, syntax)
            try:
                started: Started = yield Start(self._store(item, syntax, data), link)
            except NoContextError as error:
                native = [each for each in _NATIVE if each in error.transfer_syntaxes]
                if not native:
                    raise
                data = read_dataset(data, syntax).encode(native[0])
                started = yield Start(self._store(item, native[0], data), link)
            return started
        except (OSError, RussetError) as error:
            if isinstance(error, NetworkError) and not isinstance(error, NoContextError):
                raise
            # Of an OSError its own words alone: a path is nobody else's business.
            why = (error.strerror or "") if isinstance(error, OSError) else str(error)
        self._fail(item, why)
        return None

    def _store(self, item: Sendable, syntax: str, data: Buffer) -> Store:
        return Store(item.sop_class_uid, item.sop_instance_uid, syntax, data, **self._elements)

    def _count(self, item: Sendable, started: Started, company: Sequence[Started] = ()) -> Effects:
        (status,) = yield Wait(started, company)
        if status.category is Category.SUCCESS:
            self._completed += 1
        elif status.category is Category.WARNING:
            self._warning += 1
        else:
            self._fail(item, status.comment or f"C-STORE answered with {status}")
            return
        del self._left[id(item)]

    def _fail(self, item: Sendable, why: str) -> None:
        self._why = self._why or why
        del self._left[id(item)]
        self._failed.append(item.sop_instance_uid)

    def _answer(self, status: int, data: Buffer | None = None) -> Answer:
        counts: dict[str, Any] = {
            "number_of_completed_suboperations": min(self._completed, _MOST),
            "number_of_failed_suboperations": min(len(self._failed), _MOST),
            "number_of_warning_suboperations": min(self._warning, _MOST),
        }
        if status in (_PENDING, _CANCELLED):
            counts["number_of_remaining_suboperations"] = min(len(self._left), _MOST)
        if status in (_SOME_FAILED, _ALL_FAILED):
            counts["comment"] = self._why
        command = respond(self._asked.command, status, has_data=data is not None, **counts)
        return Answer(command, data, more=status == _PENDING)

    def _final(self) -> Answer:
        """Give the last response, with the list of what failed (PS3.4 C.4.2.1.4.2)."""
        if self._asked.cancelled and self._left:
            status = _CANCELLED
        elif not self._failed and not self._warning:
            status = _SUCCESS
        else:
            status = _SOME_FAILED if self._completed or self._warning else _ALL_FAILED
        if not self._failed:
            return self._answer(status)
        listed = Dataset(FailedSOPInstanceUIDList=self._failed[:_LISTED])
        return self._answer(status, listed.encode(self._asked.transfer_syntax))
