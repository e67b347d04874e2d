"""The elements of vendors: known by the owner of their block, where the bytes do not say."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pydicom
import pytest

from russet import codec
from russet.data import Dataset, Tag, dcmread, read_dataset
from russet.data.private import Known, private_dictionary, register
from tests.support import corpus
from tests.support.encoding import EXPLICIT, IMPLICIT, explicit, implicit, item
from tests.support.places import absent

CSA = implicit(0x00290011, b"SIEMENS CSA HEADER")


def implicit_dataset(*elements: bytes) -> Dataset:
    return read_dataset(b"".join(elements), IMPLICIT)


def test_an_entry_says_vr_multiplicity_and_name() -> None:
    found = codec.private_entry("SIEMENS CSA HEADER", 0x00291108)
    assert found is not None
    assert (found.vr, found.vm, found.name) == ("CS", "1", "CSA Image Header Type")
    assert codec.private_entry("SIEMENS CSA HEADER", 0x00290008) is None
    assert codec.private_entry("NOBODY", 0x00291108) is None


def test_implicit_vr_is_read_by_the_owner_of_the_block() -> None:
    ds = implicit_dataset(CSA, implicit(0x00291108, b"IMAGE NUM 4 "), implicit(0x00291208, b"IMA "))
    assert (ds[0x00291108].vr, ds[0x00291108].value) == ("CS", "IMAGE NUM 4")
    assert (ds[0x00291208].vr, ds[0x00291208].written_vr) == ("UN", "UN")


def test_un_is_read_by_the_owner_of_the_block() -> None:
    creator = explicit(0x00190010, "LO", b"GEMS_ACQU_01")
    data = creator + explicit(0x00191002, "UN", b"\x78\x03\0\0") + explicit(0x001910DF, "DS", b"1 ")
    ds = read_dataset(data, EXPLICIT)
    assert [element.vr for element in ds] == ["LO", "SL", "DS"]
    assert (ds[0x00191002].value, ds[0x00191002].written_vr) == (888, "UN")


def test_a_value_that_cannot_be_is_left_as_bytes() -> None:
    creator = implicit(0x00190010, b"GEMS_ACQU_01")
    ds = implicit_dataset(creator, implicit(0x00191002, b"\x78\x03"), implicit(0x001910DF, b"\1\2"))
    assert [(element.vr, bytes(element.value)) for element in list(ds)[1:]] == [
        ("UN", b"\x78\x03"),
        ("UN", b"\1\2"),
    ]


def test_an_item_has_owners_of_its_own() -> None:
    inside = item(CSA, implicit(0x00291108, b"IMA ")) + item(implicit(0x00291108, b"IMA "))
    ds = implicit_dataset(implicit(0x00081140, inside), CSA, implicit(0x00291108, b"MR"))
    assert [each[0x00291108].vr for each in ds.ReferencedImageSequence] == ["CS", "UN"]
    assert [
        [entry["vr"] for entry in ds.to_json_dict()["00081140"]["Value"][at].values()]
        for at in (0, 1)
    ] == [
        ["LO", "CS"],
        ["UN"],
    ]


def test_a_sequence_of_a_vendor_has_items() -> None:
    creator = implicit(0x20050014, b"Philips MR Imaging DD 005")
    inside = item(implicit(0x00081155, b"1.2.3\0"))
    ds = implicit_dataset(creator, implicit(0x20051402, inside))
    assert ds[0x20051402].vr == "SQ"
    assert ds[0x20051402].value[0].ReferencedSOPInstanceUID == "1.2.3"
    assert ds.to_json_dict()["20051402"]["Value"] == [
        {"00081155": {"vr": "UI", "Value": ["1.2.3"]}}
    ]


def test_what_is_registered_is_known() -> None:
    ds = implicit_dataset(
        implicit(0x00330010, b"RUSSET TEST 1"),
        implicit(0x00331001, b"\x02\0"),
        implicit(0x00331002, b"A^B "),
    )
    assert ds[0x00331001].vr == "UN"
    register(
        "RUSSET TEST 1 ",
        {"(0033,xx01)": Known("US", "1", "Count"), 0x00335502: ("PN", "1", "Reader")},
    )
    assert ds[0x00331001].value == 2
    assert ds[0x00331002].value.family_name == "A"
    entry = codec.private_entry("RUSSET TEST 1", 0x00331001)
    assert entry is not None
    assert entry.name == "Count"


@pytest.mark.parametrize(
    ("tag", "vr", "why"),
    [
        ("(0032,xx01)", "US", "no private block"),
        (0x00330001, "US", "no private block"),
        ("(0033,xx01)", "XX", "'XX' is no VR"),
        ("(0033,xx01)", "S ", "is no VR"),
    ],
)
def test_only_private_elements_with_a_vr_can_be_registered(
    tag: str | int, vr: str, why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        register("RUSSET TEST 2", {tag: (vr, "1", "")})


def test_a_dictionary_of_dcmtk_is_read() -> None:
    lines = [
        "# a comment\n",
        '(0029,"SIEMENS CSA HEADER",08)\tCS\tCSAImageHeaderType\t1\tPrivateTag\n',
        '(2001-o-20ff,"ACME",10)\tDS\tRange\t1-n\tPrivateTag\n',
        '(0029,"SIEMENS CSA HEADER",10)\tna\tNothing\t1\n',
        '(0019,"ACME",0a)\tUL\tNumbers\t1-n\n',
    ]
    assert private_dictionary(lines) == {
        "SIEMENS CSA HEADER": {"(0029,xx08)": ("CS", "1", "CSAImageHeaderType")},
        "ACME": {"(0019,xx0a)": ("UL", "1-n", "Numbers")},
    }


def test_the_dictionary_that_dcmtk_ships_is_read_whole() -> None:
    found = [*Path("/usr/share").glob("*dcmtk*/private.dic")]
    if not found:
        absent("DCMTK's private.dic")
    lines = found[0].read_text("latin-1").splitlines()
    wanted = [line for line in lines if line.startswith("(")]
    elements = private_dictionary(lines)
    assert sum(map(len, elements.values())) > 0.95 * len(wanted)


def test_siemens_ge_and_philips_are_read_as_pydicom_reads_them() -> None:
    if not corpus.files():
        absent("the corpus")
    compared: dict[str, int] = {}
    differing = []
    for file in corpus.files():
        if file.oracle["pydicom_read"] != "ok" or not file.readable:
            continue
        for creator, tag, ours, theirs in private_vrs(file):
            compared[creator] = compared.get(creator, 0) + 1
            if ours != theirs:
                differing.append((file.name, creator, str(tag), ours, theirs))
    assert differing == []
    vendors = {creator.split(" ")[0].split("_")[0] for creator in compared}
    assert vendors >= {"SIEMENS", "GEMS", "Philips"}


def private_vrs(file: corpus.CorpusFile) -> Iterator[tuple[str, Tag, str, str]]:
    """Creator, tag and both VRs of each private element that pydicom knows the creator of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stack: list[tuple[Dataset, Any]] = [
            (dcmread(file.path), pydicom.dcmread(file.path, force=True))
        ]
        while stack:
            ours, theirs = stack.pop()
            for element in ours:
                if not (element.tag.is_private or element.vr == "SQ"):
                    continue
                other = theirs.get(element.tag)
                if other is None:
                    continue
                if element.vr == other.VR == "SQ":
                    stack += zip(element.items(), other.value, strict=False)
                if element.tag.is_private and isinstance(other.private_creator, str):
                    yield other.private_creator, element.tag, element.vr, str(other.VR)
