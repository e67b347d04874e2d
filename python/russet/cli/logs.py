"""The log on stderr: a letter for each level as DCMTK has it, or JSON lines."""

import json
import logging
import time
from typing import Final

__all__ = ["send_to_stderr"]

_LETTERS: Final = {"DEBUG": "D", "INFO": "I", "WARNING": "W", "ERROR": "E", "CRITICAL": "F"}


def send_to_stderr(*, verbose: bool, as_json: bool = False) -> None:
    """Send the logging tree `russet` to stderr.

    Args:
        verbose: Whether from INFO on, instead of WARNING.
        as_json: Whether as JSON, an object a line.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(_JsonFormatter() if as_json else _LetterFormatter())
    logger = logging.getLogger("russet")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO if verbose else logging.WARNING)


class _LetterFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """As DCMTK prints it: `W: text`."""
        return f"{_LETTERS.get(record.levelname, 'I')}: {super().format(record)}"


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """As programs that collect logs want it."""
        line = {
            "time": _moment(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def _moment(seconds: float) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds % 1 * 1000):03}Z"
