"""PDUs and command sets through the binding: records in Python, bytes one can read in PS3.8 9.3."""

import mmap
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from russet import codec
from russet.errors import DecodeError, EncodeError

VERIFICATION = "1.2.840.10008.1.1"
IMPLICIT_LITTLE = "1.2.840.10008.1.2"
RELEASE = b"\x05\x00\x00\x00\x00\x04\x00\x00\x00\x00"


def request(user: codec.UserInformation) -> codec.AssociateRq:
    """An A-ASSOCIATE-RQ with one context for verification."""
    context = codec.ContextRq(1, VERIFICATION, [IMPLICIT_LITTLE])
    return codec.AssociateRq(b"STORE", b"MODALITY", [context], user)


def everything() -> codec.UserInformation:
    """User information with each sub-item."""
    return codec.UserInformation(
        max_length=16384,
        implementation_class_uid="1.2.3",
        window=(5, 0),
        roles=[codec.Role(VERIFICATION, scu=True, scp=False)],
        implementation_version="RUSSET",
        extended=[codec.Extended(VERIFICATION, b"\x01")],
        common_extended=[codec.CommonExtended(VERIFICATION, "1.2", ["1.3", "1.4"])],
        identity=codec.Identity(2, response_requested=True, primary=b"me", secondary=b"secret"),
        identity_response=b"\x00\xff",
        unknown=[(0x7F, b"?")],
    )


def offset_of_failure(decode: Callable[[bytes], object], data: bytes) -> int:
    """Where `decode` fails, 0 if it does not."""
    try:
        decode(data)
    except DecodeError as error:
        return error.offset
    return 0


def test_an_associate_request_reads_back_with_all_its_sub_items() -> None:
    rq = request(everything())
    found = codec.decode_pdu(rq.encode())
    assert found == rq
    assert isinstance(found, codec.AssociateRq)
    assert (found.called, found.calling) == (b"STORE           ", b"MODALITY        ")
    assert (found.version, found.reserved) == (1, bytes(32))
    assert found.application_context == "1.2.840.10008.3.1.1.1"
    assert found.contexts[0].transfer_syntaxes == [IMPLICIT_LITTLE]
    assert found.user.window == (5, 0)
    assert found.user.identity is not None
    assert found.user.identity.secondary == b"secret"
    assert found.user.unknown == [(0x7F, b"?")]


def test_an_acceptance_echoes_the_bytes_of_the_request() -> None:
    ac = codec.AssociateAc(
        b"A" * 16,
        b"\x00" * 16,
        [codec.ContextAc(1, 0, IMPLICIT_LITTLE), codec.ContextAc(3, 4, "")],
        codec.UserInformation(max_length=0),
        reserved=bytes(range(32)),
    )
    found = codec.decode_pdu(ac.encode())
    assert isinstance(found, codec.AssociateAc)
    assert found == ac
    assert found.reserved == bytes(range(32))


@pytest.mark.parametrize(
    ("data", "pdu"),
    [
        (b"\x03\x00\x00\x00\x00\x04\x00\x01\x01\x07", codec.AssociateRj(1, 1, 7)),
        (RELEASE, codec.ReleaseRq()),
        (b"\x06\x00\x00\x00\x00\x04\x00\x00\x00\x00", codec.ReleaseRp()),
        (b"\x07\x00\x00\x00\x00\x04\x00\x00\x02\x06", codec.Abort(2, 6)),
        (
            b"\x04\x00\x00\x00\x00\x08\x00\x00\x00\x04\x01\x03ab",
            codec.PData([codec.Pdv(1, 3, b"ab")]),
        ),
    ],
)
def test_the_other_pdus_read_and_write_as_the_standard_prints_them(
    data: bytes, pdu: codec.ReleaseRq
) -> None:
    assert codec.decode_pdu(data) == pdu
    assert pdu.encode() == data


def test_credentials_are_in_no_repr() -> None:
    assert "secret" not in repr(request(everything()))
    assert "115, 101, 99" not in repr(request(everything()))


def test_bytes_may_come_in_any_contiguous_buffer(tmp_path: Path) -> None:
    path = tmp_path / "pdu"
    path.write_bytes(RELEASE)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        for data in (RELEASE, bytearray(RELEASE), memoryview(b"?" + RELEASE)[1:], mapped):
            assert codec.decode_pdu(data) == codec.ReleaseRq()
    with pytest.raises(BufferError):
        codec.decode_pdu(memoryview(RELEASE)[::2])


