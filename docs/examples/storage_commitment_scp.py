"""Storage Commitment SCP: say what is held. Usage: storage_commitment_scp.py [PORT]."""

import sys
import threading
from collections.abc import Iterable
from contextlib import suppress

import russet
from russet.services.storage_commitment import CommitmentRequest

HELD: set[str] = set()


def take(instance: russet.Instance) -> None:
    HELD.add(instance.sop_instance_uid)


def commit(request: CommitmentRequest) -> Iterable[str]:
    """Give the UIDs of what is held for good; the others have failed (0112H)."""
    return [each.sop_instance_uid for each in request.references if each.sop_instance_uid in HELD]


def main() -> None:
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 11112
    with (
        suppress(KeyboardInterrupt),
        russet.serve(port, handlers={"store": take, "commit": commit}) as receiver,
    ):
        print(f"port {receiver.port}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
