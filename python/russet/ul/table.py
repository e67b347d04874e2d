"""The upper layer state machine as the standard tabulates it (PS3.8 9.2): data, and no more.

States are those of Tables 9-1 to 9-5, actions those of Tables 9-6 to 9-9, and `TABLE_9_10` says
which action an event leads to in which state. What an action does is in `machine`.
"""

from enum import Enum, IntEnum
from typing import Final, Self

__all__ = ["TABLE_9_10", "Action", "Event", "State"]


class _Numbered(IntEnum):
    """What the standard counts, with what it means."""

    meaning: str

    def __new__(cls, number: int, meaning: str) -> Self:
        """Give each number its meaning."""
        member = int.__new__(cls, number)
        member._value_ = number
        member.meaning = meaning
        return member


class State(_Numbered):
    """Where an association stands (PS3.8 Tables 9-1 to 9-5); `STA1` is Sta1."""

    # Table 9-1: no association
    STA1 = 1, "idle"
    # Table 9-2: association establishment
    STA2 = 2, "transport connection open, awaiting A-ASSOCIATE-RQ"
    STA3 = 3, "awaiting the local A-ASSOCIATE response"
    STA4 = 4, "awaiting the opening of the transport connection"
    STA5 = 5, "awaiting A-ASSOCIATE-AC or A-ASSOCIATE-RJ"
    # Table 9-3: data transfer
    STA6 = 6, "association established, ready for data transfer"
    # Table 9-4: association release
    STA7 = 7, "awaiting A-RELEASE-RP"
    STA8 = 8, "awaiting the local A-RELEASE response"
    STA9 = 9, "release collision, requestor: awaiting the local A-RELEASE response"
    STA10 = 10, "release collision, acceptor: awaiting A-RELEASE-RP"
    STA11 = 11, "release collision, requestor: awaiting A-RELEASE-RP"
    STA12 = 12, "release collision, acceptor: awaiting the local A-RELEASE response"
    # Table 9-5: waiting for the close
    STA13 = 13, "awaiting the close of the transport connection"

    @property
    def label(self) -> str:
        """What the standard calls it."""
        return f"Sta{self.value}"


MEANWHILE: Final = {
    State.STA1: "without an association",
    State.STA2: "before an association was asked for",
    State.STA3: "before the request for an association was answered",
    State.STA4: "before it was open",
    State.STA5: "before the request for an association was answered",
    State.STA6: "during the association",
    State.STA7: "during the release",
    State.STA8: "during the release",
    State.STA9: "during the release",
    State.STA10: "during the release",
    State.STA11: "during the release",
    State.STA12: "during the release",
    State.STA13: "after the association",
}
"""When that is, for those who do not know the states by heart."""


class Event(_Numbered):
    """What can happen to an association (PS3.8 Table 9-10); `ASSOCIATE_REQUEST` is Evt1."""

    ASSOCIATE_REQUEST = 1, "A-ASSOCIATE request"
    TRANSPORT_CONFIRM = 2, "transport connection confirmation"
    ASSOCIATE_AC = 3, "A-ASSOCIATE-AC"
    ASSOCIATE_RJ = 4, "A-ASSOCIATE-RJ"
    TRANSPORT_INDICATION = 5, "transport connection indication"
    ASSOCIATE_RQ = 6, "A-ASSOCIATE-RQ"
    LOCAL_ACCEPT = 7, "A-ASSOCIATE response (accept)"
    LOCAL_REJECT = 8, "A-ASSOCIATE response (reject)"
    P_DATA_REQUEST = 9, "P-DATA request"
    P_DATA_TF = 10, "P-DATA-TF"
    RELEASE_REQUEST = 11, "A-RELEASE request"
    RELEASE_RQ = 12, "A-RELEASE-RQ"
    RELEASE_RP = 13, "A-RELEASE-RP"
    RELEASE_RESPONSE = 14, "A-RELEASE response"
    ABORT_REQUEST = 15, "A-ABORT request"
    ABORT = 16, "A-ABORT"
    TRANSPORT_CLOSED = 17, "transport connection closed"
    ARTIM_EXPIRED = 18, "ARTIM timer expired"
    INVALID_PDU = 19, "unrecognized or invalid PDU"

    @property
    def label(self) -> str:
        """What the standard calls it."""
        return f"Evt{self.value}"


