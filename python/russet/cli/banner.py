"""What `russet serve` says: what it is, whom it serves, and what each association did."""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import TYPE_CHECKING, Any, Final

import click

from russet.cli.invitation import invitation

if TYPE_CHECKING:
    from russet.apps.archive import Archive
    from russet.net.report import AssociationReport
    from russet.net.tls import ServerTls
    from russet.storage.index import Reconciliation

__all__ = ["Banner"]

_LOG: Final = logging.getLogger("russet.scp")
_LISTED: Final = 3


class Banner:
    """Says it in lines for people, or as JSON, an object a line."""

    def __init__(self, archive: Archive, *, quiet: bool, as_json: bool) -> None:
        """Speak of `archive`; when `quiet`, only of where it listens."""
        self._archive = archive
        self._quiet = quiet
        self._as_json = as_json

    def listening(
        self, bind: str, port: int, options: dict[str, Any], tls: ServerTls | None
    ) -> None:
        """Say what this is and where; `options` are those of the command line."""
        archive = self._archive
        if self._as_json:
            self._object("listening", **_facts(archive, bind, port, options, tls))
            return
        secured = "" if tls is None else f"   {_secured(tls)}"
        listening = f"[{bind}]" if ":" in bind else bind
        where = f"{archive.titles[0]} on {listening}:{port}{secured}"
        if self._quiet:
            _say(where)
            return
        for line in (
            _data(archive, options),
            f"DICOM  {where}   {_callers(archive)}, any storage class, any transfer syntax",
            *_peers(archive, options),
            *_worklist(archive),
            *invitation(archive.policy, bind, port, _words(tls)),
        ):
            _say(line)
        swept = archive.folder.swept
        if swept:
            _say(f"{swept} unfinished files of an earlier run are in {archive.folder.quarantine}")
        if archive.index is not None and archive.index.moved_aside is not None:
            _say(f"The index was built anew; the one before is {archive.index.moved_aside}")

    def healed(self, found: Reconciliation | None) -> None:
        """Say what was not as it should be, once that is known."""
        if found is None or not any(found[1:]):
            return
        if self._as_json:
            names = ("added", "changed", "removed", "unreadable")
            counts = {name: len(getattr(found, name)) for name in names}
            self._object("reconciled", files=found.files, **counts)
            return
        if not self._quiet:
            _say(f"Index  {found}")
        for path, why in found.unreadable[:_LISTED]:
            click.echo(f"W: {path} is no instance: {why}", err=True)

    def ended(self, report: AssociationReport) -> None:
        """Say what an association did, if it came to something; the log tells of the others."""
        who = f"{report.calling or '?'}@{report.peer}"
        _LOG.info("%s: %d bytes in %.3f s, %s", who, report.octets, report.seconds, report.outcome)
        if self._quiet or not (report.instances or report.outcome == "released"):
            return
        if self._as_json:
            self._object(
                "association",
                calling=report.calling,
                peer=report.peer,
                instances=report.instances,
                operations=dict(report.operations),
                matches=report.matches,
                differing=report.differing,
                sent=report.sent,
                unsent=report.unsent,
                why=report.why,
                failures={f"{status:04X}": n for status, n in report.failures.items()},
                octets=report.octets,
                seconds=round(report.seconds, 3),
                outcome=report.outcome,
            )
            return
        _say(f"{time.strftime('%H:%M:%S')} {report}")

    def reloaded(self, options: dict[str, Any], why: str) -> None:
        """Say whom is served now, or `why` that is who was served before."""
        if why:
            _LOG.warning("everything stays as it is: %s", why)
        elif self._as_json:
            peers = None if options["peers"] is None else len(self._archive.peers.peers)
            self._object("reloaded", peers=peers)
        elif not self._quiet:
            _say(f"reloaded   {'   '.join(_peers(self._archive, options))}")

    def stopping(self) -> None:
        """Say that the end has begun."""
        if self._as_json:
            self._object("stopping")
        elif not self._quiet:
            _say("stopping: what is under way ends first")

    def _object(self, event: str, **facts: Any) -> None:
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        _say(json.dumps({"time": now, "event": event, **facts}))


def _data(archive: Archive, options: dict[str, Any]) -> str:
    from importlib.metadata import version

    folder = archive.folder
    return (
        f"russet {version('russet')}   data {folder.root}{' (new)' if folder.created else ''}   "
        f"index {'none' if archive.index is None else 'SQLite'}   "
        f"free {folder.free() / 1e9:.0f} GB   durability {options['durability']}"
    )


def _callers(archive: Archive) -> str:
    policy = archive.policy
    titles = " or ".join(archive.titles)
    called = f"called {titles} only" if policy.check_called else "called by any title"
    allowed = ", ".join(policy.calling or ())
    return f"{called}, {f'from {allowed}' if allowed else 'any calling title'}"


def _peers(archive: Archive, options: dict[str, Any]) -> list[str]:
    """Whom what is served is open to, said aloud."""
    file = options["peers"]
    if file is None:
        *most, last = _served(archive)
        kept = f"{', '.join(most)} and {last} are" if most else f"{last} are"
        here = "for this machine only until --peers FILE names others"
        return [f"Peers  none: everybody may store; {kept} {here}"]
    peers = archive.peers
    may = ", ".join(sorted(right.value for right in peers.strangers))
    strangers = f"strangers may: {may}" if may else "strangers are refused"
    known = f"{len(peers.peers)} in {file}, {len(peers.destinations)} of them to move to"
    return [f"Peers  {known}; {strangers}; this machine may everything"]


def _served(archive: Archive) -> list[str]:
    """What is served beside storage: what there is an index or a folder for."""
    asked = ["queries", "retrieval", "storage commitment"] if archive.index is not None else []
    listed = ["the worklist"] if archive.worklist is not None else []
    return [*asked, *listed, "performed procedure steps"]


def _worklist(archive: Archive) -> list[str]:
    if archive.worklist is None:
        return []
    return [f"Worklist  {archive.worklist.folder}   {archive.worklist.count()} files"]


def _facts(
    archive: Archive, bind: str, port: int, options: dict[str, Any], tls: ServerTls | None
) -> dict[str, Any]:
    folder = archive.folder
    return {
        "aet": archive.titles[0],
        "bind": bind,
        "port": port,
        "tls": tls is not None,
        "data": str(folder.root),
        "new": folder.created,
        "swept": folder.swept,
        "index": archive.index is not None,
        "free": folder.free(),
        "min_free": archive.min_free,
        "durability": options["durability"],
        "peers": None if options["peers"] is None else len(archive.peers.peers),
        "worklist": None if archive.worklist is None else str(archive.worklist.folder),
    }


def _secured(tls: ServerTls) -> str:
    asked = {"none": "any client", "optional": "client certificates checked"}
    return f"TLS, {asked.get(tls.client_certificate, 'client certificates required')}"


def _words(tls: ServerTls | None) -> str:
    """What a client of ours adds for TLS."""
    if tls is None:
        return ""
    shown = " --tls-cert FILE --tls-key FILE" if tls.client_certificate == "required" else ""
    return f" --tls --tls-ca CA{shown}"


def _say(text: str) -> None:
    click.echo(text)
    sys.stdout.flush()
