"""How commands query: the identifier completed, the association, the matches shown."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from russet.cli.exit_codes import ExitCode
from russet.cli.folders import prepare
from russet.cli.keys import put
from russet.cli.matches import DEFAULT_KEYS, Shown, columns_of
from russet.errors import StatusError

if TYPE_CHECKING:
    from russet.cli.network import Network
    from russet.codec import Extended
    from russet.data import Dataset
    from russet.dimse.models import Model

__all__ = ["run"]

_LEVEL: Final = "QueryRetrieveLevel"


def run(network: Network, identifier: Dataset, options: dict[str, Any], keys: Sequence[str]) -> int:
    """Query a peer and show what it finds.

    Args:
        network: Whom, and how.
        identifier: The keys, without those that are usual.
        options: `model`, `level`, `limit`, `as_json`, `extract`, `relational`, `fuzzy`.
        keys: Those of the command line, in the order of the columns.

    Raises:
        NetworkError: When the peer cannot be asked, or fails to answer.
    """
    from russet.association.extended import FindOptions
    from russet.dimse.models import named
    from russet.net.asking import identifier as completed

    try:
        model = named(options["model"])
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if model.find is None:
        raise click.UsageError(f"the information model {model.name} has no C-FIND")
    identifier = _usual(completed(identifier, model, options["level"], {}), model)
    _name_entities(identifier, model)
    folder = None if options["extract"] is None else prepare(options["extract"])
    shown = Shown(columns_of(identifier, keys), as_json=options["as_json"], extract=folder)
    began = time.perf_counter()
    with network.connect(
        contexts=[(model.find, network.syntaxes)], extended=_negotiated(model, options)
    ) as association:
        options_agreed = association.peer.agreement.options(model.find, FindOptions)
        hint = _hint(identifier, model, options, agreed=options_agreed.relational)
        matches = association.find(identifier, model=model.name)
        try:
            shown.show(itertools.islice(matches, options["limit"]))
        except StatusError as error:
            raise StatusError(f"{error}{hint and '; '}{hint}", error.status) from None
        matches.close()  # C-CANCEL for what is left.
    took = (time.perf_counter() - began) * 1e3
    plural = "" if shown.count == 1 else "es"
    if not network.quiet:
        click.echo(f"{shown.count} match{plural}, {took:.0f} ms", err=True)
        if hint and not shown.count:
            click.echo(hint, err=True)
    return ExitCode.OK


def _hint(identifier: Dataset, model: Model, options: dict[str, Any], *, agreed: bool) -> str:
    """Say which keys a query lacks that is not relational (PS3.4 C.4.1.2.1); "" for none."""
    names = [each.name for each in model.levels]
    level = str(identifier.get(_LEVEL, ""))
    above = model.levels[: names.index(level)] if level in names else ()
    lacking = [each.unique_key for each in above if not identifier.get(each.unique_key)]
    if not lacking or agreed:
        return ""
    needed = f"a query at level {level} has to name {' and '.join(lacking)}"
    if options.get("relational"):
        return f"{needed}: the peer does not agree to --relational"
    return f"{needed}, or needs --relational and a peer that agrees to it"


def _usual(identifier: Dataset, model: Model) -> Dataset:
    """Ask for the usual attributes of a level where little was asked for."""
    level = str(identifier.get(_LEVEL, "")) or model.name
    asked = [path for path in columns_of(identifier) if not _is_valued(identifier, path)]
    if asked or level not in DEFAULT_KEYS:
        return identifier
    there = set(columns_of(identifier))
    for key in DEFAULT_KEYS[level].split():
        if key not in there:
            put(identifier, key, "")
    return identifier


def _name_entities(identifier: Dataset, model: Model) -> None:
    """Ask for the unique keys down to the level (PS3.4 C.4.1.2.1, C.4.1.3.1).

    Without them nobody knows what a match is of, and nothing can be retrieved by it.
    """
    names = [each.name for each in model.levels]
    level = str(identifier.get(_LEVEL, ""))
    for each in model.levels[: names.index(level) + 1] if level in names else ():
        if each.unique_key not in identifier:
            put(identifier, each.unique_key, "")


def _is_valued(identifier: Dataset, path: str) -> bool:
    from russet.data.path import resolve

    return bool(resolve(identifier, path).value)


def _negotiated(model: Model, options: dict[str, Any]) -> list[Extended]:
    """What extended negotiation asks for (PS3.4 C.5.1.1, K.5.1)."""
    from russet.association.extended import FindOptions, WorklistOptions, extended

    relational, fuzzy = options.get("relational", False), options.get("fuzzy", False)
    if model.find is None or not (relational or fuzzy):
        return []
    if model.name == "worklist":
        return [extended(model.find, WorklistOptions(fuzzy=fuzzy))]
    return [extended(model.find, FindOptions(relational=relational, fuzzy=fuzzy))]
