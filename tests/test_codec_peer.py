"""The same PDUs in pynetdicom: what it writes we read, and what we write it reads."""

from io import BytesIO

import pytest
from pynetdicom.dimse_messages import C_STORE_RQ
from pynetdicom.dimse_primitives import C_STORE
from pynetdicom.pdu import A_ABORT_RQ, A_ASSOCIATE_AC, A_ASSOCIATE_RJ, A_ASSOCIATE_RQ, A_RELEASE_RQ

from russet import codec

VERIFICATION = "1.2.840.10008.1.1"
SYNTAXES = ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1"]

USER = codec.UserInformation(
    max_length=16382,
    implementation_class_uid="1.2.3",
    window=(5, 1),
    roles=[codec.Role(VERIFICATION, scu=True, scp=True)],
    implementation_version="RUSSET",
    extended=[codec.Extended(VERIFICATION, b"\x01\x00")],
    common_extended=[codec.CommonExtended(VERIFICATION, "1.2", ["1.3", "1.4"])],
    identity=codec.Identity(2, response_requested=True, primary=b"me", secondary=b"pw"),
)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (
            A_ASSOCIATE_RQ,
            codec.AssociateRq(
                b"STORE",
                b"MODALITY",
                [codec.ContextRq(at, VERIFICATION, SYNTAXES) for at in (1, 3, 255)],
                USER,
            ),
        ),
        (
            A_ASSOCIATE_AC,
            codec.AssociateAc(
                b"STORE",
                b"MODALITY",
                [codec.ContextAc(1, 0, SYNTAXES[0]), codec.ContextAc(3, 3, SYNTAXES[0])],
                codec.UserInformation(max_length=0, identity_response=b"token"),
            ),
        ),
        (A_ASSOCIATE_RJ, codec.AssociateRj(2, 3, 1)),
        (A_RELEASE_RQ, codec.ReleaseRq()),
        (A_ABORT_RQ, codec.Abort(2, 6)),
    ],
)
def test_pynetdicom_reads_and_writes_the_same_pdus(
    theirs: type[A_ASSOCIATE_RQ], ours: codec.AssociateRq
) -> None:
    pdu = theirs()
    pdu.decode(ours.encode())
    assert pdu.encode() == ours.encode()
    assert codec.decode_pdu(pdu.encode()) == ours


def _pynetdicom_message() -> bytes:
    """A C-STORE-RQ with 100 bytes of data, in PDUs of 40."""
    primitive = C_STORE()
    primitive.MessageID = 7
    primitive.AffectedSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    primitive.AffectedSOPInstanceUID = "1.2.3"
    primitive.Priority = 2
    primitive.MoveOriginatorApplicationEntityTitle = "MOVER"
    primitive.MoveOriginatorMessageID = 3
    primitive.DataSet = BytesIO(bytes(range(100)))
    message = C_STORE_RQ()
    message.primitive_to_message(primitive)
    values = [
        value for data in message.encode_msg(1, 40) for value in data.presentation_data_value_list
    ]
    return b"".join(
        codec.PData([codec.Pdv(context_id, value[0], value[1:])]).encode()
        for context_id, value in values
    )


def test_pynetdicom_reads_and_writes_the_same_messages() -> None:
    received = _pynetdicom_message()
    ours = codec.Command(
        0x0001,
        message_id=7,
        affected_sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
        affected_sop_instance_uid="1.2.3",
        priority=2,
        command_data_set_type=1,
        move_originator_application_entity_title="MOVER",
        move_originator_message_id=3,
    )
    stream = codec.Stream()
    stream.enable_data([1])
    space = stream.space()
    space[: len(received)] = received
    stream.filled(len(received))
    command, data = stream.next_event(), stream.next_event()
    assert isinstance(command, codec.CommandReceived)
    assert isinstance(data, codec.DataReceived)
    assert command.command == ours
    assert data.parts == [bytes(range(100))]
    sent = codec.encode_message(1, ours, 40)
    sent += codec.encode_pdvs(1, bytes(range(100)), command=False, last=True, max_length=40)
    assert sent == received
