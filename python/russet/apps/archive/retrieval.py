"""Query and retrieval of what is held, also by instance and by frame (PS3.4 C.4, Y, Z)."""

from collections.abc import Callable, Iterator, Sequence
from datetime import tzinfo

from russet import codec
from russet.apps.archive.frames import extract
from russet.data import Dataset
from russet.errors import IdentifierError, StatusError
from russet.services.query import FindRequest
from russet.services.retrieve import RetrieveRequest, Sendable
from russet.storage.index import Answering, Index

__all__ = ["Retrieval"]

_OUT_OF_RESOURCES = 0xA700
_CANNOT_COUNT = 0xA701
_SOP_INSTANCE_UID = "SOPInstanceUID"


class Retrieval(Answering):
    """Answers once the index is whole; before that, who asks is kept waiting, and then refused."""

    def __init__(
        self,
        index: Index,
        ae_title: Callable[[], str],
        zone: tzinfo | None,
        is_whole: Callable[[], bool],
    ) -> None:
        """Answer from `index`.

        Args:
            index: Where to look.
            ae_title: Gives where to retrieve from, as responses say.
            zone: That of instances which do not say theirs.
            is_whole: Waits until the index is whole, and says whether it is by now.
        """
        super().__init__(index, ae_title, zone)
        self._held = index
        self._is_whole = is_whole

    def find(self, asked: FindRequest) -> Iterator[tuple[int, Dataset]]:
        """Give the matches with their status (PS3.4 C.4.1.1.4).

        Raises:
            IdentifierError: An identifier that breaks the rules of the model: A900H.
            StatusError: When the index is not whole yet: A700H.
        """
        self._wait(_OUT_OF_RESOURCES)
        yield from super().find(asked)

    def retrieve(self, asked: RetrieveRequest) -> Sequence[Sendable]:
        """Give what to send: what is held, or the frames of it that are asked for.

        Raises:
            IdentifierError: An identifier that breaks the rules of the model: A900H.
            StatusError: When the index is not whole yet, A701H; for frames AA00H to AA04H.
        """
        self._wait(_CANNOT_COUNT)
        if asked.level != "FRAME":
            return super().retrieve(asked)
        uid = asked.identifier.get(_SOP_INSTANCE_UID)
        if not isinstance(uid, str) or not uid:
            tag = codec.tag_of(_SOP_INSTANCE_UID) or 0
            raise IdentifierError("frames are those of one SOP Instance UID", tag)
        whole = Dataset(QueryRetrieveLevel="IMAGE", SOPInstanceUID=uid)
        found = self._held.select(whole, model="composite")
        return [extract(each.file, asked.identifier) for each in found]

    def _wait(self, status: int) -> None:
        if not self._is_whole():
            raise StatusError("the index is being brought up to date: ask again later", status)
