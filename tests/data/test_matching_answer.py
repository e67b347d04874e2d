"""Responses to queries, and identifiers that are not as they should be."""

from typing import Any

import pytest

from russet.data import Dataset, read_dataset
from russet.data.matching import Query, select
from russet.errors import EncodeError, IdentifierError

EXPLICIT = "1.2.840.10008.1.2.1"
IMPLICIT = "1.2.840.10008.1.2"
BIG = "1.2.840.10008.1.2.2"


def read(dataset: Dataset, syntax: str = EXPLICIT) -> Dataset:
    return read_dataset(bytes(dataset.encode(syntax)), syntax)


def tags(dataset: Dataset) -> list[str]:
    return [element.keyword for element in dataset]


STUDY = Dataset(
    SpecificCharacterSet="ISO_IR 100",
    StudyDate="20260105",
    AccessionNumber="A1",
    PatientName="Müller^Jörg",
    PatientID="12345",
    Rows=512,
    StudyInstanceUID="1.2.3",
)
"""It has values of odd length, text beyond ASCII and a binary number."""


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG])
@pytest.mark.parametrize("asked", [EXPLICIT, IMPLICIT, BIG])
@pytest.mark.parametrize("edited", [True, False])
def test_a_response_has_what_was_asked_for_and_nothing_else(
    syntax: str, asked: str, edited: bool
) -> None:
    """PS3.4 C.4.1.1.3.2."""
    keys = Dataset(
        QueryRetrieveLevel="STUDY", PatientName="", PatientID="1*", StudyID="", Rows=None
    )
    query = Query(read(keys, asked))
    source = read(STUDY, syntax)
    if edited:
        source.PatientID = "12345"
    response = query.response(source)
    assert tags(response) == [
        "SpecificCharacterSet",
        "QueryRetrieveLevel",
        "PatientName",
        "PatientID",
        "StudyID",
        "Rows",
    ]
    assert response.PatientName == "Müller^Jörg"
    assert (response.PatientID, response.StudyID, response.Rows) == ("12345", "", 512)
    assert response.QueryRetrieveLevel == "STUDY"
    assert response.SpecificCharacterSet == "ISO_IR 100"
    assert response.warnings == []
    assert response.transfer_syntax == query.transfer_syntax
    assert response.encode(asked) == read(response, asked).encode(asked)


def test_a_response_goes_out_in_the_syntax_of_the_request_without_being_written_again() -> None:
    query = Query(read(Dataset(PatientID=""), IMPLICIT))
    assert query.response(STUDY).encode(IMPLICIT) == query.encode(STUDY)


def test_a_mapping_is_answered_in_utf8_where_it_needs_to() -> None:
    rows = [{"PatientName": "Müller", "PatientID": "1"}, {"PatientName": "Doe", "PatientID": "2"}]
    identifier = Dataset(PatientName="", PatientID="", NumberOfStudyRelatedInstances=None)
    first, second = select(identifier, rows)
    assert (first.SpecificCharacterSet, first.PatientName) == ("ISO_IR 192", "Müller")
    assert tags(second) == ["PatientName", "PatientID", "NumberOfStudyRelatedInstances"]


def test_text_that_was_set_is_answered_in_utf8_if_its_character_set_has_it_not() -> None:
    source = read(STUDY)
    source.PatientID = "患者"
    response = Query(Dataset(PatientName="", PatientID="")).response(source)
    assert response.SpecificCharacterSet == "ISO_IR 192"
    assert (response.PatientName, response.PatientID) == ("Müller^Jörg", "患者")


def test_character_sets_of_query_and_data_set_may_differ() -> None:
    identifier = Dataset(SpecificCharacterSet="ISO_IR 192", StudyDescription="Größe*")
    source = read(Dataset(SpecificCharacterSet="ISO_IR 100", StudyDescription="Größe 3"))
    other = read(Dataset(SpecificCharacterSet="ISO 2022 IR 87", StudyDescription="大きさ"))
    query = Query(read(identifier))
    assert [query.matches(one) for one in (source, other)] == [True, False]
    assert query.response(source).SpecificCharacterSet == "ISO_IR 100"


