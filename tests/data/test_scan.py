"""Many files at once: each value as `dcmread` has it, and a row for whatever happens."""

import os
import zlib
from collections.abc import Iterable
from pathlib import Path

import pyarrow
import pytest

import russet
from russet.data.scan import Table, scan, tables
from russet.data.tag import Tag
from russet.errors import RussetError
from tests.support.corpus import files
from tests.support.encoding import explicit, implicit, item, part10_file, undefined

TAGS = [
    "TransferSyntaxUID",
    "SpecificCharacterSet",
    "ImageType",
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyDate",
    "Modality",
    "SeriesDescription",
    "PatientName",
    "PatientID",
    "PatientWeight",
    "SliceThickness",
    "StudyInstanceUID",
    "SeriesNumber",
    "InstanceNumber",
    "ImagePositionPatient",
    "Rows",
    "Columns",
    "PixelSpacing",
    "SmallestImagePixelValue",
    "WindowCenter",
]
# Where a scan gives less than reading all of the file, and why.
LESS = {
    "made__s24_pixel_data_in_item.dcm": "tags out of order behind one above all that are wanted",
    "made__s08_seq_length_long.dcm": "a sequence longer than it says: an error",
    "fuzz__TC0169_patientname_over_1MB.dcm": "a name above 64 KiB: an error",
    "made__e17_ds_garbage.dcm": "a number that is none: an error",
}
DATASET = explicit(0x00080060, "CS", b"CT") + explicit(0x00100020, "LO", b"4711")


def write(folder: Path, name: str, data: bytes) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return str(path)


def only(path: str, *tags: str) -> dict[str, str | int | float | None]:
    (row,) = scan(path, tags).rows()
    return row


def expected(dataset: russet.Dataset, tag: str) -> str | int | float | None:
    """What a column has for a value that `dcmread` gives."""
    source = dataset.file_meta if tag == "TransferSyntaxUID" else dataset
    if source is None or Tag.of(tag) not in source:
        return None
    element = source[Tag.of(tag)]
    if not element.is_text or tag in {"PatientWeight", "SliceThickness"} or tag.endswith("Number"):
        value: str | int | float | None = element.value
        return value
    return "\\".join(element.texts)


@pytest.mark.corpus
def test_every_value_of_the_corpus_is_the_one_that_dcmread_gives() -> None:
    entries = files()
    rows = scan([entry.path for entry in entries], TAGS).rows()
    compared = 0
    for entry, row in zip(entries, rows, strict=True):
        assert row["path"] == str(entry.path)
        try:
            dataset = russet.dcmread(entry.path)
        except RussetError:
            continue
        if entry.path.name in LESS:
            continue
        for tag in TAGS:
            assert row[tag] == expected(dataset, tag), (entry.name, tag)
            compared += 1
    assert compared > 7000


@pytest.mark.corpus
def test_threads_do_not_change_the_table() -> None:
    paths = [entry.path for entry in files()]
    one, two = (pyarrow.table(scan(paths, TAGS, threads=n)) for n in (1, 2))
    assert len(one) == len(paths)
    assert one == two


def test_a_folder_is_searched_in_order_without_what_is_hidden(tmp_path: Path) -> None:
    image = part10_file(DATASET)
    for name in ("b/2.dcm", "b/1.dcm", "a", "c.txt", ".hidden/1.dcm", "b/.trash", "z/y/x/1"):
        write(tmp_path, name, image)
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("a")
    (tmp_path / "loop").symlink_to(".")
    (tmp_path / "dangling").symlink_to("nowhere")
    found = scan(tmp_path, ["Modality"])
    names = ["a", "b/1.dcm", "b/2.dcm", "c.txt", "link", "z/y/x/1"]
    assert found.column("path") == [str(tmp_path / name) for name in names]
    assert found.failures == []
    assert set(found.column("Modality")) == {"CT"}


def test_whatever_is_wrong_with_a_file_is_a_row(tmp_path: Path) -> None:
    paths = [
        write(tmp_path, "empty", b""),
        write(tmp_path, "junk", b"no image at all, by no means"),
        write(tmp_path, "cut", part10_file(DATASET)[:-2]),
        str(tmp_path / "absent"),
        write(tmp_path, "whole", part10_file(DATASET)),
        "/dev/null",
    ]
    table = scan(paths, ["Modality", "PatientID"])
    not_dicom = "not DICOM: no preamble, and byte 0 is no element header"
    assert table.column("error") == [
        not_dicom,
        not_dicom,
        "2 more bytes needed at offset 0xb6 in (0010,0020)",
        "No such file or directory",
        None,
        "neither a file nor a folder",
    ]
    assert table.column("Modality") == [None, None, "CT", None, "CT", None]
    assert table.column("PatientID") == [None, None, None, None, "4711", None]
    assert [path for path, _error in table.failures] == [*paths[:4], paths[5]]


