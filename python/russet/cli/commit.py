"""`russet commit`: does the peer hold these instances for good? (Storage Commitment, PS3.4 J)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from russet.cli.ending import report
from russet.cli.exit_codes import ExitCode
from russet.cli.network import Network, network_options
from russet.cli.numbers import PORT, Number
from russet.cli.tls import listening_tls

if TYPE_CHECKING:
    from russet.services.storage_commitment import Commitment
    from russet.storage.source import InstanceSource

__all__ = ["commit"]

_LOG: Final = logging.getLogger("russet.scu")


@click.command(
    epilog="""\b
Examples:
  russet commit PACS@10.0.0.2:104 ./ct
  russet commit PACS@10.0.0.2:104 ./ct -aet CT1 --listen 11113
  russet commit localhost 11112 image.dcm --wait 0
  russet commit localhost 11112 ./ct --json > report.json"""
)
@click.argument("arguments", nargs=-1, metavar="HOST PORT PATH...")
@network_options
@click.option(
    "--wait",
    type=Number(0, kind=float),
    default=30.0,
    show_default=True,
    metavar="S",
    help="Seconds to wait for the report; 0 to print the Transaction UID at once.",
)
@click.option(
    "+P",
    "--listen",
    "port",
    type=PORT,
    metavar="PORT",
    help="Take the report here, too: most peers associate with us for it, and must know where. "
    "With --tls-cert by TLS.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def commit(
    arguments: tuple[str, ...], wait: float, port: int | None, *, as_json: bool, **options: Any
) -> int:
    """Ask a peer whether it holds instances and answers for them (Storage Commitment).

    The instances are those of files and folders, in which what is not DICOM is passed over. Those
    that are not held are listed, with the reason. The peer is HOST PORT, or AET@host:port.
    """
    network, rest = Network.of(arguments, options)
    if not rest:
        raise click.UsageError("what is to be held? name files or folders after the peer")
    sources = _sources(rest)
    commitment = _ask(network, sources, _Terms(wait, port, as_json))
    if as_json:
        told = _report(commitment, network, sources)
        if _exit_code(commitment, wait) != ExitCode.OK:
            told |= {"ok": False, "error": _failure(commitment, network, wait)}
        report(told)
    else:
        _show(commitment, sources)
    if not network.quiet:
        _summarise(commitment, network, wait, port)
    return _exit_code(commitment, wait)


def _sources(paths: tuple[str, ...]) -> list[InstanceSource]:
    """What there is to ask about.

    Raises:
        UnreadableError: When a file that was named is no instance, or there is none at all.
    """
    from russet.errors import UnreadableError
    from russet.storage.source import InstanceSource, find

    sources = []
    for found in find(map(Path, paths)):
        if isinstance(found, InstanceSource):
            sources.append(found)
        elif found.named:
            raise UnreadableError(f"{found.path}: {found.reason}")
    if not sources:
        raise UnreadableError("nothing to ask about: no DICOM file there")
    return sources


class _Terms(NamedTuple):
    """How long and where to wait for a report, and how to tell of it."""

    wait: float
    port: int | None
    as_json: bool


@contextmanager
def _telling(transaction_uid: str, network: Network, terms: _Terms) -> Iterator[None]:
    """When interrupted in here, say what the report will name: the peer was asked for it."""
    try:
        yield
    except Exception:
        raise
    except BaseException:
        peer = str(network.address)
        if terms.as_json:
            asked = {"peer": peer, "transaction_uid": transaction_uid, "reported": False}
            report({**asked, "ok": False, "error": "interrupted"})
        click.echo(f"{peer} may still report on Transaction UID {transaction_uid}", err=True)
        raise


def _ask(network: Network, sources: list[InstanceSource], terms: _Terms) -> Commitment:
    """Ask, and take the report on the association that asked, or on one that the peer makes."""
    from russet.data import Uid
    from russet.services.storage_commitment import STORAGE_COMMITMENT

    if terms.port is not None:
        import asyncio

        return asyncio.run(_ask_and_listen(network, sources, terms))
    named = Uid.new()
    with (
        network.connect(contexts=[(STORAGE_COMMITMENT, network.syntaxes)]) as association,
        _telling(named, network, terms),
    ):
        return association.commit(sources, wait=terms.wait, transaction_uid=named)


async def _ask_and_listen(
    network: Network, sources: list[InstanceSource], how: _Terms
) -> Commitment:
    import asyncio

    from russet.association.policy import Policy
    from russet.association.rights import Right, Rights
    from russet.association.row import Row
    from russet.net import committing
    from russet.net.aio.client import Connecting
    from russet.net.aio.server import serve
    from russet.net.terms import Terms
    from russet.services.storage_commitment import STORAGE_COMMITMENT, CommitmentReports

    transactions, reported = committing.Transactions(), asyncio.Event()

    async def take(commitment: Commitment) -> None:
        transactions.take(commitment)
        _LOG.info("the report on %s has come", commitment.transaction_uid)
        reported.set()

    reports = CommitmentReports(take)
    operation = transactions.ask(sources)
    # Whoever it comes from: it names our transaction, or it does not count.
    rights = Rights(frozenset({Right.ECHO, Right.COMMIT}))
    policy = Policy(network.calling, check_called=False, rows=[Row("reporters", rights=rights)])
    terms = Terms(()).carrying(STORAGE_COMMITMENT)._replace(services=[reports])
    tls = listening_tls(network.how["tls"])
    async with (
        serve(how.port or 0, bind="0.0.0.0", policy=policy, services=[reports], tls=tls),  # noqa: S104 (for the peer)
        Connecting(network.address, terms, None) as association,
    ):
        with _telling(operation.transaction_uid, network, how), suppress(TimeoutError):
            await association.request(operation)
            async with asyncio.timeout(how.wait):
                await reported.wait()
    return transactions.outcome(operation.transaction_uid)


def _failures(
    commitment: Commitment, sources: list[InstanceSource]
) -> Iterator[tuple[str, str, int, str]]:
    """Path, UID, Failure Reason and what that means, of each instance that is not held."""
    from russet.services.storage_commitment import FailureReason

    paths = {source.sop_instance_uid: str(source.path) for source in sources}
    for uid, reason in commitment.failed.items():
        yield paths.get(uid, ""), uid, reason, FailureReason(reason).meaning


def _show(commitment: Commitment, sources: list[InstanceSource]) -> None:
    if not commitment.reported:
        click.echo(commitment.transaction_uid)
    for path, uid, reason, meaning in _failures(commitment, sources):
        click.echo(f"{path}\t{uid}\t{reason:04X}\t{meaning}")


def _report(
    commitment: Commitment, network: Network, sources: list[InstanceSource]
) -> dict[str, object]:
    return {
        "peer": str(network.address),
        "transaction_uid": commitment.transaction_uid,
        "reported": commitment.reported,
        "ok": True,
        "committed": list(commitment.committed),
        "failed": [
            {"path": path, "sop_instance_uid": uid, "reason": f"{reason:04X}", "meaning": meaning}
            for path, uid, reason, meaning in _failures(commitment, sources)
        ],
        "retrieve_title": commitment.retrieve_title,
    }


def _summarise(commitment: Commitment, network: Network, wait: float, port: int | None) -> None:
    if commitment.reported:
        held, failed = len(commitment.committed), len(commitment.failed)
        click.echo(f"committed {held}  failed {failed}", err=True)
        return
    if not wait:
        return
    hint = "" if port is not None else "; it may associate with us for that: --listen PORT"
    click.echo(f"{_failure(commitment, network, wait)}{hint}", err=True)


def _failure(commitment: Commitment, network: Network, wait: float) -> str:
    if not commitment.reported:
        return f"{network.address} reported nothing within {wait:g} s"
    return f"{network.address} does not hold {len(commitment.failed)} of the instances"


def _exit_code(commitment: Commitment, wait: float) -> int:
    if not commitment.reported:
        return ExitCode.TRY_AGAIN if wait else ExitCode.OK
    if commitment.ok:
        return ExitCode.OK
    return ExitCode.SOME_FAILED if commitment.committed else ExitCode.FAILURE_STATUS
