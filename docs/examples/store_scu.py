"""Store SCU: send files and folders. Usage: store_scu.py HOST PORT PATH..."""

import sys
from pathlib import Path

import russet


def main() -> None:
    host, port, *names = sys.argv[1:]
    paths = [path for name in names for path in (sorted(Path(name).rglob("*.dcm")) or [Path(name)])]
    failed = 0
    with russet.connect(host, int(port), called="EXAMPLE", calling="SENDER") as association:
        print(f"echo: {association.echo().status}")
        for stored in association.store(paths):  # as many at once as the peer's window allows
            print(f"{stored.path}: {stored.reason or stored.status}")
            failed += not stored.ok
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
