from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from russet import codec
from russet.data import Dataset, read_dataset
from russet.storage import DataFolder, Durability
from russet.storage.index import Index, Record, read_record
from russet.storage.index.digest import digest_of
from tests.support.indexed import Archive, instance, request_of
from tests.support.instances import CT, EXPLICIT

IMPLICIT = "1.2.840.10008.1.2"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
REPORT = "1.2.840.10008.5.1.4.1.1.88.11"


@pytest.fixture(params=["keep"])
def archive(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Archive]:
    with DataFolder(tmp_path / "data") as folder:
        made = Archive(folder, request.param)
        yield made
        made.close()


replacing = pytest.mark.parametrize("archive", ["replace"], indirect=True)


def counts(archive: Archive) -> dict[str, list[Any]]:
    """What patients, studies and series say of what is below them."""
    keys: dict[str, tuple[str, ...]] = {
        "PATIENT": (
            "NumberOfPatientRelatedStudies",
            "NumberOfPatientRelatedSeries",
            "NumberOfPatientRelatedInstances",
        ),
        "STUDY": ("NumberOfStudyRelatedSeries", "NumberOfStudyRelatedInstances"),
        "SERIES": ("NumberOfSeriesRelatedInstances",),
    }
    return {
        level: sorted(
            tuple(response[word].value for word in words)
            for response in archive.find(level, "patient", **dict.fromkeys(words))
        )
        for level, words in keys.items()
    }


def test_a_success_is_in_the_index(archive: Archive) -> None:
    assert archive.store(instance()).status == 0x0000
    (found,) = archive.find("IMAGE", SOPInstanceUID="", PatientName="", StudyDate="", Modality="")
    assert (found.SOPInstanceUID, found.PatientName) == ("1.2.3.4", "CITIZEN^Jan")
    assert (found.StudyDate, found.Modality, found.InstanceAvailability) == (
        "20260102",
        "CT",
        "ONLINE",
    )


def test_the_row_says_where_the_file_is_and_what_is_in_it(archive: Archive) -> None:
    archive.store(instance())
    (row,) = archive.index.select(
        Dataset(QueryRetrieveLevel="STUDY", StudyInstanceUID="1.2.3.2"), relational=True
    )
    file = archive.folder.root / row.path
    assert row[:3] == (CT, "1.2.3.4", EXPLICIT)
    assert row.path == "instances/1.2.3.2/1.2.3.3/1.2.3.4.dcm"
    assert (row.size, row.digest) == (file.stat().st_size, digest_of(str(file)))


def test_what_is_above_is_counted_and_collected(archive: Archive) -> None:
    for study, series, uid, modality, sop_class in (
        ("1.1", "1.1.1", "1", "CT", CT),
        ("1.1", "1.1.1", "2", "CT", CT),
        ("1.1", "1.1.2", "3", "MR", MR),
        ("1.2", "1.2.1", "4", "MR", MR),
    ):
        archive.store(
            instance(
                StudyInstanceUID=study,
                SeriesInstanceUID=series,
                SOPInstanceUID=uid,
                Modality=modality,
                SOPClassUID=sop_class,
            )
        )
    assert counts(archive) == {
        "PATIENT": [(2, 3, 4)],
        "STUDY": [(1, 1), (2, 3)],
        "SERIES": [(1,), (1,), (2,)],
    }
    (found,) = archive.find(
        "STUDY", StudyInstanceUID="1.1", ModalitiesInStudy="", SOPClassesInStudy=""
    )
    assert found.ModalitiesInStudy == ["CT", "MR"]
    assert found.SOPClassesInStudy == [CT, MR]


def test_the_same_file_again_is_one_row(archive: Archive) -> None:
    for _ in range(3):
        assert archive.store(instance()).status == 0x0000
    assert counts(archive)["STUDY"] == [(1, 1)]


def test_of_two_that_differ_the_first_is_the_instance_and_the_other_a_copy(
    archive: Archive,
) -> None:
    for number in (1, 2):
        archive.store(instance(InstanceNumber=number))
    (found,) = archive.find("IMAGE", InstanceNumber=None)
    assert found.InstanceNumber == 1
    assert archive.index.count() == 1
    assert archive.index.reconcile()[:4] == (2, [], [], [])


def test_a_second_file_of_an_instance_in_another_series_is_told_of(
    archive: Archive, caplog: pytest.LogCaptureFixture
) -> None:
    for series in ("1.7", "1.8"):
        archive.store(instance(SeriesInstanceUID=series))
    first, second = (f"instances/1.2.3.2/{series}/1.2.3.4.dcm" for series in ("1.7", "1.8"))
    assert caplog.messages == [f"{second} has the UID of {first}, which is found"]


