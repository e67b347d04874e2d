"""Other implementations as requestors of Verification and Storage: their command lines.

Each calls itself ME. What their exit codes are worth is in `success`; where that is nothing, what
arrived decides alone.
"""

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.places import absent, need
from tests.support.processes import run

__all__ = ["ECHOES", "SENDERS", "Tool", "pixelmed"]

_PIXELMED_JAR: Final = Path("/usr/share/java/pixelmed.jar")


@dataclass(frozen=True)
class Tool:
    """A program of another implementation.

    Attributes:
        peer: As the table of docs/interop.md names it.
        command: The command line, with {port}, and {files} where what is sent stands.
        success: The exit codes of a run in which everything was answered with Success.
        together: Whether one run sends many files; else there is a run for each.
        most: How many files it is given: some take long to start.
    """

    peer: str
    command: tuple[str, ...]
    success: frozenset[int] = frozenset({0})
    together: bool = False
    most: int = 40

    def run(self, port: int, files: Sequence[Path] = ()) -> list[subprocess.CompletedProcess[str]]:
        """Run it against russet's or another SCP on `port`, until all files are sent."""
        chosen = [str(path) for path in files[: self.most]]
        runs = [chosen] if self.together or not chosen else [[path] for path in chosen]
        return [run(*self._words(port, paths), timeout=25) for paths in runs]

    def _words(self, port: int, paths: list[str]) -> Iterator[str]:
        program, *rest = self.command
        yield from (pixelmed() if program == "java" else (need(program, self.peer),))
        for word in rest:
            if word == "{files}":
                yield from paths
            else:
                yield word.format(port=port)


def pixelmed() -> tuple[str, ...]:
    """How to run a class of pixelmed; where there is none the test is skipped, in CI it fails."""
    if not _PIXELMED_JAR.is_file():
        absent("pixelmed")
    # It lives for a second: nothing is gained by compiling well.
    return (need("java"), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", str(_PIXELMED_JAR))


_HERE: Final = "127.0.0.1"
_CTN: Final = ("-a", "ME", "-c", "RUSSET", _HERE, "{port}")
_GDCM: Final = ("--call", "RUSSET", "--aetitle", "ME", _HERE, "{port}")
_ODIL: Final = (_HERE, "{port}", "ME", "RUSSET")
_PIXELMED: Final = (_HERE, "{port}", "RUSSET", "ME")
_ABORTS: Final = frozenset({-6})  # Debian's build does its work and then fails

ECHOES: Final = (
    Tool("CTN dicom_echo", ("dicom_echo", *_CTN)),
    Tool("GDCM gdcmscu", ("gdcmscu", "--echo", *_GDCM), _ABORTS),
    Tool("odil", ("odil", "echo", *_ODIL)),
    Tool(
        "pixelmed VerificationSOPClassSCU",
        ("java", "com.pixelmed.network.VerificationSOPClassSCU", *_PIXELMED, "NONSECURE"),
    ),
)
SENDERS: Final = (
    Tool("CTN send_image", ("send_image", "-q", "-r", *_CTN, "{files}")),
    Tool("GDCM gdcmscu", ("gdcmscu", "--store", *_GDCM, "{files}"), _ABORTS, together=True),
    Tool("odil", ("odil", "store", *_ODIL, "{files}"), together=True, most=6),
    Tool(
        "pixelmed StorageSOPClassSCU",
        ("java", "com.pixelmed.network.StorageSOPClassSCU", *_PIXELMED, "{files}", "0"),
        most=2,
    ),
)
