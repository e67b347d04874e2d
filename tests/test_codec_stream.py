"""The receiving stream through the binding: memory filled in place, events, and what is refused."""

import re
import socket
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from russet import codec
from russet.errors import ProtocolError

STORE = codec.Command(
    0x0001,
    affected_sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
    message_id=7,
    priority=0,
    command_data_set_type=1,
    affected_sop_instance_uid="1.2.3",
)
ECHO = codec.Command(0x0030, affected_sop_class_uid="1.2.840.10008.1.1", message_id=8)


def ready(**limits: int) -> codec.Stream:
    """A stream that expects data on contexts 1 and 3."""
    stream = codec.Stream(**limits)
    stream.enable_data([1, 3])
    return stream


def message(command: codec.Command, data: bytes = b"", max_length: int = 16384) -> bytes:
    """A whole message on context 1."""
    encoded = codec.encode_message(1, command, max_length)
    if command.has_data:
        encoded += codec.encode_pdvs(1, data, command=False, last=True, max_length=max_length)
    return encoded


def p_data(*pdvs: codec.Pdv) -> bytes:
    """One P-DATA-TF of these PDVs."""
    return codec.PData(list(pdvs)).encode()


def fill(stream: codec.Stream, data: bytes) -> int:
    """Put as much of `data` into the stream as it has space for; how much that was."""
    space = stream.space()
    count = min(len(space), len(data))
    space[:count] = data[:count]
    stream.filled(count)
    return count


def told(
    stream: codec.Stream, pieces: Iterable[bytes], *, passing: bool = False
) -> Iterator[object]:
    """Events as values that outlive the buffer; parts of one data set are joined."""
    data = b""
    for piece in pieces:
        rest = piece
        while rest:
            rest = rest[fill(stream, rest) :]
            while (event := stream.next_event()) is not None:
                if isinstance(event, codec.CommandReceived):
                    if passing:
                        stream.pass_data()
                    yield event.context_id, event.command.encode()
                elif isinstance(event, codec.DataReceived):
                    data += b"".join(event.parts)
                    if event.last:
                        yield event.context_id, data
                        data = b""
                else:
                    yield event


def refused(data: bytes, **limits: int) -> ProtocolError:
    """How a stream refuses `data`."""
    with pytest.raises(ProtocolError) as caught:
        list(told(ready(**limits), [data]))
    return caught.value


def offset_of_failure(data: bytes) -> int:
    """Where a stream refuses `data`, 0 if it does not."""
    try:
        list(told(ready(), [data]))
    except ProtocolError as error:
        return error.offset
    return 0


def test_a_socket_fills_the_buffer_in_place() -> None:
    near, far = socket.socketpair()
    stream = ready()
    with near, far:
        far.sendall(message(STORE, b"data"))
        stream.filled(near.recv_into(stream.space()))
    event = stream.next_event()
    assert isinstance(event, codec.CommandReceived)
    assert (event.context_id, event.command) == (1, STORE)
    event = stream.next_event()
    assert isinstance(event, codec.DataReceived)
    assert (event.context_id, event.parts, event.last) == (1, [b"data"], True)
    assert stream.next_event() is None
    assert stream.position == len(message(STORE, b"data"))


def test_collected_data_come_as_one_bytes_object() -> None:
    data = bytes(range(256)) * 400
    stream = ready()
    encoded = message(STORE, data)
    events = []
    while encoded:
        encoded = encoded[fill(stream, encoded) :]
        while (event := stream.next_event()) is not None:
            events.append(event)
    _, received = events
    assert isinstance(received, codec.DataReceived)
    assert [type(part) for part in received.parts] == [bytes]
    assert received.parts == [data]


def test_passed_data_are_views_of_the_receive_buffer() -> None:
    stream = ready(buffer_length=1 << 16)
    data = bytes(range(256)) * 64
    fill(stream, message(STORE, data, max_length=8198))
    stream.next_event()
    stream.pass_data()
    event = stream.next_event()
    assert isinstance(event, codec.DataReceived)
    assert event.last
    first, second = event.parts
    assert isinstance(first, memoryview)
    assert isinstance(second, memoryview)
    assert (len(first), len(second), first.obj is second.obj) == (8192, 8192, True)
    assert b"".join(event.parts) == data


def test_passed_data_take_one_event_for_each_filled_buffer() -> None:
    stream = ready(buffer_length=4096, buffer_limit=4096)
    encoded = message(STORE, bytes(100_000), max_length=0)
    fills = events = 0
    while encoded:
        encoded = encoded[fill(stream, encoded) :]
        fills += 1
        while (event := stream.next_event()) is not None:
            stream.pass_data()
            events += isinstance(event, codec.DataReceived)
    assert events <= fills