@replacing
def test_with_replace_the_last_one_is_the_instance(archive: Archive) -> None:
    for number, series in ((1, "1.7"), (2, "1.8"), (3, "1.8")):
        archive.store(instance(InstanceNumber=number, SeriesInstanceUID=series))
    (found,) = archive.find("IMAGE", InstanceNumber=None, SeriesInstanceUID="")
    assert (found.InstanceNumber, found.SeriesInstanceUID) == (3, "1.8")
    assert counts(archive) == {"PATIENT": [(1, 1, 1)], "STUDY": [(1, 1)], "SERIES": [(1,)]}
    assert archive.index.reconcile()[:4] == (2, [], [], [])


@replacing
def test_what_was_replaced_has_the_digest_of_what_is_there(archive: Archive) -> None:
    for name in ("ONE", "OTHER"):
        archive.store(instance(PatientName=name))
    (row,) = archive.index.select(
        Dataset(QueryRetrieveLevel="STUDY", StudyInstanceUID="1.2.3.2"), relational=True
    )
    assert row.digest == digest_of(str(archive.folder.root / row.path))


def test_a_study_completes_itself_and_is_never_changed(archive: Archive) -> None:
    archive.store(instance(SOPInstanceUID="1.1", StudyDescription="HEAD"))
    archive.store(instance(SOPInstanceUID="1.2", StudyDescription="OTHER", AccessionNumber="A1"))
    (found,) = archive.find("STUDY", AccessionNumber="A1", StudyDescription="")
    assert found.StudyDescription == "HEAD"


def test_patients_with_one_id_are_told_apart_by_who_issued_it(archive: Archive) -> None:
    for number, issuer in enumerate(("HOSPITAL", "CLINIC")):
        archive.store(
            instance(
                IssuerOfPatientID=issuer,
                StudyInstanceUID=f"1.{number + 1}",
                SOPInstanceUID=f"2.{number + 1}",
            )
        )
    found = archive.find("PATIENT", "patient", PatientID="P1", IssuerOfPatientID="")
    assert {patient.IssuerOfPatientID for patient in found} == {"HOSPITAL", "CLINIC"}


def test_studies_without_a_patient_id_do_not_become_one_patient(archive: Archive) -> None:
    for number, name in enumerate(("ONE", "OTHER")):
        archive.store(
            instance(
                PatientID="",
                PatientName=name,
                StudyInstanceUID=f"1.{number + 1}",
                SOPInstanceUID=f"2.{number + 1}",
            )
        )
    found = archive.find("STUDY", PatientName="")
    assert {str(study.PatientName) for study in found} == {"ONE", "OTHER"}


def test_an_instance_without_study_and_series_is_held_all_the_same(archive: Archive) -> None:
    for uid in ("1.1", "1.2"):
        archive.store(instance(StudyInstanceUID=None, SeriesInstanceUID="", SOPInstanceUID=uid))
    assert archive.index.holds(CT, "1.1")
    assert archive.index.holds(CT, "1.2")
    assert counts(archive)["PATIENT"] == [(2, 2, 2)]


def test_a_study_that_has_no_uid_is_no_row_but_its_instances_are(archive: Archive) -> None:
    archive.store(instance(StudyInstanceUID=None, SeriesInstanceUID=""))
    for level, uid in (("STUDY", "StudyInstanceUID"), ("SERIES", "SeriesInstanceUID")):
        assert archive.find(level, **{uid: ""}) == []
    assert len(archive.find("IMAGE", SOPInstanceUID="")) == 1


def test_names_in_any_character_set_are_kept_in_utf_8(archive: Archive) -> None:
    archive.store(
        instance(
            SpecificCharacterSet="ISO_IR 100", PatientName="Müller^Jörg", StudyDescription="für"
        )
    )
    identifier = Dataset(QueryRetrieveLevel="STUDY", StudyDescription="")
    identifier.SpecificCharacterSet = "ISO_IR 192"
    identifier.PatientName = "MÜLLER*"
    (found,) = archive.index.find(identifier)
    assert (found.PatientName, found.StudyDescription) == ("Müller^Jörg", "für")


def test_sequences_are_kept_for_those_who_ask(archive: Archive) -> None:
    code = Dataset(CodeValue="C1", CodingSchemeDesignator="99X", CodeMeaning="Kopf")
    archive.store(instance(ProcedureCodeSequence=[code]))
    wanted = Dataset(CodeValue="C1", CodeMeaning="")
    (found,) = archive.find("STUDY", ProcedureCodeSequence=[wanted])
    assert found.ProcedureCodeSequence[0].CodeMeaning == "Kopf"
    assert archive.find("STUDY", ProcedureCodeSequence=[Dataset(CodeValue="C2")]) == []


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG_ENDIAN])
def test_every_syntax_gives_the_same_attributes(archive: Archive, syntax: str) -> None:
    for number in (1, 2):
        archive.store(
            instance(SOPInstanceUID=f"1.{number}", Rows=512, InstanceNumber=number), syntax
        )
    found = archive.find("IMAGE", Rows=None, InstanceNumber=None)
    assert sorted((image.Rows, image.InstanceNumber) for image in found) == [(512, 1), (512, 2)]


