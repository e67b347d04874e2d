"""Queries: identifiers that are matched against data sets (PS3.4 C.2.2.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Unpack

from russet import codec
from russet.data.dataset import Dataset, Given, own_syntax
from russet.data.edit import vr_of
from russet.data.matching.answer import TIMEZONE, Answer
from russet.data.matching.compile import QUERY_LEVEL, Compiler
from russet.data.matching.key import Key
from russet.data.matching.options import Options
from russet.data.matching.source import Source, reader
from russet.data.matching.zone import Zone, zone_in
from russet.data.tag import Tag

__all__ = ["Query", "select"]

_IMPLICIT: Final = "1.2.840.10008.1.2"
_VIEW: Final = Tag(0x0008_0053)
_PENDING: Final = 0xFF00
_PENDING_WITH_WARNING: Final = 0xFF01
_ZONE_KEY: Final = Key(TIMEZONE, "SH")


class Query:
    """An identifier, made ready to be matched many times (PS3.4 C.2.2.2).

    It does not change, and any number of threads may use it.

    Attributes:
        warnings: What is not as the standard has it and was ignored, or taken as it is probably
            meant: a sentence, and the tag.
        unsupported: The tags of optional keys that are neither matched nor answered.
    """

    def __init__(self, identifier: Dataset, **options: Unpack[Options]) -> None:
        """Take the keys of an identifier; see `Options` for what can be said beside it.

        Raises:
            IdentifierError: A key that cannot be what it should be: answer status A900 with its tag
                as Offending Element.
            EncodeError: An `answer` that no element can hold, or that is not ASCII.
            ValueError: Neither a tag nor a keyword; a character set that there is not.
        """
        identifier = _with_charset(identifier, options.get("fallback_charset", ""))
        compiler = Compiler(identifier, options)
        self._level = compiler.level(identifier)
        self.warnings: Final = tuple(compiler.warnings)
        self.unsupported: Final = tuple(compiler.unsupported)
        self._to: Zone = compiler.zone
        self._local: Zone = options.get("timezone")
        self._zone_text = compiler.zone_text
        self._asks_zone = self._to is not None or self._level.asks_zone
        explicit = own_syntax(identifier.index) != _IMPLICIT
        fixed = _fixed(identifier, options.get("answer", {}), explicit=explicit)
        self._answer = Answer(self._level, fixed, explicit=explicit)

    @property
    def status(self) -> int:
        """The status that goes with each response: FF00, or FF01 when a key is not supported."""
        return _PENDING_WITH_WARNING if self.unsupported else _PENDING

    def matches(self, source: Source) -> bool:
        """Whether all keys match (PS3.4 C.2.2.2).

        Args:
            source: A data set, or a mapping of keywords to values, in which a sequence is a list of
                data sets or mappings. Text with backslashes is several values.
        """
        return self._level.matches(source, self._zone(source) if self._asks_zone else None)

    def response(self, source: Source, values: Mapping[Any, Any] | None = None) -> Dataset:
        """The identifier that answers for what matches (PS3.4 C.4.1.1.3.2).

        It has every supported key, with zero length where there is no value; of sequences the
        items that match, with the attributes that were asked for; Query/Retrieve Level as in
        the request; `answer`; Specific Character Set where one is needed; nothing else. It is in
        the transfer syntax of the request, so that it goes out as it is.

        Args:
            source: As for `matches`.
            values: By keyword or tag, in place of those of the source: counts, say. What was not
                asked for is left out.

        Raises:
            EncodeError: A value that its VR cannot hold.
            ValueError: A name in `values` that is neither a tag nor a keyword.
        """
        data = self.encode(source, values)
        index = codec.read_dataset(data, self._answer.syntax)
        return Dataset.over(index, Given(self._answer.syntax, data))

    def encode(self, source: Source, values: Mapping[Any, Any] | None = None) -> bytes:
        """What `response` gives, as bytes in the syntax of `transfer_syntax`.

        Raises:
            EncodeError: A value that its VR cannot hold.
            ValueError: A name in `values` that is neither a tag nor a keyword.
        """
        given: dict[int, Any] = (
            {Tag.of(name): value for name, value in values.items()} if values else {}
        )
        if not self._to:
            return self._answer.encode(source, given, None, None)
        zone = self._zone(source)
        if zone is not None:
            given[TIMEZONE] = self._zone_text
        return self._answer.encode(source, given, zone, self._to)

    @property
    def transfer_syntax(self) -> str:
        """In which responses are written: that of the request, or Explicit VR Little Endian."""
        return self._answer.syntax

    def _zone(self, source: Source) -> Zone:
        return zone_in(reader(source)(_ZONE_KEY)) or self._local


def select(
    identifier: Dataset, sources: Iterable[Source], **options: Unpack[Options]
) -> Iterator[Dataset]:
    """The responses for all that match, one after the other (PS3.4 C.4.1.1.3.2).

    Args:
        identifier: The request.
        sources: Data sets, or mappings as `Query.matches` takes them.
        options: See `Options`.

    Raises:
        IdentifierError: As `Query` does; at once, not with the first response.
    """
    query = Query(identifier, **options)
    return map(query.response, filter(query.matches, sources))


def _with_charset(identifier: Dataset, fallback: str) -> Dataset:
    """The identifier, read in `fallback` if it names no character set."""
    if not fallback or identifier.is_edited:
        return identifier
    syntax = own_syntax(identifier.index)
    data = identifier.encode(syntax)
    return Dataset.over(codec.read_dataset(data, syntax, fallback_charset=fallback))


def _fixed(identifier: Dataset, answer: Mapping[Any, Any], *, explicit: bool) -> dict[Tag, bytes]:
    """The elements of every response, encoded."""
    found: dict[Tag, bytes] = {}
    for tag in (QUERY_LEVEL, _VIEW):
        if tag in identifier:
            element = identifier[tag]
            found[tag] = codec.encode_element(tag, "CS", element.raw, explicit)
    for name, value in answer.items():
        tag = Tag.of(name)
        vr = vr_of(identifier, tag)
        found[tag] = codec.encode_element(tag, vr, codec.encode_value(vr, value), explicit)
    return found
