"""Exit codes of every command, in DCMTK's families: 20 input, 40 output, 60 and up network."""

import enum
import errno
import os
import sys
from typing import Final

import click

from russet.errors import (
    AbortedError,
    CertificateFileError,
    ConfigurationError,
    ConnectError,
    DeadlineError,
    DecodeError,
    EncodeError,
    NoContextError,
    ProtocolError,
    RejectedError,
    StatusError,
    StorageError,
    UnreadableError,
)

__all__ = ["ExitCode", "exit_code", "hang_up", "is_output", "named", "tell"]


class ExitCode(enum.IntEnum):
    """What a command's end means."""

    OK = 0
    USAGE = 1
    SOME_FAILED = 2
    INPUT = 20
    OUTPUT = 40
    CANNOT_CONNECT = 60
    REJECTED = 61
    NO_CONTEXT = 66
    FAILURE_STATUS = 69
    ABORTED = 70
    TRY_AGAIN = 75
    INTERRUPTED = 130


_TRANSIENT: Final = 2  # PS3.8 Table 9-21
_BY_ERROR: Final = (
    (UnreadableError, ExitCode.INPUT),
    (DecodeError, ExitCode.INPUT),
    (EncodeError, ExitCode.INPUT),
    (CertificateFileError, ExitCode.INPUT),
    (StorageError, ExitCode.OUTPUT),
    (ConnectError, ExitCode.CANNOT_CONNECT),
    (RejectedError, ExitCode.REJECTED),
    (ProtocolError, ExitCode.REJECTED),
    (NoContextError, ExitCode.NO_CONTEXT),
    (StatusError, ExitCode.FAILURE_STATUS),
    (AbortedError, ExitCode.ABORTED),
    (DeadlineError, ExitCode.TRY_AGAIN),
)


_OF_OUTPUT: Final = frozenset(
    (errno.EBADF, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC, errno.EPIPE, errno.EROFS)
)


def hang_up() -> None:
    """Write nothing more to an output whose reader has seen enough, such as `head`."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def is_output(error: OSError) -> bool:
    """Whether what failed is writing to standard output, not a file that has a name."""
    return error.filename is None and error.errno in _OF_OUTPUT


def named(error: OSError, output: object = None) -> str:
    """Say what failed and where: an output that has no name of its own is told by `output`."""
    if not is_output(error):
        return str(error)
    return f"{'standard output' if output in (None, '-') else output}: {error.strerror}"


def exit_code(error: BaseException) -> ExitCode:
    """The code that tells of `error`."""
    if isinstance(error, RejectedError) and error.result == _TRANSIENT:
        return ExitCode.TRY_AGAIN
    if isinstance(error, ConfigurationError) and isinstance(error.__cause__, OSError):
        return ExitCode.INPUT  # It says nothing wrong: it cannot be read.
    for kind, code in _BY_ERROR:
        if isinstance(error, kind):
            return code
    return ExitCode.USAGE


def tell(name: str, error: Exception) -> ExitCode:
    """Say on standard error what is wrong with a file, and give the code that tells of it."""
    if isinstance(error, OSError):
        click.echo(f"russet: {name}: {error.strerror or error}", err=True)
        return ExitCode.INPUT
    text = str(error)
    click.echo(f"russet: {text if text.startswith(name) else f'{name}: {text}'}", err=True)
    return exit_code(error)
