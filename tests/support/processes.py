"""Processes that listen: started, waited for without guessing, stopped, and their words kept."""

import os
import re
import signal
import socket
import subprocess
import sysconfig
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

__all__ = ["RUSSET", "Listener", "free_port", "run"]

RUSSET: Final = str(Path(sysconfig.get_path("scripts")) / "russet")
_PATIENCE: Final = 20.0
_POLL: Final = 0.005
_LISTEN: Final = "0A"  # the state in /proc/net/tcp


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def run(
    *command: str | Path, timeout: float = 60.0, nodelay: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; its output, both kinds in one text, is in `stdout`.

    `nodelay` sets what DCMTK needs to work at full speed; without it each operation takes a
    delayed-acknowledgement timer of 40 ms, unless the other side knows better.
    """
    return subprocess.run(
        [str(word) for word in command],
        check=False,
        env=_environment(nodelay=nodelay),
        errors="replace",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
    )


class Listener:
    """A server process, as a context manager: inside, its port is listening.

    Attributes:
        port: The TCP port.
        log: The file with everything that it printed.
        code: Its exit code once it has ended; None before.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        log: Path,
        port: int | None,
        announce: str = "",
        folder: Path | None = None,
    ) -> None:
        """Start `command`; its port is known, or stands in its output where `announce` says.

        It runs in `folder`, or where the tests do.
        """
        self.log = log
        self.code: int | None = None
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [str(word) for word in command],
                env=_environment(nodelay=True),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            self.port = port if port is not None else self._announced(re.compile(announce))
            self._until(lambda: _listening(self.port), f"listen on port {self.port}")
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The process, for those who want to look at its memory or to kill it."""
        return self._process.pid

    @property
    def text(self) -> str:
        """Everything printed so far."""
        return self.log.read_text(errors="replace")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, wait for the end, return the exit code; 15 s are long enough."""
        if self.code is None:
            self._process.send_signal(number)
            try:
                self.code = self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self.code = self._process.wait()
                message = f"it did not end within 15 s of signal {number}:\n{self.text}"
                raise AssertionError(message) from None
        return self.code

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Wait until what was printed matches `pattern` somewhere."""
        found: list[re.Match[str]] = []

        def said() -> bool:
            found.extend(re.compile(pattern).finditer(self.text))
            return bool(found)

        self._until(said, f"print {pattern!r}")
        return found[0]

    def _announced(self, pattern: re.Pattern[str]) -> int:
        return int(self.wait_for(pattern.pattern)[1])

    def _until(self, done: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not done():
            if self._process.poll() is not None:
                message = f"it ended with {self._process.returncode} before it did {what}"
                raise AssertionError(f"{message}:\n{self.text}")
            if time.monotonic() > deadline:
                message = f"it did not {what} within {_PATIENCE} s"
                raise AssertionError(f"{message}:\n{self.text}")
            time.sleep(_POLL)


def _environment(*, nodelay: bool) -> Mapping[str, str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("TCP_NODELAY", "RUSSET_DATA")}
    environment["PYTHONUNBUFFERED"] = "1"
    if nodelay:
        environment["TCP_NODELAY"] = "1"
    return environment


def _listening(port: int) -> bool:
    """Whether somebody listens: asked of the kernel, since a probe would be a connection."""
    wanted = f":{port:04X}"
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            if state == _LISTEN and local.endswith(wanted):
                return True
    return False
