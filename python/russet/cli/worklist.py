"""`russet worklist`: what is to be done? (Modality Worklist, PS3.4 K)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import click

from russet.cli.keys import key_options, query
from russet.cli.network import Network, network_options
from russet.cli.numbers import Number
from russet.cli.querying import run

__all__ = ["worklist"]

_STEP: Final = "ScheduledProcedureStepSequence"
_YEAR: Final = re.compile(r"[12]\d{3}")


@click.command(
    epilog="""\b
Examples:
  russet worklist localhost 11112
  russet worklist RIS@10.0.0.3:104 --date today --modality CT
  russet worklist localhost 11112 --station CT1 --json
  russet worklist localhost 11112 PatientName='DOE*'"""
)
@click.argument("arguments", nargs=-1, metavar="HOST PORT [KEY=VALUE]...")
@key_options
@network_options
@click.option("--date", metavar="DATE", help="Start date: YYYYMMDD, a range, or today.")
@click.option("--modality", metavar="MODALITY", help="Modality of the step, such as CT.")
@click.option("--station", metavar="AET", help="AE title of the station that is to do it.")
@click.option("--query-file", metavar="FILE", help="A DICOM file whose elements are keys.")
@click.option(
    "--cancel", "limit", type=Number(1), metavar="N", help="Stop after N items (C-CANCEL)."
)
@click.option("--fuzzy", is_flag=True, help="Negotiate fuzzy matching of names.")
@click.option(
    "-od",
    "--extract",
    type=click.Path(path_type=Path, readable=False),
    metavar="DIR",
    help="Write each item as a file, too.",
)
@click.option("--json", "as_json", is_flag=True, help="Print DICOM JSON, a line for each item.")
def worklist(
    arguments: tuple[str, ...],
    keys: tuple[str, ...],
    date: str | None,
    modality: str | None,
    station: str | None,
    **options: Any,
) -> int:
    """Ask for scheduled procedure steps (C-FIND of the Modality Worklist), and show them.

    The peer is HOST PORT, or AET@host:port in one word.
    """
    network, rest = Network.of(arguments, options)
    step = {
        "ScheduledProcedureStepStartDate": None if date is None else _date(date),
        "Modality": modality,
        "ScheduledStationAETitle": station,
    }
    asked = [f"{_STEP}.{keyword}={value}" for keyword, value in step.items() if value]
    identifier = query((*rest, *keys, *asked), options["query_file"])
    words = (*rest, *keys)
    return run(network, identifier, {**options, "model": "worklist", "level": None}, words)


def _date(text: str) -> str:
    """Take a date or a range of dates (PS3.4 C.2.2.2.5.1); "today" is one.

    Raises:
        click.UsageError: When it is none.
    """
    try:
        query([f"ScheduledProcedureStepStartDate={text}"])
    except click.UsageError:
        year = f"; that year is {text}0101-{text}1231" if _YEAR.fullmatch(text) else ""
        raise click.UsageError(
            "--date takes YYYYMMDD, a range such as 20261101-20261130, or today, "
            f"not {text!r}{year}"
        ) from None
    return text
