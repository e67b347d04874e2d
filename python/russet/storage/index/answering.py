"""Query/Retrieve answered from an index (PS3.4 C.4): the handlers, and the services with them.

with DataFolder(path) as folder, Index(folder) as index:
    answering = Answering(index, "RUSSET")
    russet.serve(handlers={"store": receiver}, services=answering.services(destinations))
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import tzinfo
from typing import Any, Final

from russet.association.extended import FindOptions, RetrieveOptions
from russet.data import Dataset
from russet.services.query import FindRequest, QueryService
from russet.services.retrieve import (
    Destinations,
    RetrieveRequest,
    RetrieveService,
    Sendable,
)
from russet.storage.index.index import Index

__all__ = ["Answering"]

_PENDING: Final = 0xFF00
_PENDING_WITHOUT_OPTIONAL_KEYS: Final = 0xFF01

_FIND: Final = FindOptions(
    relational=True, date_time=True, fuzzy=True, timezone=True, empty=True, multiple=True
)
_RETRIEVE: Final = RetrieveOptions(relational=True)


class Answering:
    """Answers C-FIND, C-MOVE and C-GET with what is in an index."""

    def __init__(
        self, index: Index, ae_title: str | Callable[[], str], zone: tzinfo | None = None
    ) -> None:
        """Answer from `index`.

        Args:
            index: Where to look.
            ae_title: Where to retrieve from, as responses say; a function is asked for each query.
            zone: That of instances which do not say theirs, for queries that name one
                (PS3.4 C.2.2.2.5).
        """
        self._index = index
        self._zone = zone
        self._ae_title = ae_title if callable(ae_title) else lambda: ae_title

    def services(
        self, destinations: Destinations | None = None
    ) -> list[QueryService | RetrieveService]:
        """The services, for `russet.serve`: C-FIND and C-GET, with `destinations` C-MOVE too."""
        query = QueryService(self.find)
        retrieval = RetrieveService(self.retrieve, destinations)
        query.extended = dict.fromkeys(query.sop_classes, _FIND)
        retrieval.extended = dict.fromkeys(retrieval.sop_classes, _RETRIEVE)
        return [query, retrieval]

    def find(self, asked: FindRequest) -> Iterator[tuple[int, Dataset]]:
        """Give the matches with their status (PS3.4 C.4.1.1.4).

        Raises:
            IdentifierError: An identifier that breaks the rules of the model: A900H.
        """
        answer = {"RetrieveAETitle": self._ae_title()}
        options, how = asked.options, dict[str, Any](answer=answer, timezone=self._zone)
        if isinstance(options, FindOptions):
            how |= {
                "relational": options.relational,
                "fuzzy": options.fuzzy,
                "combined_datetime": options.date_time,
                "empty_value": options.empty,
                "multiple_value": options.multiple,
            }
        matches = self._index.find(asked.identifier, model=_model(asked), **how)
        status = _PENDING_WITHOUT_OPTIONAL_KEYS if matches.unsupported else _PENDING
        try:
            for match in matches:
                yield status, match
        finally:
            matches.close()

    def retrieve(self, asked: RetrieveRequest) -> Sequence[Sendable]:
        """Give what to send.

        Raises:
            IdentifierError: An identifier that breaks the rules of the model: A900H.
        """
        relational = asked.options.relational
        return self._index.select(asked.identifier, model=_model(asked), relational=relational)


def _model(asked: FindRequest | RetrieveRequest) -> str:
    """The name of the model; a SOP class of somebody's own is taken for Study Root."""
    return "study" if asked.model is None else asked.model.name
