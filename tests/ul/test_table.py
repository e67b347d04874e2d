"""All cells of Table 9-10, for both roles, against another reading of the standard."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Final, cast

import pytest

from russet.errors import LocalProtocolError
from russet.ul.machine import (
    EFFECTS,
    AbortSource,
    Close,
    Connect,
    Effect,
    Indicate,
    Machine,
    PduKind,
    Role,
    Send,
    SendAbort,
    StartArtim,
    StopArtim,
)
from russet.ul.table import TABLE_9_10, Action, Event, State

FSM: Final = Path(__file__).resolve().parents[3] / "shared" / "standard" / "fsm.json"
NOW: Final = 1000.0
ARTIM: Final = 20.0


@cache
def standard() -> dict[str, dict[str, list[str]]]:
    """The filled cells, {state: {event: [action, next state or "one|other"]}}."""
    if not FSM.exists():
        missing = f"{FSM} is missing: there is nothing to compare Table 9-10 with"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    cells = json.loads(FSM.read_text(encoding="utf-8"))
    return cast(
        "dict[str, dict[str, list[str]]]",
        {state: row for state, row in cells.items() if not state.startswith("_")},
    )


def expected(state: State, event: Event, role: Role) -> tuple[str, str] | None:
    """Action and next state for an acceptable request; None for an empty cell."""
    cell = standard()[state.label].get(event.label)
    if cell is None:
        return None
    action, following = cell
    if action == "AR-8":
        return action, following.split("|")[role is Role.ACCEPTOR]
    return action, following.split("|")[0]


def machine_in(state: State, role: Role) -> Machine:
    machine = Machine(role, ARTIM)
    machine.state = state
    return machine


def test_the_standard_and_the_table_have_the_same_filled_cells() -> None:
    filled = {(state, event) for state, row in standard().items() for event in row}
    assert filled == {(state.label, event.label) for state, event in TABLE_9_10}
    assert (len(State), len(Event), len(Action), len(filled)) == (13, 19, 28, 123)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("event", Event)
@pytest.mark.parametrize("state", State)
def test_each_cell_leads_where_the_standard_says(state: State, event: Event, role: Role) -> None:
    machine = machine_in(state, role)
    wanted = expected(state, event, role)
    if wanted is None:
        with pytest.raises(LocalProtocolError) as caught:
            machine.step(event, NOW)
        assert (caught.value.state, caught.value.primitive) == (state.label, event.meaning)
        assert (machine.state, machine.deadline) == (state, None)
        assert not machine.allows(event)
        return
    assert machine.allows(event)
    assert machine.step(event, NOW) == EFFECTS[TABLE_9_10[state, event]]
    assert (TABLE_9_10[state, event].label, machine.state.label) == wanted


def test_a_request_that_the_provider_refuses_takes_the_other_branch_of_ae_6() -> None:
    machine = machine_in(State.STA2, Role.ACCEPTOR)
    effects = machine.step(Event.ASSOCIATE_RQ, NOW, acceptable=False)
    assert effects == (StopArtim(), Send(PduKind.ASSOCIATE_RJ), StartArtim())
    assert machine.state.label == standard()["Sta2"]["Evt6"][1].split("|")[1]


@pytest.mark.parametrize("action", Action)
def test_each_action_does_what_its_sentence_says(action: Action) -> None:
    said = action.description
    if action is Action.AE_6:
        said, _, _ = said.partition(", or else")  # The refusal has a test of its own.
    done = EFFECTS[action]
    assert (Connect() in done) == ("transport connect request" in said)
    assert (Close() in done) == ("close the transport" in said)
    assert (StartArtim() in done) == ("start ARTIM" in said)
    assert (StopArtim() in done) == (said.startswith("stop ARTIM"))
    told = ("issue an A", "issue a P", "indicate the A")
    assert any(isinstance(each, Indicate) for each in done) == any(each in said for each in told)
    assert sent(done) == [word.strip(",") for word in said.split() if f"send {word}" in said]


def sent(effects: tuple[Effect, ...]) -> list[str]:
    pdus = [each.pdu.name.replace("_", "-") for each in effects if isinstance(each, Send)]
    pdus = [name if name == "P-DATA-TF" else f"A-{name}" for name in pdus]
    return pdus + ["A-ABORT" for each in effects if isinstance(each, SendAbort)]


@pytest.mark.parametrize(
    ("action", "source"),
    [
        (Action.AA_1, AbortSource.USER),
        (Action.AA_7, AbortSource.PROVIDER),
        (Action.AA_8, AbortSource.PROVIDER),
    ],
)
def test_an_abort_names_who_aborts(action: Action, source: AbortSource) -> None:
    assert SendAbort(source) in EFFECTS[action]