def test_a_named_folder_among_files_is_searched(tmp_path: Path) -> None:
    image = part10_file(DATASET)
    first, second = write(tmp_path, "x/1", image), write(tmp_path, "0", image)
    paths: Iterable[str | Path] = (path for path in (tmp_path / "x", second))
    assert scan(paths, ["Modality"]).column("path") == [first, second]


def test_values_behind_the_first_read_and_behind_large_ones_are_found(tmp_path: Path) -> None:
    name = explicit(0x00100020, "LO", b"far away")
    for before in [*range(16_330, 16_390, 2), 65_530, 65_536, 5_000_000]:
        # The value lies on either side of the first read, the header across its end.
        data = part10_file(explicit(0x00091001, "OB", b"\0" * before) + name)
        assert only(write(tmp_path, "image", data), "PatientID")["PatientID"] == "far away"


def test_deflated_and_big_endian_files_are_read(tmp_path: Path) -> None:
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    deflated = deflater.compress(DATASET + explicit(0x7FE00010, "OW", b"\1\2" * 100_000))
    image = part10_file(deflated + deflater.flush(), "1.2.840.10008.1.2.1.99")
    assert only(write(tmp_path, "deflated", image), "PatientID")["PatientID"] == "4711"
    big = b"\0\x28\0\x10US\0\2\2\1"
    image = part10_file(big, "1.2.840.10008.1.2.2")
    assert only(write(tmp_path, "big", image), "Rows")["Rows"] == 513


def test_a_file_of_four_gigabytes_is_read_by_its_header(tmp_path: Path) -> None:
    head = part10_file(explicit(0x00091001, "OB", b"", 0xFFFFFF00))
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.write(head)
        file.truncate(len(head) + 0xFFFFFF00)
        file.seek(0, os.SEEK_END)
        file.write(DATASET[10:])
    read = []
    table = scan(path, ["PatientID"], progress=lambda *told: read.append(told))
    assert table.column("PatientID") == ["4711"]
    assert read[-1][2] < 1 << 17


def test_columns_are_named_by_keyword_and_typed_by_the_dictionary(tmp_path: Path) -> None:
    path = write(tmp_path, "image", part10_file(DATASET))
    table = scan(path, ["PatientID", 0x00280010, (0x18, 0x50), "0028,0030", "(0019,100C)"])
    types = pyarrow.schema(table)
    assert table.columns == (
        *("path", "PatientID", "Rows", "SliceThickness", "PixelSpacing"),
        *("(0019,100C)", "error"),
    )
    assert [str(field.type) for field in types] == [
        *("string", "string", "int64", "double", "string", "string", "string")
    ]


def test_elements_of_items_are_named_by_their_way(tmp_path: Path) -> None:
    steps = undefined(0x00400275, "SQ", item(explicit(0x00400009, "SH", b"S1")), item())
    path = write(tmp_path, "image", part10_file(steps))
    row = only(
        path,
        "RequestAttributesSequence[0].ScheduledProcedureStepID",
        "(0040,0275)[1].(0040,0009)",
    )
    assert list(row.values())[1:] == ["S1", None, None]
    assert list(row)[2] == "RequestAttributesSequence[1].ScheduledProcedureStepID"


