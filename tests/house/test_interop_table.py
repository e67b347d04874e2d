"""The table of docs/interop.md: written as it is read, and held to what tests show."""

from tests.support.interop_table import PAGE, Line, Row, differences, lines, page

_ECHO = Row("DCMTK echoscu", "Verification", "peer sends", "the answer")
_STORE = Row("odil", "Storage", "peer sends", "data sets byte for byte")


def test_a_table_reads_back_as_it_was_written() -> None:
    table = [Line(_ECHO, "3.6.7"), Line(_STORE, "")]
    text = page(PAGE.read_text(encoding="utf-8"), table)
    assert lines(text) == table
    assert lines(page(text, [])) == []


def test_rows_are_neither_claimed_nor_forgotten() -> None:
    assert differences([_ECHO], {_ECHO: "passed"}) == []
    assert differences([_ECHO], {_ECHO: "skipped"}) == []
    assert differences([], {_ECHO: "skipped"}) == []
    (missing,) = differences([], {_ECHO: "passed"})
    assert missing == "not in the page: DCMTK echoscu, Verification, peer sends, the answer"
    (stale,) = differences([_STORE], {})
    assert stale.startswith("shown by no test: odil")


def test_the_page_has_a_table() -> None:
    assert lines(PAGE.read_text(encoding="utf-8"))
