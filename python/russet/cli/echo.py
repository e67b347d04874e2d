"""`russet echo`: does the peer answer?"""

import json
import time
from typing import TYPE_CHECKING, Any, Final

import click

from russet.cli.peer import Peer, peer_and_rest, title_options
from russet.cli.plain import plain
from russet.cli.tls import client_tls, client_tls_options
from russet.errors import NetworkError

if TYPE_CHECKING:
    from russet.net.tls import ClientTls

__all__ = ["echo"]

_SHOWN: Final = 10


@click.command(
    epilog="""\b
Examples:
  russet echo localhost 11112
  russet echo PACS@10.0.0.2:104 -n 5
  russet echo localhost 11112 -aec ORTHANC --json
  russet echo pacs.example.org 2762 --tls-ca ca.pem"""
)
@click.argument("peer", nargs=-1, metavar="HOST PORT")
@click.option("-n", "--repeat", "count", type=click.IntRange(1), default=1, help="How many times.")
@title_options
@client_tls_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def echo(
    peer: tuple[str, ...], count: int, calling: str, called: str, *, as_json: bool, **tls: Any
) -> None:
    """Ask a peer for a sign of life (C-ECHO) and tell how long each step took.

    The peer is HOST PORT, or AET@host:port in one word.
    """
    whom, rest = peer_and_rest(peer, called)
    if rest:
        raise click.UsageError(f"what is {rest[0]!r}? echo takes a peer and nothing else")
    try:
        _echo(whom, calling, count, client_tls(tls), as_json=as_json)
    except NetworkError as error:
        if as_json:
            click.echo(json.dumps({"peer": str(whom), "ok": False, "error": str(error)}))
        raise


def _echo(whom: Peer, calling: str, count: int, tls: "ClientTls | None", *, as_json: bool) -> None:
    from russet.net.client import connect

    began = time.perf_counter()
    called = whom.called
    with connect(whom.host, whom.port, calling=calling, called=called, tls=tls) as association:
        associated = time.perf_counter() - began
        times = [association.echo().seconds for _ in range(count)]
        about = association.peer
        leaving = time.perf_counter()
    released = time.perf_counter() - leaving
    if as_json:
        report = {
            "peer": str(whom),
            "ok": True,
            "associate_ms": associated * 1e3,
            "echo_ms": [seconds * 1e3 for seconds in times],
            "release_ms": released * 1e3,
            "implementation": about.implementation_version,
            "max_pdu": about.max_length,
        }
        click.echo(json.dumps(report))
        return
    shown = " ".join(f"{seconds * 1e3:.1f}" for seconds in times[:_SHOWN])
    click.echo(
        f"OK {whom}   associate {associated * 1e3:.1f} ms   "
        f"echo {shown}{' ...' if count > _SHOWN else ''} ms   release {released * 1e3:.1f} ms   "
        f"peer {plain(about.implementation_version or 'unnamed')}, "
        f"PDU {about.max_length or 'unlimited'}"
    )
