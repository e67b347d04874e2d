"""`russet find`: what is there? (C-FIND)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from russet.cli.keys import key_options, model_options, query
from russet.cli.network import Network, network_options
from russet.cli.numbers import Number
from russet.cli.querying import run

__all__ = ["find"]


@click.command(
    epilog="""\b
Examples:
  russet find localhost 11112 PatientName='DOE*' --level study
  russet find PACS@10.0.0.2:104 StudyInstanceUID=1.2.3 SeriesInstanceUID Modality
  russet find localhost 11112 StudyDate=20261101- --json > studies.ndjson
  russet find localhost 11112 StudyDate=today ModalitiesInStudy=CT
  russet find -S -k QueryRetrieveLevel=STUDY -k PatientID=1234 localhost 11112"""
)
@click.argument("arguments", nargs=-1, metavar="HOST PORT [KEY=VALUE]...")
@key_options
@model_options
@network_options
@click.option("--query-file", metavar="FILE", help="A DICOM file whose elements are keys.")
@click.option(
    "--cancel",
    "limit",
    type=Number(1),
    metavar="N",
    help="Stop after N matches (C-CANCEL).",
)
@click.option("--relational", is_flag=True, help="Negotiate relational queries.")
@click.option("--fuzzy", is_flag=True, help="Negotiate fuzzy matching of names.")
@click.option(
    "-od",
    "--extract",
    type=click.Path(path_type=Path, readable=False),
    metavar="DIR",
    help="Write each match as a file, too.",
)
@click.option("--json", "as_json", is_flag=True, help="Print DICOM JSON, a line for each match.")
def find(arguments: tuple[str, ...], keys: tuple[str, ...], **options: Any) -> int:
    """Ask a peer what it has (C-FIND), and show the matches.

    KEY is a keyword, a tag or a path; a key without a value asks for the attribute, and a date may
    be today. The UIDs down to the level are always asked for; the other usual attributes of the
    level are while every key has a value. The peer is HOST PORT, or AET@host:port in one word.
    """
    network, rest = Network.of(arguments, options)
    identifier = query((*rest, *keys), options["query_file"])
    return run(network, identifier, options, (*rest, *keys))
