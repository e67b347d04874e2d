"""Dates with their times, and time zones, in queries (PS3.4 C.2.2.2.5)."""

from datetime import UTC, date, time, timedelta, timezone

import pytest

from russet.data import Dataset, read_dataset
from russet.data.matching import Query

EXPLICIT = "1.2.840.10008.1.2.1"
CENTRAL_EUROPE = timezone(timedelta(hours=1))


def study(day: str, time: str, **more: str) -> Dataset:
    return Dataset(StudyDate=day, StudyTime=time, **more)


@pytest.mark.parametrize(
    ("day", "time", "combined", "apart"),
    [
        ("20260705", "1000", True, True),
        ("20260705", "0959", False, False),
        ("20260706", "0300", True, False),
        ("20260706", "1200", True, True),
        ("20260707", "180059", True, True),
        ("20260707", "1801", False, False),
        ("20260708", "1200", False, False),
        ("20260706", "", True, True),
        ("", "1200", True, True),
    ],
)
def test_ranges_of_date_and_time_are_one_range_if_that_was_negotiated(
    day: str, time: str, combined: bool, apart: bool
) -> None:
    identifier = study("20260705-20260707", "1000-1800")
    for is_combined, expected in ((True, combined), (False, apart)):
        query = Query(identifier, combined_datetime=is_combined, universal_unknown=True)
        for source in (study(day, time), {"StudyDate": day, "StudyTime": time}):
            assert query.matches(source) is expected


@pytest.mark.parametrize(
    ("days", "times", "inside", "outside"),
    [
        ("20260705-", "1000-", ("20260706", "0100"), ("20260705", "0900")),
        ("-20260705", "-1000", ("20260704", "2300"), ("20260705", "1100")),
        ("20260705-", "1000-1200", ("20261231", "2359"), ("20260705", "0959")),
        ("20260705-20260706", "1000-", ("20260706", "2359"), ("20260707", "0000")),
    ],
)
def test_one_range_of_both_may_be_open(
    days: str, times: str, inside: tuple[str, str], outside: tuple[str, str]
) -> None:
    query = Query(study(days, times), combined_datetime=True)
    assert [query.matches(study(*one)) for one in (inside, outside)] == [True, False]


def test_a_single_day_and_a_range_of_times_stay_apart() -> None:
    query = Query(study("20260705", "1000-1800"), combined_datetime=True)
    found = [query.matches(study("20260705", time)) for time in ("1200", "1900")]
    assert found == [True, False]


def test_the_start_of_a_scheduled_step_is_always_one_range() -> None:
    """PS3.4 K.6.1.2.2."""

    def step(day: str, time: str) -> Dataset:
        start = Dataset(ScheduledProcedureStepStartDate=day, ScheduledProcedureStepStartTime=time)
        return Dataset(ScheduledProcedureStepSequence=[start])

    query = Query(step("20260705-20260707", "1000-1800"))
    found = [query.matches(step("20260706", time)) for time in ("0300", "1200")]
    assert found == [True, True]
    assert not query.matches(step("20260705", "0300"))
    assert not query.matches(step("20260706", "")), "what is unknown matches nothing here"


@pytest.mark.parametrize(
    ("day", "time", "offset", "expected"),
    [
        ("20260104", "2330", "+0000", True),
        ("20260104", "2230", "+0000", False),
        ("20260105", "0030", "+0100", True),
        ("20260105", "2330", "+0000", False),
        ("20260105", "2330", "", True),
        ("20260105", "", "+0000", True),
    ],
)
@pytest.mark.parametrize("key", [("20260105", ""), ("20260105-20260105", "0000-2359")])
def test_dates_are_matched_in_the_time_zone_of_the_query(
    key: tuple[str, str], day: str, time: str, offset: str, expected: bool
) -> None:
    identifier = study(*key, TimezoneOffsetFromUTC="+0100", QueryRetrieveLevel="STUDY")
    source = study(day, time)
    if offset:
        source.TimezoneOffsetFromUTC = offset
    read = read_dataset(source.encode(), EXPLICIT)
    query = Query(identifier)
    assert [query.matches(one) for one in (source, read)] == [expected] * 2


def test_times_are_matched_in_the_time_zone_of_the_query() -> None:
    query = Query(Dataset(StudyTime="0000-0100", TimezoneOffsetFromUTC="+0100"))
    for clock, expected in (("2330", True), ("0030", False)):
        source = study("20260104", clock, TimezoneOffsetFromUTC="+0000")
        assert query.matches(source) is expected