def test_what_is_missing_is_told_in_bytes() -> None:
    with pytest.raises(DecodeError) as caught:
        codec.decode_pdu(RELEASE[:-1])
    assert (caught.value.kind, caught.value.offset, caught.value.needed) == ("Truncated", 6, 1)
    assert str(caught.value) == "1 more bytes needed at offset 0x6"


def test_what_has_no_encoding_is_refused() -> None:
    with pytest.raises(EncodeError, match="17 bytes where at most 16 fit"):
        codec.AssociateRq(b"A" * 17, b"B", [], codec.UserInformation())
    with pytest.raises(EncodeError, match="65536 bytes where at most 65535 fit"):
        request(codec.UserInformation(unknown=[(0x7F, bytes(65536))])).encode()
    with pytest.raises(EncodeError, match="text beyond ISO 8859-1"):
        request(codec.UserInformation(implementation_version="ř")).encode()
    with pytest.raises(EncodeError, match="text beyond ISO 8859-1"):
        codec.Command(0x8001, error_comment="ř").encode()


def test_a_command_reads_back_with_each_element() -> None:
    command = codec.Command(
        0x8021,
        affected_sop_class_uid="1.2",
        requested_sop_class_uid="1.3",
        message_id=1,
        message_id_being_responded_to=2,
        move_destination="THERE",
        priority=2,
        command_data_set_type=0,
        status=0xFF00,
        offending_element=[0x00100020],
        error_comment="what",
        error_id=3,
        affected_sop_instance_uid="1.4",
        requested_sop_instance_uid="1.5",
        event_type_id=4,
        attribute_identifier_list=[0x00100010, 0x7FE00010],
        action_type_id=5,
        number_of_remaining_suboperations=6,
        number_of_completed_suboperations=7,
        number_of_failed_suboperations=8,
        number_of_warning_suboperations=9,
        move_originator_application_entity_title="MOVER",
        move_originator_message_id=10,
    )
    data = command.encode()
    assert codec.decode_command(data) == command
    assert int.from_bytes(data[8:12], "little") == len(data) - 12
    assert command.has_data
    assert eval(repr(command), vars(codec)) == command  # noqa: S307 - our own repr


def test_what_is_wrong_in_a_command_is_told_with_its_element() -> None:
    with pytest.raises(
        DecodeError, match=r"required element missing .* in \(0000,0100\)"
    ) as caught:
        codec.decode_command(b"")
    assert caught.value.tag == 0x00000100
    message_id = b"\x00\x00\x10\x01\x01\x00\x00\x00\x07"
    with pytest.raises(DecodeError) as caught:
        codec.decode_command(codec.Command(0x0030).encode() + message_id)
    assert (caught.value.kind, caught.value.tag) == ("BadLength", 0x00000110)


@given(data=st.binary(max_size=400), pdu_type=st.integers(0, 9))
def test_any_bytes_decode_or_fail_inside_them(data: bytes, pdu_type: int) -> None:
    pdu = bytes([pdu_type, 0]) + len(data).to_bytes(4, "big") + data
    assert 0 <= offset_of_failure(codec.decode_pdu, pdu) <= len(pdu)
    assert 0 <= offset_of_failure(codec.decode_command, data) <= len(data)


def test_a_message_is_cut_into_pdus_that_the_peer_can_take() -> None:
    data = bytes(range(100))
    encoded = codec.encode_pdvs(3, data, command=False, last=True, max_length=35)
    pdvs: list[codec.Pdv] = []
    while encoded:
        length = 6 + int.from_bytes(encoded[2:6], "big")
        pdu = codec.decode_pdu(encoded[:length])
        assert isinstance(pdu, codec.PData)
        assert length - 6 <= 35
        pdvs.extend(pdu.pdvs)
        encoded = encoded[length:]
    assert b"".join(pdv.fragment for pdv in pdvs) == data
    assert [len(pdv.fragment) for pdv in pdvs] == [28, 28, 28, 16]
    assert [pdv.control for pdv in pdvs] == [0, 0, 0, 2]


def test_data_that_cannot_be_cut_are_refused() -> None:
    with pytest.raises(EncodeError, match="data of odd length"):
        codec.encode_pdvs(1, b"odd", command=False, last=True, max_length=0)
    with pytest.raises(EncodeError, match="maximum length without room for data"):
        codec.encode_message(1, codec.Command(0x0030), 7)
