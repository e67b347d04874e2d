"""What holds of matching for whatever is asked and stored."""

import datetime
import re
from fnmatch import translate
from io import BytesIO
from itertools import product

from hypothesis import given
from hypothesis import strategies as st
from pydicom.filereader import read_dataset as read_by_pydicom

from russet import codec
from russet.data import Dataset, read_dataset
from russet.data.matching import Options, Query
from russet.data.matching.condition import pattern as wild
from russet.errors import IdentifierError
from tests.data.test_matching import of

EXPLICIT = "1.2.840.10008.1.2.1"
IMPLICIT = "1.2.840.10008.1.2"

letters = st.characters(
    min_codepoint=0x20,
    max_codepoint=0x2FFF,
    exclude_categories=["Cc", "Cs"],
    exclude_characters="\\*?=^",
)
words = st.text(letters, min_size=1, max_size=12).map(str.strip).filter(bool)
patterns = st.text("ab*?", min_size=1, max_size=20)
texts = st.text("ab", min_size=1, max_size=30)
days = st.dates(datetime.date(1000, 1, 1))
times = st.times()

STUDIES = st.fixed_dictionaries(
    {},
    optional={
        "PatientID": words,
        "StudyDescription": words,
        "StudyDate": days.map("{:%Y%m%d}".format),
        "StudyTime": times.map("{:%H%M%S}".format),
        "StudyInstanceUID": st.from_regex(r"(1\.[1-9]{1,5}){1,4}", fullmatch=True),
        "ModalitiesInStudy": st.lists(st.sampled_from(["CT", "MR", "US"]), min_size=1),
        "SeriesNumber": st.integers(-1000, 1000),
        "PatientWeight": st.decimals(0, 100, places=2),
    },
)


def study(values: dict[str, object]) -> Dataset:
    made = Dataset(SpecificCharacterSet="ISO_IR 192")
    for keyword, value in values.items():
        made[keyword] = value
    return made


@given(values=STUDIES)
def test_universal_keys_match_everything_and_get_all_of_it(values: dict[str, object]) -> None:
    source = study(values)
    query = Query(study(dict.fromkeys(values)), universal_unknown=False)
    assert query.matches(source)
    assert query.response(source) == source


@given(values=STUDIES)
def test_a_data_set_matches_itself(values: dict[str, object]) -> None:
    source = study(values)
    query = Query(source, universal_unknown=False)
    for syntax in (EXPLICIT, IMPLICIT):
        read = read_dataset(source.encode(syntax), syntax)
        assert query.matches(read)
        assert query.response(read) == query.response(source)
        assert Query(read, multiple_value=True).matches(source)
    assert query.matches(values)


@given(values=STUDIES)
def test_pydicom_reads_the_same_response(values: dict[str, object]) -> None:
    source = study(values)
    for syntax in (EXPLICIT, IMPLICIT):
        identifier = Dataset(dict.fromkeys(values), StudyID="")
        query = Query(read_dataset(identifier.encode(syntax), syntax))
        found = read_by_pydicom(BytesIO(query.encode(source)), syntax == IMPLICIT, True)
        assert {element.keyword for element in found} == {
            *values,
            "StudyID",
            "SpecificCharacterSet",
        }
        for keyword in values.keys() & {"PatientID", "StudyDescription", "StudyDate"}:
            assert found[keyword].value == source[keyword].value


@given(name=words)
def test_a_name_matches_itself_in_every_way(name: str) -> None:
    ways: list[Options] = [{}, {"fold_names": False}, {"fuzzy": True}]
    for options in ways:
        query = Query(of("PatientName", name), **options)
        assert query.matches(of("PatientName", name))
        assert query.matches(of("PatientName", f"X={name}"))


@given(pattern=patterns, text=texts)
def test_wild_cards_find_what_those_of_file_names_find(pattern: str, text: str) -> None:
    expected = re.fullmatch(translate(pattern), text) is not None
    for keyword in ("PatientID", "PatientName"):
        query = Query(Dataset({keyword: pattern}), universal_unknown=False)
        assert query.matches(Dataset({keyword: text})) is expected


def test_short_wild_cards_find_what_those_of_file_names_find_whatever_they_are() -> None:
    texts = ["".join(text) for length in range(4) for text in product("ab", repeat=length)]
    for length in range(1, 7):
        for pattern in map("".join, product("ab*?", repeat=length)):
            expected = re.compile(translate(pattern)).fullmatch
            found = [text for text in texts if wild(pattern)(text)]
            assert found == [text for text in texts if expected(text)], pattern


@given(pattern=st.text("ab\né*?.[", min_size=1), text=st.text("ab\né.[", min_size=1))
def test_no_other_character_is_a_wild_card(pattern: str, text: str) -> None:
    # Those of file names know sets of characters, too.
    expected = re.fullmatch(translate(pattern.replace("[", "[[]")), text) is not None
    assert bool(wild(pattern)(text)) is expected


@given(one=days, other=days, day=days)
def test_a_range_of_dates_is_from_day_to_day(
    one: datetime.date, other: datetime.date, day: datetime.date
) -> None:
    first, last = sorted((one, other))
    query = Query(Dataset(StudyDate=f"{first:%Y%m%d}-{last:%Y%m%d}"))
    assert query.matches({"StudyDate": f"{day:%Y%m%d}"}) is (first <= day <= last)
    assert query.matches({"StudyDate": day}) is (first <= day <= last)


@given(one=times, other=times, time=times)
def test_a_range_of_times_is_from_moment_to_moment(
    one: datetime.time, other: datetime.time, time: datetime.time
) -> None:
    first, last = sorted((one, other))
    query = Query(Dataset(StudyTime=f"{first:%H%M%S.%f}-{last:%H%M%S.%f}"))
    assert query.matches({"StudyTime": f"{time:%H%M%S.%f}"}) is (first <= time <= last)


@given(
    days_asked=st.tuples(days, days),
    times_asked=st.tuples(times, times),
    day=days,
    time=times,
)
def test_combined_ranges_are_from_moment_to_moment(
    days_asked: tuple[datetime.date, datetime.date],
    times_asked: tuple[datetime.time, datetime.time],
    day: datetime.date,
    time: datetime.time,
) -> None:
    first, last = (f"{day:%Y%m%d}" for day in sorted(days_asked))
    early, late = (f"{time:%H%M%S.%f}" for time in sorted(times_asked))
    identifier = Dataset(StudyDate=f"{first}-{last}", StudyTime=f"{early}-{late}")
    when = f"{day:%Y%m%d}{time:%H%M%S.%f}"
    query = Query(identifier, combined_datetime=True)
    source = Dataset(StudyDate=when[:8], StudyTime=when[8:])
    assert query.matches(source) is (first + early <= when <= last + late)


@given(data=st.binary(max_size=64), keyword=st.sampled_from(["PatientName", "StudyDate", "Rows"]))
def test_any_bytes_are_a_query_or_an_error_with_a_tag(data: bytes, keyword: str) -> None:
    tag = Dataset({keyword: None})[keyword].tag
    vr = Dataset({keyword: None})[keyword].vr
    identifier, source = (
        read_dataset(codec.encode_element(tag, vr, value), EXPLICIT) for value in (data, data[::-1])
    )
    query = understood(identifier, tag)
    if query is not None:
        assert query.matches(source) in (True, False)
        assert query.response(source)[keyword].raw == source[keyword].raw


def understood(identifier: Dataset, tag: int) -> Query | None:
    try:
        return Query(identifier)
    except IdentifierError as error:
        blamed = error.tag
    assert blamed == tag
    return None
