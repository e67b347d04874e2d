"""C-ECHO in both roles, and in bytes (PS3.4 A, PS3.7 9.3.5)."""

from russet.association import Response
from russet.codec import Command
from russet.dimse.status import Category, Status
from russet.services.verification import Echo, VerificationService
from tests.support.pair import IMPLICIT, NOW, VERIFICATION, established


def test_the_request_in_bytes() -> None:
    pair = established()
    (block,) = pair.requestor.association.begin(Echo(), NOW).blocks
    assert (
        block
        == (
            b"\x04\x00\x00\x00\x00\x4a"  # P-DATA-TF
            b"\x00\x00\x00\x46\x01\x03"  # PDV, context 1, last of a command
            b"\x00\x00\x00\x00\x04\x00\x00\x00\x38\x00\x00\x00"
            b"\x00\x00\x02\x00\x12\x00\x00\x00" + VERIFICATION.encode() + b"\x00"
            b"\x00\x00\x00\x01\x02\x00\x00\x00\x30\x00"
            b"\x00\x00\x10\x01\x02\x00\x00\x00\x01\x00"
            b"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x01"
        )
    )


def test_an_echo_is_answered_with_success() -> None:
    pair = established(VerificationService())
    echo = Echo()
    assert not echo.done
    (status,) = pair.perform(echo)
    assert (status, status.category) == (0x0000, Category.SUCCESS)
    assert echo.done


def test_many_echoes_use_one_association() -> None:
    pair = established(VerificationService())
    assert [pair.perform(Echo()) for _ in range(300)] == [[0]] * 300


def test_a_refused_echo_says_so() -> None:
    pair = established()
    (status,) = pair.perform(Echo())
    assert status == 0x0122
    assert str(status) == "0122H (Failure: refused: SOP class not supported)"


def test_the_result_is_the_status_of_the_response() -> None:
    echo = Echo()
    context = established().requestor.association.accepted[1]
    assert context.transfer_syntax == IMPLICIT
    answer = Command(0x8030, message_id_being_responded_to=1, status=0x0211)
    assert list(echo.receive(Response(context, answer))) == [Status(0x0211, "C-ECHO")]
