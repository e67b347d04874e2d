"""The `russet` command: one verb per file, DCMTK's names as aliases inside it."""

import importlib
import io
import sys
from typing import Final

import click

from russet.cli.ending import failing
from russet.cli.exit_codes import ExitCode, exit_code, hang_up, is_output, named
from russet.cli.plain import plain
from russet.errors import RussetError

__all__ = ["main", "russet"]

# Verb -> module of this package; loaded when asked for, so that every start stays short.
_VERBS: Final = {
    "commit": "commit",
    "diff": "diff",
    "doctor": "doctor",
    "dump": "dump",
    "echo": "echo",
    "find": "find",
    "get": "get",
    "json": "json",
    "move": "move",
    "mpps": "mpps",
    "scan": "scan",
    "send": "send",
    "serve": "serve",
    "worklist": "worklist",
}
_ALIASES: Final = {
    "dcm2json": "json",
    "dcmdump": "dump",
    "echoscu": "echo",
    "findscu": "find",
    "getscu": "get",
    "movescu": "move",
    "storescp": "serve",
    "storescu": "send",
}

_SUMMARY: Final = 1000
"""Characters of the first sentence about a verb: as many as there are."""


class _Verbs(click.Group):
    """The verbs, imported one at a time."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """The friendly names; aliases work but are not listed twice."""
        return sorted(_VERBS)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs with their whole first sentence: click would cut it to one line."""
        verbs = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, verb.get_short_help_str(_SUMMARY)) for name, verb in verbs if verb]
            )

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of a verb or of its DCMTK name."""
        name = _VERBS.get(_ALIASES.get(cmd_name, cmd_name))
        if name is None:
            return None
        command = getattr(importlib.import_module(f"russet.cli.{name}"), name)
        return command if isinstance(command, click.Command) else None

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; whoever reads its output may have seen enough of it."""
        try:
            with failing(ctx):
                return super().invoke(ctx)
        except BrokenPipeError:
            hang_up()  # Here, since click itself would end with 1.
            return ExitCode.OK


@click.command(
    cls=_Verbs,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="DCMTK's names work too: " + ", ".join(f"{a} = {v}" for a, v in _ALIASES.items()) + ".",
)
@click.version_option(package_name="russet")
def russet() -> None:
    """Receive, send and look at medical images: networking and files for DICOM(R)."""


def main() -> None:
    """Run the command line; every failure ends in one sentence and an honest exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Names of files are bytes, and need not be text.
            stream.reconfigure(errors="backslashreplace")
    try:
        code = russet.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = ExitCode.USAGE
    except RussetError as error:
        click.echo(f"russet: {plain(str(error))}", err=True)
        code = exit_code(error)
    except OSError as error:
        hang_up()  # What is still held for a full disk would fail again at the very end.
        click.echo(f"russet: {named(error)}", err=True)
        code = ExitCode.OUTPUT if is_output(error) else ExitCode.INPUT
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        code = ExitCode.INTERRUPTED
    sys.exit(code if isinstance(code, int) else ExitCode.OK)
