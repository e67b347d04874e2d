"""Frames taken out of a multi-frame image, as an instance of their own (PS3.4 Y.3)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from russet import codec
from russet.data import Dataset, Uid, dcmread
from russet.errors import DecodeError, StatusError

if TYPE_CHECKING:
    from pathlib import Path

    from typing_extensions import Buffer

__all__ = ["Extract", "extract", "wanted"]

_NONE_FOUND: Final = 0xAA00
_NOT_FOR_THIS_CLASS: Final = 0xAA01
_CANNOT_EXTRACT: Final = 0xAA02
_NO_TIME_BASE: Final = 0xAA03
_INVALID_REQUEST: Final = 0xAA04
_LISTS: Final = ("SimpleFrameList", "CalculatedFrameList", "TimeRange")
_EQUIPMENT: Final = {
    "CodeValue": "109105",
    "CodingSchemeDesignator": "DCM",
    "CodeMeaning": "Frame Extracting Equipment",
}
# They number, time or place frames of the source, and would name others in the new instance.
_ABOUT_FRAMES: Final = (
    "RepresentativeFrameNumber",
    "FrameNumbersOfInterest",
    "FrameOfInterestDescription",
    "FrameOfInterestType",
    "StartTrim",
    "StopTrim",
    "PreferredPlaybackSequencing",
    "ExtendedOffsetTable",
    "ExtendedOffsetTableLengths",
)
_PER_FRAME: Final = "PerFrameFunctionalGroupsSequence"
# Each frame is compressed by itself (PS3.5 A.4): not so in video, where one builds on others, nor
# in JPEG 2000 Part 2, where several may be components of one image.
_FRAME_BY_FRAME: Final = frozenset(
    [
        *("1.2.840.10008.1.2.1.98", "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.8.1"),
        *(f"1.2.840.10008.1.2.4.{number}" for number in (50, 51, 57, 70, 80, 81, 90, 91)),
        *(f"1.2.840.10008.1.2.4.{number}" for number in (110, 111, 112, 201, 202, 203)),
    ]
)
_ITEM: Final = b"\xfe\xff\x00\xe0"
_LAST_OFFSET: Final = 0xFFFF_FFFF


class Extract(NamedTuple):
    """The new instance, ready to be sent.

    Attributes:
        sop_class_uid: That of the source.
        sop_instance_uid: Its own.
        transfer_syntax: That of the source.
        encoded: The data set.
    """

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax: str
    encoded: Buffer

    def data(self) -> Buffer:
        """Its data set."""
        return self.encoded


Choose = Callable[[Dataset, int], list[int]]
"""Takes the source and its number of frames; gives those that are wanted, from 0."""


def wanted(identifier: Dataset) -> Choose:
    """Which frames an identifier asks for (PS3.4 Y.3.2).

    Raises:
        StatusError: When it asks in no way, in several, or in one that means nothing: AA04H.
    """
    given = [keyword for keyword in _LISTS if identifier.get(keyword) is not None]
    if len(given) != 1:
        raise _invalid(f"one of {', '.join(_LISTS)} says which frames", *(given or _LISTS[:1]))
    (keyword,) = given
    value = identifier[keyword].value
    numbers = [value] if isinstance(value, (int, float)) else list(value)
    if keyword == "TimeRange":
        return _timed(numbers)
    whole = [int(number) for number in numbers]
    return _simple(whole) if keyword == "SimpleFrameList" else _calculated(whole)


def _simple(numbers: Sequence[int]) -> Choose:
    if not numbers or min(numbers) < 1 or any(a >= b for a, b in pairwise(numbers)):
        raise _invalid("frame numbers begin at 1 and increase", "SimpleFrameList")
    return lambda _, count: [number - 1 for number in numbers if number <= count]


def _calculated(numbers: Sequence[int]) -> Choose:
    ranges = list(zip(numbers[::3], numbers[1::3], numbers[2::3], strict=False))
    falls = any(a[1] >= b[0] for a, b in pairwise(ranges))
    wrong = any(first < 1 or last < first or step < 1 for first, last, step in ranges)
    if not ranges or len(numbers) % 3 or falls or wrong:
        raise _invalid("triplets of first, last and increment that increase", "CalculatedFrameList")

    def choose(_: Dataset, count: int) -> list[int]:
        return [
            number - 1
            for first, last, step in ranges
            for number in range(first, min(last, count) + 1, step)
        ]

    return choose


def _timed(seconds: Sequence[float]) -> Choose:
    if len(seconds) != 2 or not seconds[0] <= seconds[1]:
        raise _invalid("a start and an end, in seconds", "TimeRange")
    start, end = seconds

    def choose(source: Dataset, count: int) -> list[int]:
        times = _times(source, count)
        if times is None:
            raise StatusError("its frames have no times", _NO_TIME_BASE)
        return [at for at, when in enumerate(times) if start <= when / 1000 <= end]

    return choose


def _times(source: Dataset, count: int) -> list[float] | None:
    """When each frame is, in milliseconds after the first (PS3.3 C.7.6.5)."""
    steps = _values(source, "FrameTimeVector")
    if len(steps) == count:
        return list(accumulate(float(step) for step in steps))
    step = source.get("FrameTime")
    return None if step is None else [at * float(step) for at in range(count)]


def extract(path: Path, identifier: Dataset) -> Extract:
    """Make an instance of some frames of the one in a file (PS3.4 Y.3.3).

    Args:
        path: The source.
        identifier: Says which frames.

    Raises:
        StatusError: When that cannot be done, by the statuses AA00H to AA04H.
        OSError: The file cannot be read.
        RussetError: It cannot be decoded.
    """
    choose = wanted(identifier)
    source = dcmread(path)
    count = int(source.get("NumberOfFrames") or 0)
    if not count or "PixelData" not in source:
        raise StatusError("it is no multi-frame image", _NOT_FOR_THIS_CLASS)
    frames = [at for at in choose(source, count) if at < count]
    if not frames:
        raise StatusError("it has none of these frames", _NONE_FOUND)
    try:
        some = _pixels(source, frames)
    except DecodeError as error:
        raise StatusError(str(error), _CANNOT_EXTRACT) from error
    made = _made(source, identifier, frames, count)
    pixels = source["PixelData"]
    # Fragments are OB (PS3.5 A.4), whatever the source calls them.
    made.add("PixelData", "OB" if pixels.is_undefined_length else pixels.vr, some)
    syntax = str(source.transfer_syntax)
    encoded = made.encode(syntax)
    return Extract(str(source.SOPClassUID), str(made.SOPInstanceUID), syntax, encoded)


def _pixels(source: Dataset, numbers: list[int]) -> bytes:
    """Pixel data of some frames, as they are encoded.

    Raises:
        DecodeError: Frames that cannot be told apart.
        StatusError: Frames that are nothing without the others: AA02H.
    """
    frames = source.frames()
    if not source["PixelData"].is_undefined_length:
        return b"".join(frames[at] for at in numbers)
    if source.transfer_syntax not in _FRAME_BY_FRAME:
        raise StatusError("its frames are not compressed one by one", _CANNOT_EXTRACT)
    items = [b"".join(map(_item, frames.fragments(at))) for at in numbers]
    *offsets, _end = accumulate(map(len, items), initial=0)
    if offsets[-1] > _LAST_OFFSET:
        raise StatusError("more than an offset table can tell apart", _CANNOT_EXTRACT)
    # With an offset for each frame, whose fragments may be several (PS3.5 A.4).
    return b"".join([_item(struct.pack(f"<{len(offsets)}I", *offsets)), *items])


def _item(content: bytes | memoryview) -> bytes:
    """A fragment, of even length (PS3.5 A.4)."""
    padded = bytes(content) + b"\0" * (len(content) % 2)
    return _ITEM + struct.pack("<I", len(padded)) + padded


def _made(source: Dataset, identifier: Dataset, frames: list[int], count: int) -> Dataset:
    """Everything but the pixels: what is about frames is about those that are left."""
    made = source.copy()
    for tag in made.tags():
        # What private attributes mean for some of the frames nobody knows (PS3.4 Y.3.3).
        if tag.is_private or codec.keyword_of(tag) in _ABOUT_FRAMES:
            del made[tag]
    for keyword, values in _by_frame(source, frames, count):
        made[keyword] = values
    made.SOPInstanceUID = Uid.new()
    made.NumberOfFrames = len(frames)
    origin = Dataset(MultiFrameSourceSOPInstanceUID=source.SOPInstanceUID)
    for keyword in _LISTS:
        if identifier.get(keyword) is not None:
            origin[keyword] = identifier[keyword]
    made.FrameExtractionSequence = [*(source.get("FrameExtractionSequence") or ()), origin]
    equipment = Dataset(
        Manufacturer="russet",
        PurposeOfReferenceCodeSequence=[Dataset(_EQUIPMENT)],
    )
    contributing = source.get("ContributingEquipmentSequence") or ()
    made.ContributingEquipmentSequence = [*contributing, equipment]
    return made


def _by_frame(source: Dataset, frames: list[int], count: int) -> Iterator[tuple[str, Any]]:
    """What has a value for each frame, with those that are left."""
    groups = source.get(_PER_FRAME) or ()
    if len(groups) == count:
        yield _PER_FRAME, [groups[at] for at in frames]
    pointers = source.get("FrameIncrementPointer") or ()
    for pointer in [pointers] if isinstance(pointers, int) else pointers:
        keyword = codec.keyword_of(int(pointer))
        values = _values(source, keyword)
        if len(values) == count and keyword != "FrameTimeVector":
            yield keyword, [values[at] for at in frames]
    times = _times(source, count)
    if times is not None and "FrameTimeVector" in source:
        yield "FrameTimeVector", [0, *(times[b] - times[a] for a, b in pairwise(frames))]


def _values(source: Dataset, keyword: str) -> list[Any]:
    value = source.get(keyword) if keyword else None
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _invalid(message: str, *keywords: str) -> StatusError:
    tags = [tag for keyword in keywords if (tag := codec.tag_of(keyword)) is not None]
    return StatusError(message, _INVALID_REQUEST, tags)
