"""Sizes as people write them: 500M, 2G, 5%."""

import os
import re
from pathlib import Path
from typing import Any, Final

import click

__all__ = ["Size", "SizeType"]

_FORM: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT%]?)B?", re.IGNORECASE)
_UNITS: Final = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


class Size:
    """So many bytes, or such a part of a disk."""

    def __init__(self, number: float, unit: str) -> None:
        """Take what was written apart."""
        self._number = number
        self._unit = unit

    def bytes_of(self, folder: Path) -> int:
        """How many bytes that is, on the file system of a folder or of what it is going to be in.

        Raises:
            OSError: It cannot be asked.
        """
        if self._unit != "%":
            return int(self._number * _UNITS[self._unit])
        there = next(
            each for each in (folder.absolute(), *folder.absolute().parents) if each.exists()
        )
        found = os.statvfs(there)
        return int(found.f_blocks * found.f_frsize * self._number / 100)


class SizeType(click.ParamType):  # type: ignore[type-arg]  # not generic in click 8.2
    """Reads a `Size`."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Size:
        """Take what was written apart."""
        if isinstance(value, Size):
            return value
        read = _FORM.fullmatch(str(value).strip())
        if read is None:
            self.fail(f"{value!r} is no size: write 500M, 2G or 5%", param, ctx)
        return Size(float(read[1]), read[2].upper())
