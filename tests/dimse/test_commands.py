"""Messages against the tables of PS3.7 9.3 and 10.3, byte for byte where it matters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from russet.codec import Command, decode_command
from russet.dimse.commands import (
    CANCEL,
    MESSAGES,
    RESPONSE,
    cancel,
    fault,
    is_final,
    is_uid,
    message_name,
    response,
)

UNRECOGNISED_OPERATION = 0x0211
MISTYPED_ARGUMENT = 0x0212

CT = "1.2.840.10008.5.1.4.1.1.2"

# A value for every element that some message must have.
VALUES = {
    "message_id": 7,
    "message_id_being_responded_to": 7,
    "status": 0,
    "affected_sop_class_uid": CT,
    "requested_sop_class_uid": CT,
    "affected_sop_instance_uid": "1.2.3",
    "requested_sop_instance_uid": "1.2.3",
    "move_destination": "ARCHIVE",
    "priority": 0,
    "event_type_id": 1,
    "action_type_id": 1,
}


def complete(field: int, **changes: object) -> Command:
    message = MESSAGES[field]
    elements: dict[str, object] = {name: VALUES[name] for name in message.mandatory}
    elements["command_data_set_type"] = 0x0001 if message.data == "M" else 0x0101
    elements.update(changes)
    return Command(field, **elements)  # type: ignore[arg-type]


def test_the_standard_has_23_messages_and_every_request_but_cancel_has_a_response() -> None:
    assert len(MESSAGES) == 23
    for field in MESSAGES:
        assert field == CANCEL or {field | RESPONSE, field & ~RESPONSE} <= set(MESSAGES)


@pytest.mark.parametrize(
    ("field", "name", "mandatory", "data"),
    [
        (
            0x0001,
            "C-STORE-RQ",
            ("message_id", "affected_sop_class_uid", "affected_sop_instance_uid", "priority"),
            "M",
        ),
        (
            0x0021,
            "C-MOVE-RQ",
            ("message_id", "affected_sop_class_uid", "move_destination", "priority"),
            "M",
        ),
        (0x0030, "C-ECHO-RQ", ("message_id", "affected_sop_class_uid"), "-"),
        (0x0FFF, "C-CANCEL-RQ", ("message_id_being_responded_to",), "-"),
        (0x8020, "C-FIND-RSP", ("message_id_being_responded_to", "status"), "U"),
        (
            0x0130,
            "N-ACTION-RQ",
            (
                "message_id",
                "requested_sop_class_uid",
                "requested_sop_instance_uid",
                "action_type_id",
            ),
            "U",
        ),
    ],
)
def test_a_row_of_the_table_is_a_message(
    field: int, name: str, mandatory: tuple[str, ...], data: str
) -> None:
    message = MESSAGES[field]
    assert (message.name, message.data) == (name, data)
    assert sorted(message.mandatory) == sorted(mandatory)


def test_the_service_of_a_message_is_its_name_without_rq_or_rsp() -> None:
    assert MESSAGES[0x8001].service == "C-STORE"
    assert MESSAGES[0x0100].service == "N-EVENT-REPORT"


@pytest.mark.parametrize("field", MESSAGES)
def test_a_complete_message_has_no_fault(field: int) -> None:
    assert fault(complete(field)) == 0


@pytest.mark.parametrize(
    ("field", "missing"), [(field, name) for field, m in MESSAGES.items() for name in m.mandatory]
)
def test_a_message_without_a_mandatory_element_is_mistyped(field: int, missing: str) -> None:
    assert fault(complete(field, **{missing: None})) == MISTYPED_ARGUMENT


def test_an_empty_uid_is_a_missing_one() -> None:
    assert fault(complete(0x0001, affected_sop_class_uid="")) == MISTYPED_ARGUMENT


@pytest.mark.parametrize("field", [field for field, m in MESSAGES.items() if m.data != "U"])
def test_a_data_set_against_the_row_is_mistyped(field: int) -> None:
    other = 0x0101 if MESSAGES[field].data == "M" else 0x0001
    assert fault(complete(field, command_data_set_type=other)) == MISTYPED_ARGUMENT


@pytest.mark.parametrize("field", [0x0000, 0x0002, 0x0FFE, 0x0160, 0x7FFF])
def test_an_operation_that_the_standard_does_not_know_is_unrecognised(field: int) -> None:
    assert fault(Command(field, message_id=1)) == UNRECOGNISED_OPERATION
    assert message_name(field) == f"message {field:04X}H"


def test_a_response_in_bytes() -> None:
    request = complete(0x0001, message_id=0x0102)
    assert response(request, 0xA700, "no room").encode() == (
        b"\x00\x00\x00\x00\x04\x00\x00\x00\x68\x00\x00\x00"
        b"\x00\x00\x02\x00\x1a\x00\x00\x00" + CT.encode() + b"\x00"
        b"\x00\x00\x00\x01\x02\x00\x00\x00\x01\x80"
        b"\x00\x00\x20\x01\x02\x00\x00\x00\x02\x01"
        b"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x01"
        b"\x00\x00\x00\x09\x02\x00\x00\x00\x00\xa7"
        b"\x00\x00\x02\x09\x08\x00\x00\x00no room "
        b"\x00\x00\x00\x10\x06\x00\x00\x001.2.3\x00"
    )


def test_a_response_to_a_requested_instance_names_it_as_affected() -> None:
    answer = response(complete(0x0110), 0)
    assert (answer.affected_sop_class_uid, answer.affected_sop_instance_uid) == (CT, "1.2.3")
    assert answer.requested_sop_class_uid is None


def test_a_response_does_not_repeat_what_is_no_uid() -> None:
    answer = response(complete(0x0001, affected_sop_instance_uid="../../x"), 0x0117)
    assert answer.affected_sop_instance_uid is None


def test_a_request_without_a_message_id_is_answered_as_0() -> None:
    answer = response(Command(0x0030), MISTYPED_ARGUMENT)
    assert answer.message_id_being_responded_to == 0


def test_a_comment_is_cut_to_64_characters_of_the_default_repertoire() -> None:
    comment = response(complete(0x0001), 0xC000, "\u00e9\\\n" + "x" * 100).error_comment
    assert comment == "???" + "x" * 58 + "..."
    assert response(complete(0x0001), 0xC000, "  ").error_comment is None


def test_a_cancel_has_four_elements_and_no_data() -> None:
    assert decode_command(cancel(9).encode()) == Command(CANCEL, message_id_being_responded_to=9)


@pytest.mark.parametrize("uid", ["1", "0.0", "1.2.840.10008.1.1", "1.02.3", "1" * 64])
def test_a_uid_is_digits_and_dots(uid: str) -> None:
    assert is_uid(uid)


@pytest.mark.parametrize(
    "text",
    [
        "",
        None,
        ".",
        "..",
        "1.",
        ".1",
        "1..2",
        "../../x",
        "1/2",
        "1 ",
        "1\n",
        "a",
        "\u0661",
        "1" * 65,
    ],
)
def test_everything_else_is_none(text: str | None) -> None:
    assert not is_uid(text)


@given(st.text(max_size=70))
def test_what_passes_as_a_uid_is_safe_in_a_path(text: str) -> None:
    if is_uid(text):
        assert set(text) <= set("0123456789.")
        assert ".." not in text
        assert text.strip(".") == text


@pytest.mark.parametrize(
    ("status", "final"),
    [(0x0000, True), (0xB000, True), (0xFE00, True), (0xFF00, False), (0xFF01, False)],
)
def test_every_response_but_a_pending_one_is_the_last(status: int, final: bool) -> None:
    assert is_final(response(Command(0x0020, message_id=1), status)) is final


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("the disk is nearly full", "the disk is nearly full"),
        ("x" * 64, "x" * 64),
        ("x" * 65, "x" * 61 + "..."),
        ("no context for CT Image Storage (1.2.840.10008.5.1.4.1.1.2): refused",
         "no context for CT Image Storage (1.2.840.10008.5.1.4.1.1.2)..."),
        ("  ", None),
    ],
)  # fmt: skip
def test_a_comment_that_is_too_long_is_cut_after_a_word(said: str, sent: str | None) -> None:
    found = response(complete(0x0020), 0xC000, said).error_comment
    assert found == sent
    assert found is None or len(found) <= 64
