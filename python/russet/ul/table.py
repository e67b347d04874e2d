"""PS3.8 Tables 9-1 to 9-10 as data: states, events, actions, and what happens when."""

from enum import Enum, IntEnum
from typing import Final, NamedTuple, Self

__all__ = ["ACTIONS", "TABLE_9_10", "Cell", "Effect", "Event", "State"]


class State(IntEnum):
    """The states of PS3.8 Tables 9-1 to 9-5, by the standard's names."""

    meaning: str

    def __new__(cls, number: int, meaning: str) -> Self:
        """Give each number its meaning."""
        state = int.__new__(cls, number)
        state._value_ = number
        state.meaning = meaning
        return state

    STA1 = 1, "idle"
    STA2 = 2, "transport connected, awaiting A-ASSOCIATE-RQ"
    STA3 = 3, "awaiting the local A-ASSOCIATE response"
    STA4 = 4, "awaiting the transport connection"
    STA5 = 5, "awaiting A-ASSOCIATE-AC or -RJ"
    STA6 = 6, "established"
    STA7 = 7, "awaiting A-RELEASE-RP"
    STA8 = 8, "awaiting the local A-RELEASE response"
    STA9 = 9, "collision, requestor: awaiting the local A-RELEASE response"
    STA10 = 10, "collision, acceptor: awaiting A-RELEASE-RP"
    STA11 = 11, "collision, requestor: awaiting A-RELEASE-RP"
    STA12 = 12, "collision, acceptor: awaiting the local A-RELEASE response"
    STA13 = 13, "awaiting the close of the transport"


class Event(IntEnum):
    """The events of PS3.8 Table 9-10; Evt1 is 1."""

    ASSOCIATE_REQUEST = 1
    TRANSPORT_CONFIRM = 2
    ASSOCIATE_AC = 3
    ASSOCIATE_RJ = 4
    TRANSPORT_INDICATION = 5
    ASSOCIATE_RQ = 6
    LOCAL_ACCEPT = 7
    LOCAL_REJECT = 8
    P_DATA_REQUEST = 9
    P_DATA_TF = 10
    RELEASE_REQUEST = 11
    RELEASE_RQ = 12
    RELEASE_RP = 13
    RELEASE_RESPONSE = 14
    ABORT_REQUEST = 15
    ABORT = 16
    TRANSPORT_CLOSED = 17
    ARTIM_EXPIRED = 18
    INVALID_PDU = 19


class Effect(Enum):
    """What an action consists of; the tables' sentences are made of these."""

    CONNECT = "issue a transport connect request"
    SEND = "send the PDU of the primitive"
    SEND_USER_ABORT = "send an A-ABORT with source 0, the service-user"
    SEND_PROVIDER_ABORT = "send an A-ABORT with source 2, the service-provider"
    INDICATE = "issue the indication or confirmation primitive of the event"
    INDICATE_ABORT = "issue an A-P-ABORT indication"
    START_ARTIM = "start ARTIM, again if it runs"
    STOP_ARTIM = "stop ARTIM if it runs"
    CLOSE = "close the transport connection"


# PS3.8 Tables 9-6 (AE), 9-7 (DT), 9-8 (AR) and 9-9 (AA).
ACTIONS: Final[dict[str, tuple[Effect, ...]]] = {
    "AE-1": (Effect.CONNECT,),
    "AE-2": (Effect.SEND,),
    "AE-3": (Effect.INDICATE,),
    "AE-4": (Effect.INDICATE, Effect.CLOSE),
    "AE-5": (Effect.START_ARTIM,),
    "AE-6": (Effect.STOP_ARTIM, Effect.INDICATE),
    "AE-7": (Effect.SEND,),
    "AE-8": (Effect.SEND, Effect.START_ARTIM),
    "DT-1": (Effect.SEND,),
    "DT-2": (Effect.INDICATE,),
    "AR-1": (Effect.SEND,),
    "AR-2": (Effect.INDICATE,),
    "AR-3": (Effect.INDICATE, Effect.CLOSE),
    "AR-4": (Effect.SEND, Effect.START_ARTIM),
    "AR-5": (Effect.STOP_ARTIM,),
    "AR-6": (Effect.INDICATE,),
    "AR-7": (Effect.SEND,),
    "AR-8": (Effect.INDICATE,),
    "AR-9": (Effect.SEND,),
    "AR-10": (Effect.INDICATE,),
    "AA-1": (Effect.SEND_USER_ABORT, Effect.START_ARTIM),
    "AA-2": (Effect.STOP_ARTIM, Effect.CLOSE),
    "AA-3": (Effect.INDICATE, Effect.CLOSE),
    "AA-4": (Effect.INDICATE_ABORT,),
    "AA-5": (Effect.STOP_ARTIM,),
    "AA-6": (),
    "AA-7": (Effect.SEND_PROVIDER_ABORT,),
    "AA-8": (Effect.SEND_PROVIDER_ABORT, Effect.INDICATE_ABORT, Effect.START_ARTIM),
}

