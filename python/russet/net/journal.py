"""What a client does, told step by step: the log of those who want to see it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from russet.codec import uid_entry
from russet.dimse.commands import RESPONSE, is_final, message_name
from russet.dimse.status import Status

if TYPE_CHECKING:
    from russet.association.calls import Call
    from russet.association.events import Peer, Response
    from russet.codec import Command
    from russet.net.outcome import Address
    from russet.net.terms import Terms

__all__ = ["Journal"]

_LOG: Final = logging.getLogger("russet.scu")
_LINES: Final = 20
"""Lines about contexts that are told unasked; the rest is for who debugs."""


class Journal:
    """Tells the log of one association that we ask for; times are on the caller's clock."""

    def __init__(self, address: Address) -> None:
        """Be ready to tell."""
        self._address = address
        self._began: dict[int, float] = {}

    @classmethod
    def of(cls, address: Address) -> Journal | None:
        """Give one when anybody wants to see it: otherwise nothing is spent on it."""
        return cls(address) if _LOG.isEnabledFor(logging.INFO) else None

    def requesting(self, terms: Terms, seconds: float, *, secured: bool) -> None:
        """The connection is there, and an association is asked for."""
        address = self._address
        over = " by TLS" if secured else ""
        _LOG.info("connected to %s:%d%s, %s", address.host, address.port, over, _ms(seconds))
        _LOG.info(
            "requesting an association with %s as %s, presentation contexts: %d",
            address, address.calling, len(terms.contexts),
        )  # fmt: skip
        _LOG.debug(
            "at most %d bytes in a PDU, %d operations at once", address.max_pdu, address.window[0]
        )

    def accepted(self, peer: Peer, terms: Terms, seconds: float) -> None:
        """The peer accepted: what it is, and which contexts it took."""
        name = ascii(peer.implementation_version or "unnamed")[1:-1]
        _LOG.info("association accepted by %s, %s", name, _ms(seconds))
        _LOG.debug("it takes %s bytes in a PDU", peer.max_length or "any number of")
        for number, line in enumerate(_contexts(peer, terms)):
            _LOG.log(logging.INFO if number < _LINES else logging.DEBUG, "%s", line)
        if (more := len({each.abstract_syntax for each in terms.contexts}) - _LINES) > 0:
            _LOG.info("contexts of %d further SOP classes are told with -d", more)

    def asked(self, call: Call, now: float) -> None:
        """A request of ours is out."""
        self._began[call.message_id] = now
        operation = call.operation
        name = message_name(operation.command_field)
        _LOG.info("sent %s %d: %s", name, call.message_id, _named(operation.abstract_syntax))

    def answered(self, response: Response, now: float) -> None:
        """A response came; the final one tells how long it took."""
        command = response.command
        number = command.message_id_being_responded_to or 0
        name = message_name(command.command_field)
        status = Status(command.status or 0, name.removesuffix("-RSP"))
        comment = f": {ascii(command.error_comment)[1:-1]}" if command.error_comment else ""
        if not is_final(command):
            _LOG.debug("got %s %d: %s", name, number, status)
            return
        took = now - self._began.pop(number, now)
        _LOG.info("got %s %d: %s%s, %s", name, number, status, comment, _ms(took))

    def served(self, request: Command, answer: Command) -> None:
        """Something that the peer asked of us was answered."""
        name = message_name(request.command_field & ~RESPONSE)
        what = _named(request.affected_sop_class_uid or request.requested_sop_class_uid or "")
        status = Status(answer.status or 0, name.removesuffix("-RQ"))
        _LOG.info("answered %s %d, %s: %s", name, request.message_id or 0, what, status)

    def over(self, how: str) -> None:
        """The association has ended."""
        _LOG.info("association with %s %s", self._address, how)


def _contexts(peer: Peer, terms: Terms) -> Iterator[str]:
    """A line for each SOP class: the transfer syntaxes that were accepted, or why none was."""
    taken: dict[str, list[str]] = {each.abstract_syntax: [] for each in terms.contexts}
    for context in peer.agreement.accepted.values():
        taken[context.abstract_syntax].append(_named(context.transfer_syntax))
    for uid, syntaxes in taken.items():
        if syntaxes:
            yield f"accepted {_named(uid)}: {', '.join(syntaxes)}"
        else:
            yield f"refused {_named(uid)}: {peer.agreement.reason(uid)}"


def _named(uid: str) -> str:
    entry = uid_entry(uid)
    return entry.name if entry is not None and entry.name else ascii(uid)[1:-1]


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.1f} ms"
