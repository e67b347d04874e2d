"""Worklist SCU: the steps of one modality. Usage: worklist_scu.py HOST PORT MODALITY."""

import sys

import russet


def main() -> None:
    host, port, modality = sys.argv[1:]
    step = russet.Dataset(
        Modality=modality,
        ScheduledProcedureStepStartDate="20261101-20261231",
        ScheduledProcedureStepStartTime="",
        ScheduledProcedureStepID="",
    )
    keys = russet.Dataset(
        PatientName="", PatientID="", StudyInstanceUID="", ScheduledProcedureStepSequence=[step]
    )
    with russet.connect(host, int(port)) as association:
        for item in association.find(keys, model="worklist"):
            (found,) = item.ScheduledProcedureStepSequence
            print(f"{found.ScheduledProcedureStepStartTime} {found.Modality} {item.PatientName}")


if __name__ == "__main__":
    main()
