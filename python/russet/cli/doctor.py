"""`russet doctor`: what is wrong on the way to a peer, or here, and what to try."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from russet.cli.exit_codes import ExitCode, exit_code
from russet.cli.logs import log_level, send_to_stderr
from russet.cli.network import Network, network_options
from russet.cli.numbers import PORT
from russet.cli.plain import plain

if TYPE_CHECKING:
    from russet.net.rung import Rung

__all__ = ["doctor"]

_LEFT: Final = " failed"  # What was not tried, since a rung below it failed.
_COLOURS: Final = {"ok": "green", "failed": "red", "skipped": "yellow"}


@click.command(
    epilog="""\b
Examples:
  russet doctor PACS@10.0.0.2:104
  russet doctor localhost 11112 -aet CT1 --json
  russet doctor 10.0.0.2 104 --probe
  russet doctor pacs.example.org 2762 --tls --tls-ca ca.pem
  russet doctor --self --port 11112 --data /srv/images"""
)
@click.argument("arguments", nargs=-1, metavar="[HOST PORT]")
@network_options
@click.option("--probe", is_flag=True, help="When rejected, try AE titles that are usual.")
@click.option("--self", "of_self", is_flag=True, help="Look at this machine, as a receiver.")
@click.option(
    "--port",
    type=PORT,
    default=11112,
    show_default=True,
    help="With --self: the port to listen on.",
)
@click.option("--bind", default="0.0.0.0", help="With --self: the address to listen on.")  # noqa: S104
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=Path("russet-data"),
    envvar="RUSSET_DATA",
    help="With --self: the data folder.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor(
    arguments: tuple[str, ...],
    port: int,
    bind: str,
    data: Path,
    *,
    probe: bool,
    of_self: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Say in plain words what is wrong on the way to a peer, and what to try.

    It climbs from the name to TCP, TLS, the association, its contexts, C-ECHO and a query; the peer
    is HOST PORT, or AET@host:port. Nothing is stored, and no data of a patient are asked for. With
    --self it looks at what a receiver on this machine needs.
    """
    if of_self:
        return _of_self(arguments, (port, bind, data), options, as_json=as_json)
    network, rest = Network.of(arguments, options)
    if rest:
        raise click.UsageError(f"what is {rest[0]!r}? doctor takes a peer and nothing else")
    from russet.net.ladder import climb

    whom = {"peer": str(network.peer), "calling": network.calling}
    rungs = climb(network.address, probe=probe)
    return _report(whom, rungs, quiet=network.quiet, as_json=as_json)


def _of_self(
    arguments: tuple[str, ...],
    place: tuple[int, str, Path],
    options: dict[str, Any],
    *,
    as_json: bool,
) -> int:
    if arguments:
        raise click.UsageError("--self looks at this machine: leave out the peer")
    from russet.net.own_side import Own, look

    if (log := log_level(options)) < logging.WARNING:
        send_to_stderr(log)
    port, bind, data = place
    certificate, key = options["tls_cert"], options["tls_key"]
    if options["tls_pair"] is not None:
        key, certificate = options["tls_pair"]
    own = Own(bind, port, data, certificate, key, options["tls_password"], options["tls_ca"])
    whom = {"peer": "this machine"}
    return _report(whom, look(own), quiet=options["quiet"], as_json=as_json)


def _report(whom: dict[str, str], rungs: Iterable[Rung], *, quiet: bool, as_json: bool) -> int:
    """Show each rung as soon as it is known; the first that failed decides on the exit code."""
    climbed, left = [], []
    for rung in rungs:
        climbed.append(rung)
        if rung.detail.endswith(_LEFT) and rung.error is None:
            left.append(rung)
        elif not as_json and (rung.error is not None or not quiet):
            _show(rung)
    errors = [rung.error for rung in climbed if rung.error is not None]
    code = exit_code(errors[0]) if errors else ExitCode.OK
    if as_json:
        found = [rung.as_dict() for rung in climbed]
        click.echo(json.dumps({**whom, "ok": not errors, "exit_code": int(code), "rungs": found}))
        return code
    if left and not quiet:
        names = ", ".join(rung.name for rung in left)
        click.echo(f"{_word(left[0])} {names}")
    if errors or not quiet:
        click.secho(f"{whom['peer']}: {_verdict(climbed)}", bold=True)
    return code


def _verdict(rungs: Sequence[Rung]) -> str:
    failed = [rung.name for rung in rungs if rung.error is not None]
    if failed:
        return f"it fails at: {', '.join(failed)}"
    noted = [rung.name for rung in rungs if rung.advice]
    return f"it works, but see what to try at: {', '.join(noted)}" if noted else "all is well"


def _word(rung: Rung) -> str:
    return click.style(f"{rung.outcome:<8}", fg=_COLOURS[rung.outcome])


def _show(rung: Rung) -> None:
    time = "" if rung.seconds is None else f"{rung.seconds * 1e3:.1f} ms"
    click.echo(f"{_word(rung)} {rung.name:<12} {time:>10}  {plain(rung.detail)}".rstrip())
    notes = [
        *rung.lines,
        *(f"note: {each}" for each in rung.remarks),
        *([f"cause: {rung.cause}"] if rung.cause else []),
        *(f"try: {each}" for each in rung.advice),
    ]
    for note in notes:
        click.echo(f"{'':<9}{plain(note)}")
