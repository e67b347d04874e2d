"""Files that take a table while it grows, and are usable whenever the writer dies."""

import csv
import io
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Protocol

import click

from russet.errors import StorageError

if TYPE_CHECKING:
    from russet.data.scan import Table

__all__ = ["FORMS", "TableFile", "csv_text", "json_text", "opened"]

_ROW_GROUP: Final = 1 << 16


class TableFile(Protocol):
    """A file that takes tables one after the other."""

    done: set[str]
    """The paths that it has rows of already."""

    def write(self, table: "Table") -> None:
        """Append the rows; they survive the end of this process."""

    def finish(self) -> None:
        """All rows are there."""


def opened(
    path: Path, columns: Sequence[str], *, resume: bool, overwrite: bool = False
) -> TableFile:
    """The file `path`, in the form that its suffix names.

    Raises:
        OSError: It cannot be written; FileExistsError when it is there and not to be resumed.
        click.ClickException: It has other columns.
        StorageError: Its form needs a package that is missing.
    """
    if overwrite and path.is_file():
        for each in (path, path.with_name(path.name + ".part")):
            each.unlink(missing_ok=True)
    if path.exists() and not (resume and path.is_file()):
        hints = ": --resume goes on with it, --overwrite begins anew"
        raise FileExistsError(f"{path} exists{hints if path.is_file() else ' and is no file'}")
    return FORMS[path.suffix.lower()](path, columns)


def csv_text(rows: "Table", *, header: bool = False) -> str:
    """The rows as CSV (RFC 4180), what is absent as nothing."""
    text = io.StringIO()
    writer = csv.writer(text)
    if header:
        writer.writerow(rows.columns)
    writer.writerows(zip(*map(rows.column, rows.columns), strict=True))
    return text.getvalue()


def json_text(rows: "Table") -> str:
    """The rows as one JSON object a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows.rows())


class _Lines(ABC):
    """A text file: a row is a line, or several where a value has line ends."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self.done: set[str] = set()
        self._columns = list(columns)
        self._path = path
        # Closed when the process ends; a row is in the hands of the system before that.
        self._file: IO[bytes] = path.open("a+b")
        self._file.seek(0)
        end = 0
        try:
            for row, after in self._records(self._file):
                self.done.add(row)
                end = after
        except (ValueError, TypeError, LookupError):
            raise click.ClickException(f"{path} is no table of russet after byte {end}") from None
        self._file.seek(0)
        start = self._start()
        if end == 0 and not start.startswith(self._file.read(len(start))):
            raise click.ClickException(f"{path} is no table of russet: write another file")
        self._file.truncate(end)
        self._begin(end)

    def write(self, table: "Table") -> None:
        """Append the rows."""
        self._append(self._text(table))

    def finish(self) -> None:
        """There is nothing left to do."""
        self._file.close()

    def _append(self, text: str) -> None:
        # A name that is no UTF-8 is shown as such in the table already.
        self._file.write(text.encode())
        self._file.flush()

    def _check(self, columns: Sequence[str]) -> None:
        if list(columns) != self._columns:
            raise click.ClickException(
                f"{self._path} has other columns ({', '.join(columns[1:-1])}): "
                "resume with the same --tags, or write another file"
            )

    def _start(self) -> bytes:
        """What a file starts with; of one whose writer died at once, a part of it is there."""
        return b""

    def _begin(self, end: int) -> None:  # noqa: B027 (most forms have no heading)
        """Write what comes before the first row, if the file ends at `end`."""

    @abstractmethod
    def _records(self, file: IO[bytes]) -> Iterator[tuple[str, int]]:
        """The path of each whole row, and where the row ends."""

    @abstractmethod
    def _text(self, table: "Table") -> str:
        """The rows as they are written."""


class _Csv(_Lines):
    def _text(self, table: "Table") -> str:
        return csv_text(table)

    def _start(self) -> bytes:
        text = io.StringIO()
        csv.writer(text).writerow(self._columns)
        return text.getvalue().encode()

    def _begin(self, end: int) -> None:
        if end == 0:
            self._append(self._start().decode())

    def _records(self, file: IO[bytes]) -> Iterator[tuple[str, int]]:
        end = 0

        def lines() -> Iterator[str]:
            nonlocal end
            for line in file:
                if not line.endswith(b"\n"):
                    return  # A writer that died left half a row.
                end += len(line)
                yield line.decode(errors="replace")

        records = csv.reader(lines(), strict=True)
        try:
            header = next(records, None)
            if header is not None:
                self._check(header)
                yield "", end
            for record in filter(None, records):
                yield record[0], end
        except csv.Error:
            return  # Half a row again, within a value of several lines.


