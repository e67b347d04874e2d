"""Files and data sets that lie, by what they lie about: bytes that one can read beside PS3.5."""

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from tests.support.encoding import (
    EXPLICIT,
    IMPLICIT,
    explicit,
    explicit_big,
    implicit,
    item,
    part10_file,
    undefined,
)

__all__ = ["LIES", "Lie", "lie"]

BIG_ENDIAN: Final = "1.2.840.10008.1.2.2"
DEFLATED: Final = "1.2.840.10008.1.2.1.99"
JPEG: Final = "1.2.840.10008.1.2.4.50"

PIXELS: Final = 0x7FE00010
SEQUENCE: Final = 0x00081115
ENDLESS: Final = 0xFFFFFFFF
GIGABYTES: Final = 0xFFFFFFFE
NAME: Final = explicit(0x00100010, "PN", b"CITIZEN^Jan ")
INSTANCE: Final = explicit(0x00080016, "UI", b"1.2\0") + explicit(0x00080018, "UI", b"1.3\0")
ROWS: Final = explicit(0x00280010, "US", b"\2\0") + explicit(0x00280011, "US", b"\2\0")
ITEM_START: Final = struct.pack("<HHI", 0xFFFE, 0xE000, ENDLESS)
ITEM_END: Final = implicit(0xFFFEE00D, b"")
SEQUENCE_END: Final = implicit(0xFFFEE0DD, b"")
MILLION: Final = 10**6


@dataclass(frozen=True)
class Lie:
    """A file that lies."""

    file: bytes
    """All of it."""
    syntax: str
    """The transfer syntax of its data set."""
    data: bytes
    """Its data set alone, as it would arrive in a C-STORE."""
    room: int = 0
    """Bytes that it inflates to, if that is more than the file has."""

    @property
    def size(self) -> int:
        """Bytes of the file, or of what it inflates to."""
        return max(len(self.file), self.room)


def lie(name: str) -> Lie:
    """The lie of that name, made anew."""
    return LIES[name]()


def _explicit(*parts: bytes) -> Lie:
    data = b"".join(parts)
    return Lie(part10_file(data), EXPLICIT, data)


def _in(syntax: str, *parts: bytes) -> Lie:
    data = b"".join(parts)
    return Lie(part10_file(data, syntax), syntax, data)


def _deflated(stream: bytes, room: int = 0) -> Lie:
    return Lie(part10_file(stream, DEFLATED), DEFLATED, stream, room)


def _file(data: bytes) -> Lie:
    return Lie(data, EXPLICIT, data)


def _nested(depth: int) -> Lie:
    """Sequences in sequences, each with its length (PS3.5 7.5.1); built from the inside."""
    heads = []
    length = len(NAME)
    for _ in range(depth):
        heads.append(struct.pack("<HHI", 0xFFFE, 0xE000, length))
        length += 8
        heads.append(explicit(SEQUENCE, "SQ", b"", length))
        length += 12
    return _explicit(b"".join(reversed(heads)), NAME)


def _nested_endless(depth: int, *, closed: bool = True, vr: str = "SQ") -> Lie:
    opening = explicit(SEQUENCE, vr, b"", ENDLESS) + ITEM_START
    if vr == "UN":
        opening = explicit(0x00091001, "UN", b"", ENDLESS) + ITEM_START
        opening += (implicit(0x00091001, b"")[:4] + b"\xff\xff\xff\xff" + ITEM_START) * (depth - 1)
        return _explicit(opening, (ITEM_END + SEQUENCE_END) * depth if closed else b"")
    return _explicit(opening * depth, (ITEM_END + SEQUENCE_END) * depth if closed else b"")


def _nested_implicit(depth: int) -> Lie:
    opening = struct.pack("<HHI", 0x0008, 0x1115, ENDLESS) + ITEM_START
    return _in(IMPLICIT, opening * depth, (ITEM_END + SEQUENCE_END) * depth)


def _tiny(count: int) -> Lie:
    """Elements without a value, each of another tag, ascending."""
    tags = (0x00090000 + (at >> 12 << 17) + 0x1000 + (at & 0xFFF) for at in range(count))
    return _explicit(b"".join(struct.pack("<HH2sH", t >> 16, t & 0xFFFF, b"LO", 0) for t in tags))


