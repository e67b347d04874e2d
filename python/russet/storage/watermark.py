"""Instances are refused while there is still room for what the machine itself needs (PS3.4 B.2)."""

import logging
import math
import os
import time
from pathlib import Path
from typing import Final

from russet.association.effects import Place
from russet.services.storage import Sink, StoreHandler, StoreRequest, StoreResult

__all__ = ["Watermark", "default_watermark"]

_LOG: Final = logging.getLogger("russet.scp")
_OUT_OF_RESOURCES: Final = 0xA700
_MOST: Final = 2_000_000_000
_PART: Final = 100
_TOLD_AGAIN: Final = 60.0
_HOLDS: Final = 0.05  # seconds: a disk is not filled in less, and asking takes some microseconds


def default_watermark(folder: Path) -> int:
    """What is kept free without being told: a hundredth of the file system, 2 GB at most."""
    found = os.statvfs(folder)
    return min(found.f_blocks * found.f_frsize // _PART, _MOST)


class Watermark:
    """A store handler that refuses with A700H while less than so many bytes are free.

    Nothing of what is refused is written. Once there is room again, instances are taken again.

    Attributes:
        place: Where instances are published, as the handler has it.
        free: How many bytes must stay free.
    """

    def __init__(self, handler: StoreHandler, folder: Path, free: int) -> None:
        """Have `handler` take instances as long as `free` bytes are left beside `folder`."""
        self.place: Place = getattr(handler, "place", Place.WORKER)
        self.free = free
        self._handler = handler
        self._folder = folder
        self._asked = self._told = -math.inf

    def open(self, request: StoreRequest) -> Sink | StoreResult:
        """Begin to take an instance, if there is room for it.

        Raises:
            StorageError: As the handler does.
        """
        now = time.monotonic()
        if now - self._asked > _HOLDS:
            found = os.statvfs(self._folder)
            left = found.f_bavail * found.f_frsize
            if left < self.free:
                self._tell(left, now)
                return StoreResult(_OUT_OF_RESOURCES, "the disk is nearly full")
            self._asked = now
        return self._handler.open(request)

    def _tell(self, left: int, now: float) -> None:
        if now - self._told < _TOLD_AGAIN:
            return
        self._told = now
        _LOG.error(
            "instances are refused: %d MB are free in %s, %d MB must stay so",
            left // 1_000_000,
            self._folder,
            self.free // 1_000_000,
        )
