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


def peer_and_rest(arguments: Sequence[str], called: str) -> tuple[Peer, tuple[str, ...]]:
    """Take the peer off the front of `arguments`.

    Raises:
        click.UsageError: When it names no host and port.
    """
    if arguments and (one := _ONE_WORD.fullmatch(arguments[0])):
        peer = Peer(one["host"].strip("[]"), _port(one["port"]), title(one["title"] or called))
        return peer, tuple(arguments[1:])
    if len(arguments) < 2:
        raise click.UsageError("name the peer as HOST PORT, AET@host:port or AET@[::1]:port")
    return Peer(arguments[0].strip("[]"), _port(arguments[1]), title(called)), tuple(arguments[2:])


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


def _title_option(_: click.Context, __: click.Parameter, value: str) -> str:
    return title(value)


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
        default="ANY-SCP",
        show_default=True,
        callback=_title_option,
        help="The peer's AE title.",
    )
    return calling(called(command))
