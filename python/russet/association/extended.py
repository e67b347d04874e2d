"""SOP class extended negotiation (PS3.7 D.3.3.5): the bytes of each service class, by name.

The requestor sends what it would like, the acceptor answers with what holds. What was left out
holds as not supported.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, dataclass
from typing import Final, Self

from russet.association.rights import Right, is_storage, right_for
from russet.codec import Extended, uid_entry

__all__ = [
    "ExtendedRule",
    "FindOptions",
    "Options",
    "RetrieveOptions",
    "StorageOptions",
    "WorklistOptions",
    "agreed_options",
    "answers",
    "decode",
    "extended",
]

_WORKLIST_HEAD: Final = b"\x01\x01"  # both are always set


@dataclass(frozen=True, slots=True)
class StorageOptions:
    """What a storage provider does with instances (PS3.4 B.3.1); each side states its own.

    Attributes:
        level: Of support: 0 local, 1 base, 2 full; 3 for who only sends.
        signature: Level of digital signature support, 1 to 3; 0 is unspecified.
        coercion: 0 elements are never coerced, 1 they may be; 2 for who only sends.
    """

    level: int = 3
    signature: int = 0
    coercion: int = 2

    @classmethod
    def decode(cls, information: bytes) -> Self:
        """Read what was sent; what is missing has its default."""
        given = dict(zip(("level", "signature", "coercion"), information[:6:2], strict=False))
        return cls(**given)

    def encode(self) -> bytes:
        """Write the six bytes."""
        return bytes((self.level, 0, self.signature, 0, self.coercion, 0))

    def answer(self, _offered: bytes) -> bytes:
        """State our own, whatever the requestor stated."""
        return self.encode()

    @classmethod
    def agreement(cls, _offered: bytes, answered: bytes) -> Self:
        """Take what the acceptor states: it is the one that stores."""
        return cls.decode(answered)


class _Wishes:
    """Options that hold when both sides want them; one byte each, 1 for yes."""

    __slots__ = ()

    @classmethod
    def decode(cls, information: bytes) -> Self:
        """Read what was sent; what is missing is no."""
        count = len(cls.__match_args__)  # type: ignore[attr-defined]
        return cls(*(byte == 1 for byte in information[:count]))

    def encode(self) -> bytes:
        """Write as few bytes as say it, one at least: older peers know fewer."""
        return bytes(self.flags()).rstrip(b"\0") or b"\0"

    def answer(self, offered: bytes) -> bytes:
        """Grant what is offered and ours, in as many bytes as were offered, up to all."""
        agreed = self.agreement(offered, self.encode())
        return bytes(agreed.flags()[: len(offered)])

    @classmethod
    def agreement(cls, offered: bytes, answered: bytes) -> Self:
        """Take what was both asked for and granted."""
        pairs = zip(cls.decode(offered).flags(), cls.decode(answered).flags(), strict=True)
        return cls(*(asked and granted for asked, granted in pairs))

    def flags(self) -> tuple[bool, ...]:
        """Give the options in the order of their bytes."""
        return astuple(self)  # type: ignore[call-overload, no-any-return]


@dataclass(frozen=True, slots=True)
class FindOptions(_Wishes):
    """C-FIND of Query/Retrieve (PS3.4 C.5.1.1).

    Attributes:
        relational: Keys of levels above may be left out.
        date_time: A date and a time are matched as one moment.
        fuzzy: Person names match by their sense.
        timezone: Times are adjusted by (0008,0201).
        view: Queries see enhanced multi-frame images as converted (PS3.4 C.6).
        empty: An empty value can be asked for by two quotation marks.
        multiple: Several values of a key match any of them.
    """

    relational: bool = False
    date_time: bool = False
    fuzzy: bool = False
    timezone: bool = False
    view: bool = False
    empty: bool = False
    multiple: bool = False


@dataclass(frozen=True, slots=True)
class RetrieveOptions(_Wishes):
    """C-MOVE and C-GET of Query/Retrieve (PS3.4 C.5.2.1, C.5.3.1).

    Attributes:
        relational: Keys of levels above may be left out.
        view: Enhanced multi-frame images may be asked for as converted.
    """

    relational: bool = False
    view: bool = False


@dataclass(frozen=True, slots=True)
class WorklistOptions(_Wishes):
    """C-FIND of Modality Worklist and Unified Procedure Step (PS3.4 K.5.1, CC.3.1.1).

    Attributes:
        fuzzy: Person names match by their sense.
        timezone: Times are adjusted by (0008,0201).
    """

    fuzzy: bool = False
    timezone: bool = False

    @classmethod
    def decode(cls, information: bytes) -> Self:
        """Read what was sent; what is missing is no."""
        return cls(*(byte == 1 for byte in information[2:4]))

    def encode(self) -> bytes:
        """Write three bytes, or four if they say more."""
        return _WORKLIST_HEAD + bytes((self.fuzzy,)) + (b"\x01" if self.timezone else b"")

    def answer(self, offered: bytes) -> bytes:
        """Grant what is offered and ours: three bytes to three, four to four."""
        agreed = self.agreement(offered, self.encode())
        return _WORKLIST_HEAD + bytes(agreed.flags()[: max(len(offered) - 2, 1)])


Options = StorageOptions | FindOptions | RetrieveOptions | WorklistOptions
"""What extended negotiation is about, where PS3.4 defines it."""

ExtendedRule = Options | Callable[[bytes], bytes | None]
"""What we support, or a function that takes an offer and gives the answer, None for no answer."""


def _options(uid: str) -> type[Options] | None:
    """Find the definition that PS3.4 has for a SOP class; None where it has none."""
    entry = uid_entry(uid)
    if is_storage(uid, standard=True):
        return StorageOptions
    if entry is None:
        return None
    right = right_for(uid)
    if entry.category == "Query/Retrieve":
        return FindOptions if right is Right.FIND else RetrieveOptions
    is_worklist = right is Right.WORKLIST and entry.keyword.endswith("Find")
    return WorklistOptions if is_worklist or right is Right.UPS else None


def decode(uid: str, information: bytes) -> Options | bytes:
    """Read the application information of a SOP class; bytes where nothing is defined for it."""
    options = _options(uid)
    return information if options is None else options.decode(information)


def extended(uid: str, options: Options | bytes) -> Extended:
    """Build the sub-item that a requestor proposes options of a SOP class with."""
    return Extended(uid, options if isinstance(options, bytes) else options.encode())


def answers(offered: Iterable[Extended], rules: Mapping[str, ExtendedRule]) -> list[Extended]:
    """Answer as an acceptor; what there is no rule for is not answered."""
    found = []
    for uid, information in _first(offered).items():
        rule = rules.get(uid)
        if rule is not None:
            answer = (rule.answer if isinstance(rule, Options) else rule)(information)
            found += [] if answer is None else [Extended(uid, answer)]
    return found


def agreed_options(
    offered: Iterable[Extended], answered: Iterable[Extended]
) -> dict[str, Options | bytes]:
    """Give what holds after the sub-items of a request and its answer, the same for both sides.

    The first of a SOP class counts; an answer to what was not offered means nothing.
    """
    offers, answers = _first(offered), _first(answered)
    return {uid: _agreed(uid, offers[uid], answers[uid]) for uid in offers if uid in answers}


def _first(items: Iterable[Extended]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for item in items:
        found.setdefault(item.sop_class_uid, item.information)
    return found


def _agreed(uid: str, offered: bytes, answered: bytes) -> Options | bytes:
    options = _options(uid)
    if options is None:
        return answered
    return options.agreement(offered, answered)
