"""The index of a data folder: what is in its instances, to be found in milliseconds."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final, Self

from russet.data import Dataset
from russet.dimse.models import named
from russet.errors import StorageError
from russet.storage.folder import DataFolder
from russet.storage.index.readers import Readers
from russet.storage.index.reconcile import Reconciliation, State, files_below, reconcile
from russet.storage.index.record import Record
from russet.storage.index.retrieve import Holding, Indexed, holding, retrieval_keys, select
from russet.storage.index.rows import Rows
from russet.storage.index.schema import connect, move_aside, prepare
from russet.storage.index.search import Matches, Search
from russet.storage.index.writer import Ticket, Writer
from russet.storage.instances import Durability

__all__ = ["Index"]

_NAME: Final = "index.sqlite"


class Index:
    """An SQLite database beside the instances of a data folder; safe to use from many threads.

    The files are what counts: everything in the index is read from them, and `reconcile` brings
    both together. So an index that is lost, damaged or old costs time, and never an instance.

    Attributes:
        path: The database.
        root: The data folder, which paths are relative to.
        durability: What a commit waits for.
        moved_aside: What a damaged database is called now, if there was one and `rebuild` was said.
    """

    def __init__(
        self,
        folder: DataFolder,
        durability: Durability = Durability.FSYNC,
        *,
        rebuild: bool = False,
    ) -> None:
        """Open the index of `folder`, which must be held as long; make it if there is none.

        Args:
            folder: Where the instances are.
            durability: What a commit waits for: with NONE a power cut may take the last ones.
            rebuild: Whether to begin anew, from the files, with what was there moved aside.

        Raises:
            IndexDamagedError: When what is there is no index, or a damaged one; it is left alone.
            StorageError: When it cannot be opened, or is that of a newer russet.
        """
        self.root = str(folder.root)
        self.path = folder.root / _NAME
        self.durability = durability
        self._folder = os.path.relpath(folder.instances, folder.root)
        self.moved_aside: Path | None = move_aside(self.path) if rebuild else None
        connection = connect(self.path, durable=durability is Durability.FSYNC)
        try:
            prepare(connection, self.path)
        except BaseException:
            connection.close()
            raise
        self._writer = Writer(connection, self.path)
        # With FSYNC Success waits for the row, and so no search has to. With NONE nobody waits for
        # a row, and so whoever searches does: what was received is found.
        settle = self._writer.settle if durability is Durability.NONE else None
        self._readers = Readers(self.path, settle)
        self._stopping = False
        if rebuild:
            self.reconcile()

    def __enter__(self) -> Self:
        """Use as a context manager that ends with `close`."""
        return self

    def __exit__(self, *_: object) -> None:
        """Commit what was asked for, and close the database."""
        self.close()

    def stop(self) -> None:
        """Have a `reconcile` that is going on end early, with a StorageError."""
        self._stopping = True

    def close(self) -> None:
        """Commit what was asked for, and close the database. Safe to call again."""
        self.stop()
        self._readers.close()
        self._writer.close()

    # --- what is put in -----------------------------------------------------------------------

    def add(self, record: Record, *, replaces: bool = False) -> Ticket:
        """Put an instance in; its file must be there already.

        Of several files with one SOP Instance UID the first stands for the instance, or with
        `replaces` this one; the others are kept as copies of it.

        Returns:
            A ticket; who must know that the row is committed waits for it.

        Raises:
            StorageError: When the index is closed.
        """
        return self._writer.submit(partial(Rows.add, record=record, replaces=replaces))

    def remove(self, path: str) -> Ticket:
        """Take a file out, as `reconcile` does when it is gone.

        Args:
            path: Relative to the data folder.

        Raises:
            StorageError: When the index is closed.
        """
        return self._writer.submit(partial(Rows.remove, path=path))

    def flush(self) -> None:
        """Wait until all that was asked for so far is committed, or was refused.

        Raises:
            StorageError: When the index is closed.
        """
        self._writer.submit(lambda _rows: None).wait()

    def reconcile(self, *, digest: bool = False) -> Reconciliation:
        """Give every file a row, and take out the rows without a file.

        To be called at every start: a process may have died between a file and its row. It may run
        while instances arrive.

        Args:
            digest: Whether to compute the digests of files that are added.

        Raises:
            StorageError: When the disk refuses, the database is damaged, or the index is closed.
        """
        submit = self._writer.submit
        return reconcile(self.root, self._files(), self._readers, submit, digest=digest)

    def _files(self) -> Iterator[tuple[str, State]]:
        for file in files_below(self.root, self._folder):
            if self._stopping:
                raise StorageError("the index is closed")
            yield file

    # --- what is found ------------------------------------------------------------------------

    def find(
        self,
        identifier: Dataset,
        *,
        model: str = "study",
        relational: bool = False,
        **options: Any,
    ) -> Matches:
        """Answer a query of Query/Retrieve (C-FIND, PS3.4 C.4.1).

        Keys of levels below the one that is asked for are left out of the responses, like all that
        the index does not know; those of levels above are matched and answered, also where the
        standard does not have them (PS3.4 C.4.1.2.1).

        Args:
            identifier: The keys.
            model: The information model by its name: patient, study or patient-study.
            relational: Whether relational queries were negotiated (PS3.4 C.5.1.1): then no unique
                keys of levels above are needed.
            **options: Of `russet.data.matching.Query`: what was negotiated, and in `answer` what
                every response has besides, such as RetrieveAETitle.

        Returns:
            The responses, found while they are asked for.

        Raises:
            IdentifierError: When the identifier breaks the rules of the model: status A900H.
            ValueError: When there is no such model.
            StorageError: When the database cannot be read.
        """
        search = Search(identifier, named(model), relational=relational, options=options)
        return Matches(search, self._readers)

    def select(
        self, identifier: Dataset, *, model: str = "study", relational: bool = False
    ) -> list[Indexed]:
        """What a C-MOVE or C-GET is of (PS3.4 C.4.2 and C.4.3): unique keys alone count.

        Args:
            identifier: A unique key of the level, for UIDs also several, and one of each above.
            model: As for `find`.
            relational: Whether those above may be left out.

        Raises:
            IdentifierError: When the identifier breaks the rules of the model: status A900H.
            ValueError: When there is no such model.
            StorageError: When the database cannot be read.
        """
        keys = retrieval_keys(identifier, named(model), relational=relational)
        return select(keys, self._readers, self.root)

    def holding(self, sop_class_uid: str, sop_instance_uid: str) -> tuple[Holding, Indexed | None]:
        """Whether an instance is here, as Storage Commitment asks (PS3.4 J.3.3).

        Its file must be there in its whole length; what is in it is not read again.

        Raises:
            StorageError: When the database cannot be read.
        """
        return holding(sop_class_uid, sop_instance_uid, self._readers, self.root)

    def holds(self, sop_class_uid: str, sop_instance_uid: str) -> bool:
        """Whether an instance is here; `holding` says why not."""
        return self.holding(sop_class_uid, sop_instance_uid)[0] is Holding.HERE

    def count(self) -> int:
        """How many instances there are.

        Raises:
            StorageError: When the database cannot be read.
        """
        with self._readers.take() as connection:
            count: int = connection.execute("SELECT total(instances) FROM patient").fetchone()[0]
        return int(count)
