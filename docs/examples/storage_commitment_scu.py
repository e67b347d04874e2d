"""Storage Commitment SCU: send, then ask for custody. Usage: ..._scu.py HOST PORT PATH..."""

import sys
from pathlib import Path

import russet


def main() -> None:
    host, port, *names = sys.argv[1:]
    paths = [Path(name) for name in names]
    with russet.connect(host, int(port)) as association:
        sent = [stored.path for stored in association.store(paths[:-1]) if stored.ok]
        commitment = association.commit(paths, wait=20)  # the last one was never sent
        print(f"sent {len(sent)}, committed {len(commitment.committed)}")
        for uid, reason in commitment.failed.items():
            print(f"failed {uid}: {reason:04X}H")


if __name__ == "__main__":
    main()
