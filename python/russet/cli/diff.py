"""`russet diff`: in which elements files or folders differ."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from russet.cli.elements import BYTES, content, echo, facts, is_painted, split
from russet.cli.exit_codes import ExitCode, is_output
from russet.errors import RussetError, UnreadableError

if TYPE_CHECKING:
    from russet.data import Element
    from russet.data.compare import Difference, What

__all__ = ["diff"]

_LONGEST_BYTES: Final = 16


@click.command(
    epilog="""\b
Examples:
  russet diff before.dcm after.dcm
  russet diff --ignore SOPInstanceUID,DA,TM,private a.dcm b.dcm
  russet diff --only PixelSpacing,PixelData sent/ received/
  russet diff --json a.dcm b.dcm | jq .path

\b
Exit codes: 0 the same, 2 they differ, 20 one cannot be read."""
)
@click.argument("ours", metavar="A")
@click.argument("theirs", metavar="B")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON per difference.")
@click.option(
    "--ignore",
    metavar="LIST",
    help="What does not count, at any depth: keywords, tags, VRs, or `private`, with commas.",
)
@click.option("--only", metavar="LIST", help="What alone counts, with what is in it.")
@click.option("--meta", is_flag=True, help="Compare the file meta information too.")
def diff(
    ours: str, theirs: str, *, as_json: bool, ignore: str | None, only: str | None, meta: bool
) -> int:
    """Say in which elements two files differ, or the files of two folders.

    Values are compared by what they mean: transfer syntax, padding, group lengths and how a number
    is written do not count. Files of folders belong together by SOP Instance UID, those without
    one by name.
    """
    scope = _Scope(_whats(ignore), _whats(only), meta)
    if Path(ours).is_dir() != Path(theirs).is_dir():
        raise click.UsageError("a file and a folder cannot be compared")
    pairs, failed = [(ours, theirs)], False
    if Path(ours).is_dir():
        pairs, failed = _paired(ours, theirs)
    differ = False
    for pair in pairs:
        try:
            differ |= _compared(*pair, scope, as_json=as_json)
        except (RussetError, OSError) as error:
            if isinstance(error, OSError) and is_output(error):
                raise
            _tell(error)
            failed = True
    if failed:
        return ExitCode.INPUT
    # Not 1, which says of every command that it was called wrongly.
    return ExitCode.SOME_FAILED if differ else ExitCode.OK


class _Scope(NamedTuple):
    """What counts."""

    ignore: list[What]
    only: list[What]
    meta: bool


def _whats(written: str | None) -> list[What]:
    from russet.data import Tag

    try:
        return [_what(word, Tag.of) for word in split(written or "")]
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _what(word: str, read: Callable[[str], What]) -> What:
    if word == "private":
        return lambda element: element.tag.is_private
    return word if len(word) == 2 and word.isupper() else read(word)


def _compared(ours: str, theirs: str, scope: _Scope, *, as_json: bool) -> bool:
    """Tell of what differs in two files, one of which may be missing; whether anything does."""
    if not ours or not theirs:
        only = {"only": ours or theirs}
        click.echo(json.dumps(only) if as_json else f"Only one has {ours or theirs}")
        return True
    from russet.data import dcmread
    from russet.data.compare import compare

    found = compare(
        dcmread(ours), dcmread(theirs), ignore=scope.ignore, only=scope.only, meta=scope.meta
    )
    lines = map(_object, found) if as_json else map(_lines, found)
    first = next(lines, None)
    if first is None:
        return False
    if as_json:
        head = f'{{"files": {json.dumps([ours, theirs], ensure_ascii=False)}, '
        echo(head + line.removeprefix("{") for line in chain([first], lines))
    else:
        echo(chain([_styled(f"--- {ours}"), _styled(f"+++ {theirs}"), first], lines))
    return True


def _lines(difference: Difference) -> str:
    sides = (("-", difference.ours), ("+", difference.theirs))
    return "\n".join(
        _styled(f"{sign} {difference.path} {element.written_vr} {_shown(element)}".rstrip())
        for sign, element in sides
        if element is not None
    )


def _object(difference: Difference) -> str:
    """A difference as JSON."""
    element = difference.ours if difference.ours is not None else difference.theirs
    assert element is not None
    told = facts(difference.path, element)
    del told["vr"]
    told["kind"] = difference.kind
    for side, one in (("ours", difference.ours), ("theirs", difference.theirs)):
        told[side] = None if one is None else {"vr": one.vr, **_content(one)}
    return json.dumps(told, ensure_ascii=False)


def _shown(element: Element) -> str:
    from russet.data.text import shown

    if not _is_bulk(element):
        return shown(element)
    return f"({element.length} bytes, SHA-256 {_digest(element)})"


def _content(element: Element) -> dict[str, Any]:
    if _is_bulk(element):
        return {"length": element.length, "sha256": _digest(element)}
    return content(element, whole=True)


def _is_bulk(element: Element) -> bool:
    return element.vr in BYTES and element.length > _LONGEST_BYTES


def _digest(element: Element) -> str:
    from hashlib import sha256

    return sha256(element.raw).hexdigest()


def _styled(line: str) -> str:
    return click.style(line, fg="red" if line[0] == "-" else "green") if is_painted() else line


def _paired(ours: str, theirs: str) -> tuple[list[tuple[str, str]], bool]:
    """The files of two folders that belong together, and whether any cannot be read."""
    mine, lost_here = _by_instance(ours)
    yours, lost_there = _by_instance(theirs)
    keys = sorted(mine.keys() | yours.keys(), key=lambda key: mine.get(key) or yours[key])
    return [(mine.get(key, ""), yours.get(key, "")) for key in keys], lost_here or lost_there


def _by_instance(folder: str) -> tuple[dict[str, str], bool]:
    """The files of a folder by SOP Instance UID, or by name if there is none or it came before."""
    from russet.data import dcmread

    found: dict[str, str] = {}
    failed = False
    unread: list[OSError] = []
    walked = os.walk(folder, onerror=unread.append)
    paths = [str(Path(root, name)) for root, _folders, names in walked for name in names]
    for path in sorted(filter(os.path.isfile, paths)):
        try:
            uid = str(dcmread(path).get("SOPInstanceUID", ""))
        except UnreadableError:
            continue  # What is no DICOM file does not count.
        except (RussetError, OSError) as error:
            _tell(error)
            failed = True
            continue
        key = uid if uid and uid not in found else os.path.relpath(path, folder)
        found[key] = path
    for unreadable in unread:
        _tell(unreadable)
    return found, failed or bool(unread)


def _tell(error: Exception) -> None:
    if isinstance(error, OSError) and error.filename:
        click.echo(f"russet: {error.filename}: {error.strerror}", err=True)
    else:
        click.echo(f"russet: {error}", err=True)