# PS3.8 Table 9-10: action>next state; a dot where the event cannot occur. The action chooses
# between two states: AE-6 the first when it takes the request, AR-8 the first on the side that
# requested the association.
_TABLE_9_10: Final = """
       1      2         3       4      5       6       7          8       9       10       11      12      13
Evt1   AE-1>4 .         .       .      .       .       .          .       .       .        .       .       .
Evt2   .      .         .       AE-2>5 .       .       .          .       .       .        .       .       .
Evt3   .      AA-1>13   AA-8>13 .      AE-3>6  AA-8>13 AA-8>13    AA-8>13 AA-8>13 AA-8>13  AA-8>13 AA-8>13 AA-6>13
Evt4   .      AA-1>13   AA-8>13 .      AE-4>1  AA-8>13 AA-8>13    AA-8>13 AA-8>13 AA-8>13  AA-8>13 AA-8>13 AA-6>13
Evt5   AE-5>2 .         .       .      .       .       .          .       .       .        .       .       .
Evt6   .      AE-6>3/13 AA-8>13 .      AA-8>13 AA-8>13 AA-8>13    AA-8>13 AA-8>13 AA-8>13  AA-8>13 AA-8>13 AA-7>13
Evt7   .      .         AE-7>6  .      .       .       .          .       .       .        .       .       .
Evt8   .      .         AE-8>13 .      .       .       .          .       .       .        .       .       .
Evt9   .      .         .       .      .       DT-1>6  .          AR-7>8  .       .        .       .       .
Evt10  .      AA-1>13   AA-8>13 .      AA-8>13 DT-2>6  AR-6>7     AA-8>13 AA-8>13 AA-8>13  AA-8>13 AA-8>13 AA-6>13
Evt11  .      .         .       .      .       AR-1>7  .          .       .       .        .       .       .
Evt12  .      AA-1>13   AA-8>13 .      AA-8>13 AR-2>8  AR-8>9/10  AA-8>13 AA-8>13 AA-8>13  AA-8>13 AA-8>13 AA-6>13
Evt13  .      AA-1>13   AA-8>13 .      AA-8>13 AA-8>13 AR-3>1     AA-8>13 AA-8>13 AR-10>12 AR-3>1  AA-8>13 AA-6>13
Evt14  .      .         .       .      .       .       .          AR-4>13 AR-9>11 .        .       AR-4>13 .
Evt15  .      .         AA-1>13 AA-2>1 AA-1>13 AA-1>13 AA-1>13    AA-1>13 AA-1>13 AA-1>13  AA-1>13 AA-1>13 .
Evt16  .      AA-2>1    AA-3>1  .      AA-3>1  AA-3>1  AA-3>1     AA-3>1  AA-3>1  AA-3>1   AA-3>1  AA-3>1  AA-2>1
Evt17  .      AA-5>1    AA-4>1  AA-4>1 AA-4>1  AA-4>1  AA-4>1     AA-4>1  AA-4>1  AA-4>1   AA-4>1  AA-4>1  AR-5>1
Evt18  .      AA-2>1    .       .      .       .       .          .       .       .        .       .       AA-2>1
Evt19  .      AA-1>13   AA-8>13 .      AA-8>13 AA-8>13 AA-8>13    AA-8>13 AA-8>13 AA-8>13  AA-8>13 AA-8>13 AA-7>13
"""


class Cell(NamedTuple):
    """One filled cell of Table 9-10.

    Attributes:
        action: The name of the action.
        next_state: The state after it.
        otherwise: The other state, where the action chooses between two; else the same.
    """

    action: str
    next_state: State
    otherwise: State


def _cells() -> dict[tuple[State, Event], Cell]:
    _, columns, *rows = _TABLE_9_10.splitlines()
    states = [State(int(number)) for number in columns.split()]
    found = {}
    for row in rows:
        name, *cells = row.split()
        for state, cell in zip(states, cells, strict=True):
            if cell != ".":
                action, _, targets = cell.partition(">")
                first, _, second = targets.partition("/")
                found[state, Event(int(name[3:]))] = Cell(
                    action, State(int(first)), State(int(second or first))
                )
    return found


TABLE_9_10: Final = _cells()
