"""Which process has a port, as far as /proc tells."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["Holder", "holder_of"]

_PROC: Final = Path("/proc")
_TABLES: Final = ("net/tcp", "net/tcp6")
_LISTENING: Final = "0A"


@dataclass(frozen=True, slots=True)
class Holder:
    """A process.

    Attributes:
        pid: Its number.
        name: Of its program.
    """

    pid: int
    name: str

    def __str__(self) -> str:
        """As users want to read it."""
        return "this very process" if self.pid == os.getpid() else f"{self.name} ({self.pid})"


def holder_of(port: int, proc: Path = _PROC) -> Holder | None:
    """Find the process that listens on a port.

    Args:
        port: TCP port.
        proc: Where the kernel tells.

    Returns:
        None where nobody listens, and where we may not look: in a process of another user.
    """
    wanted = {f"socket:[{inode}]" for inode in _listening(port, proc)}
    if not wanted:
        return None
    for process in proc.glob("[0-9]*"):
        if not wanted.isdisjoint(_descriptors(process)):
            return Holder(int(process.name), _name(process))
    return None


def _listening(port: int, proc: Path) -> Iterator[str]:
    """Give the inodes of the sockets that listen on a port."""
    for table in _TABLES:
        for line in _text(proc / table).splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                yield fields[9]


def _descriptors(process: Path) -> set[str]:
    found = set()
    try:
        for descriptor in (process / "fd").iterdir():
            found.add(os.readlink(descriptor))  # noqa: PTH115 (not a path: socket:[4711])
    except OSError:
        pass  # Of another user, or it has just ended.
    return found


def _name(process: Path) -> str:
    """Give the name of a program; of what Python runs, that of the module or script."""
    name = _text(process / "comm").strip()
    words = _text(process / "cmdline").split("\0")
    if name.startswith("python") and len(words) > 1:
        script = words[2] if words[1] == "-m" and len(words) > 2 else words[1]
        return Path(script).name or name
    return name or "a program"


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
