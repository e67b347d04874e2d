import pytest

from russet.errors import RussetError
from russet.storage.layout import Layout

UIDS = {0x0020_000D: b"1.2.3\0", 0x0020_000E: b"1.2.4", 0x0008_0018: b"1.2.5\0"}


def test_the_default_layout_is_study_series_instance() -> None:
    assert Layout().path(UIDS) == "1.2.3/1.2.4/1.2.5.dcm"


def test_what_is_missing_is_called_none() -> None:
    assert Layout().path({0x0008_0018: b"1.2.5"}) == "none/none/1.2.5.dcm"


@pytest.mark.parametrize(
    "value", [b"../../x", b"1.2/3", b"..", b".", b"C:\\x", b"1.2.3 4", b"9" * 65, b"\xff\xfe"]
)
def test_a_uid_that_is_none_becomes_a_hash(value: bytes) -> None:
    study, series, name = Layout().path(UIDS | {0x0020_000D: value}).split("/")
    assert study.startswith("x-")
    assert len(study) == 34
    assert (series, name) == ("1.2.4", "1.2.5.dcm")


@pytest.mark.parametrize(
    ("value", "component"),
    [
        (b"DOE^JANE", "DOE^JANE"),
        (b"../../etc", "_.._etc"),
        (b"a/b\\c\0d", "a_b_c_d"),
        (b"  ", "none"),
        (b"...", "none"),
        (b"CON", "_CON"),
        (b"nul.txt", "_nul.txt"),
        (b"x" * 300, "x" * 100),
        ("Müller".encode(), "M_ller"),
    ],
)
def test_text_becomes_one_harmless_component(value: bytes, component: str) -> None:
    layout = Layout("{PatientID}/{SOPInstanceUID}")
    assert layout.path({0x0010_0020: value, 0x0008_0018: b"1.2"}) == f"{component}/1.2"


@pytest.mark.parametrize(
    "template",
    [
        "{StudyInstanceUID}.dcm",  # two instances, one name
        "{NoSuchKeyword}/{SOPInstanceUID}",
        "../{SOPInstanceUID}",
        "/{SOPInstanceUID}",
        "a//{SOPInstanceUID}",
        "a\\{SOPInstanceUID}",
        "{SOPInstanceUID",
        "",
    ],
)
def test_a_template_that_cannot_be_is_refused_at_once(template: str) -> None:
    with pytest.raises(RussetError, match="layout"):
        Layout(template)


def test_text_around_the_instance_is_kept() -> None:
    layout = Layout("a-{Modality}/{SOPInstanceUID}/{SOPInstanceUID}.dcm")
    assert layout.path({0x0008_0060: b"CT", 0x0008_0018: b"1.2"}) == "a-CT/1.2/1.2.dcm"
