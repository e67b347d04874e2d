import subprocess
import sys
from pathlib import Path

import pytest

from russet.errors import StorageError
from russet.storage import DataFolder


def test_what_is_missing_is_made(tmp_path: Path) -> None:
    with DataFolder(tmp_path / "a" / "b") as folder:
        assert folder.created
        assert folder.instances.is_dir()
        assert folder.free() > 0
    with DataFolder(tmp_path / "a" / "b") as folder:
        assert not folder.created


def test_a_second_process_is_refused_while_the_first_lives(tmp_path: Path) -> None:
    program = "import sys; from pathlib import Path; from russet.storage import DataFolder as F\n"
    program += "try: F(Path(sys.argv[1]))\nexcept Exception as error: print(error)"
    with DataFolder(tmp_path):
        command = [sys.executable, "-c", program, str(tmp_path)]
        ended = subprocess.run(command, capture_output=True, text=True, check=True)
        assert "another russet uses the data folder" in ended.stdout
    with DataFolder(tmp_path):
        pass


def test_a_folder_that_cannot_be_used_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot use the data folder"):
        DataFolder(tmp_path / "file" / "data")
    with pytest.raises(StorageError, match=r"cannot use the data folder .* null byte"):
        DataFolder(tmp_path / "no\0name")


def test_what_a_killed_process_left_is_moved_aside_and_empty_files_go(tmp_path: Path) -> None:
    (tmp_path / "incoming").mkdir()
    (tmp_path / "incoming" / "7-1.part").write_bytes(b"half an instance")
    (tmp_path / "incoming" / "7-2.part").write_bytes(b"")
    with DataFolder(tmp_path) as folder:
        assert folder.swept == 1
        assert list(folder.incoming.iterdir()) == []
        assert [path.name for path in folder.quarantine.iterdir()] == ["7-1.part"]
