"""Instances received into a data folder with an index."""

from typing import Any, Final

from russet.data import Dataset
from russet.services.storage import StoreRequest, StoreResult
from russet.storage import DataFolder, Durability, InstanceFiles, OnDuplicate
from russet.storage.index import Index, IndexedReceiver
from tests.support.instances import CT, EXPLICIT

__all__ = ["Archive", "instance", "request_of"]

_DEFAULTS: Final[dict[str, Any]] = {
    "SOPClassUID": CT,
    "SOPInstanceUID": "1.2.3.4",
    "StudyDate": "20260102",
    "Modality": "CT",
    "PatientName": "CITIZEN^Jan",
    "PatientID": "P1",
    "StudyInstanceUID": "1.2.3.2",
    "SeriesInstanceUID": "1.2.3.3",
}


def instance(**elements: Any) -> Dataset:
    """A data set that says which instance it is, with `elements` in it or, where None, without."""
    known = {**_DEFAULTS, **elements}
    return Dataset({key: value for key, value in known.items() if value is not None})


def request_of(dataset: Dataset, syntax: str = EXPLICIT) -> StoreRequest:
    """What is known of an instance before its data arrive."""
    sop_class, uid = str(dataset.SOPClassUID), str(dataset.SOPInstanceUID)
    return StoreRequest(sop_class, uid, syntax, "SENDER", "RUSSET", 1, 0)


class Archive:
    """A receiver with its index, without the network.

    Attributes:
        folder: The data folder.
        index: The index.
    """

    def __init__(
        self,
        folder: DataFolder,
        duplicates: str = "keep",
        durability: Durability = Durability.FSYNC,
    ) -> None:
        self.folder = folder
        self.index = Index(folder, durability)
        self._files = InstanceFiles(folder, durability, OnDuplicate(duplicates))
        self.receiver = IndexedReceiver(self._files, self.index)

    def close(self) -> None:
        """Commit and close."""
        self.index.close()
        self._files.close()

    def store(self, dataset: Dataset, syntax: str = EXPLICIT) -> StoreResult:
        """Receive one instance."""
        sink = self.receiver.open(request_of(dataset, syntax))
        assert not isinstance(sink, StoreResult)
        sink.write([bytes(dataset.encode(syntax))])
        result = sink.finish()
        assert isinstance(result, StoreResult)
        if result.afterwards:
            result.afterwards()
        return result

    def find(self, level: str, model: str = "study", **keys: Any) -> list[Dataset]:
        """The responses to a query whose keys need no unique ones above them."""
        identifier = Dataset(QueryRetrieveLevel=level, **keys)
        return list(self.index.find(identifier, model=model, relational=True))
