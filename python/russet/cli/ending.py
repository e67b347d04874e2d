"""What `--json` prints of how a command ended: one object, also of what no command expects."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import click

from russet.cli.exit_codes import is_output, named
from russet.errors import RussetError

__all__ = ["expect", "failing", "report", "said"]

_PEER: Final = "russet.cli.ending"


def expect(peer: str) -> None:
    """From here on a failure is told as JSON too, where the present command was given --json.

    Args:
        peer: Whom it calls, for the object.
    """
    context = click.get_current_context()
    if context.params.get("as_json"):
        context.meta[_PEER] = peer


def report(outcome: Mapping[str, object]) -> None:
    """Print the object that a command ends with; what fails after that is told on stderr alone."""
    said()
    click.echo(json.dumps(outcome))


def said() -> None:
    """Print no object of a failure any more: the command has told how it ended."""
    click.get_current_context().meta.pop(_PEER, None)


@contextmanager
def failing(context: click.Context) -> Iterator[None]:
    """Print an object of what ends a command in here; how it is called wrongly is for people."""
    try:
        yield
    except (RussetError, OSError, KeyboardInterrupt) as error:
        # A standard output that takes nothing does not take this either.
        if _PEER in context.meta and not (isinstance(error, OSError) and is_output(error)):
            told = {"peer": context.meta[_PEER], "ok": False, "error": _words(error)}
            click.echo(json.dumps(told))
        raise


def _words(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    return named(error) if isinstance(error, OSError) else str(error)
