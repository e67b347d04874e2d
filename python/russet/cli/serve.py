"""`russet serve`: an archive that receives what modalities send, keeps it and gives it back."""

import queue
import signal
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from russet.cli.exit_codes import ExitCode
from russet.cli.logs import log_level, log_options, send_to_stderr
from russet.cli.numbers import PORT, Number
from russet.cli.peer import title
from russet.cli.sizes import SizeType
from russet.cli.tls import server_tls, server_tls_options
from russet.errors import RussetError, StorageError

if TYPE_CHECKING:
    from russet.apps.archive import Archive
    from russet.net.serving import Receiver
    from russet.net.tls import ClientTls, ServerTls

__all__ = ["serve"]

_F = TypeVar("_F", bound=Callable[..., object])
_FOLDER: Final = click.Path(exists=True, file_okay=False, path_type=Path)
_HANG_UP: Final[int | None] = getattr(signal, "SIGHUP", None)

_LISTENING: Final = [
    click.option(
        "--port",
        type=PORT,
        default=11112,
        show_default=True,
        help="0: any free one.",
    ),
    click.option(
        "--bind",
        default="0.0.0.0",  # noqa: S104 (modalities are elsewhere)
        show_default=True,
        help="Listen here; :: is IPv6 too.",
    ),
    click.argument("positional_port", metavar="[PORT]", required=False, type=PORT),
    click.option(
        "-aet",
        "--aet",
        "--aetitle",
        "aet",
        help="Our AE title.  [default: the first of --peers, else RUSSET]",
    ),
    click.option(
        "--max-pdu",
        type=Number(4096, 1 << 27),
        default=1 << 20,
        show_default=True,
        help="Bytes of the largest PDU we take.",
    ),
    click.option("--max-associations", type=Number(1), default=1000, show_default=True),
]
_KEEPING: Final = [
    click.option(
        "--data",
        "-od",
        "--output-directory",
        "data",
        type=click.Path(path_type=Path, readable=False),
        default=Path("russet-data"),
        envvar="RUSSET_DATA",
        help="Folder for what arrives; created when missing.  [default: ./russet-data]",
    ),
    click.option(
        "--durability",
        type=click.Choice(["fsync", "none"]),
        default="fsync",
        show_default=True,
        help="What Success waits for: the disk, or the page cache.",
    ),
    click.option(
        "--layout",
        metavar="TEMPLATE",
        help="Path of an instance below DATA/instances, from keywords.  "
        "[default: {StudyInstanceUID}/{SeriesInstanceUID}/{SOPInstanceUID}.dcm]",
    ),
    click.option(
        "--on-duplicate",
        type=click.Choice(["keep", "replace", "reject"]),
        default="keep",
        show_default=True,
        help="A second instance with one UID: keep both unless identical, replace, or refuse "
        "(0111H).",
    ),
    click.option(
        "--min-free",
        type=SizeType(),
        help="Refuse instances (A700H) while less is free: 500M, 2G, 5%.  "
        "[default: 1% of the disk, 2G at most]",
    ),
    click.option(
        "--index/--no-index",
        default=True,
        help="Keep an index, without which nothing can be asked for.  [default: --index]",
    ),
    click.option("--rebuild-index", is_flag=True, help="Begin the index anew, from the files."),
    click.option("--worklist", type=_FOLDER, metavar="DIR", help="Folder of worklist items."),
]
_WHOM: Final = [
    click.option(
        "--peers",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Who may what, and where to move to: a peers.toml.",
    ),
    click.option(
        "--allow-aet", multiple=True, metavar="AET", help="Accept this calling title; repeatable."
    ),
    click.option(
        "--check-called-aet",
        is_flag=True,
        help="Accept only who calls us by --aet or a title of [local] in --peers.",
    ),
]
_SAYING: Final = [
    click.option("--log-json", is_flag=True, help="Say and log everything as JSON lines."),
    *log_options(),
    click.option("-q", "--quiet", is_flag=True, help="Print nothing but warnings and the port."),
]


def _serve_options(command: _F) -> _F:
    for option in reversed([*_LISTENING, *_KEEPING, *_WHOM]):
        command = option(command)
    return command


def _saying(command: _F) -> _F:
    for option in reversed(_SAYING):
        command = option(command)
    return command


