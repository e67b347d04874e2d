import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from russet.data import Dataset
from russet.data.matching import Query
from russet.errors import IdentifierError
from russet.storage import DataFolder, Durability
from russet.storage.index import Index, Level
from tests.support.indexed import Archive, instance
from tests.support.instances import CT


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with DataFolder(tmp_path / "data") as folder:
        made = Archive(folder, durability=Durability.NONE)
        yield made
        made.close()


@pytest.fixture
def filled(archive: Archive) -> Archive:
    """Two patients; the first has two studies, one of them of two series."""
    for patient, study, series, modality, uid in (
        ("P1", "1.1", "1.1.1", "CT", "9.1"),
        ("P1", "1.1", "1.1.2", "MR", "9.2"),
        ("P1", "1.2", "1.2.1", "CT", "9.3"),
        ("P2", "1.3", "1.3.1", "US", "9.4"),
    ):
        archive.store(
            instance(
                PatientID=patient,
                PatientName=f"NAME^{patient}",
                StudyInstanceUID=study,
                StudyDate=f"2026010{study[-1]}",
                SeriesInstanceUID=series,
                Modality=modality,
                SOPInstanceUID=uid,
            )
        )
    archive.index.flush()
    return archive


def answers(archive: Archive, model: str, level: str, **keys: Any) -> list[str]:
    """The unique keys of the responses to a query without relational negotiation."""
    identifier = Dataset(QueryRetrieveLevel=level, **keys)
    unique = {
        "PATIENT": "PatientID",
        "STUDY": "StudyInstanceUID",
        "SERIES": "SeriesInstanceUID",
        "IMAGE": "SOPInstanceUID",
    }[level]
    if unique not in identifier:
        identifier[unique] = None
    return sorted(str(r[unique].value) for r in archive.index.find(identifier, model=model))


@pytest.mark.parametrize(
    ("model", "level", "keys", "expected"),
    [
        ("patient", "PATIENT", {}, ["P1", "P2"]),
        ("patient", "PATIENT", {"PatientName": "name^p2"}, ["P2"]),
        ("patient", "STUDY", {"PatientID": "P1"}, ["1.1", "1.2"]),
        ("patient", "SERIES", {"PatientID": "P1", "StudyInstanceUID": "1.1"}, ["1.1.1", "1.1.2"]),
        ("study", "STUDY", {}, ["1.1", "1.2", "1.3"]),
        ("study", "STUDY", {"PatientID": "P2"}, ["1.3"]),
        ("study", "STUDY", {"PatientName": "*P1"}, ["1.1", "1.2"]),
        ("study", "STUDY", {"StudyDate": "20260102-"}, ["1.2", "1.3"]),
        ("study", "STUDY", {"StudyInstanceUID": ["1.3", "1.1", "1.99"]}, ["1.1", "1.3"]),
        ("study", "STUDY", {"ModalitiesInStudy": "MR"}, ["1.1"]),
        ("study", "STUDY", {"ModalitiesInStudy": "?S"}, ["1.3"]),
        ("study", "SERIES", {"StudyInstanceUID": "1.1", "Modality": "MR"}, ["1.1.2"]),
        ("study", "IMAGE", {"StudyInstanceUID": "1.1", "SeriesInstanceUID": "1.1.2"}, ["9.2"]),
        ("patient-study", "STUDY", {"PatientID": "P1"}, ["1.1", "1.2"]),
    ],
)
def test_each_level_of_each_model(
    filled: Archive, model: str, level: str, keys: dict[str, Any], expected: list[str]
) -> None:
    assert answers(filled, model, level, **keys) == expected


