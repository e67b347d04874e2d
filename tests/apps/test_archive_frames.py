"""Frames taken out of what an archive holds, each status of PS3.4 Y among the answers."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import russet
from russet import codec
from russet.data import Dataset
from russet.services.retrieve import Progress
from russet.services.storage import Instance
from tests.support.encoding import item
from tests.support.indexed import instance

MULTI_FRAME = "1.2.840.10008.5.1.4.1.1.3.1"
JPEG = "1.2.840.10008.1.2.4.50"
JPEG_2000_PART_2 = "1.2.840.10008.1.2.4.93"
MPEG2 = "1.2.840.10008.1.2.4.100"
FRAMES = 6


def multi_frame(**elements: Any) -> Dataset:
    """Six frames of 2 x 1 pixels; the pixels of a frame are its number."""
    return instance(
        SOPClassUID=MULTI_FRAME,
        Rows=1,
        Columns=2,
        BitsAllocated=8,
        BitsStored=8,
        HighBit=7,
        SamplesPerPixel=1,
        PixelRepresentation=0,
        PhotometricInterpretation="MONOCHROME2",
        NumberOfFrames=str(FRAMES),
        PixelData=bytes(byte for frame in range(1, FRAMES + 1) for byte in (frame, frame)),
        **elements,
    )


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    timed = {"FrameIncrementPointer": 0x0018_1063, "FrameTime": "500"}
    vector = {
        "FrameIncrementPointer": 0x0018_1065,
        "FrameTimeVector": ["0", "100", "100", "400", "400", "1000"],
    }
    groups = [Dataset(FrameContentSequence=[Dataset(FrameComments=str(n))]) for n in range(1, 7)]
    private = {"PerFrameFunctionalGroupsSequence": groups, "RepresentativeFrameNumber": 5}
    with (
        russet.Archive(tmp_path / "data") as archive,
        russet.serve(0, services=archive.services) as receiver,
        russet.connect("127.0.0.1", receiver.port) as association,
    ):
        for uid, elements in (
            ("9.1", timed),
            ("9.2", vector),
            ("9.3", private),
        ):
            sent = multi_frame(SOPInstanceUID=uid, **elements)
            assert association.store(sent).status == 0x0000
        assert association.store(instance(SOPInstanceUID="9.9")).status == 0x0000
        yield receiver.port


def fetch(port: int, uid: str | None, **how: Any) -> tuple[Progress, list[Dataset]]:
    arrived: list[Dataset] = []

    def take(came: Instance) -> None:
        arrived.append(russet.dcmread(came.file_bytes()))

    asked = Dataset(QueryRetrieveLevel="FRAME", **({"SOPInstanceUID": uid} if uid else {}), **how)
    with russet.connect("127.0.0.1", port) as association:
        *_, last = association.get(take, asked, model="composite", level="FRAME")
    return last, arrived


@pytest.mark.parametrize(
    ("uid", "how", "frames"),
    [
        ("9.1", {"SimpleFrameList": [2, 5]}, [2, 5]),
        ("9.1", {"SimpleFrameList": 3}, [3]),
        ("9.1", {"SimpleFrameList": [6, 7, 8]}, [6]),
        ("9.1", {"CalculatedFrameList": [1, 4, 2]}, [1, 3]),
        ("9.1", {"CalculatedFrameList": [1, 2, 1, 4, 0xFFFFFFFF, 2]}, [1, 2, 4, 6]),
        ("9.1", {"TimeRange": [0.4, 1.5]}, [2, 3, 4]),
        ("9.2", {"TimeRange": [0.1, 0.6]}, [2, 3, 4]),
    ],
)
def test_frames_come_as_an_instance_of_their_own(
    port: int, uid: str, how: dict[str, Any], frames: list[int]
) -> None:
    last, (made,) = fetch(port, uid, **how)
    assert (last.status, last.completed) == (0x0000, 1)
    assert made.NumberOfFrames == len(frames)
    assert bytes(made.PixelData)[: 2 * len(frames) : 2] == bytes(frames)
    assert made.SOPInstanceUID != uid
    assert made.SeriesInstanceUID == "1.2.3.3"
    (origin,) = made.FrameExtractionSequence
    assert origin.MultiFrameSourceSOPInstanceUID == uid
    ((keyword, value),) = how.items()
    assert origin[keyword].value == value
    (equipment,) = made.ContributingEquipmentSequence
    assert equipment.PurposeOfReferenceCodeSequence[0].CodeValue == "109105"


def test_what_is_said_of_each_frame_is_said_of_those_that_are_left(port: int) -> None:
    _, (made,) = fetch(port, "9.3", SimpleFrameList=[2, 5])
    groups = made.PerFrameFunctionalGroupsSequence
    assert [each.FrameContentSequence[0].FrameComments for each in groups] == ["2", "5"]
    assert "RepresentativeFrameNumber" not in made
    _, (timed,) = fetch(port, "9.2", SimpleFrameList=[2, 5])
    steps: Any = timed.FrameTimeVector
    assert list(map(float, steps)) == [0, 900]


@pytest.mark.parametrize(
    ("uid", "how", "status"),
    [
        ("9.1", {"SimpleFrameList": [7, 8]}, 0xAA00),
        ("9.1", {"TimeRange": [60.0, 61.0]}, 0xAA00),
        ("9.9", {"SimpleFrameList": [1]}, 0xAA01),
        ("9.3", {"TimeRange": [0.0, 1.0]}, 0xAA03),
        ("9.1", {}, 0xAA04),
        ("9.1", {"SimpleFrameList": [2, 1]}, 0xAA04),
        ("9.1", {"SimpleFrameList": [0, 1]}, 0xAA04),
        ("9.1", {"SimpleFrameList": [1], "TimeRange": [0.0, 1.0]}, 0xAA04),
        ("9.1", {"CalculatedFrameList": [4, 1, 1]}, 0xAA04),
        ("9.1", {"CalculatedFrameList": [1, 4, 0]}, 0xAA04),
        ("9.1", {"TimeRange": [1.0, 0.0]}, 0xAA04),
        (None, {"SimpleFrameList": [1]}, 0xA900),
    ],
)
def test_what_cannot_be_taken_out_has_a_status(
    port: int, uid: str | None, how: dict[str, Any], status: int
) -> None:
    last, arrived = fetch(port, uid, **how)
    assert (f"{last.status:04X}", arrived) == (f"{status:04X}", [])


def compressed(port: int, uid: str, syntax: str, *items: bytes, **elements: Any) -> None:
    """Store six frames that are in fragments, the offset table first."""
    sent = multi_frame(SOPInstanceUID=uid, **elements)
    sent.add("PixelData", "OW", b"".join(map(item, items)))
    head = codec.encode_file_head(MULTI_FRAME, uid, syntax, "1.2", "T", "ME")
    with russet.connect("127.0.0.1", port) as association:
        stored = association.store(head + sent.encode(syntax))
    assert stored.status == 0x0000, stored.reason


def fragments(made: Dataset) -> tuple[list[bytes], list[list[bytes]]]:
    """The offset table as a list, and the fragments of each frame."""
    assert made["PixelData"].vr == "OB"
    (at, length), *_ = made["PixelData"].fragments()
    table = bytes(made["PixelData"].raw)[at - made["PixelData"].offset :][:length]
    frames = made.frames()
    parts = [[bytes(part) for part in frames.fragments(n)] for n in range(len(frames))]
    return [table[n : n + 4] for n in range(0, length, 4)], parts


def test_compressed_frames_come_as_they_are_with_a_table_of_their_own(port: int) -> None:
    frames = [bytes([n, n, 0xFF, 0xD9]) for n in range(1, FRAMES + 1)]
    compressed(port, "9.4", JPEG, b"", *frames)
    last, (made,) = fetch(port, "9.4", SimpleFrameList=[2, 5])
    assert (last.status, made.transfer_syntax, made.NumberOfFrames) == (0x0000, JPEG, 2)
    assert fragments(made) == ([bytes(4), b"\x0c\0\0\0"], [[frames[1]], [frames[4]]])


def test_a_compressed_frame_keeps_all_of_its_fragments(port: int) -> None:
    parts = [bytes([n, n]) for n in range(1, 2 * FRAMES + 1)]
    table = struct.pack("<6I", *range(0, 2 * FRAMES * 10, 20))
    compressed(port, "9.5", JPEG, table, *parts)
    _, (made,) = fetch(port, "9.5", CalculatedFrameList=[2, 6, 4])
    assert fragments(made) == ([bytes(4), b"\x14\0\0\0"], [parts[2:4], parts[10:12]])


def test_an_extended_offset_table_gives_way_to_a_basic_one(port: int) -> None:
    frames = [bytes([n, n, n, 0]) for n in range(1, FRAMES + 1)]
    compressed(
        port,
        "9.6",
        JPEG,
        b"",
        *frames,
        ExtendedOffsetTable=struct.pack("<6Q", *range(0, FRAMES * 12, 12)),
        ExtendedOffsetTableLengths=struct.pack("<6Q", *[3] * FRAMES),
    )
    _, (made,) = fetch(port, "9.6", SimpleFrameList=[6])
    assert fragments(made) == ([bytes(4)], [[frames[5]]])
    assert "ExtendedOffsetTable" not in made
    assert "ExtendedOffsetTableLengths" not in made


@pytest.mark.parametrize(
    ("syntax", "items"),
    [
        (MPEG2, [b"", b"\0\0\1\xb3"]),
        (MPEG2, [b"", *[b"ab"] * FRAMES]),
        (JPEG_2000_PART_2, [b"", *[b"ab"] * FRAMES]),
        (JPEG, [b"", b"ab", b"ab"]),
        (JPEG, [struct.pack("<2I", 0, 10), b"ab", b"ab"]),
    ],
)
def test_frames_that_are_not_compressed_one_by_one_cannot_be_taken_out(
    port: int, syntax: str, items: list[bytes]
) -> None:
    compressed(port, "9.7", syntax, *items)
    last, arrived = fetch(port, "9.7", SimpleFrameList=[1])
    assert (last.status, arrived) == (0xAA02, [])
