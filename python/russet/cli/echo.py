"""`russet echo`: does the peer answer?"""

import time
from typing import Any, Final

import click

from russet.cli.ending import report
from russet.cli.network import Network, network_options
from russet.cli.numbers import Number
from russet.cli.plain import plain

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
@click.option(
    "-n", "--repeat", "count", type=Number(1), default=1, show_default=True, help="How many times."
)
@network_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def echo(peer: tuple[str, ...], count: int, *, as_json: bool, **options: Any) -> None:
    """Ask a peer for a sign of life (C-ECHO) and tell how long each step took.

    The peer is HOST PORT, or AET@host:port in one word.
    """
    network, rest = Network.of(peer, options)
    if rest:
        raise click.UsageError(f"what is {rest[0]!r}? echo takes a peer and nothing else")
    _echo(network, count, as_json=as_json)


def _echo(network: Network, count: int, *, as_json: bool) -> None:
    from russet.services.verification import VERIFICATION

    whom = network.peer
    began = time.perf_counter()
    with network.connect(contexts=[(VERIFICATION, network.syntaxes)]) as association:
        associated = time.perf_counter() - began
        times = [association.echo().seconds for _ in range(count)]
        about = association.peer
        leaving = time.perf_counter()
    released = time.perf_counter() - leaving
    if as_json:
        outcome = {
            "peer": str(whom),
            "ok": True,
            "associate_ms": associated * 1e3,
            "echo_ms": [seconds * 1e3 for seconds in times],
            "release_ms": released * 1e3,
            "implementation": about.implementation_version,
            "max_pdu": about.max_length,
        }
        report(outcome)
    if as_json or network.quiet:
        return
    shown = " ".join(f"{seconds * 1e3:.1f}" for seconds in times[:_SHOWN])
    click.echo(
        f"OK {whom}   associate {associated * 1e3:.1f} ms   "
        f"echo {shown}{' ...' if count > _SHOWN else ''} ms   release {released * 1e3:.1f} ms   "
        f"peer {plain(about.implementation_version or 'unnamed')}, "
        f"PDU {about.max_length or 'unlimited'}"
    )