def test_data_sets_without_time_zone_are_in_that_of_the_caller() -> None:
    identifier = Dataset(StudyDate="20260105", TimezoneOffsetFromUTC="+0000")
    source = study("20260106", "0030")
    assert not Query(identifier).matches(source)
    assert Query(identifier, timezone=CENTRAL_EUROPE).matches(source)


def test_a_response_is_in_the_time_zone_of_the_query() -> None:
    identifier = study("", "", AcquisitionDateTime="", TimezoneOffsetFromUTC="+0100")
    source = study("20260104", "233015.25", TimezoneOffsetFromUTC="+0000")
    source.AcquisitionDateTime = "20260104233015"
    response = Query(identifier).response(source)
    assert (response.StudyDate, response.StudyTime) == ("20260105", "003015.25")
    assert response.AcquisitionDateTime == "20260104233015+0000"
    assert response.TimezoneOffsetFromUTC == "+0100"


def test_dates_and_times_of_python_are_as_good_as_text() -> None:
    row = {"StudyDate": date(2026, 1, 4), "StudyTime": time(23, 30)}
    identifier = study("20260105", "0000-0100", TimezoneOffsetFromUTC="+0100")
    query = Query(identifier, timezone=UTC)
    assert query.matches(row)
    response = query.response(row)
    assert (response.StudyDate, response.StudyTime) == ("20260105", "003000")
    assert Query(study("20260104-20260104", "23-")).matches(row)


def test_a_response_in_no_known_time_zone_names_none() -> None:
    """PS3.4 C.4.1.1.3.2: it is never of zero length."""
    identifier = study("", "", TimezoneOffsetFromUTC="+0100")
    response = Query(identifier).response(study("20260104", "2330"))
    assert "TimezoneOffsetFromUTC" not in response
    assert response.StudyDate == "20260104"


def test_items_are_in_the_time_zone_of_their_data_set() -> None:
    def step(day: str, time: str) -> list[Dataset]:
        return [Dataset(ScheduledProcedureStepStartDate=day, ScheduledProcedureStepStartTime=time)]

    identifier = Dataset(
        TimezoneOffsetFromUTC="+0100", ScheduledProcedureStepSequence=step("20260105", "")
    )
    source = Dataset(
        TimezoneOffsetFromUTC="+0000", ScheduledProcedureStepSequence=step("20260104", "2330")
    )
    query = Query(identifier)
    assert query.matches(source)
    (item,) = query.response(source).ScheduledProcedureStepSequence
    assert item.ScheduledProcedureStepStartDate == "20260105"
    assert item.ScheduledProcedureStepStartTime == "0030"


def test_items_that_are_answered_whole_are_in_the_time_zone_of_the_query() -> None:
    step = Dataset(ScheduledProcedureStepStartDate="20260104")
    step.ScheduledProcedureStepStartTime = "2330"
    source = Dataset(
        TimezoneOffsetFromUTC="+0000",
        ScheduledProcedureStepSequence=[Dataset(ScheduledProcedureStepSequence=[step])],
    )
    identifier = Dataset(TimezoneOffsetFromUTC="+0100", ScheduledProcedureStepSequence=[])
    response = Query(identifier).response(read_dataset(source.encode(), EXPLICIT))
    (inner,) = response.ScheduledProcedureStepSequence[0].ScheduledProcedureStepSequence
    assert inner.ScheduledProcedureStepStartDate == "20260105"
    assert inner.ScheduledProcedureStepStartTime == "0030"


@pytest.mark.parametrize(
    ("offset", "local", "expected"),
    [("+0100", None, True), ("", CENTRAL_EUROPE, True), ("", None, False), ("+0000", None, False)],
)
def test_a_date_time_without_offset_is_where_its_data_set_is(
    offset: str, local: timezone | None, expected: bool
) -> None:
    query = Query(Dataset(AcquisitionDateTime="20260105110000+0000"), timezone=local)
    source = Dataset(AcquisitionDateTime="20260105120000")
    if offset:
        source.TimezoneOffsetFromUTC = offset
    assert query.matches(source) is expected


def test_a_time_zone_that_is_none_is_ignored_with_a_warning() -> None:
    query = Query(Dataset(StudyDate="20260105", TimezoneOffsetFromUTC="CET"))
    assert query.matches(study("20260105", "1200", TimezoneOffsetFromUTC="+0000"))
    assert [tag for _what, tag in query.warnings] == [0x0008_0201]


def test_what_no_calendar_can_hold_stays_as_it_is() -> None:
    identifier = study("99991231", "", TimezoneOffsetFromUTC="+1400")
    source = study("99991231", "2330", TimezoneOffsetFromUTC="-1200")
    query = Query(identifier)
    assert query.matches(source)
    assert query.response(source).StudyDate == "99991231"
