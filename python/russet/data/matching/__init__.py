"""Matching of queries against data sets, without any I/O (PS3.4 C.2.2.2).

    def find(identifier: Dataset) -> Iterator[Dataset]:      # all that a C-FIND handler has to do
        return select(identifier, studies, answer={"RetrieveAETitle": "ARCHIVE"})

    query = Query(identifier, fuzzy=True)                    # the same, step by step
    if query.matches(study):
        yield query.status, query.response(study, {"NumberOfStudyRelatedSeries": 3})

What is matched is a `Dataset`, or a mapping of keywords to values: a row of a database or of
`russet.scan`. Which keys a query must have is said by each service; here any may be there.

How keys match, where PS3.4 leaves it open:

- Names match without regard to case and accents, in any component group; empty components at the
  end do not count. With `fuzzy`, they match by words, in any order, by their beginning or their
  sound (`russet.data.matching.person`).
- A date or time that is not written to the end is all that it may mean, in keys and values.
- IS and DS, and other numbers, match by their number.
- Several values in a key are alternatives, with a warning, unless multiple value matching was
  negotiated.
- What has no value matches any key of a query with a Query/Retrieve Level, and none of others.
- A key of another VR than the dictionary's is taken by the dictionary's, with a warning.

What is wrong in an identifier is an `IdentifierError` where nothing would match or too much would
match without a word: a wild card in a UID, date or number; what is no date or number; a range that
ends before it starts; several items in a sequence; more than a peer may have tried value by value.
It is ignored, or taken as it is meant, and told in `Query.warnings` where that changes nothing:
`*` alone in any VR, group lengths, groups below 0008. A key of bytes, or private
without owner, is one that is not supported.
"""

from russet.data.matching.options import Options
from russet.data.matching.query import Query, select
from russet.data.matching.source import Source

__all__ = ["Options", "Query", "Source", "select"]
