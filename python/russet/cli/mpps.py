"""`russet mpps`: what a modality does, told as it does it (Performed Procedure Step, PS3.4 F)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from russet.cli.ending import report
from russet.cli.exit_codes import ExitCode
from russet.cli.keys import key_options, query
from russet.cli.network import Network, network_options

if TYPE_CHECKING:
    from russet.association.normalized import Outcome
    from russet.net.client import ClientAssociation
    from russet.services.procedure_step import Code

__all__ = ["begin", "change", "complete", "discontinue", "mpps"]

# Keys that say what was scheduled: they have their place in the worklist item, and from there in
# the Scheduled Step Attributes Sequence. All others are attributes of the step itself.
_SCHEDULED: Final = frozenset(
    {
        "AccessionNumber",
        "ReferencedStudySequence",
        "RequestedProcedureCodeSequence",
        "RequestedProcedureDescription",
        "RequestedProcedureID",
        "ScheduledProcedureStepSequence",
        "SpecificCharacterSet",
        "StudyInstanceUID",
    }
)
_as_json: Final = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group()
def mpps() -> None:
    """Tell a peer what a modality does: that a step begins, changes, is performed or given up."""


@mpps.command(
    epilog="""\b
Examples:
  russet worklist RIS@10.0.0.3:104 -od items
  russet mpps begin RIS@10.0.0.3:104 --item items/rsp0001.dcm
  russet mpps begin RIS@10.0.0.3:104 -k StudyInstanceUID=1.2.3 -k Modality=CT -k PatientID=7"""
)
@click.argument("arguments", nargs=-1, metavar="HOST PORT [KEY=VALUE]...")
@key_options
@network_options
@click.option(
    "--item",
    metavar="FILE",
    help="The worklist item: as `russet worklist -od` keeps it, or DICOM JSON.",
)
@_as_json
def begin(
    arguments: tuple[str, ...],
    keys: tuple[str, ...],
    item: str | None,
    *,
    as_json: bool,
    **options: Any,
) -> int:
    """Say that a step has begun (N-CREATE), and print its SOP Instance UID.

    What the worklist item does not say, or is otherwise, keys say. A step needs a StudyInstanceUID
    and a Modality.
    """
    from russet.net import steps

    network, rest = Network.of(arguments, options)
    scheduled = query((*rest, *keys), item)
    attributes = _attributes((*rest, *keys))
    for keyword in _SCHEDULED & attributes.keys():
        del attributes[keyword]
    try:
        uid, operation = steps.begin(scheduled, None, network.calling, attributes)
    except ValueError as error:
        given = " (keys or --item say what it is)" if item is None else ""
        raise click.UsageError(f"{error}{given}") from None
    with _associated(network) as association:
        association.request(operation)
    if as_json:
        _print(network, uid)
    else:
        click.echo(uid)
    return ExitCode.OK


@mpps.command(
    epilog="""\b
Examples:
  russet mpps change RIS@10.0.0.3:104 2.25.1234 PerformedProcedureStepDescription=Head"""
)
@click.argument("arguments", nargs=-1, metavar="HOST PORT UID KEY=VALUE...")
@key_options
@network_options
@_as_json
def change(
    arguments: tuple[str, ...], keys: tuple[str, ...], *, as_json: bool, **options: Any
) -> int:
    """Say something else or more of a step that has begun (N-SET)."""
    network, uid, rest = _named(arguments, options)
    attributes = _attributes((*rest, *keys))
    if not attributes:
        raise click.UsageError("what has changed? give attributes after the UID, as KEY=VALUE")
    with _associated(network) as association:
        outcome = association.step(uid).change(**attributes)
    return _ended(network, uid, outcome, as_json=as_json)


@mpps.command(
    epilog="""\b
Examples:
  russet mpps complete RIS@10.0.0.3:104 2.25.1234 ./ct
  russet mpps complete localhost 11112 2.25.1234 ./ct -k PerformedProcedureStepDescription=Head"""
)
@click.argument("arguments", nargs=-1, metavar="HOST PORT UID PATH...")
@key_options
@network_options
@_as_json
def complete(
    arguments: tuple[str, ...], keys: tuple[str, ...], *, as_json: bool, **options: Any
) -> int:
    """Say that a step was performed (N-SET).

    UID is what `begin` printed. The series are those of the files and folders; without any the step
    cannot be completed, only discontinued.
    """
    from russet.net.steps import series_of

    network, uid, paths = _named(arguments, options)
    if not paths:
        raise click.UsageError("what was acquired? name files or folders after the UID")
    attributes, series = _attributes(keys), series_of(paths)
    with _associated(network) as association:
        outcome = association.step(uid).complete(series, **attributes)
    return _ended(network, uid, outcome, as_json=as_json)


@mpps.command(
    epilog="""\b
Examples:
  russet mpps discontinue RIS@10.0.0.3:104 2.25.1234
  russet mpps discontinue RIS@10.0.0.3:104 2.25.1234 ./ct --reason '110513^DCM^Discontinued'"""
)
@click.argument("arguments", nargs=-1, metavar="HOST PORT UID [PATH]...")
@key_options
@network_options
@click.option(
    "--reason", metavar="CODE", help="Why, as value^scheme^meaning; those of PS3.16 CID 9300."
)
@_as_json
def discontinue(
    arguments: tuple[str, ...],
    keys: tuple[str, ...],
    reason: str | None,
    *,
    as_json: bool,
    **options: Any,
) -> int:
    """Say that a step was given up (N-SET), with what was acquired until then."""
    from russet.net.steps import series_of

    network, uid, paths = _named(arguments, options)
    code = None if reason is None else _code(reason)
    attributes, series = _attributes(keys), series_of(paths)
    with _associated(network) as association:
        outcome = association.step(uid).discontinue(code, series, **attributes)
    return _ended(network, uid, outcome, as_json=as_json)


def _associated(network: Network) -> ClientAssociation:
    from russet.services.procedure_step import PROCEDURE_STEP

    return network.connect(contexts=[(PROCEDURE_STEP, network.syntaxes)])


def _named(
    arguments: tuple[str, ...], options: dict[str, Any]
) -> tuple[Network, str, Sequence[str]]:
    """The peer, the step, and what comes after it."""
    from russet.dimse.commands import is_uid

    network, rest = Network.of(arguments, options)
    if not rest:
        raise click.UsageError("which step? name its SOP Instance UID after the peer")
    if not is_uid(rest[0]):
        raise click.UsageError(f"{rest[0]!r} is no UID, as the step's SOP Instance UID has to be")
    return network, rest[0], rest[1:]


def _attributes(keys: tuple[str, ...]) -> dict[str, Any]:
    return {each.keyword or str(each.tag): each for each in query(keys)}


def _code(text: str) -> Code:
    from russet.services.procedure_step import Code

    parts = text.split("^")
    if len(parts) != 3 or not all(parts):
        raise click.UsageError(f"{text!r} is no code: write value^scheme^meaning")
    return Code(*parts)


def _ended(network: Network, uid: str, outcome: Outcome, *, as_json: bool) -> int:
    if as_json:
        _print(network, uid)
    elif not network.quiet:
        click.echo(f"{network.address} answered {outcome.status}", err=True)
    return ExitCode.OK


def _print(network: Network, uid: str) -> None:
    report({"peer": str(network.address), "sop_instance_uid": uid, "ok": True})
