"""Dates, times and date times: what is written, and what it may mean."""

import datetime
from datetime import UTC, date, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from russet.data import Date, DateTime, Time, timezone_of
from russet.data.moment import MOMENTS

NEW_YORK = timezone(timedelta(hours=-5))


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("20261105", date(2026, 11, 5), date(2026, 11, 5)),
        ("20261105 ", date(2026, 11, 5), date(2026, 11, 5)),
        ("2026.11.05", date(2026, 11, 5), date(2026, 11, 5)),
        ("202611", date(2026, 11, 1), date(2026, 11, 30)),
        ("202612", date(2026, 12, 1), date(2026, 12, 31)),
        ("202402", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("9999", date(9999, 1, 1), date(9999, 12, 31)),
    ],
)
def test_a_date_may_mean_every_day_that_it_does_not_rule_out(
    text: str, earliest: date, latest: date
) -> None:
    found = Date.parse(text)
    assert (found.earliest(), found.latest()) == (earliest, latest)
    assert str(found) == text.strip().replace(".", "")


@pytest.mark.parametrize(
    ("text", "earliest", "latest", "again"),
    [
        ("12", time(12), time(12, 59, 59, 999999), "12"),
        ("1230", time(12, 30), time(12, 30, 59, 999999), "1230"),
        ("123045", time(12, 30, 45), time(12, 30, 45, 999999), "123045"),
        ("123045.2", time(12, 30, 45, 200000), time(12, 30, 45, 299999), "123045.2"),
        ("123045.000250", time(12, 30, 45, 250), time(12, 30, 45, 250), "123045.000250"),
        ("235960", time(23, 59, 59, 999999), time(23, 59, 59, 999999), "235960"),
        ("12:30:45.5", time(12, 30, 45, 500000), time(12, 30, 45, 599999), "123045.5"),
        ("12:30", time(12, 30), time(12, 30, 59, 999999), "1230"),
    ],
)
def test_a_time_may_mean_every_moment_that_it_does_not_rule_out(
    text: str, earliest: time, latest: time, again: str
) -> None:
    found = Time.parse(text)
    assert (found.earliest(), found.latest(), str(found)) == (earliest, latest, again)


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("2026", "2026-01-01T00:00:00", "2026-12-31T23:59:59.999999"),
        ("2026-0500", "2026-01-01T00:00:00-05:00", "2026-12-31T23:59:59.999999-05:00"),
        ("2026110514", "2026-11-05T14:00:00", "2026-11-05T14:59:59.999999"),
        ("20261105143000.25+0100", "2026-11-05T14:30:00.25+01:00", "2026-11-05T14:30:00.259999+01"),
        ("20261231235960+0000", "2026-12-31T23:59:59.999999Z", "2026-12-31T23:59:59.999999Z"),
        ("20261105143000+1400", "2026-11-05T14:30:00+14:00", "2026-11-05T14:30:00.999999+14"),
        ("202611051430-0330", "2026-11-05T14:30:00-03:30", "2026-11-05T14:30:59.999999-03:30"),
    ],
)
def test_a_date_time_keeps_its_offset(text: str, earliest: str, latest: str) -> None:
    found = DateTime.parse(text)
    assert found.earliest() == datetime.datetime.fromisoformat(earliest)
    assert found.latest() == datetime.datetime.fromisoformat(latest)
    assert str(found) == text


@pytest.mark.parametrize(
    ("vr", "text", "why"),
    [
        ("DA", "", "no date: dates are written YYYYMMDD"),
        ("DA", "20261", "no date: dates are written YYYYMMDD"),
        ("DA", "2026.11", "no date"),
        ("DA", "20261305", "month must be in 1..12"),
        ("DA", "20260230", "day is out of range for month"),
        ("DA", "00000101", "year 0 is out of range"),
        ("DA", "２０２６", "no date"),
        ("TM", "", "no time: times are written HHMMSS.FFFFFF"),
        ("TM", "2400", "hour must be in 0..23"),
        ("TM", "1260", "minute must be in 0..59"),
        ("TM", "123061", "second must be in 0..60"),
        ("TM", "1230.5", "no time"),
        ("TM", "123045.1234567", "no time"),
        ("TM", "1230:45", "no time"),
        ("DT", "", "no date time: they are written YYYYMMDDHHMMSS.FFFFFF"),
        ("DT", "202", "no date time"),
        ("DT", "2026110", "no date"),
        ("DT", "2026.11.05", "no time"),
        ("DT", "2026+0160", "no offset from UTC"),
        ("DT", "2026+1", "no date time"),
        ("DT", "2026-0000", "no offset from UTC"),
        ("DT", "2026-1201", "from -1200 to"),
        ("DT", "2026+1401", "to [+]1400"),
        ("DT", "20261105 1430", "no date time"),
    ],
)
def test_what_is_none_says_why(vr: str, text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        MOMENTS[vr].parse(text)


def test_nothing_is_left_out_in_between() -> None:
    with pytest.raises(ValueError, match="a day needs a month"):
        Date(2026, day=5)
    with pytest.raises(ValueError, match="a second needs a minute"):
        Time(12, second=5)
    with pytest.raises(ValueError, match="a fraction is up to six digits after a second"):
        Time(12, 30, fraction="5")
    with pytest.raises(ValueError, match="a time needs a day"):
        DateTime(Date(2026, 11), Time(12))
    with pytest.raises(ValueError, match="minutes from -1200"):
        DateTime(Date(2026), offset=timezone(timedelta(seconds=30)))


def test_an_offset_is_read_as_the_data_set_writes_it() -> None:
    assert timezone_of("-0500 ") == NEW_YORK
    assert timezone_of("+0000") == UTC
    assert timezone_of("-0130").utcoffset(None) == -timedelta(minutes=90)


# PS3.5 6.2 writes four digits of a year, and offsets in minutes.
offsets = st.none() | st.integers(-12 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
moments = st.datetimes().flatmap(lambda m: offsets.map(lambda offset: m.replace(tzinfo=offset)))


@given(moment=moments)
def test_what_python_has_comes_back_from_text(moment: datetime.datetime) -> None:
    day, hour = moment.date(), moment.time()
    assert Date.parse(str(Date.of(day))).earliest() == day == Date.of(day).latest()
    assert Time.parse(str(Time.of(hour))).earliest() == hour
    found = DateTime.parse(str(DateTime.of(moment)))
    assert found.earliest() == moment
    assert found.earliest().utcoffset() == moment.utcoffset()
    assert found == DateTime.of(moment)


@given(text=st.from_regex(r"[0-9]{4,14}(\.[0-9]{1,6})?([+-][0-9]{4})?", fullmatch=True))
def test_what_is_read_is_written_as_it_was(text: str) -> None:
    for kind in MOMENTS.values():
        try:
            found = kind.parse(text)
        except ValueError:
            continue
        assert str(found) == text
        assert found.earliest() <= found.latest()  # type: ignore[operator]
