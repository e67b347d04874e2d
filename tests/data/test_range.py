"""Ranges: from one moment to another, both included."""

import datetime
from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from russet.data import Date, DateTime, Range, Time


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("20260101-20260131", ["20260101", "20260131"], ["20251231", "20260201"]),
        ("20260101 - 20260131", ["20260115"], ["20260201"]),
        ("202601-202602", ["20260101", "20260228"], ["20251231", "20260301"]),
        ("-20260131", ["19000101", "20260131"], ["20260201"]),
        ("20260101-", ["20260101", "99991231"], ["20251231"]),
        ("20260101", ["20260101", "2026"], ["20260102"]),
    ],
)
def test_both_ends_of_a_range_of_dates_are_in_it(
    text: str, inside: list[str], outside: list[str]
) -> None:
    found = Range.parse(text, Date)
    assert [found.contains(Date.parse(day)) for day in inside] == [True] * len(inside)
    assert [found.contains(Date.parse(day)) for day in outside] == [False] * len(outside)


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("10-12", ["10", "125959.999999"], ["0959", "13"]),
        ("-1200", ["00", "120059"], ["1201"]),
        ("235959-", ["235959.5", "235960"], ["2358", "00"]),
        ("12", ["1230", "125959.5"], ["13"]),
    ],
)
def test_an_hour_lasts_until_the_next(text: str, inside: list[str], outside: list[str]) -> None:
    found = Range.parse(text, Time)
    assert [found.contains(Time.parse(hour)) for hour in inside] == [True] * len(inside)
    assert [found.contains(Time.parse(hour)) for hour in outside] == [False] * len(outside)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("20260101-0500-20260201-0500", "20260101-0500", "20260201-0500"),
        ("20260101-20260201-0500", "20260101", "20260201-0500"),
        ("20260101-0500-20260201", "20260101-0500", "20260201"),
        ("20260101-0500-20260201+0100", "20260101-0500", "20260201+0100"),
        ("-20260101-0500", None, "20260101-0500"),
        ("20260101-0500-", "20260101-0500", None),
        ("20260101-0500", "20260101-0500", "20260101-0500"),
        ("2025-2026", "2025", "2026"),
        ("1000-1100", "1000", "1100"),
        ("1000-1100-0100", "1000", "1100-0100"),
    ],
)
def test_the_hyphen_of_an_offset_is_not_that_of_a_range(
    text: str, start: str | None, end: str | None
) -> None:
    found = Range.parse(text, DateTime)
    assert found.start == (DateTime.parse(start) if start else None)
    assert found.end == (DateTime.parse(end) if end else None)
    assert str(found) == text


def test_offsets_are_taken_into_account() -> None:
    found = Range.parse("2026010100+0100-2026010112+0100", DateTime)
    assert found.contains(DateTime.parse("2025123123+0000"))
    assert not found.contains(DateTime.parse("2026010112+0000"))


def test_what_has_no_offset_is_where_the_other_is() -> None:
    assert Range.parse("2026010112-2026010113-0500", DateTime).contains(
        DateTime.parse("202601011230-0500")
    )
    assert Range.parse("2026010112-0500-", DateTime).contains(DateTime.parse("2026010112"))


@pytest.mark.parametrize(
    "text", ["", "-", "2026-2025", "x", "2026-x", "20260101-20260102-20260103"]
)
def test_what_is_no_range_of_dates_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no range|needs a start or an end"):
        Range.parse(text, Date)


def test_times_do_not_cross_midnight() -> None:
    with pytest.raises(ValueError, match="cannot end at 02, before its start 22"):
        Range.parse("22-02", Time)


# Years up to 1200 look like offsets.
moments = st.datetimes(min_value=datetime.datetime.fromisoformat("1201-01-01")).flatmap(
    lambda moment: st.sampled_from([None, -720, -300, 0, 330, 840]).map(
        lambda minutes: DateTime.of(
            moment
            if minutes is None
            else moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
        )
    )
)


@given(start=st.none() | moments, end=st.none() | moments, moment=moments)
def test_a_range_comes_back_from_text_and_holds_its_ends(
    start: DateTime | None, end: DateTime | None, moment: DateTime
) -> None:
    try:
        wanted = Range(start, end)
    except ValueError:
        return
    found = Range.parse(str(wanted), DateTime)
    assert found == wanted
    assert all(found.contains(each) for each in (start, end) if each)
    naive = moment.offset is None or any(each and each.offset is None for each in (start, end))
    if not naive:
        after = start is None or start.earliest() <= moment.latest()
        before = end is None or moment.earliest() <= end.latest()
        assert found.contains(moment) == (after and before)
