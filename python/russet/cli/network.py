"""What every command that calls a peer takes: titles, time-outs, TLS, a user."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

import click

from russet.cli.logs import log_level, log_options, send_to_stderr
from russet.cli.numbers import Number
from russet.cli.peer import Peer, peer_and_rest, title_options
from russet.cli.tls import client_tls, client_tls_options
from russet.errors import NetworkError

if TYPE_CHECKING:
    from russet.net.client import Address, ClientAssociation

__all__ = ["Network", "network_options"]

_F = TypeVar("_F", bound=Callable[..., object])
_NATIVE: Final = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2")


@dataclass(frozen=True)
class Network:
    """Whom a command calls, and how.

    Attributes:
        peer: Whom.
        calling: Our AE title.
        how: Further arguments of `russet.connect`.
        syntaxes: The transfer syntaxes for messages that are no instances.
        quiet: Whether to say nothing but failures.
    """

    peer: Peer
    calling: str
    how: dict[str, Any] = field(default_factory=dict)
    syntaxes: Sequence[str] = _NATIVE
    quiet: bool = False

    @classmethod
    def of(cls, arguments: Sequence[str], options: dict[str, Any]) -> tuple[Self, tuple[str, ...]]:
        """Take what `network_options` gave out of `options`, and the peer off `arguments`.

        Raises:
            click.UsageError: When no peer is named, or options do not fit together.
        """
        from russet.net.timeouts import Timeouts

        send_to_stderr(log_level(options))
        peer, rest = peer_and_rest(arguments, options.pop("called"))
        waits = {
            phase: seconds
            for phase in ("connect", "acse", "response")
            if (seconds := options.pop(f"timeout_{phase}"))
        }
        window = options.pop("window")
        how = {
            "identity": _identity(options),
            "max_pdu": options.pop("max_pdu"),
            "timeouts": Timeouts(**waits),
            "tls": client_tls(options),
            "window": (window, window),
        }
        syntaxes = options.pop("syntaxes") or _NATIVE
        made = cls(peer, options.pop("calling"), how, syntaxes, options.pop("quiet"))
        return made, rest

    @property
    def address(self) -> Address:
        """The same as an address."""
        from russet.net.client import Address

        peer = self.peer
        return Address(peer.host, peer.port, peer.called, self.calling, **self.how)

    def connect(self, **terms: Any) -> ClientAssociation:
        """Associate; the arguments are `contexts` and the others of `Terms`.

        Raises:
            NetworkError: Each of its kinds, with the likely cause and what to try.
        """
        from russet.net.client import connect

        peer = self.peer
        return connect(
            peer.host, peer.port, called=peer.called, calling=self.calling, **self.how, **terms
        )

    @contextmanager
    def failing(self, *, as_json: bool) -> Iterator[dict[str, object]]:
        """Print an object of what fails in here, for commands whose output is one object.

        Returns:
            What else that object is to say; empty at first.
        """
        report: dict[str, object] = {}
        try:
            yield report
        except NetworkError as error:
            if as_json:
                failure = {"peer": str(self.peer), **report, "ok": False, "error": str(error)}
                click.echo(json.dumps(failure))
            raise


def _identity(options: dict[str, Any]) -> Any:
    """The user identity that is asked for (PS3.7 D.3.3.7); None for none."""
    from russet.association import identity

    user, password = options.pop("user"), options.pop("password")
    answer = options.pop("user_response")
    files = {kind: options.pop(kind) for kind in ("kerberos", "saml", "jwt")}
    given = [kind for kind, path in files.items() if path is not None]
    if len(given) + (user is not None) > 1:
        raise click.UsageError("one user at a time: --user, --kerberos, --saml or --jwt")
    if password is not None and user is None:
        raise click.UsageError("a --password is of a --user")
    if user is not None:
        if password is None:
            return identity.username(user, response_requested=answer)
        return identity.passcode(user, password, response_requested=answer)
    for kind in given:
        ticket = files[kind].read_bytes()
        made = {"kerberos": identity.kerberos, "saml": identity.saml, "jwt": identity.jwt}[kind]
        return made(ticket.strip() if kind == "jwt" else ticket, response_requested=answer)
    return None


_SECONDS: Final = Number(0, kind=float, above=True)
_FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False)
_TIMES: Final = [
    click.option(
        *words,
        f"timeout_{phase}",
        type=_SECONDS,
        metavar="S",
        help=f"Seconds for {what}  [default: {seconds}]",
    )
    for words, phase, what, seconds in (
        (("-to", "--connect-timeout"), "connect", "the connection.", 10),
        (("-ta", "--acse-timeout"), "acse", "the answer to the association.", 30),
        (("-td", "--timeout"), "response", "each answer.", 30),
    )
]
_MESSAGES: Final = [
    click.option(
        "-pdu",
        "--max-pdu",
        type=Number(4096),
        default=1 << 20,
        metavar="BYTES",
        help="Largest PDU we accept.  [default: 1 MiB]",
    ),
    click.option(
        "--window",
        type=Number(0),
        default=8,
        show_default=True,
        metavar="N",
        help="Operations that may be out at once; 1 for one by one.",
    ),
    click.option("-xe", "syntaxes", flag_value=_NATIVE[:1], hidden=True),
    click.option("-xi", "syntaxes", flag_value=_NATIVE[1:], hidden=True),
]
_USER: Final = [
    click.option("-usr", "--user", metavar="NAME", help="User to name to the peer."),
    click.option(
        "-pwd",
        "--password",
        envvar="RUSSET_PASSWORD",
        metavar="TEXT",
        help="Their password; better in RUSSET_PASSWORD.",
    ),
    click.option("-kt", "--kerberos", type=_FILE, metavar="FILE", help="Kerberos ticket."),
    click.option("--saml", type=_FILE, metavar="FILE", help="SAML assertion."),
    click.option("--jwt", type=_FILE, metavar="FILE", help="JSON Web Token."),
    click.option(
        "-rsp", "--user-response", is_flag=True, help="Ask for an answer to the user identity."
    ),
]
_QUIET: Final = click.option("-q", "--quiet", is_flag=True, help="Say nothing but failures.")


def network_options(command: _F) -> _F:
    """Add everything that `Network.of` takes to a command."""
    for option in reversed([*_TIMES, *_MESSAGES, *_USER, _QUIET, *log_options()]):
        command = option(command)
    return title_options(client_tls_options(command))
