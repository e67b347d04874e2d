"""The codec against every file of the corpus, and against what other readers say of it."""

import pytest

from russet import codec
from russet.errors import DecodeError, RussetError
from tests.support.corpus import CorpusFile, files
from tests.support.opened import file_of

WANTED = [0x00080016, 0x00080018, 0x00100010, 0x0020000D]

# Where the only reader that gets through counts something else: the elements of a private sequence
# that only a private dictionary knows, and those before a deflated data set it does not inflate.
UNEQUAL = {
    "enhanced/dicom2nifti__philips_enhanced_fmri_001_implicit_IM-0001-9600-0001.dcm",
    "compressed/jpip/made__ts_4_205_jpip_htj2k_referenced_deflate.dcm",
}

every_file = pytest.mark.parametrize("file", files(), ids=lambda file: file.name)

pytestmark = pytest.mark.corpus


def visit(index: codec.DatasetIndex) -> int:
    """How many elements there are in all; every sequence, fragment and value is asked for."""
    count = len(index)
    for row in range(len(index)):
        vr = index.vr(row)
        if vr == "SQ" or (vr == "UN" and index.undefined(row)):
            count += sum(visit(item) for item in index.items(row))
        elif index.undefined(row):
            assert codec.fragments(index, row) or index.warnings
        else:
            try_value(index, row)
    return count


def try_value(index: codec.DatasetIndex, row: int) -> None:
    """Ask for a value, which may be no number but never more than an error."""
    try:
        index.value(row)
    except DecodeError as caught:
        tag = caught.tag
        assert tag == index.tag(row)


def early(message: str) -> bool:
    """Whether the data set ends too early, or in what is no data set."""
    return "more bytes needed" in message or "no element header" in message


def expected(file: CorpusFile) -> set[int]:
    """What readers that get through the file count."""
    oracle, counts = file.oracle, set()
    if oracle["pydicom_read"] == "ok":
        counts.add(int(oracle["pydicom_elements"]))
    if oracle["dcmdump_rc"] == "0":
        counts.add(int(oracle["dcmdump_elements"]))
    return counts


@every_file
def test_every_file_opens_or_is_refused_with_a_reason(file: CorpusFile) -> None:
    data = file.path.read_bytes()
    try:
        opened = file_of(data)
        count = visit(opened.dataset) + (visit(opened.meta) if opened.meta else 0)
    except RussetError:
        assert file.rejected
        return
    counts = expected(file)
    if file.kind != "broken" and len(counts) == 1 and file.name not in UNEQUAL:
        assert count in counts


@every_file
def test_a_walk_in_parts_finds_what_the_index_finds(file: CorpusFile) -> None:
    data = file.path.read_bytes()
    try:
        opened = file_of(data)
    except RussetError:
        return
    index, start = opened.dataset, opened.dataset_offset
    if any("its items end elsewhere" in message for message, _, _ in index.warnings):
        return  # only who has it all can go back
    rows = ((tag, index.find(tag)) for tag in WANTED)
    short = {tag: row for tag, row in rows if row >= 0 and index.length(row) <= 1024}
    for size in (len(data), 4096, 61) if len(data) < 1 << 20 else (len(data), 16381):
        walk = codec.Walk(opened.transfer_syntax, WANTED)
        for at in range(start, len(data), size):
            walk.feed(data[at : at + size])
        assert walk.values == {tag: bytes(index.raw(row)) for tag, row in short.items()}
        if not any(early(message) for message, _, _ in index.warnings):
            walk.finish()


@pytest.mark.parametrize(
    "name",
    [
        "native/implicit/pydicom__MR_small_implicit.dcm",
        "structure/pydicom__UN_sequence.dcm",
        "structure/made__allvr_deflated.dcm",
        "sr/pydicom__test-SR.dcm",
    ],
)
def test_a_file_may_end_after_any_byte(name: str) -> None:
    file = next(file for file in files() if file.name == name)
    data = file.path.read_bytes()
    whole = codec.read_file(data).tags()
    for end in range(len(data)):
        try:
            opened = file_of(data[:end])
        except RussetError:
            continue
        tags = opened.dataset.tags()
        assert tags == whole[: len(tags)]
        if end % 16 == 0:
            visit(opened.dataset)
