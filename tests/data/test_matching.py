"""Matching, one kind after the other: a key, a value, and whether they match."""

from typing import Any

import pytest

from russet.data import Dataset, Sequence, read_dataset
from russet.data.matching import Query, Source
from russet.data.matching.person import exact

EXPLICIT = "1.2.840.10008.1.2.1"


def of(keyword: str, value: Any) -> Dataset:
    """A data set of one element, as odd as text from elsewhere may be."""
    made = Dataset(SpecificCharacterSet="ISO_IR 192")
    if isinstance(value, str):
        made.add(keyword, Dataset({keyword: None})[keyword].vr, value.encode())
    else:
        made[keyword] = value
    return made


def matches(keyword: str, key: Any, value: Any, **options: Any) -> bool:
    """Whether a key matches a value: set, read, and as a mapping alike."""
    query = Query(of(keyword, key), **options)
    made = of(keyword, value)
    read = read_dataset(made.encode(), EXPLICIT)
    mapped = {keyword: list(value) if isinstance(value, Sequence) else value}
    found = {query.matches(source) for source in (made, read, mapped)}
    assert len(found) == 1, "the same answer, wherever the value stands"
    return found.pop()


SINGLE = [  # PS3.4 C.2.2.2.1
    ("PatientID", "123", "123", True),
    ("PatientID", "123", "1234", False),
    ("PatientID", "abc", "ABC", False),
    ("PatientID", "123 ", "123", True),
    ("Modality", "CT", "CT", True),
    ("Modality", "CT", "MR", False),
    ("ModalitiesInStudy", "MR", ["CT", "MR"], True),
    ("ModalitiesInStudy", "US", ["CT", "MR"], False),
    ("StudyComments", "two\\lines", "two\\lines", True),
    ("RetrieveURI", "https://a/b", "https://a/b", True),
    ("PatientAge", "018Y", "018Y", True),
    ("SeriesNumber", "1", "01", True),
    ("SeriesNumber", 1, 2, False),
    ("PatientWeight", "70.50", "70.5", True),
    ("PatientWeight", "7e1", "70", True),
    ("Rows", 512, 512, True),
    ("Rows", 512, 256, False),
    ("SelectorFDValue", 0.5, [0.25, 0.5], True),
    ("FrameIncrementPointer", 0x00181063, 0x00181063, True),
    ("FrameIncrementPointer", 0x00181063, 0x00181065, False),
]

UIDS = [  # PS3.4 C.2.2.2.2
    ("StudyInstanceUID", "1.2.3", "1.2.3", True),
    ("StudyInstanceUID", ["1.2.3", "1.2.4"], "1.2.4", True),
    ("StudyInstanceUID", ["1.2.3", "1.2.4"], "1.2.5", False),
    ("StudyInstanceUID", "1.2.3", "1.2.30", False),
    ("RelatedGeneralSOPClassUID", "1.2", ["1.1", "1.2"], True),
]

WILD_CARDS = [  # PS3.4 C.2.2.2.4
    ("PatientID", "12*", "123", True),
    ("PatientID", "12*", "12", True),
    ("PatientID", "*3", "123", True),
    ("PatientID", "1?3", "123", True),
    ("PatientID", "1?3", "13", False),
    ("PatientID", "???", "123", True),
    ("PatientID", "?", "12", False),
    ("PatientID", "A*", "abc", False),
    ("PatientID", "a.c*", "abc", False),
    ("PatientID", "[ab]*", "a", False),
    ("PatientID", "*1*2*", "a1b2c", True),
    ("PatientID", "*2*1*", "a1b2c", False),
    ("PatientID", "a*a", "a", False),
    ("PatientID", "*ab", "aab", True),
    ("PatientID", "*abc*c", "abcc", True),
    ("PatientID", "*abc*c", "abc", False),
    ("PatientComments", "*second*", "first\r\nsecond", True),
    ("ModalitiesInStudy", "M?", ["CT", "MR"], True),
    ("ScheduledStationAETitle", "CT*", "CT1", True),
    ("StudyDescription", "M?LLER", "MÜLLER", True),
]

RANGES = [  # PS3.4 C.2.2.2.5
    ("StudyDate", "20260105", "20260105", True),
    ("StudyDate", "20260105", "20260106", False),
    ("StudyDate", "20260105", "2026.01.05", True),
    ("StudyDate", "20260101-20260131", "20260131", True),
    ("StudyDate", "20260101-20260131", "20260201", False),
    ("StudyDate", "20260101 - 20260131", "20260115", True),
    ("StudyDate", "-20260131", "19010101", True),
    ("StudyDate", "-20260131", "20260201", False),
    ("StudyDate", "20260101-", "20260101", True),
    ("StudyDate", "20260101-", "20251231", False),
    ("StudyDate", "202601", "20260131", True),
    ("StudyDate", ["20260101", "20260103"], "20260103", True),
    ("StudyTime", "1000-1200", "1000", True),
    ("StudyTime", "1000-1200", "120059.9", True),
    ("StudyTime", "1000-1200", "1201", False),
    ("StudyTime", "1000-1200", "095959.999999", False),
    ("StudyTime", "1000-1200", "10:30:00", True),
    ("StudyTime", "-1200", "00", True),
    ("StudyTime", "2300-", "235960", True),
    ("StudyTime", "103000", "103000.00", True),
    ("StudyTime", "103000", "103001", False),
    ("StudyTime", "1030", "103015", True),
    ("StudyTime", "103015", "1030", True),
    ("AcquisitionDateTime", "2026", "20260105103000", True),
    ("AcquisitionDateTime", "20260105-20260106", "20260106235959", True),
    ("AcquisitionDateTime", "20260105-20260106", "20260107", False),
    ("AcquisitionDateTime", "20260105120000+0100", "20260105110000+0000", True),
    ("AcquisitionDateTime", "20260105120000+0100", "20260105120000+0000", False),
    ("AcquisitionDateTime", "20260105120000+0100-", "20260105105959+0000", False),
]


