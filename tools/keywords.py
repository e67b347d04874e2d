"""Write keywords.pyi: what type checkers and editors are told of each keyword of PS3.6.

    python tools/keywords.py [--check]

The rules are those of `russet.data.Element.value`; the keywords come from dictionary.tsv.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

__all__ = ["main"]

_ROOT: Final = Path(__file__).parents[1]
_DICTIONARY: Final = _ROOT / "rust" / "codec" / "src" / "dictionary.tsv"
_STUB: Final = _ROOT / "python" / "russet" / "data" / "keywords.pyi"

# Which kind of attribute a VR is; those that may have several values have a plural.
_KINDS: Final = """
Bytes         OB, OD, OF, OL, OV, OW, UN, OB or OW
DecimalString DS
Float         FD, FL
Integer       SL, SS, SV, UL, US, UV, US or SS
IntegerString IS
Items         SQ
Moment        DA, DT, TM
Name          PN
TagValue      AT
Text          AE, AS, CS, LO, LT, SH, ST, UC, UR, UT
UidValue      UI
Words         US or OW, US or SS or OW
"""
_SINGLE: Final = {"Bytes", "Items", "Words"}
_HEAD: Final = '''\
"""The keywords of PS3.6 as attributes, for type checkers and editors; by tools/keywords.py."""

import datetime
from collections.abc import Iterable
from collections.abc import Sequence as Several
from decimal import Decimal
from typing import Any, Generic, Self, SupportsFloat, TypeVar, overload

from typing_extensions import Buffer

from russet.data.dataset import Dataset
from russet.data.name import PersonName
from russet.data.sequence import Sequence
from russet.data.tag import Tag
from russet.data.uid import Uid

_Value = TypeVar("_Value", covariant=True)
_Given = TypeVar("_Given", contravariant=True)

class _Attribute(Generic[_Value, _Given]):
    @overload
    def __get__(self, dataset: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, dataset: Dataset, owner: type[Any]) -> _Value: ...
    def __set__(self, dataset: Dataset, value: _Given) -> None: ...
    def __delete__(self, dataset: Dataset) -> None: ...

# What may be assigned: one value, several, or None for none; arrays where they hold numbers.
_Texts = str | Several[str | None] | None
_AMoment = str | datetime.date | datetime.time
_Moments = _AMoment | Several[_AMoment | None] | None
_ANumber = SupportsFloat | str
_WrittenNumbers = _ANumber | Several[_ANumber | None] | Buffer | None
_Numbers = SupportsFloat | Several[SupportsFloat] | Buffer | None
_ATag = int | str | tuple[int, int]
_Tags = _ATag | Several[_ATag] | None

_Text = _Attribute[str, _Texts]
_TextPlural = _Attribute[str | list[str], _Texts]
_Moment = _Attribute[str, _Moments]
_MomentPlural = _Attribute[str | list[str], _Moments]
_Name = _Attribute[PersonName, _Texts]
_NamePlural = _Attribute[PersonName | list[PersonName], _Texts]
_UidValue = _Attribute[Uid, _Texts]
_UidValuePlural = _Attribute[Uid | list[Uid], _Texts]
_IntegerString = _Attribute[int | None, _WrittenNumbers]
_IntegerStringPlural = _Attribute[int | list[int | None] | None, _WrittenNumbers]
_DecimalString = _Attribute[float | None, _WrittenNumbers]
_DecimalStringPlural = _Attribute[float | list[float | None] | None, _WrittenNumbers]
_Integer = _Attribute[int | None, _Numbers]
_IntegerPlural = _Attribute[int | list[int] | None, _Numbers]
_Float = _Attribute[float | None, _Numbers]
_FloatPlural = _Attribute[float | list[float] | None, _Numbers]
_TagValue = _Attribute[Tag | None, _Tags]
_TagValuePlural = _Attribute[Tag | list[Tag] | None, _Tags]
_Bytes = _Attribute[memoryview, _Numbers]
_Words = _Attribute[memoryview | int | list[int] | None, _Numbers]
_Items = _Attribute[Sequence, Iterable[Dataset] | None]

class Keywords:
    """One attribute a keyword; the part of `Dataset` that only type checkers see."""

    __slots__ = ()

'''


def attributes() -> Iterator[tuple[str, str]]:
    """The keywords that have one tag, with the kind of attribute they are."""
    kinds = {
        vr: kind
        for kind, vrs in (line.split(maxsplit=1) for line in _KINDS.split("\n") if line)
        for vr in vrs.split(", ")
    }
    for line in _DICTIONARY.read_text("utf-8").splitlines()[1:]:
        tag, vr, vm, keyword = line.split("\t")[:4]
        if keyword and vr and "x" not in tag:
            kind = kinds[vr]
            yield keyword, kind if vm == "1" or kind in _SINGLE else kind + "Plural"


def stub() -> str:
    """The text of the stub, keywords in alphabetical order."""
    return _HEAD + "".join(f"    {keyword}: _{kind}\n" for keyword, kind in sorted(attributes()))


def main() -> int:
    """Rewrite the stub, or with --check say whether it is stale; 1 when it is."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    stale = not _STUB.exists() or _STUB.read_text("utf-8") != stub()
    if not parser.parse_args().check:
        _STUB.write_text(stub(), "utf-8")
        return 0
    if stale:
        print(f"{_STUB.name} is stale: run {Path(__file__).name} again", file=sys.stderr)
    return int(stale)


if __name__ == "__main__":
    sys.exit(main())
