"""Performed procedure steps as a client makes them: moments, UIDs and series filled in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from russet.association.normalized import Normalized
from russet.codec import uid_entry
from russet.data import Dataset, Uid, dcmread, read_dataset
from russet.errors import UnreadableError
from russet.net.sending import instances
from russet.services.procedure_step import (
    Code,
    change,
    complete,
    create,
    discontinue,
    in_progress,
    performed_series,
)
from russet.storage.source import InstanceSource, examine, find

_TOLD: Final = ("SeriesDescription", "OperatorsName", "PerformingPhysicianName")
_NO_SERIES: Final = (
    "is in no series, having no Series Instance UID: name the files of the instances that were "
    "acquired"
)
_PROTOCOLS: Final = ("ProtocolName", "SeriesDescription", "Modality")

__all__ = ["StepRequests", "begin", "series_of"]


def begin(
    worklist_item: Dataset | Mapping[str, Any],
    started: datetime | None,
    station: str,
    attributes: Mapping[str, Any],
) -> tuple[str, Normalized]:
    """Give the UID of a new step, and the request that makes it.

    Args:
        worklist_item: What the worklist said, or what is known without one.
        started: When it began; now without.
        station: Our AE title.
        attributes: Further ones by keyword.

    Raises:
        ValueError: Neither have what a step cannot be without (PS3.4 F.7.2).
    """
    item = worklist_item if isinstance(worklist_item, Dataset) else Dataset(worklist_item)
    uid = Uid.new()
    return uid, create(uid, in_progress(item, started or _now(), station, **attributes))


@dataclass(frozen=True, slots=True)
class StepRequests:
    """The requests that change one step.

    Attributes:
        sop_instance_uid: Which step.
    """

    sop_instance_uid: str

    def change(self, attributes: Mapping[str, Any]) -> Normalized:
        """Change attributes."""
        return change(self.sop_instance_uid, Dataset(attributes))

    def complete(
        self, series: Any, ended: datetime | None, attributes: Mapping[str, Any]
    ) -> Normalized:
        """End it as performed; `series` is what `series_of` takes."""
        made = complete(series_of(series), ended or _now(), **attributes)
        return change(self.sop_instance_uid, made)

    def discontinue(
        self,
        reason: Code | None,
        series: Any,
        ended: datetime | None,
        attributes: Mapping[str, Any],
    ) -> Normalized:
        """End it as given up."""
        made = discontinue(ended or _now(), reason, series_of(series), **attributes)
        return change(self.sop_instance_uid, made)


def _now() -> datetime:
    return datetime.now().astimezone()


def series_of(what: Any) -> list[Dataset]:
    """Make the items of a Performed Series Sequence (PS3.4 F.7.2) of what was acquired.

    Args:
        what: Items as `performed_series` makes them, taken as they are; or instances, which are put
            together by their series: files, folders, data sets; or one of these.

    Raises:
        UnreadableError: For what is no instance, or says of no series that it is in.
    """
    made: list[Dataset] = []
    found: dict[str, list[Dataset]] = {}
    many = instances(what)
    for one in [what] if many is None else many:
        if isinstance(one, Dataset) and "SOPInstanceUID" not in one:
            made.append(one)
            continue
        for instance, name in _instances(one):
            series = str(instance.get("SeriesInstanceUID") or "")
            if not series:
                raise UnreadableError(f"{name} {_NO_SERIES}")
            found.setdefault(series, []).append(instance)
    return [*made, *(_series(uid, each) for uid, each in found.items())]


def _instances(what: Any) -> Iterable[tuple[Dataset, str]]:
    """The instances that something stands for, each with what to call it."""
    if isinstance(what, Dataset):
        return [(what, str(what.SOPInstanceUID))]
    is_path = isinstance(what, (str, Path))
    return [
        (_read(each), str(each.path or "an instance in memory"))
        for each in (find([Path(what)]) if is_path else [examine(what)])
        if isinstance(each, InstanceSource) or each.named
    ]


def _read(source: Any) -> Dataset:
    if not isinstance(source, InstanceSource):
        where = "" if source.path is None else f"{source.path}: "
        raise UnreadableError(f"{where}{source.reason}")
    if source.path is None:
        return read_dataset(source.data(), source.transfer_syntax)
    return dcmread(source.path, stop_before_pixels=True)


def _series(uid: str, members: list[Dataset]) -> Dataset:
    """Make one item; what its instances do not say is empty, but the protocol may not be."""
    first = members[0]
    images = [_pair(each) for each in members if _is_image(each)]
    others = [_pair(each) for each in members if not _is_image(each)]
    told = {keyword: first.get(keyword) for keyword in _TOLD if first.get(keyword)}
    protocol = next(filter(None, map(first.get, _PROTOCOLS)), "UNKNOWN")
    # An item may have its own character set: that of the instances need not be that of the step.
    told = {"SpecificCharacterSet": "ISO_IR 192", "ProtocolName": protocol, **told}
    return performed_series(uid, "", images, others, **told)


def _pair(instance: Dataset) -> tuple[str, str]:
    return str(instance.get("SOPClassUID") or ""), str(instance.get("SOPInstanceUID") or "")


def _is_image(instance: Dataset) -> bool:
    entry = uid_entry(_pair(instance)[0])
    return "Rows" in instance or (entry is not None and "Image" in entry.keyword)