def test_thousands_of_tiny_fragments_are_one_part() -> None:
    stream = ready(buffer_length=1 << 16)
    tiny = [codec.Pdv(1, 0, bytes([at % 256])) for at in range(5000)]
    last = codec.Pdv(1, 2, b"")
    fill(stream, p_data(codec.Pdv(1, 3, STORE.encode()), *tiny, last))
    stream.next_event()
    stream.pass_data()
    event = stream.next_event()
    assert isinstance(event, codec.DataReceived)
    assert event.parts == [bytes(at % 256 for at in range(5000))]


def test_an_empty_last_fragment_ends_the_data() -> None:
    pdu = p_data(codec.Pdv(1, 3, STORE.encode()), codec.Pdv(1, 2, b""))
    assert list(told(ready(), [pdu])) == [(1, STORE.encode()), (1, b"")]
    stream = ready()
    fill(stream, pdu)
    stream.next_event()
    stream.pass_data()
    event = stream.next_event()
    assert isinstance(event, codec.DataReceived)
    assert (event.parts, event.last) == ([], True)


def test_data_beyond_memory_are_handed_on_unasked() -> None:
    data = bytes(range(256)) * 100
    stream = ready(data_in_memory=5000, buffer_limit=4096)
    encoded = message(STORE, data)
    received: list[codec.DataReceived] = []
    joined = b""
    while encoded:
        encoded = encoded[fill(stream, encoded) :]
        while (event := stream.next_event()) is not None:
            if isinstance(event, codec.DataReceived):
                received.append(event)
                joined += b"".join(event.parts)
    assert joined == data
    assert len(received) > 1
    assert [event.last for event in received].count(True) == 1
    assert type(received[0].parts[0]) is bytes


def test_several_messages_may_share_a_pdu_and_pdus_a_segment() -> None:
    pdu = p_data(
        codec.Pdv(1, 0xFD, STORE.encode()[:10]),
        codec.Pdv(1, 3, STORE.encode()[10:]),
        codec.Pdv(1, 2, b"odd"),
        codec.Pdv(3, 3, ECHO.encode()),
    )
    events = list(told(ready(), [pdu + pdu + codec.ReleaseRq().encode()]))
    once = [(1, STORE.encode()), (1, b"odd"), (3, ECHO.encode())]
    assert events == [*once, *once, codec.ReleaseRq()]


@given(
    data=st.binary(max_size=2000).map(lambda data: data[: len(data) & ~1]),
    max_length=st.integers(8, 700),
    cuts=st.lists(st.integers(1, 64), min_size=1),
    passing=st.booleans(),
)
def test_any_split_of_the_stream_gives_the_same_events(
    data: bytes, max_length: int, cuts: list[int], *, passing: bool
) -> None:
    stream = message(STORE, data, max_length) + codec.Abort(2, 6).encode() + message(ECHO)
    pieces: list[bytes] = []
    rest = stream
    while rest:
        cut = cuts[len(pieces) % len(cuts)]
        pieces.append(rest[:cut])
        rest = rest[cut:]
    whole = list(told(ready(), [stream]))
    assert whole == [(1, STORE.encode()), (1, data), codec.Abort(2, 6), (1, ECHO.encode())]
    assert list(told(ready(), pieces, passing=passing)) == whole


@given(data=st.binary(max_size=300), pdu_type=st.integers(0, 8))
def test_any_bytes_are_events_or_refused_inside_them(data: bytes, pdu_type: int) -> None:
    pdu = bytes([pdu_type, 0]) + len(data).to_bytes(4, "big") + data
    assert 0 <= offset_of_failure(pdu) <= len(pdu)


@pytest.mark.parametrize(
    ("data", "message", "reason"),
    [
        (b"\x00\x00\x00\x00\x00\x04", "unrecognized PDU type 0x00", 1),
        (b"\x08\x00\x00\x00\x00\x04", "unrecognized PDU type 0x08", 1),
        (b"GET / HTTP/1.1\r\n", "HTTP where DICOM was expected", 1),
        (b"\x16\x03\x01\x02\x00\x01", "TLS where plain DICOM was expected", 1),
        (b"\x01\x00\xff\xff\xff\xff", "4294967295 above the limit of 1048576", 6),
        (b"\x02\x00\x00\x10\x00\x01", "1048577 above the limit of 1048576", 6),
        (b"\x04\x00\x00\x10\x00\x01", "1048577 above the limit of 1048576", 6),
        (b"\x04\x00\x00\x00\x00\x00", "at least one PDV", 6),
        (b"\x05\x00\x00\x00\x00\x00", "4 is the only length", 6),
        (b"\x06\x00\x00\x00\x00\x08", "4 is the only length", 6),
        (b"\x03\x00\xff\xff\xff\xff", "4 is the only length", 6),
        (b"\x07\x00\x00\x00\x04\x01", "1025 above the limit of 1024", 6),
        (b"\x04\0\0\0\0\x06\0\0\0\x00\x01\x03", "a PDV has at least 2", 6),
        (b"\x04\0\0\0\0\x06\0\0\0\x01\x01\x03", "a PDV has at least 2", 6),
        (b"\x04\0\0\0\0\x06\0\0\0\x03\x01\x03", "0x3 past the end", 6),
        (b"\x04\0\0\0\0\x06\xff\xff\xff\xfe\x01\x03", "0xfffffffe past the end", 6),
        (p_data(codec.Pdv(5, 3, b"")), "context that was not accepted", 6),
        (p_data(codec.Pdv(2, 3, b"")), "context that was not accepted", 6),
    ],
)
def test_headers_that_cannot_be_right_are_refused_before_the_body(
    data: bytes, message: str, reason: int
) -> None:
    error = refused(data)
    assert message in str(error)
    assert (error.source, error.reason) == (2, reason)
    assert error.offset < len(data)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (p_data(codec.Pdv(1, 2, b"data")), "data fragment where a command was due"),
        (message(ECHO) + p_data(codec.Pdv(1, 2, b"")), "data fragment where a command was due"),
        (p_data(codec.Pdv(1, 1, b""), codec.Pdv(1, 2, b"")), "data fragment inside a command"),
        (message(STORE)[:-12] + message(ECHO), "command fragment inside a data set"),
        (p_data(codec.Pdv(1, 3, b"garbage!")), r"past the end .* in \(6167,6272\)"),
    ],
)
def test_messages_out_of_order_are_aborted_as_the_user(data: bytes, message: str) -> None:
    error = refused(data)
    assert re.search(message, str(error))
    assert (error.source, error.reason) == (0, 0)