def test_a_query_without_character_set_can_be_read_in_another_one() -> None:
    identifier = read_dataset(b"\x08\x00\x30\x10LO\x08\x00" + "Größe ".encode(), EXPLICIT)
    source = Dataset(StudyDescription="Größe")
    assert not Query(identifier, universal_unknown=False).matches(source)
    assert Query(identifier, fallback_charset="ISO_IR 192").matches(source)


WORKLIST = Dataset(
    PatientName="Doe^John",
    ScheduledProcedureStepSequence=[
        Dataset(Modality="CT", ScheduledStationAETitle="CT1", ScheduledProcedureStepID="1"),
        Dataset(Modality="MR", ScheduledStationAETitle="MR1", ScheduledProcedureStepID="2"),
    ],
    ReferencedStudySequence=[Dataset(ReferencedSOPInstanceUID="1.2")],
)


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG])
def test_of_a_sequence_the_items_that_match_are_answered(syntax: str) -> None:
    """PS3.4 C.2.2.2.6."""
    step = Dataset(Modality="MR", ScheduledProcedureStepID="", ScheduledProcedureStepLocation="")
    identifier = Dataset(PatientName="", ScheduledProcedureStepSequence=[step])
    response = Query(read(identifier)).response(read(WORKLIST, syntax))
    (item,) = response.ScheduledProcedureStepSequence
    assert tags(item) == ["Modality", "ScheduledProcedureStepID", "ScheduledProcedureStepLocation"]
    assert (item.Modality, item.ScheduledProcedureStepID) == ("MR", "2")
    assert tags(response) == ["PatientName", "ScheduledProcedureStepSequence"]


@pytest.mark.parametrize("key", [[], [Dataset()]])
@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG])
@pytest.mark.parametrize("asked", [EXPLICIT, IMPLICIT])
def test_of_a_sequence_without_keys_all_is_answered(
    key: list[Dataset], syntax: str, asked: str
) -> None:
    """PS3.4 C.2.2.2.6."""
    identifier = Dataset(ScheduledProcedureStepSequence=key, ReferencedSeriesSequence=key)
    response = Query(read(identifier, asked)).response(read(WORKLIST, syntax))
    assert response.ScheduledProcedureStepSequence == WORKLIST.ScheduledProcedureStepSequence
    assert len(response.ReferencedSeriesSequence) == 0


def test_items_of_mappings_are_answered_too() -> None:
    step = {"Modality": "MR", "ScheduledStationAETitle": "MR1"}
    row = {"PatientName": "Doe", "ScheduledProcedureStepSequence": [step, {"Modality": "CT"}]}
    identifier = Dataset(ScheduledProcedureStepSequence=[Dataset(Modality="MR")])
    query = Query(identifier)
    assert query.matches(row)
    assert query.response(row).ScheduledProcedureStepSequence == [Dataset(Modality="MR")]
    whole = Query(Dataset(ScheduledProcedureStepSequence=[])).response(row)
    assert whole.ScheduledProcedureStepSequence[0].ScheduledStationAETitle == "MR1"


def test_a_sequence_of_mappings_in_mappings_is_answered_whole() -> None:
    codes = ({"CodeValue": "1", "CodeMeaning": "Größe"}, {"CodeValue": "2"})
    step = {"ScheduledProtocolCodeSequence": codes, "Modality": "CT"}
    row = {"ScheduledProcedureStepSequence": [step], "PatientName": None}
    identifier = Dataset(ScheduledProcedureStepSequence=[], PatientName="")
    response = Query(identifier).response(row)
    (item,) = response.ScheduledProcedureStepSequence
    first, second = item.ScheduledProtocolCodeSequence
    assert (first.CodeMeaning, second.CodeValue, item.Modality) == ("Größe", "2", "CT")
    assert response.SpecificCharacterSet == "ISO_IR 192"


def test_text_in_items_is_answered_in_the_character_set_of_the_response() -> None:
    named = Dataset(SpecificCharacterSet="ISO_IR 100", CodeMeaning="Größe")
    source = read(Dataset(ProcedureCodeSequence=[named], PatientName="Doe"))
    source.PatientName = "山田"
    for item in ([], [Dataset(CodeMeaning="")]):
        identifier = Dataset(ProcedureCodeSequence=item, PatientName="")
        response = Query(identifier).response(source)
        assert response.PatientName == "山田"
        assert response.ProcedureCodeSequence[0].CodeMeaning == "Größe"