@pytest.mark.parametrize(
    ("keyword", "key", "value", "expected"), [*SINGLE, *UIDS, *WILD_CARDS, *RANGES]
)
def test_a_key_matches_what_it_says(keyword: str, key: Any, value: Any, expected: bool) -> None:
    assert matches(keyword, key, value, universal_unknown=False) is expected


NAMES = [  # PS3.4 C.2.2.2.1 and C.2.2.2.4
    ("DOE^JOHN", "DOE^JOHN", True),
    ("doe^john", "DOE^JOHN", True),
    ("DOE^JOHN", "DOE^JOHN^^^", True),
    ("DOE^JOHN^^", "Doe^John", True),
    ("DOE ^ JOHN", "DOE^JOHN", True),
    ("DOE", "DOE^JOHN", False),
    ("DOE*", "DOE^JOHN", True),
    ("DOE^J*", "DOE^JOHN", True),
    ("DOE^J*", "DOE^ANN", False),
    ("DOE^*", "DOE", True),
    ("D?E*", "DOE^JOHN", True),
    ("MULLER^*", "Müller^Jörg", True),
    ("Müller^Jorg", "MULLER^JÖRG", True),
    ("SORENSEN*", "Sørensen^Åse", True),
    ("Yamada^Tarou", "Yamada^Tarou=山田^太郎=やまだ^たろう", True),
    ("山田*", "Yamada^Tarou=山田^太郎=やまだ^たろう", True),
    ("やまだ^たろう", "Yamada^Tarou=山田^太郎=やまだ^たろう", True),
    ("たろう", "Yamada^Tarou=山田^太郎=やまだ^たろう", False),
    ("Yamada*=山田*", "Yamada^Tarou=山田^太郎=やまだ^たろう", True),
    ("Yamada*=田中*", "Yamada^Tarou=山田^太郎=やまだ^たろう", False),
    ("=山田*", "Yamada^Tarou=山田^太郎", True),
    ("*=山田*", "Yamada^Tarou", False),
    ("*=*", "Yamada^Tarou", True),
    ("やまた^たろう", "Yamada^Tarou=山田^太郎=やまだ^たろう", False),
]


@pytest.mark.parametrize(("key", "name", "expected"), NAMES)
def test_names_match_by_group_without_case_and_accents(key: str, name: str, expected: bool) -> None:
    assert matches("PatientName", key, name) is expected


def test_a_name_of_half_a_million_spaces_holds_nobody_up() -> None:
    spaces = " " * (1 << 19)
    assert exact(f"A{spaces}B{spaces}^{spaces}C") == f"A{spaces}B^C"


@pytest.mark.parametrize(
    ("key", "name", "expected"),
    [("doe*", "DOE^JOHN", False), ("DOE*", "DOE^JOHN", True), ("Muller", "Müller", False)],
)
def test_names_can_be_matched_as_they_are_written(key: str, name: str, expected: bool) -> None:
    assert matches("PatientName", key, name, fold_names=False) is expected


FUZZY = [  # PS3.4 C.2.2.2.1.1
    ("Doe", "DOE^JOHN", True),
    ("John Doe", "DOE^JOHN", True),
    ("jo do", "DOE^JOHN", True),
    ("JOHN^DOE", "DOE^JOHN", True),
    ("Doe Ann", "DOE^JOHN", False),
    ("Muller", "Müller^Jörg", True),
    ("Mueller", "Müller^Jörg", True),
    ("Müller", "MUELLER^JOERG", True),
    ("Smith", "SMYTH^ANN", True),
    ("Schmidt", "SCHMITT^ANN", True),
    ("Meier", "MAYR^ANN", True),
    ("Philip", "FILIP", True),
    ("Catherine", "KATHARINA", True),
    ("Ian", "ANN", False),
    ("Katarina", "KATHARINA", True),
    ("O'Neil", "ONEILL^SHAUN", True),
    ("Jones", "SMITH-JONES^ANN", True),
    ("Sm?th", "SMITH", True),
    ("山", "Yamada^Tarou=山田^太郎", True),
    ("Yamada 山田", "Yamada^Tarou=山田^太郎", False),
    ("Yamada=山田", "Yamada^Tarou=山田^太郎", True),
    ("Roe", "Doe", False),
]


