"""Statuses against the tables of PS3.7 C and PS3.4."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from russet.dimse.status import Category, Status


@pytest.mark.parametrize(
    ("code", "service", "category", "meaning"),
    [
        (0x0000, "C-STORE", "Success", "success"),
        (0x0001, "", "Warning", "warning"),
        (0x0107, "N-SET", "Warning", "attribute list warning"),
        (0x0116, "N-SET", "Warning", "attribute value out of range"),
        (0x0117, "C-STORE", "Failure", "invalid SOP instance"),
        (0x0122, "C-STORE", "Failure", "refused: SOP class not supported"),
        (0x0211, "", "Failure", "unrecognised operation"),
        (0x02FE, "", "Failure", "failure"),
        (0xA700, "C-STORE", "Failure", "refused: out of resources"),
        (0xA7FF, "C-STORE", "Failure", "refused: out of resources"),
        (0xA701, "C-MOVE", "Failure", "out of resources: cannot count matches"),
        (0xA801, "C-MOVE", "Failure", "move destination unknown"),
        (0xA801, "C-GET", "Failure", "failure"),
        (0xA900, "C-FIND", "Failure", "identifier does not match SOP class"),
        (0xB000, "C-STORE", "Warning", "coercion of data elements"),
        (0xB000, "C-MOVE", "Warning", "sub-operations complete, with failures or warnings"),
        (0xB123, "C-STORE", "Warning", "warning"),
        (0xC123, "C-STORE", "Failure", "cannot understand"),
        (0xC123, "C-FIND", "Failure", "unable to process"),
        (0xFE00, "C-FIND", "Cancel", "matching terminated by cancel"),
        (0xFE00, "", "Cancel", "cancelled"),
        (0xFF01, "C-FIND", "Pending", "match supplied, some optional keys not supported"),
        (0xFF01, "", "Pending", "pending"),
        (0x1234, "C-STORE", "Failure", "unknown status, taken as failure"),
        (0xFFFF, "", "Failure", "unknown status, taken as failure"),
    ],
)
def test_a_code_has_the_category_and_meaning_of_its_service(
    code: int, service: str, category: str, meaning: str
) -> None:
    status = Status(code, service)
    assert (status.category, status.meaning) == (category, meaning)


@given(code=st.integers(0, 0xFFFF), service=st.sampled_from(["", "C-STORE", "C-FIND", "N-SET"]))
def test_every_code_has_one_category_and_only_pending_goes_on(code: int, service: str) -> None:
    status = Status(code, service)
    assert status == code
    assert status.is_pending == (status.category is Category.PENDING)


def test_it_prints_in_the_notation_of_the_standard() -> None:
    assert str(Status(0xA700, "C-STORE")) == "A700H (Failure: refused: out of resources)"
    assert repr(Status(0)) == "<Status 0000H Success: success>"


@pytest.mark.parametrize("code", [-1, 0x10000])
def test_a_code_that_does_not_fit_16_bits_is_refused(code: int) -> None:
    with pytest.raises(ValueError, match="16-bit"):
        Status(code)