@pytest.mark.parametrize(
    "keys",
    [
        {"StudyDate": "20260101-"},
        {"PatientName": "NAME*"},
        {"StudyDate": "20260101-", "PatientName": "NAME*", "AccessionNumber": ""},
        {"AccessionNumber": "A1"},
        {"ModalitiesInStudy": ["CT", "US"]},
    ],
)
def test_what_has_no_value_for_a_key_comes_after_what_has_one(
    archive: Archive, keys: dict[str, Any]
) -> None:
    values = {"PatientName": "NAME^X", "StudyDate": "20260101", "Modality": "CT"}
    values["AccessionNumber"] = "A1"
    for uid, some in (("1.1", False), ("1.2", True), ("1.3", False), ("1.4", True)):
        named = {key: value if some else None for key, value in values.items()}
        uids = {"StudyInstanceUID": uid, "SeriesInstanceUID": f"{uid}.1", "SOPInstanceUID": uid}
        archive.store(instance(PatientID=uid, **uids, **named))
    archive.index.flush()
    identifier = Dataset(QueryRetrieveLevel="STUDY", StudyInstanceUID="", **keys)
    found = [str(response.StudyInstanceUID) for response in archive.index.find(identifier)]
    assert (set(found[:2]), set(found[2:])) == ({"1.2", "1.4"}, {"1.1", "1.3"})


@pytest.mark.parametrize(
    ("model", "identifier", "keyword", "says"),
    [
        ("study", {"StudyInstanceUID": "1"}, "QueryRetrieveLevel", "names no level"),
        ("study", {"QueryRetrieveLevel": "PATIENT"}, "QueryRetrieveLevel", "STUDY, SERIES, IMAGE"),
        ("patient-study", {"QueryRetrieveLevel": "SERIES"}, "QueryRetrieveLevel", "PATIENT, STUDY"),
        ("study", {"QueryRetrieveLevel": "SERIES"}, "StudyInstanceUID", "SERIES needs one"),
        (
            "study",
            {"QueryRetrieveLevel": "SERIES", "StudyInstanceUID": ["1", "2"]},
            "StudyInstanceUID",
            "takes only one",
        ),
        (
            "patient",
            {"QueryRetrieveLevel": "STUDY", "PatientID": "P*"},
            "PatientID",
            "takes only one",
        ),
    ],
)
def test_an_identifier_that_breaks_the_rules_is_refused_by_its_attribute(
    archive: Archive, model: str, identifier: dict[str, Any], keyword: str, says: str
) -> None:
    wrong = Dataset(identifier)
    with pytest.raises(IdentifierError, match=says) as caught:
        archive.index.find(wrong, model=model)
    assert Dataset({keyword: None}).tags() == [caught.value.tag]


def test_a_patient_id_that_is_unknown_is_nobodys_where_it_is_the_unique_key(
    filled: Archive,
) -> None:
    filled.store(instance(PatientID="", StudyInstanceUID="1.9", SOPInstanceUID="9.9"))
    filled.index.flush()
    # PS3.4 C.2.2.1.1: in Patient Root it is a unique key, and matches as it is.
    assert answers(filled, "patient", "STUDY", PatientID="P2") == ["1.3"]
    # PS3.4 C.2.2.1.2: in Study Root it is a required key of studies, and may be anybody's.
    assert answers(filled, "study", "STUDY", PatientID="P2") == ["1.3", "1.9"]
    assert answers(filled, "study", "STUDY", PatientName="*P2", StudyID="7") == ["1.3"]


def test_relational_queries_need_no_keys_above(filled: Archive) -> None:
    assert len(filled.find("IMAGE", PatientName="NAME^P1", SOPInstanceUID="")) == 3


def test_keys_of_lower_levels_and_unknown_ones_are_left_out_and_told(filled: Archive) -> None:
    identifier = Dataset(QueryRetrieveLevel="STUDY", Modality="CT", StudyDate="", ImageComments="")
    found = filled.index.find(identifier)
    assert {tag.keyword for tag in found.unsupported} == {"Modality", "ImageComments"}
    assert found.level is Level.STUDY
    responses = list(found)
    assert len(responses) == 3
    assert all("Modality" not in response for response in responses)


