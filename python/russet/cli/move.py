"""`russet move`: have instances sent to an AE title (C-MOVE), to ourselves among others."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from russet.cli.keys import key_options, level_of, model_options, query
from russet.cli.network import Network, network_options
from russet.cli.numbers import PORT
from russet.cli.peer import title
from russet.cli.retrieving import Retrieval, follow, tell_hint

if TYPE_CHECKING:
    from russet.cli.own_receiver import Came
    from russet.services.retrieve import Progress

__all__ = ["move"]

_DESTINATION_UNKNOWN: Final = 0xA801
_OUR_PORT: Final = 11113
_NOT_OUR_TITLE: Final = (
    "note: {0} (-aem) is not our own AE title {1} (-aet); it comes here only if the peer has {0} "
    "at our address"
)
_UNKNOWN: Final = """\
the peer does not know where {title} is. Its administrator has to add
    ({title}, {where})
to its destinations: a line `name = ({title}, ...)` in the HostTable of dcmqrscp.cfg, an entry of
DicomModalities in Orthanc, a [[peer]] in the peers.toml of russet, an AE elsewhere.
`russet get` needs nothing of the kind."""
_ELSEWHERE: Final = (
    "nothing came here: the peer has another place for {title} than ({title}, {where}), and sent "
    "it there; +P PORT listens on another port"
)
_NOT_REACHED: Final = (
    "nothing came to port {port}: which port, and which address, has the peer for {title}? "
    "We are ({title}, {where}); +P PORT listens on another port"
)


@click.command(
    epilog="""\b
Examples:
  russet move PACS@10.0.0.2:104 StudyInstanceUID=1.2.3 -aem WORKSTATION
  russet move PACS@10.0.0.2:104 StudyInstanceUID=1.2.3 --self -aet ME -od out
  russet move -S +P 11113 -aec PACS -aem ME -aet ME -k StudyInstanceUID=1.2.3 10.0.0.2 104"""
)
@click.argument("arguments", nargs=-1, metavar="HOST PORT KEY=VALUE...")
@key_options
@model_options
@network_options
@click.option("-aem", "--aem", "destination", metavar="AET", help="AE title to send to.")
@click.option(
    "--self",
    "to_self",
    is_flag=True,
    help="Send to us: a receiver of our own AE title takes it. The peer must know its address.",
)
@click.option(
    "+P",
    "--port",
    "port",
    type=PORT,
    metavar="PORT",
    help=f"Port of that receiver.  [default: {_OUR_PORT}]",
)
@click.option(
    "-od",
    "--output-directory",
    "folder",
    type=click.Path(path_type=Path, readable=False),
    default=Path(),
    metavar="DIR",
    help="Where it keeps files, by their SOP Instance UID.  [default: here]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def move(
    arguments: tuple[str, ...],
    keys: tuple[str, ...],
    destination: str | None,
    port: int | None,
    folder: Path,
    *,
    to_self: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Have a peer send instances to an AE title that it knows the address of (C-MOVE).

    Keys are unique keys: UIDs, or a Patient ID. The peer is HOST PORT, or AET@host:port.
    """
    from russet.cli import own_receiver
    from russet.net import asking

    network, rest = Network.of(arguments, options)
    identifier = query((*rest, *keys))
    if not len(identifier):
        raise click.UsageError("nothing to move: name it, as StudyInstanceUID=1.2.3")
    to_self |= port is not None
    if destination is None and not to_self:
        raise click.UsageError("where to? give -aem AET, or --self")
    whom = title(destination or network.calling)
    try:
        level = level_of(identifier, options)
        operation = asking.retrieve(identifier, options["model"], level, {}, whom)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    came: Came | None = None
    with ExitStack() as stack:
        told = Retrieval(network.address, network.quiet, as_json, "moved")
        if to_self:
            came = own_receiver.Came(folder)
            told = replace(told, taken=came.taken, unwritten=came.unwritten)
            stack.callback(came.close)
            port = _OUR_PORT if port is None else port
            port = stack.enter_context(own_receiver.listen(whom, port, came)).port
            _announce(network, whom, port)
        context = (operation.abstract_syntax, network.syntaxes)
        association = stack.enter_context(network.connect(contexts=[context]))
        last, code = follow(association.perform(operation), told)
    if last is not None and not (last.ok and last.completed):
        tell_hint(operation.identifier, options["model"])
    if last is not None and last.status == _DESTINATION_UNKNOWN:
        click.echo(_UNKNOWN.format(title=whom, where=_where(port)), err=True)
    elif came is not None:
        _explain(last, came, whom, port)
    return code


def _announce(network: Network, whom: str, port: int) -> None:
    """Say where we listen, and as whom."""
    if not network.quiet:
        click.echo(f"listening on port {port} as {whom}; +P PORT for another", err=True)
    if whom != network.calling:
        click.echo(_NOT_OUR_TITLE.format(whom, network.calling), err=True)


def _explain(last: Progress | None, came: Came, whom: str, port: int | None) -> None:
    """Say where it went, or may have gone, when nothing came here."""
    if last is None or came.began:
        return
    if last.completed:
        click.echo(_ELSEWHERE.format(title=whom, where=_where(port)), err=True)
    elif last.failed:
        click.echo(_NOT_REACHED.format(title=whom, where=_where(port), port=port), err=True)


def _where(port: int | None) -> str:
    """Where our receiver is, if there is one."""
    from russet.cli.addresses import our_address

    return f"{our_address()}, {port}" if port is not None else "its address, its port"
