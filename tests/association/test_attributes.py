"""Tables of attributes: what is missing, what is empty, what is not allowed (PS3.4 5.4)."""

import pytest

from russet import codec
from russet.association.attributes import AttributeTable
from russet.data import Dataset

TABLE = AttributeTable("""
keyword                  create  set
PatientName              2       -
PatientID                1       -
PerformedSeriesSequence  2       3
>SeriesInstanceUID       1       1
>OperatorsName           2       3
>ReferencedImageSequence 3       3
>>ReferencedSOPClassUID  1       3
StudyID                  3       3
""")

SERIES = {"SeriesInstanceUID": "1.2", "OperatorsName": None}


def tags(*keywords: str) -> list[int]:
    return [codec.tag_of(keyword) or 0 for keyword in keywords]


def step(**changes: object) -> Dataset:
    elements = {"PatientName": None, "PatientID": "1", "PerformedSeriesSequence": [], **changes}
    return Dataset({name: value for name, value in elements.items() if value != "gone"})


@pytest.mark.parametrize(
    ("dataset", "missing", "empty"),
    [
        (step(), [], []),
        (step(PatientID=""), [], ["PatientID"]),
        (step(PatientID="gone"), ["PatientID"], []),
        (step(PatientName="gone", PatientID=None), ["PatientName"], ["PatientID"]),
        (step(PerformedSeriesSequence=[Dataset(SERIES)]), [], []),
        (step(PerformedSeriesSequence=[Dataset()]), ["SeriesInstanceUID", "OperatorsName"], []),
        (
            step(PerformedSeriesSequence=[Dataset({**SERIES, "SeriesInstanceUID": ""})] * 2),
            [],
            ["SeriesInstanceUID"],
        ),
        (
            step(
                PerformedSeriesSequence=[Dataset(SERIES, ReferencedImageSequence=[Dataset()])],
            ),
            ["ReferencedSOPClassUID"],
            [],
        ),
    ],
)
def test_what_is_missing_and_what_is_empty(
    dataset: Dataset, missing: list[str], empty: list[str]
) -> None:
    lacking = TABLE.lacking(dataset, "create")
    assert (lacking.missing, lacking.empty) == (tags(*missing), tags(*empty))


def test_what_may_be_empty_may_also_be_absent_unless_one_is_strict() -> None:
    dataset = step(PatientName="gone", PerformedSeriesSequence=[Dataset(SeriesInstanceUID="1.2")])
    assert TABLE.lacking(dataset, "create").missing == tags("PatientName", "OperatorsName")
    assert TABLE.lacking(dataset, "create", strict=False).missing == []


def test_what_is_not_allowed() -> None:
    assert TABLE.not_allowed(step(StudyID="1"), "set") == tags("PatientName", "PatientID")
    assert TABLE.not_allowed(step(), "create") == []
