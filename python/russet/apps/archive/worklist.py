"""A modality worklist from a folder of files (PS3.4 K)."""

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from russet.association.caller import ae_title
from russet.association.extended import WorklistOptions
from russet.data import Dataset, dcmread
from russet.data.matching import Query
from russet.dimse.models import MODELS
from russet.errors import RussetError
from russet.services.query import FindRequest, QueryService

__all__ = ["WorklistFolder"]

_LOG: Final = logging.getLogger("russet.scp")
_SUFFIXES: Final = (".wl", ".dcm", ".json")
_SOP_CLASS: Final = MODELS["worklist"].find or ""
_LARGEST: Final = 1 << 24  # bytes of a file; an item has some thousands
_STEPS: Final = "ScheduledProcedureStepSequence"

_MOST_KEPT: Final = 1000

IsPerformed = Callable[[str, str], bool]
_State = tuple[int, int, int]


class _Known(NamedTuple):
    """A file as it was read; `item` is None for one that is no item."""

    state: _State
    item: Dataset | None


class WorklistFolder:
    """Worklist items, one a file: DICOM files called `*.wl` or `*.dcm`, DICOM JSON called `*.json`.

    Items in the folder are for everybody, those in a folder of it only for who calls us by the
    title that is its name. Files are read again when they have changed, at the next query. One
    that cannot be read is left out, with a line in the log.
    """

    def __init__(self, folder: Path, is_performed: IsPerformed | None = None) -> None:
        """Answer from `folder`.

        Args:
            folder: Where the items are.
            is_performed: Says of a Study Instance UID and a Scheduled Procedure Step ID whether
                that step was performed: then it is on the list no more. The file stays.
        """
        self.folder = folder
        self._is_performed = is_performed or (lambda _study, _step: False)
        self._known: dict[str, _Known] = {}

    def service(self) -> QueryService:
        """The service, for `russet.serve`."""
        service = QueryService(self.find, {_SOP_CLASS})
        service.extended = {_SOP_CLASS: WorklistOptions(fuzzy=True, timezone=True)}
        return service

    def find(self, asked: FindRequest) -> Iterator[tuple[int, Dataset]]:
        """Give the items that match, with their status (PS3.4 K.4.1.1.4).

        Raises:
            IdentifierError: A key that cannot be matched: A900H.
        """
        fuzzy = isinstance(asked.options, WorklistOptions) and asked.options.fuzzy
        query = Query(asked.identifier, fuzzy=fuzzy)
        for item in self.items(asked.called):
            if query.matches(item):
                yield query.status, query.response(item)

    def items(self, called: str = "") -> Iterator[Dataset]:
        """The items for who calls us by a title, without the steps that were performed."""
        paths = self._paths(called)
        if len(self._known) > 2 * len(paths) + _MOST_KEPT:
            self._known.clear()  # Files that are gone are forgotten, now and then.
        for path in paths:
            item = self._read(path)
            if item is not None and (left := self._left(item)) is not None:
                yield left

    def count(self) -> int:
        """How many files there are, for whomever."""
        listed = self._listed(self.folder)
        below = [each for entry in listed if entry.is_dir() for each in self._listed(entry.path)]
        return sum(map(_is_item, (*listed, *below)))

    def _paths(self, called: str) -> list[str]:
        """The files for a title, which is compared with names and never made one."""
        title = ae_title(called)
        paths = []
        for entry in self._listed(self.folder):
            if entry.is_dir() and title and os.fsencode(entry.name) == title:
                paths += [each.path for each in self._listed(entry.path) if _is_item(each)]
            elif _is_item(entry):
                paths.append(entry.path)
        return sorted(paths)

    def _listed(self, folder: str | Path) -> list["os.DirEntry[str]"]:
        try:
            with os.scandir(folder) as listing:
                return list(listing)
        except OSError as error:
            _LOG.warning("the worklist cannot be read: %s: %s", folder, error.strerror)
            return []

    def _read(self, path: str) -> Dataset | None:
        """The item in a file, as it is now."""
        try:
            status = Path(path).stat()
        except OSError:
            self._known.pop(path, None)
            return None
        state = (status.st_size, status.st_mtime_ns, status.st_ino)
        known = self._known.get(path)
        if known is None or known.state != state:
            known = self._known[path] = _Known(state, _item(path, status.st_size))
        return known.item

    def _left(self, item: Dataset) -> Dataset | None:
        """An item without the steps that were performed; None when none is left."""
        study = str(item.get("StudyInstanceUID") or "")
        steps = list(item.get(_STEPS) or ())
        left = [step for step in steps if not self._is_performed(study, _step_id(step))]
        if len(left) == len(steps):
            return item
        if not left:
            return None
        some = item.copy()
        some[_STEPS] = left
        return some


def _step_id(step: Dataset) -> str:
    return str(step.get("ScheduledProcedureStepID") or "")


def _is_item(entry: "os.DirEntry[str]") -> bool:
    hidden = entry.name.startswith(".")
    return entry.name.lower().endswith(_SUFFIXES) and not hidden and entry.is_file()


def _item(path: str, size: int) -> Dataset | None:
    """Read a file; None, and a line in the log, when it is no item."""
    try:
        if size > _LARGEST:
            raise RussetError(f"{size} bytes are no worklist item")
        if path.lower().endswith(".json"):
            item = Dataset.from_json(Path(path).read_bytes())
        else:
            item = dcmread(Path(path).read_bytes())
        if not item.index.is_complete:
            raise RussetError("it ends early")
        if not len(item):
            raise RussetError("there is nothing in it")
    except (OSError, RussetError, ValueError) as error:
        _LOG.warning("a worklist item is left out: %s: %s", path, error)
        return None
    return item
