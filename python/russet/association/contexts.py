"""Presentation contexts: planned, negotiated and chosen from, as pure functions (PS3.8 9.3.2.2)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from russet.association.preference import TransferSyntaxes
from russet.codec import ContextAc, ContextRq, Role
from russet.dimse.commands import is_uid
from russet.errors import ProtocolError

__all__ = [
    "ACCEPTANCE",
    "DEFAULT_TRANSFER_SYNTAX",
    "MAXIMUM",
    "negotiate",
    "negotiate_roles",
    "plan",
    "propose",
]

DEFAULT_TRANSFER_SYNTAX: Final = "1.2.840.10008.1.2"
"""Implicit VR Little Endian, which every abstract syntax is offered in (PS3.5 10.1)."""
MAXIMUM: Final = 128
"""Contexts per association: the odd ids from 1 to 255."""

ACCEPTANCE: Final = 0
_ABSTRACT_SYNTAX_NOT_SUPPORTED: Final = 3
_TRANSFER_SYNTAXES_NOT_SUPPORTED: Final = 4
_INVALID_PARAMETER_VALUE: Final = 6

_EXPLICIT: Final = "1.2.840.10008.1.2.1"
_DEFLATED: Final = "1.2.840.10008.1.2.1.99"


AcceptRule = Callable[[str], int]
"""Takes an abstract syntax and gives a result of PS3.8 9.3.3.2: 0, 1, 2 or 3."""
Choices = Callable[[str, Sequence[str]], Sequence[str]]
"""Takes an abstract syntax and its offer of transfer syntaxes, gives the acceptable, best first."""


def propose(contexts: Iterable[tuple[str, Sequence[str]]]) -> list[ContextRq]:
    """Number abstract syntaxes, each with its transfer syntaxes, as contexts 1, 3, 5 ...

    Raises:
        ValueError: If there are none, or more than one association holds.
    """
    listed = list(contexts)
    if not 1 <= len(listed) <= MAXIMUM:
        raise ValueError(f"{len(listed)} presentation contexts: an association has 1 to {MAXIMUM}")
    return [
        ContextRq(2 * place + 1, abstract, list(transfers))
        for place, (abstract, transfers) in enumerate(listed)
    ]


def plan(
    pairs: Iterable[tuple[str, str]], also: Sequence[tuple[str, Sequence[str]]] = ()
) -> list[list[ContextRq]]:
    """Lay out the contexts that a batch of instances needs, over as few associations as it takes.

    Every pair gets a context of its own with that transfer syntax alone, so that the acceptor
    cannot choose another.  Every class then gets one with what it could be re-encoded to, which
    always offers the default transfer syntax (PS3.5 10.1).  The contexts of a class stay together.

    Args:
        pairs: (SOP class, transfer syntax) of each instance, in any order, repeated or not.
        also: SOP classes, each with transfer syntaxes, that every association has first, such as
            those of queries.

    Returns:
        The contexts of each association, at most 128 each; empty for no pairs.

    Raises:
        ValueError: If `also` leaves no room for instances.
    """
    room = MAXIMUM - len(also)
    if room < 1:
        raise ValueError(f"{len(also)} contexts for other services leave no room for instances")
    natives: dict[str, dict[str, None]] = {}
    for abstract, transfer in pairs:
        natives.setdefault(abstract, {})[transfer] = None
    associations: list[list[tuple[str, Sequence[str]]]] = [[]]
    for abstract, transfers in natives.items():
        group: list[tuple[str, Sequence[str]]] = [(abstract, [each]) for each in transfers]
        if alternatives := _alternatives(transfers):
            group.append((abstract, alternatives))
        for start in range(0, len(group), room):
            part = group[start : start + room]
            if len(associations[-1]) + len(part) > room:
                associations.append([])
            associations[-1] += part
    return [propose([*also, *contexts]) for contexts in associations if contexts]


def _alternatives(natives: Mapping[str, None]) -> list[str]:
    wanted = [DEFAULT_TRANSFER_SYNTAX]
    if _DEFLATED in natives:
        wanted.insert(0, _EXPLICIT)
    return [transfer for transfer in wanted if transfer not in natives]


def negotiate(
    proposed: Sequence[ContextRq],
    accepts: AcceptRule,
    preferred: Sequence[str] | Choices | None = None,
) -> list[ContextAc]:
    """Answer every proposed context (PS3.8 9.3.3.2), in the order of the request.

    Args:
        proposed: The contexts of the A-ASSOCIATE-RQ.
        accepts: Says for an abstract syntax 0, or the result to refuse it with.
        preferred: The transfer syntaxes to choose from, best first, or a function that orders each
            offer; None takes the first that the requestor offers, whatever it is, since data sets
            are kept as they come.

    Raises:
        ProtocolError: If an id is even or repeated, or there is no context at all: the answer to
            that is an A-ABORT, invalid parameter value (PS3.8 Table 9-26).
    """
    _check_ids(proposed)
    choices = preferred if callable(preferred) else _in_order(preferred)
    return [_answer(context, accepts, choices) for context in proposed]


def _in_order(preferred: Sequence[str] | None) -> Choices:
    rules = TransferSyntaxes(preferred)
    return lambda uid, offered: rules.choices(uid, "", offered)


def _check_ids(proposed: Sequence[ContextRq]) -> None:
    ids = [context.context_id for context in proposed]
    even = [context_id for context_id in ids if context_id % 2 == 0]
    if even:
        message = f"presentation context id {even[0]} is not odd"
    elif len(set(ids)) < len(ids):
        repeated = next(context_id for context_id in ids if ids.count(context_id) > 1)
        message = f"presentation context id {repeated} is used twice"
    elif not ids:
        message = "no presentation context is proposed"
    else:
        return
    raise ProtocolError(message, offset=0, reason=_INVALID_PARAMETER_VALUE)


def _answer(context: ContextRq, accepts: AcceptRule, choices: Choices) -> ContextAc:
    uid = context.abstract_syntax
    result = accepts(uid) if is_uid(uid) else _ABSTRACT_SYNTAX_NOT_SUPPORTED
    # A refused context still carries a transfer syntax, which nobody tests.
    chosen = DEFAULT_TRANSFER_SYNTAX
    if result == ACCEPTANCE:
        acceptable = choices(uid, [each for each in context.transfer_syntaxes if is_uid(each)])
        if acceptable:
            chosen = acceptable[0]
        else:
            result = _TRANSFER_SYNTAXES_NOT_SUPPORTED
    return ContextAc(context.context_id, result, chosen)


def negotiate_roles(
    proposed: Iterable[Role],
    may_be_scp: Callable[[str], bool],
    may_be_scu: Callable[[str], bool] = lambda _uid: True,
) -> list[Role]:
    """Answer the roles that a requestor proposes (PS3.7 D.3.3.4), one answer per SOP class.

    Args:
        proposed: The role selections of the request; the first of a SOP class counts, and one
            that proposes neither role, which the standard does not define, is left unanswered.
        may_be_scp: Whether the requestor may provide a SOP class, so that we send requests of it.
        may_be_scu: Whether the requestor may use it.
    """
    first: dict[str, Role] = {}
    for role in proposed:
        if (role.scu or role.scp) and is_uid(role.sop_class_uid):
            first.setdefault(role.sop_class_uid, role)
    return [
        Role(uid, scu=role.scu and may_be_scu(uid), scp=role.scp and may_be_scp(uid))
        for uid, role in first.items()
    ]