def test_every_response_has_what_the_caller_adds(filled: Archive) -> None:
    identifier = Dataset(QueryRetrieveLevel="STUDY", StudyInstanceUID="1.1")
    (found,) = filled.index.find(identifier, answer={"RetrieveAETitle": "RUSSET"})
    assert (found.RetrieveAETitle, found.InstanceAvailability) == ("RUSSET", "ONLINE")
    assert found.QueryRetrieveLevel == "STUDY"


def test_a_search_sees_what_was_there_when_it_began_and_holds_up_nobody(filled: Archive) -> None:
    searching = filled.index.find(
        Dataset(QueryRetrieveLevel="IMAGE", SOPInstanceUID=""), relational=True
    )
    first = list(islice(searching, 1))
    filled.store(instance(SOPInstanceUID="9.5"))
    filled.index.flush()
    assert len(first + list(searching)) == 4
    assert filled.index.count() == 5


def test_a_search_that_is_given_up_leaves_its_connection_to_the_next(filled: Archive) -> None:
    for _ in range(3):
        searching = filled.index.find(Dataset(QueryRetrieveLevel="STUDY", StudyDate=""))
        next(searching)
        searching.close()
        assert list(searching) == []
    assert answers(filled, "study", "STUDY", PatientID="P2") == ["1.3"]


def test_many_threads_search_while_instances_arrive(filled: Archive) -> None:
    found: list[int] = []

    def search() -> None:
        for _ in range(20):
            found.append(len(answers(filled, "study", "STUDY", PatientID="P1")))  # noqa: PERF401

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(200):
        filled.store(instance(PatientID="P9", SOPInstanceUID=f"5.{number + 1}"))
    for thread in threads:
        thread.join()
    assert found == [2] * 80


def test_no_pattern_and_no_value_makes_a_search_take_long(archive: Archive) -> None:
    for number, length in enumerate((64, 20_000)):
        archive.store(
            instance(
                SOPInstanceUID=f"1.{number + 1}",
                StudyInstanceUID=f"1.{number + 1}",
                PatientName="A" * 64,
                AdmittingDiagnosesDescription="A" * 64,
                StudyDescription=b"A" * length,
            )
        )
    archive.index.flush()
    hopeless = ("*A" * 30 + "*B").encode()
    for keyword in ("StudyDescription", "PatientName", "AdmittingDiagnosesDescription"):
        asked: dict[str, Any] = {keyword: hopeless}
        assert archive.find("STUDY", **asked) == []
    assert len(archive.find("STUDY", StudyDescription=b"*A" * 40 + b"*")) == 2


# --- SQL narrows, and never decides -----------------------------------------------------------

