"""Other implementations as providers of Verification and Storage, which keep data sets as bytes."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.support import corpus
from tests.support.dcmjs import scp_program
from tests.support.instances import CT
from tests.support.part10 import Part10
from tests.support.peers import Scp
from tests.support.places import need
from tests.support.processes import Listener, free_port
from tests.support.senders import pixelmed

__all__ = ["RECEIVERS", "Receiver", "StartReceiver", "missing", "receiver"]

StartReceiver = Callable[["Receiver"], Scp]
_VERIFICATION: Final = "1.2.840.10008.1.1"
_NATIVE: Final = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2")
_OLD: Final = (
    *_NATIVE,
    "1.2.840.10008.1.2.5",
    *(f"1.2.840.10008.1.2.4.{number}" for number in (50, 70, 80, 81, 90, 91)),
)
# Of the others, it knows no enhanced ones or reports; PET it opens, and finds a VR wrong.
_KNOWN_TO_CTN: Final = (CT, *(f"1.2.840.10008.5.1.4.1.1.{n}" for n in ("1", "4", "6", "6.1", "7")))


@dataclass(frozen=True)
class Receiver:
    """A program of another implementation.

    Attributes:
        peer: As the table of docs/interop.md names it.
        command: Gives the command line for a folder to fill and a port.
        aet: What it wants to be called.
        syntaxes: The transfer syntaxes that it takes.
        classes: The storage classes that it knows; none for any.
    """

    peer: str
    command: Callable[[Path, int], tuple[str, ...]]
    aet: str = "ANY-SCP"
    syntaxes: tuple[str, ...] = _OLD
    classes: tuple[str, ...] = ()

    def takes(self, file: Part10) -> bool:
        """Whether this is a file for it."""
        known = not self.classes or file.sop_class in self.classes
        return known and file.transfer_syntax in self.syntaxes


def missing(folder: Path, files: Iterable[Part10]) -> list[Path]:
    """Those of `files` whose data set is the end of no file below `folder`.

    Some peers write a bare data set, others a Part 10 file around it.
    """
    contents = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return [f.path for f in files if not any(c.endswith(f.dataset) for c in contents)]


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[StartReceiver]:
    """Start one of `RECEIVERS`."""
    with ExitStack() as stack:

        def start(program: Receiver) -> Scp:
            number = free_port()
            folder = tmp_path / f"receiver-{number}"
            folder.mkdir()
            # CTN writes what it has no folder for into the current one.
            command = ("env", "-C", str(folder), *program.command(folder, number))
            process = Listener(command, folder.with_suffix(".log"), number)
            stack.callback(process.stop)
            return Scp(process, folder, program.aet)

        yield start


def _dcmrecv(folder: Path, port: int) -> tuple[str, ...]:
    """Without a configuration it takes nothing but Verification."""
    syntaxes = [f"TransferSyntax{n} = {uid}" for n, uid in enumerate(_OLD, 1)]
    # It takes no more than 128 classes.
    classes = [_VERIFICATION, *{CT, *(file.sop_class for file in corpus.few())}]
    contexts = [rf"PresentationContext{n} = {uid}\All" for n, uid in enumerate(classes, 1)]
    lines = (
        "[[TransferSyntaxes]]",
        "[All]",
        *syntaxes,
        "[[PresentationContexts]]",
        "[Storage]",
        *contexts,
        "[[Profiles]]",
        "[Everything]",
        "PresentationContexts = Storage",
    )
    config = folder.with_suffix(".cfg")
    config.write_text("\n".join(lines))
    keep = ("+B", "-xf", str(config), "Everything", "-od", str(folder))
    return (need("dcmrecv", "DCMTK's dcmrecv"), "-v", *keep, str(port))


def _simple_storage(folder: Path, port: int) -> tuple[str, ...]:
    return (need("simple_storage", "CTN"), "-f", "-s", "-x", str(folder), str(port))


def _dispatcher(folder: Path, port: int) -> tuple[str, ...]:
    program = "com.pixelmed.network.StorageSOPClassSCPDispatcher"
    return (*pixelmed(), program, str(port), "PM", str(folder))


RECEIVERS: Final = (
    Receiver("DCMTK dcmrecv", _dcmrecv),
    Receiver("CTN simple_storage", _simple_storage, syntaxes=_NATIVE[:2], classes=_KNOWN_TO_CTN),
    Receiver("pixelmed StorageSOPClassSCPDispatcher", _dispatcher, "PM", _NATIVE[1:]),
    Receiver("dcmjs-dimse", scp_program),
)
