"""Naming a peer on the command line: `HOST PORT`, or `AET@host:port` in one word."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import click

__all__ = ["Peer", "peer_and_rest", "title", "title_options"]

_F = TypeVar("_F", bound=Callable[..., object])
_ONE_WORD: Final = re.compile(
    r"(?:(?P<title>[^@]+)@)?(?P<host>\[[^\]]+\]|[^:@\[\]]+):(?P<port>\d+)"
)
_HIGHEST_PORT: Final = 65535
_TITLE_LENGTH: Final = 16
_ANY: Final = "ANY-SCP"


@dataclass(frozen=True, slots=True)
class Peer:
    """Whom a command talks to.

    Attributes:
        host: Name or address.
        port: TCP port.
        called: The AE title to call it by.
    """

    host: str
    port: int
    called: str

    def __str__(self) -> str:
        """As users write it: AET@host:port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.called}@{host}:{self.port}"


def peer_and_rest(arguments: Sequence[str], called: str | None) -> tuple[Peer, tuple[str, ...]]:
    """Take the peer off the front of `arguments`; `called` is what -aec gave, None for nothing.

    Raises:
        click.UsageError: When it names no host and port, or two AE titles.
    """
    if arguments and (one := _ONE_WORD.fullmatch(arguments[0])):
        peer = Peer(one["host"].strip("[]"), _port(one["port"]), _called(one["title"], called))
        return peer, tuple(arguments[1:])
    if len(arguments) < 2:
        raise click.UsageError("name the peer as HOST PORT, AET@host:port or AET@[::1]:port")
    before, _, host = arguments[0].rpartition("@")
    peer = Peer(host.strip("[]"), _port(arguments[1]), _called(before, called))
    return peer, tuple(arguments[2:])


def _called(before: str | None, option: str | None) -> str:
    """The title of the peer: that before its @, or that of -aec, which may not differ."""
    if before and option is not None and title(before) != option:
        raise click.UsageError(f"the peer is {before} before the @, and {option} by -aec: which?")
    return title(before or option or _ANY)


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= _HIGHEST_PORT:
        raise click.UsageError(f"{text!r} is no port: a number from 1 to {_HIGHEST_PORT}")
    return int(text)


def title(text: str) -> str:
    """Take an AE title: 1 to 16 printable characters, no backslash, not only spaces (PS3.5 6.2).

    Raises:
        click.UsageError: When it is none.
    """
    found = text.strip(" ")
    if not 0 < len(found) <= _TITLE_LENGTH or not found.isascii() or not found.isprintable():
        raise click.UsageError(f"{text!r} is no AE title: 1 to {_TITLE_LENGTH} ASCII characters")
    if "\\" in found:
        raise click.UsageError(f"{text!r} is no AE title: a backslash is not allowed")
    return found


def _title_option(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    return None if value is None else title(value)


def title_options(command: _F) -> _F:
    """Add `-aet` and `-aec`, in DCMTK's spelling, to a command."""
    calling = click.option(
        "-aet",
        "--aet",
        "--aetitle",
        "calling",
        default="RUSSET",
        show_default=True,
        callback=_title_option,
        help="Our AE title.",
    )
    called = click.option(
        "-aec",
        "--aec",
        "--call",
        "called",
        callback=_title_option,
        help=f"The peer's AE title.  [default: {_ANY}]",
    )
    return calling(called(command))