names = st.sampled_from(
    [
        "",
        "CITIZEN^JAN",
        "citizen",
        "Müller^Jörg",
        "MULLER",
        "SØREN^A",
        "Straße",
        "A^^",
        "=山田",
        "X=山田=ヤ",
        "A\\B",
    ]
)
dates = st.sampled_from(["", "20260102", "2026.01.02", "20251231", "202601", "20260101\\20270101"])
times = st.sampled_from(["", "10", "1015", "101530", "101530.25", "235960", "23:59:59"])
labels = st.sampled_from(["", "A1", "a1", "A[1]", "A*", "A1B2A1", "Ä1", "A1\\B2", " A1 "])
stored = st.fixed_dictionaries(
    {},
    optional={
        "PatientName": names,
        "PatientID": st.sampled_from(["", "P1", "P2", "P*"]),
        "IssuerOfPatientID": labels,
        "PatientBirthDate": dates,
        "PatientSex": st.sampled_from(["", "M", "F"]),
        "StudyDate": dates,
        "StudyTime": times,
        "AccessionNumber": labels,
        "StudyID": labels,
        "StudyDescription": labels,
        "TimezoneOffsetFromUTC": st.sampled_from(["+0100", "-0800"]),
    },
)
asked = st.fixed_dictionaries(
    {},
    optional={
        "PatientName": st.sampled_from(
            [
                "",
                "*",
                "CITIZEN^JAN",
                "citizen*",
                "*jan",
                "M?ller*",
                "mueller",
                "soren^*",
                "strasse",
                "STRA?E",
                "A",
                "A^*",
                "山田",
                "X=山田",
                "=山?",
                "B",
            ]
        ),
        "PatientID": st.sampled_from(["", "P1", "P?", "*", "P1\\P2"]),
        "IssuerOfPatientID": st.sampled_from(["", "A1", "A*", "?1", "A[*"]),
        "PatientBirthDate": st.sampled_from(["", "20260102", "-2026", "20260101-20260131"]),
        "PatientSex": st.sampled_from(["", "M", "M\\F"]),
        "StudyDate": st.sampled_from(
            ["20260102", "2026", "20260101-", "-20260101", "20260102-20260102"]
        ),
        "StudyTime": st.sampled_from(["10", "101530", "1000-1100", "-1015", "235959", "101530.2-"]),
        "AccessionNumber": st.sampled_from(
            ["A1", "A*", "*1*2*", "A*1*A*1", "A1\\B2", "Ä?", '""', "*1"]
        ),
        "StudyID": st.sampled_from(["A1", "a*"]),
        "StudyDescription": st.sampled_from(["A?1]", "Ä*", "A1"]),
        "TimezoneOffsetFromUTC": st.sampled_from(["+0200", "-1000"]),
    },
)
options = st.fixed_dictionaries(
    {},
    optional={
        "fuzzy": st.booleans(),
        "combined_datetime": st.booleans(),
        "empty_value": st.booleans(),
        "multiple_value": st.booleans(),
    },
)


def in_utf_8(elements: dict[str, Any], **more: Any) -> Dataset:
    """A data set with values as they are, also such as its VR does not have."""
    made = Dataset(SpecificCharacterSet="ISO_IR 192", **more)
    for keyword, value in elements.items():
        made[keyword] = value.encode()
    return made


@pytest.fixture(scope="module")
def everything(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Index, dict[str, Dataset]]]:
    """An index of studies of all sorts, and each of them as it was received."""
    known: dict[str, Dataset] = {}
    patients: set[tuple[str, str]] = set()
    with DataFolder(tmp_path_factory.mktemp("data")) as folder:
        archive = Archive(folder, durability=Durability.NONE)

        @given(stored)
        @settings(max_examples=250, database=None, derandomize=True)
        def fill(elements: dict[str, Any]) -> None:
            uid = f"1.{len(known) + 1}"
            study = in_utf_8(
                {"PatientID": uid, **elements},
                SOPClassUID=CT,
                SOPInstanceUID=uid,
                StudyInstanceUID=uid,
                SeriesInstanceUID=uid,
            )
            # What one says of a patient would be taken for what the others say.
            patient = (study.PatientID, str(study.get("IssuerOfPatientID", "")))
            assume(patient not in patients or not patient[0])
            patients.add(patient)
            known[uid] = study
            assert archive.store(study).status == 0x0000

        fill()
        archive.index.flush()
        yield archive.index, known
        archive.close()


unique = {"study": ["StudyInstanceUID"], "patient": ["PatientID", "StudyInstanceUID"]}


@given(asked, options, st.sampled_from(sorted(unique)))
@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_the_index_finds_is_what_matches(
    everything: tuple[Index, dict[str, Dataset]],
    keys: dict[str, Any],
    how: dict[str, Any],
    model: str,
) -> None:
    index, known = everything
    identifier = in_utf_8(keys, QueryRetrieveLevel="STUDY", StudyInstanceUID="")
    query = Query(identifier, unique=unique[model], **how)
    expected = {uid for uid, study in known.items() if query.matches(study)}
    found = {
        str(response.StudyInstanceUID)
        for response in index.find(identifier, model=model, relational=True, **how)
    }
    assert found == expected
