"""Query/Retrieve SCU: studies, series, files. Usage: query_retrieve_scu.py HOST PORT NAME."""

import sys

import russet


def main() -> None:
    host, port, name = sys.argv[1:]
    with russet.connect(host, int(port), called="ANY-SCP", calling="EXAMPLE") as association:
        for study in association.find(PatientName=name, StudyInstanceUID="", StudyDate=""):
            print(f"{study.PatientName} {study.get('StudyDate')} {study.StudyInstanceUID}")
            uid = study.StudyInstanceUID
            keys = {"StudyInstanceUID": uid, "SeriesInstanceUID": "", "Modality": ""}
            for series in association.find(keys, level="SERIES"):
                print(f"    {series.Modality} {series.SeriesInstanceUID}")
            # Each response tells how far it is: .completed, .remaining, .failed.
            *_, last = association.get("fetched", StudyInstanceUID=uid)
            print(f"    {last.completed} instances: {last.status}")


if __name__ == "__main__":
    main()