class _Ndjson(_Lines):
    def _start(self) -> bytes:
        return b'{"path": '

    def _text(self, table: "Table") -> str:
        return json_text(table)

    def _records(self, file: IO[bytes]) -> Iterator[tuple[str, int]]:
        end = 0
        for line in file:
            if not line.endswith(b"\n"):
                return
            record = json.loads(line)
            if end == 0:
                self._check(list(record))
            end += len(line)
            yield str(record["path"]), end


class _Parquet:
    """Parquet has its index at the end: until then the rows are in an Arrow stream beside it."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._arrow: Any
        self._parquet: Any
        try:
            import pyarrow
            import pyarrow.parquet
        except ImportError:
            raise StorageError(
                "Parquet files need pyarrow, which is not installed: pip install 'pyarrow>=18'"
            ) from None
        self._arrow, self._parquet = pyarrow, pyarrow.parquet
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._columns = list(columns)
        self._writer: Any = None
        self.done: set[str] = set()
        self._kept = list(map(self._fresh, self._earlier()))
        # Written anew, since a stream that broke off cannot be appended to.
        fresh = path.with_name(path.name + ".part.new")
        self._file: IO[bytes] = fresh.open("wb")
        for batch in self._kept:
            self._put(batch)
        self._kept = []
        fresh.replace(self._part)

    def write(self, table: "Table") -> None:
        """Append the rows to the stream."""
        for batch in self._arrow.RecordBatchReader.from_stream(table):
            self._put(batch)

    def finish(self) -> None:
        """Turn the stream into the file, which then has its name at once."""
        if self._writer is None:
            return
        self._writer.close()
        self._file.close()
        fresh = self._path.with_name(self._path.name + ".new")
        with self._arrow.ipc.open_stream(self._part.open("rb")) as stream:
            groups = self._parquet.ParquetWriter(fresh, stream.schema)
            with groups:
                for table in _grouped(stream, self._arrow.Table.from_batches):
                    groups.write_table(table)
        fresh.replace(self._path)
        self._part.unlink()

    def _put(self, batch: Any) -> None:
        if self._writer is None:
            self._writer = self._arrow.ipc.new_stream(self._file, batch.schema)
        self._writer.write_batch(batch)
        self._file.flush()

    def _fresh(self, batch: Any) -> Any:
        """The rows of a batch that are not there yet: a writer may die before its last step."""
        paths = batch.column("path").to_pylist()
        mask = []
        for path in paths:
            mask.append(path not in self.done)
            self.done.add(path)
        return batch if all(mask) else batch.filter(self._arrow.array(mask, self._arrow.bool_()))

    def _earlier(self) -> Iterator[Any]:
        """The rows of a file that was finished, and of one that was not."""
        if self._path.exists():
            try:
                finished = self._parquet.ParquetFile(self._path)
            except self._arrow.ArrowInvalid:
                text = f"{self._path} is no Parquet file: write another file"
                raise click.ClickException(text) from None
            yield from self._checked(finished.iter_batches())
        if not self._part.exists():
            return
        try:
            stream = self._arrow.ipc.open_stream(self._part.read_bytes())
            yield from self._checked(stream)
        except (self._arrow.ArrowInvalid, OSError):
            return  # The end of what a writer that died had written.

    def _checked(self, batches: Iterator[Any]) -> Iterator[Any]:
        for batch in batches:
            if batch.schema.names != self._columns:
                raise click.ClickException(
                    f"{self._path} has other columns ({', '.join(batch.schema.names[1:-1])}): "
                    "resume with the same --tags, or write another file"
                )
            yield batch


def _grouped(batches: Iterator[Any], table: Callable[[list[Any]], Any]) -> Iterator[Any]:
    """Tables of some ten thousand rows, one for each row group."""
    group: list[Any] = []
    rows = 0
    for batch in batches:
        group.append(batch)
        rows += batch.num_rows
        if rows >= _ROW_GROUP:
            yield table(group)
            group, rows = [], 0
    if group:
        yield table(group)


FORMS: Final[dict[str, Callable[[Path, Sequence[str]], TableFile]]] = {
    ".csv": _Csv,
    ".ndjson": _Ndjson,
    ".parquet": _Parquet,
}
"""The forms of table files, by suffix."""
