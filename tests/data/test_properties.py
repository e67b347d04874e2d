"""Any data set: what is built is what is read back, by russet and by pydicom."""

import io
import struct
from typing import Any, Final

import pydicom
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import russet
from russet.data import Dataset, Tag, edit, read_dataset
from tests.support.beside_pydicom import different, quiet

SYNTAXES: Final = (
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.2",
)
SETTINGS: Final = settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow]
)

LETTERS: Final = st.characters(
    codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp"), exclude_characters="\\^="
)


def text(longest: int) -> st.SearchStrategy[str]:
    return st.text(LETTERS, min_size=1, max_size=longest)


def integers(bits: int, *, signed: bool = False) -> st.SearchStrategy[int]:
    half = 1 << bits - 1
    return st.integers(-half, half - 1) if signed else st.integers(0, 2 * half - 1)


def several(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """One value, or a list of more than one."""
    return values | st.lists(values, min_size=2, max_size=3)


def words(unit: int) -> st.SearchStrategy[bytes]:
    # Only zeros: as bytes, which is what they are compared as, others depend on the byte order.
    return st.integers(0, 4).map(lambda count: bytes(unit * count))


names = st.lists(text(8), min_size=1, max_size=5).map("^".join)
singles = st.floats(width=32, allow_nan=False, allow_infinity=False)
doubles = st.floats(allow_nan=False, allow_infinity=False)
decimals = st.floats(-1e9, 1e9, allow_nan=False).map(lambda number: float(f"{number:.9g}"))
uids = st.lists(st.integers(0, 99999), min_size=1, max_size=6).map(
    lambda parts: ".".join(map(str, ["1", *parts]))
)
dates = st.dates().map(lambda date: f"{date:%Y%m%d}".rjust(8, "0"))
times = st.times().map(lambda time: f"{time:%H%M%S.%f}")
codes = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789", min_size=1, max_size=16)

# For each VR an element of the dictionary that has it, so that Implicit VR can be read; for those
# of which there is none with several values, one alone.
ELEMENTS: Final[dict[str, st.SearchStrategy[Any]]] = {
    "ScheduledStationAETitle": several(codes),  # AE
    "PatientAge": st.integers(0, 999).map(lambda years: f"{years:03}Y"),  # AS
    "FrameIncrementPointer": several(integers(32)),  # AT
    "ImageType": several(codes),  # CS
    "DateOfSecondaryCapture": dates,  # DA
    "PixelSpacing": several(decimals),  # DS
    "AcquisitionDateTime": dates,  # DT
    "RecommendedDisplayFrameRateInFloat": singles,  # FL
    "RealWorldValueLUTData": several(doubles),  # FD
    "ReferencedFrameNumber": several(integers(32, signed=True)),  # IS
    "OtherPatientIDs": several(text(16)),  # LO
    "AdditionalPatientHistory": text(64),  # LT
    "EncapsulatedDocument": st.binary(max_size=8).map(lambda data: data + b"\0" * (len(data) % 2)),
    "DoubleFloatPixelData": words(8),  # OD
    "FloatPixelData": words(4),  # OF
    "TrackPointIndexList": words(4),  # OL
    "ExtendedOffsetTable": words(8),  # OV
    "RedPaletteColorLookupTableData": words(2),  # OW
    "OtherPatientNames": several(names),  # PN
    "AccessionNumber": text(16),  # SH
    "ReferencePixelX0": integers(32, signed=True),  # SL
    "TagAngleSecondAxis": integers(16, signed=True),  # SS
    "InstitutionAddress": text(64),  # ST
    "SelectorSVValue": several(integers(64, signed=True)),  # SV
    "StudyTime": times,  # TM
    "LongCodeValue": text(80),  # UC
    "ReferencedSOPInstanceUID": uids,  # UI
    "SelectorULValue": several(integers(32)),  # UL
    "RetrieveURL": st.text("abc:/.?", min_size=1, max_size=40).filter(lambda url: url[0] != " "),
    "Rows": integers(16),  # US
    "TextValue": text(200),  # UT
    "SelectorUVValue": several(integers(64)),  # UV
}
WORDS: Final = (
    "DoubleFloatPixelData",
    "FloatPixelData",
    "TrackPointIndexList",
    "ExtendedOffsetTable",
    "RedPaletteColorLookupTableData",
)


def elements(depth: int) -> st.SearchStrategy[dict[str, Any]]:
    plain = st.fixed_dictionaries({}, optional=ELEMENTS)
    if depth == 0:
        return plain
    items = st.lists(elements(depth - 1).map(Dataset), max_size=3)
    nested = st.fixed_dictionaries(
        {}, optional={"ReferencedImageSequence": items, "ContentSequence": items}
    )
    return st.tuples(plain, nested).map(lambda both: both[0] | both[1])


def datasets() -> st.SearchStrategy[Dataset]:
    return elements(2).map(
        lambda found: Dataset(
            {"SpecificCharacterSet": "ISO_IR 192", **found},
            SOPClassUID="1.2.840.10008.5.1.4.1.1.7",
            SOPInstanceUID="1.2.3",
        )
    )


def test_every_vr_is_drawn() -> None:
    drawn = {edit.vr_of(Dataset(), Tag.of(keyword)) for keyword in ELEMENTS}
    # Sequences are around them, and UN is what nobody knows.
    assert len(drawn) == 32
    assert not drawn & {"SQ", "UN"}


@SETTINGS
@given(made=datasets(), syntax=st.sampled_from(SYNTAXES))
def test_what_is_encoded_reads_back(made: Dataset, syntax: str) -> None:
    back = read_dataset(made.encode(syntax), syntax)
    assert back == made
    assert back.warnings == []
    assert back.to_dict() == made.to_dict()
    assert bytes(back.encode(made.transfer_syntax or SYNTAXES[1])) == bytes(made.encode())


@SETTINGS
@given(made=datasets(), syntax=st.sampled_from(SYNTAXES))
def test_pydicom_reads_what_is_saved(made: Dataset, syntax: str) -> None:
    target = io.BytesIO()
    made.save_as(target, transfer_syntax=syntax)
    with quiet():
        theirs = pydicom.dcmread(io.BytesIO(target.getvalue()))
        assert list(different(russet.dcmread(target.getvalue()), theirs)) == []
        assert russet.dcmread(target.getvalue()).to_pydicom() == theirs


@SETTINGS
@given(made=datasets(), syntax=st.sampled_from(SYNTAXES), more=elements(1))
def test_any_edit_in_any_encoding_reads_back(
    made: Dataset, syntax: str, more: dict[str, Any]
) -> None:
    back = read_dataset(made.encode(syntax), syntax)
    for keyword, value in more.items():
        back[keyword] = value
        made[keyword] = value
    assert back == made
    assert read_dataset(back.encode(), syntax) == made
    assert bytes(back.encode(SYNTAXES[1])) == bytes(made.encode())


@SETTINGS
@given(made=datasets(), syntax=st.sampled_from(SYNTAXES), draw=st.data())
def test_what_is_deleted_is_gone_and_the_rest_is_there(
    made: Dataset, syntax: str, draw: st.DataObject
) -> None:
    back = read_dataset(made.encode(syntax), syntax)
    tags = draw.draw(st.lists(st.sampled_from(back.tags()), unique=True))
    for tag in tags:
        del back[tag]
    expected = [element for element in made if element.tag not in tags]
    assert list(back) == expected
    text_is_left = "SpecificCharacterSet" in back
    if text_is_left:
        assert list(read_dataset(back.encode(), syntax)) == expected


@SETTINGS
@given(
    numbers=st.lists(integers(64), max_size=4),
    keyword=st.sampled_from(WORDS),
    syntax=st.sampled_from(SYNTAXES),
)
def test_words_are_the_same_numbers_in_any_byte_order(
    numbers: list[int], keyword: str, syntax: str
) -> None:
    made = Dataset({keyword: struct.pack(f"<{len(numbers)}Q", *numbers)})
    back = read_dataset(made.encode(syntax), syntax)
    assert bytes(back[keyword].array) == bytes(made[keyword].array)
    other = Dataset()
    other[keyword] = back[keyword]
    assert other == made


@SETTINGS
@given(made=datasets())
def test_pydicom_gives_back_what_it_got(made: Dataset) -> None:
    with quiet():
        assert Dataset.from_pydicom(made.to_pydicom()) == made
