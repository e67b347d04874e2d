"""Character sets (PS3.3 C.12.1.1.2, PS3.5 6.1), beside the codecs of Python and pydicom."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.charset import convert_encodings
from pydicom.data import get_charset_files
from pydicom.values import convert_PN

import russet
from russet import codec
from russet.data import PersonName, read_dataset
from russet.errors import EncodeError
from tests.data.test_corpus import different
from tests.support.encoding import EXPLICIT, explicit, item, part10_file, undefined

pytestmark = pytest.mark.usefixtures("pydicom_is_quiet")

CHARSET: Final = 0x00080005
NAME: Final = 0x00100010


def decoded(data: bytes, charset: str) -> str:
    (text,) = codec.decode_texts("LT", data, charset)
    return text


def by_python(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except UnicodeDecodeError:
        return None


@pytest.mark.parametrize(
    ("term", "name"),
    [
        ("ISO_IR 100", "latin_1"),
        ("ISO_IR 101", "iso8859_2"),
        ("ISO_IR 109", "iso8859_3"),
        ("ISO_IR 110", "iso8859_4"),
        ("ISO_IR 144", "iso8859_5"),
        ("ISO_IR 127", "iso8859_6"),
        ("ISO_IR 126", "iso8859_7"),
        ("ISO_IR 138", "iso8859_8"),
        ("ISO_IR 148", "iso8859_9"),
        ("ISO_IR 203", "iso8859_15"),
        ("ISO_IR 166", "tis_620"),
        # What it has beyond JIS X 0201 takes two bytes.
        ("ISO_IR 13", "shift_jis"),
    ],
)
def test_sets_of_one_byte_are_those_of_python(term: str, name: str) -> None:
    for code in range(0x100):
        data = bytes([code]) + b"."
        # What is in no set is the character of the same number.
        expected = by_python(data, name) or data.decode("latin_1")
        assert decoded(data, term) == expected, f"{code:#x}"


DOUBLE: Final[dict[str, tuple[bytes, int, Callable[[bytes], str | None], dict[bytes, str]]]] = {
    "ISO 2022 IR 87": (b"\x1b$B", 0, lambda code: by_python(b"\x1b$B" + code, "iso2022_jp"), {}),
    "ISO 2022 IR 159": (
        b"\x1b$(D",
        0,
        lambda code: by_python(b"\x1b$(D" + code, "iso2022_jp_2"),
        # A tilde of full width, so that no two bytes read as one of ASCII.
        {b'"7': "\uff5e"},
    ),
    "ISO 2022 IR 149": (b"\x1b$)C", 0x80, lambda code: by_python(code, "euc_kr"), {}),
    "ISO 2022 IR 58": (
        b"\x1b$)A",
        0x80,
        lambda code: by_python(code, "gb2312"),
        # The dot and the dash as in GB 18030 and GBK, so that a name reads the same in all three.
        {b"\xa1\xa4": "\xb7", b"\xa1\xaa": "\u2014"},
    ),
}


@pytest.mark.parametrize("term", DOUBLE)
def test_sets_of_two_bytes_are_those_of_python(term: str) -> None:
    escape, half, python, other = DOUBLE[term]
    codes = [bytes([row | half, cell | half]) for row in _GRAPHIC for cell in _GRAPHIC]
    for code in codes:
        expected = other.get(code) or python(code)
        if expected is not None:
            assert decoded(escape + code, "\\" + term) == expected, code


@pytest.mark.parametrize(("term", "differences"), [("GBK", 0), ("GB18030", 20)])
def test_chinese_sets_are_those_of_python(term: str, differences: int) -> None:
    """Python has GB 18030 of 2000, where 20 characters that Unicode got later are private."""
    found = 0
    for code in (bytes([row, cell]) for row in range(0x81, 0xFF) for cell in range(0x40, 0xFF)):
        expected = by_python(code, term)
        if expected is not None and decoded(code, term) != expected:
            assert "\ue000" <= expected <= "\uf8ff"
            found += 1
    assert found == differences


@pytest.mark.parametrize("path", get_charset_files("*.dcm"), ids=lambda path: Path(path).name)
def test_files_of_pydicom_read_as_pydicom_reads_them(path: str) -> None:
    assert list(different(russet.dcmread(path), pydicom.dcmread(path))) == []


_GRAPHIC: Final = range(0x21, 0x7F)
_SCRIPTS: Final = {
    "ISO_IR 100": "aé",
    "ISO_IR 192": "aé山가ﾔ",
    "GB18030": "a王小é",
    "GBK": "a王小",
    "ISO_IR 13": "aﾔﾏﾀﾞ",
    "ISO 2022 IR 100\\ISO 2022 IR 144\\ISO 2022 IR 126": "aéЛΔ",
    "\\ISO 2022 IR 87\\ISO 2022 IR 159": "a山田あ丂",
    "ISO 2022 IR 13\\ISO 2022 IR 87": "aﾔﾏ山田",
    "\\ISO 2022 IR 149": "a홍길洪",
    "\\ISO 2022 IR 58": "a张小",
}


@st.composite
def names(draw: st.DrawFn) -> tuple[str, str]:
    charset = draw(st.sampled_from(sorted(_SCRIPTS)))
    component = st.text(_SCRIPTS[charset], min_size=1, max_size=4)
    group = st.lists(component, min_size=1, max_size=5).map("^".join)
    groups = st.lists(group, min_size=1, max_size=3).map("=".join)
    return charset, draw(groups)


@given(names())
def test_a_name_that_is_encoded_reads_back(drawn: tuple[str, str]) -> None:
    charset, name = drawn
    data = codec.encode_value("PN", name, charset=charset)
    assert PersonName(codec.decode_texts("PN", data, charset)[0]) == name
    if "58" not in charset:  # pydicom keeps its escape sequences in the text
        assert convert_PN(data, convert_encodings(charset.split("\\"))) == name


def test_what_no_set_has_is_refused_by_name() -> None:
    with pytest.raises(EncodeError, match=r"'山' \(U\+5C71\) is not in ISO_IR 100; ISO_IR 192 has"):
        codec.encode_value("PN", "山", charset="ISO_IR 100")
    with pytest.raises(EncodeError, match="CS takes ASCII only, not 'é'"):
        codec.encode_value("CS", "é", charset="ISO_IR 192", check=False)


def test_a_character_set_has_one_name() -> None:
    assert codec.charset_named("ISO-IR 100 ") == "ISO_IR 100"
    assert codec.charset_named("\\ISO 2022 IR 87") == "ISO 2022 IR 6\\ISO 2022 IR 87"
    assert codec.unknown_charset_terms("ISO_IR 100\\ISO_IR 7\\utf8") == ["ISO_IR 7"]


def test_only_terms_that_nobody_knows_are_warned_of() -> None:
    known, unknown = (
        read_dataset(explicit(CHARSET, "CS", terms), EXPLICIT)
        for terms in (b"\\ISO 2022 IR 87 ", b"ISO_IR 999")
    )
    assert known.warnings == []
    ((text, offset, tag),) = unknown.warnings
    assert "'ISO_IR 999' is not known" in text
    assert (offset, tag) == (8, CHARSET)


GREEK: Final = explicit(NAME, "PN", b"\xc4\xe9")


@pytest.mark.parametrize("around", [b"", explicit(CHARSET, "CS", b"")], ids=["absent", "empty"])
def test_a_fallback_holds_where_no_character_set_is_said(around: bytes, tmp_path: Path) -> None:
    nested = undefined(0x00101002, "SQ", item(GREEK))
    data = around + GREEK + nested
    file = part10_file(data)
    path = tmp_path / "greek.dcm"
    path.write_bytes(file)
    for ds in (
        read_dataset(data, EXPLICIT, fallback_charset="ISO_IR 126"),
        russet.dcmread(file, fallback_charset="ISO_IR 126"),
        russet.dcmread(path, fallback_charset="ISO_IR 126"),
    ):
        assert ds.PatientName == ds.OtherPatientIDsSequence[0].PatientName == "Δι"
        theirs = ds.to_pydicom()
        assert theirs.PatientName == theirs.OtherPatientIDsSequence[0].PatientName == "Δι"
    assert russet.dcmread(path).PatientName == "Äé"


def test_an_edit_leaves_the_bytes_of_other_text_as_they_are() -> None:
    """Also those that no encoder would write: here, of a character that is not in JIS X 0208."""
    terms = explicit(CHARSET, "CS", b"\\ISO2022 IR 87 ")
    name, number = explicit(NAME, "PN", b"\x1b$B-!\x1b(B"), explicit(0x00100020, "LO", b"1 ")
    ds = read_dataset(terms + name + number, EXPLICIT)
    ds.PatientID = "山田"
    changed = explicit(0x00100020, "LO", b"\x1b$B;3ED\x1b(B")
    assert bytes(ds.encode()) == terms + name + changed


def test_a_fallback_gives_way_to_what_is_said() -> None:
    data = explicit(CHARSET, "CS", b"ISO_IR 100") + GREEK
    assert read_dataset(data, EXPLICIT, fallback_charset="ISO_IR 126").PatientName == "Äé"


def test_a_fallback_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="latin 99"):
        russet.dcmread(part10_file(GREEK), fallback_charset="latin 99")


@pytest.mark.parametrize(
    "ds",
    [
        russet.Dataset(PatientName="Müller^Jörg"),
        russet.Dataset(ScheduledProcedureStepSequence=[russet.Dataset(PatientName="Müller^Jörg")]),
    ],
)
def test_text_is_shown_where_no_character_set_is_named_and_its_bytes_say_what_to_name(
    ds: russet.Dataset,
) -> None:
    for shown in (str(ds), ds.to_json(), str(ds.to_dict())):
        assert "Müller^Jörg" in shown
    assert "SpecificCharacterSet" not in str(ds)
    advice = r"PatientName: 'ü' .* ISO_IR 192 has every character: set SpecificCharacterSet to that"
    with pytest.raises(EncodeError, match=advice):
        ds.encode()
    ds.SpecificCharacterSet = "ISO_IR 192"
    assert "Müller^Jörg".encode() in bytes(ds.encode())
    ds.SpecificCharacterSet = "ISO_IR 126"
    with pytest.raises(EncodeError, match="is not in ISO_IR 126"):
        ds.to_json()
