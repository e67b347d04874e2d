"""`russet get`: fetch instances over the same connection (C-GET)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from russet.cli.keys import key_options, level_of, model_options, query
from russet.cli.network import Network, network_options
from russet.cli.retrieving import Retrieval, follow, tell_hint

if TYPE_CHECKING:
    from russet.codec import ContextRq

__all__ = ["get"]


@click.command(
    epilog="""\b
Examples:
  russet get localhost 11112 StudyInstanceUID=1.2.3 -od out
  russet get PACS@10.0.0.2:104 StudyInstanceUID=1.2.3 SeriesInstanceUID=1.2.3.4
  russet get localhost 11112 --model without-bulk-data SOPInstanceUID=1.2.3.4.5"""
)
@click.argument("arguments", nargs=-1, metavar="HOST PORT KEY=VALUE...")
@key_options
@model_options
@network_options
@click.option(
    "-od",
    "--output-directory",
    "folder",
    type=click.Path(path_type=Path, readable=False),
    default=Path(),
    metavar="DIR",
    help="Where the files go, by their SOP Instance UID.  [default: here]",
)
@click.option(
    "--context",
    "contexts",
    multiple=True,
    metavar="CLASS[=SYNTAX,...]",
    help="Ask for this SOP class first, in these transfer syntaxes, by their UIDs; repeatable.",
)
@click.option("+B", "bytes_as_sent", is_flag=True, hidden=True)  # getscu's; always so here
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def get(
    arguments: tuple[str, ...],
    keys: tuple[str, ...],
    folder: Path,
    contexts: tuple[str, ...],
    *,
    as_json: bool,
    bytes_as_sent: bool,  # noqa: ARG001 (accepted for those who come from getscu)
    **options: Any,
) -> int:
    """Have a peer send instances over the association that asks for them (C-GET).

    Each becomes a file, byte for byte as it was sent; nothing needs to be configured at the peer.
    Keys are unique keys: UIDs, or a Patient ID. The peer is HOST PORT, or AET@host:port.
    """
    from russet.net import asking
    from russet.net.client import ClientAssociation
    from russet.net.fetching import Fetch
    from russet.net.terms import Terms

    network, rest = Network.of(arguments, options)
    identifier = query((*rest, *keys))
    if not len(identifier):
        raise click.UsageError("nothing to get: name it, as StudyInstanceUID=1.2.3")
    try:
        level = level_of(identifier, options)
        operation = asking.retrieve(identifier, options["model"], level, {})
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    fetch = Fetch(operation, folder, Terms(_contexts(contexts)))
    with ClientAssociation(network.address, fetch.terms) as association:
        told = Retrieval(
            network.address,
            network.quiet,
            as_json,
            "got",
            lambda: fetch.taken,
            lambda _: fetch.unwritten,
        )
        last, code = follow(association.fetch(fetch), told)
    if last is not None and not (last.ok and last.completed):
        tell_hint(operation.identifier, options["model"])
    return code


def _contexts(words: tuple[str, ...]) -> Sequence[ContextRq]:
    """The contexts that were asked for.

    Raises:
        click.UsageError: When a UID is none.
    """
    from russet.association.contexts import propose
    from russet.dimse.commands import is_uid
    from russet.net.terms import NATIVE

    pairs = []
    for word in words:
        sop_class, _, syntaxes = word.partition("=")
        each = syntaxes.split(",") if syntaxes else NATIVE
        for uid in (sop_class, *each):
            if not is_uid(uid):
                raise click.UsageError(f"--context takes CLASS=SYNTAX,... by UIDs: {uid!r} is none")
        pairs.append((sop_class, each))
    return propose(pairs) if pairs else ()
