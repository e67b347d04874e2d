"""The DICOM JSON Model of the corpus beside pydicom's, and back."""

import json
import logging
import warnings
from base64 import b64decode
from typing import Any

import pydicom
import pytest

from russet import codec
from russet.data import Dataset, dcmread
from russet.errors import EncodeError, RussetError
from tests.support.corpus import CorpusFile, files

Model = dict[str, Any]

BIG_ENDIAN = "1.2.840.10008.1.2.2"

# pydicom leaves escape sequences of GB 2312 in the text, and reads ISO_IR 203 as ISO_IR 100.
THEIR_CHARSETS = {
    "charset/made__charset_10_ISO_IR_203.dcm",
    "charset/made__charset_20_ISO_2022_IR_58.dcm",
}
# pydicom does not inflate these two; for us the data set is the one that they deflated.
THEIR_SYNTAXES = {
    "compressed/jpip/made__ts_4_205_jpip_htj2k_referenced_deflate.dcm",
    "compressed/jpip/made__ts_4_95_jpip_referenced_deflate.dcm",
}
# An escape sequence that ends in the middle: no character set encodes what it reads as.
NO_WAY_BACK = {"broken/made/made__e23_charset_escape_unfinished.dcm"}

# Fragments of odd length are padded too, and then their lengths are others.
ODD_FRAGMENTS = {
    "broken/made/made__p05_fragment_odd.dcm",
    "broken/real/pylibjpeg-data__NM_Kakadu44_SOTmarkerincons.dcm",
}

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.filterwarnings("ignore"),
]

every_file = pytest.mark.parametrize("file", files(), ids=lambda file: file.name)
whole_file = pytest.mark.parametrize(
    "file",
    [f for f in files() if f.kind != "broken" and f.name not in THEIR_CHARSETS | THEIR_SYNTAXES],
    ids=lambda file: file.name,
)


def theirs(file: CorpusFile) -> Model:
    """What pydicom makes of a file; the test is skipped where that is an error."""
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model: Model = pydicom.dcmread(file.path, force=True).to_json_dict()
    except Exception as error:  # noqa: BLE001 (whatever pydicom says of what it cannot read)
        pytest.skip(f"pydicom: {error}")
    finally:
        logging.disable(logging.NOTSET)
    return model


def differences(ours: Model, theirs: Model, *, big_endian: bool) -> list[str]:
    """Where two models differ otherwise than by the paragraphs named here."""
    # Group lengths are not in the model (PS3.18 F.2.2).
    theirs = {tag: element for tag, element in theirs.items() if not tag.endswith("0000")}
    found = [f"{tag}: only one has it" for tag in ours.keys() ^ theirs.keys()]
    for tag in ours.keys() & theirs.keys():
        mine, other = ours[tag], theirs[tag]
        # Who knows more private elements says more of them (PS3.5 7.8); the dictionary's choices
        # are one VR in the model (PS3.5 A.1).
        if mine["vr"] != other["vr"]:
            private = int(tag[3], 16) & 1
            known = {"UN"} & {mine["vr"], other["vr"]} if private else " or " in other["vr"]
            found += [] if known else [f"{tag}: {mine['vr']} {other['vr']}"]
        elif mine["vr"] == "SQ":
            items, others = mine.get("Value", []), other.get("Value", [])
            found += [] if len(items) == len(others) else [f"{tag}: items"]
            for item, their_item in zip(items, others, strict=False):
                inner = differences(item, their_item, big_endian=big_endian)
                found += [f"{tag}/{path}" for path in inner]
        elif content(mine) != content(other) and not (big_endian and "InlineBinary" in mine):
            found.append(f"{tag}: {mine} {other}")
    return found


def content(element: Model) -> Any:
    """What an element has, with the empty ones among several as null (PS3.18 F.2.5)."""
    if "InlineBinary" in element:
        return element["InlineBinary"]
    values = element.get("Value", [])
    # Spaces at the end of any value are padding (PS3.5 6.2), pydicom takes those of the last away.
    stripped = [value.rstrip(" ") if isinstance(value, str) else value for value in values]
    return [None if value == "" else value for value in stripped]


@whole_file
def test_the_model_is_the_one_of_pydicom(file: CorpusFile) -> None:
    expected = theirs(file)
    dataset = dcmread(file.path)
    big_endian = dataset.transfer_syntax == BIG_ENDIAN
    assert differences(dataset.to_json_dict(), expected, big_endian=big_endian) == []


@every_file
def test_a_data_set_made_of_the_model_has_the_same_model(file: CorpusFile) -> None:
    try:
        text = dcmread(file.path).to_json()
    except RussetError as error:
        pytest.skip(str(error))
    if file.name in NO_WAY_BACK:
        with pytest.raises(EncodeError):
            Dataset.from_json(text)
        return
    again = Dataset.from_json(text)
    assert len(codec.element_span(again.index, 0, len(again))) % 2 == 0
    if (written := again.to_json()) != text and file.name not in ODD_FRAGMENTS:
        # Binary values of odd length are padded (PS3.5 6.2).
        assert json.loads(written, object_hook=padded) == json.loads(text, object_hook=padded)


def padded(element: Model) -> Model:
    """The same, with the bytes of a binary value brought to even length."""
    if "InlineBinary" not in element:
        return element
    value = b64decode(element["InlineBinary"])
    return element | {"InlineBinary": value + bytes(len(value) % 2)}