@pytest.mark.parametrize(
    ("tag", "reason"),
    [
        ("PixelData", "holds bytes"),
        ("RequestAttributesSequence", "is a sequence: name an element"),
        ("RequestAttributesSequence.ScheduledProcedureStepID", "does not say which item"),
        ("PatientID[0].PatientName", "is no sequence"),
        ("Patient", "neither a tag nor a keyword"),
    ],
)
def test_what_no_column_can_hold_is_refused_at_once(tag: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        scan((), [tag])


def test_a_column_is_there_once_and_threads_are_some() -> None:
    with pytest.raises(ValueError, match="named twice"):
        scan((), ["Rows", "(0028,0010)"])
    with pytest.raises(ValueError, match="0 threads"):
        scan((), ["Rows"], threads=0)


def test_nothing_to_scan_is_a_table_without_rows() -> None:
    table = scan((), ["Rows"])
    assert (len(table), table.columns, list(table.rows())) == (0, ("path", "Rows", "error"), [])
    assert pyarrow.table(table).num_rows == 0


def test_progress_is_told_and_paths_are_skipped(tmp_path: Path) -> None:
    image = part10_file(DATASET)
    paths = [write(tmp_path, f"{number:04}", image) for number in range(1000)]
    told: list[tuple[int, int | None, int]] = []
    table = scan(tmp_path, ["Modality"], progress=lambda *now: told.append(now), skip=paths[:300])
    assert table.column("path") == paths[300:]
    assert told[-1] == (700, 700, 700 * len(image))
    assert [done for done, _total, _octets in told] == sorted(done for done, _t, _o in told)


def test_tables_come_while_it_goes_on_and_may_be_left(tmp_path: Path) -> None:
    image = part10_file(DATASET)
    for number in range(5000):
        write(tmp_path, f"{number:04}", image)
    running = tables(tmp_path, ["Modality"], threads=2)
    first, second = next(running), next(running)
    assert (len(first), first.columns) == (0, ("path", "Modality", "error"))
    assert 0 < len(second) < 5000
    del running
    assert len(scan(tmp_path, ["Modality"])) == 5000


def test_what_progress_raises_ends_the_scan(tmp_path: Path) -> None:
    path = write(tmp_path, "image", part10_file(DATASET))

    def interrupt(*_told: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan(path, ["Modality"], progress=interrupt)


def test_what_the_paths_raise_is_raised() -> None:
    def paths() -> Iterable[str]:
        yield "/dev/null"
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"):
        scan(paths(), ["Modality"])
    with pytest.raises(TypeError):
        scan([1], ["Modality"])  # type: ignore[list-item]


def test_text_is_decoded_and_private_text_of_implicit_vr_too(tmp_path: Path) -> None:
    data = (
        implicit(0x00080005, b"ISO_IR 192")
        + implicit(0x00100010, "René^".encode())
        + implicit(0x0019100C, b"1000")
    )
    path = write(tmp_path, "image", part10_file(data, "1.2.840.10008.1.2"))
    row = only(path, "PatientName", "(0019,100C)")
    assert (row["PatientName"], row["(0019,100C)"]) == ("René^", "1000")


def test_a_name_that_is_no_text_is_read_all_the_same(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff.dcm"
    with open(path, "wb") as file:  # noqa: PTH123 (a path of bytes)
        file.write(part10_file(DATASET))
    for paths in (tmp_path, os.fsdecode(path)):
        table = scan(paths, ["Modality"])
        assert table.column("path") == [f"{tmp_path}/\\xff.dcm"]
        assert table.column("Modality") == ["CT"]


def test_a_table_says_what_it_is(tmp_path: Path) -> None:
    table: Table = scan(write(tmp_path, "image", part10_file(DATASET)), ["Modality"])
    assert repr(table) == "<Table of 1 files: path, Modality, error>"
    with pytest.raises(KeyError):
        table.column("Rows")


def test_after_some_hundred_files_a_path_may_still_be_anything(tmp_path: Path) -> None:
    data = part10_file(DATASET)
    named = [write(tmp_path, f"one-{number:03}", data) for number in range(300)]
    inside = [write(tmp_path / "folder" / "in", name, data) for name in ("a", "b")]
    os.mkfifo(tmp_path / "pipe")
    empty, missing = tmp_path / "empty", str(tmp_path / "missing")
    empty.mkdir()
    wanted = [*named, str(tmp_path / "folder"), str(tmp_path / "pipe"), str(empty), missing]
    seen: list[tuple[int, int | None, int]] = []
    table = scan([*wanted, inside[0], named[0]], ["PatientID"], progress=lambda *t: seen.append(t))
    assert table.column("path") == [*named, *inside, str(tmp_path / "pipe"), missing]
    assert table.column("PatientID") == ["4711"] * 302 + [None, None]
    wrong = ["neither a file nor a folder", "No such file or directory"]
    assert [why for _, why in table.failures] == wrong
    assert seen[-1][:2] == (304, 304)


def test_what_was_dealt_with_before_is_passed_over_in_a_folder_named_late(tmp_path: Path) -> None:
    data = part10_file(DATASET)
    named = [write(tmp_path, f"one-{number:03}", data) for number in range(300)]
    done, fresh = (write(tmp_path / "folder", name, data) for name in ("a", "b"))
    table = scan([*named, str(tmp_path / "folder")], ["PatientID"], skip=[done, named[299]])
    assert table.column("path") == [*named[:299], fresh]
