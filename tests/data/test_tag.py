"""Tags as people write them."""

import pytest

from russet.data import Tag
from russet.data.tag import Key


@pytest.mark.parametrize(
    "written",
    [
        "PatientName",
        0x00100010,
        (0x10, 0x10),
        "00100010",
        "0010,0010",
        "(0010,0010)",
        " (0010, 0010) ",
    ],
)
def test_a_tag_is_read_however_it_is_written(written: Key) -> None:
    tag = Tag.of(written)
    assert tag == 0x00100010
    assert (tag.group, tag.element, tag.keyword) == (0x10, 0x10, "PatientName")


def test_hexadecimal_digits_are_read_in_either_case_and_written_in_upper() -> None:
    assert str(Tag.of("7fe0,0010")) == str(Tag.of("7FE00010")) == "(7FE0,0010)"
    assert repr(Tag(0x7FE00010)) == "Tag((7FE0,0010))"


@pytest.mark.parametrize(
    "written", ["", "Name", "0010", "0010,001", "001,00010", "0x100010", "(0010;0010)", "٠٠١٠٠٠١٠"]
)
def test_what_is_no_tag_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="neither a tag nor a keyword"):
        Tag.of(written)


@pytest.mark.parametrize("written", [-1, 1 << 32, (0x10000, 0), (0, -1)])
def test_numbers_out_of_range_are_refused(written: Key) -> None:
    with pytest.raises(ValueError, match="is no tag"):
        Tag.of(written)


def test_a_wrong_keyword_is_answered_with_the_nearest_one() -> None:
    with pytest.raises(ValueError, match=r"did you mean PatientName\?"):
        Tag.of("PatientsName")


def test_private_tags_are_told_from_their_creators() -> None:
    assert Tag(0x00090010).is_private_creator
    assert Tag(0x00091010).is_private
    assert not Tag(0x00091010).is_private_creator
    assert not Tag(0x00100010).is_private
    assert Tag(0x00091010).keyword == ""
