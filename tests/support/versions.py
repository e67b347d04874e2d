"""Which version of a peer is on this machine, as the peer itself says where it can."""

import json
import re
import subprocess
from collections.abc import Callable
from functools import cache
from typing import Final

import pynetdicom

from tests.support.dcmjs import DCMJS
from tests.support.places import where
from tests.support.processes import run

__all__ = ["version"]


@cache
def version(peer: str) -> str:
    """The version of `peer`, whose first word is the product; "" when it is not known."""
    return _VERSIONS[peer.partition(" ")[0]]()


def _said(program: str, *options: str, pattern: str) -> Callable[[], str]:
    def ask() -> str:
        path = where(program)
        found = re.search(pattern, run(path, *options).stdout) if path else None
        return found[1] if found else ""

    return ask


def _packaged(package: str) -> Callable[[], str]:
    """Of those that do not tell; the part before Debian's own number."""

    def ask() -> str:
        path = where("dpkg-query")
        if path is None:
            return ""
        command = (path, "--show", "--showformat=${Version}", package)
        shown = subprocess.run(command, capture_output=True, check=False, text=True).stdout
        return re.sub(r"[-+~].*", "", shown)

    return ask


def _dcmjs() -> str:
    package = json.loads((DCMJS / "package.json").read_text())
    return str(package["dependencies"]["dcmjs-dimse"])


_VERSIONS: Final[dict[str, Callable[[], str]]] = {
    "CTN": _packaged("ctn"),
    "DCMTK": _said("dcmsend", "--version", pattern=r"v(\d[\w.+]*)"),
    "GDCM": _said("gdcmscu", "--version", pattern=r"gdcm (\d[\w.]*)"),
    "Orthanc": _said("Orthanc", "--version", pattern=r"Orthanc (\S+)"),
    "dcmjs-dimse": _dcmjs,
    "odil": _packaged("odil"),
    "pixelmed": _packaged("libpixelmed-java"),
    "pynetdicom": lambda: str(pynetdicom.__version__),
}
