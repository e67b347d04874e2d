"""What a receiver on this machine needs: a port, a folder, certificates; looked at beforehand."""

import contextlib
import logging
import os
import re
import shutil
import socket
import ssl
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from russet.errors import CertificateFileError, ConnectError, RussetError, StorageError
from russet.net import blocking
from russet.net.addresses import own_addresses
from russet.net.holder import holder_of
from russet.net.ladder_tls import SOON
from russet.net.rung import Outcome, Rung
from russet.net.x509 import CertificateText, read_certificate
from russet.storage.folder import is_taken

__all__ = ["Own", "look"]

_LOG: Final = logging.getLogger("russet.doctor")
_LITTLE: Final = 1 << 30
_FEW_DESCRIPTORS: Final = 1024
_PEM: Final = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


@dataclass(frozen=True)
class Own:
    """How a receiver is meant to run.

    Attributes:
        bind: The address to listen on.
        port: The port; 0 for any.
        data: Its data folder.
        certificate: PEM file with our certificate; None without TLS.
        key: PEM file with its key; None when it stands in the same file.
        password: Of the key.
        ca: PEM files with the CAs that certificates of clients are trusted by.
    """

    bind: str
    port: int
    data: Path
    certificate: Path | None = None
    key: Path | None = None
    password: str | None = None
    ca: Sequence[Path] = ()


def look(own: Own) -> Iterator[Rung]:
    """Look at each thing that a receiver needs; what is missing is created by it, not by this.

    Returns:
        An iterator of rungs.
    """
    steps: tuple[tuple[str, Callable[[Own], Rung]], ...] = (
        ("port", _port),
        ("address", _address),
        ("data", _data),
        ("certificates", _certificates),
        ("limits", _limits),
    )
    for name, step in steps:
        _LOG.info("looking at %s: %s", name, _looked_at(own, name))
        began = time.perf_counter()
        try:
            rung = step(own)
        except RussetError as error:
            rung = Rung.failed(name, error)
        took = (time.perf_counter() - began) * 1e3
        _LOG.info("%s: %s, %.1f ms", name, rung.outcome, took)
        for fact, value in rung.facts.items():
            _LOG.debug("%s: %s is %s", name, fact, value)
        yield rung


def _looked_at(own: Own, name: str) -> str:
    files = ", ".join(str(each) for each in (own.certificate, own.key, *own.ca) if each is not None)
    places = {
        "port": f"listening on {own.bind}:{own.port} for a moment",
        "address": f"ways out, and what {socket.gethostname()} resolves to",
        "data": f"whether files can be made in {own.data}",
        "certificates": files or "none are named",
    }
    return places.get(name, "what the system allows this process")


def _port(own: Own) -> Rung:
    try:
        listener = blocking.listen(own.bind, own.port)
    except ConnectError as error:
        holder = holder_of(own.port)
        if holder is not None and holder.name.startswith("russet"):
            detail = f"{own.port} is served already, by {holder}"
            return Rung("port", Outcome.OK, detail, facts={"pid": holder.pid})
        stop = () if holder is None else (f"or end process {holder.pid}, when it is not needed",)
        return Rung.failed("port", error, advice=("give another --port", *stop))
    with contextlib.closing(listener):
        return Rung("port", Outcome.OK, f"{own.port} is free on {own.bind}")


def _address(_: Own) -> Rung:
    """Tell which addresses of this machine others can use."""
    host = socket.gethostname()
    found = own_addresses()
    remarks = () if found else ("only this machine can reach it: connect it to a network",)
    detail = f"{host}, {', '.join(found) or 'no address that others can use'}"
    facts = {"host": host, "addresses": found}
    return Rung("address", Outcome.OK, detail, remarks=remarks, facts=facts)


def _data(own: Own) -> Rung:
    """See that the data folder, or the nearest one above that exists, takes files."""
    folder = own.data.absolute()
    there = next(each for each in (folder, *folder.parents) if each.exists())
    if not there.is_dir():
        return Rung.failed(
            "data", StorageError(f"{there} is no folder"), advice=("give another --data",)
        )
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(bytes(1 << 12))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        failure = StorageError(f"{there} takes no files: {error.strerror or error}")
        advice = ("give another --data", "or let this user write there")
        return Rung.failed("data", failure, advice=advice)
    free = shutil.disk_usage(there).free
    state = "is writable" if there == folder else f"will be created in {there}"
    remarks = (f"little room is left: {free / 1e6:.0f} MB",) if free < _LITTLE else ()
    if is_taken(folder):
        remarks = (*remarks, "a russet uses it now: another one needs a folder of its own")
    detail = f"{folder} {state}, free {free / 1e9:.1f} GB"
    return Rung("data", Outcome.OK, detail, remarks=remarks, facts={"free": free})


def _certificates(own: Own) -> Rung:
    """Load the files as a server does, and look at the dates."""
    if own.certificate is None:
        return Rung.skipped("certificates", "no --tls-cert")
    from russet.net.tls import ServerTls

    tls = ServerTls(own.certificate, own.key, password=own.password, ca=own.ca or None)
    tls.context()
    texts = list(_texts(own.certificate))
    for path in own.ca:
        texts += _texts(path) if path.is_file() else []
    for text in texts:
        if text.days_left() < 0:
            error = CertificateFileError(
                f"the certificate of {text.subject} ended on {text.not_after:%Y-%m-%d}",
                str(own.certificate),
            )
            return Rung.failed("certificates", error, advice=("have it renewed",))
    remarks = [
        f"{text.subject} ends in {text.days_left()} days: renew it"
        for text in texts
        if text.days_left() < SOON
    ]
    lines = [f"{text.subject}, valid to {text.not_after:%Y-%m-%d}" for text in texts]
    return Rung(
        "certificates",
        Outcome.OK,
        f"{own.certificate} and its key fit",
        remarks=tuple(remarks),
        lines=tuple(lines),
        facts={"certificates": [text.as_dict() for text in texts]},
    )


def _texts(path: Path) -> Iterator[CertificateText]:
    for pem in _PEM.findall(path.read_text(errors="replace")):
        with contextlib.suppress(ValueError):
            yield read_certificate(ssl.PEM_cert_to_DER_cert(pem))


def _limits(_: Own) -> Rung:
    """See how many associations the system lets us have."""
    try:
        import resource
    except ImportError:
        return Rung.skipped("limits", "this system has none")
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    detail = f"{hard} open files" if hard != resource.RLIM_INFINITY else "any number of open files"
    few = 0 <= hard <= _FEW_DESCRIPTORS
    remarks = ("each association takes one or two: raise it with ulimit -n",) if few else ()
    return Rung("limits", Outcome.OK, detail, remarks=remarks, facts={"open_files": hard})