@click.command(
    epilog="""\b
Examples:
  russet serve
  russet serve --port 0 --data /srv/images --aet ARCHIVE --check-called-aet
  russet serve --peers peers.toml --worklist worklist
  russet serve --allow-aet CT1 --allow-aet MR2 --durability none --no-index
  russet serve --port 2762 --tls-cert server.crt --tls-key server.key
  russet serve --layout '{PatientID}/{StudyDate}/{SOPInstanceUID}.dcm'"""
)
@_serve_options
@server_tls_options
@_saying
def serve(**options: Any) -> int:
    """Receive instances from any modality or tool, keep them, find them and give them back.

    Every storage SOP class is taken, private ones too, in every transfer syntax. Files hold the
    data sets byte for byte as they were sent. Queries and retrieval (C-FIND, C-MOVE, C-GET),
    storage commitment, worklist and performed procedure steps are served to this machine, and to
    whom --peers names. Ctrl-C ends what is under way, then stops; SIGHUP has peers and certificates
    read again.
    """
    if options["rebuild_index"] and not options["index"]:
        raise click.UsageError("--rebuild-index builds what --no-index goes without")
    tls = server_tls({name: options.pop(name) for name in list(options) if name.startswith("tls_")})
    for each in filter(None, (options["aet"], *options["allow_aet"])):
        title(each)
    send_to_stderr(log_level(options), as_json=options["log_json"])
    _raise_descriptor_limit()
    return _serve(options, tls)


def _serve(options: dict[str, Any], tls: "ServerTls | None") -> int:
    from russet.cli.banner import Banner
    from russet.net.serving import serve as listen

    bind, given = options["bind"], options["positional_port"]
    wishes = _wishes()
    with _archive(options, tls) as archive:
        banner = Banner(archive, quiet=options["quiet"], as_json=options["log_json"])
        receiver = listen(
            options["port"] if given is None else given,
            bind=bind,
            services=archive.services,
            policy=archive.policy,
            max_pdu=options["max_pdu"],
            on_association=banner.ended,
            tls=tls,
        )
        with receiver:
            banner.listening(bind, receiver.port, options, tls)
            archive.on_whole(banner.healed)
            for _ in wishes:
                banner.reloaded(options, _reload(archive, receiver, options["peers"], tls))
            banner.stopping()
    return ExitCode.OK


def _wishes() -> Iterator[int]:
    """Give each wish to read files again, SIGHUP, until one to stop comes."""
    wished: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in filter(None, (signal.SIGINT, signal.SIGTERM, _HANG_UP)):
        signal.signal(number, lambda number, _: wished.put(number))
    return takewhile(lambda number: number == _HANG_UP, iter(wished.get, None))


def _reload(archive: "Archive", receiver: "Receiver", peers: Path | None, tls: Any) -> str:
    """Read again what --peers and TLS name; why that cannot be used, when all stays as it is."""
    before = archive.peers
    try:
        if peers is not None:
            archive.reload(peers)
        if tls is not None:
            tls.reload()
    except RussetError as error:
        if peers is not None:
            archive.reload(before)
        return str(error)
    if peers is not None:
        receiver.admit(archive.policy)
    return ""


def _archive(options: dict[str, Any], tls: "ServerTls | None") -> "Archive":
    from russet.apps.archive import Archive
    from russet.association.policy import Policy

    data = options["data"]
    policy = Policy(
        check_called=options["check_called_aet"],
        calling=options["allow_aet"] or None,
        max_associations=options["max_associations"],
    )
    kept = ("aet", "peers", "durability", "on_duplicate", "layout", "index", "rebuild_index")
    try:
        size = options["min_free"]
        return Archive(
            data,
            policy=policy,
            min_free=None if size is None else size.bytes_of(data),
            tls=None if tls is None else _calling(tls),
            worklist=options["worklist"],
            **{name: options[name] for name in kept},
        )
    except OSError as error:
        if not str(error.filename).startswith(str(data)):
            raise
        raise StorageError(f"cannot use the data folder {data}: {error.strerror}") from error


def _calling(tls: "ServerTls") -> "ClientTls":
    """How we call peers over TLS: with the certificate that we show as a server."""
    from russet.net.tls import ClientTls

    return ClientTls(
        certificate=tls.certificate, key=tls.key, password=tls.password, ca=tls.ca, crl=tls.crl
    )


def _raise_descriptor_limit() -> None:
    """A descriptor per association, one per file: take as many as we may have."""
    try:
        import resource
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
