"""What two sides agreed on: the accepted contexts, and which of them to send on (PS3.8 9.3.3.2)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol, Self, TypeVar

from russet.association.contexts import ACCEPTANCE
from russet.association.extended import (
    FindOptions,
    Options,
    RetrieveOptions,
    StorageOptions,
    WorklistOptions,
    agreed_options,
)
from russet.association.related import named_general
from russet.association.window import Window, agreed_window
from russet.codec import AssociateAc, AssociateRq, ContextAc, ContextRq, Role, uid_entry
from russet.dimse.commands import EVENT_REPORT
from russet.errors import NoContextError

__all__ = ["AcceptedContext", "Agreement", "Asking", "accepted_contexts"]

OptionsT = TypeVar("OptionsT", StorageOptions, FindOptions, RetrieveOptions, WorklistOptions)

_USER_REJECTION: Final = 1
_TO_TRY: Final = (
    ". It knows the SOP class, and our AE title or address has no right to it there: ask its "
    "administrator, or call it by another title of ours"
)
_RESULTS: Final = {
    1: "the peer refused it (user rejection)",
    2: "the peer refused it without a reason",
    3: "the peer does not support this SOP class",
    4: "the peer supports none of the transfer syntaxes",
}


class AcceptedContext(NamedTuple):
    """A presentation context that both sides agreed on.

    Attributes:
        context_id: Odd, 1 to 255.
        abstract_syntax: The SOP class, or Meta SOP class.
        transfer_syntax: The one that all its data sets are in.
        scu: Whether this side may send requests on it (PS3.7 D.3.3.4).
        scp: Whether this side answers requests on it.
    """

    context_id: int
    abstract_syntax: str
    transfer_syntax: str
    scu: bool = True
    scp: bool = False


def accepted_contexts(
    proposed: Sequence[ContextRq],
    answered: Iterable[ContextAc],
    roles: tuple[Iterable[Role], Iterable[Role]] = ((), ()),
    *,
    requestor: bool,
) -> dict[int, AcceptedContext]:
    """Put together what a request and its answer agreed on, as one side sees it.

    Args:
        proposed: The contexts of the A-ASSOCIATE-RQ.
        answered: Those of the A-ASSOCIATE-AC; an answer to an id that nobody proposed, or with a
            transfer syntax that its context did not offer, agrees on nothing.
        roles: The role selections of the two, request first.
        requestor: Whether this side sent the request.
    """
    offered = {context.context_id: context for context in proposed}
    asked, granted = ({role.sop_class_uid: role for role in [*given][::-1]} for given in roles)
    found = {}
    for context in answered:
        offer = offered.get(context.context_id)
        if offer is None or context.result != ACCEPTANCE:
            continue
        if context.transfer_syntax not in offer.transfer_syntaxes:
            continue
        uid = offer.abstract_syntax
        scu, scp = _roles(asked.get(uid), granted.get(uid))
        scu, scp = (scu, scp) if requestor else (scp, scu)
        found[context.context_id] = AcceptedContext(
            context.context_id, uid, context.transfer_syntax, scu, scp
        )
    return found


def _roles(asked: Role | None, granted: Role | None) -> tuple[bool, bool]:
    """Give the requestor's roles (PS3.7 D.3.3.4): what was both asked for and granted."""
    if asked is None or granted is None:
        return True, False
    return asked.scu and granted.scu, asked.scp and granted.scp


class Asking(Protocol):
    """What an operation says of the context that it needs (see `Operation`)."""

    @property
    def command_field(self) -> int: ...  # noqa: D102 (of the class)
    @property
    def abstract_syntax(self) -> str: ...  # noqa: D102 (of the class)
    @property
    def transfer_syntax(self) -> str | None: ...  # noqa: D102 (of the class)


