"""The upper layer state machine (PS3.8 9.2): Table 9-10 applied, ARTIM included, no bytes."""

from russet.errors import LocalProtocolError
from russet.ul.table import ACTIONS, TABLE_9_10, Effect, Event, State

__all__ = ["Machine"]


class Machine:
    """Where one association stands.

    Attributes:
        state: The present state.
        deadline: When ARTIM expires, on the caller's clock; None while it is stopped.
    """

    def __init__(self, *, requestor: bool, artim: float = 30.0) -> None:
        """Start idle (Sta1); `artim` is the time of the ARTIM timer in seconds (PS3.8 9.1.4)."""
        self.state = State.STA1
        self.deadline: float | None = None
        self._requestor = requestor
        self._artim = artim

    def step(self, event: Event, now: float, *, acceptable: bool = True) -> tuple[Effect, ...]:
        """Take one event.

        Args:
            event: What happened.
            now: The present time, on the caller's monotonic clock.
            acceptable: For an A-ASSOCIATE-RQ, whether the provider takes it (AE-6).

        Returns:
            What to do, in order; ARTIM has been seen to already.

        Raises:
            LocalProtocolError: For an event that cannot occur in the present state.
        """
        cell = TABLE_9_10.get((self.state, event))
        if cell is None:
            raise LocalProtocolError(
                f"{event.name} (Evt{event}) cannot occur in Sta{self.state}: {self.state.meaning}"
            )
        effects = ACTIONS[cell.action]
        first = self._requestor if cell.action == "AR-8" else acceptable
        if cell.action == "AE-6" and not acceptable:
            effects = ACTIONS["AE-8"]
        self.state = cell.next_state if first else cell.otherwise
        if Effect.START_ARTIM in effects:
            self.deadline = now + self._artim
        elif Effect.STOP_ARTIM in effects or self.state is State.STA1:
            self.deadline = None
        return effects
