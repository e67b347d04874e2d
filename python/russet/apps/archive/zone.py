"""The time zone of this machine, summer time and all."""

import datetime
import zoneinfo
from pathlib import Path
from typing import Final

__all__ = ["local_zone"]

_LOCAL: Final = Path("/etc/localtime")


def local_zone() -> datetime.tzinfo | None:
    """The zone of dates and times that do not say theirs."""
    try:
        with _LOCAL.open("rb") as file:
            return zoneinfo.ZoneInfo.from_file(file)
    except (OSError, ValueError):
        # Better the hour of today than none.
        return datetime.datetime.now(datetime.UTC).astimezone().tzinfo
