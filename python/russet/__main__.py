"""`python -m russet` is the `russet` command."""

import os

__all__ = ["main"]

_INTERRUPTED = 130


def main() -> None:
    """Run the command line, which may be interrupted before it is loaded."""
    try:
        from russet.cli import main as run
    except KeyboardInterrupt:
        os.write(2, b"interrupted\n")
        os._exit(_INTERRUPTED)
    run()


if __name__ == "__main__":
    main()
