"""`russet serve`: receive what modalities and tools send, and keep it."""

import logging
import signal
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from russet.cli.addresses import our_address
from russet.cli.exit_codes import ExitCode
from russet.cli.peer import title
from russet.cli.tls import server_tls, server_tls_options

if TYPE_CHECKING:
    from russet.net.report import AssociationReport
    from russet.net.serving import Receiver
    from russet.net.tls import ServerTls

__all__ = ["serve"]

_EVERYWHERE: Final = ("0.0.0.0", "::")  # noqa: S104 (compared with, not bound to)
_LETTERS: Final = {"DEBUG": "D", "INFO": "I", "WARNING": "W", "ERROR": "E", "CRITICAL": "F"}


@dataclass(frozen=True)
class _Options:
    """What the command line says, by the names of its options."""

    positional_port: int | None
    port: int
    bind: str
    aet: str
    data: Path
    durability: str
    layout: str | None
    max_pdu: int
    allow_aet: tuple[str, ...]
    check_called_aet: bool
    max_associations: int
    on_duplicate: str
    verbose: bool
    quiet: bool
    tls: "ServerTls | None"


@click.command(
    epilog="""\b
Examples:
  russet serve
  russet serve --port 0 --data /srv/images --aet ARCHIVE --check-called-aet
  russet serve --allow-aet CT1 --allow-aet MR2 --durability none
  russet serve --port 2762 --tls-cert server.crt --tls-key server.key
  russet serve --layout '{PatientID}/{StudyDate}/{SOPInstanceUID}.dcm'"""
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=11112,
    show_default=True,
    help="0: any free one.",
)
@click.option("--bind", default="0.0.0.0", show_default=True, help="Listen here; :: is IPv6 too.")  # noqa: S104
@click.argument("positional_port", metavar="[PORT]", required=False, type=click.IntRange(0, 65535))
@click.option("-aet", "--aet", default="RUSSET", show_default=True, help="Our AE title.")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("russet-data"),
    envvar="RUSSET_DATA",
    help="Folder for what arrives; created when missing.  [default: ./russet-data]",
)
@click.option(
    "--durability",
    type=click.Choice(["fsync", "none"]),
    default="fsync",
    show_default=True,
    help="What Success waits for: the disk, or the page cache.",
)
@click.option(
    "--layout",
    metavar="TEMPLATE",
    help="Path of an instance below DATA/instances, from keywords.  "
    "[default: {StudyInstanceUID}/{SeriesInstanceUID}/{SOPInstanceUID}.dcm]",
)
@click.option(
    "--max-pdu",
    type=click.IntRange(4096, 1 << 27),
    default=1 << 20,
    show_default=True,
    help="Bytes of the largest PDU we take.",
)
@click.option(
    "--allow-aet", multiple=True, metavar="AET", help="Accept this calling title; repeatable."
)
@click.option("--check-called-aet", is_flag=True, help="Refuse who calls us by another title.")
@click.option("--max-associations", type=click.IntRange(1), default=1000, show_default=True)
@click.option(
    "--on-duplicate",
    type=click.Choice(["keep", "replace", "reject"]),
    default="keep",
    show_default=True,
    help="A second instance with one UID: keep both unless identical, replace, or refuse (0111H).",
)
@server_tls_options
@click.option("-v", "--verbose", is_flag=True, help="Log more.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but warnings and the port.")
def serve(**options: Any) -> int:
    """Receive instances (C-STORE) from any modality or tool and keep them as files.

    Every storage SOP class is taken, private ones too, in every transfer syntax. Files hold the
    data sets byte for byte as they were sent. Ctrl-C ends what is under way, then stops.
    """
    tls = {name: options.pop(name) for name in list(options) if name.startswith("tls_")}
    return _serve(_Options(**options, tls=server_tls(tls)))


def _serve(options: _Options) -> int:
    _log(verbose=options.verbose)
    _raise_descriptor_limit()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    receiver = _receiver(options)
    with receiver:
        _banner(options, receiver)
        stop.wait()
        if not options.quiet:
            _say("stopping: what is under way ends first")
    return ExitCode.OK


def _receiver(options: _Options) -> "Receiver":
    from russet.association.policy import Policy
    from russet.net.serving import serve as serve_folder

    for each in (options.aet, *options.allow_aet):
        title(each)
    policy = Policy(
        ae_title=options.aet,
        check_called=options.check_called_aet,
        calling=options.allow_aet or None,
        max_associations=options.max_associations,
    )
    return serve_folder(
        options.port if options.positional_port is None else options.positional_port,
        bind=options.bind,
        data=options.data,
        policy=policy,
        durability=options.durability,
        on_duplicate=options.on_duplicate,
        layout=options.layout,
        max_pdu=options.max_pdu,
        on_association=None if options.quiet else _tell,
        tls=options.tls,
    )


def _banner(options: _Options, receiver: "Receiver") -> None:
    from importlib.metadata import version

    folder = receiver.folder
    assert folder is not None
    called = "called by any title" if not options.check_called_aet else f"called {options.aet} only"
    callers = (
        "any calling title" if not options.allow_aet else f"from {', '.join(options.allow_aet)}"
    )
    free = folder.free() / 1e9
    secured = "" if options.tls is None else f"   {_secured(options.tls)}"
    bind = f"[{options.bind}]" if ":" in options.bind else options.bind
    listening = f"{options.aet} on {bind}:{receiver.port}{secured}"
    if options.quiet:
        _say(listening)
        return
    host = our_address() if options.bind in _EVERYWHERE else options.bind
    _say(
        f"russet {version('russet')}   data {folder.root}{' (new)' if folder.created else ''}   "
        f"free {free:.0f} GB   durability {options.durability}\n"
        f"DICOM  {listening}   {called}, {callers}, any storage class, any transfer syntax\n"
        f"Point your modality at: AE title {options.aet}, host {host}, port {receiver.port}.\n"
        f"Or try:  russet send localhost {receiver.port} FILES    Ctrl-C stops cleanly."
    )
    if folder.swept:
        _say(f"{folder.swept} unfinished files of an earlier run are in {folder.quarantine}")


def _secured(tls: "ServerTls") -> str:
    asked = {"none": "any client", "optional": "client certificates checked"}
    return f"TLS, {asked.get(tls.client_certificate, 'client certificates required')}"


def _tell(report: "AssociationReport") -> None:
    """One line per association that came to something; the log tells of the others."""
    if report.instances or report.outcome == "released":
        _say(f"{time.strftime('%H:%M:%S')} {report}")


def _say(text: str) -> None:
    click.echo(text)
    sys.stdout.flush()


def _log(*, verbose: bool) -> None:
    """Send the logging tree to stderr, a letter per level as DCMTK has it."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter())
    logger = logging.getLogger("russet")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO if verbose else logging.WARNING)


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """As DCMTK prints it: `W: text`."""
        return f"{_LETTERS.get(record.levelname, 'I')}: {super().format(record)}"


def _raise_descriptor_limit() -> None:
    """A descriptor per association, one per file: take as many as we may have."""
    try:
        import resource
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
