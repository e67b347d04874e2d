"""TLS on the command line: options of those who call, and of those who listen."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from russet.net.tls import ClientTls, ServerTls

__all__ = [
    "client_tls",
    "client_tls_options",
    "listening_tls",
    "server_tls",
    "server_tls_options",
]

_F = TypeVar("_F", bound=Callable[..., object])
_FILE: Final = click.Path(path_type=Path)

_CA: Final = click.option(
    "--tls-ca",
    "+cf",
    "tls_ca",
    type=_FILE,
    multiple=True,
    metavar="FILE",
    help="CAs to trust, PEM file or folder; repeatable.  [default: the system's]",
)
_CRL: Final = click.option(
    "--tls-crl", "+crl", "tls_crl", type=_FILE, metavar="FILE", help="Their revocation lists, PEM."
)
_CERT: Final = click.option(
    "--tls-cert", type=_FILE, metavar="FILE", help="Our certificate, PEM, with its chain."
)
_KEY: Final = click.option(
    "--tls-key", type=_FILE, metavar="FILE", help="Its private key.  [default: in --tls-cert]"
)
_PASSWORD: Final = click.option(
    "--tls-password", envvar="RUSSET_TLS_PASSWORD", metavar="TEXT", help="Of an encrypted key."
)
_PROFILE: Final = click.option(
    "--tls-profile",
    type=click.Choice(["bcp195", "modified"]),
    default="bcp195",
    show_default=True,
    help="Cipher suites of PS3.15 B.12, or of B.13.",
)
_DCMTKS_PAIR: Final = click.option("+tls", "tls_pair", type=(_FILE, _FILE), hidden=True)
_NO_VERIFY: Final = click.option(
    "--tls-no-verify",
    "-ic",
    "tls_no_verify",
    is_flag=True,
    help="Take any certificate: whoever is in between can read and alter everything.",
)
_CLIENT: Final = click.option(
    "--tls-client",
    type=click.Choice(["none", "optional", "required"]),
    help="Whether clients show a certificate.  [default: required with --tls-ca, else none]",
)
# storescp's, whose own default is to require one.
_DCMTKS_CLIENT: Final = [
    click.option(word, "tls_client", flag_value=choice, hidden=True)
    for word, choice in (("-rc", "required"), ("-vc", "optional"), ("-ic", "none"))
]


def client_tls_options(command: _F) -> _F:
    """Add `--tls` and what goes with it to a command that calls a peer."""
    return _with(
        command,
        click.option("--tls", "+tla", "tls", is_flag=True, help="Encrypt with TLS."),
        _CA,
        _CRL,
        _CERT,
        _KEY,
        _PASSWORD,
        click.option("--tls-name", metavar="NAME", help="Expect this name, instead of HOST."),
        _NO_VERIFY,
        _PROFILE,
        _DCMTKS_PAIR,
    )


def server_tls_options(command: _F) -> _F:
    """Add `--tls-cert` and what goes with it to a command that listens."""
    return _with(
        command, _CERT, _KEY, _PASSWORD, _CA, _CRL, _CLIENT, _PROFILE, _DCMTKS_PAIR, *_DCMTKS_CLIENT
    )


def _with(command: _F, *options: Callable[[_F], _F]) -> _F:
    for option in reversed(options):  # The last that is added is listed first.
        command = option(command)
    return command


def client_tls(options: dict[str, Any]) -> "ClientTls | None":
    """Make a description of what `client_tls_options` gave; None when TLS is not wanted.

    Any of them asks for TLS, but the choice of a profile.

    Raises:
        click.UsageError: When they do not fit together.
    """
    certificate, key = _pair(options)
    ca, name, unverified = options["tls_ca"], options["tls_name"], options["tls_no_verify"]
    if not (options["tls"] or certificate or ca or name or unverified):
        return None
    if unverified:
        click.echo(
            "russet: the certificate of the peer is not verified: it may be anybody", err=True
        )
    from russet.net.tls import ClientTls

    return ClientTls(
        ca=ca or None,
        certificate=certificate,
        key=key,
        password=options["tls_password"],
        server_name=name,
        verify=not unverified,
        profile=options["tls_profile"],
        crl=options["tls_crl"],
    )


def listening_tls(tls: "ClientTls | None") -> "ServerTls | None":
    """Describe a listener of who calls by TLS: with the same certificate; None without one.

    Who connects to it may show a certificate, which is verified where there are CAs to go by.
    """
    if tls is None or tls.certificate is None:
        return None
    from russet.net.tls import ServerTls

    return ServerTls(
        tls.certificate,
        tls.key,
        password=tls.password,
        ca=tls.ca,
        client_certificate="none" if tls.ca is None else "optional",
        profile=tls.profile,
        crl=tls.crl,
    )


def server_tls(options: dict[str, Any]) -> "ServerTls | None":
    """Make a description of what `server_tls_options` gave; None when there is no certificate.

    Raises:
        click.UsageError: When they do not fit together.
    """
    certificate, key = _pair(options)
    ca, client = options["tls_ca"], options["tls_client"]
    if certificate is None:
        if ca or client:
            raise click.UsageError("TLS takes a certificate of ours: give --tls-cert and --tls-key")
        return None
    from russet.net.tls import ServerTls

    return ServerTls(
        certificate,
        key,
        password=options["tls_password"],
        ca=ca or None,
        client_certificate=client or ("required" if ca else "none"),
        profile=options["tls_profile"],
        crl=options["tls_crl"],
    )


def _pair(options: dict[str, Any]) -> tuple[Path | None, Path | None]:
    """Our certificate and its key, in either spelling."""
    if options["tls_pair"] is not None:
        key, certificate = options["tls_pair"]
        return certificate, key
    if options["tls_key"] is not None and options["tls_cert"] is None:
        raise click.UsageError("--tls-key takes the certificate it belongs to: give --tls-cert")
    return options["tls_cert"], options["tls_key"]
