"""Files through the binding: PS3.10 7.1 to the letter, and everything else that is met."""

import zlib

import pytest

from russet import codec
from russet.errors import DecodeError, EncodeError, UnreadableError
from tests.support.opened import file_of

IMPLICIT = "1.2.840.10008.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
BIG = "1.2.840.10008.1.2.2"
CT = "1.2.840.10008.5.1.4.1.1.2"

MODALITY = 0x00080060
IN_EXPLICIT = b"\x08\x00\x60\x00CS\x02\x00OT\x10\x00\x20\x00LO\x02\x00ID"
IN_IMPLICIT = b"\x08\x00\x60\x00\x02\x00\x00\x00OT\x10\x00\x20\x00\x02\x00\x00\x00ID"
IN_BIG = b"\x00\x08\x00\x60CS\x00\x02OT\x00\x10\x00\x20LO\x00\x02ID"


def head(syntax: str) -> bytes:
    return codec.encode_file_head(CT, "1.2.3", syntax, "1.2.9", "RUSSET", "MODALITY")


def deflated(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(data) + stream.flush()


def test_the_head_of_a_file_is_written_to_the_letter() -> None:
    assert codec.encode_file_head(CT, "1.2.3", IMPLICIT, "1.2.9") == (
        bytes(128) + b"DICM"
        b"\x02\x00\x00\x00UL\x04\x00\x66\x00\x00\x00"
        b"\x02\x00\x01\x00OB\x00\x00\x02\x00\x00\x00\x00\x01"
        b"\x02\x00\x02\x00UI\x1a\x001.2.840.10008.5.1.4.1.1.2\x00"
        b"\x02\x00\x03\x00UI\x06\x001.2.3\x00"
        b"\x02\x00\x10\x00UI\x12\x001.2.840.10008.1.2\x00"
        b"\x02\x00\x12\x00UI\x06\x001.2.9\x00"
    )
    assert head(EXPLICIT).endswith(b"SH\x06\x00RUSSET\x02\x00\x16\x00AE\x08\x00MODALITY")


@pytest.mark.parametrize(
    "fields",
    [
        ("1" * 65, "1", "1", "1"),
        ("", "1", "1", "1"),
        ("1", "ü", "1", "1"),
        ("1",) * 4 + ("v" * 17,),
    ],
)
def test_a_head_that_would_be_wrong_is_not_written(fields: tuple[str, ...]) -> None:
    with pytest.raises(EncodeError):
        codec.encode_file_head(*fields)


@pytest.mark.parametrize(
    ("syntax", "body"),
    [
        (EXPLICIT, IN_EXPLICIT),
        (IMPLICIT, IN_IMPLICIT),
        (BIG, IN_BIG),
        (DEFLATED, deflated(IN_EXPLICIT)),
        (DEFLATED, deflated(IN_EXPLICIT) + b"\0"),
        (DEFLATED, deflated(IN_EXPLICIT) + b"garbage"),
        (EXPLICIT, b""),
    ],
)
def test_a_file_opens_in_its_transfer_syntax(syntax: str, body: bytes) -> None:
    file = file_of(head(syntax) + body, strict=True)
    assert (file.transfer_syntax, file.preamble, file.warnings) == (syntax, bytes(128), [])
    assert file.dataset_offset == len(head(syntax))
    assert [file.dataset.value(row) for row in range(len(file.dataset))] == (
        ["OT", "ID"] if body else []
    )
    assert file.meta is not None
    assert file.meta.value(file.meta.find(0x00020002)) == CT


MISSING = "no transfer syntax: found by the first element"
LIES = "the data set is not in the transfer syntax declared"
NO_LENGTH = "file meta without its group length"


@pytest.mark.parametrize(
    ("data", "syntax", "said"),
    [
        (IN_EXPLICIT, EXPLICIT, MISSING),
        (IN_IMPLICIT, IMPLICIT, MISSING),
        (IN_BIG, BIG, MISSING),
        (b" " + IN_EXPLICIT, EXPLICIT, MISSING),
        (head(EXPLICIT)[128:] + IN_EXPLICIT, EXPLICIT, ""),
        (head(IMPLICIT)[132:] + IN_IMPLICIT, IMPLICIT, ""),
        (head(IMPLICIT)[144:] + IN_IMPLICIT, IMPLICIT, NO_LENGTH),
        (
            head(EXPLICIT)[:140] + b"\x09" + head(EXPLICIT)[141:] + IN_EXPLICIT,
            EXPLICIT,
            "length 0x9 where",
        ),
        (head("1.2.3.4") + IN_EXPLICIT, "1.2.3.4", "unknown transfer syntax"),
        (head("1.2.3.4") + IN_IMPLICIT, IMPLICIT, "unknown transfer syntax"),
        (head(EXPLICIT) + IN_IMPLICIT, IMPLICIT, LIES),
        (head(IMPLICIT) + IN_EXPLICIT, EXPLICIT, LIES),
        (head(BIG) + IN_EXPLICIT, EXPLICIT, LIES),
        (head(EXPLICIT) + IN_BIG, BIG, LIES),
        (head(DEFLATED) + IN_EXPLICIT, EXPLICIT, LIES),
    ],
)
def test_a_file_that_lacks_something_opens_with_a_warning(
    data: bytes, syntax: str, said: str
) -> None:
    file = file_of(data)
    assert file.transfer_syntax == syntax
    assert file.dataset.value(file.dataset.find(MODALITY)) == "OT"
    assert (file.preamble is not None) == data.startswith(bytes(128) + b"DICM")
    messages = [message for message, _, _ in file.warnings]
    assert len(messages) == bool(said)
    assert all(message.startswith(said) for message in messages)
    if said:
        with pytest.raises(DecodeError):
            codec.read_file(data, strict=True)


@pytest.mark.parametrize(
    "data", [b"", b"<!DOCTYPE html>", b"\x89PNG\r\n\x1a\n" + bytes(40), b"\xff" * 200]
)
def test_what_is_not_dicom_is_said_to_be_none(data: bytes) -> None:
    for read in (codec.read_file, codec.read_meta):
        with pytest.raises(
            UnreadableError, match="not DICOM: no preamble, and byte 0 is no element"
        ):
            read(data)


def test_a_deflated_data_set_that_is_cut_is_read_as_far_as_it_goes() -> None:
    body = deflated(IN_EXPLICIT * 50)
    file = file_of(head(DEFLATED) + body[:-4])
    assert file.dataset.find(MODALITY) == 0
    assert "more bytes needed" in file.warnings[-1][0]
    with pytest.raises(DecodeError, match="not a deflate stream"):
        codec.read_file(head(DEFLATED) + b"\xff" * 40)


def test_a_walk_inflates_on_the_way() -> None:
    body = deflated(IN_EXPLICIT)
    for size in (1, 3, len(body)):
        walk = codec.Walk(DEFLATED, [MODALITY])
        for at in range(0, len(body), size):
            walk.feed(body[at : at + size])
        walk.finish()
        assert walk.values == {MODALITY: b"OT"}
    walk = codec.Walk(DEFLATED, [])
    walk.feed(body[:-2])
    with pytest.raises(DecodeError, match="more bytes needed"):
        walk.finish()


def test_the_meta_alone_needs_only_the_first_bytes() -> None:
    data = head(EXPLICIT) + IN_EXPLICIT
    meta = codec.read_meta(data[: len(head(EXPLICIT)) + 8])
    assert (meta.sop_class_uid, meta.sop_instance_uid) == (CT, "1.2.3")
    assert (meta.transfer_syntax, meta.dataset_offset) == (EXPLICIT, len(head(EXPLICIT)))
    with pytest.raises(DecodeError) as caught:
        codec.read_meta(data[:200])
    assert caught.value.kind == "Truncated"
    assert caught.value.needed > 0