class Action(Enum):
    """What to do about an event (PS3.8 Tables 9-6 to 9-9); `AE_1` is AE-1.

    Attributes:
        label: What the standard calls it.
        description: The sentence of the table.
        next_states: The state after it; where the action chooses (AE-6, AR-8), both, the one of
            an acceptable request, or of the association requestor, first.
    """

    label: str
    description: str
    next_states: tuple[State, ...]

    def __init__(self, label: str, description: str, *next_states: State) -> None:
        """Take the three columns of the table."""
        self.label = label
        self.description = description
        self.next_states = next_states

    # Table 9-6: associate establishment
    AE_1 = "AE-1", "issue a transport connect request", State.STA4
    AE_2 = "AE-2", "send A-ASSOCIATE-RQ", State.STA5
    AE_3 = "AE-3", "issue an A-ASSOCIATE confirmation (accept)", State.STA6
    AE_4 = "AE-4", "issue an A-ASSOCIATE confirmation (reject), close the transport", State.STA1
    AE_5 = "AE-5", "issue a transport connection response, start ARTIM", State.STA2
    AE_6 = (
        "AE-6",
        "stop ARTIM; indicate the A-ASSOCIATE, or else send A-ASSOCIATE-RJ and start ARTIM",
        State.STA3,
        State.STA13,
    )
    AE_7 = "AE-7", "send A-ASSOCIATE-AC", State.STA6
    AE_8 = "AE-8", "send A-ASSOCIATE-RJ, start ARTIM", State.STA13
    # Table 9-7: data transfer
    DT_1 = "DT-1", "send P-DATA-TF", State.STA6
    DT_2 = "DT-2", "issue a P-DATA indication", State.STA6
    # Table 9-8: associate release
    AR_1 = "AR-1", "send A-RELEASE-RQ", State.STA7
    AR_2 = "AR-2", "issue an A-RELEASE indication", State.STA8
    AR_3 = "AR-3", "issue an A-RELEASE confirmation, close the transport", State.STA1
    AR_4 = "AR-4", "send A-RELEASE-RP, start ARTIM", State.STA13
    AR_5 = "AR-5", "stop ARTIM", State.STA1
    AR_6 = "AR-6", "issue a P-DATA indication", State.STA7
    AR_7 = "AR-7", "send P-DATA-TF", State.STA8
    AR_8 = "AR-8", "issue an A-RELEASE indication (collision)", State.STA9, State.STA10
    AR_9 = "AR-9", "send A-RELEASE-RP", State.STA11
    AR_10 = "AR-10", "issue an A-RELEASE confirmation", State.STA12
    # Table 9-9: associate abort
    AA_1 = "AA-1", "send A-ABORT (service-user), start ARTIM or start it again", State.STA13
    AA_2 = "AA-2", "stop ARTIM if it runs, close the transport", State.STA1
    AA_3 = "AA-3", "issue an A-ABORT or A-P-ABORT indication, close the transport", State.STA1
    AA_4 = "AA-4", "issue an A-P-ABORT indication", State.STA1
    AA_5 = "AA-5", "stop ARTIM", State.STA1
    AA_6 = "AA-6", "ignore the PDU", State.STA13
    AA_7 = "AA-7", "send A-ABORT", State.STA13
    AA_8 = (
        "AA-8",
        "send A-ABORT (service-provider), issue an A-P-ABORT indication, start ARTIM",
        State.STA13,
    )


# Columns are states, rows are events; a dot is an empty cell: the event cannot occur there.
_TABLE_9_10: Final = """
          1     2     3     4     5     6     7     8     9     10    11    12    13
    Evt1  AE-1  .     .     .     .     .     .     .     .     .     .     .     .
    Evt2  .     .     .     AE-2  .     .     .     .     .     .     .     .     .
    Evt3  .     AA-1  AA-8  .     AE-3  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-6
    Evt4  .     AA-1  AA-8  .     AE-4  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-6
    Evt5  AE-5  .     .     .     .     .     .     .     .     .     .     .     .
    Evt6  .     AE-6  AA-8  .     AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-7
    Evt7  .     .     AE-7  .     .     .     .     .     .     .     .     .     .
    Evt8  .     .     AE-8  .     .     .     .     .     .     .     .     .     .
    Evt9  .     .     .     .     .     DT-1  .     AR-7  .     .     .     .     .
    Evt10 .     AA-1  AA-8  .     AA-8  DT-2  AR-6  AA-8  AA-8  AA-8  AA-8  AA-8  AA-6
    Evt11 .     .     .     .     .     AR-1  .     .     .     .     .     .     .
    Evt12 .     AA-1  AA-8  .     AA-8  AR-2  AR-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-6
    Evt13 .     AA-1  AA-8  .     AA-8  AA-8  AR-3  AA-8  AA-8  AR-10 AR-3  AA-8  AA-6
    Evt14 .     .     .     .     .     .     .     AR-4  AR-9  .     .     AR-4  .
    Evt15 .     .     AA-1  AA-2  AA-1  AA-1  AA-1  AA-1  AA-1  AA-1  AA-1  AA-1  .
    Evt16 .     AA-2  AA-3  .     AA-3  AA-3  AA-3  AA-3  AA-3  AA-3  AA-3  AA-3  AA-2
    Evt17 .     AA-5  AA-4  AA-4  AA-4  AA-4  AA-4  AA-4  AA-4  AA-4  AA-4  AA-4  AR-5
    Evt18 .     AA-2  .     .     .     .     .     .     .     .     .     .     AA-2
    Evt19 .     AA-1  AA-8  .     AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-8  AA-7
"""


def _cells(table: str) -> dict[tuple[State, Event], Action]:
    """Read the filled cells of Table 9-10."""
    head, *rows = table.strip().splitlines()
    states = {f"{state.value}": state for state in State}
    events = {event.label: event for event in Event}
    actions = {action.label: action for action in Action}
    cells = {}
    for row in rows:
        label, *names = row.split()
        for number, name in zip(head.split(), names, strict=True):
            if name != ".":
                cells[states[number], events[label]] = actions[name]
    return cells


TABLE_9_10: Final = _cells(_TABLE_9_10)
"""The action for a state and an event; no entry where the standard's cell is empty."""
