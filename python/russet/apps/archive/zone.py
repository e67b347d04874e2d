"""The time zone of this machine, summer time and all."""

import datetime
import time

__all__ = ["LocalZone"]


class LocalZone(datetime.tzinfo):
    """The zone of dates and times that do not say theirs, as the system knows it."""

    def utcoffset(self, moment: datetime.datetime | None) -> datetime.timedelta | None:
        """What is added to UTC at a moment of local time."""
        if moment is None:
            return None
        try:
            seconds = time.mktime((*moment.timetuple()[:8], -1))
            return datetime.timedelta(seconds=time.localtime(seconds).tm_gmtoff)
        except (OverflowError, OSError, ValueError):
            return datetime.timedelta()  # Years of which the system has no idea.

    def dst(self, _moment: datetime.datetime | None) -> datetime.timedelta | None:
        """How much of it is summer time: it does not matter here."""
        return None

    def tzname(self, _moment: datetime.datetime | None) -> str:
        """Its name."""
        return "local"
