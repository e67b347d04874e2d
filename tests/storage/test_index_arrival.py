"""What is recorded of an instance that arrives is what its file would give."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from russet.data import Dataset
from russet.services.storage import StoreRequest, StoreResult
from russet.storage import DataFolder, Durability
from russet.storage.index import Record, read_record
from russet.storage.source import InstanceSource, find
from tests.support.indexed import Archive, instance, request_of
from tests.support.places import CORPUS

# Files of which reading the head tells less, or another thing, than walking to their end.
NOT_THE_SAME = {
    "made__p25_pixels_then_lower_tags.dcm",
    "made__s24_pixel_data_in_item.dcm",
    "made__s08_seq_length_long.dcm",
}


class Recorded(Archive):
    """An archive that remembers what it was given to put into its index."""

    def __init__(self, folder: DataFolder) -> None:
        super().__init__(folder, durability=Durability.NONE)
        self.records: list[Record] = []
        add = self.index.add

        def noting(record: Record, *, replaces: bool = False) -> Any:
            self.records.append(record)
            return add(record, replaces=replaces)

        self.index.add = noting  # type: ignore[method-assign]

    def receive(self, request: StoreRequest, data: bytes | memoryview) -> int:
        """Receive a data set as it is; the status."""
        sink = self.receiver.open(request)
        assert not isinstance(sink, StoreResult)
        sink.write([data])
        result = sink.finish()
        assert isinstance(result, StoreResult)
        if result.afterwards:
            result.afterwards()
        return result.status

    def differing(self) -> list[tuple[Record, Record]]:
        """The records that are not those of their files, with those."""
        root = str(self.folder.root)
        pairs = [(record, read_record(root, record.file.path)) for record in self.records]
        return [
            (record, read)
            for record, read in pairs
            if (record[:5], record.file[:4]) != (read[:5], read.file[:4])
        ]


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Recorded]:
    with DataFolder(tmp_path / "data") as folder:
        made = Recorded(folder)
        yield made
        made.close()


@pytest.mark.corpus
def test_every_instance_of_the_corpus_is_recorded_as_its_file_would_be(archive: Recorded) -> None:
    for source in find([CORPUS]):
        if not isinstance(source, InstanceSource):
            continue
        assert source.path is not None
        if source.path.name in NOT_THE_SAME:
            continue
        uids = source.sop_class_uid, source.sop_instance_uid
        request = StoreRequest(*uids, source.transfer_syntax, "SENDER", "RUSSET", 1, 0)
        # Of the second what is above it is known.
        for _ in range(2):
            archive.receive(request, source.data())
    assert len(archive.records) > 200
    assert archive.differing() == []


def test_instances_without_a_series_do_not_become_one_series(archive: Recorded) -> None:
    for uid in ("1.1", "1.2", "1.3"):
        archive.store(instance(SOPInstanceUID=uid, SeriesInstanceUID=None))
    assert archive.differing() == []
    (study,) = archive.find("STUDY", NumberOfStudyRelatedSeries=None)
    assert study.NumberOfStudyRelatedSeries == 3


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("ProcedureCodeSequence", [Dataset(CodeValue="C1", CodeMeaning="Kopf")]),
        ("PatientComments", "long " * 300),
    ],
)
def test_what_is_not_kept_of_a_later_instance_completes_its_study_all_the_same(
    archive: Recorded, keyword: str, value: Any
) -> None:
    archive.store(instance(SOPInstanceUID="1.1"))
    later = instance(SOPInstanceUID="1.2", **{keyword: value})
    request = request_of(later)
    assert archive.receive(request, later.encode(request.transfer_syntax, lengths="undefined")) == 0
    assert archive.differing() == []
    keys: dict[str, Any] = {keyword: None}
    (study,) = archive.find("STUDY", **keys)
    assert study[keyword].value == later[keyword].value


@pytest.mark.parametrize(
    "more",
    [
        pytest.param(b"\x28\x00\x10\x00IS\x02\x0051", id="another VR"),
        pytest.param(b"\x28\x00\x10\x00US\x02\x00\0\2" * 2, id="repeated"),
        pytest.param(
            b"\x28\x00\x11\x00US\x02\x00\0\2\x28\x00\x10\x00US\x02\x00\0\2", id="out of order"
        ),
        pytest.param(b"\x10\x00\x10\x00PN\x04\x00B^B ", id="a name again"),
    ],
)
def test_what_is_odd_in_an_instance_is_read_alike_on_arrival_and_later(
    archive: Recorded, more: bytes
) -> None:
    for uid in ("1.1", "1.2"):
        request = request_of(instance(SOPInstanceUID=uid))
        data = instance(SOPInstanceUID=uid).encode(request.transfer_syntax)
        assert archive.receive(request, bytes(data) + more) == 0
    assert archive.differing() == []


def test_numbers_written_as_text_are_what_they_were_in_big_endian_too(archive: Recorded) -> None:
    weight = instance()
    weight.PatientWeight = "80.000"
    for syntax in ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"):
        weight.SOPInstanceUID = f"{syntax}.1"
        archive.store(weight, syntax)
    assert archive.differing() == []
    for record in archive.records:
        assert b"80.000" in record.study.attributes
