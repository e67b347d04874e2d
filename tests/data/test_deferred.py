"""Of a large file only what is asked for is read, and nobody has to wait for it but who asks."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from russet.data import dcmread
from tests.support.encoding import explicit, item, part10_file, undefined

JPEG: Final = "1.2.840.10008.1.2.4.50"
LARGE: Final = 1 << 26
LITTLE: Final = 1 << 20
SERIES: Final = explicit(
    0x00081115, "SQ", item(explicit(0x00081199, "SQ", item(explicit(0x00081155, "UI", b"1.2\0"))))
)
OWNER: Final = explicit(0x00290010, "LO", b"SIEMENS CSA HEADER")
OWNED: Final = explicit(0x00291008, "UN", b"IMA ")

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/io").exists(), reason="what was read is told by Linux"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A value of 64 MiB with elements in front of it and behind it."""
    found = tmp_path / "large.dcm"
    bulk = explicit(0x00420011, "OB", bytes(LARGE))
    behind = explicit(0x20500010, "SQ", item(explicit(0x00100020, "LO", b"7 ")))
    text = explicit(0x40000010, "LT", b"behind")
    found.write_bytes(part10_file(SERIES + OWNER + OWNED + bulk + behind + text))
    return found


def octets() -> int:
    """Bytes that this process has read."""
    return int(Path("/proc/self/io").read_text().partition("rchar: ")[2].split()[0])


@pytest.fixture
def little() -> Iterator[None]:
    """Not much is read inside."""
    before = octets()
    yield
    assert octets() - before < LITTLE


def test_sequences_and_values_behind_a_large_one_are_read_alone(path: Path, little: None) -> None:
    found = dcmread(path)
    assert found["ReferencedSeriesSequence[0].ReferencedSOPSequence[0].00081155"].value == "1.2"
    assert found.PresentationLUTSequence[0].PatientID == "7"
    assert found["PresentationLUTSequence[0].PatientID"].offset > LARGE
    assert found[0x40000010].value == "behind"
    assert found[0x00291008].vr == "CS"
    assert found[0x00420011].length == LARGE


def test_an_edit_behind_a_large_value_is_written_in_its_place(path: Path) -> None:
    found = dcmread(path)
    found["PresentationLUTSequence[0].PatientID"] = "8"
    found.save_as(path)
    again = dcmread(path, defer=False)
    assert again["PresentationLUTSequence[0].PatientID"].value == "8"
    assert again[0x40000010].value == "behind"
    assert again[0x00420011].length == LARGE


def test_offsets_are_those_of_the_file_wherever_they_are_told(path: Path) -> None:
    late, whole = dcmread(path), dcmread(path, defer=False)
    for ours, theirs in zip(late.walk(), whole.walk(), strict=True):
        assert (ours[0], ours[1].offset, ours[1].length) == (
            theirs[0],
            theirs[1].offset,
            theirs[1].length,
        )
    one, other = (ds.PresentationLUTSequence[0] for ds in (late, whole))
    assert one.index_arrays().offsets == other.index_arrays().offsets


def test_frames_of_a_deferred_value_are_those_of_the_file(tmp_path: Path) -> None:
    frames = [bytes([n]) * LITTLE for n in range(3)]
    pixels = undefined(0x7FE00010, "OB", item(), *map(item, frames))
    path = tmp_path / "frames.dcm"
    path.write_bytes(part10_file(explicit(0x00280008, "IS", b"3 ") + pixels, JPEG))
    assert [bytes(frame) for frame in dcmread(path).frames()] == frames


@pytest.fixture
def compressed(tmp_path: Path) -> Path:
    """Two frames of 32 MiB, and many small fragments of a third."""
    large = bytes(LARGE // 2)
    small = [item(bytes([n, 0])) for n in range(1, 200)]
    table = item(b"".join(n.to_bytes(4, "little") for n in (0, LARGE // 2 + 8, LARGE + 16)))
    pixels = undefined(0x7FE00010, "OB", table, item(large), item(large), *small)
    path = tmp_path / "compressed.dcm"
    path.write_bytes(part10_file(explicit(0x00280008, "IS", b"3 ") + pixels, JPEG))
    return path


def test_where_fragments_are_is_found_without_what_is_in_them(
    compressed: Path, little: None
) -> None:
    found = dcmread(compressed)
    assert [length for _, length in found["PixelData"].fragments()][:4] == [
        *(12, LARGE // 2, LARGE // 2),
        2,
    ]
    assert b"".join(found.frames().fragments(2))[::2] == bytes(range(1, 200))


def test_fragments_are_the_same_wherever_they_are(compressed: Path) -> None:
    late, whole = dcmread(compressed), dcmread(compressed, defer=False)
    assert late["PixelData"].fragments() == whole["PixelData"].fragments()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_others_run_while_a_file_is_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    found: list[str] = []
    reader = threading.Thread(target=lambda: found.append(dcmread(pipe).PatientID))
    reader.start()
    # Opening the other end waits for the reader: if that held the interpreter, both for ever.
    pipe.write_bytes(part10_file(explicit(0x00100020, "LO", b"7 ")))
    reader.join()
    assert found == ["7"]
