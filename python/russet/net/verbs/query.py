"""Asking what there is, and having it sent: C-FIND, C-MOVE and C-GET on threads."""

import logging
from collections.abc import Generator, Mapping
from contextlib import closing
from os import PathLike
from typing import Any, Final, TypeVar

from russet.data import Dataset
from russet.errors import NetworkError, RussetError
from russet.net import asking
from russet.net.carrier import Carrier
from russet.net.fetching import Fetch
from russet.net.results import Matches, Results
from russet.services.query import Find
from russet.services.retrieve import Progress, Retrieve
from russet.services.storage import StoreFunction

__all__ = ["QueryVerbs"]

_LOG: Final = logging.getLogger("russet.scu")
_ResultT = TypeVar("_ResultT")


class QueryVerbs(Carrier):
    """What can be asked of Query/Retrieve (PS3.4 C) and of worklists (PS3.4 K).

    Each verb asks when what it gives is iterated, not before.
    """

    _is_left = False

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        """Release; abort when leaving because of more than a refusal of the peer."""
        self._is_left |= kind is not None
        super().__exit__(kind, *rest)

    def release(self) -> None:
        """End in good order (PS3.8 7.2); without effect when it is over already.

        Raises:
            TurnError: When another thread uses it.
        """
        with self._turn:
            self._is_left = True
            super().release()

    def _lazily(self, verb: str, results: Generator[_ResultT, None, None]) -> Results[_ResultT]:
        return Results(results, verb, self.address, lambda: self._is_left)

    def find(
        self,
        query: Dataset | Mapping[str, Any] | None = None,
        *,
        model: str = "study",
        level: str | None = None,
        **keys: Any,
    ) -> Matches:
        """C-FIND (PS3.4 C.4.1, K): ask what there is.

        `association.find(PatientName="DOE*", StudyInstanceUID="")` gives the matches one by one;
        whoever takes no more of them has the peer told so by a C-CANCEL. An empty value asks for
        the attribute.

        Args:
            query: Keys by keyword or tag, as a data set or a mapping.
            model: The information model: study, patient, patient-study, worklist and the others of
                `russet.dimse.models`.
            level: PATIENT, STUDY, SERIES or IMAGE; without it, the lowest whose UID is a key.
            **keys: Further keys by keyword.

        Returns:
            An iterator of the matches. Its `all_keys_supported` is false when the peer says that
            it does not support every key: matches are not limited by those of `unsupported`.

        Raises:
            StatusError: When the peer fails to answer.
            NetworkError: When the association broke, or the peer does not offer this.
        """
        asked = asking.find(query, model, level, keys)
        return Matches(self._find(asked), asked, self.address, lambda: self._is_left)

    def _find(self, operation: Find) -> Generator[Dataset, None, None]:
        carrier = self.carrier(operation.abstract_syntax)
        try:
            for found in carrier.perform(operation):
                match = asking.matched(found, self.address)
                if match is not None:
                    yield match
        finally:
            asking.tell_unsupported(operation, self.address)

    def move(
        self,
        destination: str,
        query: Dataset | Mapping[str, Any] | None = None,
        *,
        model: str = "study",
        level: str | None = None,
        **keys: Any,
    ) -> Results[Progress]:
        """C-MOVE (PS3.4 C.4.2): have the peer send instances to an AE title that it knows.

        Args:
            destination: That title.
            query: The unique keys, as a data set or a mapping.
            model: The information model.
            level: PATIENT, STUDY, SERIES or IMAGE; without it, the lowest whose UID is a key.
            **keys: Further keys by keyword.

        Returns:
            An iterator of how far it is; the last says what came of it.

        Raises:
            NetworkError: When the association broke, or the peer does not offer this.
        """
        operation = asking.retrieve(query, model, level, keys, destination)
        return self._lazily("move", self._move(operation))

    def _move(self, operation: Retrieve) -> Generator[Progress, None, None]:
        yield from self.carrier(operation.abstract_syntax).perform(operation)

    def get(
        self,
        into: str | PathLike[str] | StoreFunction,
        query: Dataset | Mapping[str, Any] | None = None,
        *,
        model: str = "study",
        level: str | None = None,
        **keys: Any,
    ) -> Results[Progress]:
        """C-GET (PS3.4 C.4.3): fetch instances over this way, a new association to the same peer.

        What the usual presentation contexts do not bring is asked for again over further
        associations, with contexts for what the peer says of it by C-FIND; those for storage that
        this association asked for are asked for first.

        Args:
            into: A folder for files by their SOP Instance UID, or a function that takes each
                `Instance`.
            query: The unique keys, as a data set or a mapping.
            model: The information model.
            level: PATIENT, STUDY, SERIES or IMAGE; without it, the lowest whose UID is a key.
            **keys: Further keys by keyword.

        Returns:
            An iterator of how far it is; the last says what came of all of it, and why each
            instance that failed is not here.

        Raises:
            StorageError: At once, when there can be no such folder, or it takes no files of ours.
            NetworkError: When the association broke, or the peer does not offer this.
        """
        operation = asking.retrieve(query, model, level, keys)
        return self.fetch(Fetch(operation, into, self.terms))

    def fetch(self, fetch: Fetch) -> Results[Progress]:
        """Do what a `Fetch` says: `get`, when there is one already.

        Raises:
            NetworkError: When the association broke, or the peer does not offer this.
        """
        return self._lazily("get", self._fetch(fetch))

    def _fetch(self, fetch: Fetch) -> Generator[Progress, None, None]:
        with closing(fetch):
            carrier = self
            while True:
                try:
                    carrier = carrier.another(fetch.fits, fetch.terms)
                    yield from carrier._pass(fetch)  # noqa: SLF001 (of this class)
                    carrier._inquire(fetch)  # noqa: SLF001 (of this class)
                except NetworkError as error:
                    if fetch.is_first:
                        raise
                    fetch.give_up(error)
                if not fetch.further():
                    break
            yield from fetch.end()

    def _pass(self, fetch: Fetch) -> Generator[Progress, None, None]:
        """Fetch what this association can bring; one like it, where another verb took its place."""
        for operation in fetch.operations(self.peer.agreement):
            carrier = self.another(fetch.fits, fetch.terms)
            for progress in carrier.perform(operation):
                yield from fetch.take(progress)

    def _inquire(self, fetch: Fetch) -> None:
        """Ask what it is that did not come; a peer that does not answer that is none the worse."""
        if not fetch.is_unclear:
            return
        try:
            carrier = self.another(fetch.fits, fetch.terms)
            inquiry = fetch.inquiry(carrier.peer.agreement)
            while inquiry and (question := inquiry.next(fetch.listed)) is not None:
                answers = carrier.perform(question)
                if not all(map(inquiry.take, answers)):
                    answers.close()  # type: ignore[attr-defined]  # a generator: C-CANCEL
        except RussetError as error:
            _LOG.info("cannot ask what did not come: %s", error)
