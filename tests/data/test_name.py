"""Person names: groups and components (PS3.5 6.2.1)."""

from russet.data import PersonName


def test_a_name_has_three_groups_of_five_components() -> None:
    name = PersonName("Yamada^Tarou=山田^太郎=やまだ^たろう")
    assert (name.alphabetic, name.ideographic, name.phonetic) == tuple(name.split("="))
    assert name.components(1) == ("山田", "太郎", "", "", "")


def test_components_have_names() -> None:
    name = PersonName("Adams^John Robert^Quincy^Rev.^B.A. M.Div.")
    assert (name.family_name, name.given_name, name.middle_name) == (
        "Adams",
        "John Robert",
        "Quincy",
    )
    assert (name.name_prefix, name.name_suffix) == ("Rev.", "B.A. M.Div.")


def test_what_is_left_out_is_empty() -> None:
    assert PersonName("").components() == ("",) * 5
    assert PersonName("CITIZEN").groups == ("CITIZEN", "", "")
    assert PersonName("=山田^太郎").alphabetic == ""


def test_delimiters_too_many_stay_where_nothing_is_lost() -> None:
    assert PersonName("a^b^c^d^e^f").name_suffix == "e^f"
    assert PersonName("a=b=c=d").phonetic == "c=d"
