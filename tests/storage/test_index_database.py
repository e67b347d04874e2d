import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from russet.errors import IndexDamagedError, StorageError
from russet.storage import DataFolder, Durability
from russet.storage.index import Index, schema
from russet.storage.index.receiver import IndexedReceiver
from russet.storage.index.rows import Rows
from russet.storage.index.writer import Writer
from tests.support.indexed import Archive, instance


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[DataFolder]:
    with DataFolder(tmp_path / "data") as made:
        yield made


def fill(folder: DataFolder, count: int = 3) -> None:
    archive = Archive(folder, durability=Durability.NONE)
    for number in range(count):
        archive.store(instance(SOPInstanceUID=f"1.{number + 1}"))
    archive.close()


def test_the_index_is_there_again_at_the_next_start(folder: DataFolder) -> None:
    fill(folder)
    with Index(folder) as index:
        assert index.count() == 3
        assert index.moved_aside is None


def _text(path: Path) -> None:
    path.write_text("this is no database, whatever its name says" * 100)


def _foreign(path: Path) -> None:
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE theirs (id INTEGER)")


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


@pytest.mark.parametrize("harm", [_text, _foreign, _cut])
def test_a_file_that_is_no_index_is_told_and_built_anew_when_asked(
    folder: DataFolder, harm: Any
) -> None:
    fill(folder)
    path = folder.root / "index.sqlite"
    harm(path)
    harmed = path.read_bytes()
    with pytest.raises(IndexDamagedError, match="rebuild=True"):
        Index(folder)
    assert path.read_bytes() == harmed, "it is left as it was"
    with Index(folder, rebuild=True) as index:
        assert index.count() == 3
        assert index.moved_aside == path.with_name("index.sqlite.damaged-1")
        assert index.moved_aside.read_bytes() == harmed


def test_what_is_moved_aside_twice_is_kept_twice(folder: DataFolder) -> None:
    fill(folder)
    for number in (1, 2):
        with Index(folder, rebuild=True) as index:
            assert index.moved_aside is not None
            assert index.moved_aside.name == f"index.sqlite.damaged-{number}"
            assert index.count() == 3


def test_the_index_of_a_newer_russet_is_not_touched(folder: DataFolder) -> None:
    fill(folder)
    path = folder.root / "index.sqlite"
    with closing(sqlite3.connect(path)) as newer:
        newer.execute(f"PRAGMA user_version = {len(schema.MIGRATIONS) + 1}")
    with pytest.raises(StorageError, match="newer russet"):
        Index(folder)


def test_an_older_index_is_brought_to_the_present_version(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(folder)
    later = (*schema.MIGRATIONS, "ALTER TABLE patient ADD COLUMN note TEXT;")
    monkeypatch.setattr(schema, "MIGRATIONS", later)
    with Index(folder) as index, index._readers.take() as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(later),)
        assert connection.execute("SELECT uid, note FROM patient").fetchall() == [("P1", None)]


def test_a_migration_that_fails_changes_nothing(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(folder)
    later = (*schema.MIGRATIONS, "ALTER TABLE patient ADD COLUMN note TEXT; nonsense;")
    with monkeypatch.context() as patched:
        patched.setattr(schema, "MIGRATIONS", later)
        with pytest.raises(StorageError, match="nonsense"):
            Index(folder)
    with Index(folder) as index:
        assert index.count() == 3


def test_an_old_sqlite_is_told(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 36, 0))
    with pytest.raises(StorageError, match=r"needs 3\.37"):
        Index(folder)


def test_readers_cannot_write(folder: DataFolder) -> None:
    with (
        Index(folder) as index,
        pytest.raises(StorageError, match="readonly"),
        index._readers.take() as connection,
    ):
        connection.execute("DELETE FROM patient")


def test_success_is_not_said_of_what_the_index_refused(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = Archive(folder)

    def refuse(self: Rows, record: Any, **how: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(Rows, "add", refuse)
        with pytest.raises(StorageError, match="disk is full"):
            archive.store(instance())
    assert archive.index.count() == 0
    assert archive.store(instance()).status == 0x0000, "sent again it is taken"
    assert archive.index.count() == 1
    archive.close()
    assert isinstance(archive.receiver, IndexedReceiver)


# --- the writer -------------------------------------------------------------------------------


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    path = tmp_path / "some.sqlite"
    connection = schema.connect(path)
    schema.prepare(connection, path)
    made = Writer(connection, path)
    yield made
    made.close()


def _given(value: Any, rows: Rows) -> Any:
    return value


def test_what_is_asked_for_while_one_batch_is_committed_is_the_next_batch(writer: Writer) -> None:
    begun, go_on, commits = threading.Event(), threading.Event(), []
    together = writer._together

    def counting(changes: list[Any]) -> list[Any]:
        commits.append(len(changes))
        return together(changes)

    writer._together = counting  # type: ignore[method-assign]

    def slow(rows: Rows) -> str:
        begun.set()
        go_on.wait()
        return "first"

    first = writer.submit(slow)
    begun.wait()
    others = [writer.submit(partial(_given, number)) for number in range(100)]
    assert not any(ticket.is_committed for ticket in others)
    go_on.set()
    assert [ticket.wait() for ticket in others] == list(range(100))
    assert (first.wait(), commits) == ("first", [1, 100])


def test_one_change_that_fails_does_not_take_the_others_with_it(
    writer: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(rows: Rows) -> None:
        raise ValueError("no such thing")

    tickets = [writer.submit(lambda _: "good"), writer.submit(failing), writer.submit(lambda _: 7)]
    assert (tickets[0].wait(), tickets[2].wait()) == ("good", 7)
    with pytest.raises(ValueError, match="no such thing"):
        tickets[1].wait()
    assert "no such thing" in caplog.text


def test_what_another_program_locks_is_waited_for_once_and_not_for_each_change(
    writer: Writer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tried, together = [], writer._together

    def counting(changes: list[Any]) -> list[Any]:
        tried.append(len(changes))
        return together(changes)

    writer._together = counting  # type: ignore[method-assign]
    writer.submit(
        lambda rows: rows._connection.execute("PRAGMA busy_timeout = 1").fetchall()
    ).wait()
    with closing(sqlite3.connect(tmp_path / "some.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        tickets = [writer.submit(partial(_given, number)) for number in range(100)]
        writer.settle()
        for ticket in tickets:
            with pytest.raises(StorageError, match="locked"):
                ticket.wait()
    assert sum(tried) == 1 + 100
    assert "changes of the index failed" in caplog.text
    assert writer.submit(partial(_given, 7)).wait() == 7


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_nobody_waits_for_a_writer_that_has_ended(writer: Writer) -> None:
    def ending(rows: Rows) -> None:
        raise SystemExit

    tickets = [writer.submit(ending), writer.submit(lambda _: None)]
    for ticket in tickets:
        with pytest.raises(StorageError, match="closed"):
            ticket.wait()
    writer.settle()
    with pytest.raises(StorageError, match="closed"):
        writer.submit(lambda _: None)


def test_nobody_has_to_wait_and_closing_commits_all(tmp_path: Path) -> None:
    path = tmp_path / "some.sqlite"
    connection = schema.connect(path)
    schema.prepare(connection, path)
    made = Writer(connection, path)
    tickets = [made.submit(partial(_given, number)) for number in range(10_000)]
    made.close()
    assert all(ticket.is_committed for ticket in tickets)
    assert tickets[-1].wait() == 9_999
    with pytest.raises(StorageError, match="closed"):
        made.submit(lambda _: None)