def _private(count: int) -> Lie:
    """Elements in Implicit VR whose block nobody has reserved before the last of them."""
    rows = (struct.pack("<HHI", 0x0009, 0x1000 + at % 0xE000, 0) for at in range(count))
    return _in(IMPLICIT, implicit(0x00080005, b""), b"".join(rows), implicit(0x00090010, b"SPI "))


def _creators(count: int) -> Lie:
    """A private block of its own for every second element, in one item."""
    rows = []
    for at in range(count):
        group, block = 0x0009 + at // 240 * 2, 0x10 + at % 240
        rows.append((group << 16 | block, b"ACME"))
        rows.append((group << 16 | block << 8 | 1, b"x "))
    body = b"".join(implicit(tag, value) for tag, value in sorted(rows))
    return _in(IMPLICIT, implicit(SEQUENCE, item(body)))


def _items(count: int, *, endless: bool = False) -> Lie:
    one = ITEM_START + ITEM_END if endless else item()
    return _explicit(undefined(SEQUENCE, "SQ", one * count))


def _bomb(size: int, *, whole: bool = True) -> Lie:
    """An element of zeros, deflated 1000:1, in parts that end on bytes and so can be repeated."""
    part = 1 << 20
    head = zlib.compressobj(9, wbits=-15)
    stream = head.compress(explicit(PIXELS, "OW", b"", size)) + head.flush(zlib.Z_FULL_FLUSH)
    once = zlib.compressobj(9, wbits=-15)
    zeros = once.compress(bytes(part)) + once.flush(zlib.Z_FULL_FLUSH)
    end = zlib.compressobj(9, wbits=-15).flush() if whole else b""
    return _deflated(stream + zeros * (size // part) + end, room=size + 64)


def _raw_deflate(data: bytes, wbits: int = -15) -> bytes:
    stream = zlib.compressobj(1, wbits=wbits)
    return stream.compress(data) + stream.flush()


def _fragments(*items: bytes, end: bytes = SEQUENCE_END, frames: bytes = b"2 ") -> Lie:
    count = explicit(0x00280008, "IS", frames)
    pixels = explicit(PIXELS, "OB", b"".join(items), ENDLESS) + end
    return _in(JPEG, INSTANCE, count, ROWS, pixels)


def _extended(offsets: bytes, lengths: bytes) -> Lie:
    tables = explicit(0x7FE00001, "OV", offsets) + explicit(0x7FE00002, "OV", lengths)
    pixels = undefined(PIXELS, "OB", item(), item(b"ab"), item(b"cd"))
    return _in(JPEG, explicit(0x00280008, "IS", b"2 "), ROWS, tables, pixels)


def _text(charset: bytes, value: bytes) -> Lie:
    return _explicit(explicit(0x00080005, "CS", charset), explicit(0x00100010, "PN", value))


def _meta(*elements: bytes, after: bytes = NAME) -> Lie:
    return _file(bytes(128) + b"DICM" + b"".join(elements) + after)


def _sequence(*parts: bytes, length: int | None = None) -> Lie:
    return _explicit(explicit(SEQUENCE, "SQ", b"".join(parts), length), NAME)


_CUT: Final = explicit(0x00100020, "LO", b"7 ", 0x4000)
_Q: Final = struct.Struct("<QQ")

# What is claimed to be there, and is not.
_LENGTHS: Final[dict[str, Callable[[], Lie]]] = {
    "a value longer than the file": lambda: _explicit(NAME, _CUT),
    "a value longer than its item": lambda: _sequence(item(_CUT), length=18),
    "a value of 4 GB": lambda: _explicit(NAME, explicit(PIXELS, "OW", b"ab", GIGABYTES)),
    "a text of 4 GB": lambda: _explicit(explicit(0x00081190, "UR", b"ab", GIGABYTES)),
    "a UN of 4 GB": lambda: _explicit(explicit(0x00091001, "UN", b"ab", GIGABYTES)),
    "a sequence of 4 GB": lambda: _sequence(item(NAME), length=GIGABYTES),
    "an item of 4 GB": lambda: _sequence(struct.pack("<HHI", 0xFFFE, 0xE000, GIGABYTES), NAME),
    "a fragment of 4 GB": lambda: _fragments(
        item(), struct.pack("<HHI", 0xFFFE, 0xE000, GIGABYTES)
    ),
    "an implicit value of 4 GB": lambda: _in(IMPLICIT, struct.pack("<HHI", 0x10, 0x10, GIGABYTES)),
    "a big endian value of 4 GB": lambda: _in(
        BIG_ENDIAN, b"\x7f\xe0\x00\x10OW\0\0\xff\xff\xff\xfeab"
    ),
    "a sequence shorter than its items": lambda: _sequence(item(NAME), item(NAME), length=10),
    "a sequence longer than its items": lambda: _sequence(item(NAME), length=60),
    "many sequences shorter than their items": lambda: _explicit(
        *(explicit(0x00090000 + n, "SQ", item(NAME), 12) for n in range(0x1000, 0x4000))
    ),
    "odd lengths": lambda: _explicit(
        explicit(0x00100010, "PN", b"A^B"), explicit(0x00280010, "US", b"\1"), NAME
    ),
    "numbers that do not fill their value": lambda: _explicit(
        explicit(0x00280010, "US", b"\1\0\2"),
        explicit(0x00280009, "AT", b"\1\0"),
        explicit(0x00186020, "FL", b"\0\0\0"),
        explicit(0x00189073, "FD", b"\0" * 12),
    ),
    "a header cut in two": lambda: _explicit(NAME, b"\x10\0\x20\0L"),
    "a long header cut in two": lambda: _explicit(NAME, b"\xe0\x7f\x10\0OW\0\0\0\0"),
    "nothing": lambda: _explicit(b""),
    "an empty file": lambda: _file(b""),
    "one byte": lambda: _file(b"D"),
    "a preamble alone": lambda: _file(bytes(128) + b"DICM"),
    "a prefix alone": lambda: _file(b"DICM"),
    "a million zeros": lambda: _file(bytes(MILLION)),
    "no DICOM at all": lambda: _file(b"<html><body>not here</body></html>" * 100),
}

# Undefined lengths and delimiters where they do not belong.
_DELIMITERS: Final[dict[str, Callable[[], Lie]]] = {
    "undefined length of a text": lambda: _explicit(explicit(0x00081190, "UR", b"ab", ENDLESS)),
    "undefined length of an unlimited text": lambda: _explicit(
        explicit(0x00081190, "UC", b"", ENDLESS)
    ),
    "undefined length of numbers": lambda: _explicit(explicit(0x00091001, "OD", b"", ENDLESS)),
    "undefined length of words": lambda: _explicit(explicit(0x00091001, "OW", b"", ENDLESS), NAME),
    "undefined length of an implicit text": lambda: _in(
        IMPLICIT, struct.pack("<HHI", 0x0010, 0x0010, ENDLESS), item(b""), SEQUENCE_END
    ),
    "a delimiter at the start": lambda: _explicit(ITEM_END, NAME),
    "a sequence delimiter at the start": lambda: _explicit(SEQUENCE_END, NAME),
    "an item at the start": lambda: _explicit(item(NAME), NAME),
    "delimiters between elements": lambda: _explicit(NAME, ITEM_END, SEQUENCE_END * 3, ROWS),
    "a hundred thousand delimiters": lambda: _explicit(NAME, (ITEM_END + SEQUENCE_END) * 50_000),
    "an item between elements": lambda: _explicit(INSTANCE, item(ROWS), NAME),
    "a delimiter with a length": lambda: _explicit(
        explicit(SEQUENCE, "SQ", ITEM_START + NAME, ENDLESS),
        implicit(0xFFFEE00D, b"abcd"),
        SEQUENCE_END,
    ),
    "an item without its delimiter": lambda: _explicit(
        undefined(SEQUENCE, "SQ", ITEM_START + NAME)
    ),
    "a sequence without its delimiter": lambda: _explicit(
        explicit(SEQUENCE, "SQ", item(NAME), ENDLESS)
    ),
    "an item without end": lambda: _explicit(explicit(SEQUENCE, "SQ", ITEM_START + NAME, ENDLESS)),
    "the sequence delimiter in an item": lambda: _explicit(
        explicit(SEQUENCE, "SQ", ITEM_START + NAME + SEQUENCE_END, ENDLESS), ROWS
    ),
    "the item delimiter in an item with a length": lambda: _sequence(item(NAME, ITEM_END)),
    "the item delimiter in a sequence": lambda: _explicit(
        undefined(SEQUENCE, "SQ", ITEM_END, item(NAME))
    ),
    "no item in a sequence": lambda: _sequence(NAME),
    "no item in an endless sequence": lambda: _explicit(undefined(SEQUENCE, "SQ", NAME), ROWS),
    "garbage in a sequence": lambda: _sequence(b"\xde\xad\xbe\xef" * 8),
    "an item in big endian": lambda: _explicit(
        undefined(SEQUENCE, "SQ", b"\xff\xfe\xe0\x00\0\0\0\0"), NAME
    ),
    "an item group that is no item": lambda: _explicit(NAME, implicit(0xFFFE1234, b"ab"), ROWS),
}

# Sequences in sequences.
_NESTING: Final[dict[str, Callable[[], Lie]]] = {
    **{
        f"nested {n} deep": partial(_nested, n)
        for n in (100, 128, 129, 1000, 10**4, 10**5, MILLION)
    },
    **{
        f"nested {n} deep, endless": partial(_nested_endless, n) for n in (100, 129, 10**4, MILLION)
    },
    "nested a million deep, never closed": partial(_nested_endless, MILLION, closed=False),
    "nested a million deep, implicit": partial(_nested_implicit, MILLION),
    "nested 100 deep in UN": partial(_nested_endless, 100, vr="UN"),
    "nested a million deep in UN": partial(_nested_endless, MILLION, vr="UN"),
}

# How many.
_COUNTS: Final[dict[str, Callable[[], Lie]]] = {
    "a million elements": partial(_tiny, MILLION),
    "a million elements of one tag": lambda: _explicit(explicit(0x00100020, "LO", b"") * MILLION),
    "a hundred thousand elements": partial(_tiny, 10**5),
    "a hundred thousand elements that fall": lambda: _explicit(
        *(explicit(0x00090000 + n, "LO", b"") for n in range(0xFFFF, 0x1000, -1)), NAME
    ),
    "a hundred thousand empty items": partial(_items, 10**5),
    "a hundred thousand endless items": partial(_items, 10**5, endless=True),
    "a million empty items": partial(_items, MILLION),
    "sixty thousand elements of nobody": partial(_private, 60_000),
    "fifty thousand private creators": partial(_creators, 50_000),
    "a million values": lambda: _explicit(
        explicit(0x00091001, "UT", b""), explicit(0x00286010, "UN", b"\1\0" * MILLION)
    ),
    "a hundred thousand numbers as text": lambda: _in(
        IMPLICIT, implicit(0x30060050, b"1.5\\" * 10**5)
    ),
    "ten thousand warnings": lambda: _explicit(
        *(explicit(0x00090000 + n, "LO", b"x") for n in range(0x1000, 0x3710))
    ),
}

# Tags and VRs.
_HEADERS: Final[dict[str, Callable[[], Lie]]] = {
    "tags in no order": lambda: _explicit(ROWS, NAME, INSTANCE),
    "a tag that is repeated": lambda: _explicit(NAME, NAME, explicit(0x00100010, "PN", b"B^C ")),
    "a sequence that is repeated": lambda: _explicit(*(explicit(SEQUENCE, "SQ", item(NAME)),) * 3),
    "group 0002 in the data set": lambda: _explicit(explicit(0x00020010, "UI", b"1.2\0"), NAME),
    "group 0002 in the middle": lambda: _explicit(NAME, explicit(0x00020010, "UI", b"1.2\0"), ROWS),
    "group 0000 in the data set": lambda: _explicit(NAME, explicit(0x00000002, "UI", b"1.2\0")),
    "a group length that lies": lambda: _explicit(
        explicit(0x00100000, "UL", b"\xff\xff\xff\x7f"), NAME
    ),
    "the greatest tag": lambda: _explicit(NAME, explicit(0xFFFFFFFF, "LO", b"ab")),
    "a VR of zeros": lambda: _explicit(b"\x10\0\x10\0\0\0\x02\0AB", ROWS),
    "a VR of zeros with a long length": lambda: _explicit(
        b"\x10\0\x10\0\0\0\0\0\x02\0\0\0AB", ROWS
    ),
    "an unknown VR": lambda: _explicit(b"\x10\0\x10\0ZZ\x02\0AB", ROWS),
    "an unknown VR with a long length": lambda: _explicit(b"\x10\0\x10\0ZZ\0\0\xff\xff\xff\x7fAB"),
    "a VR of question marks": lambda: _explicit(b"\x10\0\x10\0??\x02\0AB", ROWS),
    "a VR in lower case": lambda: _explicit(b"\x10\0\x10\0pn\x02\0AB", ROWS),
    "a VR of a control character": lambda: _explicit(b"\x10\0\x10\0\x1b[\x02\0AB", ROWS),
    "a VR that is not the one of the tag": lambda: _explicit(
        explicit(0x00080005, "FD", b"\0" * 8),
        explicit(0x00280008, "OB", b"ab"),
        explicit(0x00280010, "SQ", item(NAME)),
        explicit(0x00280100, "PN", b"A^B "),
        explicit(0x00280103, "UT", b"x "),
        explicit(PIXELS, "SQ", item(NAME)),
    ),
    "reserved bytes that are not zero": lambda: _explicit(b"\xe0\x7f\x10\0OW\xff\xff\x02\0\0\0AB"),
    "an implicit element amid explicit ones": lambda: _explicit(
        INSTANCE, implicit(0x00100020, b"ab"), ROWS
    ),
    "explicit elements declared implicit": lambda: _in(IMPLICIT, INSTANCE, NAME, ROWS),
    "implicit elements declared explicit": lambda: _explicit(
        implicit(0x00080018, b"1.3\0"), implicit(0x00100010, b"A^B ")
    ),
    "little endian declared big endian": lambda: _in(BIG_ENDIAN, INSTANCE, NAME, ROWS),
    "big endian declared little endian": lambda: _explicit(
        explicit_big(0x00080018, "UI", b"1.3\0"), explicit_big(0x00100010, "PN", b"A^B ")
    ),
    "an explicit item in an implicit data set": lambda: _in(
        IMPLICIT, implicit(SEQUENCE, item(NAME)), implicit(0x00100020, b"7 ")
    ),
    "a UN that is no sequence": lambda: _explicit(explicit(SEQUENCE, "UN", b"abcdefgh"), NAME),
    "a UN with explicit items": lambda: _explicit(undefined(SEQUENCE, "UN", item(NAME)), NAME),
    "zeros after the last element": lambda: _explicit(NAME, bytes(1000)),
    "garbage after the last element": lambda: _explicit(NAME, b"\xff\x13\x37" * 100),
}

# File meta information.
_METAS: Final[dict[str, Callable[[], Lie]]] = {
    "a meta that is cut": lambda: _meta(explicit(0x00020002, "UI", b"1.2\0", 0x1000), after=b""),
    "a meta length of 4 GB": lambda: _meta(
        explicit(0x00020000, "UL", b"\xff" * 4),
        explicit(0x00020010, "UI", EXPLICIT.encode() + b"\0"),
    ),
    "a meta value of 4 GB": lambda: _meta(explicit(0x00020001, "OB", b"\0\1", GIGABYTES)),
    "a meta value of undefined length": lambda: _meta(explicit(0x00020001, "OB", b"\0\1", ENDLESS)),
    "a meta with a sequence a thousand deep": lambda: _meta(
        (explicit(0x00020099, "SQ", b"", ENDLESS) + ITEM_START) * 1000
    ),
    "a meta of a hundred thousand elements": lambda: _meta(
        *(explicit(0x00020000 | n & 0xFFFF, "LO", b"") for n in range(1, 10**5))
    ),
    "a transfer syntax of garbage": lambda: _in("\x1b[2J../../etc", NAME),
    "a transfer syntax of 60 KB": lambda: _in("1." * 30_000, NAME),
    "a transfer syntax twice": lambda: _meta(
        explicit(0x00020010, "UI", DEFLATED.encode()),
        explicit(0x00020010, "UI", IMPLICIT.encode() + b"\0"),
    ),
    "a meta in Implicit VR": lambda: _meta(
        implicit(0x00020010, IMPLICIT.encode() + b"\0"), after=implicit(0x00100010, b"A^B ")
    ),
}

# Text.
_TEXTS: Final[dict[str, Callable[[], Lie]]] = {
    "an escape at the end": lambda: _text(b"\\ISO 2022 IR 87 ", b"A^B=\x1b"),
    "an escape cut in two": lambda: _text(b"\\ISO 2022 IR 87 ", b"A^B=\x1b$"),
    "an escape of no set": lambda: _text(b"\\ISO 2022 IR 87 ", b"A\x1b%/3B\xff\xfe "),
    "a hundred thousand escapes": lambda: _explicit(
        explicit(0x00080005, "CS", b"\\ISO 2022 IR 87 "),
        explicit(0x00081190, "UT", b"\x1b$B\x1b(B" * 10**5),
    ),
    "a character cut in two": lambda: _text(b"ISO_IR 192", b"A\xe5\xb1"),
    "a character set that nobody knows": lambda: _text(b"\x1b[31mISO_IR 666", b"A\xff^B "),
    "a thousand character sets": lambda: _text(b"ISO 2022 IR 87\\" * 1000, b"A^B "),
    "a character set that is a sequence": lambda: _explicit(
        explicit(0x00080005, "SQ", item(NAME)), NAME
    ),
    "names with a thousand parts": lambda: _text(b"", b"^=" * 1000),
    "numbers that are none": lambda: _explicit(
        explicit(0x00200013, "IS", b"9" * 400),
        explicit(0x00280008, "IS", b"-1"),
        explicit(0x00280030, "DS", b"1e999\\nan\\--5\\0x1 "),
        explicit(0x00281052, "DS", b"\0\x1b\xff "),
    ),
    "control characters": lambda: _text(b"", b"\x1b]0;owned\x07\x1b[2J\r\n\x00\x08\x7f "),
}

# Pixel data.
_FRAGMENT_LIES: Final[dict[str, Callable[[], Lie]]] = {
    "fragments without their delimiter": lambda: _fragments(item(), item(b"ab"), end=b""),
    "fragments cut in the middle": lambda: _fragments(item(), item(b"ab")[:-1], end=b""),
    "fragments of undefined length": lambda: _fragments(item(), ITEM_START, b"ab"),
    "fragments that are none": lambda: _fragments(b"\xff\xd8\xff\xe0" * 10),
    "no fragments": _fragments,
    "no fragments after the table": lambda: _fragments(item()),
    "odd fragments": lambda: _fragments(item(), item(b"abc"), item(b"d")),
    "elements instead of fragments": lambda: _fragments(NAME, ROWS),
    "an item delimiter amid fragments": lambda: _fragments(
        item(), ITEM_END, item(b"ab"), item(b"cd")
    ),
    "a hundred thousand empty fragments": lambda: _fragments(item() * 10**5, frames=b"100000"),
    "offsets past the end": lambda: _fragments(
        item(b"\0\0\0\0\xff\xff\xff\x7f"), item(b"ab"), item(b"cd")
    ),
    "offsets that fall": lambda: _fragments(item(b"\x0a\0\0\0\0\0\0\0"), item(b"ab"), item(b"cd")),
    "offsets into fragments": lambda: _fragments(
        item(b"\0\0\0\0\1\0\0\0"), item(b"ab"), item(b"cd")
    ),
    "an offset table of three bytes": lambda: _fragments(item(b"\0\0\0"), item(b"ab")),
    "an offset table of a million": lambda: _fragments(item(bytes(4 * MILLION)), item(b"ab")),
    "a billion frames": lambda: _fragments(item(), item(b"ab"), frames=b"1000000000"),
    "minus one frame": lambda: _fragments(item(), item(b"ab"), frames=b"-1"),
    "frames that are no number": lambda: _fragments(item(), item(b"ab"), frames=b"many"),
    "extended offsets past the end": lambda: _extended(_Q.pack(0, 1 << 63), _Q.pack(2, 2)),
    "extended lengths past the end": lambda: _extended(_Q.pack(0, 10), _Q.pack(2, 1 << 63)),
    "extended offsets of seven bytes": lambda: _extended(b"1234567", b"1234567"),
    "a billion native frames": lambda: _explicit(
        explicit(0x00280008, "IS", b"1000000000"),
        ROWS,
        explicit(0x00280100, "US", b"\1\0"),
        explicit(PIXELS, "OW", b"ab"),
    ),
    "native pixels of 2^64 bytes": lambda: _explicit(
        explicit(0x00280008, "IS", b"2147483647"),
        explicit(0x00280010, "US", b"\xff\xff"),
        explicit(0x00280011, "US", b"\xff\xff"),
        explicit(0x00280100, "US", b"\xff\xff"),
        explicit(PIXELS, "OW", b"ab"),
    ),
    "fragments in a syntax that has none": lambda: _explicit(
        INSTANCE, ROWS, undefined(PIXELS, "OB", item(), item(b"ab"))
    ),
    "native pixels in a syntax that has none": lambda: _in(
        JPEG, INSTANCE, ROWS, explicit(PIXELS, "OW", b"abcd")
    ),
    "an icon of fragments": lambda: _explicit(
        explicit(0x00880200, "SQ", item(undefined(PIXELS, "OB", item(), item(b"ab")[:-1])))
    ),
}

# Deflate.
_DEFLATE: Final[dict[str, Callable[[], Lie]]] = {
    "a bomb of 30 MB": partial(_bomb, 30 << 20),
    "a bomb of 100 MB": partial(_bomb, 100 << 20),
    "a bomb of 1 GB": partial(_bomb, 1 << 30),
    "a bomb of 4 GB without end": partial(_bomb, 4095 << 20, whole=False),
    "a bomb of a million elements": lambda: _deflated(
        _raw_deflate(_tiny(MILLION).data), room=1 << 25
    ),
    "a bomb of nesting": lambda: _deflated(
        _raw_deflate(_nested_endless(MILLION).data), room=36 * MILLION
    ),
    "a deflate stream that is cut": lambda: _deflated(
        _raw_deflate(INSTANCE + NAME * 100)[:-3], room=4096
    ),
    "a deflate stream of one byte": lambda: _deflated(b"\x03"),
    "garbage instead of a deflate stream": lambda: _deflated(b"\xff\x13\x37\x00" * 64),
    "garbage after a deflate stream": lambda: _deflated(
        _raw_deflate(INSTANCE + NAME) + b"\xff\x13\x37" * 9
    ),
    "a zlib header": lambda: _deflated(_raw_deflate(INSTANCE + NAME, 15)),
    "a gzip header": lambda: _deflated(_raw_deflate(INSTANCE + NAME, 31)),
    "no deflate stream but elements": lambda: _in(DEFLATED, INSTANCE, NAME),
    "an empty deflate stream": lambda: _deflated(_raw_deflate(b"")),
    "a deflated deflate stream": lambda: _deflated(_raw_deflate(_raw_deflate(INSTANCE)), room=4096),
    "a deflate stream of a cut data set": lambda: _deflated(_raw_deflate(INSTANCE + _CUT)),
}

LIES: Final[dict[str, Callable[[], Lie]]] = {
    **_LENGTHS,
    **_DELIMITERS,
    **_NESTING,
    **_COUNTS,
    **_HEADERS,
    **_METAS,
    **_TEXTS,
    **_FRAGMENT_LIES,
    **_DEFLATE,
}
"""Every lie, by what it says."""
