"""The upper layer state machine (PS3.8 9.2): events in, effects out, and the ARTIM timer.

It knows no byte and no transport. Which side it is on matters in one place, the release collision
(AR-8); whether the service-provider takes a request matters in one more (AE-6).
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from russet.errors import LocalProtocolError
from russet.ul.table import TABLE_9_10, Action, Event, State

__all__ = [
    "EFFECTS",
    "AbortSource",
    "Close",
    "Connect",
    "Effect",
    "Indicate",
    "Machine",
    "PduKind",
    "Primitive",
    "Role",
    "Send",
    "SendAbort",
    "StartArtim",
    "StopArtim",
]


class Role(Enum):
    """Which side of the association this is."""

    REQUESTOR = "requestor"
    ACCEPTOR = "acceptor"


class PduKind(Enum):
    """The PDUs that actions send (PS3.8 9.3), by type; A-ABORT is `SendAbort`."""

    ASSOCIATE_RQ = 0x01
    ASSOCIATE_AC = 0x02
    ASSOCIATE_RJ = 0x03
    P_DATA_TF = 0x04
    RELEASE_RQ = 0x05
    RELEASE_RP = 0x06


class Primitive(Enum):
    """The primitives that actions issue to the user (PS3.8 7)."""

    ASSOCIATE_INDICATION = "A-ASSOCIATE indication"
    ASSOCIATE_ACCEPTED = "A-ASSOCIATE confirmation (accept)"
    ASSOCIATE_REJECTED = "A-ASSOCIATE confirmation (reject)"
    P_DATA_INDICATION = "P-DATA indication"
    RELEASE_INDICATION = "A-RELEASE indication"
    RELEASE_CONFIRMATION = "A-RELEASE confirmation"
    ABORT_INDICATION = "A-ABORT indication, or A-P-ABORT: the source in the PDU says"
    P_ABORT_INDICATION = "A-P-ABORT indication"


class AbortSource(Enum):
    """Who aborts (PS3.8 Table 9-26)."""

    USER = 0
    PROVIDER = 2


@dataclass(frozen=True, slots=True)
class Connect:
    """Open the transport connection."""


@dataclass(frozen=True, slots=True)
class Close:
    """Close the transport connection, once everything is sent."""


@dataclass(frozen=True, slots=True)
class Send:
    """Send a PDU."""

    pdu: PduKind


@dataclass(frozen=True, slots=True)
class SendAbort:
    """Send A-ABORT; the reason of the service-provider is what the event was about."""

    source: AbortSource


@dataclass(frozen=True, slots=True)
class Indicate:
    """Issue a primitive to the user."""

    primitive: Primitive


@dataclass(frozen=True, slots=True)
class StartArtim:
    """Start ARTIM, or start it again."""


@dataclass(frozen=True, slots=True)
class StopArtim:
    """Stop ARTIM, if it runs."""


Effect = Connect | Close | Send | SendAbort | Indicate | StartArtim | StopArtim

EFFECTS: Final[dict[Action, tuple[Effect, ...]]] = {
    Action.AE_1: (Connect(),),
    Action.AE_2: (Send(PduKind.ASSOCIATE_RQ),),
    Action.AE_3: (Indicate(Primitive.ASSOCIATE_ACCEPTED),),
    Action.AE_4: (Indicate(Primitive.ASSOCIATE_REJECTED), Close()),
    Action.AE_5: (StartArtim(),),
    Action.AE_6: (StopArtim(), Indicate(Primitive.ASSOCIATE_INDICATION)),
    Action.AE_7: (Send(PduKind.ASSOCIATE_AC),),
    Action.AE_8: (Send(PduKind.ASSOCIATE_RJ), StartArtim()),
    Action.DT_1: (Send(PduKind.P_DATA_TF),),
    Action.DT_2: (Indicate(Primitive.P_DATA_INDICATION),),
    Action.AR_1: (Send(PduKind.RELEASE_RQ),),
    Action.AR_2: (Indicate(Primitive.RELEASE_INDICATION),),
    Action.AR_3: (Indicate(Primitive.RELEASE_CONFIRMATION), Close()),
    Action.AR_4: (Send(PduKind.RELEASE_RP), StartArtim()),
    Action.AR_5: (StopArtim(),),
    Action.AR_6: (Indicate(Primitive.P_DATA_INDICATION),),
    Action.AR_7: (Send(PduKind.P_DATA_TF),),
    Action.AR_8: (Indicate(Primitive.RELEASE_INDICATION),),
    Action.AR_9: (Send(PduKind.RELEASE_RP),),
    Action.AR_10: (Indicate(Primitive.RELEASE_CONFIRMATION),),
    Action.AA_1: (SendAbort(AbortSource.USER), StartArtim()),
    Action.AA_2: (StopArtim(), Close()),
    Action.AA_3: (Indicate(Primitive.ABORT_INDICATION), Close()),
    Action.AA_4: (Indicate(Primitive.P_ABORT_INDICATION),),
    Action.AA_5: (StopArtim(),),
    Action.AA_6: (),
    Action.AA_7: (SendAbort(AbortSource.PROVIDER),),
    Action.AA_8: (
        SendAbort(AbortSource.PROVIDER),
        Indicate(Primitive.P_ABORT_INDICATION),
        StartArtim(),
    ),
}
"""What each action does (PS3.8 Tables 9-6 to 9-9), in order; of AE-6 the accepting branch."""

_REFUSAL: Final = (StopArtim(), Send(PduKind.ASSOCIATE_RJ), StartArtim())
"""The other branch of AE-6."""


class Machine:
    """Where one association stands.

    Attributes:
        state: The present state.
        deadline: When ARTIM expires, on the caller's clock; None while it is stopped.
    """

    def __init__(self, role: Role, artim: float = 30.0) -> None:
        """Start idle (Sta1); `artim` is the time of ARTIM, in seconds (PS3.8 9.1.5)."""
        self.state = State.STA1
        self.deadline: float | None = None
        self._role = role
        self._artim = artim

    def step(self, event: Event, now: float, *, acceptable: bool = True) -> tuple[Effect, ...]:
        """Take one event (PS3.8 Table 9-10).

        Args:
            event: What happened.
            now: The present time, on the caller's monotonic clock.
            acceptable: For an A-ASSOCIATE-RQ: whether the service-provider takes it (AE-6).

        Returns:
            What to do, in order. ARTIM has been seen to; its effects are for those who watch.

        Raises:
            LocalProtocolError: The cell is empty: the event cannot occur in this state. Nothing
                has changed.
        """
        action = TABLE_9_10.get((self.state, event))
        if action is None:
            raise self._refusal(event)
        effects = EFFECTS[action]
        self.state = action.next_states[0]
        if action is Action.AR_8 and self._role is Role.ACCEPTOR:
            self.state = action.next_states[1]
        elif action is Action.AE_6 and not acceptable:
            self.state = action.next_states[1]
            effects = _REFUSAL
        for effect in effects:
            if isinstance(effect, StartArtim):
                self.deadline = now + self._artim
            elif isinstance(effect, StopArtim):
                self.deadline = None
        return effects

    def allows(self, event: Event) -> bool:
        """Whether the event can occur in the present state."""
        return (self.state, event) in TABLE_9_10

    def _refusal(self, event: Event) -> LocalProtocolError:
        state = self.state
        return LocalProtocolError(
            f"{event.meaning} ({event.label}) cannot occur in {state.label}: {state.meaning}",
            state.label,
            event.meaning,
        )