class Agreement:
    """The contexts of one association, by id and by what they carry, and what else was agreed on.

    Attributes:
        accepted: Every accepted context by id.
        window: How many operations may be out at once, as this side sees it (PS3.7 D.3.3.3).
        extended: What holds of extended negotiation, by SOP class (PS3.7 D.3.3.5): a record where
            PS3.4 defines one, else the acceptor's bytes. What was not answered is not there.
        general: The general classes that the requestor named for its SOP classes, which an
            acceptor may treat their instances as (PS3.7 D.3.3.6).
        identity_response: The server response to the user identity; None without one.
        denied: What the policy of this side, which accepted, refuses the peer and by which rule;
            empty when its rights refuse nothing.
    """

    def __init__(
        self, accepted: Iterable[AcceptedContext] = (), refused: Iterable[tuple[str, int]] = ()
    ) -> None:
        self.accepted = {context.context_id: context for context in accepted}
        self.window = Window()
        self.extended: Mapping[str, Options | bytes] = {}
        self.general: Mapping[str, Collection[str]] = {}
        self.identity_response: bytes | None = None
        self.denied = ""
        self._refused = dict(refused)
        self._by_syntax: dict[tuple[str, str | None], AcceptedContext] = {}
        for context in self.accepted.values():
            if context.scu:
                for transfer in (context.transfer_syntax, None):
                    self._by_syntax.setdefault((context.abstract_syntax, transfer), context)

    @classmethod
    def between(cls, rq: AssociateRq, ac: AssociateAc, *, requestor: bool) -> Self:
        """Put together a request and its answer, as the requestor or the acceptor sees it."""
        roles = (rq.user.roles, ac.user.roles)
        accepted = accepted_contexts(rq.contexts, ac.contexts, roles, requestor=requestor)
        results = {context.context_id: context.result for context in ac.contexts}
        refused = [(c.abstract_syntax, results.get(c.context_id, 2)) for c in rq.contexts]
        made = cls(accepted.values(), refused)
        made.window = agreed_window(rq.user.window, ac.user.window, requestor=requestor)
        made.extended = agreed_options(rq.user.extended, ac.user.extended)
        made.general = named_general(rq.user.common_extended)
        if rq.user.identity is not None:
            made.identity_response = ac.user.identity_response
        return made

    def options(self, abstract_syntax: str, kind: type[OptionsT]) -> OptionsT:
        """Give the options that hold for a SOP class: the defaults of `kind` when none do.

        Args:
            abstract_syntax: The SOP class.
            kind: The record that PS3.4 has for it, such as `FindOptions`.
        """
        found = self.extended.get(abstract_syntax)
        return found if isinstance(found, kind) else kind()

    def context_of(self, operation: Asking) -> AcceptedContext:
        """Find the context to send a request on.

        Raises:
            NoContextError: If there is none.
        """
        if operation.command_field != EVENT_REPORT:
            return self.context_for(operation.abstract_syntax, operation.transfer_syntax)
        # Events are reported by the SCP (PS3.7 10.1.1).
        for context in self.accepted.values():
            if context.scp and context.abstract_syntax == operation.abstract_syntax:
                return context
        raise NoContextError(
            f"no accepted presentation context to report events of {operation.abstract_syntax} on"
        )

    def context_for(
        self, abstract_syntax: str, transfer_syntax: str | None = None
    ) -> AcceptedContext:
        """Find the context to send on: with exactly this transfer syntax, or with any for None.

        Raises:
            NoContextError: If there is none; it says what the peer accepted instead.
        """
        found = self._by_syntax.get((abstract_syntax, transfer_syntax))
        if found is None:
            raise self._none(abstract_syntax, transfer_syntax)
        return found

    def reason(self, abstract_syntax: str) -> str:
        """Say why there is no context to send on for a SOP class, or in what it was accepted."""
        taken = [
            uid for name, uid in self._by_syntax if name == abstract_syntax and uid is not None
        ]
        return self._why(abstract_syntax, taken)

    def unwelcome(self) -> list[str]:
        """Give the SOP classes that the peer knows and refuses us: user rejection."""
        return [uid for uid, result in self._refused.items() if result == _USER_REJECTION]

    def _none(self, abstract: str, transfer: str | None) -> NoContextError:
        taken = [uid for name, uid in self._by_syntax if name == abstract and uid is not None]
        wanted = f"no accepted presentation context for {_named(abstract)}"
        wanted += f" in {_named(transfer)}" if transfer else ""
        message = f"{wanted}: {self._why(abstract, taken)}"
        if self._refused.get(abstract) == _USER_REJECTION:
            message += _TO_TRY
        return NoContextError(message, taken, (abstract, transfer))

    def _why(self, abstract: str, taken: Sequence[str]) -> str:
        if taken:
            return f"the peer accepted it only in {', '.join(map(_named, taken))}"
        if abstract not in self._refused:
            return "it was not proposed"
        return _RESULTS.get(self._refused[abstract], "not in the role of SCU")


def _named(uid: str) -> str:
    """Write a UID with its name in PS3.6, where it has one."""
    entry = uid_entry(uid)
    return f"{entry.name} ({uid})" if entry and entry.name else uid
