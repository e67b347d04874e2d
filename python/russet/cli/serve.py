"""`russet serve`: receive what modalities and tools send, and keep it."""

import logging
import shutil
import signal
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from russet.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from russet.net.report import AssociationReport
    from russet.net.server import Server
    from russet.storage import DataFolder

__all__ = ["serve"]

_EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104 (a receiver listens; it is said aloud)


@click.command(
    epilog="""\b
Examples:
  russet serve
  russet serve --port 0 --data /srv/images --aet ARCHIVE --check-called-aet
  russet serve --layout '{PatientID}/{StudyDate}/{SOPInstanceUID}.dcm' --allow-aet CT1 --allow-aet MR2"""
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=11112,
    show_default=True,
    help="0: any free one.",
)
@click.option("--bind", default="0.0.0.0", show_default=True, help="Address to listen on.")  # noqa: S104
@click.option("--aet", "title", default="RUSSET", show_default=True, help="Our AE title.")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("./russet-data"),
    show_default=True,
    envvar="RUSSET_DATA",
    help="Where to keep what arrives; created when missing.",
)
@click.option(
    "--durability",
    type=click.Choice(["fsync", "none"]),
    default="fsync",
    show_default=True,
    help="What Success waits for.",
)
@click.option("--layout", metavar="TEMPLATE", help="Path of an instance below DATA/instances.")
@click.option(
    "--max-pdu", type=click.IntRange(4096, 1 << 26), default=1 << 20, help="Largest PDU we accept."
)
@click.option("--allow-aet", multiple=True, metavar="AET", help="Accept only these calling titles.")
@click.option("--check-called-aet", is_flag=True, help="Refuse calls to another title than ours.")
@click.option("--max-associations", type=click.IntRange(1), default=1000, show_default=True)
@click.option(
    "--on-duplicate",
    type=click.Choice(["keep", "replace", "reject"]),
    default="keep",
    show_default=True,
    help="keep never loses a byte: a differing second copy is stored beside the first.",
)
@click.option("-v", "--verbose", is_flag=True, help="Tell of every instance too.")
def serve(**options: object) -> int:
    """Receive instances (C-STORE) from any modality or tool and keep them as files.

    Everything is accepted: every storage SOP class, private ones too, in every transfer syntax.
    Files hold the data sets byte for byte as they were sent. Ctrl-C finishes what is under way.
    """
    return _serve(**options)  # type: ignore[arg-type]
