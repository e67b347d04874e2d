"""The log on stderr: a letter for each level as DCMTK has it, or JSON lines."""

import json
import logging
import time
from collections.abc import Callable
from typing import Any, Final

import click

__all__ = ["log_level", "log_options", "send_to_stderr"]

_LONGEST: Final = 400
"""Characters of a line about what goes well."""
_LETTERS: Final = {"DEBUG": "D", "INFO": "I", "WARNING": "W", "ERROR": "E", "CRITICAL": "F"}


def log_options() -> list[Callable[[Any], Any]]:
    """Give the options that say how much is logged, in DCMTK's spelling."""
    return [
        click.option("-v", "--verbose", is_flag=True, help="Log more."),
        click.option("-d", "--debug", is_flag=True, help="Log everything."),
    ]


def log_level(options: dict[str, Any]) -> int:
    """Take what `log_options` gave out of `options`: the level to log from."""
    verbose, debug = options.pop("verbose"), options.pop("debug")
    if debug:
        return logging.DEBUG
    return logging.INFO if verbose else logging.WARNING


def send_to_stderr(level: int, *, as_json: bool = False) -> None:
    """Send the logging tree `russet` to stderr.

    Args:
        level: That of the least that is told.
        as_json: Whether as JSON, an object a line.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(_JsonFormatter() if as_json else _LetterFormatter())
    logger = logging.getLogger("russet")
    logger.addHandler(handler)
    logger.setLevel(level)


class _LetterFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """As DCMTK prints it: `W: text`."""
        text = super().format(record)
        if record.exc_info is None and len(text) > _LONGEST and record.levelno < logging.WARNING:
            text = f"{text[:_LONGEST]}..."  # What a peer lists may have no end.
        return f"{_LETTERS.get(record.levelname, 'I')}: {text}"


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
