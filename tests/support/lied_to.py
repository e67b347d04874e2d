"""A process that believes a lie: it does everything with it in every way, and tells what happened.

    python -m tests.support.lied_to "nested 1000 deep" FOLDER

One line of JSON for each use. It has little memory and little time; what it cannot do with those
kills it.
"""

import io
import json
import os
import pickle
import resource
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import russet
from russet import codec
from russet.data import Dataset, read_dataset
from russet.data.compare import compare, find, walk
from russet.data.text import write
from russet.errors import DecodeError, EncodeError, RussetError
from tests.support.lies import Lie, lie

__all__ = ["USES", "main"]

IMPLICIT: Final = "1.2.840.10008.1.2"
MEGABYTE: Final = 1 << 20
ROOM: Final = 64 * MEGABYTE
# What is made of a data set is larger than it, but not by more than this.
FORMS: Final = 24
# An object of Python is this much larger than the eight bytes of an element without a value.
ROOM_OF_OBJECTS: Final = 1024 * MEGABYTE
# Data sets up to so many bytes are also turned into objects, in one way and in every way.
LARGE: Final = 2_000_000
SMALL: Final = 100_000
# No file of the table inflates to more than this and is no bomb.
FREELY: Final = 40 * MEGABYTE
SECONDS: Final = 4.0


def _nothing(_part: object) -> None:
    pass


def _every_value(dataset: Dataset) -> None:
    for element in dataset:
        _tried(partial(getattr, element, "value"))


def _edited(dataset: Dataset) -> None:
    dataset.PatientID = "7"
    dataset.save_as(io.BytesIO())


def _set_inside(dataset: Dataset) -> None:
    path = next((path for path, element in walk(dataset) if element.vr == "PN"), None)
    if path is not None:
        dataset[path] = "A^B"
        dataset.encode()


def _recoded(dataset: Dataset) -> None:
    dataset.encode(IMPLICIT, lengths="undefined", group_lengths="add")


def _again(dataset: Dataset) -> None:
    copies = dataset.copy(), pickle.loads(pickle.dumps(dataset))  # noqa: S301
    for copy in copies:
        sum(1 for _ in compare(dataset, copy))


def _each_frame(dataset: Dataset) -> None:
    frames = dataset.frames()
    for at in range(min(len(frames), 1000)):
        assert len(frames[at]) <= ROOM


def _json(dataset: Dataset) -> None:
    text = dataset.to_json()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Dataset.from_json(text)


USES: Final[dict[str, Callable[[Dataset], object]]] = {
    "warnings": lambda dataset: dataset.warnings,
    "index_arrays": Dataset.index_arrays,
    "dump": lambda dataset: write(dataset, _nothing),
    "JSON": _json,
    "save": lambda dataset: dataset.save_as(io.BytesIO()),
    "edit": _edited,
    "recode": _recoded,
    "frames": _each_frame,
}
"""What is done with a data set, however large it is."""

USES_OF_OBJECTS: Final[dict[str, Callable[[Dataset], object]]] = {
    "every value": _every_value,
    "walk": lambda dataset: sum(1 for _ in walk(dataset)),
    "find": lambda dataset: sum(1 for _ in find(dataset, "PN")),
    "set inside": _set_inside,
    "to_dict": Dataset.to_dict,
    "to_pydicom": lambda dataset: len(dataset.to_pydicom()),
    "copy and compare": _again,
}
"""What makes objects of Python for elements."""


def _fed(data: bytes, syntax: str, part: int, *, nested: bool) -> None:
    """The way of a data set that arrives in a C-STORE."""
    arriving = codec.Walk(syntax, [0x00080016, 0x00080018], nested=nested)
    for at in range(0, len(data), part):
        arriving.feed(data[at : at + part])
    arriving.finish()


def _openings(told: Lie, path: str) -> dict[str, Callable[[], Dataset]]:
    return {
        "bytes": lambda: russet.dcmread(told.file),
        "bytes, strict": lambda: russet.dcmread(told.file, strict=True),
        "path": lambda: russet.dcmread(path),
        "path, strict": lambda: russet.dcmread(path, strict=True),
        "path, few": lambda: russet.dcmread(path, specific_tags=["PatientName"]),
        "data set": lambda: read_dataset(told.data, told.syntax),
    }


def _arrivals(told: Lie, path: str) -> dict[str, Callable[[], object]]:
    return {
        "arriving": lambda: _fed(told.data, told.syntax, 1 << 16, nested=False),
        "arriving, nested": lambda: _fed(told.data, told.syntax, 1 << 16, nested=True),
        "arriving in parts": lambda: _fed(told.data[:100_000], told.syntax, 7, nested=True),
        "scan": lambda: _scanned(path),
    }


def _scanned(path: str) -> None:
    tags = ["PatientName", "Rows", "ReferencedSeriesSequence[0].PatientName"]
    assert len(russet.scan(path, tags, threads=1)) == 1


def _tried(use: Callable[[], Any]) -> tuple[str, int | None, Any]:
    """What came of a use: the kind of error, and its offset."""
    try:
        return "", None, use()
    except DecodeError as error:
        return "DecodeError", error.offset, None
    except (EncodeError, KeyError) as error:
        return type(error).__name__, None, None
    except RussetError as error:
        return type(error).__name__, None, None


def _allow(memory: int, seconds: float) -> None:
    """So much more memory than now, and so much more time of the processor."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + memory
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
    signal.setitimer(signal.ITIMER_PROF, seconds)


def _told(told: Lie, path: str) -> Iterator[tuple[str, str, tuple[str, int | None, Any]]]:
    # What may be inflated is there twice for a moment.
    inflated = 2 * told.room if told.room < FREELY else 0
    for way, arrival in _arrivals(told, path).items():
        _allow(ROOM, SECONDS)
        yield way, "open", _tried(arrival)
    for way, opening in _openings(told, path).items():
        _allow(ROOM + inflated, SECONDS)
        outcome = _tried(opening)
        yield way, "open", outcome
        if outcome[0]:
            continue
        few = told.size < (LARGE if way == "bytes" else SMALL)
        uses = USES | USES_OF_OBJECTS if few else USES
        for name, use in uses.items():
            _allow(ROOM + FORMS * told.size if name in USES else ROOM_OF_OBJECTS, SECONDS)
            dataset = opening()
            yield way, name, _tried(partial(use, dataset))


def main() -> None:
    """Believe the lie that is named."""
    told = lie(sys.argv[1])
    path = str(Path(sys.argv[2], "lie.dcm"))
    Path(path).write_bytes(told.file)
    for way, use, (error, offset, _value) in _told(told, path):
        line: dict[str, object] = {
            "way": way,
            "use": use,
            "error": error,
            "offset": offset,
            "size": told.size,
        }
        if os.environ.get("LIES_MEASURED"):
            usage = resource.getrusage(resource.RUSAGE_SELF)
            line |= {"cpu": usage.ru_utime + usage.ru_stime, "rss": usage.ru_maxrss}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
