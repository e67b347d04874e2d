"""`str(ds)` beside dcmdump on every file that both read: tags, VRs, lengths and nesting."""

import re
import shutil
import subprocess
from typing import Final, NamedTuple

import pytest

import russet
from russet.errors import RussetError
from tests.support import corpus
from tests.support.corpus import CorpusFile

pytestmark = [pytest.mark.interop, pytest.mark.corpus]

_LINE: Final = re.compile(
    r"^( *)\(([0-9a-f]{4},[0-9a-f]{4})\) (\S\S) .*?# +(\d+|u/l), *\d+ [^\n]*$",
    re.DOTALL | re.IGNORECASE | re.MULTILINE,
)
_DELIMITERS: Final = ("FFFE,E00D", "FFFE,E0DD")
_ITEM: Final = "FFFE,E000"
# What DCMTK calls elements whose VR is not in the bytes, or depends on others.
_INNER_VRS: Final = {"up": {"UL"}, "xs": {"US", "SS"}, "ox": {"OW"}, "??": {"UN"}}

_SORTED = "dcmdump sorts elements by tag, we show the order of the file"
_EVENED = "dcmdump shows the even length that it would write"
_ENTERED = "a sequence written as UN: dcmdump shows its bytes, we enter it"
_DIFFERENT: Final = {
    "broken/fuzz/fuzz__TC0391_meta_glen_zero.dcm": "dcmdump takes the group length last",
    "broken/made/made__e01_odd_length.dcm": _EVENED,
    "broken/made/made__e03_unordered.dcm": _SORTED,
    "broken/made/made__e17_ds_garbage.dcm": _SORTED,
    "broken/made/made__e19_us_odd_size.dcm": _SORTED,
    "broken/made/made__f35_two_files_joined.dcm": "dcmdump takes the second file for elements",
    "broken/made/made__p05_fragment_odd.dcm": _EVENED,
    "broken/made/made__p17_dims_65535.dcm": _SORTED,
    "broken/made/made__p25_pixels_then_lower_tags.dcm": _SORTED,
    "broken/made/made__s06_stray_item_delim.dcm": "dcmdump ends at a delimiter out of place",
    "broken/made/made__s10_item_longer_than_seq.dcm": "dcmdump believes the item, we the sequence",
    "broken/made/made__s22_private_creator_in_item.dcm": _SORTED,
    "broken/made/made__s24_pixel_data_in_item.dcm": _SORTED,
    "broken/real/pydicom-data__bad_sequence.dcm": _ENTERED,
    "broken/real/pydicom__meta_missing_tsyntax.dcm": _EVENED,
    "dicomdir/pydicom/DICOMDIR-nooffset": "the last item is cut short, dcmdump shows what it says",
    "enhanced/dicom2nifti__philips_enhanced_fmri_001_implicit_IM-0001-9600-0001.dcm": (
        "private sequences in Implicit VR, which we know to be some"
    ),
    "rt/pydicom__rtdose_rle.dcm": _ENTERED,
    "rt/pylibjpeg-data__rtdose_rle_1frame.dcm": _ENTERED,
    "structure/pydicom__nested_priv_SQ.dcm": _EVENED,
}


class Line(NamedTuple):
    """What a line says of an element or item."""

    indent: int
    tag: str
    vr: str
    length: str


@pytest.mark.parametrize("file", corpus.files(), ids=lambda file: file.name)
def test_tags_vrs_lengths_and_nesting_are_those_of_dcmdump(file: CorpusFile) -> None:
    if shutil.which("dcmdump") is None:
        pytest.skip("dcmdump is not installed")
    ended = subprocess.run(["dcmdump", "-q", "-M", file.path], capture_output=True, check=False)
    try:
        ours = lines(str(russet.dcmread(file.path)))
    except RussetError:
        pytest.skip("russet refuses it")
    if ended.returncode:
        pytest.skip("dcmdump refuses it")
    theirs = lines(ended.stdout.decode("latin-1"))
    same = len(ours) == len(theirs) and all(map(agree, ours, theirs))
    if file.name in _DIFFERENT:
        assert not same, f"no longer different: {_DIFFERENT[file.name]}"
        return
    differ = [pair for pair in zip(ours, theirs, strict=False) if not agree(*pair)]
    assert same, f"{len(ours)} and {len(theirs)} lines; {differ[:3]}"


def lines(dumped: str) -> list[Line]:
    """The elements, items and fragments of a dump; delimiters are shown by dcmdump only."""
    found = (
        Line(len(indent), tag.upper(), vr, length)
        for indent, tag, vr, length in _LINE.findall(dumped)
    )
    return [line for line in found if line.tag not in _DELIMITERS]


def agree(ours: Line, theirs: Line) -> bool:
    """Whether two lines say the same."""
    if (ours.indent, ours.tag) != (theirs.indent, theirs.tag):
        return False
    if ours.length != theirs.length:
        # We count the bytes of an item of undefined length.
        return ours.tag == _ITEM and theirs.length == "u/l"
    return (
        ours.vr == theirs.vr or ours.vr in _INNER_VRS.get(theirs.vr, ()) or may_differ(ours, theirs)
    )


def may_differ(ours: Line, theirs: Line) -> bool:
    """Whether dcmdump may give another VR with good reason."""
    # It shows OB for whatever is encapsulated (PS3.5 A.4), and SQ for UN of undefined length.
    if ours.length == "u/l":
        return ours.vr in ("OW", "UN")
    # It knows other private elements of vendors than we do.
    return int(ours.tag[:4], 16) & 1 == 1 and "??" in (theirs.vr, {"UN": "??"}.get(ours.vr))
