"""The files that pydicom ships: those in its own package, and those of pydicom-data."""

from functools import cache
from pathlib import Path
from typing import Final

import pydicom
from pydicom.data.data_manager import external_data_sources

from tests.support.places import absent

__all__ = ["named", "pydicom_files"]

_NO_DICOM: Final = frozenset((".dump", ".gz", ".icc", ".json", ".md", ".py", ".pyc", ".txt"))
_FOLDERS: Final = ("test_files", "charset_files")


@cache
def pydicom_files() -> dict[str, Path]:
    """Every DICOM file by its name below the folder it is in; nothing is fetched."""
    package = Path(pydicom.data.__file__).parent
    folders = [package / name for name in _FOLDERS]
    if "pydicom-data" in external_data_sources():
        folders.append(Path(external_data_sources()["pydicom-data"].data_path))
    return {
        path.relative_to(folder).as_posix(): path
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix not in _NO_DICOM and path.name != "README"
    }


def named(name: str) -> Path:
    """Where one of them is."""
    return pydicom_files().get(name) or absent(name)