def test_mistyped_elements_are_told_beside_a_command_that_can_be_answered() -> None:
    priority = b"\x00\x00\x00\x07\x04\x00\x00\x00\x02\x00\x00\x00"
    stream = ready()
    fill(stream, p_data(codec.Pdv(1, 3, ECHO.encode() + priority + priority)))
    event = stream.next_event()
    assert isinstance(event, codec.CommandReceived)
    assert (event.command, event.mistyped) == (ECHO, [0x00000700])
    assert codec.CommandReceived(1, ECHO).mistyped == []


def test_elements_of_other_groups_in_a_command_set_are_passed_over() -> None:
    """As Orthanc 1.10.1 ends a C-GET of which something failed: with (0008,0058)."""
    failed = b"\x08\x00\x58\x00\x06\x00\x00\x001.2.3\x00"
    stream = ready()
    fill(stream, p_data(codec.Pdv(1, 3, ECHO.encode() + failed + failed)))
    event = stream.next_event()
    assert isinstance(event, codec.CommandReceived)
    assert (event.command, event.mistyped) == (ECHO, [0x00080058])


def test_a_refusal_stays_and_costs_no_memory() -> None:
    stream = ready()
    fill(stream, b"\xff\x00\x00\x00\x00\x00")
    for _ in range(200):
        with pytest.raises(ProtocolError, match="0xff at offset 0x0"):
            stream.next_event()
        fill(stream, bytes(4096))
    assert len(stream.space()) == 4096


def test_data_before_they_are_enabled_are_told_and_skipped() -> None:
    stream = codec.Stream()
    fill(stream, message(ECHO))
    event = stream.next_event()
    assert isinstance(event, codec.DataUnexpected)
    assert event.offset == 0
    assert stream.next_event() is None
    stream.enable_data({1})
    assert list(told(stream, [message(ECHO)])) == [(1, ECHO.encode())]
    stream.disable_data()
    fill(stream, message(ECHO))
    assert isinstance(stream.next_event(), codec.DataUnexpected)


def test_the_buffer_starts_small_and_grows_with_what_arrives() -> None:
    stream = ready()
    assert len(stream.space()) == 4096
    fill(stream, b"\x01\x00\x00\x0f\xff\xff")
    stream.next_event()
    assert len(stream.space()) == 4090
    syntaxes = [f"1.2.840.10008.1.2.{at}" for at in range(60)]
    contexts = [codec.ContextRq(at, "1.2.3", syntaxes) for at in range(1, 256, 2)]
    rq = codec.AssociateRq(b"A", b"B", contexts, codec.UserInformation())
    assert len(rq.encode()) > 1 << 16
    assert list(told(codec.Stream(buffer_limit=4096), [rq.encode()])) == [rq]


def test_space_that_nobody_drained_is_refused() -> None:
    stream = ready(buffer_length=4096, buffer_limit=4096)
    fill(stream, message(ECHO) * 100)
    with pytest.raises(BufferError, match="call next_event"):
        stream.space()


def test_views_of_a_buffer_that_was_replaced_stay_readable() -> None:
    stream = ready()
    fill(stream, message(STORE, bytes(60_000), max_length=0))
    stream.next_event()
    stream.pass_data()
    event = stream.next_event()
    assert isinstance(event, codec.DataReceived)
    (old,) = event.parts
    before = bytes(old)
    larger = stream.space()
    assert len(larger) == 8192
    larger[:] = b"?" * 8192
    assert old == before
