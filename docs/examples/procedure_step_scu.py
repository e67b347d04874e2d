"""MPPS SCU: tell that a step was begun and completed. Usage: procedure_step_scu.py HOST PORT."""

import sys

import russet
from russet.services.procedure_step import performed_series

ITEM = russet.Dataset(  # as the worklist gave it
    PatientName="DOE^JANE",
    PatientID="P1",
    PatientBirthDate="19700101",
    PatientSex="F",
    AccessionNumber="A1",
    StudyInstanceUID="1.2.826.0.1.3680043.8.498.1",
    RequestedProcedureID="R1",
    ScheduledProcedureStepSequence=[
        russet.Dataset(
            ScheduledProcedureStepID="STEP1", Modality="CT", ScheduledStationAETitle="CT1"
        )
    ],
)
IMAGES = [("1.2.840.10008.5.1.4.1.1.2", "1.2.826.0.1.3680043.8.498.1.1.1")]


def main() -> None:
    host, port = sys.argv[1:]
    with russet.connect(host, int(port), calling="CT1") as association:
        step = association.begin_step(ITEM)
        print(f"begun: {step.sop_instance_uid}")
        series = performed_series("1.2.826.0.1.3680043.8.498.1.1", "CHEST", IMAGES)
        print(f"completed: {step.complete([series]).status}")


if __name__ == "__main__":
    main()
