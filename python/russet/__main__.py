"""`python -m russet` is the `russet` command."""

from russet.cli import main

__all__: list[str] = []

if __name__ == "__main__":
    main()