def test_the_caller_says_what_else_is_answered() -> None:
    identifier = Dataset(QueryRetrieveLevel="STUDY", NumberOfStudyRelatedInstances=None)
    query = Query(
        identifier, answer={"RetrieveAETitle": "ARCHIVE", "InstanceAvailability": "ONLINE"}
    )
    counts = {"NumberOfStudyRelatedInstances": 3, "NumberOfStudyRelatedSeries": 1}
    response = query.response(STUDY, counts)
    assert (response.RetrieveAETitle, response.InstanceAvailability) == ("ARCHIVE", "ONLINE")
    assert response.NumberOfStudyRelatedInstances == 3
    assert "NumberOfStudyRelatedSeries" not in response


def test_an_answer_that_no_element_can_hold_is_refused_at_once() -> None:
    with pytest.raises(EncodeError):
        Query(Dataset(), answer={"InstitutionName": "患者"})


def test_keys_that_are_not_supported_are_neither_matched_nor_answered() -> None:
    """PS3.4 C.2.2.1.3."""
    step = Dataset(Modality="CT", ScheduledProcedureStepID="9")
    identifier = Dataset(PatientID="", StudyID="9", ScheduledProcedureStepSequence=[step])
    supported = ["PatientID", "ScheduledProcedureStepSequence.Modality"]
    query = Query(identifier, supported=supported)
    assert query.matches(WORKLIST)
    assert query.unsupported == (0x00200010, 0x00400009)
    assert query.status == 0xFF01
    response = query.response(WORKLIST)
    assert tags(response) == ["PatientID", "ScheduledProcedureStepSequence"]
    assert tags(response.ScheduledProcedureStepSequence[0]) == ["Modality"]
    assert Query(identifier).status == 0xFF00
    shown = Dataset(RetrieveAETitle="", StationName="", TimezoneOffsetFromUTC="+0100")
    assert Query(shown, supported=[], answer={"StationName": "CT1"}).status == 0xFF00
    assert Query(identifier, supported=["PatientID", "StudyID", 0x00400100]).status == 0xFF00


def test_private_keys_are_found_wherever_the_block_of_their_owner_is() -> None:
    def of(block: int, value: str) -> Dataset:
        made = Dataset()
        made.add((0x0009, block), "LO", "RUSSET")
        made.add((0x0009, block << 8 | 1), "LO", value)
        return read(made)

    query = Query(of(0x10, "a*"))
    assert [query.matches(of(0x11, value)) for value in ("abc", "bcd")] == [True, False]
    response = query.response(of(0x11, "abc"))
    assert response[0x0009, 0x1001].value == "abc"
    assert response[0x0009, 0x0010].value == "RUSSET"
    assert len(response) == 2


@pytest.mark.parametrize(
    ("keyword", "key"),
    [
        ("StudyInstanceUID", "1.2.*"),
        ("StudyDate", "2026*"),
        ("StudyDate", "yesterday"),
        ("StudyDate", "20261301"),
        ("StudyDate", "20260102-20260101"),
        ("StudyTime", "1200-1000"),
        ("AcquisitionDateTime", ["2026", "2027"]),
        ("PatientAge", "01?Y"),
        ("SeriesNumber", "1-5"),
        ("SeriesNumber", "1?"),
        ("PatientWeight", "heavy"),
        ("ReferencedStudySequence", [Dataset(), Dataset()]),
    ],
)
def test_a_key_that_cannot_be_one_is_an_error_with_its_tag(keyword: str, key: Any) -> None:
    identifier = Dataset()
    if isinstance(key, list):
        identifier[keyword] = key
    else:
        vr = Dataset({keyword: None})[keyword].vr
        identifier.add(keyword, vr, key.encode())
    with pytest.raises(IdentifierError) as raised:
        Query(read(identifier))
    assert raised.value.tag == Dataset({keyword: None})[keyword].tag
    assert keyword in str(raised.value)