@pytest.mark.parametrize(("key", "name", "expected"), FUZZY)
def test_fuzzy_names_match_by_their_words(key: str, name: str, expected: bool) -> None:
    assert matches("PatientName", key, name, fuzzy=True) is expected


@pytest.mark.parametrize("key", ["", "*", "**"])  # PS3.4 C.2.2.2.3 and C.2.2.2.4
@pytest.mark.parametrize("unknown", [True, False])
def test_a_universal_key_matches_everything(key: str, unknown: bool) -> None:
    query = Query(Dataset(PatientID=key), universal_unknown=unknown)
    sources: list[Source] = [Dataset(), Dataset(PatientID=""), Dataset(PatientID="1"), {}]
    assert all(map(query.matches, sources))


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        (Dataset(QueryRetrieveLevel="STUDY", StudyID="1"), True),  # PS3.4 C.2.2.1.2
        (Dataset(StudyID="1"), False),  # PS3.4 K.2.2.1.1.1
    ],
)
def test_what_is_unknown_matches_in_queries_with_a_level(
    identifier: Dataset, expected: bool
) -> None:
    query = Query(identifier)
    sources: list[Source] = [Dataset(), Dataset(StudyID=""), {}]
    assert [query.matches(source) for source in sources] == [expected] * 3


def test_what_is_unknown_matches_no_unique_key() -> None:
    """PS3.4 C.2.2.1.1."""
    nobody: list[Source] = [Dataset(), Dataset(PatientID="", StudyInstanceUID=""), {}]
    for identifier, how, expected in [
        (Dataset(QueryRetrieveLevel="STUDY", StudyInstanceUID="1.2"), {}, False),
        (Dataset(QueryRetrieveLevel="STUDY", PatientID="1"), {}, True),
        (Dataset(QueryRetrieveLevel="STUDY", PatientID="1"), {"unique": ["PatientID"]}, False),
    ]:
        query = Query(identifier, **how)  # type: ignore[arg-type]
        assert [query.matches(source) for source in nobody] == [expected] * 3


@pytest.mark.parametrize(
    ("value", "expected"), [("", True), (None, True), ("1", False), ('""', False)]
)
def test_two_quotes_find_what_has_no_value(value: Any, expected: bool) -> None:
    """PS3.4 C.2.2.2.7."""
    assert matches("PatientID", '""', value, empty_value=True) is expected
    assert Query(Dataset(PatientID='""'), empty_value=True).matches(Dataset())


def test_two_quotes_are_themselves_if_nothing_was_negotiated() -> None:
    assert matches("PatientID", '""', '""')
    assert not matches("PatientID", '""', "1")


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        (["CT", "MR"], ["MR", "PR", "CT"], True),
        (["CT", "MR"], ["CT"], False),
        (["CT", "MR"], "CT", False),
        ("CT", ["CT", "MR"], True),
    ],
)
def test_of_several_values_all_must_be_there(key: Any, value: Any, expected: bool) -> None:
    """PS3.4 C.2.2.2.8."""
    assert matches("ModalitiesInStudy", key, value, multiple_value=True) is expected


def test_of_several_values_one_is_enough_if_nothing_was_negotiated() -> None:
    query = Query(Dataset(ModalitiesInStudy=["CT", "MR"]))
    assert query.matches({"ModalitiesInStudy": "PR\\CT"})
    assert not query.matches({"ModalitiesInStudy": ["US"]})
    assert [tag for _what, tag in query.warnings] == [0x00080061]


def steps(*modalities: str) -> list[Dataset]:
    return [Dataset(Modality=one, ScheduledStationAETitle=f"{one}1") for one in modalities]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ([], True),
        ([Dataset()], True),
        ([Dataset(Modality="")], True),
        ([Dataset(Modality="MR")], True),
        ([Dataset(Modality="MR", ScheduledStationAETitle="MR*")], True),
        ([Dataset(Modality="MR", ScheduledStationAETitle="CT1")], False),
        ([Dataset(Modality="US")], False),
    ],
)
def test_a_sequence_matches_if_one_item_does(item: list[Dataset], expected: bool) -> None:
    """PS3.4 C.2.2.2.6."""
    found = matches("ScheduledProcedureStepSequence", item, Sequence.of(steps("CT", "MR")))
    assert found is expected


def test_sequences_match_in_sequences() -> None:
    def coded(code: str) -> Dataset:
        codes = [Dataset(CodeValue=code)]
        return Dataset(
            ScheduledProcedureStepSequence=[Dataset(ScheduledProtocolCodeSequence=codes)]
        )

    query = Query(coded("A*"))
    assert [query.matches(coded(code)) for code in ("A1", "B1")] == [True, False]
    assert not query.matches(Dataset(ScheduledProcedureStepSequence=[]))


@pytest.mark.parametrize("value", [" CT", "CT ", " CT\\MR ", "MR \\ CT"])
def test_spaces_around_a_value_do_not_count(value: str) -> None:
    """PS3.5 6.2."""
    assert matches("ModalitiesInStudy", "CT", value)