texts = st.text("ABCü^ 1", max_size=6)


@given(
    elements=st.lists(
        st.fixed_dictionaries(
            {"SOPClassUID": st.sampled_from([CT, REPORT])},
            optional={
                "SpecificCharacterSet": st.just("ISO_IR 192"),
                "PatientName": texts,
                "StudyDescription": texts,
                "SeriesNumber": st.integers(0, 3),
                "InstanceNumber": st.integers(0, 10**6),
                "ContentLabel": st.sampled_from(["", "LABEL", "TWO\\VALUES"]),
                "DocumentTitle": texts,
                "Rows": st.sampled_from([None, 512, [1, 2]]),
                "ConceptNameCodeSequence": st.just([Dataset(CodeValue="C1")]),
            },
        ),
        min_size=2,
        max_size=4,
    )
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_arrives_is_recorded_as_its_file_would_be(
    tmp_path_factory: pytest.TempPathFactory, elements: list[dict[str, Any]]
) -> None:
    with DataFolder(tmp_path_factory.mktemp("data")) as folder:
        archive = Archive(folder, durability=Durability.NONE)
        records: list[Record] = []
        add = archive.index.add

        def noting(record: Record, *, replaces: bool = False) -> Any:
            records.append(record)
            return add(record, replaces=replaces)

        archive.index.add = noting  # type: ignore[method-assign]
        for number, more in enumerate(elements):
            dataset = instance(SOPInstanceUID=f"1.{number + 1}")
            if not {str(v).isascii() for v in more.values()} <= {True}:
                more["SpecificCharacterSet"] = "ISO_IR 192"
            if "SpecificCharacterSet" in more:
                dataset.SpecificCharacterSet = more.pop("SpecificCharacterSet")
            for keyword, value in more.items():
                dataset[keyword] = value
            archive.store(dataset)
        archive.close()
        for record in records:
            read = read_record(str(folder.root), record.file.path)
            assert record[:5] == read[:5]
            assert record.file[:4] == read.file[:4]


def test_an_index_is_of_use_to_many_threads_and_closed_once(archive: Archive) -> None:
    archive.store(instance())
    archive.index.close()
    archive.index.close()
    with pytest.raises(Exception, match="the index is closed"):
        archive.index.count()
    assert isinstance(archive.index, Index)


def test_what_was_received_without_waiting_for_its_row_is_found_by_the_next_search(
    tmp_path: Path,
) -> None:
    with DataFolder(tmp_path / "data") as folder:
        archive = Archive(folder, durability=Durability.NONE)
        for number in range(1, 40):
            archive.store(instance(SOPInstanceUID=f"1.2.{number}"))
            assert archive.index.count() == number
            assert archive.index.holds(CT, f"1.2.{number}")
        archive.close()


def test_uids_that_the_data_set_lacks_are_found_as_the_command_had_them(archive: Archive) -> None:
    known = instance(SOPInstanceUID=None, SOPClassUID=None)
    for uid in ("1.2.7", "1.2.8"):
        sink = archive.receiver.open(request_of(instance(SOPInstanceUID=uid)))
        sink.write([bytes(known.encode(EXPLICIT))])  # type: ignore[union-attr]
        assert sink.finish().status == 0  # type: ignore[union-attr]
    found = archive.find("IMAGE", SOPInstanceUID="", SOPClassUID="")
    assert {(each.SOPClassUID, each.SOPInstanceUID) for each in found} == {
        (CT, "1.2.7"),
        (CT, "1.2.8"),
    }
    assert {
        row.sop_instance_uid
        for row in archive.index.select(
            Dataset(QueryRetrieveLevel="STUDY", StudyInstanceUID="1.2.3.2"), relational=True
        )
    } == {"1.2.7", "1.2.8"}


def test_what_a_peer_makes_up_at_length_is_not_all_kept_in_the_index(archive: Archive) -> None:
    known = instance(StudyID="9")
    long = [codec.encode_element(tag, "LO", b"7" * 20_000) for tag in (0x0008_1030, 0x0010_2180)]
    data = bytes(known.encode(EXPLICIT))
    at = data.index(b"\x20\x00\x0d\x00UI")
    archive.store(read_dataset(b"".join((data[:at], *long, data[at:])), EXPLICIT))
    (path,) = archive.folder.instances.rglob("*.dcm")
    record = read_record(str(archive.folder.root), str(path.relative_to(archive.folder.root)))
    assert len(record.study.attributes) < 40_000
    assert record.study.uid == "1.2.3.2"
    assert [found.StudyID for found in archive.find("STUDY", StudyID="", StudyInstanceUID="")] == [
        "9"
    ]
