"""UIDs: names and rules."""

import pytest

from russet.data import Uid


def test_a_registered_uid_knows_its_name() -> None:
    uid = Uid("1.2.840.10008.5.1.4.1.1.2")
    assert (uid.name, uid.keyword) == ("CT Image Storage", "CTImageStorage")
    assert uid == "1.2.840.10008.5.1.4.1.1.2"


def test_any_other_uid_is_its_own_name() -> None:
    assert (Uid("1.2.3").name, Uid("1.2.3").keyword) == ("1.2.3", "")


@pytest.mark.parametrize("text", ["1.2.840.10008.1.1", "0.0", "2.25.0", "1" * 64])
def test_numbers_between_dots_are_a_uid(text: str) -> None:
    assert Uid(text).is_valid


@pytest.mark.parametrize("text", ["", ".", "1.", "1..2", "1.02", "1.2a", "1.2 ", "1.²", "1" * 65])
def test_anything_else_is_none(text: str) -> None:
    assert not Uid(text).is_valid
