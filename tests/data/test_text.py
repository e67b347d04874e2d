"""Data sets as text: the layout of dcmdump, safe for a terminal."""

import re
import shutil

import pytest

import russet
from russet.data import read_dataset
from russet.data.text import escape, text, write, write_elements
from tests.support.corpus import CorpusFile, files
from tests.support.encoding import EXPLICIT, explicit, implicit, item, part10_file, undefined
from tests.support.processes import run


def shown(*elements: bytes, longest: int | None = 64) -> list[str]:
    ds = read_dataset(b"".join(elements), EXPLICIT)
    lines = text(ds, longest=longest).splitlines()
    assert lines[:2] == ["# Dicom-Data-Set", "# Used TransferSyntax: Explicit VR Little Endian"]
    return lines[2:]


@pytest.mark.parametrize(
    ("element", "line"),
    [
        (
            explicit(0x00100010, "PN", b"CITIZEN^Jan "),
            "(0010,0010) PN [CITIZEN^Jan]                            #  12, 1 PatientName",
        ),
        (
            explicit(0x00080008, "CS", b"ORIGINAL\\PRIMARY"),
            "(0008,0008) CS [ORIGINAL\\PRIMARY]                       #  16, 2 ImageType",
        ),
        (
            explicit(0x00080016, "UI", b"1.2.840.10008.5.1.4.1.1.2\0"),
            "(0008,0016) UI =CTImageStorage                          #  26, 1 SOPClassUID",
        ),
        (
            explicit(0x00080018, "UI", b"1.2.3\0"),
            "(0008,0018) UI [1.2.3]                                  #   6, 1 SOPInstanceUID",
        ),
        (
            explicit(0x00080050, "SH", b""),
            "(0008,0050) SH (no value available)                     #   0, 0 AccessionNumber",
        ),
        (
            explicit(0x00280010, "US", b"\x00\x02"),
            "(0028,0010) US 512                                      #   2, 1 Rows",
        ),
        (
            explicit(0x00720026, "AT", b"\x18\x00\x63\x10"),
            "(0072,0026) AT (0018,1063)                              #   4, 1 SelectorAttribute",
        ),
        (
            explicit(0x00280030, "DS", b"0.50\\0.50 "),
            "(0028,0030) DS [0.50\\0.50]                              #  10, 2 PixelSpacing",
        ),
        (
            explicit(0x7FE00010, "OW", b"\x01\x02\x03\x04"),
            "(7FE0,0010) OW 0201\\0403                                #   4, 1 PixelData",
        ),
        (
            explicit(0x00090010, "LO", b"ACME"),
            "(0009,0010) LO [ACME]                                   #   4, 1 PrivateCreator",
        ),
        (
            explicit(0x00091001, "UN", b"ab"),
            "(0009,1001) UN 61\\62                                    #   2, 1 Unknown Tag & Data",
        ),
    ],
)
def test_an_element_is_one_line(element: bytes, line: str) -> None:
    assert shown(element) == [line]


def test_items_are_indented() -> None:
    inner = explicit(0x00200013, "IS", b"12")
    assert shown(undefined(0x00081140, "SQ", item(inner), item())) == [
        "(0008,1140) SQ (Sequence with undefined length #=2)     # u/l, 1 ReferencedImageSequence",
        "  (FFFE,E000) na (Item #=1)                               #  10, 1 Item",
        "    (0020,0013) IS [12]                                     #   2, 1 InstanceNumber",
        "  (FFFE,E000) na (Item #=0)                               #   0, 1 Item",
    ]


def test_fragments_are_items_of_the_pixel_data() -> None:
    pixels = undefined(0x7FE00010, "OB", item(), implicit(0xFFFEE000, b"\xff\xd8"))
    assert shown(pixels) == [
        "(7FE0,0010) OB (PixelSequence #=2)                      # u/l, 1 PixelData",
        "  (FFFE,E000) pi (no value available)                     #   0, 1 Item",
        "  (FFFE,E000) pi ff\\d8                                    #   2, 1 Item",
    ]


def test_long_values_are_cut_unless_asked_for_whole() -> None:
    comments = explicit(0x00104000, "LT", b"x" * 100)
    assert f"[{'x' * 64}...]" in shown(comments)[0]
    assert f"[{'x' * 100}]" in shown(comments, longest=None)[0]
    pixels = explicit(0x7FE00010, "OB", bytes(1 << 20))
    assert len(shown(pixels)[0]) < 120


def test_nothing_in_a_value_reaches_the_terminal_as_a_command() -> None:
    assert escape("a\x1b[2Jb\r\n\x9b") == r"a\x1b[2Jb\x0d\x0a\x9b"
    assert escape("\u202eevil\u2028") == r"\u202eevil\u2028"
    assert escape("山田\u3000太郎 é") == "山田\u3000太郎 é"
    assert "\x1b" not in shown(explicit(0x00100010, "PN", b"\x1b]0;owned\x07 "))[0]


def test_a_value_that_cannot_be_read_says_so_in_its_line() -> None:
    broken, name = shown(
        explicit(0x00280010, "US", b"\x01\x02\x03\x04\x05\x06\x07"),
        explicit(0x00100010, "PN", b"A "),
    )
    assert broken.startswith("(0028,0010) US (length 0x7 where a multiple of 2 is due")
    assert name.startswith("(0010,0010) PN [A]")


def test_text_comes_in_parts_and_ends_with_whoever_wants_no_more() -> None:
    data = b"".join(explicit(0x00091000 + n, "LO", b"x" * 60) for n in range(4000))
    ds = read_dataset(data, EXPLICIT)
    parts: list[str] = []
    write(ds, parts.append)
    assert len(parts) > 5
    assert all(part.endswith("\n") and len(part) < 1 << 17 for part in parts)
    assert "".join(parts) == str(ds) + "\n" == str(read_dataset(bytearray(data), EXPLICIT)) + "\n"

    def stop(_lines: str) -> None:
        raise KeyboardInterrupt

    for buffer in (data, bytearray(data)):
        with pytest.raises(KeyboardInterrupt):
            write_elements(read_dataset(buffer, EXPLICIT), stop)


def test_a_file_has_headings() -> None:
    ds = russet.dcmread(part10_file(explicit(0x00100010, "PN", b"A ")))
    lines = str(ds).splitlines()
    assert lines[:4] == [
        "# Dicom-File-Format",
        "",
        "# Dicom-Meta-Information-Header",
        "# Used TransferSyntax: Explicit VR Little Endian",
    ]
    assert "# Dicom-Data-Set" in lines
    assert lines == text(ds).splitlines()


@pytest.mark.corpus
@pytest.mark.interop
@pytest.mark.parametrize(
    "file",
    [file for file in files() if file.kind in ("sr", "worklist", "document") and file.readable],
    ids=lambda file: file.name,
)
def test_tags_vrs_and_lengths_are_those_of_dcmdump(file: CorpusFile) -> None:
    if shutil.which("dcmdump") is None:
        pytest.skip("dcmdump is not installed")
    theirs = run("dcmdump", "-q", "+L", file.path).stdout
    ours = text(russet.dcmread(file.path))
    assert facts(ours) == facts(theirs)


def facts(dumped: str) -> list[tuple[str, str, str]]:
    """Tag, VR and length of the elements that are in no sequence."""
    found = re.findall(
        r"^(\(.{9}\)) (\w\w) .*?# +(\d+|u/l), \d+ \w", dumped, re.DOTALL | re.MULTILINE
    )
    return [(tag.upper(), vr, length) for tag, vr, length in found if vr != "na"]
