"""Worklist SCP: what is to be done, from a list of items. Usage: worklist_scp.py [PORT]."""

import sys
import threading
from collections.abc import Iterator
from contextlib import suppress

import russet
from russet.data.matching import select
from russet.services.query import FindRequest


def item(number: int, name: str, modality: str, time: str) -> russet.Dataset:
    """A worklist item (PS3.4 K.6): one scheduled procedure step of one requested procedure."""
    step = russet.Dataset(
        ScheduledStationAETitle="SCANNER",
        ScheduledProcedureStepStartDate="20261128",
        ScheduledProcedureStepStartTime=time,
        Modality=modality,
        ScheduledProcedureStepID=f"STEP{number}",
        ScheduledProcedureStepDescription=f"{modality} CHEST",
    )
    return russet.Dataset(
        PatientName=name,
        PatientID=f"P{number}",
        AccessionNumber=f"A{number}",
        RequestedProcedureID=f"R{number}",
        StudyInstanceUID=f"1.2.826.0.1.3680043.8.498.{number}",
        ScheduledProcedureStepSequence=[step],
    )


ITEMS = [
    item(1, "DOE^JANE", "CT", "090000"),
    item(2, "DOE^JOHN", "MR", "093000"),
    item(3, "ROE^RICHARD", "CT", "100000"),
]


def worklist(request: FindRequest) -> Iterator[russet.Dataset]:
    """Give the items that match; the engine knows ranges, wild cards, sequences, character sets."""
    return select(request.identifier, ITEMS)


def main() -> None:
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 11112
    with (
        suppress(KeyboardInterrupt),
        russet.serve(port, handlers={"worklist": worklist}) as receiver,
    ):
        print(f"{len(ITEMS)} items, port {receiver.port}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