@pytest.mark.parametrize("keyword", ["StudyInstanceUID", "StudyDate", "SeriesNumber", "PatientAge"])
def test_a_star_where_there_are_no_wild_cards_is_any_value_and_a_warning(keyword: str) -> None:
    vr = Dataset({keyword: None})[keyword].vr
    identifier = Dataset()
    identifier.add(keyword, vr, b"*")
    query = Query(identifier)
    assert query.matches(Dataset())
    ((what, tag),) = query.warnings
    assert "any value" in what
    assert tag == Dataset({keyword: None})[keyword].tag


def test_what_is_no_key_is_ignored_with_a_warning() -> None:
    identifier = Dataset()
    identifier.add(0x0008_0000, "UL", 4)
    identifier.add(0x0002_0010, "UI", "1.2")
    query = Query(identifier)
    assert query.matches(Dataset())
    assert tags(query.response(STUDY)) == ["SpecificCharacterSet"]
    assert [tag for _what, tag in query.warnings] == [0x0002_0010, 0x0008_0000]


def test_a_key_of_bytes_cannot_be_matched() -> None:
    identifier = Dataset()
    identifier.add("ICCProfile", "OB", b"\x01\x02")
    query = Query(identifier)
    assert query.matches(Dataset())
    assert (query.unsupported, query.status) == ((0x0028_2000,), 0xFF01)


def test_pixel_data_are_never_answered() -> None:
    identifier = Dataset()
    identifier.add("PixelData", "OW", None)
    assert len(Query(identifier).response(Dataset())) == 0


def test_values_that_cannot_be_read_match_nothing_and_break_nothing() -> None:
    source = Dataset()
    source.add("SeriesNumber", "IS", b"one ")
    source.add("StudyDate", "DA", b"20269999")
    source.add("Rows", "US", b"\x01\x02\x03\x04")
    for one in (source, read(source)):
        for keys in ({"SeriesNumber": 1}, {"StudyDate": "20260101"}, {"Rows": 5}):
            assert not Query(Dataset(keys)).matches(one)
            assert Query(Dataset(keys)).response(one) is not None


def test_a_character_set_that_nobody_knows_is_answered_as_it_is() -> None:
    source = Dataset(PatientID="1")
    source.add("SpecificCharacterSet", "CS", b"KLINGON ")
    response = Query(Dataset(PatientID="")).response(read(source))
    assert (response.SpecificCharacterSet, response.PatientID) == ("KLINGON", "1")


@pytest.mark.parametrize(
    ("keyword", "key"),
    [("PatientID", b"*a" * 600), ("PatientName", b"a " * 600), ("StudyDate", b"2026\\" * 300)],
)
def test_a_key_that_would_take_long_is_refused(keyword: str, key: bytes) -> None:
    identifier = Dataset()
    identifier.add(keyword, Dataset({keyword: None})[keyword].vr, key)
    with pytest.raises(IdentifierError, match="more than 1024"):
        Query(identifier)


def test_keys_that_are_nested_without_end_are_refused() -> None:
    identifier = Dataset(CodeValue="1")
    for _ in range(300):
        identifier = Dataset(ConceptCodeSequence=[identifier])
    with pytest.raises(IdentifierError, match="too deep"):
        Query(identifier)


def test_wild_cards_that_find_nothing_do_not_seek_again() -> None:
    source = Dataset(PatientComments="a" * 10_000)
    assert not Query(Dataset(PatientComments="*a" * 500 + "b")).matches(source)


@pytest.mark.parametrize("key", ["*{}b", "*{}b*", "*{}b?", "*?{}b*?", "?*{}b"])
def test_a_long_text_that_almost_matches_is_not_sought_everywhere(key: str) -> None:
    wanted, there = key.format("a" * 1000), "a" * 50_000_000
    assert not Query(Dataset(LongCodeValue=wanted)).matches({"LongCodeValue": there})
    end = "b" * (2 if key.endswith("?") else 1)
    assert Query(Dataset(LongCodeValue=wanted)).matches({"LongCodeValue": there + end})


def test_a_list_of_many_uids_is_looked_up() -> None:
    query = Query(Dataset(StudyInstanceUID=[f"1.2.{number}" for number in range(10_000)]))
    assert query.matches({"StudyInstanceUID": "1.2.9999"})
    assert not query.matches({"StudyInstanceUID": "1.2.10000"})
