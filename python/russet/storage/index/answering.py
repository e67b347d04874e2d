"""Query/Retrieve answered from an index (PS3.4 C.4): the handlers, and the services with them.

with DataFolder(path) as folder, Index(folder) as index:
    answering = Answering(index, "RUSSET")
    russet.serve(handlers={"store": receiver}, services=answering.services(destinations))
"""

from collections.abc import Iterator
from typing import Any, Final

from russet.association.extended import FindOptions
from russet.data import Dataset
from russet.errors import IdentifierError, StatusError
from russet.services.query import FindRequest, QueryService
from russet.services.retrieve import Destinations, RetrieveRequest, RetrieveService
from russet.storage.index.index import Index
from russet.storage.index.retrieve import Indexed

__all__ = ["Answering"]

_IDENTIFIER_DOES_NOT_MATCH: Final = 0xA900
_PENDING: Final = 0xFF00
_PENDING_WITHOUT_OPTIONAL_KEYS: Final = 0xFF01


class Answering:
    """Answers C-FIND, C-MOVE and C-GET with what is in an index."""

    def __init__(self, index: Index, ae_title: str) -> None:
        """Answer from `index`; `ae_title` is where to retrieve from, as responses say."""
        self._index = index
        self._answer = {"RetrieveAETitle": ae_title}

    def services(
        self, destinations: Destinations | None = None
    ) -> list[QueryService | RetrieveService]:
        """The services, for `russet.serve`: C-FIND and C-GET, with `destinations` C-MOVE too."""
        return [QueryService(self.find), RetrieveService(self.retrieve, destinations)]

    def find(self, asked: FindRequest) -> Iterator[tuple[int, Dataset]]:
        """Give the matches with their status (PS3.4 C.4.1.1.4).

        Raises:
            StatusError: An identifier that breaks the rules of the model: A900H.
        """
        options, how = asked.options, dict[str, Any](answer=self._answer)
        if isinstance(options, FindOptions):
            how |= {
                "relational": options.relational,
                "fuzzy": options.fuzzy,
                "combined_datetime": options.date_time,
                "empty_value": options.empty,
                "multiple_value": options.multiple,
            }
        try:
            matches = self._index.find(asked.identifier, model=_model(asked), **how)
        except IdentifierError as error:
            raise StatusError(str(error), _IDENTIFIER_DOES_NOT_MATCH) from error
        status = _PENDING_WITHOUT_OPTIONAL_KEYS if matches.unsupported else _PENDING
        try:
            for match in matches:
                yield status, match
        finally:
            matches.close()

    def retrieve(self, asked: RetrieveRequest) -> list[Indexed]:
        """Give what to send.

        Raises:
            StatusError: An identifier that breaks the rules of the model: A900H.
        """
        relational = asked.options.relational
        try:
            return self._index.select(asked.identifier, model=_model(asked), relational=relational)
        except IdentifierError as error:
            raise StatusError(str(error), _IDENTIFIER_DOES_NOT_MATCH) from error


def _model(asked: FindRequest | RetrieveRequest) -> str:
    """The name of the model; a SOP class of somebody's own is taken for Study Root."""
    return "study" if asked.model is None else asked.model.name
